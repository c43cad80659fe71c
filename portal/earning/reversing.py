"""Taking an activity back: the newest first, never below zero; what followed from it goes back with it (Reading 8)."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, delete, select, update

from portal import giving, granting, ledger, tiers
from portal import programme as programmes
from portal.db import run
from portal.earning.activity_rules import Said, kept
from portal.earning.models import ActivityRecord, SeenValue
from portal.programme import Activity, Programme

_record, _seen = ActivityRecord.__table__.c, SeenValue.__table__.c
AT_ONCE = 50  # records that are looked at together


@dataclass(frozen=True, slots=True)
class Taken:
    """How much is counted no more (of an amount: minor units), and the points that went with it."""

    count: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class _Reversal:
    """One that takes back, told at `at`."""

    member_id: str
    rule: Activity
    id: str
    at: datetime
    actor: str
    fingerprint: str
    number: int
    active: Programme


def take_back(
    member_id: str, rule: Activity, said: Said, *, record_id: str, at: datetime, actor: str, fingerprint: str
) -> Taken:
    """Take back what `said` (a count below zero) says of this activity, as far as it stands; what that came to.

    A value that was counted is counted no more once it is taken back as often as it was told. Points go as with a
    refund, out of the lot they went into first; counters, gifts of the programme and tiers' counters follow.
    """
    number, active = programmes.active()
    reversal = _Reversal(member_id, rule, record_id, at, actor, fingerprint, number, active)
    if said.seen_as is not None:
        return _take_value(reversal, said.seen_as)
    left, count, points, place = -said.count, 0, 0, 0
    while left and (rows := _newest(reversal)):
        for row in rows:
            part = min(left, row.quantity)
            points += _lower(reversal, row, part, place)
            left, count, place = left - part, count + part, place + 1
            if not left:
                break
    return Taken(count, points)


def _take_value(reversal: _Reversal, seen_as: str) -> Taken:
    mine = (
        _seen.member_id == reversal.member_id,
        _seen.activity == reversal.rule.key,
        _seen.value == seen_as,
    )
    times = run(select(_seen.times).where(*mine)).scalar_one_or_none()
    if times is None:
        return Taken()
    if times > 1:
        run(update(SeenValue).where(*mine).values(times=times - 1))
        return Taken()
    run(delete(SeenValue).where(*mine))
    counted = run(_standing(reversal)).all()  # one for each value she has
    row = next((one for one in counted if _value_of(one) == seen_as), None)
    return Taken() if row is None else Taken(1, _lower(reversal, row, 1, 0))


def _value_of(row: Row[Any]) -> str:
    return str((row.trace or {}).get("value", "")).strip().casefold()


def _newest(reversal: _Reversal) -> list[Row[Any]]:
    return list(run(_standing(reversal).limit(AT_ONCE)).all())


def _standing(reversal: _Reversal) -> Any:
    """What stands of this activity, newest first: each was counted on top of those before it."""
    mine = (
        _record.member_id == reversal.member_id,
        _record.activity == reversal.rule.key,
        _record.quantity > 0,
    )
    return select(ActivityRecord.__table__).where(*mine).order_by(_record.counted_from.desc(), _record.id)


def _lower(reversal: _Reversal, row: Row[Any], part: int, place: int) -> int:
    """Let `part` of what a record counts count no more; the points that were taken for it."""
    who, active = reversal.member_id, reversal.active
    day, placed_on = active.day(reversal.at), active.day(row.at)
    trace = row.trace or {}
    each, of = trace.get("each", row.points), trace.get("per", 1)
    stays = kept(row.quantity - part, row.counted_from, of, each, row.points)
    points: int = row.points - stays
    mine = (_record.member_id == who, _record.id == row.id)
    run(update(ActivityRecord).where(*mine).values(quantity=row.quantity - part, points=stays))
    if points:
        _claw_back(reversal, row, points, part, place)
        tiers.count(
            who, active, tiers.Counters(earned=-points), placed_on=placed_on, standing_grants=tiers.grants(who),
            reached_by=f"activity/{reversal.id}", at=reversal.at,
        )  # fmt: skip
    if reversal.rule.counter is not None:
        granting.count(
            who, active, {f"counter:{reversal.rule.counter}": -part}, placed_on=placed_on, at=reversal.at, day=day,
            actor=reversal.actor,
        )  # fmt: skip
    if active.funding:
        giving.unfund_all(
            who, f"activity/{row.id}", at=reversal.at, day=day, part=Fraction(part, row.quantity)
        )
    return points


def _claw_back(reversal: _Reversal, row: Row[Any], points: int, part: int, place: int) -> None:
    """Take points of a record: what of it waits, then from the lot that it went into."""
    given = ledger.entry_of(reversal.member_id, f"activity/{row.id}")
    rule = reversal.active if given is None else programmes.version(given.programme_version)
    label = {"key": reversal.rule.key, "label": reversal.rule.label}
    trace = {"activity": label, "points": -points, "counted": -part, "reversed": True, "of": row.id}
    ledger.claw_back(
        reversal.member_id, points, key=f"activity/{reversal.id}/{place}", fingerprint=reversal.fingerprint,
        because=ledger.Because("activity", row.id, reversal.actor, reversal.number, trace),
        lot=rule.expires_on(reversal.active.day(row.at)), at=reversal.at, day=reversal.active.day(reversal.at),
    )  # fmt: skip
