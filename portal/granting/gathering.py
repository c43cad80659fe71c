"""Adding up for many members in few statements, as long as nothing is reached for which a prize is due.

What it writes is what `count`, called for one after the other, would write; whoever is to be given something is left to
that.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Executable, bindparam, select

from portal.db import prepared, run, run_many, table
from portal.granting import rules
from portal.granting.measuring import adding
from portal.granting.models import Measure
from portal.granting.prizes import GIVEN
from portal.granting.rules import Place
from portal.programme import Programme, period_key

_measure, _given = table(Measure).c, GIVEN.c


class Gathering:
    """What these members have towards goals, in one write, which holds their wallets locked.

    `days` are those on which what will be added was placed.
    """

    def __init__(self, member_ids: Collection[str], programme: Programme, days: Collection[date]) -> None:
        self._goals = programme.goals
        self._programme = programme
        self._have: dict[tuple[str, Place], int] = {}
        self._given: set[tuple[str, Place]] = set()
        self._added: dict[tuple[str, Place], int] = {}
        if not self._goals:
            return
        asked = {
            "p_members": list(member_ids),
            "p_keys": [f"goal:{goal.key}" for goal in self._goals],
            "p_periods": sorted({period_key(goal.per, day) for goal in self._goals for day in days}),
        }
        for row in run(_measures(), asked):
            self._have[row.member_id, (row.key, row.period)] = row.amount
        self._given = {(row.member_id, (row.key, row.period)) for row in run(_prizes(), asked)}

    def add(self, member_id: str, changes: Mapping[str, int], placed_on: date) -> bool:
        """Add what an order that is told for the first time brings to goals, by key as `count` takes it.

        False, with nothing added, where it reaches a goal whose prize she does not have: `count` gives it.
        """
        places = rules.places(self._programme, changes, placed_on)
        for goal in self._goals:
            place = rules.place_of_goal(goal, placed_on)
            have = self._have.get((member_id, place), 0) + places.get(place, 0)
            has_prize = (member_id, (f"goal:{goal.key}", place[1])) in self._given
            if place in places and have >= goal.need and not has_prize:
                return False
        for place, change in places.items():
            for sums in (self._have, self._added):
                sums[member_id, place] = sums.get((member_id, place), 0) + change
        return True

    def write(self) -> None:
        """Write what was added."""
        rows: list[dict[str, Any]] = [
            {"member_id": member_id, "key": key, "period": period, "amount": amount}
            for (member_id, (key, period)), amount in sorted(self._added.items())
        ]
        run_many(adding(), rows)


def _wanted(columns: Any) -> tuple[Any, ...]:
    names = {"p_members": columns.member_id, "p_keys": columns.key, "p_periods": columns.period}
    return tuple(column.in_(bindparam(name, expanding=True)) for name, column in names.items())


@prepared
def _measures() -> Executable:
    return select(table(Measure)).where(*_wanted(_measure))


@prepared
def _prizes() -> Executable:
    mine = select(_given.member_id, _given.key, _given.period)
    return mine.where(*_wanted(_given), _given.withdrawn_on.is_(None))
