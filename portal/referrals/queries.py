"""What pages and answers read of referrals: bounded reads by key."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, func, literal, select
from sqlalchemy.orm import aliased

from portal import people
from portal.db import fact, prepared, read
from portal.programme import Limit
from portal.referrals.models import Invitation, Referral, ReferralCode
from portal.referrals.rules import code_in, first_name, is_code, period_of

_code, _invitation, _referral = ReferralCode.__table__.c, Invitation.__table__.c, Referral.__table__.c
_member = people.Member.__table__.c
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Inviter:
    """Whose a code is, as far as another may know."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Friend:
    """One friend in an inviter's timeline: her first name, empty when she gave none, and the days."""

    name: str
    joined_on: date
    ordered_on: date | None
    due_on: date | None
    rewarded_on: date | None


@dataclass(frozen=True, slots=True)
class Mine:
    """Who invited this member, and how far that has come; `country` and `programme_version` say by which offer."""

    name: str
    country: str | None
    programme_version: int
    joined_on: date
    ordered_on: date | None
    due_on: date | None
    settled_on: date | None


def code_of(member_id: str) -> str | None:
    """The code of this member; None for one who joined before there were any."""
    return read(_code_of(), {"p_member": member_id}).scalar_one_or_none()


@prepared
def _code_of() -> Executable:
    return select(_code.code).where(_code.member_id == bindparam("p_member"))


def inviter_of(code: str) -> Inviter | None:
    """Whose a code or a whole link is; None for one that nobody has, or whose owner has left."""
    wanted = code_in(code)
    if not is_code(wanted):
        return None
    row = read(_inviter(), {"p_code": wanted}).one_or_none()
    return None if row is None else Inviter(row.id, wanted, first_name(row.name))


@prepared
def _inviter() -> Executable:
    directory = people.Directory.__table__.c
    return (
        select(_member.id, _member.name)
        .join(people.Directory, directory.owner == _member.id)
        .where(directory.kind == "referral", directory.key == bindparam("p_code"), _member.status == "active")
    )


def invitation(friend_id: str) -> Row[Any] | None:
    """The friend's half of her referral."""
    return read(_invitation_of(), {"p_member": friend_id}).one_or_none()


@prepared
def _invitation_of() -> Executable:
    return select(Invitation.__table__).where(_invitation.member_id == bindparam("p_member"))


def invited_by(member_id: str) -> Mine | None:
    """Who brought this member; None when she came by herself."""
    columns = (
        *(_member.name, _invitation.country, _invitation.programme_version, _invitation.joined_on),
        *(_invitation.ordered_on, _invitation.due_on, _invitation.settled_on),
    )
    row = read(
        select(*columns)
        .join(people.Member, _member.id == _invitation.inviter_id)
        .where(_invitation.member_id == member_id)
    ).one_or_none()
    if row is None:
        return None
    return Mine(
        first_name(row.name), row.country, row.programme_version, row.joined_on, row.ordered_on, row.due_on,
        row.settled_on,
    )  # fmt: skip


def timeline(member_id: str, limit: int = SHOWN) -> list[Friend]:
    """The friends that this member brought, the newest first."""
    rows = read(
        select(
            _member.name,
            _referral.joined_on,
            _invitation.ordered_on,
            _invitation.due_on,
            _referral.rewarded_on,
        )
        .select_from(Referral)
        .join(people.Member, _member.id == _referral.friend_id)
        .join(Invitation, _invitation.member_id == _referral.friend_id)
        .where(_referral.member_id == member_id)
        .order_by(_referral.joined_on.desc(), _referral.friend_id.desc())
        .limit(limit)
    )
    return [
        Friend(first_name(row.name), row.joined_on, row.ordered_on, row.due_on, row.rewarded_on)
        for row in rows
    ]


def counted(member_id: str, limit: Limit, day: date) -> int:
    """How many friends count for this member in the period of `day`."""
    mine = (_referral.member_id == member_id, _referral.joined_on >= period_of(limit, day))
    return int(read(select(func.count()).select_from(Referral).where(*mine)).scalar_one())


def due_friends(through: date, after: str, limit: int) -> list[Row[Any]]:
    """Friends whose first order has stood long enough by `through` (id, due_on), by id from `after` on."""
    statement = (
        select(_invitation.member_id, _invitation.inviter_id, _invitation.due_on)
        .where(_invitation.due_on <= through, _invitation.member_id > after)
        .order_by(_invitation.member_id)
        .limit(limit)
    )
    return list(read(statement).all())


def next_due() -> date | None:
    """The first day on which something is due for anybody; None when nothing is."""
    day: date | None = read(_next_due()).scalar_one()
    return day


@prepared
def _next_due() -> Executable:
    return select(func.min(_invitation.due_on))


def open_invitations(member_id: Any) -> Select[Any]:
    """A part of earning's statements: 1 where the member (a column) was invited and that is not settled yet."""
    # A name of its own, so that it can stand inside of any statement.
    invited = aliased(Invitation, name="invited")
    return select(literal(1)).where(invited.member_id == member_id, invited.settled_on.is_(None))


def facts() -> list[Select[Any]]:
    """For `p_member`: her code (a), and how many friends joined, are still to bring something, have brought it (n)."""
    mine = _referral.member_id == _code.member_id
    joined = select(func.count()).select_from(Referral).where(mine)
    waiting = joined.where(_referral.rewarded_on.is_(None))
    rewarded = joined.where(_referral.rewarded_on.is_not(None))
    numbers = [one.scalar_subquery() for one in (joined, waiting, rewarded)]
    return [fact("referral", a=_code.code, n=numbers).where(_code.member_id == bindparam("p_member"))]
