"""Earning's statements, built once. Parameters are named p_..., columns of an insert by their names."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Executable, bindparam, delete, exists, func, insert, select, update

from portal import giving, granting, ledger, people, referrals
from portal.db import prepared, table, upsert
from portal.earning.models import CampaignUse, ChosenDay, Order, PurseOrder

ORDER, PURSE, CHOSEN = table(Order), table(PurseOrder), table(ChosenDay)
_order, _purse, _chosen, _use = ORDER.c, PURSE.c, CHOSEN.c, table(CampaignUse).c
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
    "counts_as_order", "answer", "trace", "told_at", "measured",
)  # fmt: skip
LOOKED_BACK = timedelta(days=61)
"""Lots that ended before hold nothing: one lives a month after its day at most, and somebody looks each night."""


def _of_member() -> tuple[Any, ...]:
    """What decides of a member: who she is, the first day on which something of her agenda is due, whether anything is
    due by `p_day` for a lot of hers (of `p_lots` and later: emptied ones stand for ever), whether her monthly gift is
    due by it, whether she has ever chosen a day, and whether a friend waits for her first order."""
    agenda, lot = granting.Agenda.__table__.c, ledger.Lot.__table__.c
    gift = giving.StandingGift.__table__.c
    lots_due = (lot.expires_on >= bindparam("p_lots"), lot.next_on <= bindparam("p_day"), lot.remaining > 0)
    return (
        *(_member.id, _member.ref, _member.joined_on, _member.email_proved_at),
        select(func.min(agenda.on_day))
        .where(agenda.member_id == _member.id)
        .scalar_subquery()
        .label("agenda_on"),
        exists().where(lot.member_id == _member.id, *lots_due).label("lots_due"),
        exists().where(gift.member_id == _member.id, gift.next_on <= bindparam("p_day")).label("gift_due"),
        exists().where(_chosen.member_id == _member.id).label("chooses"),
        referrals.open_invitations(_member.id).scalar_subquery().label("invited"),
    )


def lots_due(first: date, last: date) -> dict[str, date]:
    """The parameters that ask for lots that are due on any day from `first` to `last`."""
    return {"p_lots": first - LOOKED_BACK, "p_day": last}


@prepared
def member() -> Executable:
    """An active member by a key of the directory, the day her next points mature, and whose the order of `p_ref` was
    when this was asked; the wallet is locked."""
    waiting = ledger.PendingLot.__table__.c
    due_on = select(func.min(waiting.matures_on)).where(waiting.member_id == _member.id).scalar_subquery()
    numbers = people.Directory.__table__.alias("numbers").c
    held_by = select(numbers.owner).where(numbers.kind == "order", numbers.key == bindparam("p_ref"))
    found: Executable = (
        select(
            *_of_member(),
            due_on.label("due_on"),
            held_by.scalar_subquery().label("held_by"),
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
        select(_directory.kind, _directory.key, *_of_member(), *wallet)
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


@prepared
def chosen_near() -> Executable:
    """The days a member chose between two days."""
    return select(CHOSEN).where(
        _chosen.member_id == bindparam("p_member"),
        _chosen.day.between(bindparam("p_from"), bindparam("p_to")),
    )


@prepared
def fix_chosen() -> Executable:
    """The day that was chosen in a period stands from now on."""
    this = (_chosen.member_id == bindparam("p_member"), _chosen.period == bindparam("p_period"))
    return update(CHOSEN).where(*this).values(fixed=True)


@prepared
def campaign_use() -> Executable:
    """What a campaign has given a member in a period, in points."""
    return select(_use.points).where(
        _use.member_id == bindparam("p_member"),
        _use.campaign == bindparam("p_campaign"),
        _use.period == bindparam("p_period"),
    )


@prepared
def count_campaign() -> Executable:
    """Add to what a campaign has given a member in a period."""
    statement = upsert(CampaignUse)
    added = {"points": _use.points + statement.excluded.points}
    found: Executable = statement.on_conflict_do_update(
        index_elements=["member_id", "campaign", "period"], set_=added
    )
    return found
