"""What else is sold to the same customer at Stripe is no plan: nobody is told of it, and nothing of it is ended."""

from datetime import timedelta
from typing import Any

import pytest

from portal import billing, clock, jobs
from tests.billing import shelf
from tests.billing.shop import Desk, everything


def price(desk: Desk, minor: int, **how: Any) -> str:
    v1 = desk.stripe.bare_client().v1
    product = v1.products.create({"name": "Something else"}).id
    return str(v1.prices.create({"product": product, "currency": "gbp", "unit_amount": minor, **how}).id)


def sell_a_mug(desk: Desk) -> None:
    """The same seller's shop sells it to the same customer, with a bill."""
    (customer,) = desk.at_stripe("customers")
    session = desk.stripe.bare_client().v1.checkout.sessions.create({
        "mode": "payment", "customer": customer.id, "line_items": [{"price": price(desk, 1200), "quantity": 1}],
        "success_url": "http://localhost/x", "cancel_url": "http://localhost/y",
        "invoice_creation": {"enabled": True}, "managed_payments": {"enabled": False},
    })  # fmt: skip
    desk.stripe.pay(session.id)


def subscribe(desk: Desk, to: str) -> str:
    """Somebody subscribes the same customer to a price in Stripe's Dashboard."""
    v1 = desk.stripe.bare_client().v1
    (customer,) = desk.at_stripe("customers")
    card = v1.payment_methods.list({"customer": customer.id}).data[0].id
    made = v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": to}], "default_payment_method": card}
    )
    return str(made.id)


@pytest.mark.parametrize("how", ["told", "compared"])
def test_something_that_is_paid_once_is_no_plan_and_ends_none(desk: Desk, how: str) -> None:
    desk.join()
    desk.tell()
    before = everything()
    sell_a_mug(desk)
    if how == "told":
        desk.tell()
    else:
        desk.stripe.drop()
        report = billing.reconcile(clock.now(), everything=True)
        assert (report.drift, report.unread) == ([], [])
    jobs.wake()
    after = everything()
    assert [after[name] for name in ("purchase", "invoice", "billing_operation")] == [
        before[name] for name in ("purchase", "invoice", "billing_operation")
    ]
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt"), desk.mails("plan_ending")) == (1, 1, 0)
    (plan,) = desk.at_stripe("subscriptions")
    assert plan.cancel_at is None


def test_a_mug_that_is_paid_back_moves_nothing_and_alarms_nobody(desk: Desk, caplog: Any) -> None:
    desk.join()
    sell_a_mug(desk)
    desk.tell()
    v1 = desk.stripe.bare_client().v1
    mug = next(one for one in desk.at_stripe("payment_intents") if one.amount == 1200)
    before = everything()
    v1.refunds.create({"payment_intent": mug.id})
    desk.tell()
    assert everything()["invoice"] == before["invoice"]
    assert desk.perks()
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_a_magazine_beside_a_plan_goes_on_and_is_compared_as_nothing(desk: Desk) -> None:
    desk.join()
    desk.tell()
    magazine = subscribe(desk, price(desk, 700, recurring={"interval": "month"}))
    desk.tell()
    report = billing.reconcile(clock.now(), everything=True)
    assert (report.compared, report.drift, report.unread) == (1, [], [])
    assert desk.stripe.bare_client().v1.subscriptions.retrieve(magazine).status == "active"
    assert not desk.at_stripe("refunds")
    assert (desk.subscription().plan, desk.mails("plan_receipt")) == ("plus-monthly", 1)


def test_a_magazine_without_a_plan_is_none_and_a_plan_can_be_joined(desk: Desk) -> None:
    desk.join()
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    subscribe(desk, price(desk, 700, recurring={"interval": "month"}))
    desk.tell()
    jobs.wake()
    assert (desk.status(), desk.mails("plan_joined"), desk.mails("plan_receipt")) == ("ended", 1, 1)
    desk.join()
    assert desk.status() == "active"


@pytest.mark.parametrize("is_sold", [True, False])
def test_a_price_of_ours_is_a_plan_whoever_subscribed_her(desk: Desk, is_sold: bool) -> None:
    desk.join()
    desk.tell()
    ours = desk.at_stripe("subscriptions")[0]["items"].data[0].price.id
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    if not is_sold:
        shelf.fill(clock.now())
    desk.clock.shift(timedelta(minutes=1))
    subscribe(desk, ours)
    desk.tell()
    assert desk.status() == "active"
    assert desk.mails("plan_receipt") == 2
