"""A programme run over a file of event lines, on a database that is thrown away: the same code as live.

Time is that of the lines alone. Before each line, everything scheduled up to its `at` has run, instant by instant
(Readings 19 to 21). The same lines give the same answer, to the byte.
"""

import codecs
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from portal import earning, giving, merchant, notices
from portal import programme as programmes
from portal.errors import Refused
from portal.lab.events import parse
from portal.lab.window import Window

BEFORE_ALL = datetime(1900, 1, 1, tzinfo=UTC)
"""When a throw-away programme comes into force: before the first line of any history."""
Progress = Callable[[int, int], None]


class Schedule(Protocol):
    """All scheduled work: the next instant at which something is due, and doing what is due by an instant."""

    def next_due(self) -> datetime | None:
        """The first instant at which something is due; None for nothing."""
        ...

    def run(self, now: datetime) -> int:
        """Do everything that is due by `now`."""
        ...


@dataclass(slots=True)
class Simulation:
    """What came of it: refused lines in order, warnings with their lines for stderr, and the instant it stands at."""

    as_of: datetime | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)

    def hear(self, number: int, outcome: str | Refused | None) -> None:
        """What line `number` came to: a refusal, a warning, or nothing to tell."""
        if isinstance(outcome, Refused):
            self.refused.append({"line": number, "code": outcome.code, "message": _in_words(outcome)})
        elif outcome:
            self.warnings.append((number, outcome))


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
    _number, active = programmes.active()
    window = Window(told.hear)
    due: datetime | None = None
    day: date | None = None
    with notices.assume_delivered(), path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            if progress is not None:
                progress(lines.tell(), total)
            if not raw.strip():
                continue
            try:
                at, event, unread = parse(raw)
                if until is not None and at > until:
                    break
                if told.as_of is not None and at < told.as_of:
                    message = f"The line before stands at {merchant.instant(told.as_of)}."
                    raise Refused("time_goes_back", message)
            except Refused as refused:
                told.hear(number, refused)
                continue
            told.as_of = at
            if active.day(at) != day or (due is not None and due <= at):
                day = active.day(at)
                window.close()
                due = _catch_up(schedule, at)
            told.warnings += [(number, f"{name[:40]!r} is not known and was left unread") for name in unread]
            if isinstance(event, Refused):
                told.hear(number, event)
            elif window.take(number, event):
                due = schedule.next_due()
        window.close()
        if until is not None:
            told.as_of = until
        if told.as_of is not None:
            _catch_up(schedule, told.as_of)
    told.refused.sort(key=lambda refused: int(refused["line"]))
    told.warnings.sort()
    return told


def _in_words(refused: Refused) -> str:
    errors = refused.facts.get("errors")
    if isinstance(errors, list) and errors:
        return "; ".join(f"{error['pointer']}: {error['message']}" for error in errors)
    return f"{refused.pointer}: {refused.message}" if refused.pointer else refused.message


def _catch_up(schedule: Schedule, at: datetime) -> datetime | None:
    """Do what is due up to `at`, each thing at its instant; what is due at `at` itself included (Reading 19).

    What begins at an instant may itself have something due at it: points that come with a notice. Answers the first
    instant after `at` at which something is due; None when nothing is.
    """
    last, times = None, 0
    while (due := schedule.next_due()) is not None and due <= at:
        times = times + 1 if due == last else 1
        if times > earning.LOOKS:
            raise AssertionError(f"what was due at {due} is due still")
        schedule.run(due)
        last = due
    return due


def outcome(told: Simulation) -> dict[str, Any]:
    """The answer of `--json`: every member's state as of the end, totals, and what was refused."""
    as_of = told.as_of or BEFORE_ALL
    _number, active = programmes.active()
    members = {state["member"]: state for state in merchant.member_states(as_of)}
    return {
        "as_of": None if told.as_of is None else merchant.instant(as_of),
        "members": dict(sorted(members.items())),
        "totals": _totals(members, active, len(told.refused)),
        "refused": told.refused,
    }


def _by_day(members: dict[str, dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """What matures or expires of all members, by day."""
    found: Counter[str] = Counter()
    for state in members.values():
        for one in state["points"][name]:
            found[one["on"]] += one["points"]
    return [{"on": on, "points": points} for on, points in sorted(found.items())]


COUNTED = ("available", "pending", "owed", "earned", "spent", "donated", "expired")


def _totals(members: dict[str, dict[str, Any]], active: programmes.Programme, refused: int) -> dict[str, Any]:
    """Everything added up (Reading 22)."""
    points: dict[str, Any] = {
        name: sum(state["points"][name] for state in members.values()) for name in COUNTED
    }
    value = merchant.money(active.value_minor(points["available"]), active.currency)
    points |= {"value": value, **{name: _by_day(members, name) for name in ("maturing", "expiring")}}
    counters = dict.fromkeys(active.counters, 0)
    rewards: dict[str, Counter[str]] = {}
    for state in members.values():
        for key, amount in state["counters"].items():
            counters[key] += amount
        for reward in state["rewards"]:
            rewards.setdefault(reward["reward"], Counter())[reward["state"]] += 1
    tiers = Counter(state["tier"]["key"] for state in members.values())
    return {
        "members": len(members),
        "points": points,
        "value": value,
        "counters": dict(sorted(counters.items())),
        "donated": {
            key: merchant.money(given.value_minor, active.currency)
            for key, given in sorted(giving.totals().items())
        },
        "funded": {
            key: merchant.money(minor, active.currency)
            for key, minor in sorted(giving.funded_totals().items())
        },
        "rewards": {key: dict(sorted(states.items())) for key, states in sorted(rewards.items())},
        "tiers": {tier.key: tiers[tier.key] for tier in active.tiers if tiers[tier.key]},
        "refused": refused,
    }
