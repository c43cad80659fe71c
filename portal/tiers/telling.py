"""What a member is told by mail of a tier that ends: three times before, and on the day where it seemed safe till then.

Service mail: it goes to who wants no advertising as well.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from portal import notices, people
from portal.db import read
from portal.programme import Programme
from portal.tiers.rules import DAY
from portal.tiers.verdicts import Drop

KIND = "tier_ending"
NOTICE_DAYS = (60, 30, 7)  # so many days before the review
WORTH_SENDING = timedelta(
    days=7
)  # of what happened on a day; later, as when history is read in, it is no news
_member = people.Member.__table__.c
_notice = notices.Notice.__table__.c


def tell_ahead(
    member_id: str, programme: Programme, drop: Drop, review_on: date, at: datetime, day: date
) -> None:
    """The notice of this time, once; one that was missed is not sent beside the next."""
    ahead = min(days for days in NOTICE_DAYS if review_on - timedelta(days=days) <= day)
    key = _key(member_id, drop, review_on, ahead)
    _queue(member_id, programme, drop, key, at, best_before=programme.midnight(review_on), is_over=False)


def tell_of_review(member_id: str, programme: Programme, drop: Drop | None, review_on: date) -> None:
    """A tier fell that had seemed safe when its last notice was due: it is told on the day of the review."""
    if drop is None or notices.delivery_is_assumed():
        return
    last = _key(member_id, drop, review_on, NOTICE_DAYS[-1])
    if read(select(_notice.id).where(_notice.key == last)).one_or_none() is not None:
        return
    at = programme.midnight(review_on)
    key = _key(member_id, drop, review_on, 0)
    is_over = drop.last_day < review_on
    _queue(member_id, programme, drop, key, at, best_before=at + WORTH_SENDING, is_over=is_over)


def _key(member_id: str, drop: Drop, review_on: date, ahead: int) -> str:
    return f"{KIND}/{member_id}/{drop.tier.key}/{review_on}/{ahead}"


def _queue(
    member_id: str,
    programme: Programme,
    drop: Drop,
    key: str,
    at: datetime,
    *,
    best_before: datetime,
    is_over: bool,
) -> None:
    member = read(
        select(_member.email, _member.name, _member.locale).where(_member.id == member_id)
    ).one_or_none()
    if member is None or not member.email:
        return
    next_day = drop.last_day + DAY
    notices.queue(
        KIND, key=key, recipient=member.email, locale=member.locale or programme.languages[0],
        facts={
            "member_name": member.name, "tier_label": drop.tier.label, "after_label": drop.after.label,
            "ends_at": _noon(drop.last_day), "next_at": _noon(next_day), "is_over": int(is_over),
            "home_url": notices.address("/home"),
        },
        now=at, member_id=member_id, best_before=best_before,
    )  # fmt: skip


def _noon(day: date) -> str:
    """A day as a notice carries it: at noon it is the same day wherever it is read."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
