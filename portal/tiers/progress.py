"""How far it is: to the tier above, and to keep the one that is held (Reading 38). Decisions from counters alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from portal.programme import Entry, Programme, Tier, months_after
from portal.tiers.rules import (
    DAY,
    YEAR,
    Counters,
    Held,
    Standing,
    between,
    counters_of,
    lasts_until,
    ways,
)


@dataclass(frozen=True, slots=True)
class Goal:
    """A way to a tier: what counts, how much there is and how much is needed, by when. `done` needs nothing more.

    `others` are further ways to the same tier, nearest first: any one is enough.
    """

    tier: Tier
    metric: str
    have: int
    need: int
    by: date | None
    until: date | None = None
    done: bool = False
    others: tuple["Goal", ...] = ()

    @property
    def left(self) -> int:
        """What is still missing, in the metric's unit."""
        return max(0, self.need - self.have)

    @property
    def share(self) -> int:
        """Whole percent of the way, 100 only when it is walked."""
        return min(100, self.have * 100 // self.need) if self.need else 100


def next_tier(
    programme: Programme,
    now: Standing,
    years: Mapping[int, Counters],
    day: date,
    *,
    days: Mapping[date, Counters] | None = None,
    held: Iterable[Held] = (),
) -> Goal | None:
    """The way to the next tier above that buying leads to, the nearest by share where it has several; None at the top.

    What is only given (by a plan, an outside fact, colleagues) or hidden is passed over. `days` are what counted by
    day, asked where the last twelve months count; `held` her grants, asked where the way back in is another.
    """
    have = counters_of(programme, years, day, days)
    known = list(held)
    by = date(day.year, 12, 31) if programme.tier_rules.period == "calendar-year" else None
    for tier in programme.tiers[programme.tiers.index(now.tier) + 1 :]:
        if not (tier.hidden or tier.courtesy):
            goal = _nearest(tier, ways(programme, tier, known, day), have, by)
            if goal is not None:
                return goal
    return None


def keep(
    programme: Programme,
    now: Standing,
    years: Mapping[int, Counters],
    day: date,
    *,
    days: Mapping[date, Counters] | None = None,
) -> Goal | None:
    """What it takes to hold this tier through the coming period; None where nothing has to be kept."""
    rules, until = programme.tier_rules, now.until
    if now.source != "earned" or until is None:
        return None
    needs = now.tier.keep or now.tier.entry
    if rules.period == "rolling-12-months":
        review = until + DAY
        have = between(days or {}, max(months_after(review, -YEAR), now.since), day)
        goal = _nearest(now.tier, needs, have, until)
        coming = months_after(review, YEAR) - DAY
        done = goal is not None and not goal.left
    elif rules.period == "calendar-year" and rules.keeps == "next-period":
        goal = _nearest(now.tier, needs, counters_of(programme, years, day), date(day.year, 12, 31))
        coming = lasts_until(programme, day) or until
        done = until >= coming
    else:
        return None
    if goal is None:
        return None
    return Goal(goal.tier, goal.metric, goal.have, goal.need, goal.by, coming, done=done)


def _nearest(tier: Tier, needs: Iterable[Entry], have: Counters, by: date | None) -> Goal | None:
    goals = [Goal(tier, way.metric, have.of(way.metric), way.need, by) for way in needs if way.is_counted]
    # Shares are compared exactly, as fractions: two ways at 33 % are not the same distance.
    near = sorted(goals, key=lambda goal: Fraction(goal.have, goal.need), reverse=True)
    return replace(near[0], others=tuple(near[1:])) if near else None
