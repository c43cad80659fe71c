"""One press on "this was not me" stops whoever is in her card, and what lifts the stop again.

Everybody is signed out, nothing of value leaves her, passkeys that came with or after the event are gone, an address
that was about to change stays. Only a passkey that was hers long before lifts it, or staff
(portal/support/recovering.py): a mailed code does not, because whoever reads her mail may be the one who was stopped,
and neither does a passkey that he may have added shortly before.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, func, select, update

from portal import ledger, notices, people
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.signin.models import Passkey, PasskeyOwner
from portal.signin.recovery_models import AddressCode, NotMe, Recovery
from portal.signin.secrets import token_hash
from portal.signin.sessions import Person, end_sessions, is_fresh
from portal.signin.telling import NOT_ME_LASTS, Event, not_me_url, read_not_me, tell

_member, _report = people.Member.__table__.c, NotMe.__table__.c
_passkey, _owner = Passkey.__table__.c, PasskeyOwner.__table__.c
_recovery, _code = Recovery.__table__.c, AddressCode.__table__.c
UNDER_WAY = ("checked", "waiting")


def say_not_me(token: str, *, now: datetime) -> Literal["stopped", "before", "unknown"]:
    """She presses the button behind the link of a mail: her card is stopped. Each link works once; pressed again it
    changes nothing (`before`), also after the stop was lifted. `unknown`: no link of ours, too old, or she has left."""
    event = read_not_me(token, now)
    if event is None:
        return "unknown"
    ledger.lock(event.member_id)
    member = the_member(event.member_id)
    if member is None or member.status != "active":
        return "unknown"
    if not stop_card(member, event, token_hash(token), now):
        return "before"
    tell_stopped(member, token_hash(token), now)
    return "stopped"


def was_said(token: str) -> bool:
    """Whether the button behind this link was pressed before."""
    return read(select(_report.said_at).where(_report.token_hash == token_hash(token))).first() is not None


def stop_card(member: Row[Any], event: Event, said_hash: str, now: datetime) -> bool:
    """Stop this member's card because of an event that she says was not her; False when she said so before.

    The caller holds her wallet and tells her.
    """
    said = {
        "member_id": member.id, "token_hash": said_hash, "event": event.what, "event_at": event.at, "said_at": now,
    }  # fmt: skip
    if not run(upsert(NotMe).on_conflict_do_nothing(), said).rowcount:
        return False
    end_sessions(member.id, now)
    people.freeze(member.id, now)
    _forget_passkeys(member.id, event.at)
    run(delete(AddressCode).where(_code.member_id == member.id))
    stop_recoveries(member, "not_me", now)
    return True


def tell_stopped(member: Row[Any], key: str, now: datetime) -> None:
    """Say at her address what was stopped, and what lifts it."""
    tell("card_stopped", member, key, {"safety_url": notices.address("/safety")}, now)


def stop_recoveries(member: Row[Any], why: str, now: datetime) -> int:
    """Stop what would give this member another address, and say so at that address; how many there were."""
    stopped = run(
        update(Recovery)
        .where(_recovery.member_id == member.id, _recovery.state.in_(UNDER_WAY))
        .values(state="stopped", ended_at=now, ended_by=why)
        .returning(_recovery.id, _recovery.email, _recovery.locale)
    ).all()
    for one in stopped:
        notices.queue(
            "recovery_stopped", key=f"recovery_stopped/{one.id}", recipient=one.email, locale=one.locale, now=now,
            facts={"member_name": None},
        )  # fmt: skip
    return len(stopped)


def lift_by_passkey(person: Person, now: datetime) -> None:
    """She has just shown by a passkey of hers that it is her: what was stopped goes on. Lifted twice is once.

    Refuses `proof_needed` without a fresh proof, and `passkey_needed` when that was a mailed code, or a passkey that
    is not older than what happened by thirty days.
    """
    ledger.lock(person.id)
    member = the_member(person.id)
    if member is None or member.frozen_at is None:
        return
    if not is_fresh(person, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
    if not _was_hers(person, member):
        raise Refused("passkey_needed", "Only a passkey of long before the stop lifts it.", status=403)
    lift(member, now)


def lift(member: Row[Any], now: datetime) -> None:
    """Let her points move again, and tell her. Who may, the caller has decided; it holds her wallet."""
    if people.lift_freeze(member.id):
        facts = {"not_me_url": not_me_url(member.id, "lifted", now)}
        tell("stop_lifted", member, f"{member.id}/{now.isoformat()}", facts, now)


def can_lift(person: Person) -> bool:
    """Whether a passkey of this member is old enough to lift her stop."""
    member = the_member(person.id)
    if member is None or member.frozen_at is None:
        return False
    hers = select(_passkey.id).join(PasskeyOwner, _owner.secret == _passkey.owner)
    older = hers.where(_owner.member_id == person.id, _passkey.created_at < _trusted_before(member))
    return read(older.limit(1)).first() is not None


def trouble_of(member_id: str) -> Literal["stopped", "changing", ""]:
    """What a member has to know before all else about her safety: her card is stopped, or about to get another
    address; empty for nothing."""
    member = the_member(member_id)
    if member is not None and member.frozen_at is not None:
        return "stopped"
    under_way = (_recovery.member_id == member_id, _recovery.state.in_(UNDER_WAY))
    return "changing" if read(select(_recovery.id).where(*under_way).limit(1)).first() is not None else ""


def reports_of(member_id: str, limit: int = 10) -> list[Row[Any]]:
    """What this member said was not her (event, event_at, said_at), the newest first; for staff."""
    statement = select(NotMe.__table__).where(_report.member_id == member_id)
    return list(read(statement.order_by(_report.said_at.desc()).limit(limit)).all())


def the_member(member_id: str) -> Row[Any] | None:
    """A member's row as it is now."""
    return read(select(people.Member.__table__).where(_member.id == member_id)).one_or_none()


def _was_hers(person: Person, member: Row[Any]) -> bool:
    proved = select(_passkey.created_at).where(_passkey.id == person.passkey_id)
    made = read(proved).scalar_one_or_none() if person.passkey_id else None
    return made is not None and made < _trusted_before(member)


def _trusted_before(member: Row[Any]) -> datetime:
    """A passkey of before this instant is hers: thirty days before the first thing that she said was not her, or before
    the stop where staff began it. A thief adds his first and does the rest then; the mail about his has a link that
    works for as long, and takes it away."""
    said = (_report.member_id == member.id, _report.said_at >= member.frozen_at)
    first: datetime | None = read(select(func.min(_report.event_at)).where(*said)).scalar_one()
    stopped_at: datetime = member.frozen_at
    return min(first or stopped_at, stopped_at) - NOT_ME_LASTS


def _forget_passkeys(member_id: str, since: datetime) -> None:
    """Take away the passkeys that were added from an instant on: whoever did that is in her card."""
    hers = select(_owner.secret).where(_owner.member_id == member_id).scalar_subquery()
    run(delete(Passkey).where(_passkey.owner == hers, _passkey.created_at >= since))
