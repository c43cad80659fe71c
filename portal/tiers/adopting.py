"""A new version of the programme reaches who is a member already: tiers of what she holds, and of what is counted.

It only gives. What an earlier version gave stands to its end date, and the review looks at it then.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from portal import people
from portal.db import read, run, run_many, table
from portal.programme import Programme
from portal.tiers.models import HeldPlan, TierDay
from portal.tiers.rules import Counters, Held, by_plan, counters_of, rising
from portal.tiers.service import (
    columns_of,
    counters,
    days_counted,
    earned,
    grant,
    grant_tier,
    grants,
    row_of,
)

_held, _day = HeldPlan.__table__.c, TierDay.__table__.c


class _Held(NamedTuple):
    """A tier that something held gives, from a day to a day; `by` is what gives it, as grants name it."""

    tier: str
    source: str
    since: date
    until: date | None
    by: str


def adopt(
    member_id: str, programme: Programme, before: Programme | None, *, by: str, at: datetime, day: date
) -> bool:
    """Give her on `day` the tiers that `programme` has for the plans and facts she holds, and, where its ladder is not
    that of `before`, for what she has counted; whether a tier began. Again it is nothing.

    `before` is the version that was in force for her, None where it is not known: then nothing is given for what is
    counted. `by` is what those grants name. The caller holds her wallet.
    """
    known = grants(member_id)
    began = False
    for one in (*_by_plans(member_id, programme, day), *_by_facts(member_id, programme, day)):
        same = [row for row in known if row.tier == one.tier and row.source == one.source]
        if any(row.reached_by == one.by and (row.until is None or row.until >= one.since) for row in same):
            continue
        grant(
            member_id, one.tier, one.source, period=str(1 + len(same)), since=one.since, until=one.until,
            review_on=None, reached_by=one.by, at=at,
        )  # fmt: skip
        known, began = grants(member_id), True
    ladder = programme.tiers, programme.tier_rules
    if before is not None and (before.tiers, before.tier_rules) != ladder:
        began |= _by_counting(member_id, programme, known, by, at, day)
    return began


def _by_plans(member_id: str, programme: Programme, day: date) -> Iterator[_Held]:
    """What her plans give, from `day` on, to the last day that is paid."""
    for row in read(select(HeldPlan.__table__).where(_held.member_id == member_id).order_by(_held.plan)):
        if row.since <= day and (row.until is None or day <= row.until):
            for tier in programme.tiers:
                if any(by_plan(way, row.plan, row.months) for way in tier.entry):
                    yield _Held(tier.key, "plan", day, row.until, f"plan/{row.plan}")


def _by_facts(member_id: str, programme: Programme, day: date) -> Iterator[_Held]:
    """What facts from outside give that hold on `day`, or will."""
    for row in people.attributes_from(member_id, day):
        for tier in programme.tiers:
            if any(way.attribute == row.name for way in tier.entry):
                since = max(row.since, day)
                yield _Held(tier.key, "attribute", since, row.until, f"attribute/{row.name}")


def _by_counting(
    member_id: str, programme: Programme, known: Sequence[Held], by: str, at: datetime, day: date
) -> bool:
    days: Mapping[date, Counters] = {}
    if programme.tier_rules.period == "rolling-12-months":
        days = days_counted(member_id, date.min)
    counted = counters_of(programme, counters(member_id), day, days)
    risen = rising(programme, counted, day, known)
    given = [row_of(member_id, earned(programme, tier, day, day), by, at) for tier in risen]
    run_many(grant_tier(), given)
    return bool(risen)


def put_days(member_id: str, days: Mapping[date, Counters]) -> None:
    """Let exactly this be counted for her by day: where the last twelve months begin to count, what was before."""
    run(delete(TierDay).where(_day.member_id == member_id))
    rows = [
        {"member_id": member_id, "on_day": on, **columns_of(counted)} for on, counted in sorted(days.items())
    ]
    run_many(insert(table(TierDay)), rows)
