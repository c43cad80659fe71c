"""Whether a stranger can tell by the time of an answer who is a member: the portal as it is served in production.

Each question is asked two hundred times about a member's address and two hundred times about nobody's, in pairs whose
order is drawn. What is told is the chance that of such a pair the member's took longer: 0.50 tells nothing.
"""

import http.client
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import delete

from portal import clock, create_app, joining, merchant, people, referrals, rewards, serving, signin
from portal import programme as programmes
from portal.config import Settings
from portal.db import db, migrate, run, transact
from tests import servers
from tests.evidence.histories import ROOT, Figure

PAIRS, WARM_UP = 200, 20
LEAST, MOST = 0.40, 0.60
ENGINES = ("sqlite", "postgresql")
HOST = "points.shop.example"
READY_SECONDS = 60
MISSES_OF_A_KEY = 20  # so many that none has to wait
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


@dataclass
class Browser:
    """A stranger's browser at her own address, behind the proxy that the settings name."""

    port: int
    line: str
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""
    location: str = ""

    def ask(
        self, method: str, path: str, values: dict[str, str] | None = None, key: str = ""
    ) -> tuple[int, float]:
        """One request: its status, and the seconds until all of its answer was there."""
        body = urlencode(values) if values is not None else None
        headers = {"Host": HOST, "X-Forwarded-For": self.line, "X-Forwarded-Proto": "https"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.connect()
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.page = answer.read().decode()
        seconds = time.perf_counter() - began
        self.location = answer.headers.get("Location", "")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, seconds

    def token(self) -> str:
        """The proof of the page at hand."""
        found = TOKEN.search(self.page)
        assert found is not None, self.page[:300]
        return found[1] or found[2]


@dataclass
class Ground:
    """A portal that is served, with so many members, and the ways in which it is asked about one address."""

    app: Flask
    port: int
    members: list[str]
    strangers: list[str]
    invitation: str
    codes: list[str]
    keys: list[str]
    asked: int = 0

    def forget_tries(self) -> None:
        """The limit for all would be reached before the end; nobody is measured while she waits."""
        with self.app.app_context():
            transact(lambda: run(delete(signin.Attempt)))
            db.engine.dispose()

    def browser(self) -> Browser:
        """A new one, at an address that nobody else has."""
        self.asked += 1
        number = self.asked
        return Browser(self.port, f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")

    def request(self, email: str, query: str = "", path: str = "/sign-in") -> tuple[Browser, float]:
        """Ask for a code: the browser that waits for it, and the seconds it took."""
        browser = self.browser()
        status, _ = browser.ask("GET", path + query)
        assert status == 200, browser.page[:300]
        hidden = dict(re.findall(r'name="(next|join)"[^>]*value="([^"]*)"', browser.page))
        told = {"csrf_token": browser.token(), "email": email, "as_typed": "1"} | hidden
        status, seconds = browser.ask("POST", path, told)
        assert (status, browser.location) == (303, "/sign-in/code"), (status, browser.location)
        return browser, seconds

    def code_request(self, email: str) -> float:
        """Sign in: the code is asked for."""
        return self.request(email)[1]

    def sign_in(self, email: str) -> float:
        """Type a wrong code."""
        browser = self.request(email)[0]
        status, _ = browser.ask("GET", "/sign-in/code")
        assert status == 200
        status, seconds = browser.ask(
            "POST", "/sign-in/code", {"csrf_token": browser.token(), "code": "000000"}
        )
        assert status == 422, status
        return seconds

    def join(self, email: str) -> float:
        """Join: the address is asked for."""
        return self.request(email, "?join=1")[1]

    def referral(self, email: str) -> float:
        """Join by a friend's link."""
        return self.request(email, f"?join=1&next={self.invitation}")[1]

    def lost(self, email: str) -> float:
        """Name the card by its address, of which the mail cannot be read any more."""
        browser = self.browser()
        status, _ = browser.ask("GET", "/sign-in/lost")
        assert status == 200, status
        told = {"csrf_token": browser.token(), "told": email, "email": f"new{self.asked}@elsewhere.example"}
        told |= {"words": "My old mailbox is closed for good", "as_typed": "1"}
        status, seconds = browser.ask("POST", "/sign-in/lost", told)
        assert status == 303, (status, browser.page[:2000])
        return seconds

    def look_up(self, code: str) -> float:
        """Ask the API about a code that is none."""
        key = self.keys[self.asked // MISSES_OF_A_KEY % len(self.keys)]
        browser = self.browser()
        status, seconds = browser.ask("GET", f"/api/v1/codes/{code}", key=key)
        assert status == 404, status
        return seconds


def check(engine: str, folder: Path) -> list[Figure]:
    """Each way of asking on this engine."""
    shutil.rmtree(folder, ignore_errors=True)  # cut off, it begins anew
    folder.mkdir(parents=True)
    with _served(engine, folder) as ground:
        near = [code[:-1] + ("0" if code[-1] != "0" else "1") for code in ground.codes]
        far = [rewards.new_code() for _ in ground.codes]
        ways: list[tuple[str, Callable[[str], float], Sequence[str], Sequence[str]]] = [
            ("sign-in: a wrong code", ground.sign_in, ground.members, ground.strangers),
            ("code request", ground.code_request, ground.members, ground.strangers),
            ("join", ground.join, ground.members, ground.strangers),
            ("join by a friend's link", ground.referral, ground.members, ground.strangers),
            ("a lost mailbox", ground.lost, ground.members, ground.strangers),
            ("code look-up: one letter beside a code, and any other", ground.look_up, near, far),
        ]
        figures = []
        for name, ask, known, unknown in ways:
            ground.forget_tries()
            figures.append(_figure(name, _pairs(ask, known, unknown)))
        return figures


def _pairs(
    ask: Callable[[str], float], known: Sequence[str], unknown: Sequence[str]
) -> tuple[list[float], list[float]]:
    """The seconds for both, asked in turn; which comes first is drawn for each pair."""
    chance = random.Random(7)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + PAIRS):
        about = (known[number], unknown[number])
        for which in chance.sample((0, 1), 2):
            seconds = ask(about[which])
            if number >= WARM_UP:
                times[which].append(seconds)
    return times


def auc(longer: Sequence[float], shorter: Sequence[float]) -> float:
    """The chance that one of the first took longer than one of the second; equal ones count half."""
    above = sum((one > other) + 0.5 * (one == other) for one in longer for other in shorter)
    return above / (len(longer) * len(shorter))


def _figure(name: str, times: tuple[list[float], list[float]]) -> Figure:
    found = auc(*times)
    return Figure(
        f"{name}: chance to tell ({PAIRS} pairs)",
        f"{LEAST:.2f} to {MOST:.2f}",
        f"{found:.3f}",
        LEAST <= found <= MOST,
    )


@contextmanager
def _served(engine: str, folder: Path) -> Iterator[Ground]:
    port = serving.any_free("127.0.0.1")
    environ = {
        "PORTAL_ENV": "production", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": _database(engine, folder),
        "PORTAL_BASE_URL": f"https://{HOST}", "PORTAL_SECRET_KEY": "t" * 40, "PORTAL_ADDRESS_KEY": "a" * 40,
        "PORTAL_SMTP_URL": "smtp://127.0.0.1:1", "PORTAL_MAIL_FROM": f"points@{HOST}", "PORTAL_TRUSTED_PROXIES": "1",
        "PORTAL_LOG_LEVEL": "error",
    }  # fmt: skip
    ground = _filled(environ, port)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "serve", "--port", str(port)], cwd=ROOT, env=inherited | environ
    )
    try:
        _wait(ground)
        yield ground
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(READY_SECONDS)


def _wait(ground: Ground) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if ground.browser().ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the portal does not answer")
        time.sleep(0.1)


def _filled(environ: dict[str, str], port: int) -> Ground:
    """A database with the members, one invitation, codes and keys."""
    count = WARM_UP + PAIRS
    app = create_app(Settings.load(environ))
    migrate(app)
    with app.app_context():
        now = clock.now()
        source = programmes.load("demo").source
        transact(lambda: programmes.publish(source, now))
        members = [f"m{number:04}@example.com" for number in range(count)]
        ids = [transact(lambda email=email: _join(email)) for email in members]  # type: ignore[misc]  # bound at once
        codes = [transact(lambda who=who: _reward(who)) for who in ids]  # type: ignore[misc]  # as above
        keys = [
            transact(lambda number=number: merchant.create_key(f"till {number}", "main", ["redeem"], now)[1])  # type: ignore[misc]
            for number in range(2 * count // MISSES_OF_A_KEY + 2)
        ]
        invitation = f"/r/{referrals.code_of(ids[0])}"
        db.engine.dispose()
    strangers = [f"s{number:04}@example.com" for number in range(count)]
    return Ground(app, port, members, strangers, invitation, codes, keys)


def _join(email: str) -> str:
    return joining.join(
        people.Profile(name="Anna Bell", locale="en-GB"), email=email, proved=True, ref=email.partition("@")[0],
        marketing=False, terms_version=None, source="shop:main", now=clock.now(),
    )  # fmt: skip


def _reward(member_id: str) -> str:
    """A code that this member has."""
    return rewards.issue(
        member_id, "friend-five", reason="thanks", number=1, at=clock.now(), actor="test"
    ).code


def _database(engine: str, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'portal.sqlite'}"
    os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(folder.parent))
    postgres = servers.Postgres(folder.parent)
    name = f"evidence_{folder.name}".replace("-", "_").replace("+", "_")
    postgres.drop(name)
    return postgres.url(postgres.create(name))


def _on(engine: str) -> Callable[[Path], list[Figure]]:
    return lambda folder: check(engine, folder)


TIMING: dict[str, Callable[[Path], list[Figure]]] = {f"timing-{engine}": _on(engine) for engine in ENGINES}
"""What each check does in its folder."""
