"""What counts beside the lines of an order: shipping, tax and discount, as the programme chooses."""

from typing import Any

import pytest

from portal.earning import Line, Refund, assess
from portal.errors import Refused
from tests.earning.tables import FROZEN, back, campaign, goods, order, points, programme, rule


def base(counts: str, *lines: Line, **facts: Any) -> int:
    """Minor units that count: a point for each."""
    return points(programme(rule(100), f"\n[orders]\ncounts = {counts}\n"), *lines, **facts)


ALL = '["shipping", "tax", "discount"]'


@pytest.mark.parametrize(
    ("counts", "counted"),
    [
        ("[]", 1800),
        ('["shipping"]', 2200),
        ('["tax"]', 1920),
        ('["discount"]', 2000),
        (ALL, 2520),
    ],
)
def test_the_programme_chooses_what_counts(counts, counted):
    facts = {"shipping_minor": 400, "tax_minor": 120, "discount_minor": 200}
    assert base(counts, *goods(1500, 500), **facts) == counted


@pytest.mark.parametrize("counts", ["[]", '["shipping"]', '["tax"]', '["discount"]', ALL])
def test_what_is_left_out_and_what_counts_add_up(counts):
    lines = (Line("1", 1234), Line("2", 999, "gift-card"), Line("3", 1))
    facts = order(
        *lines, shipping_minor=401, tax_minor=77, discount_minor=333, rewards_minor=500, refunds=back(250)
    )
    trace = assess(programme(rule(1), f"\n[orders]\ncounts = {counts}\n"), facts, FROZEN).trace
    assert trace["total_minor"] - sum(amount for _, amount in trace["left_out"]) == trace["counted_minor"]
    assert all(amount > 0 for _, amount in trace["left_out"])


@pytest.mark.parametrize("counts", ['["shipping"]', '["tax"]', '["discount"]', ALL])
def test_when_everything_is_given_back_nothing_is_kept_whatever_counts(counts):
    facts = {"shipping_minor": 400, "tax_minor": 120, "discount_minor": 200}
    assert base(counts, *goods(1500, 500), refunds=back(2000), **facts) == 0
    paid_back = (Refund("r", 1800, (("1", 1350), ("2", 450))),)  # what was paid for them, after the discount
    assert base(counts, *goods(1500, 500), refunds=paid_back, **facts) == 0


def test_what_counts_beside_a_line_goes_with_it():
    facts = {"shipping_minor": 400}
    assert base('["shipping"]', *goods(1000, 1000), **facts) == 2400
    assert (
        base('["shipping"]', *goods(1000, 1000), refunds=(Refund("r", 1000, (("1", 1000),)),), **facts)
        == 1200
    )
    assert (
        base('["shipping"]', *goods(1000, 1000), refunds=(Refund("r", 500, (("1", 500),)),), **facts) == 1800
    )


@pytest.mark.parametrize(
    ("rewards", "counted"), [(0, 1400), (400, 1000), (1000, 400), (1100, 300), (1400, 0)]
)
def test_what_rewards_paid_beyond_the_lines_paid_for_the_shipping(rewards, counted):
    assert base('["shipping"]', *goods(1000), shipping_minor=400, rewards_minor=rewards) == counted


def test_shipping_of_gift_cards_alone_earns_nothing():
    assert base(ALL, Line("1", 5000, "gift-card"), shipping_minor=400, tax_minor=100) == 0


@pytest.mark.parametrize(("rounding", "earned"), [("down", 8), ("half-up", 10)])
def test_a_factor_is_rounded_as_the_programme_rounds(rounding, earned):
    text = programme(rule(1), campaign('factor = "1.25"'), f'\n[orders]\nrounding = "{rounding}"\n')
    assert points(text, *goods(750)) == earned  # 7 or 8, times 1.25: 8.75 or 10


def test_a_currency_that_is_not_accepted_is_refused():
    with pytest.raises(Refused, match="unknown_currency"):
        points(programme(rule(1), campaign("bonus = 1")), *goods(100), currency="USD")
