"""How a reward ends: closed in its row, its stock returned, its points back with an entry that says why."""

from datetime import date, datetime, timedelta

from sqlalchemy import Executable, bindparam, func, select, update

from portal import ledger
from portal import programme as programmes
from portal.db import prepared, read, run
from portal.programme import Reward
from portal.rewards.queries import HELD, STOCK, Taken, taken_of, uses

_held, _stock = HELD.c, STOCK.c


def expire(member_id: str, at: datetime, actor: str = "nightly") -> list[Taken]:
    """End what of this member's rewards has passed its last day; a bought one that was never used gives its points
    back at once, to lots as by undo (Reading 30). The caller holds her wallet."""
    number, active = programmes.active()
    day = active.day(at)
    ended = [taken_of(row, day) for row in run(_ended(), {"p_member": member_id, "p_day": day}).all()]
    for one in ended:
        if one.points and not uses(member_id, one.id):
            give_back(one, "expired", at=at, day=day, actor=actor, number=number)
        close(one, "expired", one.ended_on or day)
    return ended


@prepared
def _ended() -> Executable:
    due = (_held.state == "available", _held.expires_on < bindparam("p_day"))
    return select(HELD).where(_held.member_id == bindparam("p_member"), *due).order_by(_held.id)


def close_all(member_id: str, at: datetime) -> int:
    """End every reward of a member who leaves, without giving anything back; how many there were."""
    day = programmes.active()[1].day(at)
    open_ones = (_held.member_id == member_id, _held.state == "available")
    ended = [taken_of(row, day) for row in run(select(HELD).where(*open_ones)).all()]
    for one in ended:
        close(one, "expired" if one.state == "expired" else "withdrawn", one.ended_on or day)
    return len(ended)


def next_due() -> date | None:
    """The first day on which a reward of anybody has expired; None when none can."""
    last = read(_next_due()).scalar_one()
    return None if last is None or last == date.max else last + timedelta(days=1)


@prepared
def _next_due() -> Executable:
    return select(func.min(_held.expires_on)).where(_held.state == "available")


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members with a reward whose last day is before `through`, by id from `after` on."""
    asked = {"p_day": through, "p_after": after, "p_limit": limit}
    return list(read(_due_members(), asked).scalars())


@prepared
def _due_members() -> Executable:
    due = (_held.state == "available", _held.expires_on < bindparam("p_day"))
    members = select(_held.member_id).where(*due, _held.member_id > bindparam("p_after")).distinct()
    return members.order_by(_held.member_id).limit(bindparam("p_limit"))


def reason_of(
    redemption_id: str, reward: Reward, points: int, actor: str, number: int, **more: str
) -> ledger.Because:
    """Why points move for a reward. `more` says what ended it."""
    told = {"key": reward.key, "label": reward.label, "points": points}
    return ledger.Because("reward", redemption_id, actor, number, {"reward": told, **more})


def give_back(
    found: Taken, undone_by: str, *, at: datetime, day: date, actor: str, number: int, **more: str
) -> ledger.Posted:
    """The points of a bought reward return to their lots. `undone_by`: member, expired, order."""
    return ledger.undo(
        found.member_id,
        f"redeem/{found.id}",
        key=f"undo/{found.id}",
        fingerprint=found.id,
        because=reason_of(found.id, found.terms, found.points, actor, number, undone=undone_by, **more),
        at=at,
        day=day,
    )


def close(found: Taken, state: str, ended_on: date) -> None:
    """Write down that a reward ended. Unless it was used, what it held of the stock is free again."""
    facts = {"state": state, "ended_on": ended_on}
    if state != "used" and found.stock_chunk is not None:
        part = (_stock.reward == found.terms.key, _stock.chunk == found.stock_chunk)
        run(update(STOCK).where(*part).values(taken=_stock.taken - 1))
        facts["stock_chunk"] = None
    run(update(HELD).where(_held.member_id == found.member_id, _held.id == found.id).values(**facts))
