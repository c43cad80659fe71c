"""One press on "this was not me" stops whoever is in her card, and what lifts the stop again.

Everybody is signed out, nothing of value leaves her, passkeys that came with or after the event are gone, an address
that was about to change stays; pressed again while the card is stopped, it stays until a second colleague has seen
proof, for whoever reads her mail can press as well as she. Only a passkey that was hers long before lifts it, or staff
(portal/support/recovering.py): a mailed code does not, because whoever reads her mail may be the one who was stopped,
and neither does a passkey that he may have added shortly before.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, delete, func, or_, select, update

from portal import ledger, notices, people
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.signin.models import Passkey, PasskeyOwner, Session
from portal.signin.noting import note
from portal.signin.recovery_models import AddressCode, NotMe, Recovery
from portal.signin.secrets import token_hash
from portal.signin.sessions import Person, end_sessions, is_fresh
from portal.signin.telling import NOT_ME_LASTS, Event, not_me_url, read_not_me, tell

_member, _report = people.Member.__table__.c, NotMe.__table__.c
_passkey, _owner = Passkey.__table__.c, PasskeyOwner.__table__.c
_recovery, _code = Recovery.__table__.c, AddressCode.__table__.c
_session = Session.__table__.c
UNDER_WAY = ("checked", "waiting")


def say_not_me(token: str, *, now: datetime) -> Literal["stopped", "before", "unknown"]:
    """She presses the button behind the link of a mail: her card is stopped. Each link works once; pressed again it
    changes nothing (`before`), also after the stop was lifted. `unknown`: no link of ours, too old, or she has left."""
    event = read_not_me(token, now)
    member = None
    if event is not None:
        ledger.lock(event.member_id)
        member = the_member(event.member_id)
    if event is None or member is None or member.status != "active":
        note("stop", "unknown", now, how="not_me")
        return "unknown"
    if not stop_card(member, event, token_hash(token), now):
        note("stop", "before", now, owner_id=member.id, how=event.what)
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
    moved = people.freeze(member.id, now)
    note("stop", "stopped" if moved else "again", now, owner_id=member.id, how=event.what)
    _forget_passkeys(member.id, event.at, now)
    run(delete(AddressCode).where(_code.member_id == member.id))
    if moved:
        stop_recoveries(member, "not_me", now)
    else:
        doubt_recoveries(member, now)
    return True


def stop_at_desk(member: Row[Any], now: datetime) -> None:
    """Stop this member's card because somebody else reads her mail, as she has said at the desk: she cannot press the
    button of a mail herself. Stopped twice is once. The caller holds her wallet."""
    if people.freeze(member.id, now):
        note("stop", "stopped", now, owner_id=member.id, how="desk")
        end_sessions(member.id, now)
        run(delete(AddressCode).where(_code.member_id == member.id))
        tell_stopped(member, f"{member.id}/{now.isoformat()}", now)


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
        note("recovery", "stopped", now, owner_id=member.id, how=why, about=one.id)
        notices.queue(
            "recovery_stopped", key=f"recovery_stopped/{one.id}", recipient=one.email, locale=one.locale, now=now,
            facts={"member_name": None},
        )  # fmt: skip
    return len(stopped)


def doubt_recoveries(member: Row[Any], now: datetime) -> int:
    """Somebody says no while the card is stopped: what would give her another address waits for a second colleague, and
    who asked is told; how many there were. It can be said once, or a thief in the mailbox would say it for ever."""
    doubted = run(
        update(Recovery)
        .where(
            _recovery.member_id == member.id, _recovery.state.in_(UNDER_WAY), _recovery.doubted_at.is_(None)
        )
        .values(state="checked", doubted_at=now, begun_at=None, acts_at=None, reminded_at=None)
        .returning(_recovery.id, _recovery.email, _recovery.locale)
    ).all()
    for one in doubted:
        note("recovery", "doubted", now, owner_id=member.id, about=one.id)
        notices.queue(
            "recovery_doubted", key=f"recovery_doubted/{one.id}", recipient=one.email, locale=one.locale, now=now,
            facts={"member_name": None},
        )  # fmt: skip
    return len(doubted)


def lift_by_passkey(
    person: Person, now: datetime, *, since: datetime | None, known: Collection[str] = ()
) -> list[str]:
    """She has just shown by a passkey of hers that it is her: what was stopped goes on, and another address that was on
    its way is not needed. `since`: when the stop began that her page has shown. Of `young_passkeys` those whose ids are
    not among the `known` are removed; their names. Lifted twice is once.

    Refuses `proof_needed` without a fresh proof, `passkey_needed` when that was a mailed code, or a passkey that is not
    older than what happened by thirty days, and `conflict` for another stop than that of `since`.
    """
    ledger.lock(person.id)
    member = the_member(person.id)
    if member is None or member.frozen_at is None:
        return []
    if not is_fresh(person, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
    if not was_hers(person, member):
        note("stop", "refused", now, owner_id=person.id, how="passkey", about=person.passkey_id)
        raise Refused("passkey_needed", "Only a passkey of long before the stop lifts it.", status=403)
    if since != member.frozen_at:
        raise Refused("conflict", "Her card was stopped anew meanwhile.", status=409, why="stopped_anew")
    names = _remove_unknown(member, known, "lift", now)
    note("stop", "lifted", now, owner_id=person.id, how="passkey", about=person.passkey_id)
    stop_recoveries(member, "signed_in", now)
    lift(member, now, names, here=person.session_id)
    return names


def lift_at_desk(member: Row[Any], known: Collection[str], now: datetime) -> list[str]:
    """Let her points move again because staff have seen who she is. Of the passkeys that are not old enough to be hers
    for sure those stay that she knows (`known`, ids); the names of the others, which are gone. The caller holds her
    wallet."""
    names = _remove_unknown(member, known, "desk", now)
    note("stop", "lifted", now, owner_id=member.id, how="desk")
    lift(member, now, names)
    return names


def lift(member: Row[Any], now: datetime, removed: Sequence[str] = (), *, here: str = "") -> None:
    """Let her points move again, and tell her, also the names of passkeys that were removed. Who may, the caller has
    decided; it holds her wallet.

    Everybody is signed out but the session `here`, which lifts it, and those of passkeys that may lift it: by a mailed
    code the thief whom the stop signed out may have come back.
    """
    if people.lift_freeze(member.id):
        hers = _passkeys_of(member.id).where(_passkey.created_at < _trusted_before(member))
        by_hers = _session.passkey_id.in_(hers.with_only_columns(_passkey.id))
        stays = select(_session.id).where(_session.member_id == member.id, or_(_session.id == here, by_hers))
        end_sessions(member.id, now, keep=list(read(stays).scalars()), how="lift")
        facts = {
            "not_me_url": not_me_url(member.id, member.email, "lifted", now),
            "removed": ", ".join(removed),
        }
        tell("stop_lifted", member, f"{member.id}/{now.isoformat()}", facts, now)


def young_passkeys(member: Row[Any]) -> list[Row[Any]]:
    """Passkeys that were added in the thirty days before her card was stopped, or since (id, name, created_at): each
    may be a thief's. The newest first; none while it is not stopped."""
    if member.frozen_at is None:
        return []
    hers = _passkeys_of(member.id).where(_passkey.created_at >= _trusted_before(member))
    return list(read(hers.order_by(_passkey.created_at.desc(), _passkey.id.desc())).all())


def can_lift(person: Person) -> bool:
    """Whether a passkey of this member is old enough to lift her stop."""
    member = the_member(person.id)
    if member is None or member.frozen_at is None:
        return False
    older = _passkeys_of(person.id).where(_passkey.created_at < _trusted_before(member))
    return read(older.limit(1)).first() is not None


def old_passkey_used(member: Row[Any], since: datetime) -> bool:
    """Whether a passkey that may lift this member's stop was used since an instant."""
    older = _passkeys_of(member.id).where(_passkey.created_at < _trusted_before(member))
    return read(older.where(_passkey.used_at >= since).limit(1)).first() is not None


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


def was_hers(person: Person, member: Row[Any]) -> bool:
    """Whether the proof of this session is a passkey that may lift this member's stop."""
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


def _passkeys_of(member_id: str) -> Select[Any]:
    shown = select(_passkey.id, _passkey.name, _passkey.created_at)
    return shown.join(PasskeyOwner, _owner.secret == _passkey.owner).where(_owner.member_id == member_id)


def _remove_unknown(member: Row[Any], known: Collection[str], how: str, now: datetime) -> list[str]:
    """Take away the young passkeys that she does not know, or a thief's would be old enough one day; their names."""
    removed = [one for one in young_passkeys(member) if one.id not in known]
    run(delete(Passkey).where(_passkey.id.in_([one.id for one in removed])))
    for one in removed:
        note("passkey", "removed", now, owner_id=member.id, how=how, about=one.id)
    return [one.name for one in removed]


def _forget_passkeys(member_id: str, since: datetime, now: datetime) -> None:
    """Take away the passkeys that were added from an instant on: whoever did that is in her card."""
    hers = select(_owner.secret).where(_owner.member_id == member_id).scalar_subquery()
    gone = delete(Passkey).where(_passkey.owner == hers, _passkey.created_at >= since)
    for passkey_id in run(gone.returning(_passkey.id)).scalars():
        note("passkey", "removed", now, owner_id=member_id, how="stop", about=passkey_id)
