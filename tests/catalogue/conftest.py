"""Running a shipped programme over event lines, by the code of `portal simulate`, in the app of the test."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from tests.catalogue.lines import Line, Outcome, instant

Run = Callable[..., Outcome]
Quote = Callable[..., dict[str, Any]]
Traces = Callable[..., list[dict[str, Any]]]


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """A context of its own, so that no connection outlives it and the database can be put back as it was."""
    with app.app_context():
        yield


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    """`run("cvs", lines, at="2026-03-01")`: the answer of a simulation, each time on an empty database.

    `at` is what `--at` is: a day is its end in the programme's zone. A text takes the place of a key.
    """
    from portal import lab, nightly
    from portal import programme as programmes
    from portal.db import db, transact

    database, empty = tmp_path / "portal.sqlite", tmp_path / "empty.sqlite"
    shutil.copy(database, empty)

    def simulate(key: str, lines: list[Line], at: str | None = None) -> Outcome:
        events = tmp_path / "events.jsonl"
        events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        source = key if "\n" in key else programmes.load(key).source
        with inside(app):
            programmes.refresh()
            db.engine.dispose()
            for file in tmp_path.glob("portal.sqlite-*"):
                file.unlink()
            shutil.copy(empty, database)
            transact(lambda: programmes.publish(source, lab.BEFORE_ALL))
            told = lab.simulate(events, nightly, until=_until(at, programmes.parse(source, "programme.toml")))
            return lab.outcome(told)

    return simulate


def _until(at: str | None, programme: Any) -> datetime | None:
    if at is None or "T" in at:
        return datetime.fromisoformat(at) if at else None
    after: datetime = programme.midnight(date.fromisoformat(at) + timedelta(days=1))
    return after - timedelta(seconds=1)


@pytest.fixture
def quote(app: Flask, clock: time_machine.Traveller) -> Quote:
    """`quote("2026-03-01", item("30.00"), channel="store")`: Anna's basket as the API quotes it, after a `run`."""
    from portal import merchant
    from portal.db import transact

    def ask(when: str, *lines: dict[str, Any], **data: Any) -> dict[str, Any]:
        now = datetime.fromisoformat(instant(when))
        clock.move_to(now)

        def key() -> str:
            merchant.add_shop("main", "api", now)
            return merchant.create_key("test", "main", ("orders", "members", "read"), now)[1]

        with inside(app):
            secret = transact(key)
        basket = {"member": {"id": "anna"}, "currency": "USD", "lines": list(lines), **data}
        headers = {"Authorization": f"Bearer {secret}"}
        answer = app.test_client().post("/api/v1/quotes", json=basket, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json
        return told

    return ask


@pytest.fixture
def traces(app: Flask) -> Traces:
    """`traces()`: what explains each of Anna's ledger entries, oldest first, after a `run`."""
    from sqlalchemy import select

    from portal import ledger, people
    from portal.db import read

    def look(member: str = "anna") -> list[dict[str, Any]]:
        entry = ledger.Entry.__table__.c
        with inside(app):
            known = people.by_ref(member)
            assert known is not None
            rows = read(select(entry.trace).where(entry.member_id == known.id).order_by(entry.seq)).scalars()
            return [dict(trace) for trace in rows]

    return look
