"""What a refund or a dispute makes of something paid: the other half of `sync`, and written in the same way.

Whatever was told (a charge, a refund, a dispute), the payment behind it is looked up with all that went back of it, so
the order and the number of messages do not matter. What was paid is written down first where nobody had told of it. An
edge of its own, which commits.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from portal import granting, ledger, people, tiers
from portal import programme as programmes
from portal.billing import (
    gifts,
    holding,
    operations,
    ours,
    outcome,
    owed,
    queries,
    returns,
    rules,
    sync,
    telling,
)
from portal.billing.models import Invoice, Purchase, Subscription
from portal.billing.shapes import Back
from portal.db import read, run, transact

log = logging.getLogger("portal.billing")
_invoice, _purchase, _subscription = Invoice.__table__.c, Purchase.__table__.c, Subscription.__table__.c


@dataclass(frozen=True, slots=True)
class Looked:
    """Whose a payment is, None for another's, and each thing that was not known of it, in words."""

    owner: str | None
    news: tuple[str, ...] = ()


def sync_what_went_back(about: returns.About, object_id: str, now: datetime) -> str | None:
    """Look at the payment behind a charge, a refund or a dispute; whose it is, None for one that is not ours."""
    payment_id = returns.payment_of(about, object_id)
    return None if payment_id is None else sync_payment(payment_id, now).owner


def sync_payment(payment_id: str, now: datetime) -> Looked:
    """Fetch a payment, what it paid for, and what went back of it, and write it down."""
    found = returns.payment(payment_id)
    owner = ours.owner(found.customer_id, found.metadata)
    payments = [payment_id]
    if found.invoice_id is not None:
        owner = sync.sync_bill(found.invoice_id, now) or owner  # of an earlier customer too
    if owner is None:
        log.info("payment %s is not ours", payment_id)
        return Looked(None)
    if found.invoice_id is not None:
        payments = returns.payments_of(found.invoice_id) or payments
    if _purchase_by(payment_id) is None and gifts.by_payment(payment_id) is None:
        session_id = returns.checkout_of(payment_id)
        if session_id is not None:
            outcome.sync_checkout(session_id, now)
    back = returns.back(payments)
    if back.dispute == "lost" and found.invoice_id is not None:
        _hear_of_later_bills(found.invoice_id, now)  # whether it was the last one decides how the plan ends
    alone = back if payments == [payment_id] else returns.back([payment_id])
    try:
        of_gift = transact(partial(_write_gift, payment_id, alone, now))
    except gifts.Moved:  # it is used once, so the second look is the last
        of_gift = transact(partial(_write_gift, payment_id, alone, now))
    if of_gift is not None:
        return of_gift
    looked: Looked = transact(partial(_write, payment_id, found.invoice_id, back, alone, now))
    if looked.owner is None:
        level = logging.ERROR if ours.is_marked(owner, found.metadata) else logging.INFO
        log.log(level, "payment %s is for nothing that we know", payment_id)
    return looked


def _write_gift(payment_id: str, back: Back, now: datetime) -> Looked | None:
    """Write down what went back of a gift, inside the caller's write; None where the payment is for none."""
    buyer, news = gifts.write_back(payment_id, back, now)
    if buyer is None:
        return None
    _freeze(buyer)
    return Looked(buyer, tuple(news))


def _hear_of_later_bills(invoice_id: str, now: datetime) -> None:
    of = read(select(_invoice.subscription_id).where(_invoice.id == invoice_id)).scalar_one_or_none()
    if of is not None:
        sync.sync_bills_of(of, now)


def _purchase_by(payment_id: str) -> Row[Any] | None:
    return read(select(Purchase.__table__).where(_purchase.payment_intent == payment_id)).one_or_none()


def _write(payment_id: str, invoice_id: str | None, back: Back, alone: Back, now: datetime) -> Looked:
    """Write down what went back of a bill (`back`) and of a purchase (`alone`), inside the caller's write."""
    bill = read(select(Invoice.__table__).where(_invoice.id == invoice_id)).one_or_none()
    bought = _purchase_by(payment_id)
    member_id = bill.member_id if bill is not None else bought.member_id if bought is not None else None
    if member_id is None:
        return Looked(None)
    ledger.lock(member_id)
    # What was read before the lock may have changed meanwhile.
    bill = read(select(Invoice.__table__).where(_invoice.id == invoice_id)).one_or_none()
    bought = _purchase_by(payment_id)
    news = []
    if bill is not None and (bill.money_at is None or bill.money_at <= now):
        news += _write_bill(bill, back, now)
    if bought is not None and bought.fetched_at <= now:
        news += _write_purchase(bought, alone, now)
    _freeze(member_id)
    return Looked(member_id, tuple(news))


def _write_bill(bill: Row[Any], back: Back, now: datetime) -> list[str]:
    refunded = min(back.minor, bill.paid_minor)
    mine = (_invoice.member_id == bill.member_id, _invoice.id == bill.id)
    values = {"refunded_minor": refunded, "dispute": back.dispute, "money_at": now}
    run(update(Invoice).where(*mine).values(**values))
    before = rules.went_back(bill.paid_minor, bill.refunded_minor, bill.dispute)
    after = rules.went_back(bill.paid_minor, refunded, back.dispute)
    if before and not after and bill.subscription_id is not None:
        operations.came_back(bill.member_id, bill.subscription_id)
    if refunded < bill.refunded_minor:
        owed.came_back(bill.member_id, bill.id, refunded)
    if before != after and bill.plan is not None and not people.has_left(bill.member_id):
        _count_payment(bill, stands=not after, now=now)
    if back.dispute == "lost" and bill.dispute != "lost":
        _end_what_was_disputed(bill, now)
    return _told(bill.id, _of_bill(bill.refunded_minor, bill.dispute), _of_bill(refunded, back.dispute))


def _of_bill(refunded_minor: int, dispute: str | None) -> str:
    return f"{refunded_minor} went back{f', dispute {dispute}' if dispute else ''}"


def _told(name: str, before: str, after: str) -> list[str]:
    return [] if before == after else [f"{name}: {before} -> {after}"]


def _count_payment(bill: Row[Any], *, stands: bool, now: datetime) -> None:
    """Tell that the payment of a bill counts no longer, or does again: its grants, its months in a row."""
    _, active = programmes.active()
    told: dict[str, Any] = {"at": now, "day": active.day(now), "actor": holding.ACTOR}
    if stands:
        paid_on = active.day(bill.paid_at)
        granting.paid_again(bill.member_id, active, bill.plan, paid_on=paid_on, until=bill.paid_until, **told)
        if (plan := _plan_now(bill)) not in (None, bill.plan):
            holding.tell_change(bill.member_id, bill.subscription_id, plan, bill.paid_until, now)
    elif not _is_paid_by_another(bill):
        granting.unpaid(bill.member_id, active, bill.plan, until=bill.paid_until, **told)
    holding.tell(bill.member_id, now, carried=_streak(bill, stands=stands))


def count_no_more(member_id: str, bill_id: str, now: datetime) -> None:
    """Write down that what a bill took of what she has with the shop went back there, inside the caller's write: where
    it took no money besides, it is a payment no longer. Where it did, that one's refund says so."""
    ledger.lock(member_id)
    mine = (_invoice.member_id == member_id, _invoice.id == bill_id)
    bill = read(select(Invoice.__table__).where(*mine)).one_or_none()
    if bill is None or bill.paid_minor or bill.plan is None or people.has_left(member_id):
        return
    _count_payment(bill, stands=False, now=now)
    run(update(Invoice).where(*mine).values(plan=None, paid_until=None, streak=None))


def _is_paid_by_another(bill: Row[Any]) -> bool:
    """Whether another bill paid for the same days of the same plan and stands: what they bring is that one's."""
    same = (_invoice.member_id == bill.member_id, _invoice.plan == bill.plan)
    others = (_invoice.paid_until == bill.paid_until, _invoice.id != bill.id)
    return any(
        not rules.went_back(row.paid_minor, row.refunded_minor, row.dispute)
        for row in read(select(Invoice.__table__).where(*same, *others))
    )


def _streak(bill: Row[Any], *, stands: bool) -> Mapping[str, int]:
    """The months in a row that are left, by the plan that runs now; none where the row of the bill is over by now."""
    plan = _plan_now(bill)
    of_member = (_invoice.member_id == bill.member_id, _invoice.plan.is_not(None))
    later = or_(_invoice.paid_at > bill.paid_at, (_invoice.paid_at == bill.paid_at) & (_invoice.id > bill.id))
    begun_anew = [
        row.id
        for row in read(select(_invoice.id, _invoice.plan, _invoice.streak).where(*of_member, later))
        if row.streak <= holding.months_of(row.plan)
    ]
    if plan is None or begun_anew:
        return {}
    months = holding.months_of(bill.plan)
    return {plan: max(0, tiers.paid_months(bill.member_id, plan) + (months if stands else -months))}


def _plan_now(bill: Row[Any]) -> str | None:
    """The plan of the row that a bill is for; a change within its period may have made it another than the bill's."""
    mine = (_subscription.member_id == bill.member_id, _subscription.id == bill.subscription_id)
    return read(select(_subscription.plan).where(*mine)).scalar_one_or_none()


def _end_what_was_disputed(bill: Row[Any], now: datetime) -> None:
    """Whoever took a payment back through her bank is charged no more: her plan ends at once where that payment was the
    last, else with what is paid for."""
    mine = (_subscription.member_id == bill.member_id, _subscription.id == bill.subscription_id)
    row = read(select(Subscription.__table__).where(*mine)).one_or_none()
    if row is None or row.status not in rules.LIVE:
        return
    newest = select(func.max(_invoice.paid_at)).where(
        _invoice.member_id == bill.member_id, _invoice.subscription_id == row.id
    )
    was_last = bill.paid_at == read(newest).scalar_one()
    runs = row.status in ("active", "trialing")
    facts = {"subscription": row.id, "reason": None, "at_once": was_last or not runs}
    key = f"lost:{bill.id}"
    operations.note(bill.member_id, "end", row.plan, facts, key=key, now=now, due_at=now)


def _write_purchase(bought: Row[Any], back: Back, now: datetime) -> list[str]:
    refunded = min(back.minor, bought.amount_minor)
    state = rules.state_for_life(bought.amount_minor, refunded, back.dispute)
    _, active = programmes.active()
    day = active.day(now)
    stood, stands = bought.state in rules.STANDS_FOR_LIFE, state in rules.STANDS_FOR_LIFE
    mine = (_purchase.member_id == bought.member_id, _purchase.id == bought.id)
    ended_on = None if stands else bought.ended_on or day
    values = {"state": state, "refunded_minor": refunded, "ended_on": ended_on, "fetched_at": now}
    run(update(Purchase).where(*mine).values(**values))
    if stands and not stood:
        operations.came_back(bought.member_id, bought.id)
    if stood != stands and not people.has_left(bought.member_id):
        told: dict[str, Any] = {"at": now, "day": day, "actor": holding.ACTOR}
        # A plan of this name that was given may go on: what counts no longer is no month in a row of it.
        months = holding.months_of(bought.plan) if stands else 0
        holding.tell(bought.member_id, now, carried={bought.plan: months})
        if stands:
            granting.paid_again(
                bought.member_id, active, bought.plan, paid_on=bought.paid_on, until=None, **told
            )
        else:
            granting.unpaid(bought.member_id, active, bought.plan, until=None, **told)
            back_minor = telling.PaidBack(refunded, bought.currency)
            telling.tell_ended(
                bought.member_id, bought.plan, key=bought.id, why="paid_back", now=now, back=back_minor
            )
    before = f"{bought.state}, {bought.refunded_minor} went back"
    return _told(bought.id, before, f"{state}, {refunded} went back")


def _freeze(member_id: str) -> None:
    """Nothing of hers is spent or given while a bank has not decided (stripe.md 4.3)."""
    if queries.is_disputed(member_id):
        ledger.freeze(member_id)
    else:
        ledger.unfreeze(member_id)


def to_look_at(since: datetime | None) -> list[str]:
    """The payments of which something went back, or was disputed, from `since` on, and those whose disputes are open as
    far as we know. Of all time without `since`."""
    payments = dict.fromkeys(returns.recent(since))
    for row in read(select(_invoice.id).where(_invoice.dispute == "open")).all():
        payments |= dict.fromkeys(returns.payments_of(row.id))
    disputed = select(_purchase.payment_intent).where(_purchase.state == "disputed")
    return list(payments | dict.fromkeys([*read(disputed).scalars(), *gifts.disputed_payments()]))


def look_again(payment_id: str, now: datetime) -> list[str]:
    """Compare what went back of a payment; each difference in words."""
    looked = sync_payment(payment_id, now)
    return [f"member {looked.owner}, {one}" for one in looked.news]
