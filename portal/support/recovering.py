"""Helping a member back in who lost her mailbox, and lifting a stop: what colleagues check, and who may say so.

A request waits for 72 hours once somebody noted two proofs or more; for a member who holds more points than one
colleague may adjust in a day, two colleagues have to (security.md section 3, 2.3.5). What happens then stands in
portal/signin/recovering.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal import ledger, people, signin
from portal import programme as programmes
from portal.errors import Refused
from portal.support import acting, audit, finding, rules


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the desk reads it, with the members whom its words may mean."""

    row: Row[Any]
    members: list[Row[Any]]


def look(request_id: str) -> Asked | None:
    """A request whose address is proved, and whom it may mean; None when there is none."""
    row = signin.find_recovery(request_id)
    return None if row is None else Asked(row, finding.find(signin.told_in(row)[0]).members)


def note_proofs(
    staff: signin.Person,
    request_id: str,
    member_id: str,
    proofs: Sequence[str],
    *,
    ticket: str,
    reason: str,
    now: datetime,
    request: str = "",
) -> str:
    """Write down how somebody proved that she is this member. The state after it: `waiting`, or `checked` when
    a second colleague has to do the same.

    Refuses `not_allowed` with why (`role`, `own`, `staff` for a new address of somebody who works here), `proof_needed`
    without a fresh proof of the colleague's own, `bad_value` for fewer than two proofs, and what `signin.note_proofs`
    and `acting.locked_member` refuse.
    """
    acting.check_role(staff, "recover")
    _refuse_unless_fresh(staff, now)
    known = sorted(set(proofs) & rules.PROOFS)
    if len(known) < rules.LEAST_PROOFS:
        raise Refused("bad_value", "Two proofs are the least.", pointer="/proofs")
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    member = acting.locked_member(staff, member_id)
    asked = signin.find_recovery(request_id)
    if asked is not None and people.staff_by_email(asked.email) is not None:
        raise Refused("not_allowed", "A colleague's address is nobody's card.", status=403, why="staff")
    _, active = programmes.active()
    wallet = ledger.wallet(member_id)
    enough = wallet.available + wallet.pending <= active.support.daily_points
    state = signin.note_proofs(request_id, member, known, staff_id=staff.id, enough=enough, now=now)
    audit.note(
        staff.id, "recovery_noted", at=now, member_id=member_id, request_id=request, recovery=request_id, proofs=known,
        state=state, ticket=ticket, reason=reason,
    )  # fmt: skip
    return state


def refuse(staff: signin.Person, request_id: str, *, reason: str, now: datetime, request: str = "") -> None:
    """Close a request, also one that waits: nothing changes, and whoever asked is told. Twice is once.

    Refuses `not_allowed` (why: `role`), `bad_value` for a reason that is missing.
    """
    acting.check_role(staff, "recover")
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    row = signin.find_recovery(request_id)
    if row is not None and signin.close_recovery(request_id, "staff", now):
        audit.note(
            staff.id, "recovery_refused", at=now, member_id=row.member_id, request_id=request, recovery=request_id,
            reason=reason,
        )  # fmt: skip


def lift(
    staff: signin.Person, member_id: str, *, ticket: str, reason: str, now: datetime, request: str = ""
) -> None:
    """Let the points of a member move again who has shown that it is she who asks. Lifted twice is once.

    Refuses `not_allowed` with why (`role`, `own`), `proof_needed`, `bad_value`, `unknown_member`.
    """
    acting.check_role(staff, "recover")
    _refuse_unless_fresh(staff, now)
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    member = acting.locked_member(staff, member_id)
    if member.frozen_at is None:
        return
    signin.lift(member, now)
    audit.note(
        staff.id, "stop_lifted", at=now, member_id=member_id, request_id=request, ticket=ticket, reason=reason
    )


def _refuse_unless_fresh(staff: signin.Person, now: datetime) -> None:
    if not signin.is_fresh(staff, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
