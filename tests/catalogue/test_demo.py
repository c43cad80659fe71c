"""`demo`: what a newcomer sees first has everything switched on; its mechanics, in pounds and in London."""

from typing import Any

import pytest

from tests.catalogue.conftest import Run
from tests.catalogue.lines import (
    Line,
    buys,
    cancelled,
    codes,
    does,
    earned,
    gives,
    joins,
    perks,
    picks_day,
    plan,
    points,
    refunded,
    rewards,
    tier,
)

WELCOME, GOAL = 100, 100


def order(when: str, amount: str = "10.00", number: str = "o1", **data: Any) -> Line:
    return buys(when, amount, order=number, currency="GBP", **data)


def three(third: str = "2026-04-30") -> list[Line]:
    return [order("2026-04-01", number="a"), order("2026-04-10", number="b"), order(third, number="c")]


def test_welcome_points_are_there_at_once_and_those_of_an_order_after_fourteen_days(run: Run):
    lines = [joins(), order("2026-01-05", "20.00")]
    early, late = points(run("demo", lines, at="2026-01-18")), points(run("demo", lines, at="2026-01-19"))
    assert (early["available"], early["pending"]) == (WELCOME, 100)
    assert (late["available"], late["pending"]) == (WELCOME + 100, 0)


def test_two_orders_in_a_month_are_an_open_goal(run: Run):
    outcome = run("demo", [joins(), *three()[:2]])
    assert outcome["members"]["anna"]["goals"] == [
        {"key": "three-in-a-month", "have": 2, "need": 3, "by": "2026-04-30"}
    ]


def test_the_third_brings_a_hundred_points_at_once_and_a_fourth_no_more(run: Run):
    outcome = run("demo", [joins(), *three("2026-04-20")])
    assert earned(outcome) == WELCOME + 150 + GOAL
    assert points(outcome)["available"] == WELCOME + GOAL + 50, "the first order has matured, the others wait"
    more = run(
        "demo", [joins(), *three("2026-04-20"), *[order("2026-04-21", number=f"m{n}") for n in range(3)]]
    )
    assert earned(more) == WELCOME + 300 + GOAL


@pytest.mark.parametrize(
    ("third", "reached"),
    [("2026-04-30T22:59:59Z", True), ("2026-04-30T23:00:00Z", False)],  # summer time in London
)
def test_the_month_is_that_of_london(run: Run, third: str, reached: bool):
    assert earned(run("demo", [joins(), *three(third)])) == WELCOME + 150 + (GOAL if reached else 0)


def test_an_order_sent_back_whole_takes_the_goal_with_it_and_another_brings_it_again(run: Run):
    lines = [joins(), *three("2026-04-20")]
    assert earned(run("demo", [*lines, cancelled(lines[-1], "2026-04-22")])) == WELCOME + 100
    assert earned(run("demo", [*lines, refunded(lines[-1], "2026-04-22", "10.00")])) == WELCOME + 100
    assert earned(run("demo", [*lines, refunded(lines[-1], "2026-04-22", "9.00")])) == WELCOME + 105 + GOAL
    again = [*lines, cancelled(lines[-1], "2026-04-22"), order("2026-04-23", number="d")]
    assert earned(run("demo", again)) == WELCOME + 150 + GOAL


def test_the_same_order_told_thrice_is_one(run: Run):
    assert earned(run("demo", [joins(), *[order("2026-04-01")] * 3])) == WELCOME + 50


@pytest.mark.parametrize(
    ("placed", "times"),
    [
        ("2026-11-27T23:59:59Z", 1),
        ("2026-11-28T00:00:00Z", 2),
        ("2026-11-29T23:59:59Z", 2),
        ("2026-11-30T00:00:00Z", 1),
    ],
)
def test_the_bonus_weekend_doubles(run: Run, placed: str, times: int):
    assert earned(run("demo", [joins(), order(placed, "20.00")])) == WELCOME + 100 * times


def test_gold_has_a_day_of_three_times_the_points_also_on_the_weekend(run: Run):
    to_gold, picked = order("2026-02-01", "500.00", "g"), picks_day("2026-02-02", "2026-11-28")
    outcome = run("demo", [joins(), to_gold, picked, order("2026-11-28", "20.00")])
    assert (tier(outcome), earned(outcome)) == ("gold", WELCOME + 2500 + 300)
    early = run("demo", [joins(), order("2026-02-01", "499.99", "s"), picked])
    assert codes(early) == [(3, "not_allowed_by_tier")]


def test_activities_bring_what_the_page_of_questions_says(run: Run):
    lines = [
        joins(birthday="03-10"), does("2026-02-01", "review", "r1"), does("2026-02-01", "follow", "f1"),
        does("2026-02-01", "share", "s1"), joins("2026-02-02", consents={"marketing": True}),
    ]  # fmt: skip
    assert earned(run("demo", lines, at="2026-03-10")) == WELCOME + 25 + 10 + 10 + 50 + 200


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        ("199.99", "member"),
        ("200.00", "silver"),
        ("500.00", "gold"),
        ("999.99", "gold"),
        ("1000.00", "platinum"),
    ],
)
def test_three_earned_tiers_to_the_end_of_the_next_year(run: Run, amount: str, key: str):
    lines = [joins(), order("2026-02-01", amount)]
    assert tier(run("demo", lines)) == key
    assert tier(run("demo", lines, at="2028-01-01")) == "member"


@pytest.mark.parametrize("key", ["plus-monthly", "plus-yearly", "plus-life"])
def test_plus_brings_free_shipping_and_leaves_the_earned_tier_when_it_ends(run: Run, key: str):
    lines = [joins(), order("2026-02-01", "200.00"), plan("2026-02-02", "started", key)]
    assert perks(run("demo", lines))["free-shipping"] == f"plan:{key}"
    ended = run("demo", [*lines, plan("2026-02-03", "ended", key)])
    assert (tier(ended), "free-shipping" in perks(ended)) == ("silver", False)


def test_points_become_pounds_for_a_cause(run: Run):
    outcome = run("demo", [joins(), gives("2026-01-02", "schools", 100)])
    assert outcome["totals"]["donated"] == {"schools": {"amount": "1.00", "currency": "GBP"}}


def test_a_friend_brings_five_pounds_to_both(run: Run):
    lines = [
        joins(),
        joins("2026-01-05", "ben", referred_by="anna"),
        order("2026-01-10", "20.00", member="ben"),
    ]
    outcome = run("demo", lines, at="2026-02-09")
    assert list(rewards(outcome, "friend-five", "ben").values()) == ["available"]
    assert list(rewards(outcome, "friend-five").values()) == ["available"]
