"""The worth-it meter from facts alone: what was paid, what it gave, and which of the two is more."""

from datetime import date
from fractions import Fraction

import pytest

from portal.billing.meter import Fee, Got, meter

SINCE = date(2026, 1, 10)
HOME = Fraction(1)


def fee(minor: int, on: date = SINCE, currency: str = "GBP", back: int = 0) -> tuple[Fee, Fraction | None]:
    return Fee(on, minor, currency, back), HOME


def test_nothing_on_either_side_is_empty() -> None:
    found = meter(SINCE, [], [Got("points", "", 0, 0)])
    assert found.is_empty
    assert (found.paid_minor, found.gave_minor, found.more_minor) == (0, 0, 0)


@pytest.mark.parametrize(("gave", "more"), [(901, 1), (900, 0), (899, -1)])
def test_more_and_less_than_was_paid_are_a_penny_apart(gave: int, more: int) -> None:
    found = meter(SINCE, [fee(300), fee(300), fee(300)], [Got("reward", "£5.00 off", 2, gave, used=2)])
    assert (found.paid_minor, found.more_minor) == (900, more)


def test_what_was_paid_back_was_not_paid() -> None:
    assert meter(SINCE, [fee(3000, back=3000), fee(300, back=100)], []).paid_minor == 200


def test_a_fee_in_another_currency_counts_at_its_rate_rounded_down() -> None:
    found = meter(SINCE, [(Fee(SINCE, 333, "EUR"), Fraction(86, 100)), fee(300)], [])
    assert found.paid_minor == 586


def test_with_a_fee_that_has_no_rate_what_was_paid_and_what_it_gave_stand_side_by_side() -> None:
    unknown = (Fee(SINCE, 500, "JPY", 100), None)
    found = meter(SINCE, [fee(300), unknown, fee(300)], [Got("reward", "Five off", 1, 500)])
    assert (found.paid, found.gave_minor) == ({"GBP": 600, "JPY": 400}, 500)
    assert (found.paid_minor, found.more_minor) == (None, None)


def test_fees_before_the_first_order_that_is_read_are_left_out_as_their_benefits_are() -> None:
    found = meter(SINCE, [fee(300, on=date(2026, 1, 9)), fee(300)], [], cut=True)
    assert found.paid_minor == 300
    assert found.cut
