"""What a bill comes to, as scripts: discounts, another price, too little for a card, what begins a period."""

from typing import Any

from tests.live.side import HOUR, PREFIX, Side, discount_of, item, period
from tests.stripe_standin import DAY


def too_little_for_a_card(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(20))
    bill = side.subscription(made.id).latest_invoice
    assert (made.status, bill.status, bill.total, bill.amount_due) == ("active", "paid", 20, 0)
    assert side.v1.customers.retrieve(anna).balance == 20
    assert side.v1.invoices.create_preview({"subscription": made.id}).amount_due == 40, (
        "what is open is in it"
    )
    side.v1.customers.update(anna, {"balance": 0})
    assert side.v1.customers.retrieve(anna).balance == 0


def what_a_bill_takes_of_a_balance(side: Side) -> None:
    anna = side.customer()
    side.v1.customers.update(anna, {"balance": -200})
    made = side.subscribe(anna, side.price(500))
    bill = side.subscription(made.id).latest_invoice
    assert (bill.starting_balance, bill.ending_balance, bill.amount_due) == (-200, 0, 300)
    balance = side.v1.customers.balance_transactions
    given = {"amount": -200, "currency": "gbp", "metadata": {"refund": bill.id}}
    for _ in range(2):
        balance.create(anna, given, {"idempotency_key": f"{PREFIX}:{bill.id}"})
    assert side.v1.customers.retrieve(anna).balance == -200
    listed = [one for one in balance.list(anna, {"limit": 100}).data if one.type == "adjustment"]
    assert [one.metadata.to_dict() for one in listed].count({"refund": bill.id}) == 1
    assert side.v1.invoices.create_preview({"subscription": made.id}).amount_due == 300


def discount_of_the_next_bill(side: Side) -> None:
    twice = side.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 2}).id
    once = side.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    side.later(lambda: side.v1.coupons.delete(twice))
    side.later(lambda: side.v1.coupons.delete(once))
    anna, price = side.customer(), side.price(500)

    def due(subscription: str) -> int:
        return int(side.v1.invoices.create_preview({"subscription": subscription}).amount_due)

    made = side.subscribe(anna, price, discounts=[{"coupon": twice}])
    tried = side.subscribe(
        side.customer(), price, discounts=[{"coupon": once}], trial_end=side.now + 14 * DAY
    )
    assert (made.latest_invoice is not None, due(made.id), due(tried.id)) == (True, 250, 250)
    side.advance(period(made)[1] + 2 * HOUR)
    assert [one.amount_paid for one in side.bills(made.id)] == [250, 250]
    assert [one.amount_paid for one in side.bills(tried.id)] == [0, 250]
    assert (due(made.id), due(tried.id)) == (500, 500)


def next_bill_at_another_price(side: Side) -> None:
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    anna = side.customer()
    made = side.subscribe(anna, side.price(1500), discounts=[{"coupon": half}])
    details = {"items": [{"id": item(made), "price": side.price(500)}], "proration_behavior": "none"}
    shown = side.v1.invoices.create_preview(
        {"customer": anna, "subscription": made.id, "subscription_details": details}
    )
    assert (shown.amount_due, len(shown.lines.data)) == (250, 1)


def whole_period_with_named_discounts(side: Side) -> None:
    half = side.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    side.later(lambda: side.v1.coupons.delete(half))
    anna, platinum, gold = side.customer(), side.price(1500), side.price(500)
    made = side.subscribe(anna, platinum, discounts=[{"coupon": half}])

    def whole(price: str, **more: Any) -> int:
        details = {"items": [{"id": item(made), "price": price}], "proration_behavior": "none"}
        asked = {"customer": anna, "subscription": made.id, "subscription_details": details} | more
        return int(side.v1.invoices.create_preview(asked).total)

    named = [{"discount": discount_of(side, made.id).id}]
    yearly = side.price(5000, "year")
    assert (whole(yearly, discounts=""), whole(yearly, discounts=named)) == (5000, 2500)
    assert whole(gold, discounts="") == 500
    schedule = side.v1.subscription_schedules.create({"from_subscription": made.id})
    start, end = schedule.current_phase.start_date, schedule.current_phase.end_date
    first = {"items": [{"price": platinum, "quantity": 1}], "start_date": start, "end_date": end}
    then = {"items": [{"price": gold, "quantity": 1}], "duration": {"interval": "month"}}
    phases = [one | {"discounts": named, "proration_behavior": "none"} for one in (first, then)]
    side.v1.subscription_schedules.update(schedule.id, {"end_behavior": "release", "phases": phases})
    assert whole(platinum) == 750


def lines_of(bill: Any) -> list[tuple[bool, bool]]:
    """Of each line of a bill whether it is a proration, and whether it is below zero."""
    found = []
    for line in bill.lines.data:
        of = line.parent.subscription_item_details or line.parent.invoice_item_details
        found.append((of.proration, line.amount < 0))
    return sorted(found)


def what_begins_a_period(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    assert lines_of(side.bills(made.id)[0]) == [(False, False)]
    gold = {"id": item(made), "price": side.price(1000)}
    side.v1.subscriptions.update(made.id, {"items": [gold], "proration_behavior": "always_invoice"})
    assert lines_of(side.bills(made.id)[1]) == [(True, False), (True, True)]
    side.advance(period(made)[1] + 2 * 3600)
    assert lines_of(side.bills(made.id)[2]) == [(False, False)]
    yearly = {"id": item(made), "price": side.price(9000, "year")}
    side.v1.subscriptions.update(made.id, {"items": [yearly], "proration_behavior": "always_invoice"})
    assert lines_of(side.bills(made.id)[3]) == [(False, False), (True, True)]
    side.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    side.advance(side.now + DAY)
    anew = {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"}
    side.v1.subscriptions.resume(made.id, anew)
    last = side.bills(made.id)[4]
    assert lines_of(last) == [(False, False)]
    assert last.lines.data[0].period.end == period(side.subscription(made.id))[1]
