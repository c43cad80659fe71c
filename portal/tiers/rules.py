"""Ways into a tier, how long it lasts, and where a member stands: decisions from grants and counters alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from portal.programme import Entry, Programme, Tier, months_after

DAY = timedelta(days=1)
YEAR = 12  # months


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
class Given:
    """A grant that this write gives."""

    tier: str
    source: str
    period: str
    since: date
    until: date | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class Counters:
    """What counts in one period: spend in minor units of the home currency, orders, points earned, quantity."""

    spend: int = 0
    orders: int = 0
    earned: int = 0
    quantity: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(
            self.spend + other.spend,
            self.orders + other.orders,
            self.earned + other.earned,
            self.quantity + other.quantity,
        )

    @property
    def adds(self) -> bool:
        """Whether anything grows by it."""
        return max(self.spend, self.orders, self.earned, self.quantity) > 0

    def of(self, metric: str) -> int:
        """The counter of one metric: spend, orders, earned or quantity."""
        return {
            "spend": self.spend,
            "orders": self.orders,
            "earned": self.earned,
            "quantity": self.quantity,
        }[metric]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member holds on a day beside what she counts: payments in a row by plan, names of outside facts."""

    plans: Mapping[str, int] = field(default_factory=dict)
    attributes: Collection[str] = ()


NOTHING = Holding()


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier in force on a day; `until` is inclusive, None has no end."""

    tier: Tier
    source: str
    since: date
    until: date | None


def by_plan(way: Entry, plan: str, months: int) -> bool:
    """Whether holding this plan, paid so many months in a row, walks this way (Reading 34)."""
    if way.plans and plan not in way.plans:
        return False
    return way.metric == "plan" or (way.metric == "paid-months" and months >= way.need)


def walked(ways: Iterable[Entry], counters: Counters, holding: Holding = NOTHING) -> bool:
    """Whether one of these ways is walked."""
    for way in ways:
        if way.is_counted:
            if counters.of(way.metric) >= way.need:
                return True
        elif way.attribute in holding.attributes or any(
            by_plan(way, plan, months) for plan, months in holding.plans.items()
        ):
            return True
    return False


def reached(tier: Tier, counters: Counters) -> bool:
    """Whether one of the tier's counted ways of entry is walked."""
    return walked(tier.entry, counters)


def ways(programme: Programme, tier: Tier, held: Iterable[Held], day: date) -> tuple[Entry, ...]:
    """What it takes on `day`, for who has earned these before: to keep it, to get back in, or to get in.

    A tier that a review took because its own year never carried it was not held: who returns all she bought does
    not come back in more cheaply.
    """
    before = [
        one
        for one in held
        if one.tier == tier.key
        and one.source == "earned"
        and one.since < day
        and not _taken_back(programme, one)
    ]
    if any(one.until is None or one.until >= day - DAY for one in before):
        return tier.keep or tier.entry
    return (tier.reenter if before else ()) or tier.entry


def _taken_back(programme: Programme, one: Held) -> bool:
    last = lasts_until(programme, date(int(one.period), 1, 1)) if one.period.isdigit() else None
    return last is not None and one.until is not None and one.until < last


def review_in(programme: Programme, year: int) -> date:
    """The day of the review in a calendar year, at 0:00; in the last year there is for all that follow."""
    month, day = map(int, programme.tier_rules.review.split("-"))
    return date(min(year, date.max.year), month, day)


def period_key(programme: Programme, day: date) -> str:
    """Name of the period of what is reached on a day: the year, the day where twelve months run from it, or `life`."""
    return {"life": "life", "calendar-year": str(day.year), "rolling-12-months": str(day)}[
        programme.tier_rules.period
    ]


def lasts_until(programme: Programme, day: date) -> date | None:
    """Last day of a tier that is reached by what was placed on `day`: a tier ends at a review, and not before it."""
    rules = programme.tier_rules
    if rules.period == "life":
        return None
    if rules.period == "rolling-12-months":
        return months_after(day, YEAR) - DAY
    return review_in(programme, day.year + (1 if rules.keeps == "period" else 2)) - DAY


def first_review(programme: Programme, day: date) -> date | None:
    """When a tier that is reached by what was placed on `day` is first reviewed (Reading 7); None for life."""
    until = lasts_until(programme, day)
    if programme.tier_rules.period == "calendar-year":
        return review_in(programme, day.year + 1)
    return None if until is None else until + DAY


def rising(programme: Programme, after: Counters, day: date, held: Iterable[Held]) -> list[Tier]:
    """The tiers that `after`, the counters of the period around `day`, reaches and that are not held for all of it yet.

    Every step that is passed rises by itself. A grant that a review cut short is given again; one that runs its full
    length stands.
    """
    period, last = period_key(programme, day), lasts_until(programme, day)
    known = list(held)
    before = [one for one in known if one.period != period]
    return [
        tier
        for tier in programme.tiers[1:]
        if not any(_stands(programme, one, tier, day, period, last) for one in known)
        and walked(ways(programme, tier, before, day), after)
    ]


def _stands(programme: Programme, one: Held, tier: Tier, day: date, period: str, last: date | None) -> bool:
    """Whether this grant gives the tier for as long as one that begins on `day` would, or is reviewed in time."""
    if one.tier != tier.key or one.source != "earned":
        return False
    lasts = one.until is None or (last is not None and one.until >= last)
    if programme.tier_rules.period != "rolling-12-months":
        return one.period == period and lasts
    running = one.review_on is not None and one.until is not None and one.since <= day <= one.until
    return lasts or running


def in_grace(programme: Programme, one: Held, day: date) -> bool:
    """Whether a review has taken this tier by `day`, so that it lives in its grace only."""
    if one.source != "earned" or one.review_on is not None or one.until is None:
        return False
    return day > one.until - timedelta(days=programme.tier_rules.grace_days)


def counters_of(
    programme: Programme,
    years: Mapping[int, Counters],
    day: date,
    days: Mapping[date, Counters] | None = None,
) -> Counters:
    """What counts on `day`: that of its year, of life, or of the twelve months up to it (then from `days`)."""
    period = programme.tier_rules.period
    if period == "calendar-year":
        return years.get(day.year, Counters())
    if period == "rolling-12-months":
        return between(days or {}, months_after(day, -YEAR), day)
    return sum(years.values(), Counters())


def between(days: Mapping[date, Counters], after: date, through: date) -> Counters:
    """What counted on the days after one day, up to and with another."""
    return sum((found for on, found in days.items() if after < on <= through), Counters())


def standing(programme: Programme, grants: Iterable[Grant], day: date, joined_on: date) -> Standing:
    """The highest tier with a grant that is live on `day`; the base tier since joining when there is none.

    A tier that was granted again before it ended is one stretch: `since` is its first day, `until` its last. Where
    several things give it, the source is what gives it longest.
    """
    by_tier: dict[str, list[Grant]] = {}
    for grant in grants:
        by_tier.setdefault(grant.tier, []).append(grant)
    for tier in reversed(programme.tiers[1:]):
        found = by_tier.get(tier.key, [])
        live = [one for one in found if is_live(one, day)]
        if live:
            longest = max(live, key=lambda one: (one.until or date.max, one.since))
            return Standing(tier, longest.source, *_stretch(found, day))
    return Standing(programme.base_tier, "base", joined_on, None)


def is_live(grant: Grant, day: date) -> bool:
    """Whether a grant holds on a day."""
    return grant.since <= day and (grant.until is None or day <= grant.until)


def _stretch(grants: Sequence[Grant], day: date) -> tuple[date, date | None]:
    """First and last day of the unbroken run of grants around `day`, on which one is live."""
    since: date | None = None
    until: date | None = date.min
    for grant in sorted(grants, key=lambda g: g.since):
        if since is not None and (until is None or grant.since <= until + DAY):
            until = None if until is None or grant.until is None else max(until, grant.until)
        elif since is not None and since <= day and (until is None or day <= until):
            break
        else:
            since, until = grant.since, grant.until
    assert since is not None
    return since, until
