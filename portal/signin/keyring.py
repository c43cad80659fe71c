"""A person's passkeys: set up, named, used and removed (security.md rules 11-13). Members and staff have the same;
whose they are stands in owners.py.

Whoever calls `enter`, `prove` or `add` has taken the challenge before, in a write of its own (see ceremonies.py). What
is wrong with an answer is a value here, not a refusal, because what it leaves behind has to be committed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from portal import ledger, notices, people
from portal import programme as programmes
from portal.db import new_id, run, upsert
from portal.errors import Refused
from portal.signin import passkeys
from portal.signin.codes import Visitor
from portal.signin.models import Passkey, PasskeyOwner
from portal.signin.noting import What, note
from portal.signin.owners import owner_secret, passkeys_of, secret_of
from portal.signin.passkeys import Answer
from portal.signin.rules import FIRST_PASSKEY_WITHIN, numbered, passkey_label
from portal.signin.sessions import (
    Kind,
    Person,
    end_all_but_this,
    is_fresh,
    open_session,
    renew,
    safety_url,
    tell_of_new_device,
)
from portal.signin.telling import not_me_url

LONGEST_NAME = 60
_passkey, _owner = Passkey.__table__.c, PasskeyOwner.__table__.c
_member, _staff = people.Member.__table__.c, people.Staff.__table__.c


@dataclass(frozen=True, slots=True)
class Shown:
    """What showing a passkey led to: `token` is for the cookie, None when it opened nothing.

    `is_unknown`: it is no passkey of this portal any more, so the phone that offered it may forget it.
    """

    token: str | None = None
    is_unknown: bool = False


def may_add(person: Person, now: datetime) -> bool:
    """Whether this person may set a passkey up: after a fresh proof, and the very first one also with the mailed code
    or the one-time link that she has just signed in by. Else it would take two codes in a row to be rid of codes."""
    if is_fresh(person, now):
        return True
    return now - person.opened_at <= FIRST_PASSKEY_WITHIN and not passkeys_of(person.kind, person.id)


def refuse_while_stopped(person: Person) -> None:
    """Refuse `stopped` while a member's card is: whoever is in it then may be the one who was stopped, so the ways in
    stay as they are (security.md rule 14). Staff have no card."""
    if person.kind == "member":
        people.refuse_while_stopped(person.id)


def enter(answer: Answer, kind: Kind, *, visitor: Visitor, now: datetime) -> Shown:
    """Sign in whom the passkey belongs to. The caller has taken the challenge."""
    passkey = _locked(answer)
    if passkey is None:
        note("sign_in", "unknown", now, kind=kind, how="passkey")
        return Shown(is_unknown=True)
    person = None
    if _counts(passkey, answer, kind, now, found_by_itself=True):
        owner = run(select(PasskeyOwner.__table__).where(_owner.secret == passkey.owner)).one()
        owner_id = owner.member_id if kind == "member" else owner.staff_id
        person = None if owner_id is None else _active(kind, owner_id)
    if person is None:
        note("sign_in", "refused", now, kind=kind, how="passkey", about=passkey.id)
        return Shown()
    note("sign_in", "in", now, kind=kind, owner_id=person.id, how="passkey", about=passkey.id)
    ceremony_id = new_id()
    tell_of_new_device(
        person, kind, challenge_id=ceremony_id, browser=visitor.browser, agent=visitor.agent, now=now
    )
    token = open_session(
        kind, person.id, challenge_id=ceremony_id, browser=visitor.browser, agent=visitor.agent, now=now,
        passkey_id=passkey.id,
    )  # fmt: skip
    return Shown(token)


def prove(person: Person, answer: Answer, now: datetime) -> Shown:
    """Somebody who is signed in shows by a passkey of hers that it is still her: fresh, with another token."""
    passkey = _locked(answer)
    if (
        passkey is None
        or passkey.owner != owner_secret(person.kind, person.id)
        or not _counts(passkey, answer, person.kind, now, found_by_itself=False)
    ):
        _note("proof", "refused", person, now)
        return Shown()
    _note("proof", "right", person, now, passkey.id)
    return Shown(renew(person, now, passkey_id=passkey.id))


def add(person: Person, answer: Answer, *, visitor: Visitor, key_label: str, now: datetime) -> Shown:
    """Keep a passkey that this person's browser made. She is told, her other sessions end, this one gets another token.

    It is named after what keeps it; `key_label` is what a key to plug in is called in her language. Refuses
    `stopped` while her card is, and `proof_needed` where `may_add` says no.
    """
    _lock(person)
    refuse_while_stopped(person)
    if not may_add(person, now):
        raise Refused("proof_needed", "Setting up a passkey asks for a fresh proof.", status=403)
    made = passkeys.verify_made(answer, person.kind)
    if made is None:
        _note("passkey", "refused", person, now)
        return Shown()
    taken = [one.name for one in passkeys_of(person.kind, person.id)]
    name = numbered(passkey_label(made.aaguid, made.transports, visitor.agent, key_label), taken)
    passkey_id = new_id()
    written = run(
        upsert(Passkey).on_conflict_do_nothing(),
        {
            "owner": secret_of(person), "id": passkey_id, "credential_id": made.credential_id,
            "public_key": made.public_key, "sign_count": made.sign_count, "transports": made.transports,
            "aaguid": made.aaguid, "may_be_copied": made.may_be_copied, "is_backed_up": made.is_backed_up,
            "has_verified": True, "name": name, "created_at": now,
        },
    )  # fmt: skip
    if not written.rowcount:
        _note("passkey", "refused", person, now)
        return Shown()  # somebody's already
    proof = passkey_id if person.kind == "staff" else None  # whose link was good for this alone
    return Shown(_changed(person, "added", name, passkey_id, now, proof))


def rename(person: Person, passkey_id: str, name: str, now: datetime) -> None:
    """Call a passkey of hers something else. Refuses `proof_needed`, `bad_value` for no name, `unknown_key`."""
    _refuse_unless_fresh(person, now)
    words = " ".join(name.split())[:LONGEST_NAME]
    if not words:
        raise Refused("bad_value", "A passkey needs a name.", pointer="/name")
    mine = (_passkey.owner == owner_secret(person.kind, person.id), _passkey.id == passkey_id)
    if not run(update(Passkey).where(*mine).values(name=words)).rowcount:
        raise Refused("unknown_key", "There is no such passkey.", status=404)
    _note("passkey", "renamed", person, now, passkey_id)


def remove(person: Person, passkey_id: str, now: datetime) -> str | None:
    """Let a passkey open nothing any more. She is told, her other sessions end, and this one gets the answered token.

    Refuses `stopped` while her card is; `proof_needed`; `last_way_in` for the only passkey of staff, who get no mailed
    codes, and of a member without an address; `unknown_key`.
    """
    _lock(person)
    refuse_while_stopped(person)
    _refuse_unless_fresh(person, now)
    if len(passkeys_of(person.kind, person.id)) == 1 and (person.kind == "staff" or person.email is None):
        raise Refused("last_way_in", "It is the only way in that is left.", status=409)
    mine = (_passkey.owner == owner_secret(person.kind, person.id), _passkey.id == passkey_id)
    name = run(delete(Passkey).where(*mine).returning(_passkey.name)).scalar_one_or_none()
    if name is None:
        raise Refused("unknown_key", "There is no such passkey.", status=404)
    return _changed(person, "removed", name, passkey_id, now)


def forget_passkeys(kind: Kind, owner_id: str) -> int:
    """Delete all passkeys of somebody who leaves, or whose phone is lost with her mailbox; how many there were."""
    secret = owner_secret(kind, owner_id)
    gone = run(delete(Passkey).where(_passkey.owner == secret)).rowcount
    run(delete(PasskeyOwner).where(_owner.secret == secret))
    return int(gone)


def _counts(passkey: Row[Any], answer: Answer, kind: Kind, now: datetime, *, found_by_itself: bool) -> bool:
    """Whether a passkey showed what it must; its use is noted.

    When it signed and counted backwards, its owner is told once that a copy of it may exist, and this use does not
    count. It is not locked: its owner's own next use counts on (rule 13).
    """
    used = passkeys.verify_used(answer, kind, passkey, found_by_itself=found_by_itself)
    if used is None:
        return False
    this = _passkey.credential_id == passkey.credential_id
    if used.went_back:
        run(update(Passkey).where(this).values(doubted_at=now))
        owner = run(select(PasskeyOwner.__table__).where(_owner.secret == passkey.owner)).one()
        owner_id = owner.member_id or owner.staff_id
        whose = "member" if owner.staff_id is None else "staff"
        note("passkey", "doubted", now, kind=whose, owner_id=owner_id, about=passkey.id)
        person = _active(kind, owner_id)
        if person is not None:
            _tell(person, kind, "doubted", passkey.name, f"{passkey.id}/doubted", now)
        return False
    changed = {"sign_count": used.sign_count, "is_backed_up": used.is_backed_up, "used_at": now}
    run(update(Passkey).where(this).values(**changed))
    return True


def _changed(
    person: Person, what: str, name: str, passkey_id: str, now: datetime, proof: str | None = None
) -> str | None:
    """After a change of the ways in: she is told, others are signed out, and this session gets another token; a fresh
    one where the change itself was the `proof`, by this passkey."""
    _note("passkey", what, person, now, passkey_id)
    told = _active(person.kind, person.id)
    if told is not None:
        _tell(told, person.kind, what, name, f"{passkey_id}/{what}", now)
    end_all_but_this(person, now)
    return renew(person, now, passkey_id=proof, is_fresh=proof is not None)


def _tell(person: Row[Any], kind: Kind, what: str, name: str, key: str, now: datetime) -> None:
    if not person.email:
        return
    facts = {"member_name": None, "what": what, "passkey_name": name, "at": now.isoformat(), "not_me_url": ""}
    locale, member_id = programmes.active()[1].languages[0], None
    if kind == "member":
        facts["member_name"], locale, member_id = person.name, person.locale or locale, person.id
        facts["not_me_url"] = not_me_url(person.id, person.email, f"passkey_{what}", now)
    notices.queue(
        "passkey_changed", key=f"passkey_changed/{key}", recipient=person.email, locale=locale, now=now,
        facts=facts | {"safety_url": safety_url(kind)}, member_id=member_id,
    )  # fmt: skip


def _note(what: What, outcome: str, person: Person, now: datetime, passkey_id: str | None = None) -> None:
    note(
        what, outcome, now, kind=person.kind, owner_id=person.id, how="passkey" if what == "proof" else "",
        about=passkey_id,
    )  # fmt: skip


def _refuse_unless_fresh(person: Person, now: datetime) -> None:
    if not is_fresh(person, now):
        raise Refused("proof_needed", "Changing a passkey asks for a fresh proof.", status=403)


def _lock(person: Person) -> None:
    """A change of a member's ways in and a stop of her card come one after the other, so the stop sees the change."""
    if person.kind == "member":
        ledger.lock(person.id)


def _locked(answer: Answer) -> Row[Any] | None:
    this = select(Passkey.__table__).where(_passkey.credential_id == answer.credential_id)
    return run(this.with_for_update()).one_or_none()


def _active(kind: Kind, owner_id: str) -> Row[Any] | None:
    """A member who has not left, or somebody who still works here."""
    if kind == "member":
        found = select(people.Member.__table__).where(_member.id == owner_id, _member.status == "active")
    else:
        found = select(people.Staff.__table__).where(_staff.id == owner_id, _staff.disabled_at.is_(None))
    return run(found).one_or_none()
