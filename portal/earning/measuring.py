"""What an order brings to goals, steps, dividends and tiers by quantity. Pure.

Kept with the order in `measured`, by key: `goal:<key>`, `step:<key>`, `dividend:<key>` (minor units of the home
currency, rounded down per order, or orders), `campaign:<key>` (points of a campaign with a cap) and `quantity`.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from portal.earning.assessing import rate_of
from portal.earning.conditions import unmet
from portal.earning.rules import Frozen, OrderFacts, qualifying
from portal.programme import Programme, When

FOLLOWED = ("goal:", "step:", "dividend:")
QUANTITY = "quantity"
CAMPAIGN = "campaign:"


def measures(programme: Programme, order: OrderFacts, frozen: Frozen) -> dict[str, int]:
    """What the order in its present state brings to each goal, step and dividend, by key; nothing where it brings 0.

    A goal of orders counts an order of which anything that matches and counts is left (Reading 31). Spend before
    joining does not count for a dividend (Reading 35). Refuses as `assess` does.
    """
    looked_at = list(_looked_at(programme, frozen))
    if not looked_at or not order.pays:
        return {}
    rate, by_line = rate_of(programme, order), qualifying(order, programme.orders.counts).by_line
    found = {}
    for key, when, counts_orders in looked_at:
        minor = sum(
            by_line[line.id]
            for line in order.lines
            if by_line[line.id] and unmet(when, line, order, frozen) is None
        )
        found[key] = int(minor > 0) if counts_orders else _home(rate, minor)
    return {key: amount for key, amount in found.items() if amount}


def quantity_of(programme: Programme, order: OrderFacts) -> int:
    """What the order counts towards tiers by quantity: that of lines of their categories of which something is left."""
    wanted = quantity_categories(programme)
    if not wanted or not order.pays:
        return 0
    by_line = qualifying(order, programme.orders.counts).by_line
    return sum(line.quantity for line in order.lines if line.category in wanted and by_line[line.id])


def quantity_categories(programme: Programme) -> set[str]:
    """The categories of lines whose quantity counts towards a tier."""
    entries = (entry for tier in programme.tiers for entry in (*tier.entry, *tier.keep, *tier.reenter))
    return {category for entry in entries for category in entry.categories}


def difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What has changed between two states of an order, by key; nothing where nothing has."""
    changes = {key: after.get(key, 0) - before.get(key, 0) for key in {**before, **after}}
    return {key: change for key, change in changes.items() if change}


def _looked_at(programme: Programme, frozen: Frozen) -> Iterator[tuple[str, When, bool]]:
    """Key, conditions, and whether orders are counted instead of their money."""
    for goal in programme.goals:
        if goal.counter is None:
            yield f"goal:{goal.key}", goal.when, goal.metric == "orders"
    for step in programme.steps:
        if step.per_minor is not None:
            yield f"step:{step.key}", step.when, False
    if frozen.joined_day is None or frozen.joined_day > 0:
        for dividend in programme.dividends:
            yield f"dividend:{dividend.key}", dividend.when, False


def _home(rate: Fraction, minor: int) -> int:
    return int(rate * minor // 1)
