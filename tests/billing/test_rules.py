"""Which plan holds on a day: the table of stripe.md 4.3 in the words and windows of Readings 15 and 42."""

from datetime import date

import pytest

from portal import programme
from portal.billing.rules import Holding, choices, may_join, one_period_after, standing
from portal.billing.shapes import from_stripe, to_stripe

JUNE, JULY = date(2026, 6, 10), date(2026, 7, 10)


def plan(status: str = "active", **facts) -> Holding:
    return Holding("plus-monthly", status, **{"paid_until": JULY, "amount_minor": 300} | facts)


LIFE = Holding("plus-life", "paid", for_life=True)


@pytest.mark.parametrize(
    ("holding", "day", "status", "perks"),
    [
        (plan(), JUNE, "active", True),
        (plan("trialing"), JUNE, "trialing", True),
        (plan(), JULY, "active", True),
        (plan(), date(2026, 7, 11), "past_due", True),  # its renewal was never told
        (plan(), date(2026, 7, 18), "past_due", True),
        (plan(), date(2026, 7, 19), "ended", False),
        (plan(ends_on=JULY), JUNE, "cancelling", True),
        (plan(ends_on=JULY), JULY, "cancelling", True),
        (plan(ends_on=JULY), date(2026, 7, 11), "ended", False),
        (plan("past_due", failed_on=JULY), JULY, "past_due", True),
        (plan("past_due", failed_on=JULY), date(2026, 7, 17), "past_due", True),
        (plan("past_due", failed_on=JULY), date(2026, 7, 18), "ended", False),
        (plan("paused"), JUNE, "paused", False),
        (plan(collection_paused=True), JUNE, "paused", True),
        (plan(collection_paused=True), date(2026, 7, 11), "paused", False),
        (plan("unpaid", failed_on=JULY), JULY, "ended", False),
        (plan("canceled", ended_on=JUNE), JUNE, "ended", False),
        (plan("canceled", ended_on=date(2026, 7, 11)), JULY, "cancelling", True),
        (plan("canceled", ended_on=date(2026, 7, 11)), date(2026, 7, 11), "ended", False),
        (plan("hibernating"), JUNE, "ended", False),
        (LIFE, date(2126, 1, 1), "active", True),
        (Holding("plus-life", "part_refunded", for_life=True), JUNE, "active", True),
        (Holding("plus-life", "disputed", for_life=True), JUNE, "active", True),
        (Holding("plus-life", "refunded", for_life=True), JUNE, "ended", False),
        (Holding("plus-life", "lost", for_life=True), JUNE, "ended", False),
    ],
)
def test_the_status_and_whether_it_gives_anything(holding, day, status, perks):
    found = standing([holding], day)
    assert (found.status, found.perks) == (status, perks)


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_first_payment_that_never_came_is_no_plan(status):
    assert standing([plan(status)], JUNE) is None
    assert standing([], JUNE) is None


def test_the_next_payment_is_told_only_where_one_comes():
    assert (standing([plan()], JUNE).next_charge_on, standing([plan()], JUNE).amount_minor) == (JULY, 300)
    assert standing([plan(ends_on=JULY)], JUNE).next_charge_on is None
    assert standing([LIFE], JUNE).next_charge_on is None


def test_one_for_life_stands_before_one_that_renews_and_a_live_one_before_one_that_ended():
    ended = plan("canceled", ended_on=date(2026, 1, 1), paid_until=date(2026, 1, 1))
    assert standing([plan(), LIFE], JUNE).for_life
    assert standing([ended, plan()], JUNE).status == "active"
    refunded = Holding("plus-life", "refunded", for_life=True)
    assert standing([refunded, plan()], JUNE).plan == "plus-monthly"


@pytest.mark.parametrize(
    ("held", "interval", "may"),
    [
        ([], "month", True),
        ([plan()], "month", False),
        ([plan()], "life", True),
        ([plan("past_due", failed_on=JUNE)], "year", False),
        ([plan("unpaid")], "month", False),
        ([plan("incomplete")], "month", False),
        ([plan("canceled", ended_on=JUNE)], "month", True),
        ([LIFE], "life", False),
        ([LIFE], "month", False),
        ([Holding("plus-life", "refunded", for_life=True)], "life", True),
    ],
)
def test_who_may_buy_what(held, interval, may):
    assert may_join(held, interval, JUNE) is may


@pytest.mark.parametrize(
    ("day", "interval", "anchor", "after"),
    [
        (date(2026, 6, 10), "month", 10, date(2026, 7, 10)),
        (date(2026, 1, 31), "month", 31, date(2026, 2, 28)),
        (date(2026, 2, 28), "month", 31, date(2026, 3, 31)),
        (date(2026, 12, 5), "month", 5, date(2027, 1, 5)),
        (date(2028, 2, 29), "year", 29, date(2029, 2, 28)),
        (date(2026, 11, 30), "year", 30, date(2027, 11, 30)),
        (date(2025, 12, 31), "year", 31, date(2026, 12, 31)),
    ],
)
def test_one_period_later_is_the_same_day_of_the_month_or_its_last(day, interval, anchor, after):
    assert one_period_after(day, interval, anchor) == after


def test_plans_of_one_label_are_one_choice_with_what_a_year_saves():
    (choice,) = choices(programme.load("demo").programme)
    assert choice.label == "Plus"
    assert [(p.plan.interval, p.saving_minor) for p in choice.prices] == [
        ("month", 0),
        ("year", 600),
        ("life", 0),
    ]
    assert choice.perks[0].label == "Free delivery on every order"


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        *(("GBP", 300, 300), ("JPY", 500, 500), ("BHD", 1230, 1230)),
        *(("ISK", 500, 50_000), ("UGX", 500, 50_000), ("MGA", 500, 5)),
    ],
)
def test_stripe_counts_some_currencies_otherwise(currency, ours, theirs):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours
