"""Gifts that a member makes each month by themselves (`[giving] standing`): the same points on each first of a month.

It is her own act, done for her: what she could not give that day is not given, and is asked of nobody later. While
her card is stopped it waits from day to day, and comes once, when it may leave again (decision 0023).
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, func, select, update

from portal import ledger, people
from portal import programme as programmes
from portal.db import prepared, read, run, savepoint, table, upsert
from portal.errors import Refused
from portal.giving.models import StandingGift
from portal.giving.queries import donation
from portal.giving.service import Given, choose, worth, write

STANDING = table(StandingGift)
MONTHLY = "standing/"  # how the ref of such a gift begins
_standing = STANDING.c


def set_standing(
    member_id: str,
    charity: str,
    points: int,
    *,
    at: datetime,
    actor: str = people.HERSELF,
    proof: datetime | None = None,
) -> date:
    """Give these points to this charity, which becomes the one she has chosen, on the first of each month from the next
    one on; the day of the next gift. What was set before is replaced and keeps its day.

    She need not have the points yet. Refuses `not_allowed` where the programme has no such gifts, `unknown_key`,
    `bad_value` (off the step, below the minimum, or worth nothing), `stopped` while she is frozen, and `proof_needed`
    when one such gift is worth more than she may give in a day without a recent `proof`.
    """
    _, active = programmes.active()
    if not active.giving.standing:
        raise Refused("not_allowed", "Nothing is given each month by itself here.", status=403)
    ledger.lock(member_id)
    cause = active.charity(charity)
    people.refuse_while_stopped(member_id)
    people.refuse_above_limit(worth(points, active), programme=active, actor=actor, proof=proof, at=at)
    news = {"charity": cause.key, "points": points, "made_at": at}
    next_on = first_after(active.day(at))
    statement = upsert(StandingGift).values(member_id=member_id, next_on=next_on, **news)
    statement = statement.on_conflict_do_update(index_elements=["member_id"], set_=news)
    kept: date = run(statement.returning(_standing.next_on)).scalar_one()
    choose(member_id, cause.key, at)
    return kept


def end_standing(member_id: str) -> None:
    """Give nothing by itself any more; what was given stays. Twice is once."""
    ledger.lock(member_id)
    run(delete(StandingGift).where(_standing.member_id == member_id))


def standing(member_id: str) -> Row[Any] | None:
    """What this member gives each month: charity, points, next_on; None for nothing."""
    return read(_of_member(), {"p_member": member_id}).one_or_none()


def give_due(member_id: str, *, at: datetime, day: date, actor: str) -> Given | None:
    """Give what this member gives each month, when its first has come by `day`; None when nothing is given.

    Once a month, under a ref that names the month. Where she has too few points or owes some, where her wallet is
    frozen, or where the programme no longer has the charity or the step, nothing is given until the next first; while
    her card is stopped it is due again on the next day. Where the programme no longer has such gifts at all, hers ends.
    The caller holds her wallet and has done what was due before.
    """
    due = run(_of_member(), {"p_member": member_id}).one_or_none()
    if due is None or due.next_on > day:
        return None
    _, active = programmes.active()
    if not active.giving.standing:
        end_standing(member_id)
        return None
    if people.is_frozen(member_id):
        tomorrow = {"next_on": day + timedelta(days=1)}
        run(update(StandingGift).where(_standing.member_id == member_id).values(**tomorrow))
        return None
    run(update(StandingGift).where(_standing.member_id == member_id).values(next_on=first_after(day)))
    ref = f"{MONTHLY}{due.next_on:%Y-%m}"
    if donation(member_id, ref) is not None:
        return None
    asked = f"{due.charity}/{due.points}"
    try:
        with savepoint():  # of a gift that is refused half way nothing stays
            cause = active.charity(due.charity)
            return write(member_id, cause, due.points, asked=asked, ref=ref, at=at, day=day, actor=actor)
    except Refused:
        return None


def is_monthly(ref: str) -> bool:
    """Whether a gift of this ref was given by itself."""
    return ref.startswith(MONTHLY)


def first_after(day: date) -> date:
    """The first of the month after that of `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def next_due() -> date | None:
    """The first day on which anybody's monthly gift is due; None when none is."""
    first: date | None = read(_next_due()).scalar_one()
    return first


def due_members(through: date, after: str, limit: int) -> list[str]:
    """Members whose monthly gift is due by the day `through`, by id from `after` on."""
    return list(read(_due_members(), {"p_day": through, "p_after": after, "p_limit": limit}).scalars())


@prepared
def _of_member() -> Executable:
    return select(STANDING).where(_standing.member_id == bindparam("p_member"))


@prepared
def _next_due() -> Executable:
    return select(func.min(_standing.next_on))


@prepared
def _due_members() -> Executable:
    due = (_standing.next_on <= bindparam("p_day"), _standing.member_id > bindparam("p_after"))
    return select(_standing.member_id).where(*due).order_by(_standing.member_id).limit(bindparam("p_limit"))
