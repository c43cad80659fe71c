"""Minimum and step, as a table."""

import pytest

from portal.giving.rules import fits, most, reference
from portal.programme import Giving


@pytest.mark.parametrize(
    ("minimum", "step", "available", "expected"),
    [
        (1, 1, 0, 0), (1, 1, 7, 7), (100, 100, 99, 0), (100, 100, 100, 100), (100, 100, 399, 300),
        (100, 50, 149, 100), (100, 50, 150, 150), (30, 50, 100, 80), (30, 50, 29, 0),
    ],
)  # fmt: skip
def test_all_that_can_be_given_is_rounded_down_to_the_step(minimum, step, available, expected):
    giving = Giving(minimum=minimum, step=step)
    assert most(giving, available) == expected
    assert expected == 0 or fits(giving, expected)


@pytest.mark.parametrize(
    ("points", "fine"), [(99, False), (100, True), (101, False), (150, True), (-100, False)]
)
def test_an_amount_is_on_a_step_counted_from_the_minimum(points, fine):
    assert fits(Giving(minimum=100, step=50), points) is fine


def test_a_reference_is_short_where_the_portal_made_it_and_the_shops_own_where_not():
    assert reference("01J0Z8Q3V9K7T2M4N6P8R0S2T4") == "P8R0-S2T4"
    assert reference("order-7/gift") == "order-7/gift"
