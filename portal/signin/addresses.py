"""Another address for a member: she proves the new one by a code, both are told, and the old one can undo it.

Every change ends in the same way, whoever asked for it (`put_address`): she is signed out elsewhere, what is as good as
money waits for 72 hours, and the old mailbox gets a link that puts it back for fourteen days (security.md rule 14).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, exists, insert, select, update

from portal import ledger, notices, people
from portal.db import new_id, read, run
from portal.errors import Refused
from portal.signin.challenges import forget_address
from portal.signin.codes import Asked, Tried, Visitor, resend_in
from portal.signin.entering import prove_address
from portal.signin.freezing import stop_card, tell_stopped, the_member
from portal.signin.limits import seconds_to_wait
from portal.signin.noting import note
from portal.signin.proving import find_code, forget_codes, send_code, try_code
from portal.signin.recovery_models import AddressChange
from portal.signin.rules import Limit, masked
from portal.signin.secrets import new_token, token_hash
from portal.signin.sessions import Person, end_others, end_sessions, is_fresh, renew
from portal.signin.telling import Event, not_me_url, tell

UNDO_PATH = "/undo/"
UNDO_LASTS = timedelta(days=14)  # a mail may lie for a holiday
# The numbers of PyPI's warehouse (security.md section 2): addresses that are added, and mails that prove them.
ADDED = Limit("added/1d", 2, timedelta(days=1))
MAILED = Limit("mailed/6h", 3, timedelta(hours=6))
How = Literal["member", "recovery", "shop"]
State = Literal["open", "used", "late"]
Undone = Literal["back", "kept", "used", "late", "unknown"]
_change, _member = AddressChange.__table__.c, people.Member.__table__.c


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a typed code for another address; `token` is for the cookie, when it was right."""

    tried: Tried
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Undoable:
    """What the page behind an undo link shows: the address that comes back, and until when the link works."""

    state: State
    before: str
    changed_at: datetime
    ends_at: datetime


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
    end_others(person, now)
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
    change_id = new_id()
    note("address", "changed", now, owner_id=member.id, how=how, about=change_id)
    new = people.normal_address(email)
    facts = {"not_me_url": not_me_url(member.id, new, "address_changed", now)}
    if how != "shop":
        facts["waits_at"] = people.begin_wait(member.id, now).isoformat()
    tell("address_new", member, change_id, facts, now, to=new)
    if is_final:
        _close_undos((_change.member_id == member.id,), now)
    if not member.email or member.email_proved_at is None:
        return
    forget_address(member.email)
    url = "" if is_final else notices.address(UNDO_PATH + _keep(member, change_id, how, now))
    tell(
        "address_changed",
        member,
        change_id,
        {"new_email": masked(new), "undo_url": url, "days": UNDO_LASTS.days},
        now,
    )


def find_undo(token: str, now: datetime) -> Undoable | None:
    """The change behind a mailed link; None for a link that we never sent. Looking changes nothing."""
    row = read(_by_token(token)).one_or_none()
    return None if row is None else Undoable(_state(row, now), row.before, row.changed_at, row.ends_at)


def undo(token: str, now: datetime) -> Undone:
    """She presses the button behind the link in her old mailbox: the address comes back, everybody is signed out, and
    her card is stopped as by "this was not me". Once; changes that came after it go with it. What is as good as money
    waits on: it is not certain yet who pressed.

    `kept`: the card is stopped, but the old address is another member's by now, so the new one stays.
    """
    found = read(_by_token(token)).one_or_none()
    if found is None:
        note("address", "unknown", now, how="undo")
        return "unknown"
    outcome = _undo(token, found.member_id, now)
    note("address", outcome, now, owner_id=found.member_id, how="undo", about=found.id)
    return outcome


def _undo(token: str, member_id: str, now: datetime) -> Undone:
    ledger.lock(member_id)
    row = run(_by_token(token)).one_or_none()
    member = None if row is None else the_member(member_id)
    if row is None or member is None or member.status != "active":
        return "unknown"
    state = _state(row, now)
    if state != "open":
        return "used" if state == "used" else "late"
    _close_undos((_change.member_id == member.id, _change.changed_at >= row.changed_at), now)
    end_sessions(member.id, now)
    stop_card(member, Event(member.id, "address_changed", row.changed_at), row.undo_hash, now)
    if people.owner_of("email", people.address_hash(row.before)) not in (None, member.id):
        tell_stopped(member, row.id, now)
        return "kept"
    prove_address(member.id, member.ref, row.before, now=now, actor="member")
    facts = {"old_email": masked(row.before), "safety_url": notices.address("/safety")}
    for to in {member.email, row.before} - {None}:
        tell("address_back", member, f"{row.id}/{people.address_hash(to)[:16]}", facts, now, to=to)
    return "back"


def undone_lately(member_id: str) -> bool:
    """Whether the old mailbox put back an address that a recovery had changed, as long as that is kept."""
    undone = (_change.member_id == member_id, _change.how == "recovery", _change.undone_at.is_not(None))
    return bool(read(select(exists().where(*undone))).scalar_one())


def changes_of(member_id: str, limit: int = 10) -> list[Row[Any]]:
    """How and when this member's address changed lately (how, changed_at, undone_at), newest first; for staff."""
    shown = select(_change.how, _change.changed_at, _change.undone_at).where(_change.member_id == member_id)
    return list(read(shown.order_by(_change.changed_at.desc()).limit(limit)).all())


def _keep(member: Row[Any], change_id: str, how: How, now: datetime) -> str:
    """Remember the address of before for its undo; the token of the link."""
    token = new_token()
    run(
        insert(AddressChange),
        {
            "member_id": member.id, "id": change_id, "before": member.email, "undo_hash": token_hash(token), "how": how,
            "changed_at": now, "ends_at": now + UNDO_LASTS,
        },
    )  # fmt: skip
    return token


def _close_undos(which: tuple[Any, ...], now: datetime) -> None:
    """Let these undo links work no more."""
    run(update(AddressChange).where(*which, _change.undone_at.is_(None)).values(undone_at=now))


def _send(
    member_id: str, address: str, visitor: Visitor, locale: str, now: datetime, again: str | None = None
) -> Asked:
    return send_code(
        address, purpose="change", visitor=visitor, locale=locale, now=now, member_id=member_id, again=again
    )


def _wait(limit: Limit, member_id: str, now: datetime) -> int:
    return seconds_to_wait("address", limit, member_id, now)


def _by_token(token: str) -> Any:
    return select(AddressChange.__table__).where(_change.undo_hash == token_hash(token))


def _state(row: Row[Any], now: datetime) -> State:
    if row.undone_at is not None:
        return "used"
    return "open" if now < row.ends_at else "late"
