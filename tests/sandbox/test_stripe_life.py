"""A subscription's life on the stand-in's clock: renewals, trials, failed cards, pauses, ends."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.sandbox.conftest import DAY, MONTH, Shop


def test_a_renewal_is_a_draft_for_an_hour_and_then_paid(shop: Shop):
    subscription = shop.join()
    _, end = shop.period(subscription)
    shop.standin.advance(to=end)
    assert [bill.status for bill in shop.bills(subscription)] == ["paid", "draft"]
    shop.standin.advance(to=end + 3600)
    first, second = shop.bills(subscription)
    assert (first.billing_reason, second.billing_reason) == ("subscription_create", "subscription_cycle")
    assert second.status == "paid"
    assert shop.period(subscription)[0] == end


def test_periods_keep_to_the_day_of_the_month(shop: Shop):
    shop.standin.advance(to=int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()))
    subscription = shop.join()
    days = []
    for _ in range(3):
        _, end = shop.period(subscription)
        days.append(f"{datetime.fromtimestamp(end, UTC):%d %b}")
        shop.standin.advance(to=end + 7200)
    assert days == ["28 Feb", "31 Mar", "30 Apr"]


def test_a_trial_without_a_card_is_announced_and_ends(shop: Shop):
    subscription = shop.join(
        None,
        payment_method_collection="if_required",
        subscription_data={
            "trial_period_days": 14,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        },
    )
    shop.standin.advance(days=11.5)
    assert shop.types().count("customer.subscription.trial_will_end") == 1
    shop.standin.advance(days=3)
    assert shop.subscription(subscription).status == "canceled"
    assert [bill.total for bill in shop.bills(subscription)] == [0]


def test_a_trial_may_pause_and_go_on_when_there_is_a_card(shop: Shop):
    subscription = shop.join(
        None,
        payment_method_collection="if_required",
        subscription_data={
            "trial_period_days": 7,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
        },
    )
    shop.standin.advance(days=8)
    found = shop.subscription(subscription)
    assert found.status == "paused"
    assert found.status_details.paused.subscription.type == "trial_end_without_payment_method"
    shop.standin.set_card(shop.anna, "4242")
    shop.v1.subscriptions.resume(subscription, {"payment_behavior": "resume_on_payment_success"})
    assert shop.subscription(subscription).status == "active"
    assert [bill.total for bill in shop.bills(subscription)] == [0, 500]


def test_a_trial_with_a_card_becomes_paid(shop: Shop):
    subscription = shop.join(subscription_data={"trial_period_days": 7})
    shop.standin.advance(days=8)
    assert shop.subscription(subscription).status == "active"
    assert [bill.total for bill in shop.bills(subscription)] == [0, 500]


def test_a_failed_renewal_is_past_due_and_paid_by_a_later_try(shop: Shop):
    subscription = shop.join("0341")
    shop.standin.advance(days=MONTH)
    assert shop.subscription(subscription).status == "past_due"
    assert "invoice.payment_failed" in shop.types()
    bill = shop.bills(subscription)[-1]
    assert (bill.attempt_count, bill.next_payment_attempt is not None) == (1, True)
    shop.standin.set_card(shop.anna, "4242")
    shop.standin.advance(to=bill.next_payment_attempt)
    assert (shop.subscription(subscription).status, shop.bills(subscription)[-1].status) == ("active", "paid")


def test_who_never_pays_is_cancelled_after_the_last_try(shop: Shop):
    subscription = shop.join("0341")
    shop.standin.advance(days=MONTH + 15)
    found = shop.subscription(subscription)
    assert (found.status, found.cancellation_details.reason) == ("canceled", "payment_failed")
    assert shop.bills(subscription)[-1].attempt_count == 7
    shop.standin.advance(days=MONTH)
    assert len(shop.bills(subscription)) == 2


def test_a_renewal_that_asks_for_3d_secure_waits_for_the_customer(shop: Shop):
    subscription = shop.join("3184")
    shop.standin.advance(days=MONTH)
    assert "invoice.payment_action_required" in shop.types()
    bill = shop.bills(subscription)[-1]
    page = shop.standin.open(bill.hosted_invoice_url).page
    assert [link.text for link in page.all("a")] == ["Confirm payment"]
    shop.standin.send(
        shop.standin.open(page.all("a")[0]["href"]).page.all("form")[0]["action"], bank_form(shop, page)
    )
    assert shop.subscription(subscription).status == "active"


def bank_form(shop: Shop, page) -> dict[str, str]:
    """What the bank's page sends when she confirms."""
    return shop.standin._form(shop.standin.open(page.all("a")[0]["href"]).page, "complete")


def test_it_ends_with_its_period_unless_she_keeps_it(shop: Shop):
    subscription = shop.join()
    _, end = shop.period(subscription)
    ending = shop.v1.subscriptions.update(
        subscription, {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive"}}
    )
    assert (ending.cancel_at, ending.cancel_at_period_end) == (end, True)
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        shop.v1.invoices.create_preview({"customer": shop.anna, "subscription": subscription})
    kept = shop.v1.subscriptions.update(subscription, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at) == (None, None)
    shop.v1.subscriptions.update(subscription, {"cancel_at": "min_period_end"})
    shop.standin.advance(to=end)
    over = shop.subscription(subscription)
    assert (over.status, over.ended_at, len(shop.bills(subscription))) == ("canceled", end, 1)
    assert shop.types()[-1] == "customer.subscription.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        shop.v1.subscriptions.cancel(subscription)
    with pytest.raises(stripe.InvalidRequestError, match="A canceled subscription"):
        shop.v1.subscriptions.update(subscription, {"cancel_at_period_end": False})


def test_cancelling_now_ends_it_now(shop: Shop):
    subscription = shop.join()
    over = shop.v1.subscriptions.cancel(subscription, {"cancellation_details": {"comment": "bye"}})
    assert (over.status, over.cancellation_details.comment) == ("canceled", "bye")
    assert not shop.v1.subscriptions.list({"customer": shop.anna}).data
    assert [
        one.id for one in shop.v1.subscriptions.list({"status": "all", "limit": 1}).auto_paging_iter()
    ] == [over.id]


def test_a_pause_stops_bills_and_resuming_takes_payment_first(shop: Shop):
    subscription = shop.join()
    paused = shop.v1.subscriptions.pause(subscription, {"bill_for": {"unused_time_from": {"type": "none"}}})
    assert (paused.status, paused.status_details.paused.subscription.type) == ("paused", "pause_requested")
    shop.standin.advance(days=3 * MONTH)
    assert len(shop.bills(subscription)) == 1
    shop.standin.set_card(shop.anna, "0341")
    again = {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"}
    assert shop.v1.subscriptions.resume(subscription, again).status == "paused"
    shop.standin.pay_invoice(shop.bills(subscription)[-1].id)
    assert shop.subscription(subscription).status == "active"
    assert shop.types().count("customer.subscription.resumed") == 1
    start, _ = shop.period(subscription)
    assert start == shop.standin.now() or shop.standin.now() - start < 60


def test_a_pause_in_the_dashboard_leaves_it_active_and_voids_its_bills(shop: Shop):
    subscription = shop.join()
    until = shop.standin.now() + 40 * DAY
    shop.v1.subscriptions.update(
        subscription, {"pause_collection": {"behavior": "void", "resumes_at": until}}
    )
    shop.standin.advance(days=MONTH)
    assert (shop.subscription(subscription).status, shop.bills(subscription)[-1].status) == ("active", "void")
    shop.standin.advance(to=until)
    assert shop.subscription(subscription).pause_collection is None
    shop.v1.subscriptions.update(subscription, {"pause_collection": {"behavior": "keep_as_draft"}})
    shop.v1.subscriptions.update(subscription, {"pause_collection": ""})
    assert shop.subscription(subscription).pause_collection is None


def test_deleting_a_customer_ends_her_subscriptions(shop: Shop):
    subscription = shop.join()
    shop.v1.customers.delete(shop.anna)
    assert shop.subscription(subscription).status == "canceled"
    assert {"customer.deleted", "customer.subscription.deleted"} <= set(shop.types())


def test_a_subscription_made_by_the_api_may_be_left_incomplete(shop: Shop):
    params = {"customer": shop.anna, "items": [{"price": shop.gold}]}
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        shop.v1.subscriptions.create(params)
    left = shop.v1.subscriptions.create(
        params | {"payment_behavior": "default_incomplete", "expand": ["latest_invoice.confirmation_secret"]}
    )
    assert left.status == "incomplete"
    assert left.latest_invoice.confirmation_secret.client_secret.startswith("pi_")
    method = shop.v1.payment_methods.attach("pm_card_visa", {"customer": shop.anna})
    shop.v1.invoices.pay(left.latest_invoice.id, {"payment_method": method.id})
    assert shop.subscription(left.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        shop.v1.invoices.pay(left.latest_invoice.id)
    forgotten = shop.v1.subscriptions.create(params | {"payment_behavior": "default_incomplete"})
    shop.standin.advance(days=1)
    assert shop.subscription(forgotten.id).status == "incomplete_expired"


def test_a_bill_that_cannot_be_paid_is_a_card_error_and_stays_open(shop: Shop):
    subscription = shop.join("0341")
    shop.standin.advance(days=MONTH)
    bill = shop.bills(subscription)[-1]
    with pytest.raises(stripe.CardError) as refused:
        shop.v1.invoices.pay(bill.id)
    assert refused.value.code == "card_declined"
    assert shop.v1.invoices.retrieve(bill.id).attempt_count == bill.attempt_count + 1
    shop.v1.invoices.void_invoice(bill.id)
    assert shop.v1.invoices.retrieve(bill.id).status == "void"


def test_a_test_clock_drives_the_one_clock(shop: Shop):
    clock = shop.v1.test_helpers.test_clocks.create({"frozen_time": shop.standin.now() + 60})
    subscription = shop.join()
    shop.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": shop.standin.now() + MONTH * DAY})
    assert len(shop.bills(subscription)) == 2
