"""`southwest`: tiers by points earned. `enterprise`: tiers by rentals or by days, whichever comes first."""

import pytest

from tests.catalogue.conftest import Run
from tests.catalogue.lines import Line, Outcome, buys, cancelled, earned, item, joins, redeems, refunded, tier

AIR, CARS = "southwest", "enterprise"


@pytest.mark.parametrize(
    ("amount", "many", "key"),
    [
        ("5833.33", 34_999, "member"),  # 34,999.98
        ("5833.34", 35_000, "a-list"),
        ("11666.66", 69_999, "a-list"),
        ("11666.67", 70_000, "a-list-preferred"),
    ],
)
def test_a_list_is_reached_by_points_earned(run: Run, amount: str, many: int, key: str):
    outcome = run(AIR, [joins(), buys("2026-03-01", amount)])
    assert (earned(outcome), tier(outcome)) == (many, key)


def test_it_lasts_to_the_end_of_the_next_year(run: Run):
    lines = [joins(), buys("2026-03-01", "5833.34")]
    assert run(AIR, lines)["members"]["anna"]["tier"]["until"] == "2027-12-31"
    assert tier(run(AIR, lines, at="2027-12-31")) == "a-list"
    assert tier(run(AIR, lines, at="2028-01-01")) == "member"


def test_spending_points_takes_nothing_from_it(run: Run):
    lines = [
        joins(),
        buys("2026-03-01", "3000.00"),
        redeems("2026-03-02", "money-off", points=18_000),
        buys("2026-04-01", "2833.34", order="o2"),
    ]
    assert tier(run(AIR, lines)) == "a-list"


def test_points_of_two_years_are_not_added(run: Run):
    lines = [joins(), buys("2026-12-31", "3000.00"), buys("2027-01-01", "3000.00", order="o2")]
    outcome = run(AIR, lines)
    assert (earned(outcome), tier(outcome)) == (36_000, "member")


def test_a_flight_paid_back_counts_at_the_review(run: Run):
    order = buys("2026-03-01", "5833.34")
    lines = [joins(), order, refunded(order, "2026-05-01", "0.01")]
    assert tier(run(AIR, lines, at="2026-12-31")) == "a-list"
    assert tier(run(AIR, lines, at="2027-01-01")) == "member"
    assert (
        tier(run(AIR, [joins(), order, refunded(order, "2027-01-01", "0.01")], at="2027-06-01")) == "a-list"
    )


def test_from_preferred_she_falls_to_what_the_year_has_earned(run: Run):
    lines = [joins(), buys("2026-03-01", "11666.67"), buys("2027-03-01", "5833.34", order="o2")]
    assert tier(run(AIR, lines, at="2027-12-31")) == "a-list-preferred"
    assert tier(run(AIR, lines, at="2028-01-01")) == "a-list"


# --- Enterprise -------------------------------------------------------------------------------------------------------


def rents(number: int, days: int, month: int = 3) -> Line:
    """A rental: an order with one line of so many days."""
    line = item("40.00", category="rental-day", quantity=days)
    return buys(f"2026-{month:02}-{number:02}", line, order=f"r{month}-{number}")


def next_tier(outcome: Outcome) -> tuple[str, str, int, int]:
    way = outcome["members"]["anna"]["progress"]["next"]
    return way["tier"], way["metric"], way["have"], way["need"]


@pytest.mark.parametrize(
    ("days", "key"),
    [
        ([1] * 5, "member"),
        ([1] * 6, "silver"),
        ([20], "member"),
        ([21], "silver"),
        ([10, 11], "silver"),
        ([1] * 11, "silver"),
        ([1] * 12, "gold"),
        ([49], "silver"),
        ([50], "gold"),
    ],
)
def test_rentals_or_days_whichever_comes_first(run: Run, days: list[int], key: str):
    assert tier(run(CARS, [joins(), *[rents(number, many) for number, many in enumerate(days, 1)]])) == key


def test_the_way_that_is_nearer_is_shown(run: Run):
    assert next_tier(run(CARS, [joins(), rents(1, 20)])) == ("silver", "quantity", 20, 21)
    few_days = [rents(number, 1) for number in range(1, 6)]
    assert next_tier(run(CARS, [joins(), *few_days])) == ("silver", "orders", 5, 6)


def test_days_are_those_of_the_lines_of_their_category(run: Run):
    extra = buys(
        "2026-03-01",
        item("40.00", "1", category="rental-day", quantity=20),
        item("9.00", "2", category="child-seat", quantity=20),
    )
    assert tier(run(CARS, [joins(), extra])) == "member"


def test_a_rental_that_is_cancelled_is_no_rental_and_has_no_days(run: Run):
    first = rents(1, 20)
    assert tier(run(CARS, [joins(), first, cancelled(first, "2026-03-02"), rents(3, 1)])) == "member"
    five = [rents(number, 1) for number in range(1, 6)]
    assert tier(run(CARS, [joins(), *five, cancelled(five[0], "2026-03-05"), rents(6, 1)])) == "member"


def test_a_rental_that_is_paid_back_whole_has_no_days(run: Run):
    first = rents(1, 20)
    assert tier(run(CARS, [joins(), first, refunded(first, "2026-03-02", "40.00"), rents(3, 1)])) == "member"
    in_part = [joins(), first, refunded(first, "2026-03-02", "39.99"), rents(3, 1)]
    assert tier(run(CARS, in_part)) == "silver"


def test_a_year_counts_by_itself_and_a_tier_lasts_to_the_end_of_the_next(run: Run):
    six = [joins(), *[rents(number, 1) for number in range(1, 7)]]
    held = run(CARS, six)["members"]["anna"]["tier"]
    assert (held["since"], held["until"]) == ("2026-03-06", "2027-12-31")
    assert tier(run(CARS, six, at="2028-01-01")) == "member"
    over_the_year = [joins(), *[rents(number, 1, month=12) for number in range(29, 32)]]
    new_year = [
        buys(f"2027-01-0{day}", item("40.00", category="rental-day", quantity=1), order=f"n{day}")
        for day in (1, 2, 3)
    ]
    assert tier(run(CARS, [*over_the_year, *new_year])) == "member"
