"""A cheaper plan that is planned, and a dearer one beside it that comes to nothing: what was planned comes all the
same."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.in_vain import on_the_eve, refunds
from tests.billing.pages import bills, choose, operations, words
from tests.billing.shop import Desk


def planned(desk: Desk, **prices: str) -> None:
    """Platinum by month, and Gold from 10 July on."""
    shelf.fill(clock.now(), **prices)
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    assert desk.subscription().next_plan == "gold-monthly"


def upgrade(desk: Desk) -> None:
    """Look at Platinum by year, and pay."""
    page = choose(desk, "platinum-yearly")
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))


@pytest.mark.both_engines
def test_a_dearer_plan_that_is_given_up_leaves_what_was_planned(desk):
    planned(desk)
    page = choose(desk, "platinum-yearly")
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST", times=10_000)
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    for _ in range(5):
        desk.clock.shift(timedelta(minutes=20))
        billing.work_off(clock.now())
    desk.stripe.heal()
    assert operations("change") == ["failed"]
    desk.clock.shift(timedelta(hours=5))
    billing.work_off(clock.now())
    desk.tell()
    assert desk.subscription().next_plan == "gold-monthly"
    desk.pass_time(days=31)
    desk.tell()
    assert bills(desk) == [("paid", 500), ("paid", 1500)]


def unpaid_over_the_renewal(desk: Desk) -> None:
    """On the eve of 10 July her bank asks her to confirm the payment for Platinum by year, and she never does."""
    on_the_eve(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    upgrade(desk)
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    for _ in range(8):
        desk.clock.shift(timedelta(hours=6))
        desk.stripe.advance(to=int(clock.now().timestamp()))
        desk.tell()
        billing.work_off(clock.now())


@pytest.mark.both_engines
def test_what_the_renewal_took_meanwhile_beyond_what_was_planned_goes_back(desk):
    planned(desk)
    unpaid_over_the_renewal(desk)
    assert (operations("change"), refunds(desk)) == (["abandoned"], [1000])
    assert desk.subscription().next_plan == "gold-monthly"
    assert "Your plan changes to Gold on 10 August 2026." in desk.mail(
        "£10.00 was paid back for your change to Gold"
    )


def test_what_cannot_be_planned_again_is_told_by_mail(desk):
    planned(desk)
    for price in desk.at_stripe("prices"):
        if price.unit_amount == 500 and price.recurring.interval == "month":
            desk.stripe.bare_client().v1.prices.update(price.id, {"active": False})
    desk.clock.shift(timedelta(days=3))
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    upgrade(desk)
    desk.tell()
    desk.pass_time(hours=25)
    desk.tell()
    billing.work_off(clock.now())
    assert (operations("later"), desk.mails("plan_not_done")) == (["done", "failed"], 1)
    mail = desk.mail("Platinum: what you asked for was not done")
    assert "You asked for another plan on 10 June 2026." in mail


@pytest.mark.both_engines
@pytest.mark.parametrize("fault", [None, "lost"])
def test_a_dearer_plan_that_she_left_as_it_was_leaves_what_was_planned(desk, fault):
    planned(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    upgrade(desk)
    desk.tell()
    if fault is not None:
        desk.stripe.fault(fault, "/v1/invoices/*/void", method="POST")
    desk.visit.open("/membership")
    desk.visit.submit("Leave it as it is")
    for _ in range(3):
        desk.tell()
        desk.clock.shift(timedelta(minutes=2))
        billing.work_off(clock.now())
    assert (operations("change"), operations("stay")) == (["abandoned"], ["done"])
    assert desk.subscription().next_plan == "gold-monthly"


def test_the_page_of_a_dearer_plan_says_that_what_is_planned_falls_away(desk):
    planned(desk)
    falls = "The change to Gold that was planned falls away."
    assert falls in words(choose(desk, "platinum-yearly"))
    assert falls not in words(choose(desk, "gold-monthly")), "it is this one"
