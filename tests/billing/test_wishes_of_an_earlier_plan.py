"""What waits for Stripe of a plan that has ended says nothing of the plan that came in its place."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.in_vain import refunds
from tests.billing.pages import bills, choose, operations, words
from tests.billing.shop import Desk


def given_time(desk: Desk, *minutes: int) -> None:
    for one in minutes:
        desk.clock.shift(timedelta(minutes=one))
        desk.stripe.advance(to=int(clock.now().timestamp()))
        billing.work_off(clock.now())
        desk.tell()


def withdraw(desk: Desk) -> None:
    page = desk.visit.open("/membership/withdraw")
    desk.visit.submit([one.spoken_name for one in page.all("button")][-1])
    desk.tell()


@pytest.mark.both_engines
def test_a_new_plan_is_ended_while_the_end_of_the_one_before_it_waits(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.stripe.fault("500", "*", times=10_000)
    desk.visit.submit("End it on 10 July 2026")
    given_time(desk, 2, 3, 6, 16, 65)
    desk.stripe.heal()
    withdraw(desk)
    desk.join("platinum-monthly")
    desk.tell()
    assert operations("end") == ["new"]
    page = desk.visit.open("/membership")
    assert "Next payment £15.00 on 10 July 2026" in words(page)
    assert "You asked for it to end" not in words(page)
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "It ends, and nothing more is charged." in words(page)
    given_time(desk, 800, 800)
    assert operations("end") == ["done", "done"]
    given_time(desk, 45_000)
    assert (bills(desk), refunds(desk)) == ([("paid", 1500), ("paid", 500)], [500])


@pytest.mark.both_engines
def test_a_new_plan_is_changed_while_money_for_the_one_before_it_is_owed(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    desk.stripe.fault("500", "/v1/refunds", method="POST", times=1000)
    withdraw(desk)
    assert "£5.00 goes back to you" in words(desk.visit.open("/membership"))
    desk.join("platinum-monthly")
    desk.tell()
    assert (operations("withdraw"), operations("refund"), refunds(desk)) == (["done"], ["open"], [])
    choose(desk, "platinum-yearly")
    page = desk.visit.submit("Pay £135.00 and change now")
    assert "Platinum is on. You paid £135.00." in words(page)
    desk.stripe.heal()
    given_time(desk, 60)
    assert (operations("refund"), refunds(desk)) == (["done"], [500])
