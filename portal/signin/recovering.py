"""Recovery: a member who can read her mail no more, and has no passkey, asks for her card by another address.

Whoever asks gets one answer, whatever they know. Staff look at what is told and note how she proved who she is
(portal/support/recovering.py); then it waits for 72 hours, told twice at the address that she has, and acts by itself.
A sign-in in the old way, or "this was not me" in any mail, stops it.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from portal import ledger, notices, people, rewards
from portal.db import read, run
from portal.errors import Refused
from portal.signin.addresses import put_address
from portal.signin.challenges import STALE, Asked, Visitor
from portal.signin.freezing import UNDER_WAY, stop_recoveries, the_member
from portal.signin.keyring import forget_passkeys
from portal.signin.models import Session
from portal.signin.proving import Tried, find_code, send_code, try_code
from portal.signin.recovery_models import AddressChange, AddressCode, NotMe, Recovery
from portal.signin.rules import masked
from portal.signin.sessions import end_sessions
from portal.signin.telling import not_me_url, tell

WAITS = timedelta(hours=72)
REMINDED_BEFORE = timedelta(hours=24)
UNPROVED_KEPT_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=90)  # after it is over, or when nobody looked at it
MOST_TOLD, MOST_WORDS = 254, 500
OPEN = ("asked", "checked", "waiting")
_recovery, _session = Recovery.__table__.c, Session.__table__.c


def ask_recovery(told: str, email: str, words: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """Note a request and send a code to the new address. What is `told` of the card is looked at by staff alone, so the
    answer says nothing about it."""
    asked = send_code(email, purpose="recovery", visitor=visitor, locale=locale, now=now)
    if asked.challenge_id is not None:
        run(
            insert(Recovery),
            {
                "id": asked.challenge_id, "email": people.normal_address(email), "locale": locale, "asked_at": now,
                "sealed": rewards.seal(json.dumps([told[:MOST_TOLD], words[:MOST_WORDS]])), "state": "unproved",
            },
        )  # fmt: skip
    return asked


def find_asked(request_id: str, browser: str) -> Row[Any] | None:
    """The code of a request that this browser made."""
    return find_code(request_id, "recovery", browser)


def prove_recovery(request_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Tried:
    """The code of the new address is typed: with the right one staff see the request."""
    tried = try_code(request_id, "recovery", typed, visitor=visitor, now=now)
    if tried.outcome == "right":
        proved = update(Recovery).where(_recovery.id == request_id, _recovery.state == "unproved")
        run(proved.values(state="asked", asked_at=now))
    return tried


def open_recoveries(limit: int = 50) -> list[Row[Any]]:
    """Requests that staff have something to do with, the oldest first."""
    statement = select(Recovery.__table__).where(_recovery.state.in_(OPEN))
    return list(read(statement.order_by(_recovery.asked_at).limit(limit)).all())


def find_recovery(request_id: str) -> Row[Any] | None:
    """A request whose address is proved."""
    statement = select(Recovery.__table__).where(_recovery.id == request_id, _recovery.state != "unproved")
    return read(statement).one_or_none()


def told_in(row: Row[Any]) -> tuple[str, str]:
    """What somebody knows of the card, and what happened, in her own words."""
    told, words = json.loads(rewards.unseal(row.sealed))
    return told, words


def recovery_under_way(member_id: str) -> Row[Any] | None:
    """The request that will give this member another address, unless it is stopped."""
    which = (_recovery.member_id == member_id, _recovery.state.in_(UNDER_WAY))
    return read(select(Recovery.__table__).where(*which).limit(1)).one_or_none()


def note_proofs(
    request_id: str, member: Row[Any], proofs: Sequence[str], *, staff_id: str, enough: bool, now: datetime
) -> str:
    """A colleague has checked who asks: the request is this member's, and waits for 72 hours from now, or, when that is
    not `enough`, for a second colleague; its state. The caller holds her wallet and has looked at its rights.

    Refuses `unknown_key`, `already_used` for a request that is past this, and `conflict` (why: `same` colleague,
    `member` whom the first one did not mean, `other` request under way for her, `taken` address).
    """
    row = run(select(Recovery.__table__).where(_recovery.id == request_id).with_for_update()).one_or_none()
    if row is None or row.state == "unproved":
        raise Refused("unknown_key", "There is no such request.", status=404)
    if row.state not in ("asked", "checked"):
        raise Refused("already_used", "The request is past this.")
    other = recovery_under_way(member.id)
    if other is not None and other.id != row.id:
        raise Refused("conflict", "Another request is under way for her.", why="other")
    if people.owner_of("email", people.address_hash(row.email)) is not None:
        raise Refused("conflict", "The new address is a member's.", why="taken")
    second = row.state == "checked"
    if second and row.member_id != member.id:
        raise Refused("conflict", "The first colleague meant another member.", why="member")
    if second and row.first_by == staff_id:
        raise Refused("conflict", "A second colleague has to do it.", why="same")
    who = {"second_by": staff_id} if second else {"first_by": staff_id, "member_id": member.id}
    noted = {**who, "proofs": sorted({*(row.proofs or []), *proofs})}
    if not (enough or second):
        run(update(Recovery).where(_recovery.id == request_id).values(state="checked", **noted))
        return "checked"
    acts_at = now + WAITS
    begun = {"state": "waiting", "begun_at": now, "acts_at": acts_at, **noted}
    run(update(Recovery).where(_recovery.id == request_id).values(**begun))
    _tell_begun(member, row, acts_at, now, "begun")
    notices.queue(
        "recovery_waits", key=f"recovery_waits/{row.id}", recipient=row.email, locale=row.locale, now=now,
        facts={"member_name": None, "acts_at": acts_at.isoformat()},
    )  # fmt: skip
    return "waiting"


def close_recovery(request_id: str, why: str, now: datetime) -> bool:
    """Staff refuse a request, or stop one that waits; whether there was anything to close."""
    open_one = update(Recovery).where(_recovery.id == request_id, _recovery.state.in_(OPEN))
    closed = open_one.values(state="refused", ended_at=now, ended_by=why).returning(
        _recovery.email, _recovery.locale
    )
    row = run(closed).one_or_none()
    if row is not None:
        notices.queue(
            "recovery_stopped", key=f"recovery_stopped/{request_id}", recipient=row.email, locale=row.locale, now=now,
            facts={"member_name": None},
        )  # fmt: skip
    return row is not None


def stop_by_member(member_id: str, now: datetime) -> bool:
    """She is signed in, so she is not locked out: what would change her address is stopped; whether something was."""
    ledger.lock(member_id)
    member = the_member(member_id)
    return member is not None and stop_recoveries(member, "member", now) > 0


def recoveries_due(now: datetime) -> list[str]:
    """Requests whose waiting is over, or of which she is to be reminded."""
    remind = _recovery.reminded_at.is_(None) & (_recovery.acts_at <= now + REMINDED_BEFORE)
    due = or_(_recovery.acts_at <= now, remind)
    return list(read(select(_recovery.id).where(_recovery.state == "waiting", due)).scalars())


def carry_out(request_id: str, now: datetime) -> None:
    """Do what is due for one request: remind her, stop it because she got in after all, or give her the new address.

    Then everybody is signed out, her passkeys are gone, and what is as good as money waits. Twice is once.
    """
    found = read(select(Recovery.__table__).where(_recovery.id == request_id)).one_or_none()
    if found is None or found.member_id is None:
        return
    ledger.lock(found.member_id)
    row = run(
        select(Recovery.__table__)
        .where(_recovery.id == request_id, _recovery.state == "waiting")
        .with_for_update()  # staff close a request without her wallet
    ).one_or_none()
    member = the_member(found.member_id)
    if row is None or member is None:
        return
    if _got_in(member.id, row.begun_at):
        stop_recoveries(member, "signed_in", now)
    elif now < row.acts_at:
        run(update(Recovery).where(_recovery.id == row.id).values(reminded_at=now))
        _tell_begun(member, row, row.acts_at, now, "soon")
    elif people.owner_of("email", people.address_hash(row.email)) not in (None, member.id):
        stop_recoveries(member, "taken", now)
    else:
        run(
            update(Recovery).where(_recovery.id == row.id).values(state="done", ended_at=now, ended_by="time")
        )
        end_sessions(member.id, now)
        forget_passkeys("member", member.id)
        put_address(member, row.email, how="recovery", actor="support", now=now)


def forget_old_safety(now: datetime) -> int:
    """Delete old codes, addresses of before whose links work no more, requests that nobody proved, and those that are
    long over; how many there were."""
    old = or_(
        (_recovery.state == "unproved") & (_recovery.asked_at < now - UNPROVED_KEPT_FOR),
        (_recovery.state == "asked") & (_recovery.asked_at < now - KEPT_FOR),
        _recovery.ended_at < now - KEPT_FOR,
    )
    gone = (
        delete(AddressCode).where(AddressCode.__table__.c.expires_at < now - STALE),
        delete(AddressChange).where(AddressChange.__table__.c.ends_at <= now),
        delete(Recovery).where(old),
    )
    return sum(int(run(statement).rowcount) for statement in gone)


def forget_safety(member_id: str) -> None:
    """Delete what is kept here of who leaves: addresses of before and on the way, requests, what she said."""
    for kept in (AddressCode, AddressChange, NotMe, Recovery):
        run(delete(kept).where(kept.__table__.c.member_id == member_id))


def _got_in(member_id: str, since: datetime) -> bool:
    """Whether somebody signed in as her since then: then the way in that she has works."""
    later = select(_session.id).where(_session.member_id == member_id, _session.created_at >= since)
    return read(later.limit(1)).first() is not None


def _tell_begun(member: Row[Any], row: Row[Any], acts_at: datetime, now: datetime, which: str) -> None:
    facts = {
        "new_email": masked(row.email), "acts_at": acts_at.isoformat(),
        "not_me_url": not_me_url(member.id, "recovery", now),
    }  # fmt: skip
    tell("recovery_begun", member, f"{row.id}/{which}", facts, now)
