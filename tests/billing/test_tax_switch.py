"""Stripe works out the tax where the shop has it so, and only there; what is taken stays what the page says."""

import pytest

from tests.billing import giving


@pytest.mark.settings(PORTAL_STRIPE_TAX="1")
def test_tax_is_asked_for_at_checkout_and_stays_on_over_a_change(desk):
    desk.choose("plus-life")
    assert desk.at_stripe("checkout.sessions")[0].automatic_tax.enabled is True
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    assert "Plus is yours" in desk.join("plus-monthly").text
    desk.tell()
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="plus-yearly")
    desk.visit.submit("Pay £27.00 and change now")
    (runs,) = desk.at_stripe("subscriptions")
    assert runs.automatic_tax.enabled is True
    assert sorted(one.amount_paid for one in desk.at_stripe("invoices")) == [300, 2700]


@pytest.mark.settings(PORTAL_STRIPE_TAX="1")
def test_tax_is_asked_for_of_a_gift_too(desk):
    giving.choose(desk)
    assert desk.at_stripe("checkout.sessions")[0].automatic_tax.enabled is True


def test_tax_is_not_asked_for_unless_the_shop_has_it_so(desk):
    desk.choose()
    giving.choose(desk)
    assert [one.automatic_tax.enabled for one in desk.at_stripe("checkout.sessions")] == [False, False]
