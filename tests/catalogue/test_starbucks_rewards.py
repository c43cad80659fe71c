"""`starbucks-rewards`: stars that lapse month by month, a level by stars earned in twelve months, a birthday drink."""

import pytest

from tests.catalogue.conftest import Run
from tests.catalogue.lines import buys, codes, earned, fact, joins, points, redeems, refunded, rewards, tier

KEY = "starbucks-rewards"


@pytest.mark.parametrize(("amount", "stars"), [("1.00", 2), ("1.49", 2), ("1.50", 3), ("0.49", 0)])
def test_a_dollar_is_two_stars(run: Run, amount: str, stars: int):
    assert earned(run(KEY, [joins(), buys("2026-01-10", amount)])) == stars


def test_a_star_is_worth_five_cents(run: Run):
    assert points(run(KEY, [joins(), buys("2026-01-10", "75.00")]))["value"]["amount"] == "7.50"


@pytest.mark.parametrize(
    ("placed", "last"), [("2026-02-01T04:59:59Z", "2026-07-31"), ("2026-02-01T05:00:00Z", "2026-08-31")]
)
def test_stars_end_with_the_sixth_month_after_theirs(run: Run, placed: str, last: str):
    outcome = run(KEY, [joins(), buys(placed, "10.00")])
    assert points(outcome)["expiring"] == [{"on": last, "points": 20}]


def test_they_are_there_on_their_last_day_and_gone_at_midnight(run: Run):
    lines = [joins(), buys("2026-01-10", "10.00")]
    assert points(run(KEY, lines, at="2026-08-01T03:59:59Z"))["available"] == 20
    gone = points(run(KEY, lines, at="2026-08-01T04:00:00Z"))
    assert (gone["available"], gone["expired"], gone["earned"]) == (0, 20, 20)


def test_stars_of_one_month_end_together_and_those_of_the_next_stay(run: Run):
    lines = [
        joins(),
        buys("2026-01-02", "10.00"),
        buys("2026-01-31", "10.00", order="o2"),
        buys("2026-02-01", "5.00", order="o3"),
    ]
    outcome = points(run(KEY, lines, at="2026-08-15"))
    assert (outcome["available"], outcome["expired"]) == (10, 40)


def test_stars_whose_last_notice_failed_are_held_thirty_days_and_then_lapse(run: Run):
    lines = [
        joins(),
        buys("2026-01-10", "10.00"),
        fact("2026-07-20", "mail_bounces"),
    ]  # the last notice is due on 24 July
    held = points(run(KEY, lines, at="2026-08-30"))
    assert (held["available"], held["expiring"]) == (20, [{"on": "2026-08-30", "points": 20}])
    assert points(run(KEY, lines, at="2026-08-31"))["expired"] == 20


def test_a_mailbox_mended_before_the_last_notice_changes_nothing(run: Run):
    lines = [
        joins(), buys("2026-01-10", "10.00"), fact("2026-06-25", "mail_bounces"),
        fact("2026-07-23", "mail_bounces", False),
    ]  # fmt: skip
    assert points(run(KEY, lines, at="2026-08-01"))["expired"] == 20


def test_what_was_sent_back_cannot_lapse(run: Run):
    order = buys("2026-01-10", "10.00")
    outcome = points(run(KEY, [joins(), order, refunded(order, "2026-03-01", "4.00")], at="2026-08-01"))
    assert (outcome["earned"], outcome["expired"], outcome["available"]) == (12, 12, 0)


@pytest.mark.parametrize(("amount", "level"), [("149.99", "green"), ("150.00", "gold")])
def test_three_hundred_stars_are_gold_at_once(run: Run, amount: str, level: str):
    assert tier(run(KEY, [joins(), buys("2026-03-01", amount)])) == level


@pytest.mark.parametrize(("second", "level"), [("2027-02-28", "gold"), ("2027-03-02", "green")])
def test_they_are_earned_within_twelve_months(run: Run, second: str, level: str):
    lines = [joins(), buys("2026-03-01", "100.00"), buys(second, "50.00", order="o2")]
    assert tier(run(KEY, lines)) == level


def test_stars_spent_and_stars_lapsed_count_towards_gold(run: Run):
    lines = [
        joins(), buys("2026-03-01", "100.00"), redeems("2026-03-02", "free-drink"),
        buys("2026-10-05", "50.00", order="o2"),
    ]  # fmt: skip
    outcome = run(KEY, lines)
    assert (tier(outcome), points(outcome)["expired"]) == ("gold", 50)


def test_gold_lasts_a_year_and_another_when_the_twelve_months_just_ended_carry_it(run: Run):
    lines = [joins(), buys("2026-03-01", "100.00"), buys("2026-06-10", "50.00", order="o2")]
    held = run(KEY, lines)["members"]["anna"]["tier"]
    assert (held["since"], held["until"]) == ("2026-06-10", "2027-06-09")
    assert tier(run(KEY, lines, at="2027-06-09")) == "gold"
    assert tier(run(KEY, lines, at="2027-06-10")) == "green"
    more = buys("2026-09-01", "150.00", order="o3")
    assert run(KEY, [*lines, more], at="2027-06-10")["members"]["anna"]["tier"]["until"] == "2028-06-09"
    a_cent_less = refunded(more, "2027-06-01", "0.01")
    assert tier(run(KEY, [*lines, more, a_cent_less], at="2027-06-10")) == "green"


def test_a_return_takes_gold_at_the_review_and_not_before(run: Run):
    order = buys("2026-06-10", "150.00")
    lines = [joins(), order, refunded(order, "2026-08-01", "0.01")]
    assert tier(run(KEY, lines, at="2027-06-09")) == "gold"
    assert tier(run(KEY, lines, at="2027-06-10")) == "green"


@pytest.mark.parametrize(("amount", "refused"), [("74.99", [(3, "not_enough_points")]), ("75.00", [])])
def test_a_hundred_and_fifty_stars_are_a_drink(run: Run, amount: str, refused: list[tuple[int, str]]):
    assert (
        codes(run(KEY, [joins(), buys("2026-01-10", amount), redeems("2026-01-11", "free-drink")])) == refused
    )


def test_a_birthday_brings_a_drink(run: Run):
    joined = joins(birthday="06-14")
    assert rewards(run(KEY, [joined], at="2026-06-13"), "birthday-drink") == {}
    assert rewards(run(KEY, [joined], at="2026-06-14"), "birthday-drink") == {
        "birthday-drink:anna:1": "available"
    }
