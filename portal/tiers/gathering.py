"""Counting for many members in few statements: what stands is read together, what is reached is written together.

What it writes is what `count`, called for one after the other, would write.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.db import run, run_many
from portal.programme import Programme, Tier
from portal.tiers.models import TierCounter, TierDay, TierGrant
from portal.tiers.rules import Counters, Given, Held, counters_of, rising
from portal.tiers.service import (
    columns_of,
    count_day,
    count_up_many,
    counters_in,
    earned,
    grant_tier,
    looks,
    row_of,
)


class Tally:
    """Counters and grants of these members in one write, which holds their wallets locked."""

    def __init__(self, member_ids: Collection[str]) -> None:
        self._members = member_ids
        self._grants: dict[str, list[Held]] = {member_id: [] for member_id in member_ids}
        self._years: dict[str, dict[int, Counters]] = {member_id: {} for member_id in member_ids}
        self._days: dict[str, dict[date, Counters]] | None = None  # read where the last twelve months count
        self._added: dict[tuple[str, int], Counters] = {}
        self._added_days: dict[tuple[str, date], Counters] = {}
        self._given: list[dict[str, Any]] = []
        given, counted = TierGrant.__table__, TierCounter.__table__
        for grant in run(select(given).where(given.c.member_id.in_(member_ids))):
            self._grants[grant.member_id].append(grant)
        for row in run(select(counted).where(counted.c.member_id.in_(member_ids))):
            self._years[row.member_id][row.year] = counters_in(row)

    def grants(self, member_id: str) -> list[Held]:
        """Every grant of a member, with those that this tally gives."""
        return self._grants[member_id]

    def count(
        self,
        member_id: str,
        programme: Programme,
        change: Counters,
        *,
        placed_on: date,
        reached_by: str,
        at: datetime,
    ) -> list[Tier]:
        """As `tiers.count`, in memory until `write`."""
        if change == Counters():
            return []
        years, year = self._years[member_id], placed_on.year
        years[year] = years.get(year, Counters()) + change
        self._added[member_id, year] = self._added.get((member_id, year), Counters()) + change
        days: dict[date, Counters] = {}
        if programme.tier_rules.period == "rolling-12-months":
            days = self._count_day(member_id, placed_on, change)
        risen = []
        for day in looks(programme, placed_on, None, at):
            after = counters_of(programme, years, day, days)
            for tier in rising(programme, after, day, self._grants[member_id]):
                self._give(member_id, earned(programme, tier, day, day), reached_by, at)
                risen.append(tier)
        return risen

    def _count_day(self, member_id: str, placed_on: date, change: Counters) -> dict[date, Counters]:
        if self._days is None:
            self._days = {one: {} for one in self._members}
            counted = TierDay.__table__
            for row in run(select(counted).where(counted.c.member_id.in_(self._members))):
                self._days[row.member_id][row.on_day] = counters_in(row)
        days = self._days[member_id]
        days[placed_on] = days.get(placed_on, Counters()) + change
        self._added_days[member_id, placed_on] = (
            self._added_days.get((member_id, placed_on), Counters()) + change
        )
        return days

    def _give(self, member_id: str, given: Given, reached_by: str, at: datetime) -> None:
        self._given.append(row_of(member_id, given, reached_by, at))
        same = given.tier, given.source, given.period
        before = [g for g in self._grants[member_id] if (g.tier, g.source, g.period) == same]
        since = before[0].since if before else given.since  # given again, it began when it first began
        kept = [g for g in self._grants[member_id] if g not in before]
        self._grants[member_id] = [*kept, Given(*same, since, given.until, given.review_on)]

    def write(self) -> None:
        """Write what was counted and reached."""
        years, days = self._added.items(), self._added_days.items()
        run_many(
            count_up_many(), [{"member_id": m, "year": y, **columns_of(added)} for (m, y), added in years]
        )
        run_many(count_day(), [{"member_id": m, "on_day": d, **columns_of(added)} for (m, d), added in days])
        run_many(grant_tier(), self._given)
