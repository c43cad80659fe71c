"""Earning's statements, built once. Parameters are named p_..., columns of an insert by their names."""

from sqlalchemy import Executable, bindparam, delete, func, insert, select, update

from portal import ledger, people, referrals
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
    """An active member by a key of the directory, the day her next points mature, whose the order of `p_ref` was when
    this was asked, and whether a friend of hers waits for her first order; the wallet is locked."""
    waiting = ledger.PendingLot.__table__.c
    due_on = select(func.min(waiting.matures_on)).where(waiting.member_id == _member.id).scalar_subquery()
    numbers = people.Directory.__table__.alias("numbers").c
    held_by = select(numbers.owner).where(numbers.kind == "order", numbers.key == bindparam("p_ref"))
    found: Executable = (
        select(
            *(_member.id, _member.ref, _member.joined_on, _member.email_proved_at),
            due_on.label("due_on"),
            held_by.scalar_subquery().label("held_by"),
            referrals.open_invitations(_member.id).scalar_subquery().label("invited"),
        )
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .join(people.Directory, _directory.owner == _member.id)
        .where(
            _directory.kind == bindparam("p_kind"),
            _directory.key == bindparam("p_key"),
            _wallet.status == "active",  # read anew under the lock: she may be leaving at this moment
        )
        .with_for_update(of=ledger.Wallet.__table__)
    )
    return found


@prepared
def members() -> Executable:
    """Active members by keys of the directory, with their wallets, which are locked in the order of ids."""
    wallet = (_wallet.member_id, _wallet.available, _wallet.pending, _wallet.owed, _wallet.seq)
    return (
        select(
            *(
                _directory.kind,
                _directory.key,
                _member.id,
                _member.ref,
                _member.joined_on,
                _member.email_proved_at,
            ),
            referrals.open_invitations(_member.id).scalar_subquery().label("invited"),
            *wallet,
        )
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .join(people.Directory, _directory.owner == _member.id)
        .where(
            ((_directory.kind == "customer") & _directory.key.in_(bindparam("p_customers", expanding=True)))
            | ((_directory.kind == "email") & _directory.key.in_(bindparam("p_emails", expanding=True))),
            _wallet.status == "active",
        )
        .order_by(_member.id)
        .with_for_update(of=ledger.Wallet.__table__)
    )


@prepared
def known_orders() -> Executable:
    """Those of `p_refs` that are orders somebody has."""
    return select(_directory.key).where(
        _directory.kind == "order", _directory.key.in_(bindparam("p_refs", expanding=True))
    )


@prepared
def next_due() -> Executable:
    """Of members with points that wait: the day the next ones mature."""
    waiting = ledger.PendingLot.__table__.c
    return (
        select(waiting.member_id, func.min(waiting.matures_on).label("due_on"))
        .where(waiting.member_id.in_(bindparam("p_members", expanding=True)))
        .group_by(waiting.member_id)
    )


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
