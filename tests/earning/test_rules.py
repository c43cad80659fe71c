"""The points of an order, by tables: no database, no app."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.earning import Frozen, Line, Refund, assess, qualifying
from portal.errors import Refused
from portal.programme import parse
from tests.earning.tables import FROZEN, PLACED, goods, order, points, programme, rule, times
from tests.earning.test_counted import whole_orders
from tests.programme.texts import small


@pytest.mark.parametrize(
    ("parts", "changed", "amount", "earned"),
    [
        ((rule(1), times("3")), {}, 8099, 240),  # Reading 1: 80, three times
        ((rule(1), times("1.25")), {}, 8099, 100),
        ((rule(10),), {}, 1234, 123),  # 10 % worded as points of a cent: $12.34 is 123
        ((rule(1),), {}, 99, 0),
        ((rule(1),), {}, 100, 1),
        ((rule(2),), {}, 50, 1),
        ((rule(1, "10.00"),), {}, 9999, 9),
        ((rule(5),), {}, 150, 7),
        ((rule(1), '\n[orders]\nrounding = "half-up"\n'), {}, 50, 1),
        ((rule(1), '\n[orders]\nrounding = "half-up"\n'), {}, 49, 0),
        ((rule(1), '\n[orders]\nrounding = "half-up"\n', times("1.5")), {}, 50, 2),  # 0.5 -> 1, 1.5 -> 2
        ((), {}, 5000, 0),  # no rule, no points
    ],
)
def test_points_are_rounded_once_for_each_rule_and_again_after_a_multiplier(parts, changed, amount, earned):
    assert points(programme(*parts, **changed), *goods(amount)) == earned


@pytest.mark.parametrize(("percent", "earned"), [(2, 24), (10, 123), (5, 61)])
def test_in_a_money_programme_a_rate_is_a_percentage_of_the_amount(percent, earned):
    text = small(rule(percent)).replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    assert points(parse(text, "money.toml"), *goods(1234)) == earned


def test_lines_under_one_rule_are_added_before_rounding_and_those_of_two_rules_are_not():
    one = programme(rule(1))
    assert points(one, *goods(50, 50)) == 1
    two = programme(rule(1), rule(1, key="books", when='categories = ["books"]'))
    assert points(two, Line("1", 50), Line("2", 50, category="books")) == 0
    split = programme(rule(1), times("2", when='categories = ["books"]'))
    assert points(split, Line("1", 150), Line("2", 150, category="books")) == 1 + 2


def test_the_last_rule_that_matches_a_line_is_the_one_that_is_used():
    text = programme(
        rule(1),
        rule(3, key="app", when='channels = ["app"]'),
        rule(2, key="tea", when='categories = ["tea"]'),
    )
    assert points(text, *goods(1000)) == 10
    assert points(text, *goods(1000), channel="app") == 30
    assert points(text, Line("1", 1000, category="tea"), channel="app") == 20
    found = assess(text, order(Line("1", 1000, category="tea"), channel="app"), FROZEN)
    assert [fired["rule"] for fired in found.trace["fired"]] == ["tea"]
    assert {passed["rule"]: passed["because"] for passed in found.trace["passed"]} == {
        "all": "replaced",
        "app": "replaced",
    }


def test_the_best_multiplier_wins_and_those_that_add_are_added_to_it():
    text = programme(
        rule(1),
        times("2", "two"),
        times("3", "three"),
        times("1.5", "half", adds=True),
        times("1.25", "quarter", adds=True),
    )
    assert points(text, *goods(10000)) == 375  # 100 x (3 + 0.5 + 0.25)
    assert points(programme(rule(1), times("1.5", "half", adds=True)), *goods(10000)) == 150
    found = assess(text, order(*goods(10000)), FROZEN)
    assert {passed["rule"]: passed["because"] for passed in found.trace["passed"]} == {"two": "beaten"}


def test_of_two_equal_multipliers_the_first_is_named_and_only_one_counts():
    text = programme(rule(1), times("2", "one"), times("2", "other"))
    found = assess(text, order(*goods(1000)), FROZEN)
    assert found.points == 20
    assert [multiplier["key"] for multiplier in found.trace["fired"][0]["multipliers"]] == ["one"]


@pytest.mark.parametrize(
    ("when", "facts", "holds"),
    [
        ('channels = ["store"]', {"channel": "store"}, True),
        ('channels = ["store"]', {"channel": None}, False),
        ('shops = ["main"]', {}, True),
        ('shops = ["other"]', {}, False),
        ('payments = ["card"]', {"payment": "card"}, True),
        ('currencies = ["GBP"]', {}, True),
        ("from = 2026-06-10", {}, True),
        ("from = 2026-06-11", {}, False),
        ("until = 2026-06-10", {}, True),  # a deadline is inclusive
        ("until = 2026-06-09", {}, False),
        ("from = 2026-06-10T09:00:00Z", {}, True),
        ("from = 2026-06-10T09:00:01Z", {}, False),
        ("until = 2026-06-10T09:00:00Z", {}, False),  # an instant ends it
        ("until = 2026-06-10T09:00:01Z", {}, True),
        ('brands = ["main"]', {}, True),  # no brand: the shop stands for it (Reading 29)
    ],
)
def test_a_rule_holds_only_when_its_conditions_do(when, facts, holds):
    assert points(programme(rule(1, when=when)), *goods(1000), **facts) == (10 if holds else 0)


@pytest.mark.parametrize(
    ("when", "line", "holds"),
    [
        ('categories = ["tea", "books"]', Line("1", 1000, category="books"), True),
        ('categories = ["tea"]', Line("1", 1000), False),
        ('brands = ["acme"]', Line("1", 1000, brand="acme"), True),
        ('brands = ["main"]', Line("1", 1000, brand="acme"), False),
        ('kinds = ["service"]', Line("1", 1000, "service"), True),
        ('tags = ["full-price"]', Line("1", 1000, tags=("sale", "full-price")), True),
        ('tags = ["full-price"]', Line("1", 1000, tags=("sale",)), False),
        (
            'kinds = ["gift-card"]',
            Line("1", 1000, "gift-card"),
            False,
        ),  # buying one earns nothing whatever a rule says
    ],
)
def test_a_rule_looks_at_each_line(when, line, holds):
    assert points(programme(rule(1, when=when)), line) == (10 if holds else 0)


def test_the_tier_that_was_frozen_decides_the_rate():
    text = programme(
        rule(1),
        rule(2, key="gold", when='tiers = ["gold"]'),
        '\n[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "100.00" }]\n',
    )
    assert points(text, *goods(1000)) == 10
    assert points(text, *goods(1000), frozen=Frozen(1, "gold")) == 20


RATES = (
    '\n[[currencies]]\ncode = "JPY"\nrate = "0.0052"\n'
    '\n[[currencies]]\ncode = "BHD"\nrate = "2.1"\n'
    '\n[[currencies]]\ncode = "EUR"\nrate = "0.85"\n'
    '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\nfrom = 2026-06-10\n'
)


@pytest.mark.parametrize(
    ("currency", "minor", "placed_on", "earned", "spend"),
    [
        ("JPY", 10000, PLACED.date(), 52, 5200),
        ("JPY", 193, PLACED.date(), 1, 100),  # 1.0036 pounds: exact until the points are made
        ("BHD", 1000, PLACED.date(), 2, 210),
        ("BHD", 1, PLACED.date(), 0, 0),  # 0.21 pence
        ("EUR", 10000, date(2026, 6, 9), 85, 8500),
        ("EUR", 10000, date(2026, 6, 10), 90, 9000),
        ("EUR", 111, date(2026, 6, 10), 0, 99),  # 0.999 pounds
    ],
)
def test_other_currencies_count_exactly_at_the_rate_of_the_day(currency, minor, placed_on, earned, spend):
    found = assess(
        programme(rule(1), RATES), order(*goods(minor), currency=currency, placed_on=placed_on), FROZEN
    )
    assert (found.points, found.counted_minor) == (earned, spend)


def test_a_currency_without_a_rate_on_that_day_is_refused():
    text = programme(rule(1), '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\nfrom = 2026-06-11\n')
    with pytest.raises(Refused) as refusal:
        points(text, *goods(100), currency="EUR")
    assert refusal.value.code == "unknown_currency"


@pytest.mark.parametrize("refunds", [[3000], [1000, 2000], [1000, 1000, 1000], [1, 2999], [2999, 1]])
def test_refunds_in_any_parts_leave_nothing_when_all_is_given_back(refunds):
    text, parts = programme(rule(3), times("1.25")), []
    kept: list[int] = [points(text, *goods(1001, 1999))]
    for number, amount in enumerate(refunds):
        parts.append(Refund(f"r{number}", amount, None))
        kept.append(points(text, *goods(1001, 1999), refunds=tuple(parts)))
    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == 0


@given(whole_orders(), st.sampled_from(["down", "half-up"]))
def test_points_are_what_a_plain_sum_makes_of_one_rule(facts, rounding):
    text = programme(rule(3, "2.00"), f'\n[orders]\nrounding = "{rounding}"\n')
    counted = sum(qualifying(facts).by_line.values())
    half = 100 if rounding == "half-up" else 0
    assert assess(text, facts, FROZEN).points == (counted * 3 + half) // 200
