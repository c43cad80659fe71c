"""Adjustments: points that staff give or take in their own name, within a day's limit, with words for the member."""

import hashlib
import json
from datetime import date, datetime

from sqlalchemy import func, insert, select

from portal import earning, ledger, signin
from portal import programme as programmes
from portal.db import read, run
from portal.errors import Refused
from portal.support import acting, audit, rules
from portal.support.models import Adjustment

_adjustment = Adjustment.__table__.c


def adjust(
    staff: signin.Person,
    member_id: str,
    points: int,
    *,
    reason: str,
    words: str,
    ticket: str,
    key: str,
    now: datetime,
    request_id: str = "",
) -> ledger.Posted:
    """Give `points` (below zero: take them). The member reads `words`, colleagues `reason`; once for each `key`.

    Refuses `not_allowed` with why (`role`, `own`), `bad_value` for what is missing or too long, `limit_reached` with
    what is `left` of the colleague's day (points), `not_enough_points`, `unknown_member`, and `conflict` for a key that
    stands for something else.
    """
    acting.check_role(staff)
    if points == 0 or abs(points) > rules.MOST_POINTS:
        raise Refused("bad_value", "points is a whole number, and not 0.", pointer="/points")
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    words = rules.one_line(words, "words", least=1, most=rules.MOST_WORDS)
    acting.locked_member(staff, member_id)
    number, active = programmes.active()
    day = active.day(now)
    audit.hold(staff.id)  # what one colleague adjusts goes one after the other, so that the day's limit holds
    earning.bring_up_to_date(member_id, now)
    because = ledger.Because("support", key, f"staff:{staff.id}", number, {"words": words})
    told = json.dumps([points, ticket, reason, words]).encode()
    posted = ledger.adjust(
        member_id, points, key=f"adjust/{key}", fingerprint=hashlib.sha256(told).hexdigest(), because=because,
        at=now, day=day,
    )  # fmt: skip
    if posted.repeated:
        return posted
    left = active.support.daily_points - adjusted_on(staff.id, day)
    if abs(points) > left:
        raise Refused(
            "limit_reached", f"{max(0, left)} points are left of this day's limit.", left=max(0, left)
        )
    run(
        insert(Adjustment),
        {
            "member_id": member_id, "key": key, "seq": posted.seq, "staff_id": staff.id, "on_day": day,
            "points": points, "ticket": ticket, "reason": reason, "words": words, "at": now,
        },
    )  # fmt: skip
    audit.note(
        staff.id, "adjusted", at=now, member_id=member_id, request_id=request_id, points=points, ticket=ticket,
        reason=reason, words=words, line=posted.seq,
    )  # fmt: skip
    return posted


def adjusted_on(staff_id: str, day: date) -> int:
    """Points that this colleague gave (by what they noted too) and took on a day of the programme, without signs."""
    amount = func.coalesce(func.sum(func.abs(_adjustment.points)), 0)
    statement = select(amount).where(_adjustment.staff_id == staff_id, _adjustment.on_day == day)
    return int(read(statement).scalar_one())
