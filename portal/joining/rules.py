"""What a year of shopping would come to under a programme: the calculator of the first page, by the real rules."""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.earning import Frozen, Line, OrderFacts, assess
from portal.programme import Programme, Tier
from portal.tiers import Counters

MONTHS = 12
MOST_REWARDS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """Points (whole) and money (minor units of the home currency) of twelve months with one order each."""

    spend_minor: int
    points_month: int
    points_year: int
    value_year_minor: int
    tier_label: str
    rewards: list[tuple[str, int]]


def estimate(programme: Programme, version: int, spend_minor: int, year: int) -> Estimate:
    """Spend the same each month of a calendar year, from the base tier up, and see what it earns and buys.

    `rewards` are the dearest three that the year's points could buy, each with how often they would do for it alone.
    """
    counted, points = Counters(), 0
    for month in range(1, MONTHS + 1):
        placed_at = datetime(year, month, 15, 12, tzinfo=UTC)
        order = OrderFacts(
            status="paid",
            placed_at=placed_at,
            placed_on=placed_at.date(),
            currency=programme.currency,
            lines=(Line("1", spend_minor),),
            shop="main",
        )
        found = assess(programme, order, Frozen(version, _reached(programme, counted).key))
        points += found.points
        counted = Counters(
            counted.spend + found.counted_minor, counted.orders + 1, counted.earned + found.points
        )
    affordable = [
        (r.price, r.label) for r in programme.for_points if r.price is not None and r.price <= points
    ]
    return Estimate(
        spend_minor=spend_minor,
        points_month=points // MONTHS,
        points_year=points,
        value_year_minor=programme.value_minor(points),
        tier_label=_reached(programme, counted).label,
        rewards=[
            (label, points // price) for price, label in sorted(affordable, reverse=True)[:MOST_REWARDS]
        ],
    )


def _reached(programme: Programme, counted: Counters) -> Tier:
    """The highest tier of which one way of entry is walked."""
    tiers = [t for t in programme.tiers[1:] if any(counted.of(way.metric) >= way.need for way in t.entry)]
    return tiers[-1] if tiers else programme.base_tier
