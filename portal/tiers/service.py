"""The verbs of tiers: count what qualifies, grant, review at the end of a period."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, select, update

from portal.db import fact, prepared, read, run, upsert
from portal.programme import Programme, Tier
from portal.tiers.models import TierCounter, TierGrant
from portal.tiers.rules import Counters, counters_of, lasts_until, period_key, reached

_grant, _counter = TierGrant.__table__.c, TierCounter.__table__.c


def count(
    member_id: str,
    programme: Programme,
    change: Counters,
    *,
    placed_on: date,
    standing_grants: Sequence[Row[Any]],
    reached_by: str,
    at: datetime,
    since: date | None = None,
) -> list[Tier]:
    """Add `change` (may be below zero) to the counters of `placed_on`'s year; grants and answers the tiers it reaches.

    They begin with `placed_on`, or `since` where that is given (Readings 6 and 13).
    Tiers only rise here: what a refund takes is looked at by the review (Reading 7). Every step that is passed is
    granted by itself, so that each has its own day.
    """
    if change == Counters():
        return []
    row = run(
        _count(),
        {
            "member_id": member_id,
            "year": placed_on.year,
            "spend_minor": change.spend,
            "orders": change.orders,
            "points_earned": change.earned,
        },
    ).one()
    after = Counters(row.spend_minor, row.orders, row.points_earned)
    if programme.tier_rules.period == "life":
        after = counters_of(programme, counters(member_id), placed_on)
    period = period_key(programme, placed_on.year)
    until = lasts_until(programme, placed_on.year)
    # A grant that a review cut short is given again; one that runs its full length stands.
    held = {(g.tier, g.period) for g in standing_grants if g.source == "earned" and g.until == until}
    risen = [t for t in programme.tiers[1:] if reached(t, after) and (t.key, period) not in held]
    for tier in risen:
        grant(
            member_id, tier.key, "earned", period=period, since=since or placed_on, until=until,
            review_on=None if until is None else date(placed_on.year + 1, 1, 1), reached_by=reached_by, at=at,
        )  # fmt: skip
    return risen


def grant(
    member_id: str,
    tier: str,
    source: str,
    *,
    period: str,
    since: date,
    until: date | None,
    review_on: date | None,
    reached_by: str,
    at: datetime,
) -> None:
    """Give a tier from `since` to `until`, both inclusive; the same tier, source and period again changes its end."""
    statement = upsert(TierGrant)
    run(
        statement.on_conflict_do_update(
            index_elements=["member_id", "tier", "source", "period"],
            set_={
                name: statement.excluded[name] for name in ("until", "review_on", "reached_by", "granted_at")
            },
        ),
        {
            "member_id": member_id,
            "tier": tier,
            "source": source,
            "period": period,
            "since": since,
            "until": until,
            "review_on": review_on,
            "reached_by": reached_by,
            "granted_at": at,
        },
    )


def review(member_id: str, programme: Programme, through: date) -> list[str]:
    """Look once at each tier whose year has ended: one that the year no longer carries ends with that year.

    Net of the refunds recorded until now (Reading 7). Answers the keys of the tiers that end.
    """
    due = run(
        select(TierGrant.__table__)
        .where(_grant.member_id == member_id, _grant.review_on <= through)
        .with_for_update()
        .order_by(_grant.review_on)
    ).all()
    if not due:
        return []
    years = counters(member_id)
    known = {tier.key: tier for tier in programme.tiers}
    ended = []
    for row in due:
        year = row.review_on.year - 1
        tier = known.get(row.tier)  # a tier that the programme no longer has is kept to its date
        carried = tier is None or reached(tier, years.get(year, Counters()))
        mine = (
            _grant.member_id == member_id,
            _grant.tier == row.tier,
            _grant.source == row.source,
            _grant.period == row.period,
        )
        until = row.until if carried else date(year, 12, 31)
        run(update(TierGrant).where(*mine).values(review_on=None, until=until))
        if not carried:
            ended.append(row.tier)
    return ended


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members with a tier to review, by id from `after` on."""
    statement = (
        select(_grant.member_id)
        .where(_grant.review_on <= through, _grant.member_id > after)
        .distinct()
        .order_by(_grant.member_id)
        .limit(limit)
    )
    return list(read(statement).scalars())


def grants(member_id: str) -> list[Row[Any]]:
    """Every grant of a member."""
    return list(read(_grants(), {"p_member": member_id}).all())


@prepared
def _grants() -> Executable:
    return select(TierGrant.__table__).where(_grant.member_id == bindparam("p_member"))


@prepared
def _count() -> Executable:
    statement = upsert(TierCounter)
    added = {
        name: _counter[name] + statement.excluded[name] for name in ("spend_minor", "orders", "points_earned")
    }
    counted: Executable = statement.on_conflict_do_update(
        index_elements=["member_id", "year"], set_=added
    ).returning(_counter.spend_minor, _counter.orders, _counter.points_earned)
    return counted


def counters(member_id: str) -> dict[int, Counters]:
    """What counts, by calendar year."""
    rows = read(select(TierCounter.__table__).where(_counter.member_id == member_id)).all()
    return {row.year: Counters(row.spend_minor, row.orders, row.points_earned) for row in rows}


def facts() -> list[Select[Any]]:
    """Of `p_member`, for a UNION: grants (tier, source, since, until), counters (year, spend, orders, earned)."""
    return [
        fact("grant", a=_grant.tier, b=_grant.source, day=_grant.since, until=_grant.until).where(
            _grant.member_id == bindparam("p_member")
        ),
        fact(
            "counter", n=(_counter.year, _counter.spend_minor, _counter.orders, _counter.points_earned)
        ).where(_counter.member_id == bindparam("p_member")),
    ]
