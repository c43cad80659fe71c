"""The payment card is named where it is charged, and nowhere after its plan has ended."""

import pytest

from portal import clock
from tests.billing import shelf
from tests.billing.test_promotion import words


@pytest.mark.both_engines
def test_the_page_of_the_plan_names_the_card_while_something_is_charged(desk):
    desk.join()
    desk.tell()
    assert "Paid with Visa ending in 4242" in words(desk, "/membership")
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    assert "ending in" not in words(desk, "/membership")
    desk.pass_time(days=31)
    desk.tell()
    assert (desk.subscription().status, desk.subscription().card) == ("canceled", None)


def test_another_card_is_named_from_the_next_look_on(desk):
    desk.join()
    desk.tell()
    v1, found = desk.stripe.bare_client().v1, desk.at_stripe("subscriptions")[0]
    method = v1.payment_methods.attach("pm_card_mastercard", {"customer": found.customer}).id
    v1.subscriptions.update(found.id, {"default_payment_method": method})
    desk.tell()
    assert "Paid with Mastercard ending in 4444" in words(desk, "/membership")


def test_a_change_names_the_card_that_it_is_taken_from(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    desk.visit.open("/membership/change")
    page = desk.visit.submit("See what it costs", plan="platinum-monthly")
    assert "It is paid with Visa ending in 4242." in " ".join(page.text.split())
