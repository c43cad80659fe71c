"""Dividends: a share of the year's spend, once, and less of it after a refund (Reading 35)."""

import pytest
from flask import Flask

from portal import granting
from tests.granting.hands import PLANS, count, hold, instant, join, live, points, publish_money, run, sound
from tests.ledger import shop

pytestmark = pytest.mark.both_engines
SHARE = (
    '\n[[dividends]]\nkey = "dividend"\nlabel = "Your dividend"\npercent = 10\npays_on = "03-01"\n'
    'plans = ["life"]\n'
)


@pytest.fixture
def anna(app: Flask) -> str:
    """A member with the plan for life since January 2026."""
    publish_money(SHARE, PLANS)
    member_id = join("2026-01-15")
    hold(member_id, "life", "2026-01-15", None)
    return member_id


def spent(member_id: str, on: str, minor: int, placed_on: str | None = None) -> None:
    count(member_id, on, placed_on=placed_on, dividend__dividend=minor)


def test_a_refund_before_the_payout_lessens_it_and_what_is_below_a_cent_is_dropped(anna):
    spent(anna, "2026-05-01", 81237)
    spent(anna, "2027-02-28", -10000, placed_on="2026-05-01")
    assert live("2027-02-28") == ["2027-01-01"]  # who holds the plan is looked at
    assert points(anna) == 0
    assert live("2027-12-31") == ["2027-03-01"]
    assert points(anna) == 7123
    assert shop.wallet(anna).earned == 7123
    sound()


def test_it_is_credited_at_midnight_of_the_programme(anna):
    spent(anna, "2026-05-01", 10000)
    midnight = instant("2027-03-01").replace(hour=0)
    run(anna, midnight.replace(year=2027, month=2, day=28, hour=23, minute=59, second=59))
    assert points(anna) == 0
    run(anna, midnight)
    run(anna, midnight)
    assert points(anna) == 1000
    sound()


def test_a_refund_after_the_payout_takes_what_was_paid_above_the_share_of_what_is_left(anna):
    spent(anna, "2026-05-01", 81237)
    live("2027-03-01")
    assert points(anna) == 8123
    spent(anna, "2027-03-02", -7, placed_on="2026-05-01")
    assert points(anna) == 8123  # floor of 8123.0
    spent(anna, "2027-03-02", -1, placed_on="2026-05-01")
    assert points(anna) == 8122
    spent(anna, "2027-03-03", -81229, placed_on="2026-05-01")
    assert points(anna) == 0
    assert live("2027-12-31") == []
    sound()


def test_what_was_spent_of_a_dividend_is_owed_after_a_refund(anna):
    spent(anna, "2026-05-01", 10000)
    live("2027-03-01")
    shop.spend(anna, 1000)
    spent(anna, "2027-03-02", -5000, placed_on="2026-05-01")
    assert shop.buckets(anna) == (0, 0, 500)
    assert granting.faults() == []


def test_each_year_is_paid_by_itself(anna):
    spent(anna, "2026-12-31", 10000)
    spent(anna, "2027-01-01", 30000)
    assert live("2028-12-31") == ["2027-01-01", "2027-03-01", "2028-01-01", "2028-03-01"]
    assert points(anna) == 4000
    sound()


def test_an_order_told_after_the_payout_changes_what_was_paid_and_begins_nothing(anna):
    spent(anna, "2026-05-01", 10000)
    live("2027-03-01")
    spent(anna, "2027-03-02", -10000, placed_on="2026-05-01")  # its day was told wrong
    spent(anna, "2027-03-02", 10000, placed_on="2026-05-02")
    assert points(anna) == 1000
    ben = join("2026-02-01", "c-2")
    hold(ben, "life", "2026-02-01", None)
    spent(ben, "2027-03-02", 10000, placed_on="2026-05-02")
    assert live("2027-12-31") == []
    assert points(ben) == 0
    sound()


@pytest.mark.parametrize(
    ("since", "until", "paid"),
    [
        ("2026-02-01", "2026-12-30", 0),
        ("2026-02-01", "2026-12-31", 1000),  # on the last day of the year
        ("2027-03-01", None, 1000),  # or when it is paid
        ("2027-03-02", None, 0),
    ],
)
def test_it_is_paid_to_who_holds_the_plan_on_the_last_day_of_the_year_or_when_it_is_paid(
    app, since, until, paid
):
    publish_money(SHARE.replace('"life"', '"monthly"'), PLANS)
    anna = join()
    spent(anna, "2026-05-01", 10000)
    hold(anna, "monthly", since, until)
    live("2027-12-31")
    assert points(anna) == paid
    sound()


def test_who_held_it_on_the_last_day_is_paid_also_when_she_began_anew_and_stopped_since(app):
    publish_money(SHARE.replace('"life"', '"monthly"'), PLANS)
    anna = join()
    spent(anna, "2026-05-01", 10000)
    hold(anna, "monthly", "2026-12-01", "2026-12-31")
    live("2027-01-19")
    hold(anna, "monthly", "2027-01-20", "2027-02-20")
    live("2027-12-31")
    assert points(anna) == 1000
    sound()


def test_without_a_plan_named_everybody_is_paid(app):
    publish_money(SHARE.replace('plans = ["life"]\n', ""), PLANS)
    anna = join()
    spent(anna, "2026-05-01", 99)
    live("2027-12-31")
    assert points(anna) == 9


def test_a_later_day_of_payout_holds_for_what_is_still_to_come(anna):
    spent(anna, "2026-05-01", 10000)
    publish_money(SHARE.replace("03-01", "04-01"), PLANS)
    assert live("2027-12-31") == ["2027-01-01", "2027-04-01"]
    assert points(anna) == 1000
    assert shop.rows("entry") == 1
