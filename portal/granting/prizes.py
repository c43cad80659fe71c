"""What is given by itself, and taken back: points, a reward, a badge, written down once for each key and period."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, func, select, update

from portal import ledger, rewards, tiers
from portal import programme as programmes
from portal.db import prepared, read, run, table, upsert
from portal.granting.models import Badge, Given
from portal.programme import Prize, Programme

GIVEN = table(Given)
REASON = 40  # letters that a reward keeps of why it was given
_given, _badge = GIVEN.c, table(Badge).c
_entry = table(ledger.Entry).c


@dataclass(frozen=True, slots=True)
class Occasion:
    """When something is given, with its day in the programme's zone, and through whom."""

    at: datetime
    day: date
    actor: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is given: by which rule (`source`: goal, step, grant, dividend, activity), which time, and facts.

    `key` and `period` name it once and for all; `reason` is what a reward says of it; `facts` go into the trace.
    """

    source: str
    key: str
    label: str
    period: str
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The key under which it is written down."""
        return f"{self.source}:{self.key}"

    @property
    def ref(self) -> str:
        """What its entries name as their source."""
        return f"{self.key}/{self.period}"


def standing(member_id: str, name: str, period: str) -> Row[Any] | None:
    """What was given under a key and period; its `withdrawn_on` is set when it was taken back."""
    asked = {"p_member": member_id, "p_key": name, "p_period": period}
    return read(_standing(), asked).one_or_none()


@prepared
def _standing() -> Executable:
    this = (_given.key == bindparam("p_key"), _given.period == bindparam("p_period"))
    return select(GIVEN).where(_given.member_id == bindparam("p_member"), *this)


def give(
    member_id: str,
    programme: Programme,
    cause: Cause,
    prize: Prize,
    on: Occasion,
    *,
    again: Row[Any] | None = None,
    on_day: date | None = None,
) -> bool:
    """Give a prize and write it down, on the day `on_day` where that is another; whether a tier was reached by it.

    The caller sees to it that it is once. `again` is what stands of it, taken back before: a reward that was used then
    is hers still, and no second one is issued.
    """
    reward = None if again is None else again.reward
    if prize.reward is not None and reward is None:
        issued = rewards.issue(
            member_id, prize.reward, reason=cause.reason[:REASON], at=on.at, actor=on.actor
        )
        reward = issued.ref
    if prize.badge is not None:
        row = {"member_id": member_id, "key": cause.name, "on_day": on.day}
        run(upsert(Badge).on_conflict_do_nothing(), row)
    points = prize.points or 0
    write(member_id, cause, points, reward, on_day or on.day)
    return move(member_id, programme, cause, points, on, again=again is not None)


def take(
    member_id: str, programme: Programme, cause: Cause, given: Row[Any], on: Occasion, *, badge: bool = True
) -> None:
    """Take back what stands of `given`: its points, its badge where that goes too, its reward unless that was used or
    has expired."""
    gone = given.reward is None or rewards.withdraw(member_id, given.reward, at=on.at)
    if given.points:
        lot = programme.expires_on(given.on_day)
        move(member_id, programme, cause, -given.points, on, again=True, since=given.on_day, lot=lot)
    if badge:
        run(delete(Badge).where(_badge.member_id == member_id, _badge.key == cause.name))
    mine = (_given.member_id == member_id, _given.key == given.key, _given.period == given.period)
    news = {"points": 0, "reward": None if gone else given.reward, "withdrawn_on": on.day}
    run(update(GIVEN).where(*mine).values(**news))


def write(member_id: str, cause: Cause, points: int, reward: str | None, on_day: date) -> None:
    """Write down what stands of something given."""
    this = {"member_id": member_id, "key": cause.name, "period": cause.period}
    run(_write(), {**this, "on_day": on_day, "points": points, "reward": reward, "withdrawn_on": None})


@prepared
def _write() -> Executable:
    statement = upsert(Given)
    news = {name: statement.excluded[name] for name in ("on_day", "points", "reward", "withdrawn_on")}
    written: Executable = statement.on_conflict_do_update(
        index_elements=["member_id", "key", "period"], set_=news
    )
    return written


def move(
    member_id: str,
    programme: Programme,
    cause: Cause,
    points: int,
    on: Occasion,
    *,
    again: bool = False,
    since: date | None = None,
    lot: date | None = None,
    matures_on: date | None = None,
) -> bool:
    """Credit points, or claw them back (below zero) from `lot` first; whether a tier was reached by them.

    They count for tiers as earned on `since`, today when left out. `again`: this cause has entries already, so that the
    operation needs a number of its own.
    """
    if points == 0:
        return False
    number, _ = programmes.active()
    # Shops name activities themselves: no name of theirs may stand in the way of the one that the calendar brings.
    key = cause.ref if cause.source == "activity" else f"{cause.source}/{cause.ref}"
    if again:
        mine = (_entry.member_id == member_id, _entry.source == cause.source, _entry.source_ref == cause.ref)
        key += f"/{read(select(func.count()).select_from(ledger.Entry).where(*mine)).scalar_one()}"
    trace = {**_named(cause), "points": abs(points), **cause.facts, **({"taken": True} if points < 0 else {})}
    common: dict[str, Any] = {
        "key": key, "fingerprint": "", "at": on.at, "day": on.day,
        "because": ledger.Because(cause.source, cause.ref, on.actor, number, trace),
    }  # fmt: skip
    if points > 0:
        ledger.credit(
            member_id, points, expires_on=programme.expires_on(on.day), matures_on=matures_on, **common
        )
    else:
        ledger.claw_back(member_id, -points, lot=lot or ledger.NEVER, **common)
    risen = tiers.count(
        member_id, programme, tiers.Counters(earned=points), placed_on=since or on.day,
        standing_grants=tiers.grants(member_id), reached_by=f"{cause.source}/{cause.ref}", at=on.at,
    )  # fmt: skip
    return bool(risen)


def _named(cause: Cause) -> dict[str, Any]:
    """The rule, as the trace names it; an activity as every other one."""
    told = {"key": cause.key, "label": cause.label}
    return {"activity": told} if cause.source == "activity" else {"given": {"by": cause.source, **told}}
