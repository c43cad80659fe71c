"""The verbs of tiers: count what qualifies, grant, and read both."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Executable, Row, Select, bindparam, func, select

from portal.db import fact, prepared, read, run, upsert
from portal.programme import Programme, Tier, months_after
from portal.tiers.models import TierCounter, TierDay, TierGrant
from portal.tiers.rules import (
    YEAR,
    Counters,
    Given,
    Held,
    counters_of,
    first_review,
    lasts_until,
    period_key,
    rising,
)

_grant, _counter, _day = TierGrant.__table__.c, TierCounter.__table__.c, TierDay.__table__.c
COUNTED = ("spend_minor", "orders", "points_earned", "quantity")


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
    """Add `change` (may be below zero) to what counts on `placed_on`; grants and answers the tiers that it reaches.

    They begin with `placed_on`, or `since` where that is given (Readings 6 and 13). Where the last twelve months count,
    those up to `placed_on` are looked at, and those up to the day of `at` for what is told late.
    Tiers only rise here, and only by what adds: what a refund takes is looked at by the review (Reading 7). Every
    step that is passed is granted by itself, so that each has its own day.
    """
    if change == Counters():
        return []
    after = _added(member_id, placed_on, change)
    period = programme.tier_rules.period
    if period == "life":
        after = counters_of(programme, counters(member_id), placed_on)
    elif period == "rolling-12-months":
        run(count_day(), {"member_id": member_id, "on_day": placed_on, **columns_of(change)})
    if not change.adds:
        return []
    held, risen = list(standing_grants), []
    for day in looks(programme, placed_on, since, at):
        if period == "rolling-12-months":
            after = _last_twelve_months(member_id, day)
        for tier in rising(programme, after, day, held):
            given = earned(programme, tier, day, since or day)
            run(grant_tier(), row_of(member_id, given, reached_by, at))
            held.append(given)
            risen.append(tier)
    return risen


def looks(programme: Programme, placed_on: date, since: date | None, at: datetime) -> list[date]:
    """The days whose period what is counted may have filled: that of `placed_on`; of rolling months also the newest."""
    if programme.tier_rules.period != "rolling-12-months":
        return [placed_on]
    if since is not None:
        return [since]
    told_on = programme.day(at)
    return [placed_on, told_on] if told_on > placed_on else [placed_on]


def earned(programme: Programme, tier: Tier, day: date, since: date) -> Given:
    """The grant of a tier that is reached by what counts on a day."""
    return Given(
        tier.key,
        "earned",
        period_key(programme, day),
        since,
        lasts_until(programme, day),
        first_review(programme, day),
    )


def row_of(member_id: str, given: Given, reached_by: str, at: datetime) -> dict[str, Any]:
    """A grant as the row that `grant_tier` writes."""
    return {
        "member_id": member_id,
        "tier": given.tier,
        "source": given.source,
        "period": given.period,
        "since": given.since,
        "until": given.until,
        "review_on": given.review_on,
        "reached_by": reached_by,
        "granted_at": at,
    }


def columns_of(counted: Counters) -> dict[str, int]:
    """Counters as the columns of a row."""
    amounts = counted.spend, counted.orders, counted.earned, counted.quantity
    return dict(zip(COUNTED, amounts, strict=True))


def counters_in(row: Any) -> Counters:
    """The counters of a row."""
    return Counters(row.spend_minor, row.orders, row.points_earned, row.quantity)


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
    given = Given(tier, source, period, since, until, review_on)
    run(grant_tier(), row_of(member_id, given, reached_by, at))


def grants(member_id: str) -> list[Row[Any]]:
    """Every grant of a member."""
    return list(read(_grants(), {"p_member": member_id}).all())


@prepared
def _grants() -> Executable:
    return select(TierGrant.__table__).where(_grant.member_id == bindparam("p_member"))


def _added(member_id: str, placed_on: date, change: Counters) -> Counters:
    row = {"member_id": member_id, "year": placed_on.year, **columns_of(change)}
    return counters_in(run(count_up(), row).one())


@prepared
def count_up() -> Executable:
    """Add to the counters of a year; they come back."""
    return _adding(TierCounter, "year").returning(*(_counter[name] for name in COUNTED))  # type: ignore[no-any-return]  # the two dialects share no class


@prepared
def count_up_many() -> Executable:
    """As `count_up`, for a list of rows; nothing comes back."""
    return _adding(TierCounter, "year")  # type: ignore[no-any-return]  # as above


@prepared
def count_day() -> Executable:
    """Add to the counters of a day."""
    return _adding(TierDay, "on_day")  # type: ignore[no-any-return]  # as above


def _adding(model: type[TierCounter | TierDay], of: str) -> Any:
    statement = upsert(model)
    columns = model.__table__.c
    added = {name: columns[name] + statement.excluded[name] for name in COUNTED}
    return statement.on_conflict_do_update(index_elements=["member_id", of], set_=added)


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
    return {row.year: counters_in(row) for row in rows}


def days_counted(member_id: str, after: date) -> Mapping[date, Counters]:
    """What counts by day, on the days after one day; kept where the last twelve months count."""
    mine = (_day.member_id == member_id, _day.on_day > after)
    return {row.on_day: counters_in(row) for row in read(select(TierDay.__table__).where(*mine))}


def _last_twelve_months(member_id: str, through: date) -> Counters:
    window = {"p_member": member_id, "p_after": months_after(through, -YEAR), "p_through": through}
    return counters_in(read(_between(), window).one())


@prepared
def _between() -> Executable:
    sums = (func.coalesce(func.sum(_day[name]), 0).label(name) for name in COUNTED)
    after, through = bindparam("p_after", type_=Date), bindparam("p_through", type_=Date)
    return select(*sums).where(
        _day.member_id == bindparam("p_member"), _day.on_day > after, _day.on_day <= through
    )


def facts() -> list[Select[Any]]:
    """Of `p_member`, for a UNION: grants, counters by year, and counters by day.

    grant: tier, source, period, since, until. counter: year, spend, orders, earned, quantity. counter_day: day, spend,
    orders, earned, quantity; only days after `p_counted_after` where that is given (a year ago is enough).
    """
    mine: Any = bindparam("p_member")
    after = bindparam("p_counted_after", value=date.min, type_=Date)
    return [
        fact(
            "grant", a=_grant.tier, b=_grant.source, c=_grant.period, day=_grant.since, until=_grant.until
        ).where(_grant.member_id == mine),
        fact("counter", n=(_counter.year, *(_counter[name] for name in COUNTED))).where(
            _counter.member_id == mine
        ),
        fact("counter_day", day=_day.on_day, n=tuple(_day[name] for name in COUNTED)).where(
            _day.member_id == mine, _day.on_day > after
        ),
    ]
