"""What a plan would have given on real orders, by tables: each figure is the sum that a member can do herself."""

from datetime import date
from typing import Any

import pytest

from portal.billing.price_rules import choices
from portal.billing.worth import Estimate, Her, estimate, year_of
from portal.earning import Line, Refund
from portal.programme import parse
from tests.billing.past import past
from tests.programme.texts import small

SINCE, TODAY = date(2025, 6, 11), date(2026, 6, 10)
DELIVERY = '[[perks]]\nkey = "free"\nlabel = "Free delivery"\nkind = "free-shipping"\n'
FROM_TWENTY = DELIVERY + 'minimum = "20.00"\n'
TENTH = '[[perks]]\nkey = "tenth"\nlabel = "10% off"\nkind = "percent-off"\npercent = 10\ncategories = ["books"]\n'
RATE = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
TWICE = '[[multipliers]]\nkey = "plus"\nlabel = "Plus"\nfactor = "2"\nwhen = { plans = ["plus"] }\n'
FIVE = (
    '[[rewards]]\nkey = "five"\nlabel = "£5.00 off"\nkind = "money-off"\nvalue = "5.00"\nminimum = "20.00"\n'
)
MONTHLY = (
    '[[grants]]\nkey = "monthly"\nlabel = "£5.00 each month"\non = "payment"\nplans = ["plus"]\n'
    'gives = { reward = "five" }\n'
)


def plan(*perks: str, interval: str = "month", price: str = "3.00", key: str = "plus") -> str:
    named = ", ".join(f'"{perk}"' for perk in perks)
    return f'[[plans]]\nkey = "{key}"\nlabel = "Plus"\ninterval = "{interval}"\nprice = "{price}"\nperks = [{named}]\n'


def found(*parts: str, orders: list[Any], her: dict[str, Any] | None = None, **changed: str) -> Estimate:
    programme = parse(small(*parts, **changed), "small.toml")
    return estimate(
        programme,
        choices(programme)[0].prices,
        orders,
        Her(programme.base_tier, **(her or {})),
        since=SINCE,
        through=TODAY,
    )


def told(one: Estimate) -> list[tuple[Any, ...]]:
    return [(part.kind, part.times, part.amount_minor) for part in one.parts]


def test_free_delivery_is_what_delivery_cost_on_her_orders() -> None:
    orders = [past(2500, shipping_minor=400), past(1000, shipping_minor=350), past(900, shipping_minor=0)]
    one = found(DELIVERY, plan("free"), orders=orders)
    assert told(one) == [("delivery", 2, 750)]
    assert (one.orders, one.costs_minor, one.gives_minor, one.more_minor) == (3, 3600, 750, -2850)
    assert not one.no_delivery


@pytest.mark.parametrize(("amount", "parts"), [(1999, []), (2000, [("delivery", 1, 400)])])
def test_a_minimum_of_a_perk_holds_for_the_estimate_too(amount, parts) -> None:
    assert told(found(FROM_TWENTY, plan("free"), orders=[past(amount, shipping_minor=400)])) == parts


def test_orders_that_say_no_delivery_are_told_so_and_not_guessed() -> None:
    one = found(DELIVERY, plan("free"), orders=[past(2500)])
    assert one.no_delivery
    assert one.gives_minor == 0


def test_the_price_is_that_of_the_cheapest_way_through_a_year() -> None:
    both = [plan(price="3.00"), plan(interval="year", price="30.00", key="plus-y")]
    one = found(*both, orders=[past(100)])
    assert (one.interval, one.payments, one.payment_minor) == ("year", 1, 3000)
    one = found(*[plan(price="2.00"), both[1]], orders=[past(100)])
    assert (one.interval, one.payments, one.payment_minor) == ("month", 12, 200)
    life = parse(small(plan(interval="life", price="90.00")), "small.toml")
    (only,) = choices(life)[0].prices
    assert year_of([only]) == (only, 1)


def test_more_less_and_exactly_its_price_are_a_penny_apart() -> None:
    for shipping, more in ((3601, 1), (3600, 0), (3599, -1)):
        one = found(DELIVERY, plan("free"), orders=[past(100, shipping_minor=shipping)])
        assert one.more_minor == more


def test_a_percentage_is_taken_off_what_was_kept_of_lines_that_it_is_for() -> None:
    lines = (Line("1", 2000, category="books"), Line("2", 3000, category="food"))
    order = past(lines=lines, refunds=(Refund("r", 500, (("1", 500),)),))
    assert told(found(TENTH, plan("tenth"), orders=[order])) == [("percent", 1, 150)]


def test_an_order_that_was_sent_back_whole_counts_for_nothing() -> None:
    order = past(2000, shipping_minor=400, refunds=(Refund("r", 2000, None),))
    one = found(DELIVERY, plan("free"), orders=[order])
    assert (one.orders, one.parts) == (0, ())


def test_what_her_tier_brings_already_is_not_counted_for_the_plan() -> None:
    base = small(DELIVERY, plan("free")).replace('label = "Member"', 'label = "Member"\nperks = ["free"]')
    programme = parse(base, "small.toml")
    one = estimate(
        programme,
        choices(programme)[0].prices,
        [past(2500, shipping_minor=400)],
        Her(programme.base_tier),
        since=SINCE,
        through=TODAY,
    )
    assert one.parts == ()


def test_more_points_are_counted_at_what_they_are_worth() -> None:
    one = found(RATE, TWICE, plan(), orders=[past(2050), past(999)])
    assert told(one) == [("points", 2, 29)]  # 20 and 9 points more, of a penny each
    assert one.parts[0].points == 29


def test_paying_less_earns_less_and_that_is_said() -> None:
    order = past(lines=(Line("1", 1000, category="books"),))
    one = found(RATE, TENTH, plan("tenth"), orders=[order])
    assert told(one) == [("percent", 1, 100), ("points", 1, -1)]  # 9.00 instead of 10.00: 9 points
    assert one.gives_minor == 99


def test_a_reward_of_each_month_counts_only_where_an_order_could_have_used_it() -> None:
    orders = [
        past(2000, on="2025-07-01"),  # uses that of 11 June
        past(1999, on="2025-07-12"),  # too small for one
        past(2000, on="2025-07-13"),  # uses that of 11 July
        past(2000, on="2025-07-14"),  # none is left yet
    ]
    one = found(FIVE, MONTHLY, plan(), orders=orders)
    assert told(one) == [("reward", 2, 1000)]
    assert one.parts[0].of == 12


def test_a_reward_that_has_run_out_is_not_counted() -> None:
    valid = FIVE + "valid_days = 5\n"
    assert told(found(valid, MONTHLY, plan(), orders=[past(2000, on="2025-06-16")])) == [("reward", 1, 500)]
    assert told(found(valid, MONTHLY, plan(), orders=[past(2000, on="2025-06-17")])) == [("reward", 0, 0)]


def test_points_that_the_plan_gives_are_counted_in_full_and_a_birthday_only_of_who_has_told_one() -> None:
    gifts = (
        '[[grants]]\nkey = "m"\nlabel = "Monthly"\non = "month"\nplans = ["plus"]\ngives = { points = 10 }\n'
        '[[grants]]\nkey = "b"\nlabel = "Birthday"\non = "birthday"\nplans = ["plus"]\ngives = { points = 50 }\n'
    )
    assert told(found(gifts, plan(), orders=[past(100)])) == [("given_points", 12, 120)]
    one = found(gifts, plan(), orders=[past(100)], her={"has_birthday": True})
    assert told(one) == [("given_points", 12, 120), ("given_points", 1, 50)]


def test_a_dividend_is_its_share_of_what_counted() -> None:
    text = small(
        '[[dividends]]\nkey = "d"\nlabel = "Dividend"\npercent = 10\npays_on = "03-01"\nplans = ["plus"]\n',
        plan(),
    ).replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    programme = parse(text, "small.toml")
    one = estimate(
        programme,
        choices(programme)[0].prices,
        [past(1234), past(1001)],
        Her(programme.base_tier),
        since=SINCE,
        through=TODAY,
    )
    assert told(one) == [("dividend", 2, 223)]  # 10% of 22.35, rounded down


def test_what_has_no_price_is_named_and_words_that_name_a_counted_reward_are_not() -> None:
    one = found(FIVE, MONTHLY, plan("A gift box", "A £5.00 off reward each month"), orders=[past(2000)])
    assert one.uncounted == ("A gift box",)


def test_money_without_decimals_is_counted_as_it_is() -> None:
    text = small(DELIVERY, plan("free", price="500"), currency='"JPY"').replace(
        'amount = "0.01"', 'amount = "1"'
    )
    programme = parse(text, "small.toml")
    orders = [past(3000, shipping_minor=650, currency="JPY")]
    her, prices = Her(programme.base_tier), choices(programme)[0].prices
    one = estimate(programme, prices, orders, her, since=SINCE, through=TODAY)
    assert (one.gives_minor, one.costs_minor, one.more_minor) == (650, 6000, -5350)


def test_an_order_in_another_currency_counts_at_the_rate_of_its_day_rounded_down() -> None:
    euro = '[[currencies]]\ncode = "EUR"\nrate = "0.86"\n'
    one = found(DELIVERY, euro, plan("free"), orders=[past(100, shipping_minor=333, currency="EUR")])
    assert told(one) == [("delivery", 1, 286)]  # 2.8638
