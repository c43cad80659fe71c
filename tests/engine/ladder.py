"""The tiers of one member as a list of spans of days, judged year by year.

Written from readings.md (6, 7, 32, 34, 38) and docs/programme.md alone.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.programme import Programme
from tests.engine.sums import months_later

DAY = timedelta(1)
ROLLING = "rolling-12-months"
COUNTED = ("spend", "orders", "earned", "quantity")


@dataclass
class Span:
    """A tier from a day to a day; `review` is when it is looked at next."""

    tier: str
    source: str
    since: date
    until: date | None
    review: date | None = None
    year: int | None = None
    need: dict[str, int] = field(default_factory=dict)
    lost: bool = False
    never: bool = False

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class Ladder:
    """Counted things by day, and the spans that came of them."""

    def __init__(self, programme: Programme, joined: date) -> None:
        self.programme = programme
        self.joined = joined
        self.spans: list[Span] = []
        self.counted: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.rules = programme.tier_rules

    def rank(self, tier: str) -> int:
        """The place of a tier on the ladder."""
        return [one.key for one in self.programme.tiers].index(tier)

    def _sum(self, first: date, last: date) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for day, counters in self.counted.items():
            if first <= day <= last:
                for name, many in counters.items():
                    found[name] += many
        return found

    def _year(self, year: int) -> dict[str, int]:
        return self._sum(date(year, 1, 1), date(year, 12, 31))

    def _ways(self, tier: str, day: date) -> list[tuple[str, int]]:
        """What it takes on a day: to keep for who holds it already, back in for who held it once, else to get in."""
        before = [
            one for one in self.spans if one.tier == tier and one.source == "earned" and one.since < day
        ]
        real = [one for one in before if not one.never]
        held = any(one.until is None or one.until >= day - DAY for one in real)
        found = self.programme.tier(tier)
        entries = (held and found.keep) or (real and not held and found.reenter) or found.entry
        return [(one.metric, one.need) for one in entries]

    @staticmethod
    def _met(ways: list[tuple[str, int]], counters: dict[str, int]) -> bool:
        return any(counters.get(metric, 0) >= need for metric, need in ways)

    def count(self, placed: date, told: date, **changes: int) -> None:
        """Count something of a day, told on this or a later one; whoever reaches a tier has it at once."""
        for name, many in changes.items():
            self.counted[placed][name] += many
        period = self.rules.period
        for tier in self.programme.tiers[1:]:
            if any(one.metric in COUNTED for one in tier.entry) and any(
                many > 0 for many in changes.values()
            ):
                # Of rolling months those that end with the day itself, or else those up to now.
                days = dict.fromkeys((placed, told)) if period == ROLLING else (placed,)
                any(self._reach(tier.key, day) for day in days)
        while late := [one.review for one in self.spans if one.review is not None and one.review <= told]:
            self.review(min(late))

    def _reach(self, tier: str, since: date) -> bool:
        mine = [one for one in self.spans if one.tier == tier and one.source == "earned"]
        until: date | None = None
        review, year = None, None
        if self.rules.period == "life":
            counters, held = self._sum(date.min, date.max), bool(mine)
        elif self.rules.period == ROLLING:
            counters = self._sum(months_later(since, -12) + DAY, since)
            review = months_later(since, 12)
            until = review - DAY
            held = any(
                one.review is not None and one.until is not None and one.until >= since for one in mine
            )
        else:
            counters, year = self._year(since.year), since.year
            review = self.review_of(since.year)
            until = (review if self.rules.keeps == "period" else self.review_of(since.year + 1)) - DAY
            held = any(one.year == year and one.until is not None and one.until >= until for one in mine)
        needs = self._ways(tier, since)
        if held or not self._met(needs, counters):
            return False
        self.spans.append(Span(tier, "earned", since, until, review, year, dict(needs)))
        return True

    def review_of(self, year: int) -> date:
        """The day of the review of a calendar year, in the next one."""
        month, day = map(int, self.rules.review.split("-"))
        return date(year + 1, month, day)

    def by_fact(self, name: str, holds: bool, since: date, until: date | None) -> None:
        """An outside fact that makes a tier begins, or ends."""
        for tier in self.programme.tiers[1:]:
            if not any(one.metric == "attribute" and one.attribute == name for one in tier.entry):
                continue
            for one in self.spans:
                if one.tier == tier.key and one.source == "attribute" and one.on(since):
                    one.until = since - DAY
            if holds:
                self.spans.append(Span(tier.key, "attribute", since, until))

    def by_plan(self, plans: tuple[str, ...], months: int, day: date, last: date | None) -> None:
        """What is held of plans on a day, to its `last` as things stand; a tier by plan begins or ends with it."""
        for tier in self.programme.tiers[1:]:
            reached = any(
                (one.metric == "plan" or (one.metric == "paid-months" and months >= one.need))
                and any(not one.plans or plan in one.plans for plan in plans)
                for one in tier.entry
                if one.metric in ("plan", "paid-months")
            )
            open_ = [
                one for one in self.spans if one.tier == tier.key and one.source == "plan" and one.on(day)
            ]
            if reached and not open_:
                self.spans.append(Span(tier.key, "plan", day, last))
            for one in open_:
                one.until = last if reached else day - DAY

    def review(self, day: date) -> None:
        """The review at 0:00 of a day."""
        due = [one for one in self.spans if one.review == day]
        if not due:
            return
        dropped: list[tuple[Span, bool]] = []
        for one in due:
            at_end = one.until == day - DAY
            if at_end and self.rules.period != ROLLING and self.rules.keeps == "period":
                ways = []
            elif at_end:
                tier = self.programme.tier(one.tier)
                ways = [(way.metric, way.need) for way in (tier.keep or tier.entry)]
            else:
                ways = list(one.need.items())
            if not self._met(ways, self._ended(one, day)):
                dropped.append((one, at_end))
                one.review, one.lost, one.never = (
                    None,
                    True,
                    not at_end,
                )  # bought and returned was never earned
                one.until = day - DAY + timedelta(self.rules.grace_days)
                continue
            anew = any(
                other.tier == one.tier and other.review == day and other.until != one.until for other in due
            )
            if at_end and not anew:
                one.until = self._next_end(day)
            one.review = None if at_end and anew else (one.until or day) + DAY
        ended = [one for one, at_end in dropped if at_end]
        if self.rules.step_down == "one-step" and ended:
            self._one_step(max(ended, key=lambda one: self.rank(one.tier)), day)

    def _ended(self, one: Span, day: date) -> dict[str, int]:
        """What was counted in the period that a review looks at: not what reached the tier, of rolling months."""
        if self.rules.period != ROLLING:
            return self._year(day.year - 1)
        return self._sum(max(months_later(day, -12), one.since + DAY), day - DAY)

    def _next_end(self, day: date) -> date:
        return (months_later(day, 12) if self.rules.period == ROLLING else self.review_of(day.year)) - DAY

    def _one_step(self, lost: Span, day: date) -> None:
        below = self.programme.tiers[1 : self.rank(lost.tier)]
        earned = [tier.key for tier in below if any(way.metric in COUNTED for way in tier.entry)]
        if not earned:
            return
        lowest = self.rank(earned[-1])
        held = [one for one in self.spans if one.source == "earned" and one.on(day) and not one.lost]
        if not any(self.rank(one.tier) >= lowest for one in held):
            until = self._next_end(day)
            self.spans.append(Span(earned[-1], "earned", day, until, until + DAY))

    def now(self, day: date) -> tuple[str, str, date, date | None]:
        """Tier, where it comes from, since when, and its last day."""
        found = [one for one in self.spans if one.on(day)]
        if not found:
            return self.programme.tiers[0].key, "base", self.joined, None
        top = max(self.rank(one.tier) for one in found)
        key = self.programme.tiers[top].key
        same = [
            one for one in self.spans if one.tier == key and (one.until is None or one.until >= one.since)
        ]
        here = [one for one in same if one.on(day)]
        longest = max(here, key=lambda one: one.until or date.max)
        since, until = min(one.since for one in here), longest.until
        for _ in same:
            for one in same:
                if one.since < since and (one.until is None or one.until >= since - DAY):
                    since = one.since
                if (
                    until is not None
                    and one.since <= until + DAY
                    and (one.until is None or one.until > until)
                ):
                    until = one.until
        return key, longest.source, since, until
