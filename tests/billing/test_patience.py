"""Where Stripe has too many requests, work in the background waits a little and asks again; no page waits."""

import pytest

from portal import billing, clock
from portal.billing import gateway, patience
from tests.billing.shop import Desk

LISTS = ("/v1/events", "/v1/subscriptions", "/v1/invoices", "/v1/refunds", "/v1/disputes")


@pytest.fixture
def waited(desk: Desk, monkeypatch) -> list[float]:
    """The seconds that were waited, with the portal's own way to Stripe in place."""
    seconds: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", seconds.append)
    desk.pay(desk.choose())
    desk.stripe.drop()
    gateway._made.cache_clear()
    return seconds


@pytest.mark.parametrize("path", [*LISTS, "/v1/invoice_payments"])
def test_too_many_requests_do_not_end_the_comparison(desk: Desk, waited: list[float], path: str):
    v1 = desk.stripe.bare_client().v1
    v1.refunds.create({"payment_intent": desk.at_stripe("payment_intents")[0].id, "amount": 100})
    desk.stripe.fault("429", path, times=3)
    report = billing.reconcile(clock.now(), everything=True)
    assert (report.compared, desk.status()) == (1, "active")
    assert waited == list(patience.WAITS)


def test_where_it_stays_too_much_the_comparison_is_left_for_later(desk: Desk, waited: list[float]):
    desk.stripe.fault("429", "/v1/subscriptions", times=4)
    with pytest.raises(billing.Unavailable):
        billing.reconcile(clock.now(), everything=True)
    assert waited == list(patience.WAITS)
    assert billing.reconcile(clock.now(), everything=True).compared == 1


def test_a_page_does_not_wait(desk: Desk, waited: list[float]):
    desk.stripe.fault("429", "/v1/checkout/sessions/*", times=1)
    session = desk.at_stripe("checkout.sessions")[0].id
    page = desk.visit.open(f"/billing/return?session_id={session}")
    assert "Confirming your payment" in page.text
    assert waited == []
