"""Whom to sign in as: of the demonstration's members three who show how the programme begins, goes on and ends up."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from portal import earning, ledger, people, referrals, rewards, tiers
from portal.db import read
from portal.programme import Programme

SOON = timedelta(days=21)
FIRST_SEEN = 3  # friends, rewards in hand and a birthday ahead are seen before the lines of the activity
_member, _wallet = people.Member.__table__.c, ledger.Wallet.__table__.c
_order, _activity = earning.Order.__table__.c, earning.ActivityRecord.__table__.c
_taken, _friend = rewards.Redemption.__table__.c, referrals.Referral.__table__.c


@dataclass(frozen=True, slots=True)
class Seats:
    """The addresses of one who has just joined, one on the way up, and one at the top."""

    new: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class _One:
    """What there is to see of a member: `beside` is all that is no order, `rank` her step of the ladder."""

    email: str
    joined_on: date
    rank: int
    plan: bool
    birthday_soon: bool
    waits: bool
    taken_back: bool
    orders: int
    beside: int


def choose(refs: set[str], programme: Programme, now: datetime) -> Seats:
    """Three of these members. Where nobody climbs, who is busy and who pays for a plan take the places of tiers."""
    everybody = _members(refs, programme, now)
    top = max(one.rank for one in everybody)
    without_plan = bool(programme.earn or programme.activities or programme.goals or programme.steps)

    def is_new(one: _One) -> tuple[Any, ...]:
        return one.orders <= 1, one.rank == 0, not one.plan, one.joined_on

    def is_on_the_way(one: _One) -> tuple[Any, ...]:
        shows = (one.waits, one.taken_back, one.orders + one.beside + FIRST_SEEN * one.birthday_soon)
        return 0 < one.rank < top, one.rank < top, one.plan != without_plan, *shows

    def is_at_the_top(one: _One) -> tuple[Any, ...]:
        return one.rank, one.plan, one.beside + one.orders

    new = max(everybody, key=is_new)
    middle = max((one for one in everybody if one is not new), key=is_on_the_way)
    high = max((one for one in everybody if one not in (new, middle)), key=is_at_the_top)
    return Seats(new.email, middle.email, high.email)


def _members(refs: set[str], programme: Programme, now: datetime) -> list[_One]:
    """Those who owe nothing, in order."""
    day = programme.day(now)
    facts = (_member.id, _member.email, _member.joined_on, _member.birthday, _wallet.pending, _wallet.seq)
    rows = read(
        select(*facts)
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .where(_member.ref.in_(refs), _member.status == "active", _wallet.owed == 0)
        .order_by(_member.id)
    ).all()
    orders, taken_back = _by_member(_order), _by_member(_order, _order.reversed > 0)
    usable = _by_member(_taken, _taken.state == "available", _taken.expires_on >= day)
    activities, friends = _by_member(_activity), _by_member(_friend)
    soon = {f"{day + timedelta(days=ahead):%m-%d}" for ahead in range(SOON.days)}
    return [
        _One(
            row.email,
            row.joined_on,
            programme.tiers.index(tiers.standing(programme, tiers.grants(row.id), day, row.joined_on).tier),
            bool(tiers.plans_on(row.id, day)),
            row.birthday in soon,
            row.pending > 0,
            row.id in taken_back,
            orders.get(row.id, 0),
            activities.get(row.id, 0) + FIRST_SEEN * (friends.get(row.id, 0) + usable.get(row.id, 0)),
        )
        for row in rows
    ]


def _by_member(table: Any, *which: ColumnElement[bool]) -> dict[str, int]:
    """How many rows of a table each member has."""
    rows = read(select(table.member_id, func.count().label("many")).where(*which).group_by(table.member_id))
    return {row.member_id: int(row.many) for row in rows.all()}
