"""Tiers that come with something held, and end with it at once: a paid plan, payments in a row, an outside fact."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from portal.db import read, run, upsert
from portal.programme import Programme
from portal.tiers.models import HeldPlan, TierGrant
from portal.tiers.rules import DAY, by_plan
from portal.tiers.service import grant, grants

_held, _grant = HeldPlan.__table__.c, TierGrant.__table__.c


def hold_plan(
    member_id: str,
    programme: Programme,
    plan: str,
    *,
    since: date,
    until: date | None,
    months: int,
    at: datetime,
    day: date,
) -> None:
    """A plan is held, as things stand on `day`: from `since` to `until`, both inclusive, None for no end.

    `until` before `day` says that it has ended; that never makes it last longer than was told before. `months` are
    those paid in a row (Reading 34). Tiers that the plan gives begin and end with it; one by months begins on the `day`
    that makes the number. Where a newer version of the programme gives it no more, it stays to the last day that was
    told, and ends with the plan. The same again is nothing.
    """
    before = read(
        select(HeldPlan.__table__).where(_held.member_id == member_id, _held.plan == plan)
    ).one_or_none()
    over = until is not None and until < day
    if before is None and over:
        return
    if before is not None and over and before.until is not None:
        until = min(filter(None, (before.until, until)))
    begins = since if before is None else _begins(before, since, day, over)
    values = {"since": begins, "until": until, "months": months}
    statement = upsert(HeldPlan).values(member_id=member_id, plan=plan, **values)
    run(statement.on_conflict_do_update(index_elements=["member_id", "plan"], set_=values))
    _give_by_plan(member_id, programme, plan, begins, until, months, at, day)


def _begins(before: Row[Any], since: date, day: date, over: bool) -> date:
    """The first day of benefits without a gap: what ran on keeps its own, what stood still begins again."""
    if over or before.until is None or before.until >= day - DAY:
        first: date = before.since
        return first
    return since if since > before.until else day


def _give_by_plan(
    member_id: str,
    programme: Programme,
    plan: str,
    begins: date,
    until: date | None,
    months: int,
    at: datetime,
    day: date,
) -> None:
    over = until is not None and until < day
    known = grants(member_id)
    for tier in programme.tiers:
        found = [way for way in tier.entry if by_plan(way, plan, months)]
        given = _given(known, tier.key, "plan", f"plan/{plan}")
        newest = max(given, key=lambda row: row.since, default=None)
        if found and not over:
            if newest is not None and (newest.until is None or newest.until >= day - DAY):
                _change_end(newest, until)
            else:
                first = begins if any(way.metric == "plan" for way in found) else day
                _give(member_id, known, tier.key, "plan", first, until, f"plan/{plan}", at)
        elif newest is not None and until is not None:
            _cut(newest, until)


def paid_months(member_id: str, plan: str) -> int:
    """How many months in a row were paid for a plan, as last told; 0 where it was never held."""
    mine = (_held.member_id == member_id, _held.plan == plan)
    found: int | None = read(select(_held.months).where(*mine)).scalar_one_or_none()
    return found or 0


def plans_held(member_id: str, day: date) -> dict[str, int]:
    """The plans whose benefits a member has on a day, each with its months paid in a row."""
    rows = read(select(HeldPlan.__table__).where(_held.member_id == member_id)).all()
    return {
        row.plan: row.months for row in rows if row.since <= day and (row.until is None or day <= row.until)
    }


def plans_on(member_id: str, day: date) -> tuple[str, ...]:
    """The plans whose benefits a member has on a day, by key."""
    return tuple(sorted(plans_held(member_id, day)))


def follow_attribute(
    member_id: str,
    programme: Programme,
    name: str,
    *,
    holds: bool,
    since: date,
    until: date | None,
    at: datetime,
    day: date,
) -> None:
    """A fact from outside holds from `since` to `until`, both inclusive; or it holds no more from `since` on.

    Tiers that it gives begin and end with it, at once (Reading 32). The same again is nothing.
    """
    known = grants(member_id)
    for tier in programme.tiers:
        if not any(way.attribute == name for way in tier.entry):
            continue
        given = _given(known, tier.key, "attribute", f"attribute/{name}")
        if not holds:
            for row in given:
                _cut(row, since - DAY)
            continue
        running = [
            row for row in given if row.since <= since and (row.until is None or row.until >= since - DAY)
        ]
        if running:
            _change_end(max(running, key=lambda row: row.since), until)
        else:
            _give(member_id, known, tier.key, "attribute", since, until, f"attribute/{name}", at)


def _given(known: list[Row[Any]], tier: str, source: str, by: str) -> list[Row[Any]]:
    return [row for row in known if row.tier == tier and row.source == source and row.reached_by == by]


def _give(
    member_id: str,
    known: list[Row[Any]],
    tier: str,
    source: str,
    since: date,
    until: date | None,
    by: str,
    at: datetime,
) -> None:
    """Each time is a grant of its own, numbered from 1."""
    number = 1 + sum(row.tier == tier and row.source == source for row in known)
    grant(
        member_id, tier, source, period=str(number), since=since, until=until, review_on=None, reached_by=by, at=at
    )  # fmt: skip


def _cut(row: Row[Any], until: date) -> None:
    """End a grant, where it does not end sooner by itself."""
    if row.until is None or row.until > until:
        _change_end(row, until)


def _change_end(row: Row[Any], until: date | None) -> None:
    if row.until != until:
        mine = (
            _grant.member_id == row.member_id,
            _grant.tier == row.tier,
            _grant.source == row.source,
            _grant.period == row.period,
        )
        run(update(TierGrant).where(*mine).values(until=until))
