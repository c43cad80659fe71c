"""What renews is paid by every way that is switched on: who pays without a card has what she paid for."""

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.test_promotion import paid, renew, words


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("way", "shown"), [("link", "Link"), ("3201", "SEPA Direct Debit, account ending in 3201")]
)
def test_who_pays_without_a_card_has_the_plan_and_is_told_how_it_is_paid(desk, way, shown):
    shelf.fill(clock.now())
    page = desk.join("gold-monthly", way)
    assert "Gold is yours" in page.text
    desk.tell()
    assert desk.perks()
    assert f"Paid with {shown}" in words(desk, "/membership")
    desk.visit.open("/membership/change")
    page = desk.visit.submit("See what it costs", plan="platinum-monthly")
    assert f"It is paid with {shown}. If your bank asks" in " ".join(page.text.split())
    renew(desk)
    assert paid(desk) == [500, 500]
    assert not billing.reconcile(clock.now(), everything=True).drift


def test_what_has_no_name_that_people_know_is_not_named(desk):
    desk.join("plus-monthly", "link")
    method = desk.at_stripe("subscriptions")[0].default_payment_method
    desk.stripe.patch(method, type="of_next_year")
    desk.tell()
    assert desk.perks()
    assert "Paid with" not in words(desk, "/membership")
