"""A newer version of the programme reaches who is a member already, once for each member: at her next job or write."""

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import func, select

from portal import granting, ledger, tiers
from portal import programme as programmes
from portal.db import read, table
from portal.earning.measuring import QUANTITY
from portal.earning.models import ActivityRecord, Order
from portal.programme import Programme, months_after

_order, _record, _entry = table(Order).c, table(ActivityRecord).c, table(ledger.Entry).c
ROLLING = "rolling-12-months"
LOOKED_BACK = 24  # months: a review that is overdue by a year still finds the twelve before it


def fill_days(member_id: str, before: int, day: date) -> None:
    """Where the last twelve months begin to count for a member who is under version `before` (0: an unknown one), fill
    them from what her orders and activities say. Called before anything looks at them; again it is nothing.
    """
    number, active = programmes.active()
    if active.tier_rules.period == ROLLING and not _counted_days(before, number):
        tiers.put_days(member_id, _days(member_id, active, months_after(day, -LOOKED_BACK)))


def adopt(member_id: str, before: int, *, at: datetime, day: date, actor: str) -> None:
    """Bring a member from version `before` (0: an unknown one) under the one in force.

    She is given the tiers that it has for what she holds and has counted, and what it makes due of what she has
    gathered; nothing is taken. The caller holds her wallet; again it is nothing.
    """
    number, active = programmes.active()
    known = programmes.version(before) if before else None
    began = tiers.adopt(member_id, active, known, by=f"version/{number}", at=at, day=day)
    granting.look_again(member_id, active, at=at, day=day, actor=actor, follows=began)
    granting.note_version([member_id], number)


def _counted_days(before: int, number: int) -> bool:
    """Whether every version from one up to another counted by day: then nothing is missing."""
    return before > 0 and all(
        programmes.version(one).tier_rules.period == ROLLING for one in range(before, number)
    )


def _days(member_id: str, active: Programme, after: date) -> dict[date, tiers.Counters]:
    """What counts towards tiers on each day after one day: orders net of refunds on the day they were placed, and the
    points of activities and of what was given."""
    days: defaultdict[date, tiers.Counters] = defaultdict(tiers.Counters)
    mine = (_order.member_id == member_id, _order.placed_on > after)
    kept = (_order.placed_on, _order.counted_minor, _order.counts_as_order, _order.kept, _order.measured)
    for row in read(select(*kept).where(*mine)):
        quantity = (row.measured or {}).get(QUANTITY, 0)
        days[row.placed_on] += tiers.Counters(row.counted_minor, int(row.counts_as_order), row.kept, quantity)
    done = (_record.member_id == member_id, _record.at >= active.midnight(after), _record.points != 0)
    for row in read(select(_record.at, _record.points).where(*done)):
        if active.day(row.at) > after:
            days[active.day(row.at)] += tiers.Counters(earned=row.points)
    given = granting.points_given(member_id, after)
    for points_on in (given, _by_friends(member_id, after)):
        for on, points in points_on.items():
            days[on] += tiers.Counters(earned=points)
    return {on: counted for on, counted in days.items() if counted != tiers.Counters()}


def _by_friends(member_id: str, after: date) -> dict[date, int]:
    """Points of referrals by day; they are never taken back."""
    mine = (_entry.member_id == member_id, _entry.source == "referral", _entry.on_day > after)
    points = func.sum(_entry.d_available + _entry.d_pending - _entry.d_owed).label("points")
    rows = read(select(_entry.on_day, points).where(*mine, _entry.contra == "issued").group_by(_entry.on_day))
    return {row.on_day: int(row.points) for row in rows}
