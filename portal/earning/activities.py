"""Points for something other than a purchase: what a member did, told by a shop, and what happens by itself.

`account` and `newsletter` are given by themselves, `birthday` by the calendar; all others are sent (Reading 8).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, case, func, insert, select

from portal import giving, granting, ledger, people, tiers
from portal import programme as programmes
from portal.db import read, run, table, upsert
from portal.earning.activity_rules import MOST_POINTS, Said, size, steps, within_caps
from portal.earning.activity_rules import read as read_said
from portal.earning.body import fingerprint
from portal.earning.models import ActivityRecord, SeenValue
from portal.earning.reversing import take_back
from portal.errors import Refused
from portal.programme import Activity, Cap, Programme

_record, _member = ActivityRecord.__table__.c, people.Member.__table__.c
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)
NEVER_SENT = ("account", "birthday")
ONCE = ("account", "newsletter")  # in a lifetime, however they come


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an activity: points given (below zero: taken back), whether a cap cut them, and why."""

    activity: str
    points: int
    capped: bool
    trace: dict[str, Any]
    repeated: bool = False


def record_activity(
    member_id: str,
    activity: str,
    *,
    record_id: str,
    at: datetime,
    actor: str,
    quantity: int = 1,
    attributes: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    word: Literal["shop", "staff"] = "shop",
) -> Done:
    """Take an activity that is sent, done at `at` and told `now` (at once when left out), on whose `word`.

    `record_id` is unique in the programme: the same member, activity, quantity and attributes again are nothing,
    whatever their `at`; anything else under it is refused (`conflict`). A `quantity` below zero takes back, the newest
    first and never below zero (Readings 8 and 23). Refuses `unknown_key`, `not_allowed` (what happens by itself; what
    only a colleague may vouch for), `not_allowed_by_tier` and `not_allowed_by_plan` where it is for others as
    things stand `now`, `in_the_future`, and what `quantity` and `attributes` get wrong.
    """
    now = now or at
    if activity in NEVER_SENT:
        raise Refused("not_allowed", f"{activity} happens by itself.", pointer="/activity")
    number, active = programmes.active()
    rule = active.activity(activity)
    if rule.proof == "staff" and word != "staff":
        raise Refused("not_allowed", f"{activity} counts on the word of a colleague.", pointer="/activity")
    if at > now + AHEAD:
        raise Refused("in_the_future", "at lies more than a day ahead.", pointer="/at")
    said = read_said(rule, quantity, attributes or {}, active.currency)
    sent = json.dumps([activity, quantity, attributes or {}], sort_keys=True, ensure_ascii=False)
    told = _Telling(
        member_id, record_id, at, now, actor, number, active, fingerprint(sent), dict(attributes or {})
    )
    ledger.lock(member_id)
    if people.reserve("activity", record_id, member_id) != member_id:
        raise _conflict()
    known = _stored(member_id, record_id)
    if known is None:
        if quantity < 0:
            return _reverse(told, rule, said)
        _check_holder(told, rule)
        return _add(told, rule, said)
    if known.hash != told.hash and (known.hash or known.activity != activity):
        raise _conflict()
    return _standing(known, rule)


def give_activity(member_id: str, activity: str, *, at: datetime, actor: str) -> int:
    """Give the points of `account` or `newsletter`, which happen by themselves, once in a lifetime; how many they were.

    0 when the programme has no such activity, or she has had it.
    """
    number, active = programmes.active()
    rule = next((one for one in active.activities if one.key == activity), None)
    if rule is None:
        return 0
    ledger.lock(member_id)
    if _had(member_id, activity):
        return 0
    told = _Telling(member_id, activity, at, at, actor, number, active, "", {})
    return _add(told, rule, Said(1)).points


@dataclass(frozen=True, slots=True)
class _Telling:
    """An activity as it was told."""

    member_id: str
    id: str
    at: datetime
    now: datetime
    actor: str
    number: int
    active: Programme
    hash: str
    attributes: dict[str, Any]


def _check_holder(told: _Telling, rule: Activity) -> None:
    """Refuse what is for holders of other tiers or plans; what is in force when it is told decides (Reading 4)."""
    today = told.active.day(told.now)
    if rule.tiers:
        joined_on = run(select(_member.joined_on).where(_member.id == told.member_id)).scalar_one()
        tier = tiers.standing(told.active, tiers.grants(told.member_id), today, joined_on).tier
        if tier.key not in rule.tiers:
            message = f"{rule.key} is for {', '.join(rule.tiers)}."
            raise Refused("not_allowed_by_tier", message, pointer="/activity", tiers=rule.tiers)
    if rule.plans and not set(rule.plans) & set(tiers.plans_on(told.member_id, today)):
        message = f"{rule.key} is for holders of {', '.join(rule.plans)}."
        raise Refused("not_allowed_by_plan", message, pointer="/activity", plans=rule.plans)


def _add(told: _Telling, rule: Activity, said: Said) -> Done:
    """Count it, give what it asks for as far as the caps leave room, and tell who follows."""
    active, day, today = told.active, told.active.day(told.at), told.active.day(told.now)
    before, caps = _so_far(told, rule)
    count = said.count
    if said.seen_as is not None:
        count = int(_is_new(told, rule, said.seen_as))
    elif rule.key in ONCE:
        count = int(not _had(told.member_id, rule.key))
    asked = steps(count, before, size(rule)) * rule.points
    if asked > MOST_POINTS:
        raise Refused("bad_value", "So much cannot be done at once.", pointer="/quantity")
    points, cut = within_caps(asked, caps)
    matures_on = day + timedelta(days=rule.pending_days)
    trace = {
        "activity": {"key": rule.key, "label": rule.label},
        "points": points,
        "counted": count,
        "each": rule.points,
        **({"per": size(rule), "before": before} if size(rule) > 1 else {}),
        **({"amount_minor": count, "currency": active.currency} if rule.amount is not None else {}),
        **({"value": said.value, "is_new": count > 0} if rule.distinct is not None else {}),
        **({"capped": {"per": cut.per, "points": cut.points, "asked": asked}} if cut is not None else {}),
        **({"matures_on": str(matures_on)} if points and matures_on > today else {}),
    }
    _keep(told, rule.key, count, before, points, trace)
    if points:
        ledger.credit(
            told.member_id, points, key=f"activity/{told.id}", fingerprint=told.hash,
            because=ledger.Because("activity", told.id, told.actor, told.number, trace),
            expires_on=active.expires_on(day), at=told.now, day=today, matures_on=matures_on,
        )  # fmt: skip
    if active.expiry.kind == "inactivity":
        ledger.touch(told.member_id, day)
    if count and rule.counter is not None:
        granting.count(
            told.member_id, active, {f"counter:{rule.counter}": count}, placed_on=day, at=told.now, day=today,
            actor=told.actor,
        )  # fmt: skip
    _tell_tiers(told, points)  # a goal asks for the tier held before the activity (Reading 6)
    if count:
        giving.fund_all(
            told.member_id, active, "activity", activity=rule.key, ref=f"activity/{told.id}",
            times=1 if rule.amount is not None else count, at=told.now, day=day,
        )  # fmt: skip
    return _done(rule.key, trace)


def _tell_tiers(told: _Telling, points: int) -> None:
    if not points:
        return
    risen = tiers.count(
        told.member_id, told.active, tiers.Counters(earned=points), placed_on=told.active.day(told.at),
        standing_grants=tiers.grants(told.member_id), reached_by=f"activity/{told.id}", at=told.now,
    )  # fmt: skip
    if risen:
        granting.follow(
            told.member_id, told.active, at=told.now, day=told.active.day(told.now), actor=told.actor
        )


def _reverse(told: _Telling, rule: Activity, said: Said) -> Done:
    """Take back what stands of earlier ones; the record of it counts nothing itself."""
    taken = take_back(
        told.member_id, rule, said, record_id=told.id, at=told.now, actor=told.actor, fingerprint=told.hash
    )
    trace = {
        "activity": {"key": rule.key, "label": rule.label},
        "points": -taken.points,
        "counted": -taken.count,
        "reversed": True,
        **(
            {"amount_minor": -taken.count, "currency": told.active.currency}
            if rule.amount is not None
            else {}
        ),
        **({"value": said.value} if rule.distinct is not None else {}),
    }
    _keep(told, rule.key, 0, 0, 0, trace)
    return _done(rule.key, trace)


def _keep(told: _Telling, activity: str, count: int, before: int, points: int, trace: dict[str, Any]) -> None:
    row = {
        "member_id": told.member_id, "id": told.id, "activity": activity, "points": points, "at": told.at,
        "quantity": count, "attributes": told.attributes or None, "hash": told.hash, "counted_from": before,
        "trace": trace,
    }  # fmt: skip
    run(insert(ActivityRecord), row)


def _so_far(told: _Telling, rule: Activity) -> tuple[int, list[tuple[Cap, int]]]:
    """How much of this activity is counted for her, and what each cap's period has given (points), in one statement."""
    day, midnight = told.active.day(told.at), told.active.midnight
    sums: list[Any] = []
    for cap in rule.caps:
        within: Any = _record.points
        last = programmes.last_day(cap.per, day)
        if last is not None:
            first = midnight(programmes.first_day(cap.per, day))
            inside = (_record.at >= first) & (_record.at < midnight(last + timedelta(days=1)))
            within = case((inside, _record.points), else_=0)
        sums.append(func.coalesce(func.sum(within), 0))
    top = func.coalesce(func.max(_record.counted_from + _record.quantity), 0)
    mine = (_record.member_id == told.member_id, _record.activity == rule.key, _record.quantity > 0)
    # PostgreSQL adds whole numbers up as decimals.
    before, *given = (int(number) for number in run(select(top, *sums).where(*mine)).one())
    return before, list(zip(rule.caps, given, strict=True))


def _is_new(told: _Telling, rule: Activity, seen_as: str) -> bool:
    """Note a value of what counts once each; whether it is new for her."""
    seen, statement = table(SeenValue).c, upsert(SeenValue)
    row = {"member_id": told.member_id, "activity": rule.key, "value": seen_as, "times": 1}
    again = statement.on_conflict_do_update(
        index_elements=["member_id", "activity", "value"], set_={"times": seen.times + 1}
    )
    return bool(run(again.returning(seen.times), row).scalar_one() == 1)


def _had(member_id: str, activity: str) -> bool:
    mine = (_record.member_id == member_id, _record.activity == activity)
    return run(select(_record.id).where(*mine).limit(1)).one_or_none() is not None


def _stored(member_id: str, record_id: str) -> Row[Any] | None:
    mine = (_record.member_id == member_id, _record.id == record_id)
    return read(select(ActivityRecord.__table__).where(*mine)).one_or_none()


def _standing(known: Row[Any], rule: Activity) -> Done:
    """What stands: the answer of the first time."""
    trace = known.trace or {"activity": {"key": rule.key, "label": rule.label}, "points": known.points}
    return _done(known.activity, trace, repeated=True)


def _done(activity: str, trace: dict[str, Any], *, repeated: bool = False) -> Done:
    return Done(activity, trace["points"], "capped" in trace, trace, repeated)


def _conflict() -> Refused:
    return Refused("conflict", "This id was used before for another activity.", pointer="/id")
