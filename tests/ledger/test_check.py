"""`portal check` is worth something only if it can fail: each invariant is broken by hand, and is named."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portal import ledger, notices
from portal.db import db, run, transact
from portal.ledger.check import INVARIANTS
from tests.ledger.shop import TODAY, expire, give, mature, sound, spend, take_back
from tests.ledger.test_corrections import adjust, undo

pytestmark = pytest.mark.both_engines

BOTH_TOTALS = "UPDATE wallet SET {0} = {0} + 1, {1} = {1} + 1"
DAMAGE = (
    # an entry's sums, a wallet's buckets and totals
    ("wallet buckets equal the sums of the entries", BOTH_TOTALS.format("available", "earned")),
    ("wallet buckets equal the sums of the entries", BOTH_TOTALS.format("pending", "earned")),
    ("wallet buckets equal the sums of the entries", BOTH_TOTALS.format("held", "earned")),
    ("wallet buckets equal the sums of the entries", "UPDATE wallet SET seq = seq + 1"),
    ("wallet buckets equal the sums of the entries", "UPDATE entry SET d_pending = d_pending + 1 WHERE seq = 1"),
    ("wallet buckets equal the sums of the entries", "UPDATE entry SET seq = 99 WHERE kind = 'refunded'"),
    ("running totals equal the entries by contra", BOTH_TOTALS.format("earned", "spent")),
    ("running totals equal the entries by contra", BOTH_TOTALS.format("earned", "donated")),
    ("running totals equal the entries by contra", BOTH_TOTALS.format("earned", "expired")),
    ("running totals equal the entries by contra", "UPDATE entry SET contra = 'donated' WHERE contra = 'redeemed'"),
    ("every entry continues the one before it", "UPDATE entry SET after_available = after_available + 1 WHERE seq = 2"),
    ("every entry continues the one before it", "UPDATE entry SET after_pending = after_pending + 1 WHERE seq = 1"),
    ("every entry continues the one before it", "UPDATE entry SET after_owed = after_owed + 1 WHERE seq = 3"),
    ("lots hold what is available", "UPDATE lot SET remaining = remaining - 1 WHERE remaining > 0"),
    ("lots hold what is available", "DELETE FROM lot WHERE remaining > 0"),
    ("each lot holds what its uses left", "UPDATE lot_use SET points = points + 1 WHERE seq = 1"),
    ("each lot holds what its uses left", "UPDATE lot SET expires_on = '2020-01-01'"
     " WHERE expires_on = '9999-12-31'"),
    ("each entry's lots add up to what it moved", "DELETE FROM lot_use WHERE points < 0"),
    ("each entry's lots add up to what it moved", "UPDATE lot_use SET seq = 2 WHERE seq = 1"),
    ("what waits equals the pending bucket", "UPDATE pending_lot SET points = points + 1"),
    ("what waits equals the pending bucket", "DELETE FROM pending_lot"),
    ("what waits of each source is what its entries say", "UPDATE pending_lot SET source_ref = 'stolen'"),
    ("what is undone is what was spent, and went back to lots", "UPDATE entry SET reverses = NULL"
     " WHERE kind = 'undone'"),
    ("what is undone is what was spent, and went back to lots", "UPDATE entry SET reverses = 1"
     " WHERE kind = 'undone'"),
    ("what is undone is what was spent, and went back to lots", "UPDATE entry SET d_available = d_available + 1"
     " WHERE kind = 'undone'"),
    ("what is undone is what was spent, and went back to lots", "UPDATE entry SET kind = 'earned'"
     " WHERE kind = 'undone'"),
    ("an adjustment moves only what can be spent, or a debt", "UPDATE entry SET kind = 'earned'"
     " WHERE kind = 'adjusted'"),
    ("an adjustment moves only what can be spent, or a debt", "UPDATE entry SET d_pending = 1"
     " WHERE kind = 'adjusted'"),
    ("a closed wallet is empty", "UPDATE wallet SET status = 'closed'"),
    ("what lapses was available", "UPDATE entry SET d_pending = -1 WHERE source = 'expiry'"),
    ("what lapses was available", "UPDATE entry SET kind = 'earned' WHERE source = 'expiry'"),
    ("what lapses was announced, or held for want of a notice", "UPDATE lot_notice SET delivered = FALSE"),
    ("what lapses was announced, or held for want of a notice", "UPDATE lot_notice SET delivered = NULL"),
    ("a lot is held beyond its date", "UPDATE lot SET held_until = expires_on"),
    ("points that end have a day on which they are looked at", "UPDATE lot SET next_on = NULL"),
    ("every operation has an entry", "INSERT INTO operation SELECT member_id, 'empty', 'a', 'x', at FROM operation"
     " WHERE key = 'now'"),
)  # fmt: skip


@pytest.fixture
def books(anna: str, engine: str) -> str:
    """A member with every kind of entry, in a database whose guards were taken away."""
    give(anna, 100, "now")
    give(anna, 50, "waiting", ref="2", matures_on=TODAY + timedelta(days=5))
    give(anna, 20, "due", ref="3", matures_on=TODAY + timedelta(days=1))
    mature(anna, TODAY + timedelta(days=1))
    spend(anna, 30)
    spend(anna, 10, "gift", kind="donated")
    take_back(anna, 15, ref="4")
    spend(anna, 5, "undone")
    undo(anna, "undone")
    adjust(anna, 7)
    give(anna, 9, "lapsing", ref="5", expires_on=TODAY + timedelta(days=10))
    with notices.assume_delivered():
        expire(anna, TODAY + timedelta(days=11))
    give(anna, 4, "dated", ref="6", expires_on=TODAY + timedelta(days=100))
    sound()
    with db.engine.connect() as connection:
        for table in ledger.APPEND_ONLY:
            if engine == "sqlite":
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        connection.commit()
    return anna


class Enough(Exception):
    """The damage was seen; it is undone."""


def faults_after(statement: str) -> list[str]:
    """What the check says of the books with this damage, which does not outlive the question."""
    found: list[str] = []

    def damaged() -> None:
        if db.engine.dialect.name == "sqlite":
            run(text("PRAGMA defer_foreign_keys = ON"))  # to a commit that never comes
        assert run(text(statement)).rowcount > 0, statement
        found.extend(ledger.faults())
        raise Enough

    with pytest.raises(Enough):
        transact(damaged)
    return found


def test_every_invariant_sees_the_damage_it_is_there_for(books):
    for name, statement in DAMAGE:
        found = faults_after(statement)
        assert any(fault.startswith(f"{name}: member {books} ") for fault in found), (name, statement, found)
    sound()


def test_there_is_damage_for_every_invariant():
    assert {name for name, _ in DAMAGE} == set(INVARIANTS)


def test_an_entry_that_is_missing_or_made_up_is_seen(books):
    for statement in (
        "DELETE FROM entry WHERE kind = 'redeemed'",
        "INSERT INTO entry SELECT member_id, seq + 100, operation_key, kind, contra, d_available, d_pending, d_held,"
        " d_owed, after_available, after_pending, after_owed, source, source_ref, programme_version, trace, at, on_day,"
        " reverses FROM entry WHERE seq = 1",
    ):
        assert faults_after(statement), statement
