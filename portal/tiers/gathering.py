"""Counting for many members in few statements: what stands is read together, what is reached is written together.

What it writes is what `count`, called for one after the other, would write.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.db import run, run_many
from portal.programme import Programme, Tier
from portal.tiers.models import TierCounter, TierGrant
from portal.tiers.rules import Counters, Held, counters_of
from portal.tiers.service import count_up_many, earned_row, grant_tier, rising


@dataclass(frozen=True, slots=True)
class _Given:
    """A grant that is not written yet."""

    tier: str
    source: str
    period: str
    since: date
    until: date | None
    review_on: date | None


class Tally:
    """Counters and grants of these members in one write, which holds their wallets locked."""

    def __init__(self, member_ids: Collection[str]) -> None:
        self._grants: dict[str, list[Held]] = {member_id: [] for member_id in member_ids}
        self._years: dict[str, dict[int, Counters]] = {member_id: {} for member_id in member_ids}
        self._added: dict[tuple[str, int], Counters] = {}
        self._given: list[dict[str, Any]] = []
        given, counted = TierGrant.__table__, TierCounter.__table__
        for grant in run(select(given).where(given.c.member_id.in_(member_ids))):
            self._grants[grant.member_id].append(grant)
        for row in run(select(counted).where(counted.c.member_id.in_(member_ids))):
            counters = Counters(row.spend_minor, row.orders, row.points_earned)
            self._years[row.member_id][row.year] = counters

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
        risen = rising(
            programme, counters_of(programme, years, placed_on), placed_on, self._grants[member_id]
        )
        for tier in risen:
            row = earned_row(member_id, programme, tier, placed_on, placed_on, reached_by, at)
            self._given.append(row)
            self._hold(member_id, row)
        return risen

    def _hold(self, member_id: str, row: dict[str, Any]) -> None:
        same = row["tier"], row["source"], row["period"]
        before = [g for g in self._grants[member_id] if (g.tier, g.source, g.period) == same]
        since = before[0].since if before else row["since"]  # given again, it began when it first began
        kept = [g for g in self._grants[member_id] if g not in before]
        self._grants[member_id] = [*kept, _Given(*same, since, row["until"], row["review_on"])]

    def write(self) -> None:
        """Write what was counted and reached."""
        rows = [
            {
                "member_id": member_id, "year": year, "spend_minor": added.spend, "orders": added.orders,
                "points_earned": added.earned,
            }
            for (member_id, year), added in self._added.items()
        ]  # fmt: skip
        run_many(count_up_many(), rows)
        run_many(grant_tier(), self._given)
