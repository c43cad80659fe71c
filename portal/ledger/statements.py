"""The ledger's statements, built once. Parameters: member_id, key, seq, points, expires_on and the like, by name."""

from sqlalchemy import (
    BindParameter,
    Executable,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from portal.db import prepared, table, upsert
from portal.ledger.models import NEVER, Entry, Lot, LotUse, Operation, PendingLot, Wallet

WALLET, LOT, PENDING, ENTRY = table(Wallet), table(Lot), table(PendingLot), table(Entry)
_w, _l, _p, _e, _u = WALLET.c, LOT.c, PENDING.c, ENTRY.c, table(LotUse).c
_points: BindParameter[int] = bindparam("p_points")
_mine = _w.member_id == bindparam("p_member")
_after = (_w.seq, _w.available, _w.pending, _w.owed)
# Points that arrive pay what is owed first; the rest is available.
_arrive = {
    "available": _w.available + case((_w.owed < _points, _points - _w.owed), else_=0),
    "owed": case((_w.owed > _points, _w.owed - _points), else_=0),
}


@prepared
def open_wallet() -> Executable:
    """A new wallet."""
    return insert(WALLET)


@prepared
def begin() -> Executable:
    """Insert an operation's key; no row comes back when it stands already."""
    statement: Executable = upsert(Operation).on_conflict_do_nothing().returning(literal(1))
    return statement


@prepared
def begin_many() -> Executable:
    """As `begin`, for a list of operations; the keys that were free come back."""
    statement: Executable = upsert(Operation).on_conflict_do_nothing().returning(table(Operation).c.key)
    return statement


@prepared
def standing() -> Executable:
    """The operation with this key and its first entry."""
    operation, entry = Operation.__table__.c, Entry.__table__.c
    return (
        select(operation.fingerprint, entry.seq, entry.after_available, entry.after_pending, entry.after_owed)
        .join(Entry, (entry.member_id == operation.member_id) & (entry.operation_key == operation.key))
        .where(operation.member_id == bindparam("p_member"), operation.key == bindparam("p_key"))
        .order_by(entry.seq)
        .limit(1)
    )


@prepared
def lock() -> Executable:
    """Lock a wallet's row and read what is available."""
    return select(_w.available).where(_mine).with_for_update()


@prepared
def credit_now() -> Executable:
    """Give points that can be used at once: no row comes back for a closed wallet."""
    return (
        update(WALLET)
        .where(_mine, _w.status == "active")
        .values(seq=_w.seq + 1, earned=_w.earned + _points, **_arrive)
        .returning(*_after)
    )


@prepared
def credit_later() -> Executable:
    """Give points that wait: no row comes back for a closed wallet."""
    return (
        update(WALLET)
        .where(_mine, _w.status == "active")
        .values(seq=_w.seq + 1, earned=_w.earned + _points, pending=_w.pending + _points)
        .returning(*_after)
    )


@prepared
def credit_many() -> Executable:
    """The buckets of a locked wallet after all that is credited to it, if its last entry is still the one found."""
    return (
        update(WALLET)
        .where(_mine, _w.seq == bindparam("p_found"))
        .values(
            seq=bindparam("p_seq"),
            available=bindparam("p_available"),
            pending=bindparam("p_pending"),
            owed=bindparam("p_owed"),
            earned=_w.earned + bindparam("p_earned"),
        )
    )


@prepared
def mature() -> Executable:
    """Let points that waited arrive."""
    return (
        update(WALLET)
        .where(_mine)
        .values(seq=_w.seq + 1, pending=_w.pending - _points, **_arrive)
        .returning(*_after)
    )


def _take(total: str) -> Executable:
    return (
        update(WALLET)
        .where(_mine, _w.available >= _points, _w.owed == 0, _w.status == "active", ~_w.frozen)
        .values({"seq": _w.seq + 1, "available": _w.available - _points, total: _w[total] + _points})
        .returning(*_after)
    )


@prepared
def spend() -> Executable:
    """Take points if they are there, nothing is owed and nothing is frozen: no row comes back when not."""
    return _take("spent")


@prepared
def donate() -> Executable:
    """As spend, for a gift."""
    return _take("donated")


@prepared
def claw_back() -> Executable:
    """Take points back, from three places that were measured under the lock."""
    return (
        update(WALLET)
        .where(_mine)
        .values(
            seq=_w.seq + 1,
            earned=_w.earned - _points,
            pending=_w.pending - bindparam("p_pending"),
            available=_w.available - bindparam("p_available"),
            owed=_w.owed + bindparam("p_owed"),
        )
        .returning(*_after)
    )


@prepared
def give_back() -> Executable:
    """Points that were spent and come back; a debt is paid first."""
    return (
        update(WALLET)
        .where(_mine)
        .values(seq=_w.seq + 1, spent=_w.spent - _points, **_arrive)
        .returning(*_after)
    )


@prepared
def forfeit() -> Executable:
    """Let what is available and what waits go, as far as it was measured under the lock."""
    pending: BindParameter[int] = bindparam("p_pending")
    return (
        update(WALLET)
        .where(_mine)
        .values(
            seq=_w.seq + 1,
            available=_w.available - _points,
            pending=_w.pending - pending,
            expired=_w.expired + _points + pending,
        )
        .returning(*_after)
    )


@prepared
def close() -> Executable:
    """Nothing can be spent from this wallet any more."""
    return update(WALLET).where(_mine).values(status="closed")


@prepared
def freeze() -> Executable:
    """Let nothing be spent for a while, or let it be again."""
    return update(WALLET).where(_mine).values(frozen=bindparam("p_frozen"))


@prepared
def all_pending() -> Executable:
    """Everything that waits, by day."""
    return (
        select(PENDING)
        .where(_p.member_id == bindparam("p_member"))
        .order_by(_p.matures_on, _p.source, _p.source_ref)
    )


@prepared
def adjust_down() -> Executable:
    """Take points that are available out of what was earned: no row comes back when there are fewer."""
    return (
        update(WALLET)
        .where(_mine, _w.available >= _points, _w.status == "active")
        .values(seq=_w.seq + 1, available=_w.available - _points, earned=_w.earned - _points)
        .returning(*_after)
    )


@prepared
def spending() -> Executable:
    """The entry of an operation that spent points, and the number of the one that undoes it, if there is one."""
    undoing = ENTRY.alias("undoing")
    return (
        select(ENTRY, undoing.c.seq.label("undone_by"))
        .outerjoin(undoing, (undoing.c.member_id == _e.member_id) & (undoing.c.reverses == _e.seq))
        .where(
            _e.member_id == bindparam("p_member"),
            _e.operation_key == bindparam("p_key"),
            _e.kind == "redeemed",
        )
    )


@prepared
def posted() -> Executable:
    """What stood after an entry."""
    after = (_e.after_available, _e.after_pending, _e.after_owed)
    return select(_e.seq, *after).where(_e.member_id == bindparam("p_member"), _e.seq == bindparam("p_seq"))


@prepared
def drawn() -> Executable:
    """What an entry drew from lots, the soonest to expire first (points below zero), and the dates of these lots."""
    return (
        select(_u.points, _l.expires_on, _l.made_on, _l.held_until, _w.active_on)
        .join(LOT, (_l.member_id == _u.member_id) & (_l.expires_on == _u.expires_on))
        .join(WALLET, _w.member_id == _u.member_id)
        .where(_u.member_id == bindparam("p_member"), _u.seq == bindparam("p_seq"))
        .order_by(_u.expires_on)
    )


@prepared
def wallet() -> Executable:
    """A wallet, whole."""
    return select(WALLET).where(_mine)


@prepared
def append() -> Executable:
    """One entry."""
    return insert(table(Entry))


@prepared
def note_lot_use() -> Executable:
    """What an entry did to a lot."""
    return insert(table(LotUse))


@prepared
def fill_lot() -> Executable:
    """Put points into the lot of a day. One that was empty is due anew.

    The lot without a date also begins a new life with them, where none was counted yet or the last one is over.
    """
    statement = upsert(Lot)
    new = statement.excluded
    begins = (_l.expires_on == NEVER) & ((_l.remaining == 0) | _l.next_on.is_(None))
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]  # the two dialects share no class
        index_elements=["member_id", "expires_on"],
        set_={
            "granted": _l.granted + new.granted,
            "remaining": _l.remaining + new.remaining,
            "made_on": case((begins, new.made_on), else_=_l.made_on),
            "held_until": case((begins, null()), else_=_l.held_until),
            "next_on": case((_l.remaining == 0, new.next_on), else_=func.coalesce(_l.next_on, new.next_on)),
        },
    )


@prepared
def draw_lot() -> Executable:
    """Take points out of the lot of a day."""
    return (
        update(LOT)
        .where(_l.member_id == bindparam("p_member"), _l.expires_on == bindparam("p_day"))
        .values(remaining=_l.remaining - _points)
    )


@prepared
def lots() -> Executable:
    """Lots with something in them, the one of `p_first` before all, then the soonest to expire."""
    return (
        select(_l.expires_on, _l.remaining)
        .where(_l.member_id == bindparam("p_member"), _l.remaining > 0)
        .order_by(case((_l.expires_on == bindparam("p_first"), 0), else_=1), _l.expires_on)
    )


@prepared
def add_pending() -> Executable:
    """Points of a source that wait for a day."""
    statement = upsert(PendingLot)
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]  # as above
        index_elements=["member_id", "source", "source_ref", "matures_on"],
        set_={"points": _p.points + statement.excluded.points},
    )


@prepared
def pending_of_source() -> Executable:
    """What of a source waits, the last to mature first."""
    return (
        select(PENDING)
        .where(
            _p.member_id == bindparam("p_member"),
            _p.source == bindparam("p_source"),
            _p.source_ref == bindparam("p_ref"),
        )
        .order_by(_p.matures_on.desc())
    )


@prepared
def due() -> Executable:
    """What waits and whose day has come, oldest first."""
    return (
        select(PENDING)
        .where(_p.member_id == bindparam("p_member"), _p.matures_on <= bindparam("p_day"))
        .order_by(_p.matures_on, _p.source, _p.source_ref)
    )


_one_pending = (
    _p.member_id == bindparam("p_member"),
    _p.source == bindparam("p_source"),
    _p.source_ref == bindparam("p_ref"),
    _p.matures_on == bindparam("p_day"),
)


@prepared
def drop_pending() -> Executable:
    """Points of a source and day wait no longer."""
    return delete(PENDING).where(*_one_pending)


@prepared
def lessen_pending() -> Executable:
    """Fewer points of a source and day wait."""
    return update(PENDING).where(*_one_pending).values(points=_p.points - _points)
