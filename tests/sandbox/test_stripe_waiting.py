"""Bills that something waits for in the stand-in: a change, going on after a pause; and changes during a trial."""

import pytest
import stripe

from tests.sandbox.conftest import Shop

DAY = 86_400
FREE = {"bill_for": {"unused_time_from": {"type": "none"}}}
PAID_FIRST = {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"}


def change(shop: Shop, subscription: str, price: str):
    """Change its one item, once that is paid."""
    item = shop.subscription(subscription)["items"].data[0].id
    return shop.v1.subscriptions.update(
        subscription,
        {
            "items": [{"id": item, "price": price}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice"],
        },
    )


def test_voiding_the_bill_of_a_waiting_change_drops_the_change(shop: Shop):
    subscription = shop.join()
    shop.standin.set_card(shop.anna, "0341")
    bill = change(shop, subscription, shop.price("platinum-month", 1500, "month")).latest_invoice
    shop.v1.invoices.void_invoice(bill.id)
    found = shop.subscription(subscription)
    assert (found.pending_update, found["items"].data[0].price.id) == (None, shop.gold)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.invoices.pay(bill.id)


def test_a_change_waits_no_longer_than_its_period(shop: Shop):
    subscription = shop.join()
    end = shop.subscription(subscription)["items"].data[0].current_period_end
    shop.standin.advance(to=end - 3600)
    shop.standin.set_card(shop.anna, "0341")
    dear = shop.price("platinum-month", 1_500_000, "month")  # an hour of less would be too little for a card
    found = change(shop, subscription, dear)
    assert found.pending_update.expires_at == end
    shop.standin.advance(to=end + 1)
    assert shop.subscription(subscription).pending_update is None


def test_another_rhythm_during_a_trial_leaves_the_trials_end_as_it_is(shop: Shop):
    subscription = shop.join(subscription_data={"trial_period_days": 14})
    end = shop.subscription(subscription).trial_end
    found = change(shop, subscription, shop.price("gold-year", 5000, "year"))
    assert (found.status, found["items"].data[0].current_period_end) == ("trialing", end)
    shop.standin.advance(to=end + 7200)
    assert [bill.total for bill in shop.bills(subscription)] == [0, 5000]


def test_going_on_in_the_same_period_is_free_when_nothing_was_credited(shop: Shop):
    subscription = shop.join()
    end = shop.subscription(subscription)["items"].data[0].current_period_end
    shop.v1.subscriptions.pause(subscription, FREE)
    shop.standin.advance(days=3)
    found = shop.v1.subscriptions.resume(
        subscription,
        {
            "billing_cycle_anchor": {"type": "unchanged"},
            "proration_behavior": "none",
            "payment_behavior": "resume_on_payment_success",
        },
    )
    assert (found.status, found["items"].data[0].current_period_end) == ("active", end)
    assert len(shop.bills(subscription)) == 1


def test_a_bill_of_going_on_that_nobody_pays_is_void_after_23_hours(shop: Shop):
    subscription = shop.join()
    shop.v1.subscriptions.pause(subscription, FREE)
    shop.standin.advance(days=40)
    shop.standin.set_card(shop.anna, "0341")
    shop.v1.subscriptions.resume(subscription, PAID_FIRST)
    assert shop.bills(subscription)[-1].status == "open"
    shop.standin.advance(days=1)
    assert shop.bills(subscription)[-1].status == "void"
    assert shop.subscription(subscription).status == "paused"
    shop.standin.set_card(shop.anna, "4242")
    assert shop.v1.subscriptions.resume(subscription, PAID_FIRST).status == "active"
