"""What holds back who has got into a member's card and is not her (security.md rule 14; Reading 43 on what wins).

Three brakes, all on the member's own row, so that a verb asks and counts with one statement: a freeze stops everything
of value until it is lifted, a wait stops what is as good as money for 72 hours, and what she takes and gives in a day
without a fresh proof is limited. They hold in the verbs, whoever calls them; the limit is for her own browser alone.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row, bindparam, case, select, update

from portal.db import prepared, read, run, table
from portal.errors import Refused
from portal.people.models import Member
from portal.programme import Programme

PROOF_LASTS = timedelta(minutes=5)
WAIT = timedelta(hours=72)
HERSELF = "member"
"""The actor of what a member does in her own browser; a shop's key, staff and the simulation have other names."""
_member = table(Member).c
_mine = _member.id == bindparam("p_member")


def is_recent(proof: datetime | None, now: datetime) -> bool:
    """Whether a proof (the instant of a passkey or a new mailed code; None for none) is at most five minutes old."""
    return proof is not None and now - PROOF_LASTS <= proof <= now


def freeze(member_id: str, now: datetime) -> bool:
    """Let nothing of value leave this member from now on; False when it stood still before. The caller holds her
    wallet."""
    still = update(Member).where(_member.id == member_id, _member.frozen_at.is_(None))
    return bool(run(still.values(frozen_at=now)).rowcount)


def lift_freeze(member_id: str) -> bool:
    """Let it leave again; False when it could before. Who may ask for it, the caller decides, and holds her wallet."""
    still = update(Member).where(_member.id == member_id, _member.frozen_at.is_not(None))
    return bool(run(still.values(frozen_at=None)).rowcount)


def begin_wait(member_id: str, now: datetime) -> datetime:
    """Keep back for 72 hours what is as good as money, after a recovery or a change of address; until when. Begun again
    it lasts from then on. The caller holds her wallet."""
    until = now + WAIT
    run(update(Member).where(_member.id == member_id).values(waits_until=until))
    return until


def move_value(
    member_id: str,
    worth_minor: int,
    *,
    like_money: bool,
    programme: Programme,
    actor: str,
    proof: datetime | None,
    at: datetime,
) -> Row[Any]:
    """Note that something worth so much (minor units of the home currency) leaves a member at `at`, or refuse it; where
    her mail goes and in which language (email, locale), so that she can be told.

    Refuses `stopped` while she is frozen, `must_wait` with `until` for what is as good as money, and, of what she does
    herself without a recent `proof`, `proof_needed` when what she took and gave on this day of the programme comes to
    more than the programme's limit with it. The caller holds her wallet and writes nothing when it is refused.
    """
    day = programme.day(at)
    asked = {"p_member": member_id, "p_day": day, "p_worth": worth_minor}
    row = run(_moved(), asked).one()
    if row.frozen_at is not None:
        raise _stopped()
    if like_money and row.waits_until is not None and at < row.waits_until:
        raise Refused("must_wait", "What is as good as money waits after a change.", until=row.waits_until)
    refuse_above_limit(row.moved_minor, programme=programme, actor=actor, proof=proof, at=at)
    return row


def refuse_above_limit(
    worth_minor: int, *, programme: Programme, actor: str, proof: datetime | None, at: datetime
) -> None:
    """Refuse `proof_needed` when a day's worth (minor units) is above what she may move without a recent proof."""
    most = programme.basic_daily_minor
    if actor != HERSELF or is_recent(proof, at) or (most and worth_minor <= most):
        return
    raise Refused("proof_needed", "It asks for a fresh proof.", status=403, most_minor=most)


def move_back(member_id: str, worth_minor: int, day: date) -> None:
    """What she took on `day` has come back unused: on the same day it no longer counts. The caller holds her wallet."""
    run(_moved_back(), {"p_member": member_id, "p_day": day, "p_worth": worth_minor})


def is_frozen(member_id: str) -> bool:
    """Whether nothing of value leaves this member now."""
    return read(_frozen_at(), {"p_member": member_id}).scalar_one_or_none() is not None


def refuse_while_stopped(member_id: str) -> None:
    """Refuse `stopped` while this member is frozen."""
    if is_frozen(member_id):
        raise _stopped()


def _stopped() -> Refused:
    return Refused("stopped", "This member's points are stopped until she or the shop lets them move again.")


@prepared
def _moved() -> Executable:
    before = case((_member.moved_on == bindparam("p_day"), _member.moved_minor), else_=0)
    moved = {"moved_on": bindparam("p_day"), "moved_minor": before + bindparam("p_worth")}
    told = (_member.frozen_at, _member.waits_until, _member.moved_minor, _member.email, _member.locale)
    return update(table(Member)).where(_mine).values(**moved).returning(*told)


@prepared
def _moved_back() -> Executable:
    left = _member.moved_minor - bindparam("p_worth")
    counted = (_mine, _member.moved_on == bindparam("p_day"), left >= 0)
    return update(table(Member)).where(*counted).values(moved_minor=left)


@prepared
def _frozen_at() -> Executable:
    return select(_member.frozen_at).where(_mine)
