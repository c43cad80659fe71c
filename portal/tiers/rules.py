"""Standing and progress, from grants and counters alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, Protocol

from portal.programme import Programme, Tier

Metric = Literal["spend", "orders", "earned"]


class Grant(Protocol):
    """What a row of tier grants says."""

    @property
    def tier(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def since(self) -> date: ...
    @property
    def until(self) -> date | None: ...


class Held(Grant, Protocol):
    """What a row of tier grants says about how it came."""

    @property
    def period(self) -> str: ...
    @property
    def review_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Counters:
    """What counts in one period: spend in minor units of the home currency, orders, points earned."""

    spend: int = 0
    orders: int = 0
    earned: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(self.spend + other.spend, self.orders + other.orders, self.earned + other.earned)

    def of(self, metric: Metric) -> int:
        """The counter of one metric."""
        return {"spend": self.spend, "orders": self.orders, "earned": self.earned}[metric]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier in force on a day; `until` is inclusive, None has no end."""

    tier: Tier
    source: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Goal:
    """A way to a tier: what counts, how much there is and how much is needed, by when. `done` needs nothing more."""

    tier: Tier
    metric: Metric
    have: int
    need: int
    by: date | None
    until: date | None = None
    done: bool = False

    @property
    def left(self) -> int:
        """What is still missing, in the metric's unit."""
        return max(0, self.need - self.have)

    @property
    def share(self) -> int:
        """Whole percent of the way, 100 only when it is walked."""
        return min(100, self.have * 100 // self.need) if self.need else 100


def reached(tier: Tier, counters: Counters) -> bool:
    """Whether one of the tier's ways of entry is walked."""
    return any(counters.of(way.metric) >= way.need for way in tier.entry)


def period_key(programme: Programme, year: int) -> str:
    """Name of the period that a calendar year belongs to: the year, or `life`."""
    return str(year) if programme.tier_rules.period == "calendar-year" else "life"


def lasts_until(programme: Programme, year: int) -> date | None:
    """Last day of a tier that was reached in `year`."""
    if programme.tier_rules.period == "life":
        return None
    return date(year + (1 if programme.tier_rules.keeps == "next-period" else 0), 12, 31)


def standing(programme: Programme, grants: Iterable[Grant], day: date, joined_on: date) -> Standing:
    """The highest tier with a grant that is live on `day`; the base tier since joining when there is none.

    A tier that was granted again before it ended is one stretch: `since` is its first day, `until` its last.
    """
    by_tier: dict[str, list[Grant]] = {}
    for grant in grants:
        by_tier.setdefault(grant.tier, []).append(grant)
    for tier in reversed(programme.tiers[1:]):
        stretch = _stretch(by_tier.get(tier.key, []), day)
        if stretch is not None:
            return Standing(tier, *stretch)
    return Standing(programme.base_tier, "base", joined_on, None)


def _stretch(grants: list[Grant], day: date) -> tuple[str, date, date | None] | None:
    """The unbroken run of grants around `day`: the source of the last, first day, last day."""
    run: tuple[str, date, date | None] | None = None
    for grant in sorted(grants, key=lambda g: g.since):
        if run is not None and (run[2] is None or grant.since <= run[2] + timedelta(days=1)):
            ends = None if run[2] is None or grant.until is None else max(run[2], grant.until)
            run = (grant.source, run[1], ends)
        elif run is not None and run[1] <= day and (run[2] is None or day <= run[2]):
            return run
        else:
            run = (grant.source, grant.since, grant.until)
    return run if run is not None and run[1] <= day and (run[2] is None or day <= run[2]) else None


def counters_of(programme: Programme, years: Mapping[int, Counters], day: date) -> Counters:
    """The counters of the period that `day` is in."""
    if programme.tier_rules.period == "calendar-year":
        return years.get(day.year, Counters())
    return Counters(
        sum(c.spend for c in years.values()),
        sum(c.orders for c in years.values()),
        sum(c.earned for c in years.values()),
    )


def next_tier(programme: Programme, now: Standing, years: Mapping[int, Counters], day: date) -> Goal | None:
    """The way to the tier above, the nearest by share where there are several; None at the top (Reading 38)."""
    have = counters_of(programme, years, day)
    above = programme.tiers[programme.tiers.index(now.tier) + 1 :]
    for tier in above:
        if tier.entry:
            return _nearest(programme, tier, have, day)
    return None


def keep(programme: Programme, now: Standing, years: Mapping[int, Counters], day: date) -> Goal | None:
    """What it takes to hold this tier through the coming year; None where nothing has to be kept."""
    if now.source != "earned" or now.until is None or programme.tier_rules.keeps != "next-period":
        return None
    goal = _nearest(programme, now.tier, counters_of(programme, years, day), day)
    coming = date(day.year + 1, 12, 31)
    return Goal(goal.tier, goal.metric, goal.have, goal.need, goal.by, coming, done=now.until >= coming)


def _nearest(programme: Programme, tier: Tier, have: Counters, day: date) -> Goal:
    by = date(day.year, 12, 31) if programme.tier_rules.period == "calendar-year" else None
    ways = [Goal(tier, way.metric, have.of(way.metric), way.need, by) for way in tier.entry]
    # Shares are compared exactly, as fractions: two ways at 33 % are not the same distance.
    return max(ways, key=lambda goal: (Fraction(goal.have, goal.need), -ways.index(goal)))
