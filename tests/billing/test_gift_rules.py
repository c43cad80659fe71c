"""Plans as gifts, decided: what is offered, how long a gift lasts, and when a code is better kept."""

from datetime import date

import pytest

from portal import programme as programmes
from portal.billing import gift_rules
from portal.billing.rules import Holding

TODAY = date(2026, 6, 10)
PLANS = """
[[plans]]
key = "plus-monthly"
label = "Plus"
interval = "month"
price = "{month}"
perks = ["free-shipping"]

[[plans]]
key = "plus-yearly"
label = "Plus"
interval = "year"
price = "{year}"
perks = ["free-shipping"]

[[plans]]
key = "plus-life"
label = "Plus"
interval = "life"
price = "90.00"
perks = ["free-shipping"]

"""


def shop(month: str = "3.00", year: str = "30.00"):
    """The demonstration's programme with one plan at three prices."""
    source = programmes.load("demo").source
    first = source.index("[[plans]]")
    last = source.index("# ---", first)
    return programmes.parse(source[:first] + PLANS.format(month=month, year=year) + source[last:], "demo")


@pytest.mark.parametrize(
    ("month", "year", "offered"),
    [
        ("3.00", "30.00", [(1, 300), (3, 900), (6, 1800), (12, 3000)]),
        ("3.00", "36.00", [(1, 300), (3, 900), (6, 1800), (12, 3600)]),
        ("3.00", "36.01", [(1, 300), (3, 900), (6, 1800), (12, 3600)]),
        ("3.00", "18.00", [(1, 300), (3, 900), (12, 1800)]),
        ("3.00", "18.01", [(1, 300), (3, 900), (6, 1800), (12, 1801)]),
    ],
)
def test_nobody_is_offered_a_time_that_costs_as_much_as_a_longer_one(month, year, offered):
    (choice,) = gift_rules.choices(shop(month, year))
    assert [(one.months, one.minor) for one in choice.offers] == offered
    assert all(one.plan.interval != "life" for one in choice.offers)


def test_of_a_year_by_two_ways_at_one_price_the_yearly_plan_is_given():
    (choice,) = gift_rules.choices(shop("3.00", "36.00"))
    assert choice.offers[-1].key == "plus-yearly-12"


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 6, 10), 1, date(2026, 7, 10)),
        (date(2026, 6, 10), 3, date(2026, 9, 10)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 1, 30), 2, date(2026, 3, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_a_gift_lasts_to_the_same_day_of_a_later_month_or_its_last(first, months, last):
    assert gift_rules.last_day(first, months) == last


PAID = Holding("plus-monthly", "active", paid_until=date(2026, 7, 10))
FOR_LIFE = Holding("plus-life", "paid", for_life=True)


@pytest.mark.parametrize(
    ("holdings", "wait"),
    [
        ([], None),
        ([PAID], "paid"),
        ([Holding("gold-monthly", "active", paid_until=date(2026, 7, 10))], "paid"),
        ([Holding("plus-monthly", "active", paid_until=TODAY, ends_on=TODAY)], "paid"),
        ([Holding("plus-monthly", "active", paid_until=date(2026, 6, 9), ends_on=date(2026, 6, 9))], None),
        ([Holding("plus-monthly", "past_due", paid_until=TODAY, failed_on=date(2026, 6, 3))], "due"),
        ([Holding("plus-monthly", "past_due", paid_until=TODAY, failed_on=date(2026, 6, 2))], "due"),
        ([Holding("plus-monthly", "unpaid", paid_until=TODAY)], "due"),
        ([Holding("plus-monthly", "paused", paid_until=date(2026, 6, 20))], "paid"),
        ([Holding("plus-monthly", "active", paid_until=TODAY, collection_paused=True)], "paid"),
        ([Holding("plus-monthly", "trialing", paid_until=date(2026, 6, 20))], "paid"),
        ([Holding("plus-monthly", "incomplete")], None),
        ([Holding("plus-monthly", "canceled", paid_until=TODAY, ended_on=date(2026, 6, 11))], "paid"),
        ([Holding("plus-monthly", "canceled", paid_until=TODAY, ended_on=TODAY)], None),
        ([FOR_LIFE], "life"),
        ([Holding("gold-life", "paid", for_life=True)], None),
        ([Holding("gold-life", "paid", for_life=True), PAID], "paid"),
        ([FOR_LIFE, Holding("gold-monthly", "active", paid_until=date(2026, 7, 10))], "life"),
        ([Holding("plus-life", "refunded", for_life=True, ended_on=TODAY)], None),
        ([Holding("plus-monthly", "given", ends_on=date(2026, 7, 1), given="gift", from_on=TODAY)], None),
    ],
)
def test_a_code_waits_for_all_that_is_paid_or_may_yet_be(holdings, wait):
    assert gift_rules.why_wait(holdings, ["plus-monthly", "plus-yearly", "plus-life"], TODAY) == wait


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Your parcel waits: http://evil.example/pay", True),
        ("evil.example/pay", True),
        ("go to www.evil", True),
        ("bit.ly/3x", True),
        ("mail x@evil.com", True),
        ("evil\uff0ecom", True),  # what browsers read as a dot
        ("xn--e1afmkfd.xn--p1ai", True),
        ("Happy birthday. Tea is on me", False),
        ("Well...okay, see you at 5.30pm", False),
        ("e.g. on Friday, p.s. I love you", False),
        ("Tea for £9.00", False),
        ("생일 축하해.사랑해", False),
    ],
)
def test_words_to_a_friend_name_no_place_on_the_web(words, named):
    assert gift_rules.names_address(words) == named
