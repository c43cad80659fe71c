"""Amounts on their way in and out: nothing is rounded, guessed or read as another number than was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import Refused
from portal.money import precision, to_major, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("12.3", "USD", 1230),
        ("12", "USD", 1200),
        ("0", "USD", 0),
        ("0.01", "USD", 1),
        ("-12.34", "USD", -1234),
        ("-0.05", "USD", -5),
        ("-0", "USD", 0),
        ("500", "JPY", 500),
        ("500", "KRW", 500),
        ("1.234", "BHD", 1234),
        ("1.2", "BHD", 1200),
        ("9999999999.99", "USD", 999_999_999_999),
    ],
)
def test_an_amount_becomes_whole_minor_units(amount, currency, minor):
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    [
        "", " ", " 1", "1 ", "1\n", "\t1", "+1", "--1", "- 1", "01", "00", "1.", ".5", "1,5", "1,000.00", "1_000",
        "1e3", "1E3", "1e-2", "NaN", "nan", "inf", "-Infinity", "0x10", "１２", "١٢", "1.２", "²", "1\x00", "£1", "−1",
        "9223372036854775808", "99999999999", "1.0000000000", "1.2.3", "1 000", "1\u00a0000",
    ],
)  # fmt: skip
def test_what_is_not_a_plain_decimal_is_refused(amount):
    with pytest.raises(Refused) as refusal:
        to_minor(amount, "USD")
    assert refusal.value.code == "bad_value"


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.234", "USD"), ("1.000", "USD"), ("1.0", "JPY"), ("1.5", "KRW"), ("1.2345", "BHD"), ("0.001", "EUR")],
)
def test_more_decimals_than_the_currency_has_are_refused_and_not_rounded(amount, currency):
    with pytest.raises(Refused) as refusal:
        to_minor(amount, currency)
    assert refusal.value.code == "too_precise"


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDD", "XXZ", "ＵＳＤ", "US\n"])
def test_a_currency_that_does_not_exist_is_refused(currency):
    with pytest.raises(Refused) as refusal:
        to_minor("1", currency)
    assert refusal.value.code == "unknown_currency"


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("USD", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("CLP", 0),
        ("BHD", 3),
        ("IQD", 3),
        ("RSD", 2),
        ("LBP", 2),
        ("MMK", 2),
    ],
)
def test_a_currency_has_the_decimals_of_the_standard_and_not_of_the_price_tag(currency, decimals):
    assert precision(currency) == decimals


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.sampled_from(["USD", "JPY", "BHD", "GBP", "KWD"]))
def test_an_amount_that_goes_out_comes_back_the_same(minor, currency):
    if abs(minor) < 10 ** (10 + precision(currency)):
        assert to_minor(to_major(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [(5, "USD", "0.05"), (-5, "USD", "-0.05"), (0, "USD", "0.00"), (7, "JPY", "7"), (-1, "BHD", "-0.001")],
)
def test_an_amount_is_written_with_all_its_decimals(minor, currency, major):
    assert to_major(minor, currency) == major
