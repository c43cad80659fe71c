"""The verbs of tiers: count what qualifies, grant, review at the end of a period."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, func, select, update

from portal.db import fact, prepared, read, run, upsert
from portal.programme import Programme, Tier
from portal.tiers.models import TierCounter, TierGrant
from portal.tiers.rules import Counters, Held, counters_of, lasts_until, period_key, reached

_grant, _counter = TierGrant.__table__.c, TierCounter.__table__.c


def count(
    member_id: str,
    programme: Programme,
    change: Counters,
    *,
    placed_on: date,
    standing_grants: Sequence[Held],
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
        count_up(),
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
    risen = rising(programme, after, placed_on, standing_grants)
    for tier in risen:
        run(
            grant_tier(),
            earned_row(member_id, programme, tier, placed_on, since or placed_on, reached_by, at),
        )
    return risen


def rising(programme: Programme, after: Counters, placed_on: date, held: Iterable[Held]) -> list[Tier]:
    """The tiers that `after` reaches in the period of `placed_on`, and that she does not hold for all of it yet."""
    period = period_key(programme, placed_on.year)
    until = lasts_until(programme, placed_on.year)
    # A grant that a review cut short is given again; one that runs its full length stands.
    full = {(g.tier, g.period) for g in held if g.source == "earned" and g.until == until}
    return [t for t in programme.tiers[1:] if reached(t, after) and (t.key, period) not in full]


def earned_row(
    member_id: str,
    programme: Programme,
    tier: Tier,
    placed_on: date,
    since: date,
    reached_by: str,
    at: datetime,
) -> dict[str, Any]:
    """The grant of a tier that is reached by what was placed on a day."""
    until = lasts_until(programme, placed_on.year)
    return {
        "member_id": member_id,
        "tier": tier.key,
        "source": "earned",
        "period": period_key(programme, placed_on.year),
        "since": since,
        "until": until,
        "review_on": None if until is None else date(placed_on.year + 1, 1, 1),
        "reached_by": reached_by,
        "granted_at": at,
    }


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
    run(
        grant_tier(),
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


def next_due() -> date | None:
    """The first day on which a tier of anybody is to be reviewed; None when none is."""
    first: date | None = read(select(func.min(_grant.review_on))).scalar_one()
    return first


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
def count_up() -> Executable:
    """Add to the counters of a year; they come back."""
    return _adding().returning(_counter.spend_minor, _counter.orders, _counter.points_earned)  # type: ignore[no-any-return]  # the two dialects share no class


@prepared
def count_up_many() -> Executable:
    """As `count_up`, for a list of rows; nothing comes back."""
    return _adding()  # type: ignore[no-any-return]  # as above


def _adding() -> Any:
    statement = upsert(TierCounter)
    added = {
        name: _counter[name] + statement.excluded[name] for name in ("spend_minor", "orders", "points_earned")
    }
    return statement.on_conflict_do_update(index_elements=["member_id", "year"], set_=added)


@prepared
def grant_tier() -> Executable:
    """Give a tier, or change the end of one that was given before."""
    statement = upsert(TierGrant)
    changed = {name: statement.excluded[name] for name in ("until", "review_on", "reached_by", "granted_at")}
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]  # as above
        index_elements=["member_id", "tier", "source", "period"], set_=changed
    )


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
