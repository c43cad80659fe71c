"""Stopping the clock of a tier, where the programme lets a member do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from portal.db import read, run, table
from portal.errors import Refused
from portal.programme import Programme, Tier, months_after
from portal.tiers.models import TierGrant, TierPause
from portal.tiers.rules import DAY, in_grace, is_live
from portal.tiers.service import grants

_pause, _grant = TierPause.__table__.c, TierGrant.__table__.c
Why = Literal["none", "ended", "waits"]


@dataclass(frozen=True, slots=True)
class Last:
    """The last time that she stopped the clock: when, of which tier (key), by how many days, and when she may again."""

    on: date
    tier: str
    days: int
    again_on: date


@dataclass(frozen=True, slots=True)
class PauseOffer:
    """What stopping the clock on a day would do: the earned tier she holds, its last day, and the one it would get,
    `days` later; at most once in so many months.

    `why` it cannot be, where it cannot: she holds no earned tier that ends (`none`), a review has taken it already
    (`ended`), or the last time is not long enough ago (`waits`).
    """

    days: int
    once_in_months: int
    tier: Tier | None
    until: date | None
    longer: date | None
    last: Last | None
    why: Why | None


def pause_offer(member_id: str, programme: Programme, day: date) -> PauseOffer | None:
    """What a pause would do for a member on `day`, or why there is none for her; None where the programme has none."""
    rule = programme.tier_rules.pause
    if rule is None:
        return None
    held, last = _held(programme, grants(member_id), day), _last(member_id, rule.once_in_months)
    if held is None or held.until is None:
        return PauseOffer(rule.days, rule.once_in_months, None, None, None, last, "none")
    tier = next(one for one in programme.tiers if one.key == held.tier)
    longer = held.until + timedelta(days=rule.days)
    why: Why | None = None
    if last is not None and day < last.again_on:
        why = "waits"
    elif in_grace(programme, held, day):
        why = "ended"
    return PauseOffer(rule.days, rule.once_in_months, tier, held.until, longer, last, why)


def pause(member_id: str, programme: Programme, *, at: datetime, day: date) -> date:
    """Let the earned tier that a member holds last longer by the programme's days; its new last day.

    A review at its end moves with it; one that confirms the year in which it was reached stays (Reading 7). On the
    same day again is nothing. Refuses `not_allowed` where the programme has no pause, she holds no earned tier that
    ends, or a review has taken it; and `limit_reached` within the programme's months of her last one, with the day
    `again_on` from which she may.
    """
    offer = pause_offer(member_id, programme, day)
    if offer is not None and offer.last is not None and offer.last.on == day and offer.until is not None:
        return offer.until
    if offer is not None and offer.why == "waits" and offer.last is not None:
        again_on = offer.last.again_on
        raise Refused(
            "limit_reached", f"The time of a tier can be stopped again from {again_on} on.", again_on=str(again_on)
        )  # fmt: skip
    held = _held(programme, grants(member_id), day)
    if offer is None or offer.why is not None or offer.longer is None or held is None:
        raise Refused("not_allowed", "There is no tier whose time could be stopped.", status=409)
    review_on = offer.longer + DAY if held.review_on == held.until + DAY else held.review_on
    mine = (
        _grant.member_id == member_id,
        _grant.tier == held.tier,
        _grant.source == held.source,
        _grant.period == held.period,
    )
    run(update(TierGrant).where(*mine).values(until=offer.longer, review_on=review_on))
    paused = {"member_id": member_id, "paused_on": day, "tier": held.tier, "days": offer.days}
    run(insert(table(TierPause)), paused)
    return offer.longer


def _held(programme: Programme, given: Sequence[Row[Any]], day: date) -> Row[Any] | None:
    """The grant of her highest earned tier that lasts longest; None where she has none."""
    live = [row for row in given if row.source == "earned" and is_live(row, day)]
    tier = next(
        (one.key for one in reversed(programme.tiers) if any(row.tier == one.key for row in live)), None
    )
    return max((row for row in live if row.tier == tier), key=lambda row: row.until or date.max, default=None)


def _last(member_id: str, once_in_months: int) -> Last | None:
    mine = select(TierPause.__table__).where(_pause.member_id == member_id)
    row = read(mine.order_by(_pause.paused_on.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Last(row.paused_on, row.tier, row.days, months_after(row.paused_on, once_in_months))
