"""Stripe's messages at a steady 200 a second while pages are read and the worker looks into them.

The portal runs as it ships: granian with two workers, `portal worker`, and the stand-in, each a program of its own on
the same two cores. The sender keeps its own beat whatever the answers take (an open loop): an answer's time counts from
when its message should have left. A message is of a real object of the stand-in, under an id of its own.
"""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from portal import billing, boot, people, serving
from portal.billing import checkout
from portal.billing.terms import Terms
from portal.clock import now
from portal.db import db, migrate, read
from portal.sandbox.stripe import webhooks
from tests.bench import load, seeding
from tests.billing import mirror
from tests.billing.shop import session_of
from tests.stripe_standin import EVENTS_PATH, KEY, SECRET, StripeStandIn

RATE, SECONDS = 200, 30
PAGES = 20  # home pages a second beside the messages
SENDERS, READERS = 24, 4  # connections; more messages than that at once wait, and their time counts
WARMING = 3  # seconds of pages, and of messages at their pace, before anything is measured
MEMBERS = 40
GOAL_MS = 100
PATIENCE = 240  # seconds for the worker to work off what there is; its pace counts
KINDS = ("checkout.session.completed", "customer.subscription.updated", "invoice.paid")
HEAD = (
    "| engine | messages | p50 | p99 | longest | refused | stored | page p50 | page p99 | page p99 alone "
    "| worked off a second |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a client saw: answers in milliseconds, from when each was due; and how many were no 200."""

    ms: list[float]
    errors: int

    def at(self, share: float) -> float:
        """The time within which this share was answered."""
        return sorted(self.ms)[min(len(self.ms) - 1, int(share * len(self.ms)))]


@dataclass(frozen=True, slots=True)
class Found:
    """One run: the messages and the pages beside them, messages that were stored, and the worker's pace."""

    messages: Beat
    pages: Beat
    alone: Beat
    stored: int
    worked_seconds: float
    left: int


def rows(engine: str, environs: Iterator[dict[str, str]], seconds: int = SECONDS) -> list[str]:
    """The row of one engine for the document."""
    found = run(next(environs), seconds)
    said, pages = found.messages, found.pages
    sent = RATE * seconds
    return [
        f"| {engine} | {sent:,} | {said.at(0.5):.0f} | {said.at(0.99):.0f} | {max(said.ms):.0f} | {said.errors} "
        f"| {found.stored:,} | {pages.at(0.5):.0f} | {pages.at(0.99):.0f} | {found.alone.at(0.99):.0f} "
        f"| {(sent - found.left) / found.worked_seconds:.0f} |"
    ]


def run(environ: dict[str, str], seconds: int = SECONDS) -> Found:
    """Fill an empty database and the stand-in, start the programs, send, and wait until the worker has looked."""
    home = Path(environ["PORTAL_HOME"])
    bodies, link = _seed(environ, home, RATE * seconds)
    port, stripe_port = serving.any_free("127.0.0.1"), serving.any_free("127.0.0.1")
    environ = environ | _settings(f"http://127.0.0.1:{stripe_port}")
    worker = [sys.executable, "-m", "portal", "worker"]
    with (
        _program(_stand_in(home, stripe_port), environ),
        load.server(environ, port),
        _program(worker, environ),
    ):
        page = _page(port, load.cookie(f"http://localhost:{port}", link))
        _beat(page, PAGES, READERS, WARMING)
        _beat(_message(port, bodies[RATE * seconds :]), PAGES, READERS, WARMING)
        alone = _beat(page, PAGES, READERS, max(2, seconds // 3))
        beside: list[Beat] = []
        reader = threading.Thread(target=lambda: beside.append(_beat(page, PAGES, READERS, seconds)))
        reader.start()
        began = time.monotonic()
        messages = _beat(_message(port, bodies), RATE, SENDERS, seconds)
        reader.join()
        waited = _stored_when_worked(environ)
        took = time.monotonic() - began
    return Found(messages, beside[0], alone, waited[0], took, waited[1])


def _settings(api_base: str) -> dict[str, str]:
    return {
        "PORTAL_STRIPE_SECRET_KEY": KEY, "PORTAL_STRIPE_WEBHOOK_SECRET": SECRET, "PORTAL_STRIPE_API_BASE": api_base,
    }  # fmt: skip


def _seed(environ: dict[str, str], home: Path, messages: int) -> tuple[list[bytes], str]:
    """Members who have joined and paid at the stand-in; so many messages about them, then those
    for warming up; and the path that signs one in."""
    stripe = StripeStandIn(home / "stripe", f"http://localhost{EVENTS_PATH}")
    app = boot(environ | _settings(stripe.url))
    migrate(app)
    with app.app_context():
        seeding.publish()
        for number in range(MEMBERS):
            seeding.member(f"m-{number}", 1, now())
            member = people.by_ref(f"m-{number}")
            url = checkout.begin_checkout(member, "plus-monthly", "GBP", Terms("You agree.", "en_GB"), now())
            stripe.pay(session_of(url))
        link = seeding.sign_in("m-0")
        events = [one for one in mirror.objects(stripe, "event").values() if one["type"] in KINDS]
        db.engine.dispose()
    stripe.stop()
    names = [f"evt_bench_{number}" for number in range(messages)]
    names += [f"evt_warming_{number}" for number in range(PAGES * WARMING)]
    chosen = (events[number % len(events)] | {"id": name} for number, name in enumerate(names))
    return [webhooks.body(event) for event in chosen], link


def _stand_in(home: Path, port: int) -> list[str]:
    words = [sys.executable, "-m", "portal.sandbox.stripe", "--file", str(home / "stripe" / "stripe.sqlite")]
    return [
        *words, "--port", str(port), "--webhook-url", f"http://localhost{EVENTS_PATH}", "--webhook-secret", SECRET,
    ]  # fmt: skip


@contextmanager
def _program(words: list[str], environ: dict[str, str]) -> Iterator[None]:
    program = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.kill()  # a worker would first work off all that is due
        program.wait()


Ask = Callable[[http.client.HTTPConnection, int], int]


def _page(port: int, cookie: str) -> tuple[int, Ask]:
    def ask(connection: http.client.HTTPConnection, _number: int) -> int:
        connection.request("GET", "/home", headers={"Cookie": cookie, "Accept-Encoding": "br"})
        return _status(connection)

    return port, ask


def _message(port: int, bodies: list[bytes]) -> tuple[int, Ask]:
    def ask(connection: http.client.HTTPConnection, number: int) -> int:
        body = bodies[number]
        signature = webhooks.sign(body, [SECRET], int(time.time()))
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        connection.request("POST", EVENTS_PATH, body, headers)
        return _status(connection)

    return port, ask


def _status(connection: http.client.HTTPConnection) -> int:
    response = connection.getresponse()
    response.read()
    return response.status


def _beat(asked: tuple[int, Ask], rate: int, connections: int, seconds: int) -> Beat:
    """Ask so often a second, for so many seconds, on so many connections; late or not, the next is due at its time."""
    port, ask = asked
    numbers, first = count(), time.monotonic() + 0.2
    ms: list[float] = []
    statuses: list[int] = []

    def send() -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=60)
        while (number := next(numbers)) < rate * seconds:
            due = first + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                status = ask(connection, number)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            ms.append((time.monotonic() - due) * 1000)
            statuses.append(status)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Beat(ms, sum(status != 200 for status in statuses))


def _stored_when_worked(environ: dict[str, str]) -> tuple[int, int]:
    """How many of the messages are stored, and how many of them the worker has left, once it is at rest or too slow."""
    event = billing.StripeEvent.__table__.c
    with boot(environ).app_context():
        sent = select(func.count()).where(event.id.startswith("evt_bench_"))
        late = time.monotonic() + PATIENCE
        while (
            left := int(read(sent.where(event.state == "pending")).scalar_one())
        ) and time.monotonic() < late:
            time.sleep(0.5)
        stored = int(read(sent).scalar_one())
        db.engine.dispose()
    return stored, left
