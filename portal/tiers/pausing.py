"""Stopping the clock of a tier, where the programme lets a member do it."""

from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from portal.db import read, run, table
from portal.errors import Refused
from portal.programme import Programme, months_after
from portal.tiers.models import TierGrant, TierPause
from portal.tiers.rules import DAY, is_live
from portal.tiers.service import grants

_pause, _grant = TierPause.__table__.c, TierGrant.__table__.c


def pause(member_id: str, programme: Programme, *, at: datetime, day: date) -> date:
    """Let the earned tier that a member holds last longer by the programme's days; its new last day.

    A review at its end moves with it; one that confirms the year in which it was reached stays (Reading 7). On the
    same day again is nothing. Refuses `not_allowed` where the programme has no pause or she holds no earned tier that
    ends, and `limit_reached` within the programme's months of her last one.
    """
    rule = programme.tier_rules.pause
    live = [row for row in grants(member_id) if row.source == "earned" and is_live(row, day)]
    tier = next(
        (one.key for one in reversed(programme.tiers) if any(row.tier == one.key for row in live)), None
    )
    held = max((row for row in live if row.tier == tier), key=lambda row: row.until or date.max, default=None)
    if rule is None or held is None or held.until is None:
        raise Refused("not_allowed", "There is no tier whose time could be stopped.", status=409)
    last = read(
        select(_pause.paused_on)
        .where(_pause.member_id == member_id)
        .order_by(_pause.paused_on.desc())
        .limit(1)
    ).scalar_one_or_none()
    until: date = held.until
    if last == day:
        return until
    if last is not None and day < months_after(last, rule.once_in_months):
        raise Refused("limit_reached", "The time of this tier was stopped not long ago.")
    longer = until + timedelta(days=rule.days)
    review_on = longer + DAY if held.review_on == until + DAY else held.review_on
    mine = (
        _grant.member_id == member_id,
        _grant.tier == held.tier,
        _grant.source == held.source,
        _grant.period == held.period,
    )
    run(update(TierGrant).where(*mine).values(until=longer, review_on=review_on))
    paused = {"member_id": member_id, "paused_on": day, "tier": held.tier, "days": rule.days}
    run(insert(table(TierPause)), paused)
    return longer
