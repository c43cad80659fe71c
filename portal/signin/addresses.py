"""Another address for a member: she proves the new one by a code, both are told, and the old one can undo it.

Every change ends in the same way, whoever asked for it (`put_address`): she is signed out elsewhere, what is as good as
money waits for 72 hours, and the old mailbox gets a link that puts it back for fourteen days (security.md rule 14).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import ledger, notices, people
from portal.db import new_id
from portal.errors import Refused
from portal.signin.challenges import forget_address
from portal.signin.codes import Asked, Tried, Visitor, resend_in
from portal.signin.entering import prove_address
from portal.signin.freezing import stop_recoveries
from portal.signin.limits import seconds_to_wait
from portal.signin.noting import note
from portal.signin.proving import find_code, forget_codes, send_code, try_code
from portal.signin.recovery_models import AddressChange
from portal.signin.rules import Limit, masked
from portal.signin.sessions import Person, end_all_but_this, is_fresh, renew
from portal.signin.telling import not_me_url, tell
from portal.signin.trusting import the_member
from portal.signin.undoing import UNDO_LASTS, UNDO_PATH, How, close_undos, keep_undo

# The numbers of PyPI's warehouse (security.md section 2): addresses that are added, and mails that prove them.
ADDED = Limit("added/1d", 2, timedelta(days=1))
MAILED = Limit("mailed/6h", 3, timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a typed code for another address; `token` is for the cookie, when it was right."""

    tried: Tried
    token: str | None = None


def ask_change(person: Person, email: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """Send a code to the address that a member wants, and tell the one she has. Two a day, three mails in six hours.

    The answer is the same when the address is another member's; its owner alone is told. Refuses `proof_needed` without
    a fresh proof, `stopped` while her card is frozen, and `bad_value` for the address that she has.
    """
    if not is_fresh(person, now):
        raise Refused("proof_needed", "It asks for a fresh proof.", status=403)
    people.refuse_while_stopped(person.id)
    address = people.normal_address(email)
    if address == person.email:
        raise Refused("bad_value", "This is the address she has.", pointer="/email")
    wait = _wait(MAILED, person.id, now) or _wait(ADDED, person.id, now)
    if wait:
        return Asked(None, wait)
    asked = _send(person.id, address, visitor, locale, now)
    member = the_member(person.id)
    if asked.challenge_id is not None and member is not None:
        note("address", "asked", now, owner_id=person.id, how="member", about=asked.challenge_id)
        url = not_me_url(member.id, member.email, "address_asked", now)
        tell(
            "address_asked",
            member,
            asked.challenge_id,
            {"new_email": masked(address), "not_me_url": url},
            now,
        )
    return asked


def ask_change_again(person: Person, code_id: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """Another code for the same new address, half a minute later at the soonest, in place of the one before."""
    code = find_code(code_id, "change", visitor.browser)
    if code is None or code.member_id != person.id or code.used_at is not None:
        return Asked(None)
    wait = resend_in(code, now) or _wait(MAILED, person.id, now)
    return Asked(None, wait) if wait else _send(person.id, code.email, visitor, locale, now, code_id)


def change(person: Person, code_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Changed:
    """The code of the new address is typed: the right one changes it, and gives this session another token.

    Refuses `stopped` while her card is frozen, and `conflict` when the address has become another's meanwhile.
    """
    ledger.lock(person.id)
    people.refuse_while_stopped(person.id)
    code = find_code(code_id, "change", visitor.browser)
    if code is None or code.member_id != person.id:
        return Changed(Tried("expired"))
    tried = try_code(code_id, "change", typed, visitor=visitor, now=now)
    member = the_member(person.id)
    if tried.outcome != "right" or member is None:
        return Changed(tried)
    end_all_but_this(person, now)
    put_address(member, code.email, how="member", actor="member", now=now)
    return Changed(tried, renew(person, now, is_fresh=False))


def put_address(
    member: Row[Any], email: str, *, how: How, actor: str, now: datetime, is_final: bool = False
) -> None:
    """The address is this member's now, and was proved. Both are told, the one of before with an undo link; what is as
    good as money waits, unless it is the word of a shop. The caller holds her wallet and has ended her sessions.

    `is_final`: nothing undoes it, and the undo links of before are dead; whoever reads the old mailbox has said no, and
    colleagues have seen proof. `member` is her row of before. An address that she had not proved is told nothing: it
    may be anybody's, and its undo would make it hers. Refuses `conflict` when the new one is another member's.
    """
    prove_address(member.id, member.ref, email, now=now, actor=actor)
    forget_codes(member.id)
    if how == "member":
        stop_recoveries(member, "member", now)  # she can get in, so no other address is needed
    change_id = new_id()
    note("address", "changed", now, owner_id=member.id, how=how, about=change_id)
    new = people.normal_address(email)
    facts = {"not_me_url": not_me_url(member.id, new, "address_changed", now)}
    if how != "shop":
        facts["waits_at"] = people.begin_wait(member.id, now).isoformat()
    tell("address_new", member, change_id, facts, now, to=new)
    if is_final:
        close_undos((AddressChange.__table__.c.member_id == member.id,), now)
    if not member.email or member.email_proved_at is None:
        return
    forget_address(member.email)
    url = "" if is_final else notices.address(UNDO_PATH + keep_undo(member, change_id, how, now))
    tell(
        "address_changed",
        member,
        change_id,
        {"new_email": masked(new), "undo_url": url, "days": UNDO_LASTS.days},
        now,
    )


def _send(
    member_id: str, address: str, visitor: Visitor, locale: str, now: datetime, again: str | None = None
) -> Asked:
    return send_code(
        address, purpose="change", visitor=visitor, locale=locale, now=now, member_id=member_id, again=again
    )


def _wait(limit: Limit, member_id: str, now: datetime) -> int:
    return seconds_to_wait("address", limit, member_id, now)
