"""Joining, as scripts: the first payment, trials, Checkout."""

import pytest
import stripe

from tests.live.side import HOUR, Side
from tests.stripe_standin import DAY


def told_in_order(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    assert made.status == "active"
    told = side.events(anna, "customer.subscription.created", "invoice.paid", "customer.subscription.updated")
    states = [one.data.object.status for one in told if one.type.startswith("customer.subscription")]
    assert (states[0], states[-1]) == ("incomplete", "active")


def first_payment_fails(side: Side) -> None:
    anna = side.customer("pm_card_chargeCustomerFail")
    made = side.subscribe(anna, side.price(500), payment_behavior="allow_incomplete")
    assert (made.status, side.subscription(made.id).latest_invoice.status) == ("incomplete", "open")


def trial_without_card(side: Side) -> None:
    anna = side.customer(None)
    made = side.subscribe(
        anna,
        side.price(500),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}},
    )
    bill = side.subscription(made.id).latest_invoice
    assert (made.status, bill.status, bill.total) == ("trialing", "paid", 0)
    assert not [one for one in side.v1.events.list({"types": ["customer.subscription.trial_will_end"]}).data
                if one.data.object.id == made.id]  # fmt: skip
    side.advance(made.trial_end - 3 * DAY + HOUR)
    side.events(anna, "customer.subscription.trial_will_end")
    side.advance(made.trial_end + 2 * HOUR)
    assert side.subscription(made.id).status == "canceled"
    assert len(side.bills(made.id)) == 1


def checkout_opens_and_expires(side: Side) -> None:
    anna = side.customer()
    session = side.session(anna, side.price(500), metadata={"op": "x"})
    assert (session.status, session.payment_status, bool(session.url)) == ("open", "unpaid", True)
    listed = side.v1.checkout.sessions.list({"customer": anna, "limit": 100}).data
    assert [one.metadata.to_dict() for one in listed] == [{"op": "x"}]
    assert side.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        side.v1.checkout.sessions.expire(session.id)


def put_away_price(side: Side) -> None:
    anna, price = side.customer(), side.price(500)
    side.v1.prices.update(price, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive") as refused:
        side.session(anna, price)
    assert "price" in (refused.value.param or "")
