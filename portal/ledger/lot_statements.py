"""The statements by which lots end, built once: what is due, what was told, and what keeps them alive."""

from datetime import date

from sqlalchemy import BindParameter, Executable, bindparam, literal_column, select, update

from portal import people
from portal.db import prepared, table, upsert
from portal.ledger.models import NEVER, Lot, LotNotice, Wallet

_w, _l, _n, _m = table(Wallet).c, table(Lot).c, table(LotNotice).c, table(people.Member).c
_lots_of = _l.member_id == bindparam("p_member")
# Written out, as the index over lots that are due has it: with a bound number it would not be used.
HAS_POINTS = _l.remaining > literal_column("0")


@prepared
def lots_due() -> Executable:
    """Lots for which something may be due, the soonest to expire first, with their wallet's last day and number."""
    return (
        select(table(Lot), _w.active_on, _w.seq)
        .join(table(Wallet), _w.member_id == _l.member_id)
        .where(_lots_of, HAS_POINTS, _l.next_on <= bindparam("p_day"))
        .order_by(_l.expires_on)
    )


@prepared
def look_at_lot() -> Executable:
    """When a lot is to be looked at next, and until when it is held."""
    return (
        update(table(Lot))
        .where(_lots_of, _l.expires_on == bindparam("p_lot"))
        .values(next_on=bindparam("p_next"), held_until=bindparam("p_held"))
    )


@prepared
def lot_notices() -> Executable:
    """What a member was told of the end on a day."""
    mine = (_n.member_id == bindparam("p_member"), _n.expires_on == bindparam("p_ends"))
    return select(table(LotNotice)).where(*mine)


@prepared
def note_notice() -> Executable:
    """A notice that was sent, or what became of it."""
    statement = upsert(LotNotice)
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]  # the two dialects share no class
        index_elements=["member_id", "expires_on", "days"], set_={"delivered": statement.excluded.delivered}
    )


@prepared
def reader() -> Executable:
    """To whom a member's mail goes, and in which language."""
    return select(_m.email, _m.name, _m.locale).where(_m.id == bindparam("p_member"))


@prepared
def touch() -> Executable:
    """A day of activity, unless a later one is known."""
    day: BindParameter[date] = bindparam("p_day")
    earlier = _w.active_on.is_(None) | (_w.active_on < day)
    return update(table(Wallet)).where(_w.member_id == bindparam("p_member"), earlier).values(active_on=day)


@prepared
def live_on() -> Executable:
    """The lot without a date lives on: it is held no longer, and looked at again on a day that follows from it."""
    return (
        update(table(Lot))
        .where(_lots_of, _l.expires_on == NEVER)
        .values(held_until=None, next_on=bindparam("p_next"))
    )
