"""What a review decides: which tiers a period no longer carries, and what follows. Decisions from facts alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.programme import Programme, Tier, months_after
from portal.tiers.rules import (
    DAY,
    NOTHING,
    YEAR,
    Counters,
    Given,
    Held,
    Holding,
    between,
    counters_of,
    in_grace,
    is_live,
    lasts_until,
    review_in,
    standing,
    walked,
    ways,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a review looks at: counters by year and, where the last twelve months count, by day; what is held."""

    years: Mapping[int, Counters] = field(default_factory=dict)
    days: Mapping[date, Counters] = field(default_factory=dict)
    holding: Holding = NOTHING


@dataclass(frozen=True, slots=True)
class Verdict:
    """One grant after it was looked at: its last day, the next look, and whether the review took it.

    `confirmed`: it ran its full length, so it was held in earnest.
    """

    row: Held
    until: date | None
    review_on: date | None
    taken: bool = False
    confirmed: bool = False


def judge(programme: Programme, rows: Sequence[Held], day: date, facts: Facts) -> list[Verdict]:
    """What becomes of the grants whose review has come on `day`: those in their own year first, then those that end."""
    known = {tier.key: tier for tier in programme.tiers}
    due = [row for row in rows if row.review_on is not None and row.review_on <= day]
    judged = [row for row in due if row.source == "earned" and row.tier in known and row.until is not None]
    verdicts = [Verdict(row, row.until, None) for row in due if row not in judged]  # kept to its date
    stand = list(rows)
    for row in judged:
        if row.until is not None and row.until >= day:
            verdict = _of_its_own_year(programme, known[row.tier], row, rows, day, facts)
            verdicts.append(verdict)
            if verdict.taken:
                stand.remove(row)
    for row in judged:
        if row.until is not None and row.until < day:
            beside = any(
                one.tier == row.tier and one.source == "earned" and is_live(one, day) for one in stand
            )
            verdicts.append(
                Verdict(row, row.until, None)
                if beside
                else _at_its_end(programme, known[row.tier], row, day, facts)
            )
    return verdicts


def _of_its_own_year(
    programme: Programme, tier: Tier, row: Held, rows: Sequence[Held], day: date, facts: Facts
) -> Verdict:
    """Whether the year in which it was reached still carries it, by what it took then, net of refunds (Reading 7)."""
    at_its_end = None if row.until is None else row.until + DAY
    if not row.period.isdigit():
        return Verdict(row, row.until, at_its_end)
    others = [one for one in rows if one.period != row.period]
    counters = facts.years.get(int(row.period), Counters())
    if walked(ways(programme, tier, others, row.since), counters, facts.holding):
        return Verdict(row, row.until, at_its_end)
    return Verdict(row, _with_grace(programme, day), None, taken=True)


def _at_its_end(programme: Programme, tier: Tier, row: Held, day: date, facts: Facts) -> Verdict:
    """Whether what counts now keeps it for another period; else it ends, after its grace."""
    rules = programme.tier_rules
    if rules.period == "rolling-12-months":
        # What was bought on the day that reached it has been counted: it does not carry two years. What was bought on
        # the day of a review came after it, and is for the next one.
        counters = between(facts.days, max(months_after(day, -YEAR) - DAY, row.since), day - DAY)
        longer: date | None = months_after(day, YEAR) - DAY
    elif rules.period == "calendar-year":
        counters = facts.years.get(day.year - 1, Counters())
        longer = lasts_until(programme, date(day.year - 1, 1, 1))
    else:
        counters, longer = counters_of(programme, facts.years, day), None
    keeps = rules.period != "calendar-year" or rules.keeps == "next-period"
    keeps = keeps and (longer is None or longer >= day)  # the calendar has a last day
    if keeps and walked(tier.keep or tier.entry, counters, facts.holding):
        return Verdict(row, longer, None if longer is None else longer + DAY)
    return Verdict(row, _with_grace(programme, day), None, taken=True, confirmed=True)


def _with_grace(programme: Programme, day: date) -> date:
    return day - DAY + timedelta(days=programme.tier_rules.grace_days)


@dataclass(frozen=True, slots=True)
class Drop:
    """A tier that ends: its last day, with grace, and where the member stands on the day after it."""

    tier: Tier
    last_day: date
    after: Tier


def foreseen(programme: Programme, rows: Sequence[Held], day: date, facts: Facts) -> Drop | None:
    """The tier that a review on `day` takes from where a member stands, by what is known now; None where none falls."""
    now = standing(programme, rows, day - DAY, date.min).tier
    verdicts = judge(programme, rows, day, facts)
    last = max(
        (one.until for one in verdicts if one.taken and one.until and one.row.tier == now.key), default=None
    )
    if last is None:
        return None
    below = step_down(programme, rows, verdicts, day)
    judged = [one.row for one in verdicts]
    later: list[Held] = [row for row in rows if row not in judged]
    later += [
        Given(one.row.tier, one.row.source, one.row.period, one.row.since, one.until, None)
        for one in verdicts
    ]
    later += [below] if below is not None else []
    after = standing(programme, later, last + DAY, date.min).tier
    return Drop(now, last, after) if programme.tiers.index(after) < programme.tiers.index(now) else None


def step_down(
    programme: Programme, rows: Sequence[Held], verdicts: Sequence[Verdict], day: date
) -> Given | None:
    """The tier below for the coming period, where a member falls one step a review; None where she has it anyway.

    Only from a tier that ran its full length: one that its own year did not carry was never earned.
    """
    if programme.tier_rules.step_down != "one-step":
        return None
    fallen = {one.row.tier for one in verdicts if one.taken and one.confirmed}
    changed = {(one.row.tier, one.row.period) for one in verdicts if one.taken}
    held = {
        one.tier
        for one in rows
        if one.source == "earned"
        and is_live(one, day)
        and (one.tier, one.period) not in changed
        and not in_grace(programme, one, day)
    }
    for place in range(len(programme.tiers) - 1, 0, -1):
        if programme.tiers[place].key in fallen:
            below = [tier for tier in programme.tiers[1:place] if any(way.is_counted for way in tier.entry)]
            if not below or held & {tier.key for tier in programme.tiers[programme.tiers.index(below[-1]) :]}:
                return None
            return _for_the_coming_period(programme, below[-1], day)
    return None


def _for_the_coming_period(programme: Programme, tier: Tier, day: date) -> Given:
    if programme.tier_rules.period == "rolling-12-months":
        ends = months_after(day, YEAR)
    else:
        this_year = review_in(programme, day.year)
        ends = this_year if day < this_year else review_in(programme, day.year + 1)
    return Given(tier.key, "earned", f"{day:%Y%m%d}down", day, ends - DAY, ends)
