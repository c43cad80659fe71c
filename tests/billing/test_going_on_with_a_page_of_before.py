"""A page of before says that going on is paid for, and by now it is not: what she has with the shop is not taken."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing.in_vain import heard_too_late, live, pause_in_vain, refunds, work_without_refunds
from tests.billing.pages import bills, operations
from tests.billing.shop import Desk
from tests.billing.test_balance import balance
from tests.home.doors import step_in

BUTTON = "Go on with Plus, nothing to pay"


def with_the_shop(desk: Desk, minor: int) -> None:
    """She has this much with the shop, and it is known."""
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.bare_client().v1.customers.update(customer, {"balance": -minor})
    billing.reconcile(clock.now(), everything=True)


def pass_hours(desk: Desk, **how: float) -> None:
    desk.clock.shift(timedelta(**how))
    desk.stripe.advance(to=int(clock.now().timestamp()))


@pytest.fixture
def last_day(desk) -> Desk:
    """A paused plan, in the last hours of what is paid for, and a page that says so."""
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.tell()
    with_the_shop(desk, 300)
    pass_hours(desk, days=29, hours=13, minutes=20)
    desk.visit = step_in(desk.app)
    desk.visit.open("/membership")
    return desk


@pytest.mark.both_engines
def test_once_the_period_of_the_page_is_over(last_day):
    pass_hours(last_day, hours=1)
    assert "Nothing was charged: look again." in last_day.visit.submit(BUTTON).text
    assert (live(last_day), balance(last_day), len(bills(last_day))) == (["paused"], -300, 1)


def test_while_stripe_is_silent_until_the_period_is_over(last_day):
    last_day.stripe.fault("500", "/v1/subscriptions/*/resume", method="POST", times=10_000)
    last_day.visit.submit(BUTTON)
    last_day.stripe.heal()
    pass_hours(last_day, minutes=50)
    billing.work_off(clock.now())
    assert (live(last_day), balance(last_day), len(bills(last_day))) == (["paused"], -300, 1)
    assert operations("resume") == ["failed"]


def test_once_its_money_has_gone_back(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    work_without_refunds(desk, monkeypatch)
    with_the_shop(desk, 300)
    desk.visit.open("/membership")
    pass_hours(desk, hours=5)
    billing.work_off(clock.now())
    assert refunds(desk) == [300]
    assert "Nothing was charged: look again." in desk.visit.submit(BUTTON).text
    assert (live(desk), balance(desk), len(bills(desk))) == (["paused"], -300, 2)
