"""Visits: staff look at a member's own pages, as an overlay on their own session (security.md section 4).

Nobody signs in as the member: no cookie is made, her sessions and devices stay untouched. At every request of the staff
session the visit's row is looked up; while it lasts, whoever the session brings is an Onlooker, who has the member's
facts, may look, and writes nothing (portal.db.look_only).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, insert, select, update

from portal import notices, people, signin
from portal import programme as programmes
from portal.db import new_id, prepared, read, run
from portal.errors import Refused
from portal.support import audit, rules
from portal.support.models import Visit

OPEN_PAGES = "visits"  # the consent by which a member lets support look at her pages, or no longer
_visit, _member = Visit.__table__.c, people.Member.__table__.c


@dataclass(frozen=True, slots=True)
class Begun:
    """A visit that lasts, and whom it is to."""

    id: str
    member_id: str
    member_ref: str
    member_name: str
    staff: signin.Person
    ticket: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker(signin.Person):
    """Staff on a visit: the member's facts, for her own pages, with her address masked; and the visit."""

    visit: Begun

    @property
    def signed_in(self) -> signin.Person:
        """The colleague."""
        return self.visit.staff


@dataclass(frozen=True, slots=True)
class Looked:
    """A visit as the member and the desk read of it afterwards."""

    started_at: datetime
    minutes: int
    ticket: str
    reason: str
    pages: int
    staff: str


def load_person(token: str, now: datetime) -> signin.Person | None:
    """Who is signed in by this token; staff whose visit lasts come as an Onlooker."""
    person = signin.load_session(token, now)
    if person is None or person.kind != "staff":
        return person
    visit = _newest(person.session_id)
    if visit is None or visit.ended_at is not None or why_over(visit, person, now) is not None:
        return person
    facts = signin.as_seen(visit.member_id)
    assert facts is not None, "one that has left was why the visit is over"
    own = facts | {
        "email": signin.masked(facts["email"]) if facts["email"] else None,
        "locale": None,  # the pages speak the language of who reads them
    }
    begun = Begun(
        visit.id, visit.member_id, facts["ref"], facts["name"] or facts["number"], person, visit.ticket, visit.reason,
        visit.expires_at,
    )  # fmt: skip
    return Onlooker(
        kind="member", id=visit.member_id, token=person.token, session_id=person.session_id,
        opened_at=person.opened_at, visit=begun, **own,
    )  # fmt: skip


def why_over(visit: Row[Any], staff: signin.Person, now: datetime) -> str | None:
    """Why a visit that nobody has ended is over all the same; None while it lasts."""
    if visit.expires_at <= now:
        return "time"
    if not rules.may(staff.role, "visit"):
        return "role"
    if not programmes.active()[1].support.visits:
        return "switched_off"
    if signin.as_seen(visit.member_id) is None:
        return "left"
    return None if may_be_visited(visit.member_id) else "opted_out"


def begin_visit(
    staff: signin.Person, member_id: str, *, ticket: str, reason: str, now: datetime, request_id: str = ""
) -> str:
    """Let this colleague look at this member's pages for a quarter of an hour; answers the visit's id. She gets a mail.

    Refuses `not_allowed` with why (`role`, `switched_off`, `own`, `staff`, `opted_out`, `inside`), `proof_too_old` more
    than five minutes after the last proof, `bad_value` for a reason under ten letters or no ticket, `conflict` while
    another visit of theirs lasts, `unknown_member`.
    """
    if isinstance(staff, Onlooker):
        raise Refused("not_allowed", "A visit cannot begin inside another.", status=403, why="inside")
    if not rules.may(staff.role, "visit"):
        raise Refused("not_allowed", "This role does not look at members' pages.", status=403, why="role")
    if not programmes.active()[1].support.visits:
        raise Refused("not_allowed", "The programme allows no visits.", status=403, why="switched_off")
    ticket = rules.one_line(ticket, "ticket", least=1, most=rules.MOST_TICKET)
    reason = rules.one_line(reason, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)
    member = _visitable(staff, member_id)
    if not signin.is_fresh(staff, now):
        raise Refused("proof_too_old", "The last proof is more than five minutes old.", status=403)
    audit.hold(staff.id)  # of two that begin at once, the second sees the first
    _end(staff.id, "time", now, only_late=True, request_id=request_id)
    if run(select(_visit.id).where(_visit.staff_id == staff.id, _visit.ended_at.is_(None))).first():
        raise Refused("conflict", "Another visit of yours has not ended.")
    visit_id = new_id()
    run(
        insert(Visit),
        {
            "member_id": member_id, "id": visit_id, "staff_id": staff.id, "session_id": staff.session_id,
            "ticket": ticket, "reason": reason, "started_at": now, "expires_at": now + rules.VISIT_LASTS,
        },
    )  # fmt: skip
    audit.note(
        staff.id, "visit_started", at=now, member_id=member_id, visit_id=visit_id, request_id=request_id,
        ticket=ticket, reason=reason,
    )  # fmt: skip
    if member.email:
        notices.queue(
            "visit_started", key=f"visit_started/{visit_id}", recipient=member.email,
            locale=member.locale or programmes.active()[1].languages[0],
            facts={
                "member_name": member.name, "at": now.isoformat(),
                "minutes": int(rules.VISIT_LASTS.total_seconds()) // 60, "visits_url": notices.address("/you/visits"),
                "not_me_url": signin.not_me_url(member.id, member.email, "visit", now),
            },
            now=now, member_id=member_id,
        )  # fmt: skip
    return visit_id


def _visitable(staff: signin.Person, member_id: str) -> Row[Any]:
    member = run(select(people.Member.__table__).where(_member.id == member_id)).one_or_none()
    if member is None or member.status != "active":
        raise Refused("unknown_member", "There is no such member.", status=404)
    if is_own(staff, member):
        raise Refused("not_allowed", "Nobody visits their own pages.", status=403, why="own")
    if member.email and _works_here(member.email):
        raise Refused("not_allowed", "Nobody visits a colleague's pages.", status=403, why="staff")
    if not may_be_visited(member_id):
        raise Refused("not_allowed", "The member does not want visits.", status=403, why="opted_out")
    return member


def is_own(staff: signin.Person, member: Row[Any]) -> bool:
    """Whether this member is the colleague in person, by an address of now or of before."""
    known_as = people.address_hash(staff.email or "")
    owners = {people.owner_of("email", known_as), *people.former_owners(known_as)}
    return member.id in owners or people.normal_address(member.email or "") == staff.email


def _works_here(email: str) -> bool:
    found = people.staff_by_email(people.normal_address(email))
    return found is not None and found.disabled_at is None


def may_be_visited(member_id: str) -> bool:
    """Whether the member lets support look at her pages: she does until she says no."""
    said = next((line for line in people.consents(member_id) if line.kind == OPEN_PAGES), None)
    return said is None or bool(said.given)


def allow_visits(member_id: str, allowed: bool, *, now: datetime) -> None:
    """Log what a member says to visits; a visit under way ends at its next request."""
    _, active = programmes.active()
    people.consent(
        member_id, OPEN_PAGES, allowed, version=active.joining.terms_version, source="portal", at=now
    )


def stop(staff: signin.Person, why: str, now: datetime, request_id: str = "") -> None:
    """End whatever visit this colleague has open, in whatever browser; nothing when there is none."""
    audit.hold(staff.id)
    _end(staff.id, "time", now, only_late=True, request_id=request_id)
    _end(staff.id, why, now, request_id=request_id)


def over(staff: signin.Person, now: datetime) -> tuple[Row[Any] | None, str | None]:
    """The newest visit of this session, and why it has to be ended now; None when nothing has to."""
    visit = _newest(staff.session_id)
    if visit is None or visit.ended_at is not None:
        return visit, None
    return visit, why_over(visit, staff, now)


def visits_of(member_id: str, now: datetime, limit: int = 50) -> list[Looked]:
    """Who of staff looked at this member's pages, newest first, as of `now`."""
    staff = people.Staff.__table__.c
    rows = read(
        select(Visit.__table__, staff.email.label("staff"))
        .join(people.Staff, staff.id == _visit.staff_id)
        .where(_visit.member_id == member_id)
        .order_by(_visit.id.desc())
        .limit(limit)
    ).all()
    pages = audit.pages_seen(member_id) if rows else {}
    return [
        Looked(
            started_at=row.started_at,
            minutes=rules.minutes_between(row.started_at, row.ended_at or min(now, row.expires_at)),
            ticket=row.ticket,
            reason=row.reason,
            pages=pages.get(row.id, 0),
            staff=row.staff,
        )
        for row in rows
    ]


def _end(staff_id: str, why: str, now: datetime, *, only_late: bool = False, request_id: str = "") -> None:
    """End the colleague's open visit; one that is late ended when its time was over."""
    late = [_visit.expires_at <= now] if only_late else []
    which = (_visit.staff_id == staff_id, _visit.ended_at.is_(None), *late)
    ended = run(
        update(Visit)
        .where(*which)
        .values(ended_at=_visit.expires_at if only_late else now, ended_by=why)
        .returning(_visit.id, _visit.member_id)
    ).all()
    for visit in ended:
        audit.note(
            staff_id, "visit_ended", at=now, member_id=visit.member_id, visit_id=visit.id, request_id=request_id,
            why=why,
        )  # fmt: skip


def _newest(session_id: str) -> Row[Any] | None:
    return read(_newest_of_session(), {"p_session": session_id}).one_or_none()


@prepared
def _newest_of_session() -> Executable:
    return (
        select(Visit.__table__)
        .where(_visit.session_id == bindparam("p_session"))
        .order_by(_visit.id.desc())
        .limit(1)
    )
