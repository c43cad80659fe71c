"""The only writer of what comes from Stripe: fetch the object as it is now, then write it down under the member's lock.

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
from portal.billing import holding, queries, rules, telling
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import (
    BillingOperation,
    Invoice,
    Purchase,
    StripeCustomer,
    StripePrice,
    Subscription,
)
from portal.billing.shapes import Bill, Checkout, Metadata, Missing, Rejected, Subscribed
from portal.db import new_id, read, run, transact, upsert
from portal.programme import Programme

log = logging.getLogger("portal.billing")
_subscription, _operation = Subscription.__table__.c, BillingOperation.__table__.c
_customer = StripeCustomer.__table__.c


def sync_subscription(subscription_id: str, now: datetime) -> str | None:
    """Fetch a subscription and write it down; whose it is, None for one that is not ours."""
    found = gateway().subscription(subscription_id)
    return transact(partial(write_subscription, found, now))


def sync_checkout(session_id: str, now: datetime) -> str | None:
    """Fetch a checkout session, and what was bought by it; whose it is, None for one that is not ours."""
    return fetch_checkout(session_id, now)[1]


def fetch_checkout(session_id: str, now: datetime) -> tuple[Checkout, str | None]:
    """As `sync_checkout`, with the session as it was fetched."""
    found = gateway().checkout(session_id)
    bought = None
    if found.status == "complete" and found.subscription_id is not None:
        bought = gateway().subscription(found.subscription_id)
    return found, transact(partial(_write_checkout, found, bought, now))


def sync_bill(invoice_id: str, now: datetime) -> str | None:
    """Fetch an invoice and the subscription that it is for; whose it is, None for one that is not ours."""
    found = gateway().bill(invoice_id)
    if found.subscription_id is not None:
        subscription = gateway().subscription(found.subscription_id)
        transact(partial(write_subscription, subscription, now))
    return transact(partial(_write_bill_alone, found, now))


def sync_customer(customer_id: str, now: datetime) -> str | None:
    """Note that a customer was deleted at Stripe: the next checkout makes a new one. Whose it was."""
    member_id = owner(customer_id, {})
    if member_id is None or not gateway().customer_is_gone(customer_id):
        return member_id
    transact(partial(forget_customer, customer_id, now))
    live = queries.live_subscription(member_id)
    if live is not None and live.id != LINES:
        sync_subscription(live.id, now)
    return member_id


def forget_customer(customer_id: str, now: datetime) -> None:
    """Write down that this customer is there no longer."""
    run(update(StripeCustomer).where(_customer.customer_id == customer_id).values(deleted_at=now))


def owner(customer_id: str | None, metadata: Metadata) -> str | None:
    """Whose an object of Stripe's is: by our customer, or by our own mark on it. None for what is another's."""
    if customer_id:
        known = read(
            select(_customer.member_id).where(_customer.customer_id == customer_id)
        ).scalar_one_or_none()
        if known is not None:
            return str(known)
    if metadata.get("site") != queries.site():
        return None
    member = people.Member.__table__.c
    found = read(select(member.id).where(member.id == metadata.get("member_id", ""))).scalar_one_or_none()
    return None if found is None else str(found)


def write_subscription(found: Subscribed, now: datetime) -> str | None:
    """Write down a subscription as it was fetched at `now`, inside the caller's write; whose it is."""
    member_id = owner(found.customer_id, found.metadata)
    if member_id is None:
        log.info("subscription %s is not ours", found.id)
        return None
    ledger.lock(member_id)
    mine = (_subscription.member_id == member_id, _subscription.id == found.id)
    before = read(select(Subscription.__table__).where(*mine)).one_or_none()
    if before is not None and before.fetched_at > now:
        return member_id
    if found.status not in rules.KNOWN:
        log.error("subscription %s has the status %r, which gives no perks", found.id, found.status)
    _, active = programmes.active()
    values = _values(found, before, active, now)
    values["extra_of"] = _stands_beside(member_id, found, before, active.day(now), now)
    statement = upsert(Subscription).values(member_id=member_id, id=found.id, **values)
    run(statement.on_conflict_do_update(index_elements=["member_id", "id"], set_=values))
    paid = found.bill is not None and _write_bill(member_id, found.bill, now)
    if found.status not in rules.UNFINISHED:
        _settle_checkout(member_id, found.metadata.get("op"), "done")
    if people.has_left(member_id):
        _end_for_who_left(member_id, found, before, active.day(now), now)
    elif values["extra_of"] is None:
        _tell(member_id, found, before, values, now)
        bill = found.bill if paid else None
        _tell_payment(member_id, before, values["plan"], values["paid_until"], bill, now)
    return member_id


def _values(found: Subscribed, before: Row[Any] | None, active: Programme, now: datetime) -> dict[str, Any]:
    bill = found.bill
    # A renewal that is not paid has begun its period all the same: what is paid for then ends where it begins.
    unpaid = bill is not None and bill.status != "paid"
    asks = found.status in ("active", "trialing") and not found.collection_paused
    paid_until = active.day(found.period_end if asks or not unpaid else found.period_start)
    failed_on = None
    if found.status in ("past_due", "unpaid"):
        first = (bill.finalized_at or bill.made_at) if bill is not None else now
        failed_on = before.failed_on if before is not None and before.failed_on else active.day(first)
    ended_on = None
    if found.status == "canceled":
        at = found.ended_at or now
        ended_on = paid_until + timedelta(days=1) if at >= found.period_end else active.day(at)
    return {
        "plan": _plan_of(found),
        "amount_minor": found.amount_minor,
        "currency": found.currency,
        "status": found.status,
        "since": active.day(found.started_at),
        "paid_on": active.day(bill.paid_at)
        if bill is not None and bill.paid_at
        else before and before.paid_on,
        "paid_until": paid_until,
        "trial": found.has_trial,
        "failed_on": failed_on,
        "ends_on": None if found.ends_at is None else active.day(found.ends_at),
        "ended_on": ended_on,
        "collection_paused": found.collection_paused,
        "pay_url": bill.hosted_url if bill is not None and bill.status == "open" else None,
        "fetched_at": now,
    }


def _plan_of(found: Subscribed) -> str:
    """The plan of a price of ours; a price that a person made at Stripe is known by the mark of the checkout."""
    price = StripePrice.__table__.c
    known = read(select(price.plan).where(price.price_id == found.price_id)).scalar_one_or_none()
    plan = known or found.metadata.get("plan", "")
    if not plan:
        log.error("subscription %s is for a price that is no plan's: %s", found.id, found.price_id)
    return str(plan)


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
        note_wish(member_id, "extra", _plan_of(found), facts, key=f"extra:{found.id}", now=now, due_at=now)
    return str(other.id)


def _end_for_who_left(
    member_id: str, found: Subscribed, before: Row[Any] | None, day: date, now: datetime
) -> None:
    """Whoever has left pays for nothing: what runs all the same is ended, and paid back where it began after that.

    Asked for once a day, should Stripe not take it.
    """
    if found.status not in rules.LIVE or queries.wish_under_way(member_id) == "end":
        return
    log.error("subscription %s runs for member %s, who has left", found.id, member_id)
    kind = "extra" if before is None else "end"
    facts = {"subscription": found.id, "reason": None, "at_once": True}
    key = f"left:{found.id}:{day}"
    note_wish(member_id, kind, _plan_of(found), facts, key=key, now=now, due_at=now)


def note_wish(
    member_id: str, kind: str, plan: str, facts: dict[str, Any], *, key: str, now: datetime, due_at: datetime
) -> str | None:
    """Write down something that Stripe is to be asked for; its id, None when this key stands already."""
    op_id = new_id()
    values = {
        "member_id": member_id, "id": op_id, "kind": kind, "plan": plan, "facts": facts, "idempotency_key": key,
        "state": "new", "tries": 0, "created_at": now, "due_at": due_at,
    }  # fmt: skip
    statement = upsert(BillingOperation).values(**values).on_conflict_do_nothing()
    return op_id if run(statement).rowcount else None


def settle(op: Row[Any], state: str, error: str | None) -> None:
    """Write down what became of an operation that is under way, inside the caller's write."""
    mine = (
        _operation.member_id == op.member_id,
        _operation.id == op.id,
        _operation.state.in_(("new", "open")),
    )
    run(update(BillingOperation).where(*mine).values(state=state, due_at=None, error=error and error[:200]))


def _settle_checkout(member_id: str, op: str | None, state: str) -> None:
    mine = (_operation.member_id == member_id, _operation.id == op, _operation.state.in_(("new", "open")))
    run(update(BillingOperation).where(*mine).values(state=state, due_at=None))


def _write_checkout(found: Checkout, bought: Subscribed | None, now: datetime) -> str | None:
    member_id = owner(found.customer_id, found.metadata)
    if member_id is None:
        log.info("checkout %s is not ours", found.id)
        return None
    ledger.lock(member_id)
    op = found.metadata.get("op")
    if bought is not None:
        write_subscription(bought, now)
    elif found.status == "complete" and found.paid:
        _write_purchase(member_id, found, now)
        _settle_checkout(member_id, op, "done")
    elif found.status == "expired":
        _settle_checkout(member_id, op, "abandoned")
    return member_id


def _write_purchase(member_id: str, found: Checkout, now: datetime) -> None:
    """A plan for life is paid: it stands once, and what renews beside it ends with what is paid for."""
    _, active = programmes.active()
    plan = found.metadata.get("plan", "")
    values = {
        "member_id": member_id, "id": found.id, "payment_intent": found.payment_intent, "plan": plan,
        "amount_minor": found.amount_minor, "currency": found.currency, "state": "paid", "paid_on": active.day(now),
        "fetched_at": now,
    }  # fmt: skip
    if not run(upsert(Purchase).values(**values).on_conflict_do_nothing()).rowcount:
        return
    if people.has_left(member_id):
        log.error("%s was paid for life by member %s, who has left: pay it back", found.id, member_id)
        return
    telling.tell_joined(
        member_id, plan, key=found.id, amount_minor=found.amount_minor, currency=found.currency, next_charge_on=None,
        now=now,
    )  # fmt: skip
    paid = holding.Payment(plan, active.day(now), None, holding.MONTHS["life"])
    holding.tell(member_id, now, paid if holding.months_of(plan) else None)
    live = queries.live_subscription(member_id)
    if live is not None and live.id != LINES and live.ends_on is None:
        facts = {"subscription": live.id, "reason": None}
        note_wish(member_id, "end", live.plan, facts, key=f"end:{found.id}", now=now, due_at=now)


def _write_bill_alone(found: Bill, now: datetime) -> str | None:
    member_id = owner(found.customer_id, {})
    if member_id is not None:
        ledger.lock(member_id)
        if _write_bill(member_id, found, now) and not people.has_left(member_id):
            mine = (_subscription.member_id == member_id, _subscription.id == found.subscription_id)
            row = read(select(Subscription.__table__).where(*mine)).one_or_none()
            if row is not None and row.extra_of is None:
                _tell_payment(member_id, row, row.plan, row.paid_until, found, now)
    return member_id


def _tell_payment(
    member_id: str, before: Row[Any] | None, plan: str, paid_until: date, bill: Bill | None, now: datetime
) -> None:
    """Tell what the plan is after this look, with the payment that it found, if there is one."""
    payment, months = None, holding.months_of(plan)
    if bill is not None and months:
        paid_on = programmes.active()[1].day(bill.paid_at or now)
        months += holding.paid_before(member_id, before and holding.of_row(before), paid_on)
        payment = holding.Payment(plan, paid_on, paid_until, months)
    holding.tell(member_id, now, payment)


def _write_bill(member_id: str, found: Bill, now: datetime) -> bool:
    """Write down an invoice; whether it turns out to be a payment that was not known."""
    bill = Invoice.__table__.c
    mine = (bill.member_id == member_id, bill.id == found.id)
    known = read(select(bill.status, bill.fetched_at).where(*mine)).one_or_none()
    values = {
        "subscription_id": found.subscription_id, "number": found.number, "status": found.status,
        "currency": found.currency, "total_minor": found.total_minor, "made_at": found.made_at,
        "paid_at": found.paid_at, "hosted_url": found.hosted_url, "fetched_at": now,
    }  # fmt: skip
    statement = upsert(Invoice).values(member_id=member_id, id=found.id, **values)
    run(
        statement.on_conflict_do_update(
            index_elements=["member_id", "id"], set_=values, where=bill.fetched_at <= now
        )
    )
    is_news = known is None or (known.status != "paid" and known.fetched_at <= now)
    return is_news and found.status == "paid" and found.total_minor > 0


def _tell(
    member_id: str, found: Subscribed, before: Row[Any] | None, values: dict[str, Any], now: datetime
) -> None:
    """Mail what has changed for her; the keys make each mail once, whoever sees it first."""
    plan, bill = values["plan"], found.bill
    if found.status in ("active", "trialing") and (before is None or before.status in rules.UNFINISHED):
        telling.tell_joined(
            member_id, plan, key=found.id, amount_minor=found.amount_minor, currency=found.currency,
            next_charge_on=values["paid_until"], now=now,
        )  # fmt: skip
    if values["ends_on"] is not None and (before is None or before.ends_on != values["ends_on"]):
        key = f"{found.id}/{values['ends_on']}"
        telling.tell_ending(member_id, plan, key=key, ends_on=values["ends_on"], now=now)
    if found.status == "past_due" and bill is not None and bill.reason == "subscription_cycle":
        last_day = values["failed_on"] + timedelta(days=rules.GRACE_DAYS)
        telling.tell_failed(member_id, plan, bill, last_day=last_day, now=now)


def sync_if_there(subscription_id: str, now: datetime) -> None:
    """As `sync_subscription`; one that Stripe does not know, or does not show, is told to whoever reads the log."""
    try:
        sync_subscription(subscription_id, now)
    except (Missing, Rejected) as error:
        log.error(
            "subscription %s is not at Stripe: is this the key of another mode? %s", subscription_id, error
        )
