"""Renewals, as scripts: paid, declined, and asked about by a bank."""

from tests.live.side import HOUR, Side, payment_of, period


def renewal_is_a_draft(side: Side) -> None:
    made = side.subscribe(side.customer(), side.price(500))
    end = period(made)[1]
    side.advance(end + 600)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status, period(now)[0]) == ("active", "draft", end)
    assert now.latest_invoice.billing_reason == "subscription_cycle"
    side.advance(end + 2 * HOUR)
    bill = side.subscription(made.id).latest_invoice
    assert (bill.status, bill.amount_paid, bill.id) == ("paid", 500, now.latest_invoice.id)


def renewal_fails(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.new_card(anna, "pm_card_chargeCustomerFail")
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    bill = now.latest_invoice
    assert (now.status, bill.status, bill.attempt_count) == ("past_due", "open", 1)
    assert bill.next_payment_attempt > side.now
    side.events(anna, "invoice.payment_failed")
    good = side.new_card(anna, "pm_card_visa")
    side.v1.invoices.pay(bill.id, {"payment_method": good})
    assert side.subscription(made.id).status == "active"


def renewal_asks(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    side.new_card(anna, "pm_card_authenticationRequired")
    side.advance(period(made)[1] + 2 * HOUR)
    now = side.subscription(made.id)
    assert (now.status, now.latest_invoice.status) == ("past_due", "open")
    assert payment_of(side, now.latest_invoice.id).status == "requires_action"
    side.events(anna, "invoice.payment_action_required", "invoice.payment_failed")
