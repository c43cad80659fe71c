"""Earning's statements, built once. Parameters are named p_..., columns of an insert by their names."""

from sqlalchemy import Executable, Select, bindparam, delete, func, insert, select, update

from portal import ledger, people
from portal.db import prepared, table
from portal.earning.models import Order, PurseOrder

ORDER, PURSE = table(Order), table(PurseOrder)
_order, _purse = ORDER.c, PURSE.c
_member, _wallet, _directory = (
    people.Member.__table__.c,
    ledger.Wallet.__table__.c,
    people.Directory.__table__.c,
)
_this_order = (
    _order.member_id == bindparam("p_member"),
    _order.shop == bindparam("p_shop"),
    _order.number == bindparam("p_number"),
)
_this_in_purse = (
    _purse.purse == bindparam("p_purse"),
    _purse.shop == bindparam("p_shop"),
    _purse.number == bindparam("p_number"),
)
STATE = (
    "version", "body", "body_hash", "status", "placed_at", "placed_on", "frozen", "kept", "reversed", "counted_minor",
    "counts_as_order", "answer", "trace", "told_at",
)  # fmt: skip


@prepared
def member() -> Executable:
    """An active member by a key of the directory, and the day her next points mature; the wallet is locked."""
    waiting = ledger.PendingLot.__table__.c
    due_on = select(func.min(waiting.matures_on)).where(waiting.member_id == _member.id).scalar_subquery()
    found: Select[tuple[str, str]] = (
        select(_member.id, _member.ref, _member.joined_on, _member.email_proved_at, due_on.label("due_on"))
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .join(people.Directory, _directory.owner == _member.id)
        .where(
            _directory.kind == bindparam("p_kind"),
            _directory.key == bindparam("p_key"),
            _member.status == "active",
        )
        .with_for_update(of=ledger.Wallet.__table__)
    )
    return found


@prepared
def stored() -> Executable:
    """The last state of a member's order."""
    return select(ORDER).where(*_this_order)


@prepared
def insert_order() -> Executable:
    """A new order."""
    return insert(ORDER)


@prepared
def update_order() -> Executable:
    """The newest state of an order."""
    return update(ORDER).where(*_this_order).values({name: bindparam(name) for name in STATE})


@prepared
def delete_order() -> Executable:
    """The order is another member's now."""
    return delete(ORDER).where(*_this_order)


@prepared
def in_purse() -> Executable:
    """A guest's order."""
    return select(PURSE).where(*_this_in_purse)


@prepared
def drop_from_purse() -> Executable:
    """A guest's order waits no longer."""
    return delete(PURSE).where(*_this_in_purse)
