"""One way to write: whole, durable, again where the engine asks for it, and never by halves."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from portal import db as floor
from portal.db import TRIES, Instant, JsonText, db, read, run, savepoint, transact
from portal.errors import Refused
from portal.rewards.models import RewardStock
from tests.ledger import shop
from tests.ledger.shop import buckets, give, sound


class Failure(Exception):
    """An error of PostgreSQL, with its state."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def locked(said: str = "database is locked") -> DBAPIError:
    return OperationalError("UPDATE wallet", {}, sqlite3.OperationalError(said))


def of_state(sqlstate: str) -> DBAPIError:
    return DBAPIError("UPDATE wallet", {}, Failure(sqlstate))


def lost() -> DBAPIError:
    return DBAPIError("UPDATE wallet", {}, Failure("08006"), connection_invalidated=True)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits between tries; how long it would have been."""
    waits: list[float] = []
    monkeypatch.setattr(floor.time, "sleep", waits.append)
    return waits


def fails(times: int, error: Callable[[], BaseException], member: str) -> Callable[[], int]:
    """A write that gives a point and then fails so many times; it answers how often it ran."""
    runs = iter(range(1, 100))

    def operation() -> int:
        number = next(runs)
        run(
            text("UPDATE wallet SET available = available + 1, earned = earned + 1 WHERE member_id = :id"),
            {"id": member},
        )
        if number <= times:
            raise error()
        return number

    return operation


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish()
    return shop.join()


@pytest.mark.parametrize(
    "error",
    [
        locked,
        lambda: locked("database table is locked"),
        lambda: of_state("40001"),
        lambda: of_state("40P01"),
        lambda: of_state("55P03"),
        lost,
    ],
    ids=["locked", "table locked", "serialization", "deadlock", "lock time-out", "connection lost"],
)
def test_what_another_try_can_mend_is_run_again_as_a_whole(anna, hasty, error):
    assert transact(fails(2, error, anna)) == 3
    assert buckets(anna) == (1, 0, 0)  # what the failed runs wrote is gone
    assert len(hasty) == 2
    assert hasty[1] > hasty[0] / 2


def test_after_five_tries_it_gives_up_and_nothing_is_written(anna, hasty):
    with pytest.raises(DBAPIError):
        transact(fails(TRIES, locked, anna))
    assert buckets(anna) == (0, 0, 0)
    assert len(hasty) == TRIES - 1
    transact(fails(0, locked, anna))  # the lock was given back
    assert buckets(anna) == (1, 0, 0)


@pytest.mark.parametrize(
    "error",
    [
        lambda: IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
        lambda: of_state("23505"),
        lambda: locked("disk I/O error"),
        lambda: Refused("not_enough_points"),
        lambda: ValueError("a bug"),
    ],
    ids=["unique", "unique, PostgreSQL", "disk", "refused", "bug"],
)
def test_what_no_other_try_can_mend_is_raised_at_once_and_nothing_is_written(anna, hasty, error):
    with pytest.raises(type(error())):
        transact(fails(1, error, anna))
    assert hasty == []
    assert buckets(anna) == (0, 0, 0)


def test_a_real_serialization_failure_runs_the_write_again(engine, anna, hasty):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer")
    runs = []

    def operation() -> None:
        runs.append(1)
        run(text("SET LOCAL lock_timeout = '50ms'"))
        if len(runs) == 1:
            with db.engine.connect() as other, other.begin():
                other.execute(text("SELECT 1 FROM wallet FOR UPDATE"))
                run(text("UPDATE wallet SET status = 'active'"))
        run(text("UPDATE wallet SET available = available + 1, earned = earned + 1"))

    transact(operation)
    assert len(runs) == 2
    assert buckets(anna) == (1, 0, 0)


def test_only_the_edge_writes(engine, anna):
    with pytest.raises(RuntimeError, match="transact"):
        run(text("UPDATE wallet SET available = 5"))
    with pytest.raises(RuntimeError, match="under way"):
        transact(lambda: transact(lambda: None))
    with pytest.raises(RuntimeError, match="savepoint"), savepoint():
        pass


def test_inside_a_write_one_reads_what_it_wrote_and_outside_one_does_not(engine, anna):
    inside: list[int] = []
    outside: list[int] = []

    def count() -> int:
        return int(read(text("SELECT available FROM wallet")).scalar_one())

    def elsewhere(app: Flask) -> None:
        with app.app_context():
            outside.append(count())

    from flask import current_app

    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def operation() -> None:
        run(text("UPDATE wallet SET available = 7, earned = 7"))
        inside.append(count())
        thread = threading.Thread(target=elsewhere, args=(app,))
        thread.start()
        thread.join()

    transact(operation)
    assert (inside, outside) == ([7], [0])
    assert count() == 7


def test_what_is_refused_inside_a_savepoint_is_undone_and_the_rest_stands(engine, anna):
    def goes_wrong() -> None:
        with savepoint():
            run(text("UPDATE wallet SET available = 9, earned = 9"))
            raise Refused("conflict")

    def operation() -> None:
        run(text("UPDATE wallet SET available = 1, earned = 1"))
        with pytest.raises(Refused):
            goes_wrong()

    transact(operation)
    assert buckets(anna) == (1, 0, 0)


def drop_connections() -> None:
    """As when the database restarts or fails over: every connection but the one that says so is gone."""
    with db.engine.connect() as other:
        other.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_connections_that_the_database_has_dropped_are_replaced_and_nothing_is_lost(engine, anna):
    if engine == "sqlite":
        pytest.skip("SQLite has no connection to lose")
    available = text("SELECT available FROM wallet")
    assert read(available).scalar() == 0
    drop_connections()
    assert read(available).scalar() == 0
    drop_connections()
    give(anna, 5)
    assert read(available).scalar() == 5
    lost_midway = iter([True, False])

    def operation() -> None:
        run(text("UPDATE wallet SET available = available + 1, earned = earned + 1"))
        if next(lost_midway):
            drop_connections()
        assert read(available).scalar() == 6

    transact(operation)
    assert read(available).scalar() == 6


def test_a_statement_that_fails_on_a_sound_connection_is_not_asked_twice(engine, anna):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with pytest.raises(DBAPIError):
        read(text("SELECT points FROM nowhere"))
    assert len(asked) == 1


@pytest.fixture
def many_at_once(app: Flask) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as pool:
        yield pool


def test_more_writers_that_have_read_before_than_connections_do_not_wait_for_each_other(
    engine, app, anna, many_at_once
):
    together = threading.Barrier(32, timeout=20)

    def reads_and_writes(number: int) -> None:
        with app.app_context():
            read(text("SELECT 1 FROM wallet")).all()
            if number < 32:
                _wait(together)
            give(anna, 1, f"k{number}")

    list(many_at_once.map(reads_and_writes, range(40), timeout=25))
    assert buckets(anna) == (40, 0, 0)
    sound()


def _wait(together: threading.Barrier) -> None:
    # Not all can have a connection to read with: those that have one go on after a moment.
    try:
        together.wait(0.5)
    except threading.BrokenBarrierError:
        return


def test_an_insert_says_whether_it_wrote_or_the_row_stood_already(engine, anna):
    taken = floor.upsert(RewardStock).values(reward="mug", chunk=1, taken=0).on_conflict_do_nothing()
    assert [transact(lambda: run(taken).rowcount) for _ in range(2)] == [1, 0]


def test_an_instant_comes_back_as_the_same_instant_in_utc(engine, app):
    told = datetime(2026, 3, 1, 10, 15, tzinfo=timezone(timedelta(hours=2)))
    kept = Instant().process_result_value(
        Instant().process_bind_param(told, db.engine.dialect), db.engine.dialect
    )
    assert kept == told
    assert kept is not None
    assert kept.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        Instant().process_bind_param(datetime(2026, 3, 1), db.engine.dialect)  # noqa: DTZ001 - what is refused


def test_facts_as_json_come_back_as_they_were(app):
    facts = {"label": "Tea “&” bun ☕", "points": 2**53, "none": None, "list": [1, {"a": "b"}]}
    kept = JsonText().process_bind_param(facts, db.engine.dialect)
    assert JsonText().process_result_value(kept, db.engine.dialect) == facts
    assert JsonText().process_bind_param(None, db.engine.dialect) is None
