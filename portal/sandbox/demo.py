"""`portal demo`: one command from nothing to a portal with real purchases, and one Ctrl-C back."""

import http.client
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import segno

from portal import clock, programme, serving
from portal.db import db, migrate
from portal.sandbox import stage
from portal.sandbox.children import Children, Ended
from portal.sandbox.place import CannotStart, Place, find_home, find_place
from portal.sandbox.shop import connect
from portal.sandbox.stage import Stage
from portal.serving import ROOT

READY_SECONDS = 60
LOOK_SECONDS = 0.3
STOP_SECONDS = 1  # who presses Ctrl-C does not want to wait for an idle browser
Boot = Callable[[Mapping[str, str]], Any]


def run(*, lan: bool, port: int, home: Path | None, boot: Boot) -> int:
    """Prepare and serve the demonstration until it is interrupted; answers the exit code.

    `lan` opens it to the phones of this network; `home` keeps its data (PORTAL_HOME, else a folder in var/ for each
    programme, which PORTAL_PROGRAMME names); `boot` makes the app from an environment. Of what PORTAL_* says already
    only the home, the programme, the log level and a test key of Stripe's count, so that nobody's real portal is
    touched. What is in the way is told on stderr with what to type.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    children = None
    try:
        loaded = _load(os.environ.get("PORTAL_PROGRAMME") or "demo")
        home = find_home(home, loaded.programme.key)
        place = find_place(lan, port, home)
        environ = _environ(place, home)
        ready = _prepare(boot, environ, loaded, place, home)
        children = Children(home / "log", environ, ROOT)
        _start(children, place, environ, home)
        _tell(ready, place, environ, home)
        while True:
            children.check()
            time.sleep(LOOK_SECONDS)
    except (CannotStart, Ended) as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nEnding the demonstration; its data stays.", flush=True)
        return 0
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave anything running
        if children is not None:
            children.stop()


def _environ(place: Place, home: Path) -> dict[str, str]:
    """The environment of every program of the demonstration."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PORTAL_") or name == "PORTAL_LOG_LEVEL"
    }
    return (
        environ
        | _stripe(place, home)
        | {
            "PORTAL_ENV": "development",
            "PORTAL_DEMO": "1",
            "PORTAL_HOME": str(home),
            "PORTAL_BASE_URL": place.portal,
            "PORTAL_SECRET_KEY": _secret(home / "secret.key"),
            "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{place.smtp_port}",
            "PORTAL_DEMO_MAILBOX_URL": place.mailbox,
            "PYTHONUNBUFFERED": "1",
        }
    )


def _stripe(place: Place, home: Path) -> dict[str, str]:
    """Stripe's settings: the stand-in's, or a test key of Stripe's own where the environment has one.

    Raises CannotStart for a live key: nothing of a demonstration may cost anybody money.
    """
    key = os.environ.get("PORTAL_STRIPE_SECRET_KEY", "")
    if key:
        if not key.startswith(("sk_test_", "rk_test_")):
            raise CannotStart(
                "PORTAL_STRIPE_SECRET_KEY is no test key. Type: PORTAL_STRIPE_SECRET_KEY= make demo"
            )
        secret = os.environ.get("PORTAL_STRIPE_WEBHOOK_SECRET", "")
        return {"PORTAL_STRIPE_SECRET_KEY": key, "PORTAL_STRIPE_WEBHOOK_SECRET": secret}
    return {
        "PORTAL_STRIPE_SECRET_KEY": "sk_test_stand_in",
        "PORTAL_STRIPE_WEBHOOK_SECRET": f"whsec_{_secret(home / 'webhook.key')}",
        "PORTAL_STRIPE_API_BASE": place.stripe_api,
        "PORTAL_DEMO_STRIPE_URL": place.stripe,
    }


def _secret(file: Path) -> str:
    """The secret key of this demonstration, made at its first start."""
    try:
        written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(written, "w") as stream:
        stream.write(secrets.token_urlsafe(32))
    return file.read_text()


def _load(source: str) -> programme.Loaded:
    """The programme of a file or a key of the catalogue. Raises CannotStart for one that is wrong."""
    try:
        return programme.load(source)
    except programme.Invalid as error:
        raise CannotStart(f"The programme is not right:\n{error}") from None


def _prepare(
    boot: Boot, environ: Mapping[str, str], loaded: programme.Loaded, place: Place, home: Path
) -> Stage:
    """Migrate, publish, load; the till's facts are written. No connection stays open in this program."""
    print("Preparing the demonstration ...", file=sys.stderr, flush=True)
    app = boot(environ)
    migrate(app)
    file = home / stage.FACTS
    with app.app_context():
        ready = stage.prepare(loaded, file, clock.now(), Progress())
        db.engine.dispose()
    stage.till_facts(ready, place.port, place.certificate).write(file)
    return ready


class Progress:
    """How far the purchases are, on stderr: in place on a terminal, else a line for each quarter."""

    def __init__(self) -> None:
        self.shown = -1

    def __call__(self, done: int, total: int) -> None:
        """Show `done` of `total`."""
        percent = 100 * done // max(total, 1)
        terminal = sys.stderr.isatty()
        step = percent if terminal else percent // 25
        if step == self.shown:
            return
        self.shown = step
        start, end = ("\r", "\n" if done >= total else "") if terminal else ("", "\n")
        print(f"{start}Loading real purchases: {percent} %", end=end, file=sys.stderr, flush=True)


def _start(children: Children, place: Place, environ: Mapping[str, str], home: Path) -> None:
    """Start the programs and wait until the portal and the stand-ins answer."""
    site = "portal.sandbox.views:site"
    host, tls = place.host, place.tls
    children.start(
        "stand-in",
        serving.command(
            site, host, place.stand_in_port, workers=1, factory=True, tls=tls, stop_seconds=STOP_SECONDS
        ),
    )
    children.start(
        "web server",
        serving.command("wsgi:application", host, place.port, tls=tls, stop_seconds=STOP_SECONDS),
    )
    children.start("worker", [sys.executable, "-m", "portal", "worker"])
    awaited = [(place.port, "/readyz"), (place.stand_in_port, "/sandbox.css")]
    if "PORTAL_STRIPE_API_BASE" in environ:
        children.start("Stripe's stand-in", _stripe_command(place, environ, home))
        awaited.append((place.stripe_port, "/"))
    deadline = time.monotonic() + READY_SECONDS
    for port, path in awaited:
        while not _answers(port, path, place.certificate):
            children.check()
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Port {port} gives no answer after {READY_SECONDS} seconds; see {children.folder}."
                )
            time.sleep(0.05)


def _stripe_command(place: Place, environ: Mapping[str, str], home: Path) -> list[str]:
    """The program that stands in for Stripe."""
    command = [
        *(sys.executable, "-m", "portal.sandbox.stripe", "--file", str(home / "stripe.sqlite")),
        *("--host", place.host, "--port", str(place.stripe_port), "--base-url", place.stripe),
        *("--webhook-url", f"{place.portal}/billing/events"),
        *("--webhook-secret", environ["PORTAL_STRIPE_WEBHOOK_SECRET"]),
    ]
    if place.tls is None:
        return command
    tls = ["--certificate", str(place.tls.certificate), "--key", str(place.tls.key)]
    return [*command, *tls, "--loopback-port", str(place.stripe_api_port)]


def _answers(port: int, path: str, certificate: str | None) -> bool:
    connection = connect(port, certificate)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tell(ready: Stage, place: Place, environ: Mapping[str, str], home: Path) -> None:
    """The one block that a person reads, without colours."""
    lines = [
        "",
        f"{ready.programme.name} is ready.",
        "",
        f"  Portal   {place.portal}",
        f"  Mail     {place.mailbox}   every mail ends here; none is delivered",
        f"  Till     {place.mailbox}/till   a stand-in shop: send an order or a refund, and look at home again",
        *(
            [f"  Stripe   {place.stripe}   a stand-in: test cards, no money, and a clock to turn"]
            if "PORTAL_STRIPE_API_BASE" in environ
            else ["  Stripe   your own test account, by PORTAL_STRIPE_SECRET_KEY"]
        ),
        "",
        "Sign in with one tap (each link works once; after that ask for a code, it comes to Mail):",
        "",
    ]
    for seat in ready.seats:
        lines += [f"  {seat.who}, {seat.email}", f"    {place.portal}{seat.path}"]
    lines += ["", *_what_is_shown(ready), f"Everything is in {_short(home)}."]
    if place.tls is not None:
        lines += [
            "",
            "For a phone in this network: point its camera here. The browser warns once, because the certificate was",
            "made on this machine; go on. By https the phone can install the portal, keep the card offline and use",
            "passkeys. Whoever is in this network can open these pages while they run, the till included.",
            "",
            _qr(place.portal),
        ]
    print(
        "\n".join([*lines, "", "Ctrl-C ends everything; the data stays for the next start.", ""]), flush=True
    )


def _what_is_shown(ready: Stage) -> list[str]:
    """What is real of what the pages show, and what is not."""
    report = ready.report
    since = "ended the day before the first start" if report.loaded_before else "end yesterday"
    lines = [
        f"Shown are {report.orders} orders of {report.members} customers of a British shop (Online Retail, CC0), moved",
        f"by {report.weeks} whole weeks so that they {since}.",
    ]
    lines += [note] if (note := stage.read_as(ready)) else []
    if report.labels:
        lines.append(f"Dealt to the orders by their numbers, and invented: {_listed(report.labels)}.")
    lines.append(f"Dealt to the members beside their orders, and invented: {_listed(report.beside)}.")
    return lines


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _short(home: Path) -> str:
    here = Path.cwd()
    return str(home.relative_to(here)) if home.is_relative_to(here) else str(home)


def _qr(address: str) -> str:
    """The address as blocks of text: light on dark, as most terminals are; phones read both."""
    rows = [list(row) for row in segno.make(address, micro=False).matrix_iter(border=2)]
    rows += [[1] * len(rows[0])] * (len(rows) % 2)
    blocks = {(1, 1): " ", (0, 1): "▀", (1, 0): "▄", (0, 0): "█"}
    return "\n".join(
        "".join(blocks[int(top), int(bottom)] for top, bottom in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
