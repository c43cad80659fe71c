"""What was scheduled for one member: done day by day, each at its beginning, first what ends, then what begins."""

import logging
from datetime import date, datetime, timedelta

from sqlalchemy import BindParameter, Executable, bindparam, func, select

from portal import giving, granting, ledger, notices, rewards, tiers
from portal import programme as programmes
from portal.db import prepared, read
from portal.earning.adopting import adopt, fill_days
from portal.programme import Programme

LOOKS = (
    3  # at one day: what begins on it may itself have something due on it, as points that come with a notice
)
log = logging.getLogger("portal.earning")
_waiting, _lot = ledger.PendingLot.__table__.c, ledger.Lot.__table__.c
_held, _grant, _agenda, _gift = (
    rewards.Redemption.__table__.c,
    tiers.TierGrant.__table__.c,
    granting.Agenda.__table__.c,
    giving.StandingGift.__table__.c,
)


def bring_up_to_date(member_id: str, at: datetime, actor: str = "nightly") -> None:
    """Do what was scheduled for this member up to `at`, in order of time (Reading 19).

    Codes and points that end and tiers under review, then points that mature, grants, birthdays and dividends, and last
    what she gives each month, of what she then has: whatever day `at` is, what was due on an earlier one counts as done
    at the beginning of that day. Twice is once.

    Only the end of points waits for today where notices have to arrive (Reading 3): after a standstill of the portal
    nobody was told meanwhile, and points that were not announced do not end.

    Last, a version of the programme that is newer than the one she was under reaches her.
    """
    number, active = programmes.active()
    today = active.day(at)
    ledger.lock(member_id)
    before = granting.version_of(member_id)
    behind = before if before is not None and before < number else None
    if behind is not None:
        fill_days(member_id, behind, today)
    last, times = date.min, 0
    while (day := _due_on(member_id)) is not None and day < today:
        times = times + 1 if day <= last else 1
        if times > LOOKS:
            log.error("what was due for member %s on %s is due still", member_id, day)
            break
        _do(member_id, active, number, day, active.midnight(day), actor, today=False)
        last = day
    _do(member_id, active, number, today, at, actor, today=True)
    if behind is not None:
        adopt(member_id, behind, at=at, day=today, actor=actor)


def _do(
    member_id: str, active: Programme, number: int, day: date, at: datetime, actor: str, *, today: bool
) -> None:
    rewards.expire(member_id, at, actor)
    if today or notices.delivery_is_assumed():
        ledger.expire(member_id, active, at=at, day=day, actor=actor, version=number)
    ended = tiers.review(member_id, active, day)
    ledger.mature(member_id, through=day, actor=actor, at=at, day=day, version=number)
    if ended:
        granting.follow(member_id, active, at=at, day=day, actor=actor)
    granting.run_due(member_id, active, day=day, at=at, actor=actor)
    giving.give_due(member_id, at=at, day=day, actor=actor)


def _due_on(member_id: str) -> date | None:
    """The first day on which something is due for this member."""
    row = read(_first_days(), {"p_member": member_id}).one()
    ends = None if row.reward_ends in (None, date.max) else row.reward_ends + timedelta(days=1)
    days = [ends, row.matures_on, row.review_on, row.agenda_on, row.gift_on]
    days += [row.lot_on] if notices.delivery_is_assumed() else []
    return min((day for day in days if day is not None), default=None)


@prepared
def _first_days() -> Executable:
    who: BindParameter[str] = bindparam("p_member")
    usable = (_held.member_id == who, _held.state == "available")
    alive = (_lot.member_id == who, _lot.remaining > 0)
    days = {
        "reward_ends": select(func.min(_held.expires_on)).where(*usable),
        "matures_on": select(func.min(_waiting.matures_on)).where(_waiting.member_id == who),
        "lot_on": select(func.min(_lot.next_on)).where(*alive),
        "review_on": select(func.min(_grant.review_on)).where(_grant.member_id == who),
        "agenda_on": select(func.min(_agenda.on_day)).where(_agenda.member_id == who),
        "gift_on": select(_gift.next_on).where(_gift.member_id == who),
    }
    return select(*(first.scalar_subquery().label(name) for name, first in days.items()))
