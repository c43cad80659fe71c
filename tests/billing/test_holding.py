"""What Stripe's plans tell others: how long tiers last with them, and each payment once."""

from datetime import date, timedelta
from typing import Any

import pytest

from portal import tiers
from tests.billing.shop import Desk


@pytest.fixture
def told(monkeypatch) -> list[Any]:
    """Payments that granting was told."""
    payments: list[Any] = []
    monkeypatch.setattr(
        "portal.granting.paid",
        lambda _m, _p, plan, **how: payments.append((plan, str(how["paid_on"]), str(how["until"]))),
    )
    return payments


def last_day(desk: Desk, plan: str = "plus-monthly") -> date | None:
    """The last day on which the plan is held, as things stand."""
    day = date(2026, 1, 1)
    days = [
        day + timedelta(days=n)
        for n in range(900)
        if plan in tiers.plans_on(desk.member, day + timedelta(days=n))
    ]
    return days[-1] if days else None


def test_joining_and_renewing_are_one_payment_each_whoever_tells_of_them(desk, told):
    desk.join()
    desk.tell()
    desk.tell()
    assert told == [("plus-monthly", "2026-06-10", "2026-07-10")]
    assert (tiers.paid_months(desk.member, "plus-monthly"), last_day(desk)) == (1, date(2026, 7, 18))
    desk.pass_time(days=31)
    desk.tell()
    assert told[1:] == [("plus-monthly", "2026-07-10", "2026-08-10")]
    assert (tiers.paid_months(desk.member, "plus-monthly"), last_day(desk)) == (2, date(2026, 8, 18))


def test_a_year_counts_twelve_and_life_has_no_end(desk, told):
    desk.join("plus-yearly")
    assert (tiers.paid_months(desk.member, "plus-yearly"), last_day(desk, "plus-yearly")) == (
        12,
        date(2027, 6, 18),
    )
    desk.join("plus-life")
    desk.tell()
    assert tiers.plans_on(desk.member, date(2040, 1, 1)) == ("plus-life",)
    assert last_day(desk, "plus-yearly") == date(2027, 6, 10), "what renews beside it runs out"
    assert [one[0] for one in told] == ["plus-yearly", "plus-life"]


def test_a_card_that_fails_holds_the_plan_for_its_window(desk, told):
    desk.join(card="0341")
    desk.pass_time(days=30, hours=1)
    desk.tell()
    assert desk.status() == "past_due"
    assert last_day(desk) == desk.subscription().failed_on + timedelta(days=7)
    assert len(told) == 1
