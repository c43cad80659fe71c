"""Who may act on whose books at the desk: what adjustments, noted activities and pauses have in common."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from portal import ledger, people, signin
from portal.db import run
from portal.errors import Refused
from portal.support import audit, rules
from portal.support.visiting import is_own

_member = people.Member.__table__.c


def check_role(staff: signin.Person, permission: str = "adjust") -> None:
    """Refuse `not_allowed` (why: `role`) for a role that has not this permission."""
    if not rules.may(staff.role, permission):
        raise Refused("not_allowed", "This role does not act for members.", status=403, why="role")


def locked_member(staff: signin.Person, member_id: str) -> Row[Any]:
    """The member for whom this colleague acts, her wallet held for the rest of the write.

    Refuses `unknown_member` for who is none or none any more, and `not_allowed` (why: `own`) for oneself.
    """
    ledger.lock(member_id)  # whoever is leaving at this moment is gone when it is read
    member = run(select(people.Member.__table__).where(_member.id == member_id)).one_or_none()
    if member is None or member.status != "active":
        raise Refused("unknown_member", "There is no such member.", status=404)
    if is_own(staff, member):
        raise Refused("not_allowed", "Nobody acts for themselves.", status=403, why="own")
    return member


def note_refusal(staff: signin.Person, permission: str, now: datetime, request_id: str = "") -> None:
    """Write down that a colleague tried what their role does not do."""
    audit.note(staff.id, "refused", at=now, request_id=request_id, act=permission, why="role")
