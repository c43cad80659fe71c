"""What a member may take and why not, as tables of cases."""

from datetime import date
from typing import Any

import pytest

from portal.errors import Refused
from portal.programme import Limit, Reward, Slider
from portal.rewards import rules

DAY = date(2028, 2, 29)


def reward(**changes: Any) -> Reward:
    """A thing for 100 points."""
    return Reward(**{"key": "thing", "label": "A thing", "price": 100, "kind": "thing"} | changes)


SLIDER = {"price": None, "kind": "money-off", "slider": Slider(minimum=100, step=50, maximum=300)}
OPEN = {"price": None, "kind": "money-off", "slider": Slider(minimum=100, step=100)}


@pytest.mark.parametrize(
    ("changes", "points", "price"),
    [
        ({}, None, 100), ({}, 100, 100), ({}, 99, "bad_value"), ({}, 0, "bad_value"),
        ({"price": None}, None, "not_allowed"),
        (SLIDER, 100, 100), (SLIDER, 250, 250), (SLIDER, 300, 300), (SLIDER, 350, "bad_value"),
        (SLIDER, 120, "bad_value"), (SLIDER, 50, "bad_value"), (SLIDER, 0, "bad_value"), (SLIDER, -100, "bad_value"),
        (SLIDER, None, "missing_field"),
        (OPEN, 10**9, 10**9),
    ],
)  # fmt: skip
def test_what_it_costs(changes, points, price):
    found = reward(**changes)
    if isinstance(price, int):
        assert rules.price_of(found, points) == price
    else:
        with pytest.raises(Refused) as refused:
            rules.price_of(found, points)
        assert refused.value.code == price


@pytest.mark.parametrize(
    ("changes", "facts", "why", "to_go"),
    [
        ({}, {}, "", 0),
        ({}, {"have": 100}, "", 0),
        ({}, {"have": 99}, "points", 1),
        ({}, {"have": 0, "owed": 5}, "owed", 100),
        ({"tiers": ("gold",)}, {"have": 0}, "tier", 100),
        ({"tiers": ("gold", "member")}, {}, "", 0),
        ({"limit": Limit(per="year", count=2)}, {"taken": 1}, "", 0),
        ({"limit": Limit(per="year", count=2)}, {"taken": 2, "have": 0}, "limit", 100),
        ({"stock": 5}, {"stock_left": 1}, "", 0),
        ({"stock": 5, "tiers": ("gold",)}, {"stock_left": 0}, "stock", 0),
    ],
)
def test_what_stands_in_the_way(changes, facts, why, to_go):
    known: dict[str, Any] = {"have": 500, "owed": 0, "tier": "member", "taken": 0, "stock_left": None}
    found = rules.offer(reward(**changes), **known | facts, day=DAY)
    assert (found.why, found.to_go) == (why, to_go)


def test_what_she_can_have_comes_first_then_what_is_near():
    known: dict[str, Any] = {"owed": 0, "tier": "member", "taken": 0, "stock_left": None, "day": DAY}
    offers = [
        rules.offer(reward(key="gold", price=10, tiers=("gold",)), have=500, **known),
        rules.offer(reward(key="far", price=900), have=500, **known),
        rules.offer(reward(key="dear", price=400), have=500, **known),
        rules.offer(reward(key="near", price=600), have=500, **known),
        rules.offer(reward(key="cheap", price=20), have=500, **known),
    ]
    assert [one.reward.key for one in rules.in_order(offers)] == ["cheap", "dear", "near", "far", "gold"]


@pytest.mark.parametrize(
    ("per", "first", "again"),
    [
        ("day", DAY, date(2028, 3, 1)),
        ("month", date(2028, 2, 1), date(2028, 3, 1)),
        ("year", date(2028, 1, 1), date(2029, 1, 1)),
        ("lifetime", date.min, None),
    ],
)
def test_a_limit_begins_anew_with_its_period(per, first, again):
    assert rules.period(Limit(per=per, count=1), DAY) == (first, again)
    assert rules.period(Limit(per="month", count=1), date(2027, 12, 31)) == (
        date(2027, 12, 1),
        date(2028, 1, 1),
    )


@pytest.mark.parametrize("stock", [1, 7, 8, 9, 12, 1000])
def test_the_parts_of_a_stock_add_up_to_it(stock):
    parts = rules.shares(stock)
    assert sum(parts) == stock
    assert max(parts) - min(parts) <= 1
