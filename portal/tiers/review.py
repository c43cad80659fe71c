"""The review: tiers that a period no longer carries end, others go on (Reading 7)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Executable, func, select, update

from portal import people
from portal.db import prepared, read, run
from portal.programme import Programme, months_after
from portal.tiers.holding import plans_held
from portal.tiers.models import TierGrant
from portal.tiers.rules import DAY, YEAR, Counters, Holding, is_live
from portal.tiers.service import counters, days_counted, grant_tier, grants, row_of
from portal.tiers.telling import NOTICE_DAYS, tell_ahead, tell_of_review
from portal.tiers.verdicts import Facts, Verdict, foreseen, judge, step_down

_grant = TierGrant.__table__.c


def review(member_id: str, programme: Programme, through: date) -> list[str]:
    """Look at each tier whose time has come up to `through`, day by day; the keys of the tiers that end.

    First in the year after the one that reached it, then when it ends; net of the refunds recorded until now.
    """
    ended: list[str] = []
    while True:
        days = [row.review_on for row in grants(member_id) if row.review_on is not None]
        if not days or min(days) > through:
            return ended
        ended += _review_on(member_id, programme, min(days))


def _review_on(member_id: str, programme: Programme, day: date) -> list[str]:
    rows = grants(member_id)
    facts = facts_on(member_id, programme, day)
    tell_of_review(member_id, programme, foreseen(programme, rows, day, facts), day)
    verdicts = judge(programme, rows, day, facts)
    for verdict in verdicts:
        _write(member_id, verdict)
    below = step_down(programme, rows, verdicts, day)
    if below is not None:
        run(grant_tier(), row_of(member_id, below, f"review/{day}", programme.midnight(day)))
    taken = {(one.row.tier, one.row.period) for one in verdicts if one.taken}
    stay = {
        row.tier
        for row in rows
        if row.source == "earned" and is_live(row, day) and (row.tier, row.period) not in taken
    }
    stay |= {below.tier} if below is not None else set()
    return [tier for tier in dict.fromkeys(tier for tier, _ in taken) if tier not in stay]


def facts_on(member_id: str, programme: Programme, day: date) -> Facts:
    """What the review looks at; what is held only where a tier is kept by it."""
    days: Mapping[date, Counters] = {}
    if programme.tier_rules.period == "rolling-12-months":
        days = days_counted(member_id, months_after(day, -YEAR) - DAY)
    needs = [way for tier in programme.tiers for way in (*tier.keep, *tier.reenter)]
    if all(way.is_counted for way in needs):
        return Facts(counters(member_id), days)
    holding = Holding(plans_held(member_id, day), people.attributes_on(member_id, day))
    return Facts(counters(member_id), days, holding)


def _write(member_id: str, verdict: Verdict) -> None:
    row = verdict.row
    mine = (
        _grant.member_id == member_id,
        _grant.tier == row.tier,
        _grant.source == row.source,
        _grant.period == row.period,
    )
    run(update(TierGrant).where(*mine).values(until=verdict.until, review_on=verdict.review_on))


def next_due() -> date | None:
    """The first day on which a tier of anybody is to be reviewed; None when none is."""
    first: date | None = read(_next_due()).scalar_one()
    return first


@prepared
def _next_due() -> Executable:
    return select(func.min(_grant.review_on))


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


def announce(member_id: str, programme: Programme, *, at: datetime, day: date) -> None:
    """Tell a member by mail that her tier ends at its next review, where that is in sight and not safe yet.

    Called on any day; each of the three notices goes out once. Nothing for who stands safely.
    """
    rows = grants(member_id)
    reviews = [row.review_on for row in rows if row.review_on is not None and row.review_on > day]
    if not reviews or min(reviews) - day > timedelta(days=NOTICE_DAYS[0]):
        return
    review_on = min(reviews)
    drop = foreseen(programme, rows, review_on, facts_on(member_id, programme, review_on))
    if drop is not None:
        tell_ahead(member_id, programme, drop, review_on, at, day)


def members_to_tell(day: date, after: str, limit: int) -> list[str]:
    """Members whose tier is reviewed in 60, 30 or 7 days, or was so in the last days, by id from `after` on.

    A night without work is made up for in the two that follow.
    """
    nights = [day + timedelta(days=ahead - late) for ahead in NOTICE_DAYS for late in range(3)]
    statement = (
        select(_grant.member_id)
        .where(_grant.review_on.in_(nights), _grant.member_id > after)
        .distinct()
        .order_by(_grant.member_id)
        .limit(limit)
    )
    return list(read(statement).scalars())
