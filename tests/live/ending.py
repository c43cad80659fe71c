"""Ends and pauses, as scripts, and what going on costs."""

import pytest
import stripe

from tests.live.side import HOUR, Side, period
from tests.stripe_standin import DAY


def two_spellings_of_an_end(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    end = period(made)[1]
    ending = side.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at, ending.status) == (end, "active")
    kept = side.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.cancel_at_period_end) == (None, False)
    dated = side.v1.subscriptions.update(made.id, {"cancel_at": end})
    assert dated.cancel_at == end
    assert side.v1.subscriptions.update(made.id, {"cancel_at": ""}).cancel_at is None


def ends_with_its_period(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    side.advance(period(made)[1] + 2 * HOUR)
    assert side.subscription(made.id).status == "canceled"
    side.events(anna, "customer.subscription.deleted")
    assert len(side.bills(made.id)) == 1
    assert not side.v1.subscriptions.list({"customer": anna}).data
    assert [one.id for one in side.v1.subscriptions.list({"customer": anna, "status": "all"}).data] == [
        made.id
    ]


def cancelled_twice(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    assert side.v1.subscriptions.cancel(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.v1.subscriptions.cancel(made.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def pause_costs_nothing(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    paused = side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    assert (paused.status, paused.pause_collection) == ("paused", None)
    side.events(anna, "customer.subscription.paused")
    side.advance(side.now + DAY)
    side.v1.subscriptions.resume(
        made.id,
        {
            "billing_cycle_anchor": {"type": "unchanged"},
            "proration_behavior": "none",
            "payment_behavior": "resume_on_payment_success",
        },
    )
    now = side.subscription(made.id)
    assert (now.status, period(now), len(side.bills(made.id))) == ("active", period(made), 1)
    assert side.v1.customers.retrieve(anna).balance == 0


def resume_waits_for_its_money(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    side.new_card(anna, "pm_card_chargeCustomerFail")
    side.advance(period(made)[1] + 3 * DAY)
    assert len(side.bills(made.id)) == 1
    side.v1.subscriptions.resume(
        made.id,
        {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"},
    )
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status) == ("paused", "open")
    side.v1.invoices.pay(now.latest_invoice.id, {"payment_method": side.new_card(anna, "pm_card_visa")})
    assert side.subscription(made.id).status == "active"


def resume_is_shown_with_its_discount(side: Side) -> None:
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    made = side.subscribe(side.customer(), side.price(500), discounts=[{"coupon": half}])
    side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    side.advance(period(made)[1] + 3 * DAY)
    shown = side.v1.invoices.create_preview(
        {"subscription": made.id, "subscription_details": {"resume_at": "now"}}
    )
    assert shown.amount_due == 250
    side.v1.subscriptions.resume(
        made.id,
        {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"},
    )
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.amount_paid) == ("active", shown.amount_due)


def collection_paused(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    side.v1.subscriptions.update(made.id, {"pause_collection": {"behavior": "void"}})
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status, now.pause_collection.behavior) == (
        "active",
        "void",
        "void",
    )
