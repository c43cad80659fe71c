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


@pytest.mark.both_engines
def test_a_card_that_is_left_for_the_customer_alone_is_named_as_soon_as_it_is_told(desk):
    desk.join()
    desk.tell()
    v1, found = desk.stripe.bare_client().v1, desk.at_stripe("subscriptions")[0]
    v1.payment_methods.detach(found.default_payment_method)
    desk.tell("payment_method.detached")
    assert "Paid with" not in words(desk, "/membership"), "nothing is charged to it any more"
    method = v1.payment_methods.attach("pm_card_mastercard", {"customer": found.customer}).id
    v1.customers.update(found.customer, {"invoice_settings": {"default_payment_method": method}})
    desk.tell("customer.updated")
    assert "Paid with Mastercard ending in 4444" in words(desk, "/membership")


def test_a_failed_payment_names_the_card_that_is_asked_again_and_then_the_other_one(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=31, hours=2)
    desk.tell()
    assert "It is tried again with Visa ending in 0341." in words(desk, "/membership")
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4444")
    desk.tell()
    assert "It is tried again with Mastercard ending in 4444." in words(desk, "/membership")


def test_before_going_on_for_money_the_card_is_named(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.pass_time(days=31)
    desk.tell()
    assert "a new month begins with it. It is paid with Visa ending in 4242." in words(desk, "/membership")
