"""Helping a member back in who lost her mailbox, stopping a card and lifting a stop: what colleagues check, and who
may say so.

A request waits for 72 hours once somebody noted two proofs or more; for a member who holds more points than one
colleague may adjust in a day, two colleagues have to (security.md section 3, 2.3.5). Whoever lifts a stop says which of
the newest passkeys and customer numbers she knows. What happens then stands in portal/signin/recovering.py and
freezing.py.
"""

from collections.abc import Collection, Sequence
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

    def others(self) -> list[Row[Any]]:
        """Other requests for the same card: those that are begun, and of those that nobody has looked at the newest
        page; by whom they were noted for, else by how her card or her address is written in them."""
        members = [row for row in self.members if self.row.member_id in (None, row.id)]
        mine = {self.row.member_id, *(row.id for row in members)}
        named = {_folded(name) for row in members for name in (row.email, row.number, row.ref) if name}
        named.add(_folded(signin.told_in(self.row)[0]))
        open_ones = [*signin.begun_recoveries(), *signin.asked_recoveries()[0]]
        return [
            one
            for one in open_ones
            if one.id != self.row.id
            and (one.member_id in mine if one.member_id else _folded(signin.told_in(one)[0]) in named)
        ]


def look(request_id: str) -> Asked | None:
    """A request whose address is proved, and whom it may mean; None when there is none."""
    row = signin.find_recovery(request_id)
    return None if row is None else Asked(row, finding.find(signin.told_in(row)[0]).members)


def hear_address(staff: signin.Person, request_id: str, member_id: str, *, email: str, now: datetime) -> bool:
    """Whether the address that she names at the desk is that of the request. A wrong one is counted, so an edge asks in
    a write of its own before it notes the proofs.

    Refuses `not_allowed` with why (`role`, `own`), `proof_needed`, and what `signin.hear_address` and
    `acting.locked_member` refuse.
    """
    acting.check_role(staff, "recover")
    _refuse_unless_fresh(staff, now)
    acting.locked_member(staff, member_id)
    return signin.hear_address(request_id, member_id, email, now)


def note_proofs(
    staff: signin.Person,
    request_id: str,
    member_id: str,
    proofs: Sequence[str],
    *,
    email: str,
    ticket: str,
    reason: str,
    now: datetime,
    stops: bool = False,
    request: str = "",
) -> str:
    """Write down how somebody proved that she is this member. The state after it: `waiting`, or `checked` when
    a second colleague has to do the same. `email`: the new address as she tells it; the desk shows that of the request
    masked, and a thief's may look like hers. `stops`: somebody else reads her mail, so her card is stopped first, and
    nothing that the mailbox can do stops the recovery. Then, or where it is stopped already, one of the proofs is none
    that her own pages show to whoever reads her mail.

    Refuses `not_allowed` with why (`role`, `own`, `staff` for a new address of somebody who works here), `proof_needed`
    without a fresh proof of the colleague's own, `bad_value` for fewer than two proofs, for another address than the
    request's (why: `address`) or for her card and her orders alone (why: `on_her_pages`), and what `signin.note_proofs`
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
    if asked is not None and people.address_hash(email) != people.address_hash(asked.email):
        raise Refused("bad_value", "It is not this request's address.", pointer="/email", why="address")
    if (stops or member.frozen_at is not None) and rules.PROOFS_OF_HER.isdisjoint(known):
        raise Refused(
            "bad_value",
            "Her own pages show these to who reads her mail.",
            pointer="/proofs",
            why="on_her_pages",
        )
    if asked is not None and people.staff_by_email(asked.email) is not None:
        raise Refused("not_allowed", "A colleague's address is nobody's card.", status=403, why="staff")
    _, active = programmes.active()
    wallet = ledger.wallet(member_id)
    enough = wallet.available + wallet.pending <= active.support.daily_points
    if stops:
        signin.stop_at_desk(member, now)
    state = signin.note_proofs(request_id, member, known, staff_id=staff.id, enough=enough, now=now)
    audit.note(
        staff.id, "recovery_noted", at=now, member_id=member_id, request_id=request, recovery=request_id, proofs=known,
        state=state, stopped=stops, ticket=ticket, reason=reason,
    )  # fmt: skip
    return state


def refuse(staff: signin.Person, request_id: str, *, reason: str, now: datetime, request: str = "") -> bool:
    """Close a request, also one that waits: nothing changes, and whoever asked is told. Whether there was anything to
    close. Twice is once.

    Refuses `not_allowed` (why: `role`), `bad_value` for a reason that is missing.
    """
    acting.check_role(staff, "recover")
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    row = signin.find_recovery(request_id)
    if row is None or not signin.close_recovery(request_id, "staff", now):
        return False
    audit.note(
        staff.id, "recovery_refused", at=now, member_id=row.member_id, request_id=request, recovery=request_id,
        reason=reason,
    )  # fmt: skip
    return True


def lift(
    staff: signin.Person,
    member_id: str,
    *,
    since: datetime | None,
    known: Collection[str],
    numbers: Collection[str] = (),
    ticket: str,
    reason: str,
    now: datetime,
    request: str = "",
) -> bool:
    """Let the points of a member move again who has shown that it is she who asks; whether anything was stopped.
    `since`: the stop that the colleague has looked at (`signin.stop_of`). Of `signin.young_passkeys` those whose ids
    are not among the `known` are removed, of `signin.young_numbers` all but `numbers`: a thief's would be old enough
    one day. Lifted twice is once.

    Refuses `not_allowed` with why (`role`, `own`), `proof_needed`, `bad_value`, `unknown_member`, and `conflict` with
    why: `under_way` while another address is on its way (whose card it is comes first), `stopped_anew` for another stop
    than that of `since`.
    """
    acting.check_role(staff, "recover")
    _refuse_unless_fresh(staff, now)
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    member = acting.locked_member(staff, member_id)
    if member.frozen_at is None:
        return False
    if signin.recovery_under_way(member_id) is not None:
        raise Refused("conflict", "Another address is on its way to this card.", why="under_way")
    if since != signin.stop_of(member):
        raise Refused("conflict", "Her card was stopped anew meanwhile.", why="stopped_anew")
    gone = signin.lift_at_desk(member, known, now, numbers=numbers)
    audit.note(
        staff.id, "stop_lifted", at=now, member_id=member_id, request_id=request, passkeys_removed=len(gone.passkeys),
        numbers_removed=len(gone.numbers), ticket=ticket, reason=reason,
    )  # fmt: skip
    return True


def stop_card(staff: signin.Person, member_id: str, *, reason: str, now: datetime, request: str = "") -> bool:
    """Stop the card of a member who says that somebody else is in it and cannot press the button of a mail: everybody
    is signed out, nothing of value leaves it, and another address that was on its way is stopped. Whether it was not
    stopped before; stopped twice is once.

    Her word is enough, because it takes nothing from her; lifting it asks for more. Refuses `not_allowed` with why
    (`role`, `own`), `proof_needed`, `bad_value` for a reason that is missing, `unknown_member`.
    """
    acting.check_role(staff, "recover")
    _refuse_unless_fresh(staff, now)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    member = acting.locked_member(staff, member_id)
    if member.frozen_at is not None:
        return False
    signin.stop_at_desk(member, now)
    stopped = signin.stop_recoveries(member, "staff", now)
    audit.note(
        staff.id, "card_stopped", at=now, member_id=member_id, request_id=request, recoveries_stopped=stopped,
        reason=reason,
    )  # fmt: skip
    return True


def _folded(told: str) -> str:
    """How her card or her address is compared: whatever the size of its letters and its spaces."""
    return "".join(told.split()).casefold()


def _refuse_unless_fresh(staff: signin.Person, now: datetime) -> None:
    if not signin.is_fresh(staff, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
