"""The portal as it stands in production, nginx in front of `portal serve`; and clients who mean it no good."""

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from portal import boot, merchant, serving
from portal.cli.proxying import nginx_conf
from portal.clock import now
from portal.config import Settings
from portal.db import db, migrate, transact
from tests.bench import load, seeding
from tests.servers import find_nginx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# As Debian ships it, but for the folder, and without a service around it.
NGINX = """daemon off;
{me}
master_process on;
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
}}
"""


def nginx_main(folder: Path) -> str:
    """nginx's own file; its workers run as who runs the tests, whose folders nobody else reads."""
    return NGINX.format(folder=folder, me="user root;" if os.geteuid() == 0 else "")


@dataclass(frozen=True)
class Front:
    """A portal that runs: where members find it, who is signed in there, a shop's key, its server."""

    host: str
    port: int
    cookie: str
    secret: str
    server: subprocess.Popen[bytes]

    def workers(self) -> set[int]:
        """Numbers of the web server's workers: none of them may die."""
        said = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return {int(number) for number in said.split()}


@contextlib.contextmanager
def production(folder: Path, environ: dict[str, str]) -> Iterator[Front]:
    """Migrate an empty database, let a member in, and start both servers on loopback."""
    port, behind = serving.any_free("127.0.0.1"), serving.any_free("127.0.0.1")
    environ = environ | {"PORTAL_BASE_URL": f"http://127.0.0.1:{port}", "PORTAL_TRUSTED_PROXIES": "1"}
    link, secret = _seed(environ)
    words = [sys.executable, "-m", "portal", "serve", "--port", str(behind)]
    with _program(words, environ, folder / "portal.log") as server, _nginx(folder, environ, behind):
        _await(port)
        cookie = load.cookie(f"http://127.0.0.1:{port}", link)
        yield Front("127.0.0.1", port, cookie, secret, server)


def _seed(environ: dict[str, str]) -> tuple[str, str]:
    app = boot(environ)
    migrate(app)
    with app.app_context():
        seeding.publish()
        seeding.member("anna", 300, now())
        link = seeding.sign_in("anna")
        _id, secret = transact(lambda: merchant.create_key("till", "main", ["orders"], now()))
        db.engine.dispose()
    return link, secret


@contextlib.contextmanager
def _nginx(folder: Path, environ: dict[str, str], behind: int) -> Iterator[None]:
    folder.joinpath("portal.conf").write_text(nginx_conf(Settings.load(environ), behind, None, None))
    folder.joinpath("nginx.conf").write_text(nginx_main(folder))
    words = [str(find_nginx()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _program(words, os.environ | environ, folder / "nginx.log"):
        yield


@contextlib.contextmanager
def _program(words: list[str], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        program = subprocess.Popen(words, env=os.environ | environ, cwd=ROOT, stdout=out, stderr=out)
        try:
            yield program
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(30)


def _await(port: int) -> None:
    """Wait until the portal answers through nginx."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the portal never answered through nginx")


@dataclass
class Seen:
    """What a member saw meanwhile: seconds of each page, and every answer that was no page."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def at_least(self, pages: int) -> None:
        """Wait until she has looked at so many."""
        deadline = time.monotonic() + START_SECONDS
        while len(self.seconds) < pages:
            assert time.monotonic() < deadline, f"{len(self.seconds)} pages in {START_SECONDS} seconds"
            time.sleep(0.02)

    @property
    def p95(self) -> float:
        """Within so many seconds 95 of 100 pages were there."""
        return sorted(self.seconds)[int(0.95 * len(self.seconds))]


@contextlib.contextmanager
def browsing(front: Front, every: float = 0.2) -> Iterator[Seen]:
    """A member looks at a page each `every` seconds, each on a connection of its own, from an address of her own."""
    seen, stop = Seen(), threading.Event()

    def look() -> None:
        for path in itertools.cycle(("/home", "/activity", "/card", "/rewards")):
            began = time.monotonic()
            try:
                connection = http.client.HTTPConnection(front.host, front.port, timeout=60)
                connection.request("GET", path, headers={"Cookie": front.cookie})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    seen.wrong.append(f"{answer.status} for {path}")
            except (OSError, http.client.HTTPException) as error:
                seen.wrong.append(f"{error!r} for {path}")
            seen.seconds.append(time.monotonic() - began)
            connection.close()
            if stop.wait(max(0.0, began + every - time.monotonic())):
                return

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join()


def _connect(front: Front, number: int) -> socket.socket:
    """One of eight strangers, each from an address of its own: no limit for one address stops them all."""
    return socket.create_connection(
        (front.host, front.port), timeout=60, source_address=(f"127.0.9.{number % 8 + 1}", 0)
    )


def slow_headers(front: Front, number: int) -> socket.socket:
    """Somebody who has begun to ask, and never comes to the end of it."""
    one = _connect(front, number)
    one.sendall(f"GET /home HTTP/1.1\r\nHost: {front.host}:{front.port}\r\nX-Slow: ".encode())
    return one


def slow_body(front: Front, number: int) -> socket.socket:
    """Somebody who posts a form letter by letter."""
    one = _connect(front, number)
    one.sendall(
        f"POST /sign-in HTTP/1.1\r\nHost: {front.host}:{front.port}\r\nContent-Length: 100000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=".encode()
    )
    return one


def unclosed(front: Front, number: int) -> socket.socket:
    """Somebody who asks for the connection to be closed, and neither reads the answer nor closes."""
    one = _connect(front, number)
    one.sendall(
        f"GET /sign-in HTTP/1.1\r\nHost: {front.host}:{front.port}\r\nConnection: close\r\n\r\n".encode()
    )
    return one


@contextlib.contextmanager
def holding(
    front: Front, kinds: dict[Callable[[Front, int], socket.socket], int], drip: float = 1.0
) -> Iterator[None]:
    """So many connections of each kind, held and fed a letter each `drip` seconds; who is cut off comes again."""
    stop = threading.Event()
    held = [(kind, number, kind(front, number)) for kind, many in kinds.items() for number in range(many)]

    def feed() -> None:
        while not stop.wait(drip):
            for place, (kind, number, one) in enumerate(held):
                if kind is unclosed:
                    continue
                try:
                    one.sendall(b"a")
                except OSError:
                    one.close()
                    held[place] = (kind, number, kind(front, number))

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        stop.set()
        feeder.join()
        for _kind, _number, one in held:
            one.close()


def send(front: Front, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    """One request with a body; its status, 0 when the connection was closed while the body was still being sent."""
    connection = http.client.HTTPConnection(front.host, front.port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 0
    finally:
        connection.close()


def large_bodies(front: Front, size: int) -> dict[str, int]:
    """Statuses of bodies that nobody should take in: one of `size` bytes, and 100,000 nested brackets."""
    key = {"Authorization": f"Bearer {front.secret}", "Content-Type": "application/json"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    nested = b'{"orders":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return {
        "large form": send(front, "POST", "/sign-in", b"a" * size, form),
        "large batch": send(front, "POST", "/api/v1/orders/batch", b" " * size, key),
        "large event": send(front, "POST", "/billing/events", b" " * size, {"Content-Type": "application/json"}),
        "nested batch": send(front, "POST", "/api/v1/orders/batch", nested, key),
        "nested order": send(front, "PUT", "/api/v1/orders/1", nested, key),
        "nested event": send(front, "POST", "/billing/events", nested, {"Stripe-Signature": "t=1,v1=0"}),
        "nested words": send(
            front, "PUT", "/api/v1/orders/1", json.dumps({"id": "1"}).encode() + b"[" * 100_000, key
        ),
    }  # fmt: skip
