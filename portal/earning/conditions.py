"""Whether the conditions of a rule hold for a line of an order, and which one fails first. Pure."""

from collections.abc import Iterator
from datetime import date, datetime

from portal.earning.rules import Frozen, Line, OrderFacts
from portal.programme import Campaign, Dividend, EarnRule, Goal, Multiplier, Programme, Step, When

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def conditions(programme: Programme) -> Iterator[When]:
    """The conditions of everything that looks at the lines of orders."""
    parts: list[EarnRule | Multiplier | Campaign | Goal | Step | Dividend] = [
        *programme.earn,
        *programme.multipliers,
        *programme.campaigns,
        *programme.goals,
        *programme.steps,
        *programme.dividends,
    ]
    return (part.when for part in parts)


def unmet(when: When, line: Line, order: OrderFacts, frozen: Frozen) -> str | None:
    """The first condition that does not hold for a line, by its key; None when all hold.

    A line without a brand is of the order's shop (Reading 29). Days and hours are those of the programme's clocks when
    the order was placed (Reading 4); tier, plans and attributes are the frozen ones.
    """
    if when.channels and order.channel not in when.channels:
        return "channels"
    if when.categories and line.category not in when.categories:
        return "categories"
    if when.brands and (line.brand or order.shop) not in when.brands:
        return "brands"
    if when.shops and order.shop not in when.shops:
        return "shops"
    if when.payments and order.payment not in when.payments:
        return "payments"
    if when.kinds and line.kind not in when.kinds:
        return "kinds"
    return (
        _unmet_by_member(when, frozen)
        or ("tags" if when.tags and not any(tag in when.tags for tag in line.tags) else None)
        or ("currencies" if when.currencies and order.currency not in when.currencies else None)
        or _unmet_by_clock(when, order)
    )


def _unmet_by_member(when: When, frozen: Frozen) -> str | None:
    if when.tiers and frozen.tier not in when.tiers:
        return "tiers"
    if when.plans and not any(plan in when.plans for plan in frozen.plans):
        return "plans"
    if when.attributes:
        days = [frozen.attributes[name] for name in when.attributes if name in frozen.attributes]
        if not days:
            return "attributes"
        if when.held_days is not None and not any(1 <= day <= when.held_days for day in days):
            return "held_days"
    if when.joined_days is not None and not 1 <= (frozen.joined_day or 0) <= when.joined_days:
        return "joined_days"
    return None


def _unmet_by_clock(when: When, order: OrderFacts) -> str | None:
    if when.weekdays and WEEKDAYS[order.placed_on.weekday()] not in when.weekdays:
        return "weekdays"
    if when.hours:
        begins, ends = when.hours
        now = order.placed_time
        within = begins <= now < ends if begins < ends else now >= begins or now < ends
        if not within:
            return "hours"
    return None if in_force(order, when.from_, when.until) else "time"


def in_force(order: OrderFacts, starts: date | datetime | None, ends: date | datetime | None) -> bool:
    """Whether an order was placed between two moments: days count whole, an instant that ends is over when it comes."""
    if starts is not None and _placed(order, starts) < starts:
        return False
    if ends is None:
        return True
    placed = _placed(order, ends)
    return placed < ends if isinstance(ends, datetime) else placed <= ends


def _placed(order: OrderFacts, like: date | datetime) -> date:
    """When the order was placed, as an instant to compare with one, or as a day to compare with one."""
    return order.placed_at if isinstance(like, datetime) else order.placed_on
