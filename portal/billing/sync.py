"""The only writer of what comes from Stripe, with `outcome` for checkouts and `refunds`: fetch the object as it is now,
then write it down under the member's lock.

Return page, worker, wishes and reconcile all come here, so the order in which anybody hears of anything does not
matter. What was fetched before what stands is dropped: the newer look wins. An edge of its own, which commits.
"""

import logging
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger, people
from portal import programme as programmes
from portal.billing import (
    customers,
    holding,
    late,
    news,
    operations,
    ours,
    owed,
    queries,
    rules,
    telling,
    trials,
)
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import (
    BillingOperation,
    Invoice,
    StripeCustomer,
    Subscription,
)
from portal.billing.shapes import Bill, Missing, Rejected, Subscribed
from portal.db import read, run, transact, upsert
from portal.programme import Programme

log = logging.getLogger("portal.billing")
PAYABLE = timedelta(hours=24)  # a bill of a change or a resume is void after 23 (stripe.md 4.3)
_subscription, _operation = Subscription.__table__.c, BillingOperation.__table__.c
_customer, _invoice = StripeCustomer.__table__.c, Invoice.__table__.c


def sync_subscription(subscription_id: str, now: datetime) -> str | None:
    """Fetch a subscription and write it down; whose it is, None for one that is not ours."""
    found = gateway().subscription(subscription_id)
    return transact(partial(write_subscription, found, now))


def sync_bill(invoice_id: str, now: datetime) -> str | None:
    """Fetch an invoice and the subscription that it is for; whose it is, None for one that is not ours."""
    found = gateway().bill(invoice_id)
    if found.subscription_id is not None:
        subscription = gateway().subscription(found.subscription_id)
        member_id = transact(partial(write_subscription, subscription, now))
        if subscription.bill is not None and subscription.bill.id == found.id:
            return member_id  # the newer look at the same bill is written down with it
    return transact(partial(write_bill, found, now))


def sync_bills_of(subscription_id: str, now: datetime) -> None:
    """Fetch all bills of a subscription and write down those that are not known as they are."""
    bill = Invoice.__table__.c
    mine = select(bill.id, bill.status).where(bill.subscription_id == subscription_id)
    known = {row.id: row.status for row in read(mine)}
    for found in gateway().bills_of(subscription_id):
        if known.get(found.id) != found.status:
            transact(partial(write_bill, found, now))


def sync_customer(customer_id: str, now: datetime) -> str | None:
    """Note that a customer was deleted at Stripe: the next checkout makes a new one. Whose it was."""
    member_id = ours.owner(customer_id, {})
    if member_id is None or not customers.is_gone(customer_id):
        return member_id
    transact(partial(forget_customer, customer_id, now))
    live = queries.live_subscription(member_id)
    if live is not None and live.id != LINES:
        sync_subscription(live.id, now)
    return member_id


def sync_plan_of(customer_id: str, now: datetime) -> str | None:
    """Look at what a customer has running, for what is charged or stands on her balance may be another now. Whose it
    is."""
    member_id = ours.owner(customer_id, {})
    live = None if member_id is None else queries.live_subscription(member_id)
    if live is not None and live.id != LINES:
        sync_subscription(live.id, now)
    return member_id


def forget_customer(customer_id: str, now: datetime) -> None:
    """Write down that this customer is there no longer."""
    run(update(StripeCustomer).where(_customer.customer_id == customer_id).values(deleted_at=now))


def write_subscription(found: Subscribed, now: datetime) -> str | None:
    """Write down a subscription as it was fetched, inside the caller's write; whose it is. None for one that is not
    ours, and for whatever else a member has from the same seller."""
    member_id = ours.owner(found.customer_id, found.metadata)
    if member_id is None:
        log.info("subscription %s is not ours", found.id)
        return None
    ledger.lock(member_id)
    mine = (_subscription.member_id == member_id, _subscription.id == found.id)
    before = read(select(Subscription.__table__).where(*mine)).one_or_none()
    if before is None and not ours.is_plan(member_id, found):
        log.info("subscription %s is for nothing of ours", found.id)
        return None
    if before is not None and before.fetched_at > found.seen_at:
        return member_id
    if found.status not in rules.KNOWN:
        log.error("subscription %s has the status %r, which gives no perks", found.id, found.status)
    _, active = programmes.active()
    values = _values(found, before, active, now)
    beside = _stands_beside(member_id, found, before, active.day(now), now)
    values["extra_of"] = beside or trials.refused(member_id, values["plan"], found, before, now)
    statement = upsert(Subscription).values(member_id=member_id, id=found.id, **values)
    run(statement.on_conflict_do_update(index_elements=["member_id", "id"], set_=values))
    paid = found.bill is not None and _write_bill(member_id, found.bill, now)
    if found.status not in rules.UNFINISHED:
        operations.settle_checkout(member_id, found.metadata.get("op"), "done")
    elif found.status == "incomplete_expired":  # its first payment never came
        awaited = operations.give_up_checkout(member_id, found.metadata.get("op"))
        if awaited is not None:
            asked_minor = found.bill.due_minor if found.bill is not None else found.amount_minor
            telling.tell_not_paid(awaited, asked_minor, now)
    _settle_charges(member_id, found, now)
    if before is not None and before.status == "paused" and found.status == "active":
        owed.goes_on(member_id, found.id, values["paid_until"])
    if people.has_left(member_id):
        _end_for_who_left(member_id, found, before, active.day(now), now)
    elif values["extra_of"] is None:
        news.tell_changes(member_id, found, before, values, now)
        bill = found.bill if paid else None
        if bill is not None:
            telling.tell_paid(member_id, bill, now)
        _tell_payment(member_id, before, values["plan"], values["paid_until"], bill, now)
        if before is not None and before.plan != values["plan"]:
            holding.tell_change(member_id, found.id, values["plan"], values["paid_until"], now)
    return member_id


def _values(found: Subscribed, before: Row[Any] | None, active: Programme, now: datetime) -> dict[str, Any]:
    bill = found.bill
    last_paid = paid_until(found, active)
    planned, waiting = found.planned, found.waiting
    failed_on = None
    if found.status in ("past_due", "unpaid"):
        first = (bill.finalized_at or bill.made_at) if bill is not None else now
        failed_on = before.failed_on if before is not None and before.failed_on else active.day(first)
    ended_on = None
    if found.status == "canceled":
        at = found.ended_at or now
        ended_on = last_paid + timedelta(days=1) if at >= found.period_end else active.day(at)
    return {
        "plan": ours.plan_of(found),
        "amount_minor": found.amount_minor,
        "currency": found.currency,
        "status": found.status,
        "since": active.day(found.started_at),
        "paid_on": active.day(bill.paid_at)
        if bill is not None and bill.paid_at
        else before and before.paid_on,
        "paid_until": last_paid,
        "trial": found.has_trial,
        "failed_on": failed_on,
        "ends_on": None if found.ends_at is None else active.day(found.ends_at),
        "ended_on": ended_on,
        "collection_paused": found.collection_paused,
        "paused_until": None if found.resumes_at is None else active.day(found.resumes_at),
        "due_minor": found.due_minor,
        "next_plan": planned and ours.plan_of_price(planned.price_id),
        "next_minor": planned and planned.amount_minor,
        "next_on": planned and active.day(planned.since),
        "waiting_plan": waiting and ours.plan_of_price(waiting.price_id),
        "waiting_until": waiting and waiting.until,
        "pay_url": bill.hosted_url if bill is not None and bill.status == "open" else None,
        "pay_minor": bill.due_minor if bill is not None and bill.status == "open" else None,
        "card": found.card_shown if found.status in rules.LIVE else None,  # nobody needs it after the end
        "needs_card": found.needs_card,
        "fetched_at": found.seen_at,
    }


def paid_until(found: Subscribed, active: Programme) -> date:
    """The last day that is paid for.

    A renewal that is not paid has begun its period all the same: what is paid for then ends where it begins. The bill
    of a change, or of going on after a pause, begins no period before it is paid.
    """
    bill = found.bill
    unpaid = bill is not None and bill.status != "paid" and bill.reason != "subscription_update"
    asks = found.status in ("active", "trialing") and not found.collection_paused
    return active.day(found.period_end if asks or not unpaid else found.period_start)


def _stands_beside(
    member_id: str, found: Subscribed, before: Row[Any] | None, day: date, now: datetime
) -> str | None:
    """The subscription that stands, where this one is a second: it is written down, told, ended and paid back."""
    if found.status not in rules.LIVE:
        return before.extra_of if before is not None else None
    other = queries.live_subscription(member_id)
    if other is None or other.id == found.id:
        return None
    if other.id == LINES:  # where Stripe is live, nothing stands in for it
        mine = (_subscription.member_id == member_id, _subscription.id == LINES)
        run(update(Subscription).where(*mine).values(status="canceled", ended_on=day, fetched_at=now))
        return None
    if before is None or before.extra_of is None:
        log.error("member %s has a second live subscription, %s beside %s", member_id, found.id, other.id)
        facts = {"subscription": found.id}
        operations.note(
            member_id, "extra", ours.plan_of(found), facts, key=f"extra:{found.id}", now=now, due_at=now
        )
    return str(other.id)


def _settle_charges(member_id: str, found: Subscribed, now: datetime) -> None:
    """Write down what became of a change or a resume that is under way, whoever saw it first."""
    op, bill, waiting = queries.charge_under_way(member_id), found.bill, found.waiting
    if op is None or op.facts["subscription"] != found.id:
        return
    since = op.created_at.replace(microsecond=0)
    is_newer = bill is not None and bill.made_at >= since
    is_over = found.status not in rules.LIVE
    if op.kind == "change":
        done = found.price_id == op.facts["price_id"]
        waits = waiting is not None and waiting.price_id == op.facts["price_id"]
    else:
        # One that has ended since went on before, if that was paid.
        paid = bill is not None and is_newer and bill.status == "paid"
        done = found.status == "active" or (is_over and paid)
        waits = found.status == "paused" and bill is not None and bill.status == "open"
    if bill is not None and is_newer and (done or waits) and bill.due_minor != op.facts["due_minor"]:
        shown = op.facts["due_minor"]
        log.error("operation %s: %s was shown, %s was billed by %s", op.id, shown, bill.due_minor, bill.id)
    if done:
        operations.settle(op, "done", None)
    elif waits and bill is not None:
        # What Stripe should have dropped by now is looked at again in a while, not in the same breath.
        due_at = max(bill.made_at + PAYABLE, now + operations.LOOK_AGAIN)
        values = {"state": "open", "url": bill.hosted_url, "due_at": due_at}
        run(update(BillingOperation).where(*operations.mine(op)).values(**values))
    elif is_over:
        operations.settle(op, "abandoned", "the plan has ended")
    elif op.state == "open":
        operations.settle(op, "abandoned", "not paid in time")
        asked = queries.wishes_of(member_id, found.id)
        if op.kind == "change" and asked and asked[0].kind == "stay":
            # It took back what waited: asked for once more, it would take what was planned with it.
            operations.settle(asked.pop(0), "done", None)
        if not asked:
            operations.plan_again(op, now)


def _end_for_who_left(
    member_id: str, found: Subscribed, before: Row[Any] | None, day: date, now: datetime
) -> None:
    """Whoever has left pays for nothing: what runs all the same is ended, and paid back where it began after that.

    Asked for once a day, should Stripe not take it.
    """
    if found.status not in rules.LIVE or queries.wish_under_way(member_id, found.id) == "end":
        return
    log.error("subscription %s runs for member %s, who has left", found.id, member_id)
    kind = "extra" if before is None else "end"
    facts = {"subscription": found.id, "reason": None, "at_once": True}
    key = f"left:{found.id}:{day}"
    operations.note(member_id, kind, ours.plan_of(found), facts, key=key, now=now, due_at=now)


def _known_owner(found: Bill) -> str | None:
    """Whose an invoice of an earlier customer is, in whose place a newer one stands: by what it is for."""
    of = select(_subscription.member_id).where(_subscription.id == found.subscription_id)
    same = select(_invoice.member_id).where(_invoice.id == found.id)
    return read(of.union(same).limit(1)).scalar_one_or_none()


def write_bill(found: Bill, now: datetime) -> str | None:
    """Write down an invoice as it was fetched, inside the caller's write; whose it is. None for one that is neither
    known, nor for a subscription or a price of ours."""
    member_id = _known_owner(found)
    if member_id is None and found.price_id is not None and ours.plan_of_price(found.price_id):
        member_id = ours.owner(found.customer_id, {})
    if member_id is not None:
        ledger.lock(member_id)
        if _write_bill(member_id, found, now) and not people.has_left(member_id):
            telling.tell_paid(member_id, found, now)
            mine = (_subscription.member_id == member_id, _subscription.id == found.subscription_id)
            row = read(select(Subscription.__table__).where(*mine)).one_or_none()
            if row is not None and row.extra_of is None:
                plan = ours.plan_of_price(found.price_id) if found.price_id is not None else None
                late.tell_payment(member_id, row, plan or row.plan, found, now)
    return member_id


def _tell_payment(
    member_id: str, before: Row[Any] | None, plan: str, paid_until: date, bill: Bill | None, now: datetime
) -> None:
    """Tell what the plan is after this look, with the payment that it found, if there is one."""
    payment, months, carried = None, holding.months_of(plan), {}
    if before is not None and before.plan != plan:
        # Months in a row go on over a change of plan, whoever pays the next one: a plan of the old name that was given
        # goes on without them.
        kept = holding.paid_before(member_id, holding.of_row(before), programmes.active()[1].day(now))
        carried = {plan: kept, before.plan: 0} if kept else {}
    if bill is not None and bill.begins_period and months:
        paid_on = programmes.active()[1].day(bill.paid_at or now)
        months += holding.paid_before(member_id, before and holding.of_row(before), paid_on)
        instead_of = holding.take_place(member_id, bill, paid_until, now)
        months -= sum(holding.months_of(taken) for taken, _ in instead_of)
        payment = holding.Payment(plan, paid_on, paid_until, months, instead_of)
        mine = (_invoice.member_id == member_id, _invoice.id == bill.id)
        run(update(Invoice).where(*mine).values(plan=plan, paid_until=paid_until, streak=months))
    holding.tell(member_id, now, payment, carried)


def _write_bill(member_id: str, found: Bill, now: datetime) -> bool:
    """Write down an invoice; whether it turns out to be a payment that was not known."""
    bill = Invoice.__table__.c
    mine = (bill.member_id == member_id, bill.id == found.id)
    known = read(select(bill.status, bill.fetched_at).where(*mine)).one_or_none()
    values = {
        "subscription_id": found.subscription_id, "number": found.number, "status": found.status,
        "currency": found.currency, "total_minor": found.total_minor, "made_at": found.made_at,
        "paid_at": found.paid_at, "paid_minor": found.due_minor if found.status == "paid" else 0,
        "hosted_url": found.hosted_url, "fetched_at": found.seen_at,
    }  # fmt: skip
    statement = upsert(Invoice).values(member_id=member_id, id=found.id, **values)
    run(
        statement.on_conflict_do_update(
            index_elements=["member_id", "id"], set_=values, where=bill.fetched_at <= found.seen_at
        )
    )
    is_news = known is None or (known.status != "paid" and known.fetched_at <= found.seen_at)
    return is_news and found.status == "paid" and found.total_minor > 0


def sync_or_end(subscription_id: str, now: datetime) -> None:
    """As `sync_subscription`; one that was made in test mode, and that a live key does not know, has ended. Raises
    Missing for any other that is not at Stripe."""
    try:
        sync_subscription(subscription_id, now)
    except Missing:
        if not transact(partial(_end_of_test_mode, subscription_id, now)):
            raise


def _end_of_test_mode(subscription_id: str, now: datetime) -> bool:
    """Write down that a plan of test mode is over under a live key; False where it is none. A plan of live mode never
    ends like this: whoever sets a test key by mistake would end everybody's."""
    mine = select(Subscription.__table__).where(_subscription.id == subscription_id)
    of_test = _customer.livemode.is_(False)
    found = read(mine.join(StripeCustomer, _customer.member_id == _subscription.member_id).where(of_test))
    row = found.one_or_none()
    if row is None or not gateway().livemode:
        return False
    ledger.lock(row.member_id)
    _, active = programmes.active()
    still = (_subscription.member_id == row.member_id, _subscription.id == row.id)
    over = {"status": "canceled", "ended_on": active.day(now), "pay_url": None, "fetched_at": now}
    run(update(Subscription).where(*still, _subscription.status.in_(rules.LIVE)).values(**over))
    log.warning("subscription %s was one of test mode: it has ended", row.id)
    if not people.has_left(row.member_id):
        holding.tell(row.member_id, now)
    return True


def sync_if_there(subscription_id: str, now: datetime) -> None:
    """As `sync_or_end`; one that Stripe does not know, or does not show, is told to whoever reads the log."""
    try:
        sync_or_end(subscription_id, now)
    except (Missing, Rejected) as error:
        log.error(
            "subscription %s is not at Stripe: is this the key of another mode? %s", subscription_id, error
        )
