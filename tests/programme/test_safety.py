"""How much moves in a day without a fresh proof, as the file says it or by what its home currency is."""

from fractions import Fraction

import pytest

from portal import programme as programmes
from portal.programme import Invalid
from portal.programme.safety import WORTH_25_DOLLARS, default_basic_daily
from tests.programme.texts import small

RATE = '\n[[currencies]]\ncode = "{}"\nrate = "{}"\n'


def limit(*parts: str, **changed: str) -> int:
    return programmes.parse(small(*parts, **changed), "small.toml").basic_daily_minor


def safety(amount: str) -> str:
    return f'\n[safety]\nbasic_daily = "{amount}"\n'


@pytest.mark.parametrize(("amount", "minor"), [("10.00", 1000), ("0", 0), ("0.00", 0), ("0.01", 1)])
def test_the_file_says_it(amount, minor):
    assert limit(safety(amount)) == minor


@pytest.mark.parametrize(
    ("home", "minor"), [("USD", 2500), ("GBP", 2000), ("KRW", 35000), ("ZAR", 45000), ("JPY", 4000)]
)
def test_a_file_that_says_none_has_what_is_worth_about_25_dollars(home, minor):
    assert limit(currency=f'"{home}"', value='{ points = 1, amount = "1" }') == minor


def test_a_home_currency_that_is_in_no_table_goes_by_a_rate_of_the_file():
    assert limit(RATE.format("USD", "13.50"), currency='"UYU"') == 33750
    assert limit(RATE.format("JPY", "0.25"), RATE.format("USD", "13.50"), currency='"UYU"') == 33750
    assert limit(currency='"UYU"') == 0, "without one everything asks for a proof"
    assert default_basic_daily("ISK", {"EUR": Fraction("150")}) == 3750, "a currency without decimals"
    assert limit(RATE.format("USD", "0.80")) == WORTH_25_DOLLARS["GBP"], "the table comes first"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ('"-1.00"', "is below zero"),
        ("2500", "money is written as text in quotes"),
        ('"1.001"', "more decimals"),
    ],
)
def test_what_is_no_amount_is_said_on_its_line(amount, words):
    with pytest.raises(Invalid) as caught:
        programmes.parse(small(f"\n[safety]\nbasic_daily = {amount}\n"), "small.toml")
    (problem,) = caught.value.problems
    assert problem.path == "safety.basic_daily"
    assert words in problem.message


def test_a_change_is_told_in_money_also_from_a_file_that_said_none():
    old = programmes.parse(small(), "small.toml")
    new = programmes.parse(small(safety("10.00")), "small.toml")
    (change,) = programmes.diff(old, new)
    assert str(change).startswith("safety.basic_daily: 20.00 GBP -> 10.00 GBP\n")
    assert "From now on" in change.means
