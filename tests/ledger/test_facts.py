"""The database itself guards the facts, whatever the code says (security.md section 8)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal import ledger
from portal.db import db, run, transact
from tests.ledger.shop import buckets, give, rows, sound, spend

pytestmark = pytest.mark.both_engines

ALTERED = {
    "operation": "fingerprint = 'x'",
    "entry": "d_available = d_available + 1",
    "lot_use": "points = points + 1",
}


def forbidden(statement: str) -> str:
    """What the database says when it refuses."""
    with pytest.raises(DBAPIError) as refusal:
        transact(lambda: run(text(statement)))
    return str(refusal.value)


@pytest.fixture
def kept(anna: str) -> str:
    """A member with points, some of them spent."""
    give(anna, 100)
    spend(anna, 40)
    return anna


def test_a_fact_can_neither_be_changed_nor_deleted(kept):
    for table in ledger.APPEND_ONLY:
        before = rows(table)
        assert "append-only" in forbidden(f"UPDATE {table} SET {ALTERED[table]}")
        assert "append-only" in forbidden(f"DELETE FROM {table}")
        assert rows(table) == before
    sound()


def test_a_fact_cannot_be_replaced_by_another_of_the_same_key(kept, engine):
    for table in ledger.APPEND_ONLY:
        model = db.metadata.tables[table]
        names = ", ".join(column.name for column in model.columns)
        key = ", ".join(column.name for column in model.primary_key)
        if engine == "sqlite":
            said = forbidden(f"INSERT OR REPLACE INTO {table} SELECT {names} FROM {table}")
        else:
            taken = f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} ON CONFLICT ({key}) DO UPDATE"
            said = forbidden(
                f"{taken} SET {ALTERED[table].split('=')[0]} = excluded.{ALTERED[table].split('=')[0]}"
            )
        assert "append-only" in said
    sound()


def test_a_table_of_facts_cannot_be_emptied(kept, engine):
    for table in ledger.APPEND_ONLY:
        if engine == "postgresql":  # SQLite has no such statement
            assert "append-only" in forbidden(f"TRUNCATE {table} CASCADE")
        assert rows(table) > 0


BY_HAND = (
    ("UPDATE wallet SET available = -1, earned = 39", "wallet_no_bucket_below_zero"),
    ("UPDATE wallet SET pending = -1, earned = 99", "wallet_no_bucket_below_zero"),
    ("UPDATE wallet SET held = -1, earned = 99", "wallet_no_bucket_below_zero"),
    ("UPDATE wallet SET owed = -1, available = 0, earned = 41", "wallet_no_bucket_below_zero"),
    ("UPDATE wallet SET owed = 60, earned = earned - 60", "wallet_never_owing_and_available"),
    ("UPDATE wallet SET available = available + 1", "wallet_identity"),
    ("UPDATE wallet SET status = 'rich'", "wallet_status"),
    ("UPDATE lot SET remaining = -1", "lot_bounds"),
    ("UPDATE lot SET remaining = granted + 1", "lot_bounds"),
    (
        "INSERT INTO pending_lot SELECT member_id, 'x', 'x', expires_on, expires_on, 0 FROM lot",
        "pending_lot_above_zero",
    ),
    ("INSERT INTO lot_use SELECT member_id, 1, placed, 0 FROM (SELECT member_id, on_day AS placed FROM entry) x",
     "lot_use_moves_something"),
    (
        "INSERT INTO entry SELECT member_id, 99, operation_key, kind, 'stolen', d_available, d_pending, d_held, d_owed,"
        " after_available, after_pending, after_owed, source, source_ref, programme_version, trace, at, on_day,"
        " reverses FROM entry WHERE seq = 1",
        "entry_contra",
    ),
    ("INSERT INTO entry SELECT * FROM entry WHERE seq = 1", "entry"),  # a number in a history is given once
)  # fmt: skip


def test_nonsense_written_by_hand_is_refused(kept):
    for statement, check in BY_HAND:
        assert check in forbidden(statement), statement
    assert buckets(kept) == (60, 0, 0)
    sound()


def test_no_fact_stands_for_somebody_who_does_not_exist(kept):
    for table in ("wallet", "operation", "entry", "lot", "lot_use"):
        columns = ", ".join(
            "'nobody'" if column.name == "member_id" else column.name
            for column in db.metadata.tables[table].columns
        )
        assert "foreign key" in forbidden(f"INSERT INTO {table} SELECT {columns} FROM {table}").lower()
    waiting = "INSERT INTO pending_lot SELECT 'nobody', 'x', 'x', expires_on, expires_on, 1 FROM lot"
    assert "foreign key" in forbidden(waiting).lower()
