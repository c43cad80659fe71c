"""A subscription's life on the stand-in's clock: renewals, trials, failed cards, changes, pauses, refunds, disputes."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.sandbox.conftest import Shop

MONTH = 31
DAY = 86_400


@pytest.fixture
def on_the_15th(shop: Shop) -> Shop:
    """The shop at noon of 15 January 2027: the period has 31 days."""
    shop.standin.advance(to=int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()))
    return shop


def period(shop: Shop, subscription: str) -> tuple[int, int]:
    """Its present period."""
    item = shop.subscription(subscription)["items"].data[0]
    return item.current_period_start, item.current_period_end


def item_of(shop: Shop, subscription: str) -> str:
    """The id of its one item."""
    return str(shop.subscription(subscription)["items"].data[0].id)


def test_a_renewal_is_a_draft_for_an_hour_and_then_paid(shop: Shop):
    subscription = shop.join()
    _, end = period(shop, subscription)
    shop.standin.advance(to=end)
    assert [bill.status for bill in shop.bills(subscription)] == ["paid", "draft"]
    shop.standin.advance(to=end + 3600)
    first, second = shop.bills(subscription)
    assert (first.billing_reason, second.billing_reason) == ("subscription_create", "subscription_cycle")
    assert second.status == "paid"
    assert period(shop, subscription)[0] == end


def test_periods_keep_to_the_day_of_the_month(shop: Shop):
    shop.standin.advance(to=int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()))
    subscription = shop.join()
    days = []
    for _ in range(3):
        _, end = period(shop, subscription)
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


def test_an_upgrade_costs_what_the_preview_said(on_the_15th: Shop):
    shop = on_the_15th
    subscription = shop.join()
    platinum = shop.price("platinum-month", 1500, "month")
    start, end = period(shop, subscription)
    at = shop.standin.advance(to=start + (end - start) // 2)
    change = {
        "items": [{"id": item_of(shop, subscription), "price": platinum}],
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
    assert period(shop, subscription) == (start, end)
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
            "items": [{"id": item_of(shop, subscription), "price": platinum}],
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
            "items": [
                {"id": item_of(shop, subscription), "price": shop.price("platinum-month", 1500, "month")}
            ],
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
        "items": [{"id": item_of(shop, subscription), "price": shop.price("platinum-month", 1500, "month")}],
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
    start, end = period(shop, subscription)
    shop.standin.advance(to=start + (end - start) // 2)
    platinum = shop.price("platinum-month", 1500, "month")
    change = [{"id": item_of(shop, subscription), "price": platinum}]
    shop.v1.subscriptions.update(subscription, {"items": change})
    assert len(shop.bills(subscription)) == 1
    preview = shop.v1.invoices.create_preview({"customer": shop.anna, "subscription": subscription})
    shop.standin.advance(to=end + 7200)
    assert shop.bills(subscription)[-1].total == preview.total == 1500 + 500


def test_from_month_to_year_a_whole_year_begins_now(shop: Shop):
    subscription = shop.join()
    yearly = shop.price("gold-year", 5000, "year")
    change = {
        "items": [{"id": item_of(shop, subscription), "price": yearly}],
        "proration_behavior": "always_invoice",
    }
    changed = shop.v1.subscriptions.update(subscription, change | {"expand": ["latest_invoice"]})
    start, end = period(shop, subscription)
    assert 365 <= (end - start) / DAY <= 366
    assert abs(changed.latest_invoice.total - 4500) <= 1


def test_less_than_nothing_due_is_kept_for_the_customer(shop: Shop):
    platinum = shop.price("platinum-month", 1500, "month")
    subscription = shop.join(price=platinum)
    change = {
        "items": [{"id": item_of(shop, subscription), "price": shop.gold}],
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
    start, end = period(shop, subscription)
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
    start, end = period(shop, subscription)
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
    assert 28 <= (period(shop, subscription)[1] - end) / DAY <= 31


def test_it_ends_with_its_period_unless_she_keeps_it(shop: Shop):
    subscription = shop.join()
    _, end = period(shop, subscription)
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
    start, _ = period(shop, subscription)
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


def test_refunds_in_part_and_in_whole(shop: Shop):
    subscription = shop.join()
    payment = shop.v1.invoice_payments.list(
        {"invoice": shop.bills(subscription)[0].id, "status": "paid"}
    ).data[0]
    intent = payment.payment.payment_intent
    key = {"idempotency_key": "refund:1"}
    first = shop.v1.refunds.create(
        {"payment_intent": intent, "amount": 200, "reason": "requested_by_customer"}, key
    )
    assert shop.v1.refunds.retrieve(first.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        shop.v1.refunds.create({"payment_intent": intent, "amount": 301})
    shop.v1.refunds.create({"payment_intent": intent})
    charge = shop.v1.charges.retrieve(first.charge, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, len(charge.refunds.data)) == (True, 500, 2)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert shop.types().count("charge.refunded") == 2


def test_refunds_and_disputes_are_listed_from_a_moment_on_and_by_payment(shop: Shop):
    first = shop.v1.invoice_payments.list({"invoice": shop.bills(shop.join())[0].id}).data[0]
    refund = shop.v1.refunds.create({"payment_intent": first.payment.payment_intent}).id
    then = shop.standin.advance(days=1)
    second = shop.v1.invoice_payments.list({"invoice": shop.bills(shop.join())[0].id}).data[0]
    dispute = shop.standin.dispute(second.payment.payment_intent)
    opened = shop.v1.disputes.retrieve(dispute).created
    for since, refunds, disputes in ((0, [refund], [dispute]), (then, [], [dispute]), (opened + 1, [], [])):
        asked = {"created": {"gte": since}}
        assert [one.id for one in shop.v1.refunds.list(asked).data] == refunds
        assert [one.id for one in shop.v1.disputes.list(asked).data] == disputes
    of_first = {"payment_intent": first.payment.payment_intent}
    assert [one.id for one in shop.v1.refunds.list(of_first).data] == [refund]
    assert not shop.v1.disputes.list(of_first).data


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_opened_and_closed(shop: Shop, outcome: str):
    subscription = shop.join()
    payment = shop.v1.invoice_payments.list({"invoice": shop.bills(subscription)[0].id}).data[0]
    dispute = shop.standin.dispute(payment.payment.payment_intent)
    assert shop.v1.disputes.retrieve(dispute, {"expand": ["payment_intent"]}).payment_intent.amount == 500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"payment_intent": payment.payment.payment_intent})
    assert refused.value.code == "charge_disputed"
    shop.standin.close_dispute(dispute, outcome)
    assert shop.v1.disputes.retrieve(dispute).status == outcome
    assert [name for name in shop.types() if name in ("charge.dispute.created", "charge.dispute.closed")] == [
        "charge.dispute.created",
        "charge.dispute.closed",
    ]


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
