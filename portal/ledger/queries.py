"""What pages and answers read of the ledger: bounded reads by the member's key, never a sum over history."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, func, select

from portal.db import fact, prepared, read
from portal.ledger import statements
from portal.ledger.models import NEVER, Entry, Lot, LotUse, PendingLot, Wallet

FIRST_OF_ALL = 2**62  # above every entry's number
_entry, _lot, _pending = Entry.__table__.c, Lot.__table__.c, PendingLot.__table__.c


def newest_entries(member_id: str, *, before: int | None = None, limit: int = 20) -> list[Row[Any]]:
    """Entries of a member, newest first, from just below the number `before` (keyset paging)."""
    below = FIRST_OF_ALL if before is None else before
    return list(read(_newest(), {"p_member": member_id, "p_before": below, "p_limit": limit}).all())


@prepared
def _newest() -> Executable:
    return (
        select(Entry.__table__)
        .where(_entry.member_id == bindparam("p_member"), _entry.seq < bindparam("p_before"))
        .order_by(_entry.seq.desc())
        .limit(bindparam("p_limit"))
    )


def entry(member_id: str, seq: int) -> Row[Any] | None:
    """One entry of this member by its number; None when it is not hers."""
    return read(select(Entry.__table__).where(_entry.member_id == member_id, _entry.seq == seq)).one_or_none()


def lot_uses(member_id: str, seq: int) -> list[Row[Any]]:
    """The lots that an entry made (points above zero) or drew (below)."""
    uses = LotUse.__table__.c
    statement = select(uses.expires_on, uses.points).where(uses.member_id == member_id, uses.seq == seq)
    return list(read(statement.order_by(uses.expires_on)).all())


def lot_uses_of(member_id: str, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The lots of several entries in one statement, by entry."""
    uses = LotUse.__table__.c
    found: dict[int, list[Row[Any]]] = {}
    statement = select(uses.seq, uses.expires_on, uses.points).where(
        uses.member_id == member_id, uses.seq.in_(numbers)
    )
    for use in read(statement.order_by(uses.seq, uses.expires_on)):
        found.setdefault(use.seq, []).append(use)
    return found


def wallet(member_id: str) -> Row[Any]:
    """A member's buckets and totals, in points."""
    return read(statements.wallet(), {"p_member": member_id}).one()


def spendable(member_id: str, day: date) -> tuple[int, int]:
    """What can be spent on `day` and what is owed, points whose day has come counted before they are written down."""
    due = (
        select(func.coalesce(func.sum(_pending.points), 0))
        .where(_pending.member_id == member_id, _pending.matures_on <= day)
        .scalar_subquery()
    )
    buckets = Wallet.__table__.c
    row = read(
        select(buckets.available, buckets.owed, due.label("due")).where(buckets.member_id == member_id)
    ).one()
    net = int(row.available) + int(row.due) - int(row.owed)
    return max(0, net), max(0, -net)


def entry_of(member_id: str, key: str) -> Row[Any] | None:
    """The first entry that this member's operation `key` wrote; None when there was none."""
    where = (_entry.member_id == member_id, _entry.operation_key == key)
    return read(select(Entry.__table__).where(*where).order_by(_entry.seq).limit(1)).one_or_none()


def points_of_source(member_id: str, source: str, ref: str) -> int:
    """How many points of one source still wait."""
    rows = read(statements.pending_of_source(), {"p_member": member_id, "p_source": source, "p_ref": ref})
    return sum(row.points for row in rows)


def facts() -> list[Select[Any]]:
    """For `p_member`: points maturing by day and lots by last day (day, points), for the one UNION of a page."""
    return [
        fact("maturing", day=_pending.matures_on, n=(func.sum(_pending.points),))
        .where(_pending.member_id == bindparam("p_member"))
        .group_by(_pending.matures_on),
        fact("expiring", day=_lot.expires_on, n=(_lot.remaining,)).where(
            _lot.member_id == bindparam("p_member"), _lot.remaining > 0, _lot.expires_on < NEVER
        ),
    ]
