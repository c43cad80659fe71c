"""Withdrawing where bills were paid of which nobody has told yet: all of it goes back, and the page says how much."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing.shop import Desk
from tests.billing.test_withdrawing import live, operations, refunded
from tests.page import Element


def by_year(desk: Desk) -> Element:
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="plus-yearly")
    return desk.visit.submit("Pay £27.00 and change now")


def money_back(desk: Desk, pounds: str) -> None:
    """All of it is at Stripe, and her page and her mail say as much."""
    desk.tell()
    assert (sum(refunded(desk)), live(desk)) == (int(pounds.replace(".", "")), ["canceled"])
    assert [op.state for op in operations()] == ["done"]
    assert f"£{pounds} was paid back" in desk.mail("Plus has ended")


@pytest.mark.both_engines
def test_a_change_whose_answer_was_lost_is_in_the_amount(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("lost", "/v1/subscriptions/*", method="POST")
    by_year(desk)
    assert "£30.00, all that you paid" in desk.visit.open("/membership/withdraw").text
    desk.visit.submit("Withdraw and get £30.00 back")
    money_back(desk, "30.00")


def test_a_change_that_her_bank_let_through_and_nobody_told_of_is_in_the_amount(desk):
    desk.join()
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    by_year(desk)
    desk.tell()
    desk.visit.open("/membership/withdraw")
    (bill,) = desk.at_stripe("invoices", status="open")
    desk.stripe.pay_invoice(bill.id, "4242")
    page = desk.visit.submit("Withdraw and get £3.00 back")
    assert "The amount has changed. Nothing was done" in page.text
    assert (refunded(desk), live(desk)) == ([], ["active"])
    desk.visit.submit("Withdraw and get £30.00 back")
    money_back(desk, "30.00")


def test_a_change_that_waits_for_her_bank_is_never_paid_and_stands_in_nobodys_way(desk):
    desk.join()
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    by_year(desk)
    desk.visit.open("/membership/withdraw")
    desk.visit.submit("Withdraw and get £3.00 back")
    money_back(desk, "3.00")
    assert sorted(one.status for one in desk.at_stripe("invoices")) == ["paid", "void"]


@pytest.mark.both_engines
def test_where_stripe_is_silent_all_that_was_paid_goes_back_once_it_answers(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("lost", "/v1/subscriptions/*", method="POST")
    by_year(desk)
    desk.stripe.fault("500", "*", times=10_000)
    desk.visit.open("/membership/withdraw")
    desk.visit.submit("Withdraw and get £3.00 back")
    assert "You withdrew." in desk.visit.open("/membership").text
    desk.stripe.heal()
    for _ in range(4):
        desk.clock.shift(timedelta(minutes=5))
        billing.work_off(clock.now())
    money_back(desk, "30.00")
