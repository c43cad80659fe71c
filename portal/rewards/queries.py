"""Finding rewards that members hold: by id, by ref, by code, and the short lists that pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, func, select

from portal import people
from portal import programme as programmes
from portal.db import fact, prepared, read, table
from portal.programme import Programme, Reward
from portal.rewards import codes
from portal.rewards.models import Redemption, RedemptionUse, RewardStock
from portal.rewards.rules import CHUNKS, period

BOUGHT = "bought"
"""The reason of what a member took herself, for points or free; all else was given to her."""
SHOWN_FOR = timedelta(days=90)  # after it ended (Reading 30)
HELD, USES, STOCK = table(Redemption), table(RedemptionUse), table(RewardStock)
_held, _use, _stock = HELD.c, USES.c, STOCK.c


@dataclass(frozen=True, slots=True)
class Taken:
    """One reward that a member took or was given, as it stands on a day, and its terms at that time.

    `state`: available, used, undone, expired, withdrawn. Points are what it cost, 0 when it was given. Amounts are
    minor units of the home currency.
    """

    member_id: str
    id: str
    ref: str
    terms: Reward
    points: int
    reason: str
    state: str
    value_minor: int | None
    left_minor: int | None
    issued_at: datetime
    issued_on: date
    expires_on: date
    ended_on: date | None
    code_sealed: str
    programme_version: int
    stock_chunk: int | None
    repeated: bool = False

    @property
    def code(self) -> str:
        """The code, without its hyphens; only for her who holds it."""
        return codes.unseal(self.code_sealed)


def taken_of(row: Row[Any], day: date, *, repeated: bool = False) -> Taken:
    """A row as it stands on `day`: one whose last day is over has expired, whether or not the nightly work has run."""
    over = row.state == "available" and row.expires_on < day
    return Taken(
        row.member_id,
        row.id,
        row.ref,
        programmes.version(row.programme_version).reward(row.reward),
        row.points,
        row.reason,
        "expired" if over else row.state,
        row.value_minor,
        row.left_minor,
        row.issued_at,
        row.issued_on,
        row.expires_on,
        row.expires_on + timedelta(days=1) if over else row.ended_on,
        row.code_sealed,
        row.programme_version,
        row.stock_chunk,
        repeated,
    )


def held(member_id: str, day: date) -> list[Taken]:
    """What a member can use, and what ended within 90 days, newest first (Reading 30)."""
    return _standing(read(_shown(), {"p_member": member_id, "p_since": day - SHOWN_FOR}), day)


def held_between(first_id: str, last_id: str, day: date) -> dict[str, list[Taken]]:
    """As `held`, of all members from one id to another, by member."""
    asked = {"p_first": first_id, "p_last": last_id, "p_since": day - SHOWN_FOR}
    found: dict[str, list[Taken]] = {}
    for one in _standing(read(_shown_between(), asked), day):
        found.setdefault(one.member_id, []).append(one)
    return found


def _standing(rows: Iterable[Row[Any]], day: date) -> list[Taken]:
    found = [taken_of(row, day) for row in rows]
    return [one for one in found if one.ended_on is None or one.ended_on >= day - SHOWN_FOR]


@prepared
def _shown() -> Executable:
    return _recent().where(_held.member_id == bindparam("p_member"))


@prepared
def _shown_between() -> Executable:
    return _recent().where(_held.member_id.between(bindparam("p_first"), bindparam("p_last")))


def _recent() -> Select[Any]:
    recent = (_held.state == "available") | (_held.ended_on >= bindparam("p_since"))
    return select(HELD).where(recent).order_by(_held.id.desc())


def of_member(member_id: str, redemption_id: str, day: date) -> Taken | None:
    """One reward of this member; None when it is not hers."""
    row = read(_mine(), {"p_member": member_id, "p_id": redemption_id}).one_or_none()
    return None if row is None else taken_of(row, day)


@prepared
def _mine() -> Executable:
    return select(HELD).where(_held.member_id == bindparam("p_member"), _held.id == bindparam("p_id"))


def unused(member_id: str, reward: str, day: date) -> str | None:
    """The id of one of this reward that she can still use on `day`, that which ends first; None when she has none."""
    asked = {"p_member": member_id, "p_reward": reward, "p_day": day}
    return read(_unused(), asked).scalar_one_or_none()


@prepared
def _unused() -> Executable:
    can = (_held.state == "available", _held.expires_on >= bindparam("p_day"))
    mine = (_held.member_id == bindparam("p_member"), _held.reward == bindparam("p_reward"))
    return select(_held.id).where(*mine, *can).order_by(_held.expires_on, _held.id).limit(1)


def by_id(redemption_id: str, day: date) -> Taken | None:
    """A reward by its id, whoever holds it."""
    row = read(select(HELD).where(_held.id == redemption_id)).one_or_none()
    return None if row is None else taken_of(row, day)


def by_ref(ref: str, day: date) -> Taken | None:
    """A reward by the ref under which it was taken or issued (Reading 11)."""
    owner = people.owner_of("redemption", ref)
    row = None if owner is None else row_of_ref(owner, ref)
    return None if row is None else taken_of(row, day)


def row_of_ref(member_id: str, ref: str) -> Row[Any] | None:
    """A member's reward by its ref."""
    return read(_by_ref(), {"p_member": member_id, "p_ref": ref}).one_or_none()


@prepared
def _by_ref() -> Executable:
    return select(HELD).where(_held.member_id == bindparam("p_member"), _held.ref == bindparam("p_ref"))


def owner_of_code(code: str) -> str | None:
    """The id of the member who holds a code, however it is written; None for one that never was."""
    return people.owner_of("code", codes.code_hash(code))


def by_code(code: str, day: date) -> Taken | None:
    """A reward by its code, however it is written."""
    owner = owner_of_code(code)
    if owner is None:
        return None
    where = (_held.member_id == owner, _held.code_hash == codes.code_hash(code))
    row = read(select(HELD).where(*where)).one_or_none()
    return None if row is None else taken_of(row, day)


def uses(member_id: str, redemption_id: str) -> list[Row[Any]]:
    """The orders that a reward was used on and that stand, oldest first."""
    where = (_use.member_id == member_id, _use.redemption_id == redemption_id, _use.undone_at.is_(None))
    return list(read(select(USES).where(*where).order_by(_use.at)).all())


def used_on(member_id: str, reward: str, shop: str, order: str) -> str | None:
    """The ref of this reward that she used on an order, and that stands; None when she used none of it there."""
    found = (
        select(_held.ref)
        .join(USES, (_use.member_id == _held.member_id) & (_use.redemption_id == _held.id))
        .where(_held.member_id == member_id, _held.reward == reward, _use.undone_at.is_(None))
        .where(_use.shop == shop, _use.number == order)
        .limit(1)
    )
    return read(found).scalar_one_or_none()


def counted(member_id: str, limited: Iterable[Reward], day: date) -> dict[str, int]:
    """How often she took each of these limited rewards in its period; what came back does not count."""
    since = {reward.key: period(reward.limit, day)[0] for reward in limited if reward.limit is not None}
    if not since:
        return {}
    rows = read(
        select(_held.reward, _held.issued_on).where(
            _held.member_id == member_id,
            _held.reward.in_(sorted(since)),
            _held.reason == BOUGHT,
            _held.state.in_(("available", "used")),
        )
    ).all()
    counts = dict.fromkeys(since, 0)
    for row in rows:
        counts[row.reward] += row.issued_on >= since[row.reward]
    return counts


def taken_by_chunk(reward: str) -> dict[int, int]:
    """How many of each part of a stock are taken; parts without a row are whole."""
    return {row.chunk: row.taken for row in read(select(STOCK).where(_stock.reward == reward))}


def left_in_stock(programme: Programme) -> dict[str, int]:
    """How many are left of each reward that has a stock."""
    limited = {reward.key: reward.stock for reward in programme.rewards if reward.stock is not None}
    if not limited:
        return {}
    rows = read(select(_stock.reward, func.sum(_stock.taken).label("taken")).group_by(_stock.reward))
    taken = {row.reward: int(row.taken) for row in rows}
    return {key: max(0, stock - taken.get(key, 0)) for key, stock in limited.items()}


def member(member_id: str) -> Row[Any]:
    """What of a member decides here: her ref, the day she joined, and whether she has left (`status`)."""
    return read(_member(), {"p_member": member_id}).one()


@prepared
def _member() -> Executable:
    who = people.Member.__table__.c
    return select(who.ref, who.joined_on, who.status).where(who.id == bindparam("p_member"))


def facts() -> list[Select[Any]]:
    """Of `p_member`, for a UNION: each reward that is available (id, reward, ref, taken on, last day, value, left,
    points, and the programme version whose terms hold)."""
    numbers = (
        func.coalesce(_held.value_minor, 0),
        func.coalesce(_held.left_minor, 0),
        _held.points,
        _held.programme_version,
    )
    return [
        fact(
            "reward",
            a=_held.id,
            b=_held.reward,
            c=_held.ref,
            day=_held.issued_on,
            until=_held.expires_on,
            n=numbers,
        ).where(_held.member_id == bindparam("p_member"), _held.state == "available")
    ]


def stock_rows(reward: str) -> list[dict[str, Any]]:
    """The parts of a stock as they begin."""
    return [{"reward": reward, "chunk": chunk, "taken": 0} for chunk in range(CHUNKS)]
