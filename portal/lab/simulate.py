"""A programme run over a file of event lines, on a database that is thrown away: the same code as live.

Time is that of the lines alone. Before each line, everything scheduled up to its `at` has run, instant by instant
(Readings 19 to 21). The same lines give the same answer, to the byte.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from portal import giving, merchant, people
from portal import programme as programmes
from portal.db import read, transact
from portal.errors import Refused
from portal.lab.acting import tell
from portal.lab.events import parse

BEFORE_ALL = datetime(1900, 1, 1, tzinfo=UTC)
"""When a throw-away programme comes into force: before the first line of any history."""
Progress = Callable[[int, int], None]


class Schedule(Protocol):
    """All scheduled work: the next instant at which something is due, and doing what is due by an instant."""

    def next_due(self) -> date | None:
        """The first day of the programme's zone on which something is due; None for nothing."""
        ...

    def run(self, now: datetime) -> int:
        """Do everything that is due by `now`."""
        ...


@dataclass(slots=True)
class Simulation:
    """What came of it: refused lines in order, warnings for stderr, and the instant it stands at."""

    as_of: datetime | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def simulate(
    path: Path, schedule: Schedule, *, until: datetime | None = None, progress: Progress | None = None
) -> Simulation:
    """Tell the lines of a file, in the app and database at hand, in which the programme is in force.

    `until`: the state after all lines up to it and everything scheduled to it, in the past and in the future alike
    (Reading 21); later lines are not read. A line that is not good is refused and the rest goes on (Reading 20).
    `progress(done, total)` counts bytes. Raises OSError for a file that cannot be read.
    """
    told = Simulation()
    total = path.stat().st_size
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if progress is not None:
                progress(lines.tell(), total)
            if raw.strip() and not _tell(number, raw, told, schedule, until):
                break
    if until is not None:
        told.as_of = until
    if told.as_of is not None:
        _catch_up(schedule, told.as_of)
    return told


def _tell(number: int, raw: bytes, told: Simulation, schedule: Schedule, until: datetime | None) -> bool:
    """Tell one line; False when it lies after `until`, and is not read."""
    try:
        at, event, unread = parse(raw)
        if until is not None and at > until:
            return False
        if told.as_of is not None and at < told.as_of:
            raise Refused("time_goes_back", f"The line before stands at {merchant.instant(told.as_of)}.")
        told.as_of = at
        _catch_up(schedule, at)
        told.warnings += [f"line {number}: {name[:40]!r} is not known and was left unread" for name in unread]
        if isinstance(event, Refused):
            raise event
        warning = transact(lambda: tell(event, number))
        if warning:
            told.warnings.append(f"line {number}: {warning}")
    except Refused as refused:
        told.refused.append({"line": number, "code": refused.code, "message": _in_words(refused)})
    return True


def _in_words(refused: Refused) -> str:
    errors = refused.facts.get("errors")
    if isinstance(errors, list) and errors:
        return "; ".join(f"{error['pointer']}: {error['message']}" for error in errors)
    return f"{refused.pointer}: {refused.message}" if refused.pointer else refused.message


def _catch_up(schedule: Schedule, at: datetime) -> None:
    """Do what is due up to `at`, each day at its beginning; what is due at `at` itself included (Reading 19)."""
    _number, active = programmes.active()
    last = None
    while (due := schedule.next_due()) is not None and active.midnight(due) <= at:
        if due == last:
            raise AssertionError(f"what was due on {due} is due still")
        schedule.run(active.midnight(due))
        last = due


def outcome(told: Simulation) -> dict[str, Any]:
    """The answer of `--json`: every member's state as of the end, totals, and what was refused."""
    as_of = told.as_of or BEFORE_ALL
    _number, active = programmes.active()
    refs = read(select(people.Member.__table__.c.ref).order_by(people.Member.__table__.c.ref)).scalars().all()
    members = {ref: state for ref in refs if (state := merchant.member_state(ref, as_of)) is not None}
    return {
        "as_of": merchant.instant(as_of),
        "members": members,
        "totals": _totals(members, active, len(told.refused)),
        "refused": told.refused,
    }


COUNTED = ("available", "pending", "owed", "earned", "spent", "donated", "expired")


def _totals(members: dict[str, dict[str, Any]], active: programmes.Programme, refused: int) -> dict[str, Any]:
    """Everything added up (Reading 22)."""
    points = {name: sum(state["points"][name] for state in members.values()) for name in COUNTED}
    counters: Counter[str] = Counter()
    rewards: dict[str, Counter[str]] = {}
    for state in members.values():
        counters.update(state["counters"])
        for reward in state["rewards"]:
            rewards.setdefault(reward["reward"], Counter())[reward["state"]] += 1
    tiers = Counter(state["tier"]["key"] for state in members.values())
    return {
        "members": len(members),
        "points": points,
        "value": merchant.money(active.value_minor(points["available"]), active.currency),
        "counters": dict(sorted(counters.items())),
        "donated": {
            key: merchant.money(given.value_minor, active.currency)
            for key, given in sorted(giving.totals().items())
        },
        "funded": {},
        "rewards": {key: dict(sorted(states.items())) for key, states in sorted(rewards.items())},
        "tiers": {tier.key: tiers[tier.key] for tier in active.tiers if tiers[tier.key]},
        "refused": refused,
    }
