"""How far a member is with goals and counters, and her badges: what pages and answers read."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Executable, bindparam, func, select

from portal.db import prepared, read, table
from portal.granting import rules
from portal.granting.holding import Holding
from portal.granting.models import Badge, Given, Measure
from portal.granting.rules import Place
from portal.programme import Goal, Grant, Programme, Step, last_day

_measure, _badge, _given = table(Measure).c, table(Badge).c, table(Given).c


@dataclass(frozen=True, slots=True)
class State:
    """Goals that are open and not reached yet, counters by key, and badges (the keys of what gave them, oldest first).

    A goal is {"key", "have", "need", "by"}: decimal strings for spend, else numbers; `by` is the last day of its
    period, null for a lifetime (Reading 38). Counters of money are in minor units.
    """

    goals: list[dict[str, Any]] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    badges: list[str] = field(default_factory=list)


def state(member_id: str, programme: Programme, day: date) -> State:
    """Where she stands on `day`; no statement is run for what the programme does not have."""
    found = _measured(member_id, programme, day)
    holding = Holding(member_id, programme, day)
    goals = []
    for goal in programme.goals:
        have = found.get(rules.place_of_goal(goal, day), 0)
        if have < goal.need and holding.fits(goal):
            by = last_day(goal.per, day)
            goals.append(
                {
                    "key": goal.key,
                    "have": rules.amount(goal, have, programme.currency),
                    "need": rules.amount(goal, goal.need, programme.currency),
                    "by": None if by is None else str(by),
                }
            )
    counters = {key: found.get((f"counter:{key}", ""), 0) for key in programme.counters}
    return State(goals, counters, _badges(member_id, programme))


def points_given(member_id: str, after: date) -> dict[date, int]:
    """Points that stand of what was given by itself, by the day on which they count for tiers, after one day."""
    mine = (_given.member_id == member_id, _given.on_day > after, _given.points != 0)
    summed = select(_given.on_day, func.sum(_given.points).label("points")).where(*mine)
    return {row.on_day: int(row.points) for row in read(summed.group_by(_given.on_day))}


def _measured(member_id: str, programme: Programme, day: date) -> dict[Place, int]:
    wanted = {rules.place_of_goal(goal, day) for goal in programme.goals}
    wanted |= {(f"counter:{key}", "") for key in programme.counters}
    if not wanted:
        return {}
    keys, periods = (sorted({place[part] for place in wanted}) for part in (0, 1))
    rows = read(_measures(), {"p_member": member_id, "p_keys": keys, "p_periods": periods})
    return {(row.key, row.period): row.amount for row in rows}


@prepared
def _measures() -> Executable:
    here = (_measure.key, "p_keys"), (_measure.period, "p_periods")
    within = (column.in_(bindparam(name, expanding=True)) for column, name in here)
    return select(table(Measure)).where(_measure.member_id == bindparam("p_member"), *within)


def _badges(member_id: str, programme: Programme) -> list[str]:
    givers: tuple[Goal | Step | Grant, ...] = (*programme.goals, *programme.steps, *programme.grants)
    if not any(one.gives.badge for one in givers):
        return []
    mine = select(_badge.key).where(_badge.member_id == member_id).order_by(_badge.on_day, _badge.key)
    return [key.partition(":")[2] for key in read(mine).scalars()]
