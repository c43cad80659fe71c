"""What Stripe is asked about a subscription that runs: that it ends or goes on, becomes another plan, stands still.

The other half of `gateway`, whose failures every call raises. Each call looks before it acts, so that after an answer
that was lost it may be made again; and it answers what Stripe shows after it, for what is kept under a key may be old.
"""

from datetime import datetime
from typing import NamedTuple

from portal.billing.gateway import Invoice, InvoicePreview, Phase, failures, gateway, price_of
from portal.billing.shapes import Bill, Due, Missing, Quote, Rejected, Subscribed, from_stripe, instant

OVER = ("canceled", "incomplete_expired")


def end(subscription_id: str, reason: str | None, comment: str | None, key: str) -> Subscribed:
    """Let a subscription end with what is paid for; a change that was planned, or waits for money, falls away."""
    door = gateway()
    _stand_alone(door.subscription(subscription_id), key)
    with failures():
        door.client.v1.subscriptions.update(
            subscription_id,
            {
                "cancel_at_period_end": True,
                "cancellation_details": {"feedback": reason or "", "comment": comment or ""},
            },
            {"idempotency_key": key},
        )
    return door.subscription(subscription_id)


def end_now(subscription_id: str, key: str) -> Subscribed:
    """End a subscription at once: nothing of it is collected any more. One that has ended stays so."""
    door = gateway()
    found = door.subscription(subscription_id)
    if found.status in OVER:
        return found
    # Of a change, of going on, or of a renewal that failed: who ends it does not pay for any of them.
    if found.status in ("active", "trialing", "paused", "past_due", "unpaid", "incomplete"):
        _drop_bill(found, key)
    try:
        with failures():
            door.client.v1.subscriptions.cancel(subscription_id)
    except (Missing, Rejected):  # it has ended at this moment
        if door.subscription(subscription_id).status not in OVER:
            raise
    return door.subscription(subscription_id)


def renewals(subscription_id: str, since: datetime) -> list[Bill]:
    """The bills by which a subscription was renewed from then on, the newest first."""
    door = gateway()
    with failures():
        listed = door.client.v1.invoices.list(
            {"subscription": subscription_id, "created": {"gte": int(since.timestamp())}, "limit": 100}
        )
        ids = [one.id for one in listed.auto_paging_iter() if one.billing_reason == "subscription_cycle"]
    return [door.bill(one) for one in ids]


def keep(subscription_id: str, key: str) -> Subscribed:
    """Withdraw a scheduled end, in whichever of the two spellings it stands (stripe.md 1.3)."""
    door = gateway()
    with failures():
        found = door.client.v1.subscriptions.retrieve(subscription_id)
        if found.cancel_at_period_end:
            found = door.client.v1.subscriptions.update(
                subscription_id, {"cancel_at_period_end": False}, {"idempotency_key": key}
            )
        if found.cancel_at is not None:
            door.client.v1.subscriptions.update(
                subscription_id, {"cancel_at": ""}, {"idempotency_key": f"{key}:at"}
            )
    return door.subscription(subscription_id)


def quote(found: Subscribed, price_id: str, at: datetime) -> Quote:
    """What it would take from the card to change to another price, counted from `at` (whole seconds)."""
    with failures():
        bill = gateway().client.v1.invoices.create_preview(
            {
                "customer": found.customer_id,
                "subscription": found.id,
                "subscription_details": {
                    "items": [{"id": found.item_id, "price": price_id}],
                    "proration_behavior": "always_invoice",
                    "proration_date": int(at.timestamp()),
                },
            }
        )
    ends = max((line.period.end for line in bill.lines.data), default=int(found.period_end.timestamp()))
    currency = bill.currency.upper()
    after = bill.total + bill.starting_balance - bill.amount_due
    carried = max(min(bill.total, after), 0)
    opened = 0 if carried else bill.amount_due - max(bill.total, 0)
    minor = [from_stripe(amount, currency) for amount in (bill.amount_due, carried, opened, after)]
    return Quote(minor[0], currency, instant(ends), *minor[1:])


def next_due(found: Subscribed, price_id: str) -> Due:
    """What the next bill comes to at this price: of the same interval, or after a trial. Nothing is prorated."""
    return _due(_whole_period(found, price_id, {}), found)


def due_after(found: Subscribed, price_id: str, on: datetime, after_minor: int | None) -> Due:
    """What a whole period at this price comes to that is paid at `on`, less the discounts that last until then. With a
    bill before it one that counts once is used up, and `after_minor` is what stands on the customer's balance then."""
    second, is_billed = on.timestamp(), after_minor is not None
    lasting = [
        one.id
        for one in _discounts(found.id)
        if (one.end is None or one.end > second) and not (is_billed and one.is_once)
    ]
    discounts: InvoicePreview = {"discounts": [{"discount": id} for id in lasting] or ""}
    due = _due(_whole_period(found, price_id, discounts), found)
    return due if after_minor is None else with_balance(due.minor - due.open_minor, after_minor)


def with_balance(minor: int, balance_minor: int) -> Due:
    """What a bill takes with what stands on the customer's balance before it."""
    due_minor = max(minor + balance_minor, 0)
    return Due(due_minor, due_minor - minor)


def _due(bill: Invoice, found: Subscribed) -> Due:
    due, total = (from_stripe(amount, found.currency) for amount in (bill.amount_due, max(bill.total, 0)))
    return Due(due, due - total)


def _whole_period(found: Subscribed, price_id: str, more: InvoicePreview) -> Invoice:
    """The preview of a bill for a whole period at a price. Raises Rejected where it turns out to be for another."""
    params: InvoicePreview = {
        "customer": found.customer_id,
        "subscription": found.id,
        "subscription_details": {
            "items": [{"id": found.item_id, "price": price_id}],
            "proration_behavior": "none",
        },
    }
    with failures():
        bill = gateway().client.v1.invoices.create_preview(params | more)
    if all(price_of(line) != price_id for line in bill.lines.data):
        raise Rejected("the preview is for another price")
    return bill


def change(found: Subscribed, price_id: str, at: datetime, key: str) -> Subscribed:
    """Change to another price, counted from `at` as in the quote; it is done once the difference is paid."""
    _stand_alone(found, key)
    door = gateway()
    with failures():
        door.client.v1.subscriptions.update(
            found.id,
            {
                "items": [{"id": found.item_id, "price": price_id}],
                "proration_behavior": "always_invoice",
                "proration_date": int(at.timestamp()),
                "payment_behavior": "pending_if_incomplete",
            },
            {"idempotency_key": key},
        )
    return door.subscription(found.id)


def change_later(found: Subscribed, price_id: str, interval: str, key: str) -> Subscribed:
    """Change to another price with the next period; nothing is charged or credited for it. `interval`: of the price.

    What a discount has left goes on, for the new price too.
    """
    if found.planned is not None and found.planned.price_id == price_id:
        return found
    left = found.schedule_id if found.planned is None else None
    if left is None:
        _stand_alone(found, key)
    door = gateway()
    with failures():
        if left is None:
            schedule = door.client.v1.subscription_schedules.create(
                {"from_subscription": found.id}, {"idempotency_key": f"{key}:schedule"}
            )
        else:  # by a try that was cut off: asked for anew under its key, it would be this one, released
            schedule = door.client.v1.subscription_schedules.retrieve(left)
        here = schedule.current_phase
        assert here is not None, "it is made from what runs"
        first: Phase = {
            "items": [{"price": found.price_id, "quantity": 1}],
            "start_date": here.start_date,
            "end_date": here.end_date,
            "proration_behavior": "none",
        }
        then: Phase = {
            "items": [{"price": price_id, "quantity": 1}],
            "duration": {"interval": "year" if interval == "year" else "month"},
            "proration_behavior": "none",
        }
        # By their own ids: by its coupon a discount would begin anew, and last longer than was given. Where there are
        # none nothing is said: an empty list would take away the customer's as well.
        hung = _discounts(found.id)
        if hung:
            first["discounts"] = [{"discount": one.id} for one in hung]
        if lasting := [one.id for one in hung if one.end is None or one.end > here.end_date]:
            then["discounts"] = [{"discount": id} for id in lasting]
        door.client.v1.subscription_schedules.update(
            schedule.id,
            {"end_behavior": "release", "proration_behavior": "none", "phases": [first, then]},
            {"idempotency_key": f"{key}:phases"},
        )
    return door.subscription(found.id)


class _Discount(NamedTuple):
    """A discount of a subscription: at which second it ends, and whether it counts for one bill alone."""

    id: str
    end: int | None
    is_once: bool


def _discounts(subscription_id: str) -> list[_Discount]:
    """The discounts of a subscription. A phase that does not name one drops it."""
    expand = ["discounts.source.coupon"]
    with failures():
        asked = gateway().client.v1.subscriptions.retrieve(subscription_id, {"expand": expand})
    return [
        _Discount(one.id, one.end, getattr(one.source.coupon, "duration", "") == "once")
        for one in asked.discounts or []
        if not isinstance(one, str)
    ]


def stay(subscription_id: str, key: str) -> Subscribed:
    """Let the plan stay as it is: a change that was planned, or that waits for its money, falls away."""
    door = gateway()
    _stand_alone(door.subscription(subscription_id), key)
    return door.subscription(subscription_id)


def pause(subscription_id: str, key: str) -> Subscribed:
    """Let it stand still: no bills and no new periods. What is paid for is not credited (readings, 15)."""
    door = gateway()
    found = door.subscription(subscription_id)
    if found.status == "paused":
        return found
    _stand_alone(found, key)
    with failures():
        door.client.v1.subscriptions.pause(
            subscription_id,
            {"bill_for": {"unused_time_from": {"type": "none"}}},
            {"idempotency_key": key},
        )
    return door.subscription(subscription_id)


def resume(found: Subscribed, *, still_paid: bool, key: str) -> Subscribed:
    """Let a paused subscription go on: in the period that is paid for, or in a new one once that is paid."""
    if found.status != "paused" or (found.bill is not None and found.bill.status == "open"):
        return found
    door = gateway()
    with failures():
        if still_paid:
            door.client.v1.subscriptions.resume(
                found.id,
                {
                    "billing_cycle_anchor": {"type": "unchanged"},
                    "proration_behavior": "none",
                    "payment_behavior": "resume_on_payment_success",
                },
                {"idempotency_key": key},
            )
        else:
            door.client.v1.subscriptions.resume(
                found.id,
                {
                    "billing_cycle_anchor": {"type": "now"},
                    "payment_behavior": "resume_on_payment_success",
                },
                {"idempotency_key": key},
            )
    return door.subscription(found.id)


def _stand_alone(found: Subscribed, key: str) -> None:
    """Take away what would stand in the way: a schedule, and a change whose bill is not paid."""
    if found.schedule_id is not None:
        with failures():
            gateway().client.v1.subscription_schedules.release(
                found.schedule_id, {}, {"idempotency_key": f"{key}:release"}
            )
    if found.waiting is not None:
        _drop_bill(found, key)


def _drop_bill(found: Subscribed, key: str) -> None:
    """Void the latest bill if nobody has paid it; a change that waits for it is dropped with it."""
    if found.bill is not None and found.bill.status == "open":
        with failures():
            gateway().client.v1.invoices.void_invoice(found.bill.id, {}, {"idempotency_key": f"{key}:void"})
