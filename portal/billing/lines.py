"""Plans by event lines, which stand in for Stripe in a simulation and an import (Reading 15)."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, update

from portal import ledger, tiers
from portal import programme as programmes
from portal.billing import holding, queries, rules
from portal.billing.models import Invoice, Purchase, Subscription
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.programme import Plan

LINES = "lines"  # the id of what no checkout made
Change = Literal[
    "started",
    "renewed",
    "payment_failed",
    "recovered",
    "cancel_requested",
    "kept",
    "paused",
    "resumed",
    "ended",
]
PAID = ("started", "renewed")
_subscription, _purchase, _invoice = Subscription.__table__.c, Purchase.__table__.c, Invoice.__table__.c


def record_plan_change(
    member_id: str, plan: str, change: Change, *, at: datetime, paid_until: date | None = None
) -> None:
    """What became of a member's plan, inside the caller's write; the same line again is nothing.

    `paid_until` is the last paid day; left out, one period later. Refuses `unknown_key` for a plan that the programme
    does not have, and `conflict` where the member has no running plan that could change, or one that Stripe keeps.
    """
    _, active = programmes.active()
    wanted = active.plan(plan)
    ledger.lock(member_id)
    live = queries.live_subscription(member_id)
    if live is not None and live.id != LINES:
        raise Refused("conflict", "This member's plan is Stripe's: change it there.")
    day = active.day(at)
    if wanted.interval == "life":
        paid = _for_life(member_id, wanted, change, day, active.currency, at)
    else:
        paid = _renewing(member_id, wanted, change, day, paid_until, active.currency, at)
    holding.tell(member_id, at, paid)


def _renewing(
    member_id: str,
    plan: Plan,
    change: Change,
    day: date,
    paid_until: date | None,
    currency: str,
    at: datetime,
) -> holding.Payment | None:
    """What became of a plan that renews; the payment, where the line is one that was not told before."""
    row = read(
        select(Subscription.__table__).where(_subscription.member_id == member_id, _subscription.id == LINES)
    ).one_or_none()
    now = None if row is None else rules.standing([holding.of_row(row)], day)
    running = row if now is not None and now.status != "ended" else None
    told = now is not None and now.plan == plan.key and now.status in ("active", "cancelling")
    if change == "recovered" and told:
        return None
    if change in PAID or (change == "recovered" and running is not None and running.plan == plan.key):
        return _pay(member_id, plan, running, day, paid_until, currency, at)
    if running is None or running.plan != plan.key:
        raise Refused("conflict", f"This plan does not run, so it cannot be {change.replace('_', ' ')}.")
    _change(running, change, day, paid_until, at)
    return None


def _pay(
    member_id: str,
    plan: Plan,
    running: Row[Any] | None,
    day: date,
    until: date | None,
    currency: str,
    at: datetime,
) -> holding.Payment | None:
    """One payment: it runs on from what is paid, on the day of the month on which the plan began.

    One that is told for the second time is nothing. One for a period that is over by now ends nothing that runs.
    """
    same = running is not None and running.plan == plan.key
    if until is None:
        if same and running is not None and running.paid_on == day:
            return None
        until = _one_period_on(running, plan, day)
    elif _is_of(running, plan, until):
        if running is not None and running.status == "active":
            return None
    elif _was_paid(member_id, plan, until):
        return None
    elif running is not None and until < day and not same:
        _note_payment(member_id, plan, until, currency, at)
        return None
    before = 0 if running is None else tiers.paid_months(member_id, running.plan)
    _note_payment(member_id, plan, until, currency, at)
    values = {
        "plan": plan.key, "amount_minor": plan.price_minor, "currency": currency, "status": "active",
        "since": running.since if running is not None else day, "paid_on": day,
        "paid_until": max(until, running.paid_until) if same and running is not None else until, "trial": False,
        "failed_on": None, "ends_on": None, "ended_on": None, "collection_paused": False, "fetched_at": at,
    }  # fmt: skip
    statement = upsert(Subscription).values(member_id=member_id, id=LINES, **values)
    run(statement.on_conflict_do_update(index_elements=["member_id", "id"], set_=values))
    if same and running is not None and running.paid_until == until:
        return None  # the same payment, told again after a pause or a failure
    return holding.Payment(plan.key, day, until, before + holding.MONTHS[plan.interval])


def _one_period_on(running: Row[Any] | None, plan: Plan, day: date) -> date:
    """Until when a payment of `day` pays that does not say so. A pause has moved the days on which a plan is paid."""
    base, anchor = day, day.day
    if running is not None:
        base = max(running.paid_until, day) if running.status == "paused" else running.paid_until
        anchor = running.since.day if rules.on_anchor(base, running.since.day) else base.day
    try:
        return rules.one_period_after(base, plan.interval, anchor)
    except ValueError:
        raise Refused("bad_value", "The calendar ends before what is paid for.") from None


def _is_of(running: Row[Any] | None, plan: Plan, until: date) -> bool:
    return running is not None and running.plan == plan.key and running.paid_until == until


def _bill_id(plan: Plan, until: date | None) -> str:
    """What identifies a payment of a member: its plan and its last paid day (Reading 15)."""
    return f"{LINES}/{until or 'life'}/{plan.key}"


def _was_paid(member_id: str, plan: Plan, until: date) -> bool:
    mine = (_invoice.member_id == member_id, _invoice.id == _bill_id(plan, until))
    return read(select(_invoice.id).where(*mine)).one_or_none() is not None


def _note_payment(member_id: str, plan: Plan, until: date | None, currency: str, at: datetime) -> None:
    """A line tells of no amount: a payment is the plan's price."""
    values = {
        "member_id": member_id, "id": _bill_id(plan, until), "subscription_id": LINES, "number": None, "status": "paid",
        "currency": currency, "total_minor": plan.price_minor, "paid_minor": plan.price_minor, "made_at": at,
        "paid_at": at, "hosted_url": None, "fetched_at": at,
    }  # fmt: skip
    run(upsert(Invoice).values(**values).on_conflict_do_nothing())


def _change(running: Row[Any], change: Change, day: date, paid_until: date | None, at: datetime) -> None:
    news: dict[str, Any]
    if change == "payment_failed":
        if running.status == "past_due":
            return
        news = {"status": "past_due", "failed_on": min(day, running.paid_until + timedelta(days=1))}
    elif change == "cancel_requested":
        over = day > running.paid_until  # what was paid for, and nothing more will be paid
        news = {"status": "canceled", "ended_on": day} if over else {"ends_on": running.paid_until}
    elif change == "kept":
        news = {"ends_on": None}
    elif change == "paused":
        news = {"status": "paused"}
    elif change == "resumed":
        if running.status != "paused":
            return
        news = {"status": "active", "paid_until": paid_until or max(running.paid_until, day)}
    else:
        news = {"status": "canceled", "ended_on": day}
    mine = (_subscription.member_id == running.member_id, _subscription.id == LINES)
    run(update(Subscription).where(*mine).values(**news, fetched_at=at))


def _for_life(
    member_id: str, plan: Plan, change: Change, day: date, currency: str, at: datetime
) -> holding.Payment | None:
    """A plan for life is paid once and has no end but being taken back; what renews beside it is not renewed."""
    row = read(
        select(Purchase.__table__).where(_purchase.member_id == member_id, _purchase.id == LINES)
    ).one_or_none()
    stands = row is not None and row.state in rules.STANDS_FOR_LIFE
    if change in PAID:
        if stands:
            return None
        values = {
            "plan": plan.key, "amount_minor": plan.price_minor, "currency": currency, "state": "paid", "paid_on": day,
            "refunded_minor": 0, "ended_on": None, "fetched_at": at,
        }  # fmt: skip
        statement = upsert(Purchase).values(member_id=member_id, id=LINES, **values)
        run(statement.on_conflict_do_update(index_elements=["member_id", "id"], set_=values))
        renewing = (
            _subscription.member_id == member_id,
            _subscription.id == LINES,
            _subscription.status == "active",
        )
        run(update(Subscription).where(*renewing).values(ends_on=_subscription.paid_until))
        _note_payment(member_id, plan, None, currency, at)
        return holding.Payment(plan.key, day, None, holding.MONTHS["life"])
    if change == "ended" and stands:
        mine = (_purchase.member_id == member_id, _purchase.id == LINES)
        gone = {"state": "refunded", "refunded_minor": _purchase.amount_minor, "ended_on": day}
        run(update(Purchase).where(*mine).values(**gone, fetched_at=at))
        return None
    raise Refused("conflict", f"A plan for life cannot be {change.replace('_', ' ')}.")
