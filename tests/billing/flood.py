"""The messages of many lives told to a portal: each once and in order, or each three times in any order.

The lives come first, and what Stripe says of them is held back. Each way of telling then gets a copy of both sides, so
that what the two come to can be compared: with the stand-in's objects, and with one another.
"""

import contextvars
import random
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.event import listen

from tests import servers
from tests.billing import lives, mirror
from tests.billing.shop import now
from tests.stripe_standin import EVENTS_PATH, SECRET, StripeStandIn
from tests.stripe_wire import Wire

TIMES = 3
BETWEEN = 25  # messages, on average, from one look of the worker to the next
MOMENT = timedelta(milliseconds=1)
ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
# Of telling, not of what is told: the order in which it was heard, and how often it was tried.
COURSE = {"tries", "seq", "after_available", "after_pending", "after_owed", "sequence", "error"}


@dataclass(frozen=True)
class Outcome:
    """What one way of telling came to: how many messages, what is not as at Stripe, all rows, and what they brought."""

    messages: int
    worked: int
    differences: list[str]
    without_cause: list[str]
    rows: dict[str, Counter[str]]
    faults: list[str]


def both_ways(
    environ: dict[str, str], folder: Path, postgres: servers.Postgres | None, clock: Any, *, members: int, days: int,
    seed: int,
) -> tuple[Outcome, Outcome]:  # fmt: skip
    """Let lives go by on the empty database of `environ`, and tell copies of it: in order once, at random three times.

    `clock` is a traveller of time_machine whose time stands still.
    """
    url = environ["PORTAL_DATABASE_URL"]
    with _sides(environ, url, folder / "lives") as (_app, stripe):
        lives.publish()
        lives.live(stripe, clock, members=members, days=days, seed=seed)
    found = []
    for way, chance in (("in-order", None), ("at-random", random.Random(seed))):
        (folder / way).mkdir()
        shutil.copytree(folder / "lives" / "stripe", folder / way / "stripe")
        copied = twin(url, folder / way, postgres)
        with _sides(environ, copied, folder / way) as (app, stripe):
            found.append(_tell(app, stripe, clock, chance))
        if postgres is not None:
            postgres.drop(make_url(copied).database or "")
    return found[0], found[1]


@contextmanager
def _sides(environ: dict[str, str], url: str, folder: Path) -> Iterator[tuple[Flask, StripeStandIn]]:
    """A portal with its Stripe, whose state is in `folder`."""
    from portal import create_app
    from portal.billing import gateway
    from portal.config import Settings
    from portal.db import db

    folder.mkdir(exist_ok=True)
    stripe = StripeStandIn(folder / "stripe", f"http://localhost{EVENTS_PATH}")
    stripe.way = Wire(stripe)
    try:
        told = {"PORTAL_DATABASE_URL": url, "PORTAL_LOG_LEVEL": "error"} | stripe.settings
        app = create_app(Settings.load(environ | told))
        with app.app_context(), patch("portal.jobs.wake"):  # the worker looks when it is told to here
            if db.engine.dialect.name == "sqlite":  # no power is cut here
                listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
            gateway.gateway().client = stripe.bare_client()
            yield app, stripe
            db.engine.dispose()
    finally:
        stripe.stop()


def twin(url: str, folder: Path, postgres: servers.Postgres | None) -> str:
    """A copy of a database that nobody has open; its address."""
    database = make_url(url).database or ""
    if postgres is not None:
        return postgres.url(postgres.create(template=database))
    with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(folder / "portal.sqlite")) as new:
        old.backup(new)
    return f"sqlite:///{folder / 'portal.sqlite'}"


def _tell(app: Flask, stripe: StripeStandIn, clock: Any, chance: random.Random | None) -> Outcome:
    """Deliver all there is, and what comes of it, until nothing is left to do."""
    from portal import billing, ledger
    from portal.billing.inbox import waiting

    bodies: dict[str, bytes] = {}
    held = set(_bodies(stripe, known=bodies))
    while fresh := _bodies(stripe, known=bodies):
        bodies |= fresh
        queue = list(fresh)
        if chance is not None:
            queue *= TIMES
            chance.shuffle(queue)
        for event in queue:
            _post(app, bodies[event])
            if chance is None or chance.randrange(BETWEEN) == 0:
                clock.shift(MOMENT)
                billing.work_off(now())
        billing.work_off(now())
    assert waiting() == (0, 0)
    return Outcome(
        len(bodies), _worked(), mirror.differences(stripe), mirror.without_cause(stripe, *lives.GIVES),
        rows(stripe.url, set(bodies) - held), ledger.faults(),
    )  # fmt: skip


def _bodies(stripe: StripeStandIn, known: dict[str, bytes]) -> dict[str, bytes]:
    """What Stripe says in messages that nobody has delivered yet, oldest first."""
    from portal.sandbox.stripe import webhooks

    events = mirror.objects(stripe, "event")
    return {id: webhooks.body(event) for id, event in events.items() if id not in known}


def _post(app: Flask, body: bytes) -> None:
    from portal.sandbox.stripe import webhooks

    headers = {"Stripe-Signature": webhooks.sign(body, [SECRET], int(now().timestamp()))}
    ask = app.test_client().post
    answer = contextvars.Context().run(
        ask, EVENTS_PATH, data=body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.text


def _worked() -> int:
    from portal.billing.models import StripeEvent
    from portal.db import read

    return sum(row.state == "done" for row in read(StripeEvent.__table__.select()))


def rows(stripe_url: str, meanwhile: set[str]) -> dict[str, Counter[str]]:
    """Every row of every table as text, without instants, names that were drawn by lot, and the course of telling;
    messages of what the portal itself has done `meanwhile` have another name each time."""
    from portal.db import db, read
    from portal.notices.seal import unseal

    members = {row.id for row in read(db.metadata.tables["member"].select())}

    def shown(name: str, value: object) -> str:
        if name in COURSE or isinstance(value, datetime):
            return "-"
        if name == "sealed":
            value = unseal(str(value))
        drawn = ULID.sub(lambda found: found[0] if found[0] in members else "lot", str(value))
        return ("made meanwhile" if drawn in meanwhile else drawn).replace(stripe_url, "stripe")

    return {
        name: Counter(
            ", ".join(f"{column} {shown(column, value)}" for column, value in row._mapping.items())
            for row in read(table.select())
        )
        for name, table in db.metadata.tables.items()
    }


def unlike(one: Outcome, other: Outcome) -> dict[str, list[str]]:
    """Rows of one way of telling that the other has not, by table."""
    return {
        name: sorted((one.rows[name] - other.rows[name]) + (other.rows[name] - one.rows[name]))
        for name in one.rows
        if one.rows[name] != other.rows[name]
    }
