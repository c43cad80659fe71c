"""Changing to another plan: shown with its exact amounts, agreed to, carried out once.

A dearer plan begins at once and costs the difference, a cheaper one with the next period (`rules.moves_now`). What was
shown is kept in the operation and is what Stripe is asked for: the same price, counted from the same second. An edge of
its own: each step is committed before the next (house.md, wall 6).
"""

import logging
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, update

from portal import ledger, people
from portal import programme as programmes
from portal.billing import (
    checkout,
    late_changes,
    operations,
    ours,
    queries,
    rules,
    running,
    sold,
    sync,
    telling,
    terms,
)
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import BillingOperation
from portal.billing.shapes import Busy, Declined, Due, Missing, Quote, Rejected, Subscribed, Unavailable
from portal.billing.terms import Terms
from portal.db import new_id, run, transact
from portal.errors import Refused
from portal.programme import Plan

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c
VALID = timedelta(minutes=15)  # what was shown before is shown anew, never charged
FORGOTTEN = timedelta(days=1)
KINDS = ("change", "later")
AGAIN = 2  # tries of one request: the second with a price that was made anew


def show(member_id: str, plan_key: str, now: datetime) -> str:
    """Work out what a change to this plan costs, at Stripe where it costs something; the operation that keeps it.

    Nothing is charged. Refuses `unknown_key` for no plan that renews, `not_for_sale` for one that nobody new can have,
    `conflict` for one that cannot be changed now or is held already, `being_paid` in the hour in which the bill of a
    new period is made, `other_currency` for a plan that is not sold in hers, `stopped` while her card is,
    `payments_unavailable` (503) when Stripe does not answer.
    """
    people.refuse_while_stopped(member_id)
    _, active = programmes.active()
    plan = active.plan(plan_key)
    sold.refuse_unsold(plan)
    live = queries.live_subscription(member_id)
    if plan.interval == "life":
        raise Refused("unknown_key", "A plan for life is bought, not changed to.")
    if live is None or live.id == LINES:
        raise Refused("conflict", "There is no plan that could be changed.")
    try:
        found = gateway().subscription(live.id)
        transact(partial(sync.write_subscription, found, now))
        live = _changeable(member_id, plan)
        price_minor = active.price_in(plan, found.currency)
        if price_minor is None:
            raise Refused("other_currency", "Stripe keeps one currency for a subscription.")
        now_or_later, price_id, quote = _quoted(found, plan, price_minor, now)
    except (Unavailable, Rejected, Missing, Declined) as error:
        if not isinstance(error, Unavailable):
            log.error("the change to %s could not be worked out: %s", plan.key, error)
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error
    due = _next_due(found, plan, now_or_later, price_id, quote, price_minor)
    facts = {
        "subscription": found.id, "from_plan": live.plan, "from_price_id": found.price_id, "price_id": price_id,
        "currency": quote.currency, "due_minor": quote.due_minor, "next_minor": price_minor,
        "next_on": active.day(quote.paid_until).isoformat(), "at": _second(now), "trial": found.status == "trialing",
        "needs_card": found.needs_card,
        "period_end": _second(found.period_end), "carried_minor": quote.carried_minor,
        "discounted": found.discounted, "open_minor": quote.open_minor,
        "next_due_minor": None if due is None else due.minor,
        "next_open_minor": 0 if due is None else due.open_minor,
    }  # fmt: skip
    if live.next_plan is not None and found.planned is not None:
        facts["planned"] = {
            "plan": live.next_plan, "price_id": found.planned.price_id, "next_minor": found.planned.amount_minor,
            "next_on": live.next_on.isoformat(),
        }  # fmt: skip
    return transact(partial(_note, member_id, now_or_later, plan, facts, now))


def _quoted(found: Subscribed, plan: Plan, price_minor: int, now: datetime) -> tuple[str, str, Quote]:
    """Whether it is a change at once or later, the price, and what it takes from the card."""
    held = _held(found)
    moves_now = found.status == "trialing" or rules.moves_now(
        held, found.interval, found.amount_minor, plan, price_minor
    )
    for attempt in range(AGAIN):
        price_id = checkout.price_id(plan, found.currency, now)
        if not moves_now or found.status == "trialing":
            return ("change" if moves_now else "later"), price_id, Quote(0, found.currency, found.period_end)
        if now >= found.period_end:
            raise Unavailable("it is being renewed at this moment")
        try:
            return "change", price_id, running.quote(found, price_id, now)
        except Missing as missing:
            if attempt + 1 == AGAIN or missing.kind != "price":
                raise
            transact(partial(checkout.forget_price, plan, found.currency))
    raise AssertionError("unreachable")


def _next_due(
    found: Subscribed, plan: Plan, kind: str, price_id: str, quote: Quote, price_minor: int
) -> Due | None:
    """What the payment on the next day comes to, with the discount that runs then, and with what stands on the
    customer's balance after what is billed before; None where Stripe does not show it."""
    if found.due_minor is None:  # nothing stood against the price before this change
        return None if found.discounted else running.with_balance(price_minor, quote.after_minor)
    try:
        if found.status == "trialing" or (kind == "later" and plan.interval == found.interval):
            return running.next_due(found, price_id)
        if kind == "later":
            return running.due_after(found, price_id, quote.paid_until, None)
        if not found.discounted:
            return running.with_balance(price_minor, quote.after_minor)
        return running.due_after(found, price_id, quote.paid_until, quote.after_minor)
    except (Rejected, Missing) as error:
        log.warning("the next payment for %s could not be shown: %s", plan.key, error)
        return None


def _held(found: Subscribed) -> str:
    """What the plan that runs is called."""
    plan = ours.plan_of_price(found.price_id)
    return next((one.label for one in programmes.active()[1].plans if one.key == plan), "")


def _changeable(member_id: str, plan: Plan) -> Row[Any]:
    """The subscription that can be changed to this plan; refused where it cannot be now."""
    live = queries.live_subscription(member_id)
    if live is None or live.plan == plan.key or _why_fixed(live) is not None:
        raise Refused("conflict", "The plan cannot be changed to this one now.")
    if queries.bill_in_making(member_id, live.id) is not None:
        # With another bill in between, a card that fails would be asked for that one first.
        raise Refused("being_paid", "Its new period is being paid for at this moment.")
    return live


def _why_fixed(live: Row[Any]) -> rules.Fixed | None:
    return rules.why_fixed(live.status, live.ends_on, live.collection_paused, live.waiting_plan)


def _note(member_id: str, kind: str, plan: Plan, facts: dict[str, Any], now: datetime) -> str:
    ledger.lock(member_id)
    old = (
        _operation.member_id == member_id,
        _operation.state == "shown",
        _operation.created_at < now - FORGOTTEN,
    )
    run(delete(BillingOperation).where(*old))
    key = f"{kind}:{new_id()}"
    op_id = operations.note(member_id, kind, plan.key, facts, key=key, now=now, due_at=None, state="shown")
    assert op_id is not None, "its key is new"
    return op_id


def shown(member_id: str, op_id: str, now: datetime) -> Row[Any] | None:
    """A member's own change as it was shown, and still holds; None where it does not."""
    op = operations.one(member_id, op_id)
    if op is None or op.kind not in KINDS or not _holds(op, queries.live_subscription(member_id), now):
        return None
    return op


def _holds(op: Row[Any], live: Row[Any] | None, now: datetime) -> bool:
    """Whether what was shown is still what would be charged."""
    _, active = programmes.active()
    plan = next((one for one in active.plans if one.key == op.plan), None)
    if live is None or plan is None or not plan.for_sale:
        return False
    if live.id != op.facts["subscription"] or _why_fixed(live) is not None:
        return False
    if queries.bill_in_making(live.member_id, live.id) is not None:
        return False
    price_minor = active.price_in(plan, op.facts["currency"])
    same_plan = live.plan == op.facts["from_plan"] and price_minor == op.facts["next_minor"]
    fresh = now - op.created_at <= VALID and active.day(now) == active.day(op.created_at)
    return same_plan and fresh and now < _moment(op.facts["period_end"])


def agree(member_id: str, op_id: str, now: datetime, agreed: Terms) -> Row[Any]:
    """Change to the plan as it was shown; the operation as it stands then, with the words that she agreed to. Twice is
    once.

    Refuses `unknown_key` (404) for what is not hers, `stale` for what no longer holds (nothing is charged then),
    `under_way` while another change, a checkout, an end or a withdrawal is under way, and `stopped` while her card is
    (decision 0023).
    """
    op, is_first = transact(partial(_agree, member_id, op_id, now, agreed))
    if is_first:
        try:
            carry_out(op, now)
        except Busy:
            log.info("the change %s is under way in another request", op.id)
        except Unavailable as error:
            log.warning("the change %s is carried out later: %s", op.id, error)
            transact(partial(operations.try_later, op, str(error), now))
    return operations.settled(member_id, op_id)


def _agree(member_id: str, op_id: str, now: datetime, agreed: Terms) -> tuple[Row[Any], bool]:
    ledger.lock(member_id)
    op = operations.one(member_id, op_id)
    if op is None or op.kind not in KINDS:
        raise Refused("unknown_key", "There is no such change.", status=404)
    if op.state != "shown":
        return op, False
    people.refuse_while_stopped(member_id)
    if not _holds(op, queries.live_subscription(member_id), now):
        raise Refused("stale", "What was shown holds no longer.")
    if queries.is_busy(member_id, op.facts["subscription"]):
        raise Refused("under_way", "Something else is under way.")
    values = {
        "state": "new", "due_at": now + operations.LEASE, "facts": op.facts | {"terms": agreed.kept()},
    }  # fmt: skip
    run(update(BillingOperation).where(*operations.mine(op)).values(**values))
    terms.agree(member_id, op_id, agreed, now, by="change")
    return op, True


def carry_out(op: Row[Any], now: datetime) -> None:
    """Look what has become of a change, ask Stripe for it where nothing has, and write down what it shows then.

    Raises Unavailable. What has changed meanwhile is not charged: it fails, and can be shown anew. So does what would
    be charged at once, where her card was stopped before Stripe was asked, and what she asked to end meanwhile. A
    cheaper plan that comes after the renewal gives back what that took beyond it, and comes with the next period; it
    waits while that renewal is not paid. What is given up is only looked at.
    """
    asks = not operations.only_looks(op)
    try:
        found = gateway().subscription(op.facts["subscription"])
        if asks and late_changes.waits(op, found):
            transact(partial(operations.look_again, op, now))
            return
        if (asks and late_changes.give_back(op, found, now)) or _is_to_do(op, found, now):
            found = _ask(op, found)
    except (Missing, Rejected, Declined) as error:
        log.error("the change %s was not taken: %s", op.id, error)
        transact(partial(_fail, op, str(error), now))
        sync.sync_if_there(op.facts["subscription"], now)
        return
    transact(partial(_write, op, found, now))


def _ask(op: Row[Any], found: Subscribed) -> Subscribed:
    # Stripe repeats a failure under its key; whether it was carried out all the same was looked at before.
    key, price_id = f"{op.idempotency_key}:{op.tries}", op.facts["price_id"]
    if op.kind == "change":
        return running.change(found, price_id, _moment(op.facts["at"]), key)
    plan = next((one for one in programmes.active()[1].plans if one.key == op.plan), None)
    return running.change_later(found, price_id, plan.interval if plan is not None else "month", key)


def _is_to_do(op: Row[Any], found: Subscribed, now: datetime) -> bool:
    """Whether Stripe has still to be asked: nothing of it was done, and all is as it was when it was shown."""
    price_id = op.facts["price_id"]
    waits = found.waiting is not None and found.waiting.price_id == price_id
    planned = op.kind == "later" and found.planned is not None and found.planned.price_id == price_id
    if op.state == "open" or found.price_id == price_id or waits or planned:
        return False
    as_shown = found.price_id == op.facts["from_price_id"] and found.status in ("active", "trialing")
    same_period = _second(found.period_end) == op.facts["period_end"] and now < found.period_end
    if not (as_shown and same_period and found.ends_at is None):
        raise Rejected("the plan has changed since it was shown")
    if op.kind in operations.CHARGES and people.is_frozen(op.member_id):
        raise Rejected("the card was stopped before it was asked for")
    if queries.wish_under_way(op.member_id, op.facts["subscription"]) == "end":
        raise Rejected("she has asked for its end since")
    if operations.only_looks(op):
        raise Rejected("Stripe was out of reach for too long")
    return True


def _fail(op: Row[Any], error: str, now: datetime) -> None:
    ledger.lock(op.member_id)
    operations.settle(op, "failed", error)
    came_to_nothing(op, now)


def came_to_nothing(op: Row[Any], now: datetime) -> None:
    """Tell her of a change that has failed, and have the one that it took the place of planned again; in the write that
    says so."""
    telling.tell_not_done(op, now)
    if queries.wish_under_way(op.member_id, op.facts["subscription"]) is None:
        operations.plan_again(op, now)  # else what she asked for since stands in its place


def _write(op: Row[Any], found: Subscribed, now: datetime) -> None:
    sync.write_subscription(found, now)  # which settles a change at once, whoever sees it first
    if op.kind == "later":
        operations.settle(op, "done", None)
        telling.tell_changed_late(operations.settled(op.member_id, op.id), now)


def next_on(op: Row[Any]) -> date:
    """The first day on which the new plan is paid by itself, or, for one that comes later, begins."""
    return date.fromisoformat(op.facts["next_on"])


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
