"""Changes of plan, as scripts: at once, waiting for their payment, and planned by a schedule."""

from typing import Any

from tests.live.side import HOUR, Side, discount_of, item, period, price_of
from tests.stripe_standin import DAY

ROUNDING = 1  # minor units by which a proration may be off


def prorations_by_the_second(side: Side) -> None:
    gold, platinum = side.price(1000), side.price(3000)
    anna = side.customer()
    made = side.subscribe(anna, gold)
    start, end = period(made)
    at = start + (end - start) // 3
    side.advance(at)
    change = {
        "items": [{"id": item(made), "price": platinum}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    preview = side.v1.invoices.create_preview(
        {"customer": anna, "subscription": made.id, "subscription_details": change}
    )
    credit, charge = sorted(line.amount for line in preview.lines.data)
    left = (end - at) / (end - start)
    assert abs(credit + 1000 * left) <= ROUNDING
    assert abs(charge - 3000 * left) <= ROUNDING
    assert preview.amount_due == credit + charge
    side.v1.subscriptions.update(made.id, change | {"payment_behavior": "pending_if_incomplete"})
    now = side.subscription(made.id)
    bill = now.latest_invoice
    assert (bill.status, bill.amount_paid, bill.billing_reason) == (
        "paid",
        preview.amount_due,
        "subscription_update",
    )
    assert (price_of(now), period(now)) == (platinum, (start, end))


def another_interval(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    side.advance(side.now + 5 * DAY)
    yearly = side.price(5000, "year")
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": yearly}], "proration_behavior": "none"}
    )
    now = side.subscription(made.id)
    assert period(now)[0] - side.now in range(HOUR)
    assert (now.latest_invoice.status, now.latest_invoice.total) == ("paid", 5000)


def bill_below_zero(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(3000))
    side.advance(side.now + 10 * DAY)
    gold = side.price(1000)
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": gold}], "proration_behavior": "always_invoice"}
    )
    bill = side.subscription(made.id).latest_invoice
    assert bill.total < 0
    assert (bill.status, bill.amount_due) == ("paid", 0)
    assert side.v1.customers.retrieve(anna).balance == bill.total
    side.advance(period(made)[1] + 2 * HOUR)
    after = side.subscription(made.id).latest_invoice
    assert (after.status, after.amount_due) == ("paid", max(0, 1000 + bill.total))


def change_waits(side: Side) -> None:
    anna, gold = side.customer(), side.price(500)
    made = side.subscribe(anna, gold)
    side.new_card(anna, "pm_card_chargeCustomerFail")
    change = {
        "items": [{"id": item(made), "price": side.price(1500)}],
        "proration_behavior": "always_invoice",
    }
    side.v1.subscriptions.update(made.id, change | {"payment_behavior": "pending_if_incomplete"})
    now = side.subscription(made.id)
    assert (now.status, price_of(now), now.latest_invoice.status) == ("active", gold, "open")
    assert now.pending_update.expires_at > side.now
    side.v1.invoices.void_invoice(now.latest_invoice.id)
    after = side.subscription(made.id)
    assert (after.pending_update, price_of(after), after.status) == (None, gold, "active")


def schedule(side: Side) -> None:
    platinum, gold = side.price(1500), side.price(500)
    made = side.subscribe(side.customer(), platinum)
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    assert side.subscription(made.id).schedule == schedule.id
    first = {
        "items": [{"price": platinum, "quantity": 1}], "start_date": schedule.current_phase.start_date,
        "end_date": schedule.current_phase.end_date, "proration_behavior": "none",
    }  # fmt: skip
    then = {
        "items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"}, "proration_behavior": "none",
    }  # fmt: skip
    side.v1.subscription_schedules.update(
        schedule.id, {"end_behavior": "release", "proration_behavior": "none", "phases": [first, then]}
    )
    assert price_of(side.subscription(made.id)) == platinum
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (price_of(now), now.latest_invoice.status, now.latest_invoice.total) == (gold, "paid", 500)
    assert len(now.latest_invoice.lines.data) == 1


def schedule_names_its_discounts(side: Side) -> None:
    half = side.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 3}).id
    side.later(lambda: side.v1.coupons.delete(half))
    platinum, gold = side.price(1500), side.price(500)

    def planned(named: bool) -> Any:
        made = side.subscribe(side.customer(), platinum, discounts=[{"coupon": half}])
        schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
        first: dict[str, Any] = {
            "items": [{"price": platinum, "quantity": 1}], "start_date": schedule.current_phase.start_date,
            "end_date": schedule.current_phase.end_date, "proration_behavior": "none",
        }  # fmt: skip
        then: dict[str, Any] = {
            "items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"},
            "proration_behavior": "none",
        }  # fmt: skip
        if named:
            first["discounts"] = then["discounts"] = [{"discount": discount_of(side, made.id).id}]
        side.v1.subscription_schedules.update(
            schedule.id, {"end_behavior": "release", "phases": [first, then]}
        )
        return made

    kept, dropped = planned(True), planned(False)
    ends = discount_of(side, kept.id).end
    assert side.v1.invoices.create_preview({"subscription": kept.id}).amount_due == 250
    side.advance(period(kept)[1] + 2 * HOUR)
    assert [one.amount_paid for one in side.bills(kept.id)] == [750, 250]
    assert discount_of(side, kept.id).end == ends
    assert [one.amount_paid for one in side.bills(dropped.id)] == [750, 500]


def schedule_released(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    assert side.v1.subscription_schedules.release(schedule.id).status == "released"
    now = side.subscription(made.id)
    assert (now.schedule, now.status, price_of(now)) == (None, "active", price_of(made))


def trial_keeps_its_end(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500), trial_period_days=14)
    yearly = side.price(5000, "year")
    side.v1.subscriptions.update(
        made.id, {"items": [{"id": item(made), "price": yearly}], "proration_behavior": "none"}
    )
    now = side.subscription(made.id)
    assert (now.status, now.trial_end, price_of(now)) == ("trialing", made.trial_end, yearly)
    assert sum(bill.amount_due for bill in side.bills(made.id)) == 0
