"""What a programme would bring: what a year of shopping would come to by the real rules (the calculator of the first
page)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.earning import Frozen, Line, OrderFacts, assess
from portal.programme import Programme, Tier
from portal.tiers import Counters, reached

MONTHS = 12
SAMPLE_MINOR = 1_000_000  # large enough that any rate gives something
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


def orders_earn(programme: Programme, version: int, year: int) -> bool:
    """Whether an ordinary order of a new member brings points, so that there is something to work out."""
    order = _order(programme, SAMPLE_MINOR, year, 1)
    return assess(programme, order, Frozen(version, programme.base_tier.key)).points > 0


def estimate(programme: Programme, version: int, spend_minor: int, year: int) -> Estimate:
    """Spend the same each month of a calendar year, from the base tier up, and see what it earns and buys.

    `rewards` are the dearest three that the year's points could buy, each with how often they would do for it alone.
    """
    counted, points = Counters(), 0
    for month in range(1, MONTHS + 1):
        order = _order(programme, spend_minor, year, month)
        found = assess(programme, order, Frozen(version, _reached(programme, counted).key))
        points += found.points
        counted = Counters(
            counted.spend + found.counted_minor, counted.orders + 1, counted.earned + found.points
        )
    affordable = [(r.price, r.label) for r in programme.for_points if r.price and r.price <= points]
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


def _order(programme: Programme, spend_minor: int, year: int, month: int) -> OrderFacts:
    """An order in the middle of a month, of what the file's first rule asks for."""
    placed_at = datetime(year, month, 15, 12, tzinfo=UTC)
    when = programme.earn[0].when if programme.earn else None
    line = Line("1", spend_minor)
    if when is not None:
        kind = when.kinds[0] if when.kinds else "goods"
        line = Line("1", spend_minor, kind, _first(when.categories), _first(when.brands), when.tags)
    return OrderFacts(
        status="paid",
        placed_at=placed_at,
        placed_on=placed_at.date(),
        currency=programme.currency,
        lines=(line,),
        shop=(_first(when.shops) if when else None) or "main",
        channel=_first(when.channels) if when else None,
        payment=_first(when.payments) if when else None,
        placed_time=placed_at.time(),
    )


def _first(words: tuple[str, ...]) -> str | None:
    return words[0] if words else None


def _reached(programme: Programme, counted: Counters) -> Tier:
    """The highest tier of which one way of entry is walked by buying."""
    tiers = [tier for tier in programme.tiers[1:] if reached(tier, counted)]
    return tiers[-1] if tiers else programme.base_tier
