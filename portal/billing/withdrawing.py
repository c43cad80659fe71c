"""Withdrawing in the first 14 days: all that was paid is given back, and a plan that runs ends at once.

An edge of its own: the wish is committed before Stripe is asked, the answer after it (house.md, wall 6); each step may
be done twice, so that whatever is cut off in between is carried on by the worker.
"""

import contextlib
import logging
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger, people
from portal import programme as programmes
from portal.billing import (
    gifts,
    operations,
    owed,
    paying_back,
    queries,
    refunds,
    returns,
    rules,
    running,
    sync,
    telling,
)
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import BillingOperation, Invoice, Purchase, Subscription
from portal.billing.shapes import Bill, Missing, Rejected, Unavailable
from portal.db import new_id, read, run, transact
from portal.errors import Refused
from portal.programme import Programme

log = logging.getLogger("portal.billing")
_invoice, _purchase = Invoice.__table__.c, Purchase.__table__.c
_operation, _subscription = BillingOperation.__table__.c, Subscription.__table__.c


@dataclass(frozen=True, slots=True)
class Open:
    """What can be withdrawn from (the id of a subscription or of a purchase), to which day, and what goes back. `runs`:
    it ends with that; else it has ended before."""

    of: str
    plan: str
    last_day: date
    minor: int
    currency: str
    runs: bool = True


def open_to(member_id: str, active: Programme, day: date) -> list[Open]:
    """What this member may withdraw from on `day`, each contract for itself: the plan that renews, those that have
    ended within the days, then the one for life. Nothing where nothing was paid, the days are over, her bank looks into
    a payment, or the programme's country asks for no such right; nor of a plan that has ended of which something is
    owed back as it is."""
    if queries.is_plan_disputed(member_id):
        return []
    found = []
    for one in [*_renewing(member_id, active), *_for_life(member_id)]:
        last_day = rules.withdraw_until(active.country, one.last_day)
        if last_day is None or day > last_day or one.minor <= 0:
            continue
        is_owed = not one.runs and owed.is_owed_of(member_id, one.of)
        if not is_owed and operations.withdrawal(member_id, one.of) is None:
            found.append(replace(one, last_day=last_day))
    return found


def look(member_id: str, now: datetime) -> None:
    """Look at Stripe for all that was paid for the plan that renews, and for those that she may still withdraw from: of
    what was paid at her bank a moment ago, nobody may have told yet. Where it does not answer, what is known stands."""
    _, active = programmes.active()
    live = queries.live_subscription(member_id)
    over = [one.of for one in open_to(member_id, active, active.day(now)) if not one.runs]
    for one in [*([] if live is None or live.id == LINES else [live.id]), *over]:
        with contextlib.suppress(Unavailable, Rejected, Missing):
            _hear(one, now)


def _hear(subscription_id: str, now: datetime) -> None:
    sync.sync_subscription(subscription_id, now)
    sync.sync_bills_of(subscription_id, now)


def with_the_shop(member_id: str, of: str) -> int:
    """What the bills of a subscription took of what she has with the shop, which goes back there when she withdraws;
    nothing where Stripe does not answer, and for what does not renew."""
    if queries.subscription(member_id, of) is None:
        return 0
    with contextlib.suppress(Unavailable, Rejected, Missing):
        return sum(bill.credit_minor for bill in gateway().bills_of(of) if owed.is_paid(bill))
    return 0


def _renewing(member_id: str, active: Programme) -> list[Open]:
    """Each plan that renews or did, with what is left of what was paid for it, and the day of its first payment as the
    last: the one that runs before those that have ended, the newest first."""
    stands = (
        _subscription.member_id == member_id,
        _subscription.extra_of.is_(None),
        _subscription.id != LINES,
    )
    paid = (_invoice.status == "paid", _invoice.paid_minor > 0, _invoice.paid_at.is_not(None))
    of_bill = (_subscription.member_id == _invoice.member_id) & (_subscription.id == _invoice.subscription_id)
    columns = (Invoice.__table__, _subscription.plan.label("held"), _subscription.status.label("course"))
    rows = select(*columns).join(Subscription, of_bill).where(*stands, *paid).order_by(_invoice.paid_at)
    found: dict[str, list[Row[Any]]] = {}
    for row in read(rows):
        found.setdefault(row.subscription_id, []).append(row)
    opened = []
    for of, bills in reversed(found.items()):
        first, runs = bills[0], bills[0].course in rules.LIVE
        opened.append(Open(of, first.held, active.day(first.paid_at), _left(bills), first.currency, runs))
    return sorted(opened, key=lambda one: not one.runs)


def _paid_bills(member_id: str, subscription_id: str) -> list[Row[Any]]:
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == subscription_id)
    paid = (_invoice.status == "paid", _invoice.paid_minor > 0, _invoice.paid_at.is_not(None))
    return list(read(select(Invoice.__table__).where(*mine, *paid).order_by(_invoice.paid_at)).all())


def _left(rows: list[Row[Any]]) -> int:
    """What was paid and has not gone back."""
    return sum(int(row.paid_minor) - _gone(row) for row in rows)


def _gone(bill: Row[Any]) -> int:
    """What went back of a bill: all of it where her bank took it."""
    return int(bill.paid_minor if bill.dispute == "lost" else bill.refunded_minor)


def _for_life(member_id: str) -> list[Open]:
    stands = (_purchase.state.in_(("paid", "part_refunded")), _purchase.payment_intent.is_not(None))
    rows = read(select(Purchase.__table__).where(_purchase.member_id == member_id, *stands))
    return [
        Open(row.id, row.plan, row.paid_on, row.amount_minor - row.refunded_minor, row.currency)
        for row in rows
    ]


def withdraw(member_id: str, of: str, agreed_minor: int, now: datetime) -> bool:
    """Have `of` end now and all that was paid for it given back, `agreed_minor` as was shown; whether Stripe has done
    it.

    Refuses `conflict` where there is nothing to withdraw from any more, `stale` where another amount would go back by
    now; nothing is done then. `not_paid_back` where Stripe does not take it: a person has to. Twice is once. Where
    Stripe cannot be asked, what is known is the amount, and what turns out to be paid beyond it goes back too.
    """
    if operations.withdrawal(member_id, of) is None:
        look(member_id, now)
    op, is_first = transact(partial(_note, member_id, of, agreed_minor, now))
    if is_first:
        try:
            carry_out(op, now)
        except Unavailable as error:
            log.warning("the withdrawal %s is carried out later: %s", op.id, error)
            transact(partial(operations.try_later, op, str(error), now))
    after = operations.settled(member_id, op.id)
    if after.state == "failed":
        raise Refused("not_paid_back", "It could not be paid back by itself.")
    return bool(after.state == "done")


def _note(member_id: str, of: str, agreed_minor: int, now: datetime) -> tuple[Row[Any], bool]:
    ledger.lock(member_id)
    standing = operations.withdrawal(member_id, of)
    if standing is not None:
        return standing, False
    _, active = programmes.active()
    found = next((one for one in open_to(member_id, active, active.day(now)) if one.of == of), None)
    if found is None:
        raise Refused("conflict", "There is nothing to withdraw from.")
    if found.minor != agreed_minor:
        raise Refused("stale", "Another amount would go back by now.")
    facts = {"of": of, "minor": found.minor, "currency": found.currency}
    if not found.runs:
        facts |= {"was_over": True}  # nobody else tells her by mail
    key = f"withdraw:{new_id()}"
    operations.note(member_id, "withdraw", found.plan, facts, key=key, now=now, due_at=now + operations.LEASE)
    made = (_operation.member_id == member_id, _operation.idempotency_key == key)
    return read(select(BillingOperation.__table__).where(*made)).one(), True


def carry_out(op: Row[Any], now: datetime) -> None:
    """End what runs and note that everything paid for it is owed back, or have a purchase or a gift paid back, and
    settle. Raises Unavailable."""
    of = op.facts["of"]
    mine = (_purchase.member_id == op.member_id, _purchase.id == of)
    bought = read(select(_purchase.payment_intent).where(*mine)).scalar_one_or_none()
    bought = bought or gifts.payment_of(op.member_id, of)
    try:
        if bought is None:
            _end(op, now)
        else:
            returns.give_back([bought], "requested_by_customer", f"{op.idempotency_key}:{op.tries}")
            refunds.sync_payment(bought, now)
    except (Missing, Rejected) as error:
        log.error("the withdrawal %s was not taken: pay it back by hand. %s", op.id, error)
        transact(partial(_come_to_nothing, op, str(error)))
        return
    if bought is None or _went_back(op.member_id, of):
        transact(partial(_settle, op, now))
        return
    # Stripe refunds nothing that a bank looks into: once the bank has decided, it may be asked for again.
    log.error("the withdrawal %s: not all of it went back, pay the rest back by hand", op.id)
    transact(partial(operations.settle, op, "failed", "not all of it went back"))


def _settle(op: Row[Any], now: datetime) -> None:
    """It is done. Of a plan that had ended before, the mail of what goes back comes with it."""
    ledger.lock(op.member_id)
    standing = operations.one(op.member_id, op.id) or op
    operations.settle(op, "done", None)
    if standing.facts.get("was_over") and not people.has_left(op.member_id):
        is_back, by_hand = (ask(op.member_id, op.id) for ask in (owed.is_back, owed.is_for_a_person))
        minor, currency = standing.facts["minor"], standing.facts["currency"]
        credit_minor = standing.facts.get("credit_minor", 0)
        back = telling.PaidBack(minor, currency, is_back, by_hand, credit_minor)
        telling.tell_ended(
            op.member_id, op.plan, key=op.id, why="paid_back", now=now, back=back, was_over=True
        )


def _come_to_nothing(op: Row[Any], error: str) -> None:
    """Settle a withdrawal that Stripe did not take. Of a plan that runs on nothing goes back by itself: a person ends
    it and pays it back."""
    ledger.lock(op.member_id)
    operations.settle(op, "failed", error)
    runs = queries.subscription(op.member_id, op.facts["of"])
    if runs is not None and runs.status in rules.LIVE:
        owed.drop(op)


def _end(op: Row[Any], now: datetime) -> None:
    """End a subscription at once; all that was paid for it is owed back, and asked for. What a bank looks into, or
    Stripe does not take yet, goes back later."""
    of = op.facts["of"]
    _hear(of, now)
    if not transact(partial(_owe, op, gateway().bills_of(of), now)):
        raise Rejected("none of it was paid through Stripe")
    if gateway().subscription(of).status in rules.LIVE:
        running.end_now(of, f"{op.idempotency_key}:{op.tries}")
        transact(partial(_owe, op, gateway().bills_of(of), now))  # nothing more can be paid from here on
    paying_back.pay(owed.of_wish(op.member_id, op.id), now)
    _hear(of, now)


def _owe(op: Row[Any], bills: list[Bill], now: datetime) -> bool:
    """Note that those of them that were paid are owed back; whether there are any. The wish says what they come to
    where it is more than was known: the mail of the end says it."""
    ledger.lock(op.member_id)
    paid = [bill for bill in bills if owed.is_paid(bill)]
    for bill in paid:
        owed.note(op, bill, now)
    standing = operations.one(op.member_id, op.id)
    gone = sum(_gone(row) for row in _paid_bills(op.member_id, op.facts["of"]))
    minor = sum(bill.due_minor for bill in paid) - gone
    credit_minor = sum(bill.credit_minor for bill in paid)
    if standing is not None and (minor > standing.facts["minor"] or credit_minor):
        facts = standing.facts | {"minor": max(minor, standing.facts["minor"]), "credit_minor": credit_minor}
        run(update(BillingOperation).where(*operations.mine(op)).values(facts=facts))
    return bool(paid)


def _went_back(member_id: str, of: str) -> bool:
    """Whether all that was paid for a gift or a purchase has gone back, as it was just looked at."""
    gift = gifts.bought_by(member_id, of)
    if gift is not None:
        return bool(gift.state == "refunded")
    mine = (_purchase.member_id == member_id, _purchase.id == of)
    state = read(select(_purchase.state).where(*mine)).scalar_one_or_none()
    return state is None or state not in rules.STANDS_FOR_LIFE
