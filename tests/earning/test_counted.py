"""What of an order counts, and how an amount is spread over its lines, by tables: no database, no app."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.earning import Line, OrderFacts, Refund, qualifying
from portal.earning.rules import refunded_by_line, spread
from portal.errors import Refused
from tests.earning.tables import goods, order


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),  # equal remainders: the earlier line
        (11, [1, 1, 1], [4, 4, 3]),
        (1, [1, 1], [1, 0]),
        (100, [1, 2], [33, 67]),  # 33.3 and 66.7: the larger remainder
        (5, [0, 3, 0, 2], [0, 3, 0, 2]),
        (1, [0, 0, 7], [0, 0, 1]),
        (7, [], []),
        (7, [0, 0], [0, 0]),
        (0, [3, 4], [0, 0]),
        (7, [3, 4], [3, 4]),
        (3, [999_999_999_999, 1], [3, 0]),
    ],
)
def test_an_amount_is_spread_by_largest_remainder_and_ties_go_to_the_earlier_line(amount, weights, shares):
    assert spread(amount, weights) == shares


@given(st.lists(st.integers(0, 10**6), max_size=8), st.data())
def test_a_spread_amount_adds_up_and_no_share_is_larger_than_its_line(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))
    shares = spread(amount, weights)
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def counted(*lines: Line, **facts: Any) -> list[int]:
    return list(qualifying(order(*lines, **facts)).by_line.values())


@pytest.mark.parametrize(
    ("lines", "facts", "by_line"),
    [
        (goods(2000, 1000), {}, [2000, 1000]),
        (goods(2000), {"shipping_minor": 400, "tax_minor": 120}, [2000]),
        (goods(2000, 1000), {"discount_minor": 100}, [1933, 967]),
        (goods(2000, 0, 1000), {"discount_minor": 3000}, [0, 0, 0]),
        (goods(2000, 1000), {"rewards_minor": 300}, [1800, 900]),
        (goods(2000, 1000), {"rewards_minor": 300, "shipping_minor": 400}, [1800, 900]),
        (goods(1000), {"rewards_minor": 1400, "shipping_minor": 400}, [0]),  # rewards paid the shipping too
        # A gift card takes its share of the discount and then does not count; rewards go over what is left.
        ((Line("1", 1000), Line("2", 1000, "gift-card")), {"discount_minor": 200}, [900, 0]),
        (
            (Line("1", 1000), Line("2", 1000, "gift-card")),
            {"discount_minor": 200, "rewards_minor": 100},
            [800, 0],
        ),
        ((Line("1", 1000, "gift-card"),), {}, [0]),
        ((Line("1", 1000, "service"), Line("2", 500, "digital")), {}, [1000, 500]),
        ((), {}, []),
    ],
)
def test_what_counts_is_the_lines_less_discount_gift_cards_and_rewards(lines, facts, by_line):
    assert counted(*lines, **facts) == by_line


def by_line(id: str, *lines: tuple[str, int]) -> Refund:
    return Refund(id, sum(amount for _, amount in lines), lines)


@pytest.mark.parametrize(
    ("refunds", "taken"),
    [
        ([by_line("r1", ("1", 500))], {"1": 500, "2": 0}),
        ([by_line("r1", ("1", 500)), by_line("r2", ("1", 1500))], {"1": 2000, "2": 0}),
        ([by_line("r1", ("1", 500), ("1", 500))], {"1": 1000, "2": 0}),
        ([Refund("r1", 300, None)], {"1": 200, "2": 100}),
        ([by_line("r1", ("1", 2000)), Refund("r2", 300, None)], {"1": 2000, "2": 300}),  # over what is left
        ([Refund("r1", 3000, None)], {"1": 2000, "2": 1000}),
        (
            [Refund("r1", 1000, None), Refund("r2", 1000, None), Refund("r3", 1000, None)],
            {"1": 2000, "2": 1000},
        ),
        ([Refund("r1", 0, None)], {"1": 0, "2": 0}),
        ([by_line("r1")], {"1": 0, "2": 0}),
    ],
)
def test_refunds_are_by_line_or_spread_over_what_is_left(refunds, taken):
    assert refunded_by_line(order(*goods(2000, 1000), refunds=tuple(refunds))) == taken


@pytest.mark.parametrize(
    ("refunds", "code"),
    [
        ([by_line("r1", ("1", 2001))], "refund_exceeds_order"),
        ([by_line("r1", ("1", 2000)), by_line("r2", ("1", 1))], "refund_exceeds_order"),
        ([Refund("r1", 3001, None)], "refund_exceeds_order"),
        ([Refund("r1", 3000, None), Refund("r2", 1, None)], "refund_exceeds_order"),
        ([Refund("r1", 1500, None), by_line("r2", ("1", 1500))], "refund_exceeds_order"),
        ([by_line("r1", ("9", 1))], "bad_value"),
    ],
)
def test_a_refund_above_its_line_or_the_order_is_refused(refunds, code):
    with pytest.raises(Refused) as refusal:
        qualifying(order(*goods(2000, 1000), refunds=tuple(refunds)))
    assert refusal.value.code == code
    assert refusal.value.pointer is not None
    assert refusal.value.pointer.startswith("/refunds/")


def test_a_refunded_line_never_counts_below_nothing_when_a_discount_stood_on_it():
    facts = order(*goods(5000, 5000), discount_minor=2000, refunds=(by_line("r1", ("1", 5000)),))
    assert list(qualifying(facts).by_line.values()) == [0, 4000]


@pytest.mark.parametrize(
    "facts",
    [{"discount_minor": 3001}, {"rewards_minor": 3001}, {"discount_minor": 3000, "rewards_minor": 1}],
)
def test_a_discount_or_reward_larger_than_the_order_is_refused(facts):
    with pytest.raises(Refused) as refusal:
        counted(*goods(2000, 1000), **facts)
    assert refusal.value.code == "bad_value"


@st.composite
def whole_orders(draw: st.DrawFn) -> OrderFacts:
    kinds = st.sampled_from(["goods", "gift-card", "service", "digital"])
    lines = tuple(
        Line(str(number), amount, kind)
        for number, (amount, kind) in enumerate(
            draw(st.lists(st.tuples(st.integers(0, 9999), kinds), max_size=5)), 1
        )
    )
    total = sum(line.amount_minor for line in lines)
    discount = draw(st.integers(0, total))
    shipping, tax = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    rewards = draw(st.integers(0, total - discount + shipping + tax))
    refunds: list[Refund] = []
    left = {line.id: line.amount_minor for line in lines}
    for number in range(draw(st.integers(0, 3))):
        if lines and draw(st.booleans()):
            line_id = draw(st.sampled_from(sorted(left)))
            amount = draw(st.integers(0, left[line_id]))
            left[line_id] -= amount
            refunds.append(by_line(f"r{number}", (line_id, amount)))
        elif not refunds:
            amount = draw(st.integers(0, sum(left.values())))
            taken = dict(zip(left, spread(amount, list(left.values())), strict=True))
            left = {line_id: left[line_id] - taken[line_id] for line_id in left}
            refunds.append(Refund(f"r{number}", amount, None))
    return order(
        *lines, discount_minor=discount, shipping_minor=shipping, tax_minor=tax, rewards_minor=rewards,
        refunds=tuple(refunds),
    )  # fmt: skip


@given(whole_orders())
def test_what_counts_is_the_total_less_all_that_the_explanation_names(facts):
    found = qualifying(facts)
    assert sum(found.by_line.values()) == found.total_minor - sum(amount for _, amount in found.left_out)
    assert all(
        0 <= found.by_line[line.id] <= (0 if line.kind == "gift-card" else line.amount_minor)
        for line in facts.lines
    )
    assert all(amount > 0 for _, amount in found.left_out)
