"""Changes of plan on the stand-in: at once with a bill of their own, with the next one, or with the next period."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.sandbox.conftest import DAY, MONTH, Shop


@pytest.fixture
def on_the_15th(shop: Shop) -> Shop:
    """The shop at noon of 15 January 2027: the period has 31 days."""
    shop.standin.advance(to=int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()))
    return shop


def test_an_upgrade_costs_what_the_preview_said(on_the_15th: Shop):
    shop = on_the_15th
    subscription = shop.join()
    platinum = shop.price("platinum-month", 1500, "month")
    start, end = shop.period(subscription)
    at = shop.standin.advance(to=start + (end - start) // 2)
    change = {
        "items": [{"id": shop.item(subscription), "price": platinum}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    preview = shop.v1.invoices.create_preview(
        {"customer": shop.anna, "subscription": subscription, "subscription_details": change}
    )
    assert [line.amount for line in preview.lines.data] == [-250, 750]
    assert [line.parent.subscription_item_details.proration for line in preview.lines.data] == [True, True]
    shop.standin.advance(days=0.01)
    changed = shop.v1.subscriptions.update(
        subscription, change | {"payment_behavior": "pending_if_incomplete", "expand": ["latest_invoice"]}
    )
    assert (changed.latest_invoice.status, changed.latest_invoice.total) == ("paid", preview.total)
    assert (changed.pending_update, changed["items"].data[0].price.id) == (None, platinum)
    assert shop.period(subscription) == (start, end)
    shop.standin.advance(days=MONTH)
    assert shop.bills(subscription)[-1].total == 1500


@pytest.mark.parametrize(
    ("card", "outcome"), [("0341", "requires_payment_method"), ("3184", "requires_action")]
)
def test_an_upgrade_that_is_not_paid_waits_and_comes_with_its_payment(shop: Shop, card, outcome):
    subscription = shop.join()
    platinum = shop.price("platinum-month", 1500, "month")
    shop.standin.set_card(shop.anna, card)
    changed = shop.v1.subscriptions.update(
        subscription,
        {
            "items": [{"id": shop.item(subscription), "price": platinum}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice.payments.data.payment.payment_intent"],
        },
    )
    assert (changed.status, changed["items"].data[0].price.id) == ("active", shop.gold)
    assert changed.pending_update.subscription_items[0].price.id == platinum
    assert changed.latest_invoice.status == "open"
    assert changed.latest_invoice.payments.data[0].payment.payment_intent.status == outcome
    shop.standin.pay_invoice(changed.latest_invoice.id)
    assert shop.subscription(subscription)["items"].data[0].price.id == platinum
    assert "customer.subscription.pending_update_applied" in shop.types()


def test_an_upgrade_that_nobody_pays_is_dropped_after_23_hours(shop: Shop):
    subscription = shop.join()
    shop.standin.set_card(shop.anna, "0341")
    shop.v1.subscriptions.update(
        subscription,
        {
            "items": [{"id": shop.item(subscription), "price": shop.price("platinum-month", 1500, "month")}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
        },
    )
    shop.standin.advance(days=1)
    found = shop.subscription(subscription)
    assert (found.pending_update, found["items"].data[0].price.id) == (None, shop.gold)
    assert shop.bills(subscription)[-1].status == "void"
    assert "customer.subscription.pending_update_expired" in shop.types()


def test_other_payment_behaviours_change_at_once_or_not_at_all(shop: Shop):
    subscription = shop.join()
    shop.standin.set_card(shop.anna, "0341")
    change = {
        "items": [{"id": shop.item(subscription), "price": shop.price("platinum-month", 1500, "month")}],
        "proration_behavior": "always_invoice",
    }
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.update(subscription, change | {"payment_behavior": "error_if_incomplete"})
    assert (len(shop.bills(subscription)), shop.subscription(subscription).status) == (1, "active")
    assert shop.v1.subscriptions.update(subscription, change).status == "past_due"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be used together"):
        shop.v1.subscriptions.update(
            subscription, change | {"payment_behavior": "pending_if_incomplete", "cancel_at_period_end": True}
        )


def test_without_an_invoice_the_difference_waits_for_the_next_bill(on_the_15th: Shop):
    shop = on_the_15th
    subscription = shop.join()
    start, end = shop.period(subscription)
    shop.standin.advance(to=start + (end - start) // 2)
    platinum = shop.price("platinum-month", 1500, "month")
    change = [{"id": shop.item(subscription), "price": platinum}]
    shop.v1.subscriptions.update(subscription, {"items": change})
    assert len(shop.bills(subscription)) == 1
    preview = shop.v1.invoices.create_preview({"customer": shop.anna, "subscription": subscription})
    shop.standin.advance(to=end + 7200)
    assert shop.bills(subscription)[-1].total == preview.total == 1500 + 500


def test_from_month_to_year_a_whole_year_begins_now(shop: Shop):
    subscription = shop.join()
    yearly = shop.price("gold-year", 5000, "year")
    change = {
        "items": [{"id": shop.item(subscription), "price": yearly}],
        "proration_behavior": "always_invoice",
    }
    changed = shop.v1.subscriptions.update(subscription, change | {"expand": ["latest_invoice"]})
    start, end = shop.period(subscription)
    assert 365 <= (end - start) / DAY <= 366
    assert abs(changed.latest_invoice.total - 4500) <= 1


def test_less_than_nothing_due_is_kept_for_the_customer(shop: Shop):
    platinum = shop.price("platinum-month", 1500, "month")
    subscription = shop.join(price=platinum)
    change = {
        "items": [{"id": shop.item(subscription), "price": shop.gold}],
        "proration_behavior": "always_invoice",
    }
    changed = shop.v1.subscriptions.update(subscription, change | {"expand": ["latest_invoice"]})
    assert changed.latest_invoice.status == "paid"
    credit = shop.v1.customers.retrieve(shop.anna).balance
    assert -1000 <= credit <= -999
    shop.standin.advance(days=MONTH)
    bill = shop.bills(subscription)[-1]
    assert (bill.total, bill.amount_due) == (500, 0)


def test_a_cheaper_plan_begins_with_the_next_period_and_can_be_undone(shop: Shop):
    platinum = shop.price("platinum-month", 1500, "month")
    subscription = shop.join(price=platinum)
    start, end = shop.period(subscription)
    schedule = shop.v1.subscription_schedules.create({"from_subscription": subscription})
    phases = [
        {"items": [{"price": platinum, "quantity": 1}], "start_date": start, "end_date": end},
        {"items": [{"price": shop.gold, "quantity": 1}], "proration_behavior": "none"},
    ]
    shop.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": phases})
    with pytest.raises(stripe.InvalidRequestError, match="schedule"):
        shop.v1.subscriptions.pause(subscription)
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        shop.v1.subscriptions.update(subscription, {"cancel_at_period_end": True})
    preview = shop.v1.invoices.create_preview({"customer": shop.anna, "subscription": subscription})
    assert preview.total == 500
    shop.v1.subscription_schedules.release(schedule.id)
    assert shop.subscription(subscription).schedule is None
    again = shop.v1.subscription_schedules.create({"from_subscription": subscription})
    shop.v1.subscription_schedules.update(again.id, {"end_behavior": "release", "phases": phases})
    shop.standin.advance(to=end + 7200)
    assert [bill.total for bill in shop.bills(subscription)] == [1500, 500]
    assert shop.subscription(subscription)["items"].data[0].price.id == shop.gold
    shop.standin.advance(days=MONTH)
    assert shop.subscription(subscription).schedule is None
    assert shop.v1.subscription_schedules.retrieve(again.id).status == "released"
    assert [bill.total for bill in shop.bills(subscription)] == [1500, 500, 500]


def test_from_year_to_month_at_the_end_of_the_year(shop: Shop):
    yearly = shop.price("gold-year", 5000, "year")
    subscription = shop.join(price=yearly)
    start, end = shop.period(subscription)
    schedule = shop.v1.subscription_schedules.create({"from_subscription": subscription})
    phases = [
        {"items": [{"price": yearly, "quantity": 1}], "start_date": start, "end_date": end},
        {
            "items": [{"price": shop.gold, "quantity": 1}],
            "duration": {"interval": "month", "interval_count": 1},
        },
    ]
    shop.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": phases})
    shop.standin.advance(to=end + 7200)
    assert [bill.total for bill in shop.bills(subscription)] == [5000, 500]
    assert 28 <= (shop.period(subscription)[1] - end) / DAY <= 31
