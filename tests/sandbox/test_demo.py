"""`portal demo` as a newcomer meets it: one command, one Ctrl-C, and what it says when it cannot start."""

import contextlib
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.sandbox import place
from portal.sandbox.children import Children, Ended
from tests.page import Element, lint, read

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120  # a busy machine; the goal of 25 seconds is measured by tests/bare/run.sh
LAST_LINE = "Ctrl-C ends everything"


class Demo:
    """A demonstration that runs, and what it has printed."""

    def __init__(self, home: Path, port: int) -> None:
        self.printed = home.with_suffix(".out")
        self.port = port
        with self.printed.open("wb") as out:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "portal", "demo", "--port", str(port)],
                cwd=ROOT, env=environ(PORTAL_HOME=str(home)), stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while LAST_LINE not in self.said:
            assert self.program.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    @property
    def said(self) -> str:
        """Everything that was printed so far."""
        return self.printed.read_text()

    def address(self, name: str) -> str:
        """The address that is printed beside a name, or under the line of somebody."""
        found = re.search(rf"^  {name}\b[^\n]*?(?:\n\s+)?(https?://\S+)", self.said, re.M)
        assert found, self.said
        return found[1]

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.program.send_signal(signal.SIGINT)
        return self.program.wait(30)


class Person:
    """A browser without JavaScript: opens pages, which are linted, and sends forms."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self.at, self.page = "", Element("")

    def open(self, url: str, fields: dict[str, str] | None = None) -> Element:
        """Open a page, or send a form to it."""
        form = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            answer = self.opener.open(urllib.parse.urljoin(self.at, url), form, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        self.at, html = answer.url, answer.read().decode()
        assert not lint(html, None), f"{self.at}: {lint(html, None)}"
        self.page = read(html)
        return self.page

    def send(self, **fields: str) -> Element:
        """Fill in the page's form and press its first button, unless `act` names another."""
        form = next(form for form in self.page.all("form") if form["method"].lower() == "post")
        given = {field["name"]: field["value"] for field in form.all("input") if field["name"]}
        return self.open(form["action"] or self.at, given | fields)


def environ(**settings: str) -> dict[str, str]:
    """Our environment with these PORTAL_* settings and no others."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | settings


def free_port() -> int:
    """A port that is free, as is the next one."""
    while True:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", 0)) as one:
            port = int(one.getsockname()[1])
            with socket.create_server(("127.0.0.1", port + 1)):
                return port


def programs_of(home: Path) -> list[str]:
    """Every program that was started for this folder and still runs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"PORTAL_HOME={home}\0".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@contextlib.contextmanager
def started(home: Path, port: int) -> Iterator[Demo]:
    """A demonstration for the length of a block; nothing of it is left, whatever happens inside."""
    running = None
    try:
        running = Demo(home, port)
        yield running
    finally:
        if running is not None and running.program.poll() is None:
            running.interrupt()


def refused(**settings: str) -> str:
    """What a start that must fail says on its last lines; `port` may be among the settings."""
    port = settings.pop("port", str(free_port()))
    told = subprocess.run(
        [sys.executable, "-m", "portal", "demo", "--port", port],
        cwd=ROOT, env=environ(**settings), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    return told.stderr


def test_a_newcomer_signs_in_buys_at_the_till_reads_mail_and_finds_it_all_again_after_ctrl_c(tmp_path):
    home, port = tmp_path / "demo", free_port()
    with started(home, port) as running:
        assert running.address("Portal") == f"http://localhost:{port}"
        assert "\x1b" not in running.said
        assert "Dealt to the members beside their orders, and invented: birthdays" in running.said

        member = Person()
        member.open(running.address("Gold member"))
        assert "One tap" in member.page.text
        member.send()
        assert member.at.endswith("/home")
        assert "Gold" in member.page.text

        address = re.search(r"Gold member, (\S+)", running.said)[1]
        till = Person()
        till.open(running.address("Till"))
        till.send(member=address, amount="20.00", act="pay")
        assert "Answer 200" in till.page.text
        assert '"earned": 100' in till.page.text
        assert "The member sees now" in till.page.text
        assert "Order T-1001" in member.open("/home").text
        assert "+100" in member.page.text

        till.send(member=address, amount="5.00", act="refund")
        assert '"reversed": 25' in till.page.text
        assert "−25" in member.open("/home").text

        stranger = Person()
        stranger.open(f"http://localhost:{port}/sign-in")
        stranger.send(email="newcomer@example.com")
        mailbox, code = Person(), None
        for _ in range(100):
            mailbox.open(running.address("Mail"))
            codes = [link for link in mailbox.page.all("a") if "newcomer@example.com" in link.text]
            if codes:
                mailbox.open(codes[0]["href"])
                code = re.search(r"\b[0-9]{3} ?[0-9]{3}\b", mailbox.page.text)[0]
                break
            time.sleep(0.2)
        assert code is not None, "no mail came"
        stranger.send(code=code)
        assert "/join" in stranger.at

        staff = Person()
        staff.open(running.address("Support"))
        staff.send()
        assert "/staff" in staff.at

        assert programs_of(home) or not Path("/proc").exists()
        assert running.interrupt() == 0
        assert not programs_of(home)

    with started(home, port) as running:
        assert "Loading" not in running.said
        member.open(f"http://localhost:{port}/home")
        assert "Order T-1001" in member.page.text
        till.open(running.address("Till"))
        till.send(member=address, amount="5.00", order="T-1001", act="refund")
        assert '"reversed": 50' in till.page.text

        running.program.send_signal(signal.SIGTERM)
        assert running.program.wait(30) == 0
        assert not programs_of(home)


def test_a_program_that_dies_ends_the_demonstration_with_its_last_words(tmp_path):
    children = Children(tmp_path / "log", os.environ, tmp_path)
    children.start("long one", [sys.executable, "-c", "import time; time.sleep(60)"])
    children.start("short one", [sys.executable, "-c", "import sys; sys.exit('no more ink')"])
    children.running["short one"].wait(30)
    with pytest.raises(Ended, match=r"The short one ended by itself \(exit code 1\)(.|\n)*no more ink"):
        children.check()
    children.stop()
    assert all(child.poll() is not None for child in children.running.values())


def test_a_taken_port_names_the_command_with_a_free_one(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(port=str(port), PORTAL_HOME=str(tmp_path))
    assert f"Port {port} is taken. Type: make demo PORT=" in said
    assert not (tmp_path / "portal.sqlite").exists()


def test_production_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_ENV", "production")
    with pytest.raises(place.CannotStart, match="does not run in production"):
        place.find_home(tmp_path / "demo")
    assert not list(tmp_path.iterdir())


def test_each_programme_has_a_folder_of_its_own_unless_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "ROOT", tmp_path)
    monkeypatch.delenv("PORTAL_HOME", raising=False)
    assert place.find_home(None) == tmp_path / "var" / "demo"
    assert place.find_home(None, "rei-co-op") == tmp_path / "var" / "demo-rei-co-op"
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path / "mine"))
    assert place.find_home(None, "rei-co-op") == tmp_path / "mine"


def test_a_programme_that_is_wrong_is_told_before_anything_is_made(tmp_path):
    said = refused(PORTAL_PROGRAMME="cvz", PORTAL_HOME=str(tmp_path / "demo"))
    assert "The programme is not right" in said
    assert "cvs" in said
    assert not (tmp_path / "demo").exists()


def test_a_real_portal_in_the_folder_is_left_alone(tmp_path):
    (tmp_path / "portal.sqlite").write_bytes(b"")
    with pytest.raises(place.CannotStart, match="not a demonstration"):
        place.find_home(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["portal.sqlite"]


def test_a_folder_that_cannot_be_written_names_another(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(place.CannotStart, match=r"cannot be written(.|\n)*Type: PORTAL_HOME="):
        place.find_home(tmp_path / "file" / "demo")


def test_a_missing_package_names_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "NEEDED", ("granian", "no_such_package"))
    with pytest.raises(place.CannotStart, match=r"no_such_package is missing\. Type: make demo"):
        place.find_home(tmp_path)


def test_a_phone_in_the_network_gets_https_under_the_networks_address(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "lan_address", lambda: "192.0.2.7")
    found = place.find_place(True, free_port(), tmp_path)
    assert found.host == "0.0.0.0"
    assert found.portal == f"https://192.0.2.7:{found.port}"
    assert found.mailbox == f"https://192.0.2.7:{found.port + 1}"
    assert (found.stripe, found.stripe_api_port) != (found.stripe_api, found.stripe_port), (
        "the API stays on loopback"
    )
    assert found.certificate is not None
    monkeypatch.setattr(place, "lan_address", lambda: None)
    with pytest.raises(place.CannotStart, match="make demo LAN=1"):
        place.find_place(True, free_port(), tmp_path)


def test_a_wrong_programme_is_told(tmp_path):
    said = refused(PORTAL_HOME=str(tmp_path), PORTAL_PROGRAMME="nothing-like-it")
    assert "nothing-like-it" in said
