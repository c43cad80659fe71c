"""A cheaper plan that is planned, and a dearer one beside it that comes to nothing: what was planned comes all the
same."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.billing.test_true_words import bills, choose, operations


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
