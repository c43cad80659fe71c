"""`dicks-scorecard`: Gold by spend, the card by an outside fact, a chosen day, $10.00 for each year of Gold."""

import pytest

from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import (
    Line,
    buys,
    cancelled,
    codes,
    does,
    earned,
    fact,
    item,
    joins,
    perks,
    picks_day,
    points,
    redeems,
    refunded,
    rewards,
    tier,
)

GOLD = buys("2026-02-01", "500.00")
"""The order that makes Anna Gold; it brings 500 points."""
DAY = "2026-03-10"
CARD = fact("2026-02-01", "store_card")


def on_day(order: str = "d1", amount: str = "80.99", when: str = DAY) -> Line:
    return buys(when, amount, order=order)


def test_a_cent_below_gold_is_told_to_the_cent(run: Run):
    outcome = run("dicks-scorecard", [joins(), buys("2026-02-01", "499.99")])
    assert tier(outcome) == "scorecard"
    assert outcome["members"]["anna"]["progress"]["next"] == {
        "tier": "gold", "metric": "spend", "have": "499.99", "need": "500.00", "by": "2026-12-31",
    }  # fmt: skip


def test_five_hundred_is_gold_at_once_to_the_end_of_the_next_year(run: Run):
    outcome = run("dicks-scorecard", [joins(), GOLD])
    assert outcome["members"]["anna"]["tier"] == {
        "key": "gold", "source": "earned", "since": "2026-02-01", "until": "2027-12-31",
    }  # fmt: skip
    assert earned(outcome) == 500
    assert tier(run("dicks-scorecard", [joins(), GOLD], at="2027-12-31")) == "gold"
    assert tier(run("dicks-scorecard", [joins(), GOLD], at="2028-01-01")) == "scorecard"


def test_spend_of_two_years_is_not_added(run: Run):
    lines = [joins(), buys("2026-12-31", "250.00"), buys("2027-01-01", "250.00", order="o2")]
    assert tier(run("dicks-scorecard", lines)) == "scorecard"


def test_what_is_sent_back_within_the_year_takes_gold_at_the_review_and_not_before(run: Run):
    lines = [joins(), GOLD, refunded(GOLD, "2026-06-01", "0.01")]
    assert tier(run("dicks-scorecard", lines, at="2026-12-31")) == "gold"
    assert tier(run("dicks-scorecard", lines, at="2027-01-01")) == "scorecard"
    too_late = [joins(), GOLD, refunded(GOLD, "2027-01-02", "0.01")]
    assert tier(run("dicks-scorecard", too_late, at="2027-12-31")) == "gold"


def test_eighty_ninety_nine_is_eighty_points_and_on_the_chosen_day_as_gold_two_hundred_and_forty(run: Run):
    assert earned(run("dicks-scorecard", [joins(), on_day()])) == 80
    assert earned(run("dicks-scorecard", [joins(), GOLD, on_day()])) == 500 + 80
    lines = [joins(), GOLD, picks_day("2026-03-01", DAY), on_day()]
    assert earned(run("dicks-scorecard", lines)) == 500 + 240


def test_a_holder_of_the_card_earns_double_and_on_the_chosen_day_three_times_not_six(run: Run):
    assert earned(run("dicks-scorecard", [joins(), CARD, on_day()])) == 160
    assert earned(run("dicks-scorecard", [joins(), CARD, picks_day("2026-03-01", DAY), on_day()])) == 240


def test_a_refund_goes_at_three_times_too(run: Run):
    order = on_day()
    lines = [joins(), GOLD, picks_day("2026-03-01", DAY), order, refunded(order, "2026-03-20", "40.98")]
    assert earned(run("dicks-scorecard", lines)) == 500 + 3 * 40
    assert earned(run("dicks-scorecard", [*lines, refunded(lines[-1], "2026-03-21", "40.01")])) == 500


@pytest.mark.parametrize(
    ("placed", "times"),
    [
        ("2026-03-10T06:59:59Z", 1),  # the clocks of Los Angeles are 7 hours behind, from 8 March on
        ("2026-03-10T07:00:00Z", 3),
        ("2026-03-11T06:59:59Z", 3),
        ("2026-03-11T07:00:00Z", 1),
    ],
)
def test_the_chosen_day_begins_and_ends_at_midnight_of_the_members_zone(run: Run, placed: str, times: int):
    lines = [joins(timezone="America/Los_Angeles"), GOLD, picks_day("2026-03-01", DAY), on_day(when=placed)]
    assert earned(run("dicks-scorecard", lines)) == 500 + 80 * times


def test_the_day_may_be_moved_until_its_first_order(run: Run):
    moved = [joins(), GOLD, picks_day("2026-03-01", DAY), picks_day("2026-03-05", "2026-04-01"), on_day()]
    assert earned(run("dicks-scorecard", moved)) == 500 + 80
    on_new = [*moved, on_day("d2", when="2026-04-01")]
    assert earned(run("dicks-scorecard", on_new)) == 500 + 80 + 240
    outcome = run("dicks-scorecard", [*on_new, picks_day("2026-04-02", "2026-05-01")])
    assert codes(outcome) == [(7, "not_chosen_in_time")]


def test_the_day_stays_fixed_when_its_order_is_cancelled(run: Run):
    order = on_day()
    lines = [joins(), GOLD, picks_day("2026-03-01", DAY), order, cancelled(order, "2026-03-11")]
    outcome = run("dicks-scorecard", [*lines, picks_day("2026-03-12", "2026-05-01")])
    assert codes(outcome) == [(6, "not_chosen_in_time")]
    assert points(outcome)["earned"] == 500


def test_today_can_be_chosen_as_long_as_nothing_was_bought_today(run: Run):
    early = [joins(), GOLD, picks_day(f"{DAY}T14:00:00Z", DAY), on_day()]
    assert earned(run("dicks-scorecard", early)) == 500 + 240
    late = run(
        "dicks-scorecard",
        [joins(), GOLD, on_day(), picks_day(f"{DAY}T16:00:00Z", DAY), on_day("d2", when=f"{DAY}T17:00:00Z")],
    )
    assert codes(late) == [(4, "not_chosen_in_time")]
    assert points(late)["earned"] == 500 + 80 + 80


def test_a_day_is_picked_for_this_year_and_for_the_next_but_not_for_the_past(run: Run):
    next_year = "2027-03-10"
    lines = [
        joins(),
        GOLD,
        picks_day("2026-03-01", DAY),
        picks_day("2026-03-01", next_year),
        on_day(),
        on_day("d2", when=next_year),
    ]
    assert earned(run("dicks-scorecard", lines)) == 500 + 240 + 240
    past = run("dicks-scorecard", [joins(), GOLD, picks_day("2026-03-11", DAY)])
    assert codes(past) == [(3, "not_chosen_in_time")]


def test_who_is_not_gold_picks_no_day(run: Run):
    outcome = run("dicks-scorecard", [joins(), buys("2026-02-01", "499.99"), picks_day("2026-03-01", DAY)])
    assert codes(outcome) == [(3, "not_allowed_by_tier")]


@pytest.mark.parametrize(
    ("second", "many"),
    [("2026-02-02T04:59:59Z", 3), ("2026-02-02T05:00:00Z", 6)],  # 1 and 2 February in New York
)
def test_a_fitness_goal_brings_three_points_once_a_day(run: Run, second: str, many: int):
    lines = [joins(), does("2026-02-01", "fitness-goal", "f1"), does(second, "fitness-goal", "f2")]
    assert earned(run("dicks-scorecard", lines)) == many


def test_a_fitness_goal_told_by_mistake_is_taken_back_by_a_new_id(run: Run):
    lines = [
        joins(),
        does("2026-02-01", "fitness-goal", "f1"),
        does("2026-02-03", "fitness-goal", "f2", quantity=-1),
    ]
    assert earned(run("dicks-scorecard", lines)) == 0


def test_ten_dollars_come_on_becoming_gold_and_on_each_first_of_january_as_gold(run: Run):
    lines = [joins(), GOLD]
    assert rewards(run("dicks-scorecard", lines, at="2026-02-02"), "gold-ten") == {
        "gold-ten:anna:1": "available"
    }
    assert rewards(run("dicks-scorecard", lines, at="2027-01-01"), "gold-ten") == {
        "gold-ten:anna:2": "available"
    }
    assert "gold-ten:anna:3" not in rewards(run("dicks-scorecard", lines, at="2028-01-02"), "gold-ten")


def test_it_is_one_in_a_calendar_year_however_the_tier_is_held(run: Run):
    lines = [joins(), GOLD, fact("2026-03-01", "store_card"), fact("2026-03-20", "store_card", False)]
    assert rewards(run("dicks-scorecard", lines), "gold-ten") == {"gold-ten:anna:1": "available"}


def test_who_is_gold_no_more_after_the_review_gets_none_for_the_new_year(run: Run):
    lines = [joins(), GOLD, refunded(GOLD, "2026-06-01", "500.00")]
    assert "gold-ten:anna:2" not in rewards(run("dicks-scorecard", lines, at="2027-01-05"), "gold-ten")


def test_the_card_stands_above_gold_and_gold_beneath_it(run: Run):
    lines = [joins(), GOLD, fact("2026-03-01", "store_card")]
    held = run("dicks-scorecard", lines)["members"]["anna"]["tier"]
    assert (held["key"], held["source"], held["since"]) == ("scorerewards", "attribute", "2026-03-01")
    outcome = run("dicks-scorecard", [*lines, fact("2026-04-01", "store_card", False)])
    assert (tier(outcome), outcome["members"]["anna"]["tier"]["source"]) == ("gold", "earned")


def test_a_card_with_an_end_holds_to_the_end_of_its_last_day(run: Run):
    lines = [joins(), fact("2026-03-01", "store_card", until="2026-03-31")]
    assert tier(run("dicks-scorecard", lines, at="2026-04-01T03:59:59Z")) == "scorerewards"
    assert tier(run("dicks-scorecard", lines, at="2026-04-01T04:00:00Z")) == "scorecard"


@pytest.mark.parametrize(("amount", "off"), [("48.99", "0.00"), ("49.00", "5.00")])
def test_shipping_is_free_from_forty_nine(run: Run, quote: Quote, amount: str, off: str):
    outcome = run("dicks-scorecard", [joins()])
    assert perks(outcome) == {"free-shipping": "tier:scorecard"}
    assert quote("2026-01-02", item(amount), shipping="5.00")["shipping"]["discount"] == off


@pytest.mark.parametrize(("spent", "refused"), [("299.00", [(3, "not_enough_points")]), ("300.00", [])])
def test_three_hundred_points_are_ten_dollars(run: Run, spent: str, refused: list[tuple[int, str]]):
    assert (
        codes(run("dicks-scorecard", [joins(), buys("2026-02-01", spent), redeems("2026-02-02", "ten-off")]))
        == refused
    )


def test_what_points_are_worth_is_rounded_down(run: Run):
    outcome = run("dicks-scorecard", [joins(), buys("2026-02-01", "299.00")])
    assert points(outcome)["value"]["amount"] == "9.96"
