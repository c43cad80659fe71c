"""`body-shop`: a point for a dollar; a hundred of them are $10.00 for the member or for a cause; a birthday reward."""

import pytest

from tests.catalogue.conftest import Run
from tests.catalogue.lines import (
    buys,
    codes,
    earned,
    gives,
    joins,
    points,
    redeems,
    refunded,
    rewards,
)

BIRTHDAY = {"birthday-ten:anna:1": "available"}


@pytest.mark.parametrize(("amount", "many"), [("99.99", 99), ("100.00", 100), ("0.99", 0)])
def test_a_dollar_is_a_point(run: Run, amount: str, many: int):
    assert earned(run("body-shop", [joins(), buys("2026-01-05", amount)])) == many


def test_a_point_is_worth_ten_cents(run: Run):
    value = points(run("body-shop", [joins(), buys("2026-01-05", "123.00")]))["value"]
    assert value == {"amount": "12.30", "currency": "USD"}


@pytest.mark.parametrize(("amount", "refused"), [("99.99", [(3, "not_enough_points")]), ("100.00", [])])
def test_a_hundred_points_are_a_reward(run: Run, amount: str, refused: list[tuple[int, str]]):
    outcome = run(
        "body-shop", [joins(), buys("2026-01-05", amount), redeems("2026-01-06", "ten-off", ref="r")]
    )
    assert codes(outcome) == refused
    assert rewards(outcome, "ten-off") == ({} if refused else {"r": "available"})


@pytest.mark.parametrize("charity", ["wildlife", "civil-rights", "domestic-violence"])
def test_or_the_same_money_to_a_cause(run: Run, charity: str):
    outcome = run("body-shop", [joins(), buys("2026-01-05", "100.00"), gives("2026-01-06", charity, 100)])
    assert outcome["totals"]["donated"] == {charity: {"amount": "10.00", "currency": "USD"}}
    assert (points(outcome)["available"], points(outcome)["donated"]) == (0, 100)


@pytest.mark.parametrize("many", [99, 101, 150])
def test_gifts_go_by_full_hundreds(run: Run, many: int):
    outcome = run("body-shop", [joins(), buys("2026-01-05", "250.00"), gives("2026-01-06", "wildlife", many)])
    assert codes(outcome) == [(3, "bad_value")]


def test_all_that_may_be_given_is_rounded_down_to_the_hundred(run: Run):
    outcome = run("body-shop", [joins(), buys("2026-01-05", "250.00"), gives("2026-01-06", "wildlife")])
    assert (points(outcome)["available"], points(outcome)["donated"]) == (50, 200)


def test_what_was_given_stays_given_when_the_order_goes_back(run: Run):
    order = buys("2026-01-05", "100.00")
    lines = [joins(), order, gives("2026-01-06", "wildlife", 100), refunded(order, "2026-01-09", "100.00")]
    outcome = run("body-shop", lines)
    assert (points(outcome)["available"], points(outcome)["owed"], points(outcome)["donated"]) == (
        0,
        100,
        100,
    )


def test_a_birthday_brings_a_reward_and_no_points(run: Run):
    joined = joins(birthday="06-14")
    assert rewards(run("body-shop", [joined], at="2026-06-13"), "birthday-ten") == {}
    outcome = run("body-shop", [joined], at="2026-06-14")
    assert rewards(outcome, "birthday-ten") == BIRTHDAY
    assert points(outcome)["earned"] == 0
    (reward,) = outcome["members"]["anna"]["rewards"]
    assert (reward["issued"], reward["expires"], reward["value"]["amount"]) == (
        "2026-06-14",
        "2026-09-12",
        "10.00",
    )


@pytest.mark.parametrize(
    ("zone", "at", "there"),
    [
        ("America/Los_Angeles", "2026-06-14T06:59:59Z", {}),
        ("America/Los_Angeles", "2026-06-14T07:00:00Z", BIRTHDAY),
        ("Pacific/Auckland", "2026-06-13T11:59:59Z", {}),
        ("Pacific/Auckland", "2026-06-13T12:00:00Z", BIRTHDAY),
    ],
)
def test_her_birthday_begins_at_midnight_where_she_lives(run: Run, zone: str, at: str, there: dict[str, str]):
    outcome = run("body-shop", [joins(birthday="06-14", timezone=zone)], at=at)
    assert rewards(outcome, "birthday-ten") == there


def test_it_comes_once_a_year_and_again_in_the_next(run: Run):
    joined = joins(birthday="06-14")
    assert "birthday-ten:anna:2" not in rewards(run("body-shop", [joined], at="2027-06-13"), "birthday-ten")
    assert "birthday-ten:anna:2" in rewards(run("body-shop", [joined], at="2027-06-14"), "birthday-ten")


@pytest.mark.parametrize(
    ("told", "there"), [("2026-06-13", BIRTHDAY), ("2026-06-14", BIRTHDAY), ("2026-06-15", {})]
)
def test_a_birthday_told_on_the_day_counts_and_one_told_later_waits_for_the_next(
    run: Run, told: str, there: dict[str, str]
):
    outcome = run("body-shop", [joins(), joins(told, birthday="06-14")], at="2026-06-20")
    assert rewards(outcome, "birthday-ten") == there


def test_a_birthday_before_joining_brings_nothing(run: Run):
    outcome = run("body-shop", [joins("2026-06-15", birthday="06-14")], at="2027-06-13")
    assert rewards(outcome, "birthday-ten") == {}


def test_a_birthday_that_moves_brings_no_second_reward_within_330_days(run: Run):
    lines = [joins(birthday="12-20"), joins("2027-01-05", birthday="02-01")]
    assert "birthday-ten:anna:2" not in rewards(run("body-shop", lines, at="2027-12-31"), "birthday-ten")
    assert "birthday-ten:anna:2" in rewards(run("body-shop", lines, at="2028-02-01"), "birthday-ten")


@pytest.mark.parametrize(("at", "there"), [("2027-02-27", False), ("2027-02-28", True)])
def test_born_on_29_february_she_has_her_day_on_the_28th_of_common_years(run: Run, at: str, there: bool):
    outcome = run("body-shop", [joins(birthday="02-29")], at=at)
    assert ("birthday-ten:anna:2" in rewards(outcome, "birthday-ten")) is there
