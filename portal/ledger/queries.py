"""What pages and answers read of the ledger: bounded reads by the member's key, never a sum over history."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Executable, Row, Select, bindparam, func, select, union

from portal.db import fact, prepared, read
from portal.ledger import statements
from portal.ledger.lot_statements import HAS_POINTS
from portal.ledger.models import NEVER, Entry, Lot, LotUse, PendingLot, Wallet

FIRST_OF_ALL = 2**62  # above every entry's number
_entry, _lot, _pending = Entry.__table__.c, Lot.__table__.c, PendingLot.__table__.c
_DUE_SOME_DAY = (HAS_POINTS, _lot.next_on.is_not(None))


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


def next_due() -> date | None:
    """The first day on which points of anybody mature, end or have their end announced; None when none do."""
    row = read(_next_due()).one()
    return min((day for day in row if day is not None), default=None)


@prepared
def _next_due() -> Executable:
    return select(
        select(func.min(_pending.matures_on)).scalar_subquery(),
        select(func.min(_lot.next_on)).where(*_DUE_SOME_DAY).scalar_subquery(),
    )


def next_due_of(member_id: str) -> date | None:
    """As `next_due`, for one member."""
    row = read(_next_due_of(), {"p_member": member_id}).one()
    return min((day for day in row if day is not None), default=None)


@prepared
def _next_due_of() -> Executable:
    who: BindParameter[str] = bindparam("p_member")
    return select(
        select(func.min(_pending.matures_on)).where(_pending.member_id == who).scalar_subquery(),
        select(func.min(_lot.next_on)).where(*_DUE_SOME_DAY, _lot.member_id == who).scalar_subquery(),
    )


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members with something due by the day `through`, by id from `after` on: the nightly walks them in chunks."""
    return list(read(_due_members(), {"p_day": through, "p_after": after, "p_limit": limit}).scalars())


@prepared
def _due_members() -> Executable:
    day: BindParameter[date] = bindparam("p_day")
    after: BindParameter[str] = bindparam("p_after")
    maturing = select(_pending.member_id).where(_pending.matures_on <= day, _pending.member_id > after)
    ending = select(_lot.member_id).where(HAS_POINTS, _lot.next_on <= day, _lot.member_id > after)
    return union(maturing, ending).order_by("member_id").limit(bindparam("p_limit"))


def facts() -> list[Select[Any]]:
    """For `p_member`, for the one UNION of a page: points maturing by day, and lots by the last day on which they can
    be used (day, points; `until` the same day when it is held beyond its date).

    Where points end by inactivity the last day follows from the programme's days, which `endings` adds: rows "idle"
    have the last activity, the day on which their life began (a) and until when they are held.
    """
    mine = (_lot.member_id == bindparam("p_member"), _lot.remaining > 0)
    wallet = Wallet.__table__
    return [
        fact("maturing", day=_pending.matures_on, n=(func.sum(_pending.points),))
        .where(_pending.member_id == bindparam("p_member"))
        .group_by(_pending.member_id, _pending.matures_on),
        fact(
            "expiring",
            day=func.coalesce(_lot.held_until, _lot.expires_on),
            until=_lot.held_until,
            n=(_lot.remaining,),
        ).where(*mine, _lot.expires_on < NEVER),
        fact("idle", a=_lot.made_on, day=wallet.c.active_on, until=_lot.held_until, n=(_lot.remaining,))
        .join_from(Lot.__table__, wallet, wallet.c.member_id == _lot.member_id)
        .where(*mine, _lot.expires_on == NEVER, _lot.next_on.is_not(None)),
    ]
