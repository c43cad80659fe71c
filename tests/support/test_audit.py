"""The audit: appended only, chained, and proved by `portal check`."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal import clock as portal_clock
from portal import support
from portal.db import db, run, transact
from portal.support import audit
from tests.support.acts import colleague, visit

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme")]


@pytest.fixture
def chain(anna, engine) -> str:
    """The audit of a colleague who did three things; their id."""
    sam = colleague()
    visit(sam, anna)
    transact(lambda: support.stop(sam, "staff", portal_clock.now()))
    transact(lambda: audit.note(sam.id, "page", at=portal_clock.now(), member_id=anna, route="/home"))
    other = colleague("owner", "kim@example.com")
    transact(lambda: audit.note(other.id, "code_searched", at=portal_clock.now(), member_id=anna))
    return sam.id


def test_a_chain_that_nobody_touched_is_whole(chain):
    assert support.faults() == []


@pytest.mark.parametrize("table", support.APPEND_ONLY)
def test_the_database_refuses_to_change_or_delete_what_is_on_record(chain, anna, engine, table):
    if table == "adjustment":
        sam = colleague()
        transact(
            lambda: support.adjust(
                sam, anna, 5, reason="a parcel came late", words="Sorry", ticket="T", key="K" * 26,
                now=portal_clock.now(),
            )
        )  # fmt: skip
    sentences = [f"UPDATE {table} SET member_id = 'x'", f"DELETE FROM {table}"]
    sentences += [f"TRUNCATE {table} CASCADE"] if engine == "postgresql" else []
    for sentence in sentences:
        with pytest.raises(DBAPIError, match="append-only"):
            transact(lambda sentence=sentence: run(text(sentence)))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit SET facts = '{}' WHERE number = 1",
        "UPDATE audit SET member_id = NULL WHERE number = 2",
        "UPDATE audit SET what = 'page' WHERE number = 2",
        "UPDATE audit SET chain = 'somebody else' WHERE number = 3",
        "DELETE FROM audit WHERE number = 1",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit_chain",
        "UPDATE audit_chain SET number = number + 1",
    ],
)
def test_portal_check_finds_a_chain_that_was_touched(app, chain, engine, damage):
    unguard(engine)
    transact(lambda: run(text(damage)))
    assert support.faults(), damage


def unguard(engine: str) -> None:
    """What an intruder with the owner's rights would do first."""
    if engine == "sqlite":
        for verb in ("update", "delete"):
            transact(lambda verb=verb: run(text(f"DROP TRIGGER audit_no_{verb}")))
    else:
        transact(lambda: run(text("DROP TRIGGER audit_append_only ON audit")))


def test_colleagues_at_work_at_once_keep_every_chain_whole(app, engine, anna):
    from concurrent.futures import ThreadPoolExecutor

    staff = [colleague(email=f"{name}@example.com").id for name in ("a", "b")]

    def write(number: int) -> None:
        with app.app_context():
            transact(
                lambda: audit.note(staff[number % 2], "page", at=portal_clock.now(), member_id=anna, n=number)
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(24)))
    assert support.faults() == []
    assert len(audit.rows_of(anna)) == 24
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT MAX(number) FROM audit")).scalar() == 12
