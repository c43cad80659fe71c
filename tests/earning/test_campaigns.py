"""Campaigns and the chosen day beside the usual rule: arithmetic, stacking, caps, refunds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.earning import Frozen, Line, Refund, assess
from tests.earning.tables import (
    FROZEN,
    back,
    campaign,
    goods,
    order,
    passed,
    placed,
    points,
    programme,
    rule,
    times,
)

CHOSEN = '\n[chosen_day]\nlabel = "Your day"\nfactor = "3"\n'
CAP = 'cap = { per = "month", points = 100 }'
STORE = 'channels = ["store"]'


def with_room(points_left: int) -> Frozen:
    return Frozen(1, "member", room={"event": points_left})


@pytest.mark.parametrize(
    ("at", "earned"),
    [
        (datetime(2026, 5, 31, 22, 59, 59, tzinfo=UTC), 10),  # 23:59:59 in London
        (datetime(2026, 5, 31, 23, tzinfo=UTC), 20),
        (datetime(2026, 6, 15, 22, 59, 59, tzinfo=UTC), 20),
        (datetime(2026, 6, 15, 23, tzinfo=UTC), 10),
    ],
)
def test_a_campaign_runs_from_its_first_midnight_to_its_last(at, earned):
    text = programme(rule(1), campaign('factor = "2"'))
    found = assess(text, placed(at, text, *goods(1000)), FROZEN)
    assert found.points == earned
    assert ({"rule": "event", "label": "event", "because": "time"} in found.trace["passed"]) == (earned == 10)


@pytest.mark.parametrize(("amount", "earned"), [(4999, 49), (5000, 100), (5001, 100)])
def test_a_minimum_holds_from_the_very_amount_of_what_counts(amount, earned):
    text = programme(rule(1), campaign('factor = "2"\nminimum = "50.00"'))
    assert points(text, *goods(amount), shipping_minor=1000) == earned


def test_a_minimum_is_of_the_lines_that_the_campaign_is_for():
    text = programme(rule(1), campaign('factor = "2"\nminimum = "50.00"', when='categories = ["tea"]'))
    tea, other = Line("1", 4999, category="tea"), Line("2", 9000)
    assert points(text, tea, other) == 139
    assert passed(text, order(tea, other))["event"] == "minimum"
    assert points(text, Line("1", 5000, category="tea"), other) == 100 + 90


def test_a_minimum_in_another_currency_is_compared_exactly():
    text = programme(
        rule(1), campaign('bonus = 7\nminimum = "9.00"'), '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n'
    )
    assert points(text, *goods(1000), currency="EUR") == 9 + 7
    assert points(text, *goods(999), currency="EUR") == 8


@pytest.mark.parametrize("gives", ['factor = "2"', 'points = 10\nper = "1.00"', "bonus = 500"])
def test_a_refund_below_the_minimum_ends_it(gives):
    text = programme(rule(1), campaign(f'{gives}\nminimum = "50.00"'))
    usual = programme(rule(1))
    assert points(text, *goods(5001), refunds=back(1)) > points(usual, *goods(5001), refunds=back(1))
    assert points(text, *goods(5001), refunds=back(2)) == points(usual, *goods(5001), refunds=back(2)) == 49


@pytest.mark.parametrize(
    ("stacking", "earned", "lost"),
    [("", 200, "more"), ('\nstacking = "best"', 200, "more"), ('\nstacking = "adds"', 250, None)],
)
def test_a_factor_competes_with_multipliers_unless_it_adds(stacking, earned, lost):
    text = programme(rule(1), times("1.5"), campaign(f'factor = "2"{stacking}'))
    assert points(text, *goods(10000)) == earned
    assert passed(text, order(*goods(10000))).get("more") == ("beaten" if lost else None)


def test_a_campaign_that_loses_says_so():
    text = programme(rule(1), times("3"), campaign('factor = "2"'))
    assert points(text, *goods(1000)) == 30
    assert passed(text, order(*goods(1000)))["event"] == "beaten"


def test_a_campaign_is_for_its_lines_alone():
    text = programme(rule(1), campaign('factor = "2"', when='categories = ["tea"]'))
    assert points(text, Line("1", 1000, category="tea"), Line("2", 1000)) == 30


def test_points_are_rounded_before_and_after_a_factor():
    assert points(programme(rule(1), campaign('factor = "1.25"')), *goods(8099)) == 100
    assert points(programme(rule(1), campaign('factor = "2.5"')), *goods(8099)) == 200


MONEY = {"unit": ""}


@pytest.mark.parametrize(("amount", "percent"), [(1234, 24), (10000, 200)])
def test_a_rate_stands_in_place_of_the_rule_for_its_lines(amount, percent):
    # The fifth of a campaign's worked cases: 10 % on beauty instead of 2 %, everything else as ever.
    text = programme(rule(2), campaign('points = 10\nper = "1.00"', when='categories = ["beauty"]'))
    assert points(text, Line("1", amount)) == percent
    assert points(text, Line("1", amount, category="beauty")) == amount // 10
    assert points(text, Line("1", amount, category="beauty"), Line("2", amount)) == amount // 10 + percent
    assert passed(text, order(Line("1", amount, category="beauty")))["all"] == "replaced"


def test_a_rate_is_multiplied_like_any_other():
    text = programme(rule(1), times("2"), campaign('points = 10\nper = "1.00"'))
    found = assess(text, order(*goods(150)), FROZEN)
    assert found.points == 30
    assert (found.trace["fired"][0]["rule"], found.trace["fired"][0]["campaign"]) == ("event", True)


def test_a_rate_wins_over_a_better_rule_and_gives_where_no_rule_does():
    assert points(programme(rule(20), campaign('points = 10\nper = "1.00"')), *goods(1000)) == 100
    text = programme(rule(1, when=STORE), campaign('points = 10\nper = "1.00"'))
    assert points(text, *goods(1000), channel="app") == 100


def test_of_several_rates_the_best_one_holds_however_it_is_written():
    one = campaign('points = 3\nper = "2.00"\nstacking = "best"', key="one")
    other = campaign('points = 7\nper = "5.00"\nstacking = "best"', key="other")
    text = programme(rule(1), one, other)
    assert points(text, *goods(1000)) == 15
    assert passed(text, order(*goods(1000)))["other"] == "beaten"


def test_a_bonus_comes_once_an_order_while_anything_that_counts_is_left():
    text = programme(rule(1), campaign("bonus = 500", when='categories = ["tea"]'))
    tea = (Line("1", 1000, category="tea"), Line("2", 1000, category="tea"), Line("3", 1000))
    whole = assess(text, order(*tea), FROZEN)
    assert whole.points == 530
    assert whole.trace["campaigns"] == [{"campaign": "event", "label": "event", "points": 500}]
    one_left = (Refund("r", 1999, (("1", 1000), ("2", 999))),)
    assert points(text, *tea, refunds=one_left) == 500 + 10
    assert points(text, *tea, refunds=(Refund("r", 2000, (("1", 1000), ("2", 1000))),)) == 10
    assert points(text, Line("1", 1000, "gift-card", category="tea")) == 0


def test_a_bonus_stands_beside_a_programme_without_rules():
    assert points(programme(campaign("bonus = 500")), *goods(1)) == 500


def test_the_largest_bonus_counts_and_those_that_add_come_to_it():
    parts = [
        campaign('bonus = 100\nstacking = "best"', key="small"),
        campaign('bonus = 300\nstacking = "best"', key="large"),
        campaign('bonus = 5\nstacking = "adds"', key="adds"),
    ]
    text = programme(rule(1), *parts)
    assert points(text, *goods(1000)) == 10 + 300 + 5
    assert passed(text, order(*goods(1000)))["small"] == "beaten"


@pytest.mark.parametrize(
    ("room", "earned", "used"), [(100, 200, 100), (101, 200, 100), (99, 199, 99), (1, 101, 1), (0, 100, 0)]
)
def test_a_cap_leaves_the_usual_points_and_cuts_what_comes_beside_them(room, earned, used):
    text = programme(rule(1), campaign(f'factor = "2"\n{CAP}'))
    found = assess(text, order(*goods(10000)), with_room(room))
    assert found.points == earned
    assert found.uses.get("event", 0) == used
    cut = [one["capped"] for one in found.trace.get("campaigns", []) if "capped" in one]
    assert cut == ([] if used == 100 else [{"per": "month", "points": 100, "asked": 100}])
    assert found.trace["points"] == earned


def test_what_is_usual_includes_the_multiplier_that_the_campaign_beats():
    text = programme(rule(1), times("1.5"), campaign(f'factor = "2"\n{CAP}'))
    assert points(text, *goods(10000), frozen=with_room(100)) == 200
    assert points(text, *goods(10000), frozen=with_room(20)) == 150 + 20
    assert points(text, *goods(10000), frozen=with_room(0)) == 150
    assert assess(text, order(*goods(10000)), with_room(100)).uses == {"event": 50}


@pytest.mark.parametrize(("room", "earned"), [(500, 600), (180, 280), (0, 100)])
def test_a_bonus_and_a_rate_have_caps_too(room, earned):
    assert (
        points(programme(rule(1), campaign(f"bonus = 500\n{CAP}")), *goods(10000), frozen=with_room(room))
        == earned
    )
    text = programme(rule(1), campaign(f'points = 6\nper = "1.00"\n{CAP}'))
    assert points(text, *goods(10000), frozen=with_room(room)) == earned


def test_refunds_are_taken_from_what_the_cap_had_cut_first():
    text = programme(rule(1), campaign(f'factor = "2"\n{CAP}'))
    kept = [points(text, *goods(15000), refunds=back(*taken), frozen=with_room(100)) for taken in
            [(), (5000,), (5000, 5000), (5000, 5000, 5000)]]  # fmt: skip
    assert kept == [150 + 100, 100 + 100, 50 + 50, 0]


def test_two_caps_are_used_in_the_order_of_the_file():
    parts = [
        campaign(f'factor = "2"\nstacking = "adds"\n{CAP}', key="first"),
        campaign(f"bonus = 50\n{CAP}", key="second"),
    ]
    frozen = Frozen(1, "member", room={"first": 30, "second": 100})
    found = assess(programme(rule(1), *parts), order(*goods(10000)), frozen)
    assert found.points == 100 + 30 + 50
    assert found.uses == {"first": 30, "second": 50}


def of_tier(tier: str, **facts: Any) -> Frozen:
    return Frozen(1, tier, **facts)


def test_on_the_chosen_day_the_factor_competes_like_any_other():
    text = programme(rule(1), times("2"), CHOSEN)
    assert points(text, *goods(8099), frozen=of_tier("member", chosen="2026")) == 240
    assert points(text, *goods(8099)) == 160
    assert passed(text, order(*goods(8099)))["chosen-day"] == "chosen_day"


def test_only_tiers_that_carry_it_have_a_chosen_day():
    tiers = '\n[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'
    text = programme(rule(1), CHOSEN + 'tiers = ["gold"]\n', tiers)
    assert points(text, *goods(1000), frozen=of_tier("gold", chosen="2026")) == 30
    assert points(text, *goods(1000), frozen=of_tier("member", chosen="2026")) == 10
    assert passed(text, order(*goods(1000)), of_tier("member", chosen="2026"))["chosen-day"] == "tiers"


@pytest.mark.parametrize(("amount", "kept"), [(0, 240), (1, 240), (99, 240), (100, 237), (8099, 0)])
def test_a_refund_keeps_the_factor_of_the_chosen_day(amount, kept):
    text = programme(rule(1), CHOSEN)
    refunds = back(amount) if amount else ()
    assert points(text, *goods(8099), frozen=of_tier("member", chosen="2026"), refunds=refunds) == kept
