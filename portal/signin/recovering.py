"""Recovery: a member who can read her mail no more, and has no passkey, gets her card at another address.

Staff look at what is told (asking.py) and note how she proved who she is (portal/support/recovering.py); then it waits
for 72 hours, told twice at the address that she has, and acts by itself. A sign-in in the old way, a proof in a session
of before, a change of her address, or "this was not me" in any mail stops it. While her card is stopped none of these
does, because whoever reads her mail may be the one who was stopped: only a passkey of long before does, and a "no" from
the old mailbox asks for a second colleague, once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, bindparam, delete, or_, select, update

from portal import ledger, notices, people
from portal.db import fact, read, run
from portal.errors import Refused
from portal.signin.addresses import put_address
from portal.signin.challenges import STALE
from portal.signin.freezing import UNDER_WAY, doubt_recoveries, stop_recoveries
from portal.signin.keyring import forget_passkeys
from portal.signin.limits import seconds_left, seconds_to_wait
from portal.signin.models import Session
from portal.signin.noting import note
from portal.signin.owners import passkeys_of
from portal.signin.recovery_models import AddressChange, AddressCode, NotMe, Recovery
from portal.signin.rules import BY_CARD, BY_REQUEST, masked
from portal.signin.sessions import Person, end_sessions
from portal.signin.telling import not_me_url, tell
from portal.signin.trusting import Card, old_passkey_used, the_member, was_hers
from portal.signin.undoing import undone_lately

WAITS = timedelta(hours=72)
REMINDED_BEFORE = timedelta(hours=24)
COMES_BY = timedelta(hours=1)  # the work that reminds and acts
UNPROVED_KEPT_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=90)  # after it is over, or when nobody looked at it
OPEN = ("asked", *UNDER_WAY)
_recovery, _session = Recovery.__table__.c, Session.__table__.c


def recovery_under_way(member_id: str) -> Row[Any] | None:
    """The request that will give this member another address, unless it is stopped."""
    which = (_recovery.member_id == member_id, _recovery.state.in_(UNDER_WAY))
    return read(select(Recovery.__table__).where(*which).limit(1)).one_or_none()


def facts() -> list[Select[Any]]:
    """For `p_member`: one row where another address is on its way to her card."""
    mine = (_recovery.member_id == bindparam("p_member"), _recovery.state.in_(UNDER_WAY))
    return [fact("moving").where(*mine).select_from(Recovery)]


def hear_address(request_id: str, member_id: str, told: str, now: datetime) -> bool:
    """Whether the address that somebody names at the desk is that of the request; a wrong one is counted, on the
    request and on the card that it was named for. The caller holds the member's wallet, and commits.

    Refuses `unknown_key`, and, after as many wrong ones as a day has, whatever is named: `too_many_requests` (why:
    `too_often`, with `until`).
    """
    row = run(select(Recovery.__table__).where(_recovery.id == request_id).with_for_update()).one_or_none()
    if row is None or row.state == "unproved":
        raise Refused("unknown_key", "There is no such request.", status=404)
    counters = ((BY_REQUEST, request_id), (BY_CARD, member_id))
    wait = max(seconds_left("new_address", limit, subject, now) for limit, subject in counters)
    if wait:
        until = now + timedelta(seconds=wait)
        raise Refused("too_many_requests", "Too many wrong addresses.", why="too_often", until=until)
    if people.address_hash(told) == people.address_hash(row.email):
        return True
    for limit, subject in counters:
        seconds_to_wait("new_address", limit, subject, now)
    return False


def note_proofs(
    request_id: str, member: Row[Any], proofs: Sequence[str], *, staff_id: str, enough: bool, now: datetime
) -> str:
    """A colleague has checked who asks: the request is this member's, and waits for 72 hours from now, or, when that is
    not `enough`, for a second colleague; its state. The caller holds her wallet and has looked at its rights.

    It is not enough either when the last recovery was undone from the old mailbox: that is a "no" like one beforehand.
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
    if second and (row.second_by or row.first_by) == staff_id:
        raise Refused("conflict", "A second colleague has to do it.", why="same")
    noted: dict[str, Any] = {"proofs": sorted({*(row.proofs or []), *proofs})}
    noted |= {"second_by": staff_id} if second else {"first_by": staff_id, "member_id": member.id}
    if not second and undone_lately(member.id):
        noted["doubted_at"], enough = now, False
    if not (enough or second):
        run(update(Recovery).where(_recovery.id == request_id).values(state="checked", **noted))
        note("recovery", "checked", now, owner_id=member.id, how="desk", about=request_id)
        return "checked"
    acts_at = now + WAITS
    begun = {"state": "waiting", "begun_at": now, "acts_at": acts_at, **noted}
    run(update(Recovery).where(_recovery.id == request_id).values(**begun))
    _tell_begun(member, row, acts_at, now, "begun")
    _tell_waits(row, acts_at, now)
    note("recovery", "waiting", now, owner_id=member.id, how="desk", about=request_id)
    return "waiting"


def close_recovery(request_id: str, why: str, now: datetime) -> bool:
    """Staff refuse a request, or stop one that waits; whether there was anything to close."""
    open_one = update(Recovery).where(_recovery.id == request_id, _recovery.state.in_(OPEN))
    closed = open_one.values(state="refused", ended_at=now, ended_by=why).returning(
        _recovery.email, _recovery.locale, _recovery.member_id
    )
    row = run(closed).one_or_none()
    if row is not None:
        note("recovery", "refused", now, owner_id=row.member_id, how=why, about=request_id)
        notices.queue(
            "recovery_stopped", key=f"recovery_stopped/{request_id}", recipient=row.email, locale=row.locale, now=now,
            facts={"member_name": None},
        )  # fmt: skip
    return row is not None


def may_stop(person: Person, member: Card) -> bool:
    """Whether this session's word stops a recovery: any does, but while her card is stopped only one that an old
    passkey of hers has begun or proved."""
    return member.frozen_at is None or was_hers(person, member)


def stop_by_member(person: Person, now: datetime) -> Literal["stopped", "doubted", "nothing"]:
    """She is signed in and says no to another address: it is stopped, or (`doubted`) a second colleague decides."""
    ledger.lock(person.id)
    member = the_member(person.id)
    if member is None:
        return "nothing"
    if may_stop(person, member):
        return "stopped" if stop_recoveries(member, "member", now) else "nothing"
    return "doubted" if doubt_recoveries(member, now) else "nothing"


def recoveries_due(now: datetime) -> list[str]:
    """Requests whose waiting is over, or of which she is to be reminded."""
    not_yet = _recovery.reminded_at.is_(None)
    remind = and_(not_yet, _recovery.acts_at <= now + REMINDED_BEFORE + COMES_BY)
    due = or_(_recovery.acts_at <= now, remind)
    return list(read(select(_recovery.id).where(_recovery.state == "waiting", due)).scalars())


def carry_out(request_id: str, now: datetime) -> None:
    """Do what is due for one request: remind her, stop it because she got in after all, or give her the new address.

    Then everybody is signed out, her passkeys are gone, and what is as good as money waits. It never acts within a day
    of its reminder. Twice is once.
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
    if _got_in(member, row.begun_at):
        stop_recoveries(member, "signed_in", now)
    elif row.reminded_at is None:
        _remind(member, row, now)
    elif now < row.acts_at:
        return
    elif people.owner_of("email", people.address_hash(row.email)) not in (None, member.id):
        stop_recoveries(member, "taken", now)
    else:
        run(
            update(Recovery).where(_recovery.id == row.id).values(state="done", ended_at=now, ended_by="time")
        )
        note("recovery", "done", now, owner_id=member.id, how="time", about=row.id)
        end_sessions(member.id, now)
        forget_passkeys("member", member.id)
        final = row.doubted_at is not None
        put_address(member, row.email, how="recovery", actor="support", now=now, is_final=final)


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


def _got_in(member: Row[Any], since: datetime) -> bool:
    """Whether somebody signed in as her since then, or proved in a session of before that it is still her: then the way
    in that she has works. While her card is stopped only an old passkey of hers says so."""
    if member.frozen_at is not None:
        return old_passkey_used(member, since)
    shown = or_(_session.created_at >= since, _session.fresh_at >= since)
    if read(select(_session.id).where(_session.member_id == member.id, shown).limit(1)).first() is not None:
        return True
    # A passkey counts whatever became of the session that it opened or proved.
    return any(one.used_at is not None and one.used_at >= since for one in passkeys_of("member", member.id))


def _remind(member: Row[Any], row: Row[Any], now: datetime) -> None:
    """Tell her that it acts soon; where that comes late, it acts a day after."""
    acts_at = max(row.acts_at, now + REMINDED_BEFORE)
    run(update(Recovery).where(_recovery.id == row.id).values(reminded_at=now, acts_at=acts_at))
    _tell_begun(member, row, acts_at, now, "soon")
    note("recovery", "reminded", now, owner_id=member.id, how="time", about=row.id)
    if acts_at != row.acts_at:
        _tell_waits(row, acts_at, now)


def _tell_begun(member: Row[Any], row: Row[Any], acts_at: datetime, now: datetime, which: str) -> None:
    """To the address that she has. It may begin again, so the key names its time."""
    facts = {
        "new_email": masked(row.email), "acts_at": acts_at.isoformat(),
        "not_me_url": not_me_url(member.id, member.email, "recovery", now),
    }  # fmt: skip
    tell("recovery_begun", member, f"{row.id}/{which}/{acts_at.isoformat()}", facts, now)


def _tell_waits(row: Row[Any], acts_at: datetime, now: datetime) -> None:
    """To the new address."""
    notices.queue(
        "recovery_waits", key=f"recovery_waits/{row.id}/{acts_at.isoformat()}", recipient=row.email,
        locale=row.locale, now=now, facts={"member_name": None, "acts_at": acts_at.isoformat()},
    )  # fmt: skip
