"""One press on "this was not me" stops whoever is in her card, and what lifts the stop again.

Everybody is signed out, nothing of value leaves her, passkeys and customer numbers that came with or after the event
are gone (trusting.py), an address that was about to change stays; pressed again while the card is stopped, it stays
until a second colleague has seen proof, for whoever reads her mail can press as well as she. Only a passkey that was
hers long before lifts it, or staff (portal/support/recovering.py): a mailed code does not, because whoever reads her
mail may be the one who was stopped, and neither does a passkey that he may have added shortly before.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, or_, select, update

from portal import ledger, notices, people
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.signin.models import Session
from portal.signin.noting import note
from portal.signin.recovery_models import AddressCode, NotMe, Recovery
from portal.signin.secrets import token_hash
from portal.signin.sessions import Person, end_sessions, is_fresh
from portal.signin.telling import Event, not_me_url, read_not_me, tell
from portal.signin.trusting import (
    Gone,
    old_passkeys,
    remove_since,
    remove_unknown,
    stop_of,
    the_member,
    was_hers,
)

_report, _session = NotMe.__table__.c, Session.__table__.c
_recovery, _code = Recovery.__table__.c, AddressCode.__table__.c
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
    remove_since(member.id, event.at, now)
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
    person: Person,
    now: datetime,
    *,
    since: datetime | None,
    known: Collection[str] = (),
    numbers: Collection[str] = (),
) -> Gone:
    """She has just shown by a passkey of hers that it is her: what was stopped goes on, and another address that was on
    its way is not needed. `since`: the stop that her page has shown (`stop_of`). Of `young_passkeys` those whose ids
    are not among the `known` are removed, of `young_numbers` all but `numbers`; what is gone. Lifted twice is once.

    Refuses `proof_needed` without a fresh proof, `passkey_needed` when that was a mailed code, or a passkey that is not
    older than what happened by thirty days, and `conflict` for another stop than that of `since`.
    """
    ledger.lock(person.id)
    member = the_member(person.id)
    if member is None or member.frozen_at is None:
        return Gone()
    if not is_fresh(person, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
    if not was_hers(person, member):
        note("stop", "refused", now, owner_id=person.id, how="passkey", about=person.passkey_id)
        raise Refused("passkey_needed", "Only a passkey of long before the stop lifts it.", status=403)
    if since != stop_of(member):
        raise Refused("conflict", "Her card was stopped anew meanwhile.", status=409, why="stopped_anew")
    gone = remove_unknown(member, known, numbers, "lift", now)
    note("stop", "lifted", now, owner_id=person.id, how="passkey", about=person.passkey_id)
    stop_recoveries(member, "signed_in", now)
    lift(member, now, gone, here=person.session_id)
    return gone


def lift_at_desk(
    member: Row[Any], known: Collection[str], now: datetime, *, numbers: Collection[str] = ()
) -> Gone:
    """Let her points move again because staff have seen who she is. Of the passkeys and customer numbers that are not
    old enough to be hers for sure those stay that she knows (`known`, ids; `numbers`); the others are gone. The caller
    holds her wallet."""
    gone = remove_unknown(member, known, numbers, "desk", now)
    note("stop", "lifted", now, owner_id=member.id, how="desk")
    lift(member, now, gone)
    return gone


def lift(member: Row[Any], now: datetime, gone: Gone | None = None, *, here: str = "") -> None:
    """Let her points move again, and tell her, also what is `gone`. Who may, the caller has decided; it holds her
    wallet.

    Everybody is signed out but the session `here`, which lifts it, and those of passkeys that may lift it: by a mailed
    code the thief whom the stop signed out may have come back.
    """
    if people.lift_freeze(member.id):
        by_hers = _session.passkey_id.in_(old_passkeys(member))
        stays = select(_session.id).where(_session.member_id == member.id, or_(_session.id == here, by_hers))
        end_sessions(member.id, now, keep=list(read(stays).scalars()), how="lift")
        facts = {
            "not_me_url": not_me_url(member.id, member.email, "lifted", now),
            "removed": ", ".join(gone.passkeys if gone else ()),
            "numbers": ", ".join(gone.numbers if gone else ()),
        }
        tell("stop_lifted", member, f"{member.id}/{now.isoformat()}", facts, now)


def trouble_of(person: Person) -> Literal["stopped", "changing", ""]:
    """What a member has to know before all else about her safety: her card is stopped, or about to get another
    address; empty for nothing."""
    if person.frozen_at is not None:
        return "stopped"
    under_way = (_recovery.member_id == person.id, _recovery.state.in_(UNDER_WAY))
    return "changing" if read(select(_recovery.id).where(*under_way).limit(1)).first() is not None else ""


def reports_of(member_id: str, limit: int = 10) -> list[Row[Any]]:
    """What this member said was not her (event, event_at, said_at), the newest first; for staff."""
    statement = select(NotMe.__table__).where(_report.member_id == member_id)
    return list(read(statement.order_by(_report.said_at.desc()).limit(limit)).all())
