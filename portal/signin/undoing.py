"""The link in the old mailbox that puts an address back: for fourteen days, whoever changed it (security.md rule 14).

Who proves at sign-in that she reads the mail of an address which a card had can do the same without the link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, exists, insert, select, update

from portal import ledger, notices, people
from portal.db import read, run
from portal.signin.entering import prove_address
from portal.signin.freezing import stop_card, tell_stopped
from portal.signin.noting import note
from portal.signin.recovery_models import AddressChange, NotMe
from portal.signin.rules import masked
from portal.signin.secrets import new_token, token_hash
from portal.signin.telling import Event, tell
from portal.signin.trusting import the_member

UNDO_PATH = "/undo/"
UNDO_LASTS = timedelta(days=14)  # a mail may lie for a holiday
How = Literal["member", "recovery", "shop"]
State = Literal["open", "kept", "back", "used", "late"]
Undone = Literal["back", "kept", "used", "late", "unknown"]
_change, _report = AddressChange.__table__.c, NotMe.__table__.c


@dataclass(frozen=True, slots=True)
class Undoable:
    """What the page behind an undo link shows: the address that comes back, and until when the link works.

    open: the button puts it back. kept: it was pressed, and the address is another card's for now. back: the address is
    hers again; `is_stopped` as long as her card is. used: it was settled otherwise. late: its time is over.
    """

    state: State
    before: str
    changed_at: datetime
    ends_at: datetime
    is_stopped: bool


def find_undo(token: str, now: datetime) -> Undoable | None:
    """The change behind a mailed link; None for a link that we never sent. Looking changes nothing."""
    row = read(_by_token(token)).one_or_none()
    return None if row is None else _undoable(row, now)


def find_undo_of(email: str, now: datetime) -> Undoable | None:
    """The newest change that took this address off a card and can be undone still; where the address is a member's, the
    one that was undone for her. None where there is none: for who has just proved that she reads its mail."""
    row = read(_of_address(email, now)).first()
    return None if row is None else _undoable(row, now)


def undo(token: str, now: datetime) -> Undone:
    """She presses the button behind the link in her old mailbox: the address comes back, everybody is signed out, and
    her card is stopped as by "this was not me". Once; changes that came after it go with it. What is as good as money
    waits on: it is not certain yet who pressed.

    `kept`: the card is stopped, but the old address is another member's by now, so the new one stays. The link works
    on, for the day on which the address is free again; until then it stops nothing a second time.
    """
    return _press(read(_by_token(token)).one_or_none(), now)


def undo_proved(email: str, now: datetime) -> Undone:
    """As `undo`, for who has proved by a code that she reads the mail of an address that a card had (`find_undo_of`):
    it does what the link in that mailbox does, and needs no mail."""
    return _press(read(_of_address(email, now)).first(), now)


def _press(found: Row[Any] | None, now: datetime) -> Undone:
    if found is None:
        note("address", "unknown", now, how="undo")
        return "unknown"
    outcome = _undo(found.member_id, found.id, now)
    note("address", outcome, now, owner_id=found.member_id, how="undo", about=found.id)
    return outcome


def _undo(member_id: str, change_id: str, now: datetime) -> Undone:
    ledger.lock(member_id)
    hers = (_change.member_id == member_id, _change.id == change_id)
    row, member = run(select(AddressChange.__table__).where(*hers)).one_or_none(), the_member(member_id)
    if row is None or member is None or member.status != "active":
        return "unknown"
    if row.undone_at is not None or row.ends_at <= now:
        return "used" if row.undone_at is not None else "late"
    event, was_pressed = Event(member.id, "address_changed", row.changed_at), _was_pressed(row)
    later = (_change.member_id == member.id, _change.changed_at >= row.changed_at)
    if _is_anothers(row):
        close_undos((*later, _change.id != row.id), now)
        if not was_pressed and stop_card(member, event, row.undo_hash, now):
            tell_stopped(member, row.id, now)
        return "kept"
    close_undos(later, now)
    # An address that goes back stops the card, also where the same link has stopped it before.
    stop_card(member, event, token_hash(row.undo_hash) if was_pressed else row.undo_hash, now)
    prove_address(member.id, member.ref, row.before, now=now, actor="member")
    facts = {"old_email": masked(row.before), "safety_url": notices.address("/safety")}
    for to in {member.email, row.before} - {None}:
        tell("address_back", member, f"{row.id}/{people.address_hash(to)[:16]}", facts, now, to=to)
    return "back"


def undone_lately(member_id: str) -> bool:
    """Whether the old mailbox put back an address that a recovery had changed, or would have, had it not been another
    card's by then; as long as that is kept."""
    pressed = exists().where(_report.token_hash == _change.undo_hash)
    undone = (
        _change.member_id == member_id,
        _change.how == "recovery",
        _change.undone_at.is_not(None) | pressed,
    )
    return bool(read(select(exists().where(*undone))).scalar_one())


def changes_of(member_id: str, limit: int = 10) -> list[Row[Any]]:
    """How and when this member's address changed lately (how, changed_at, undone_at), newest first; for staff."""
    shown = select(_change.how, _change.changed_at, _change.undone_at).where(_change.member_id == member_id)
    return list(read(shown.order_by(_change.changed_at.desc()).limit(limit)).all())


def keep_undo(member: Row[Any], change_id: str, how: How, now: datetime) -> str:
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


def close_undos(which: tuple[Any, ...], now: datetime) -> None:
    """Let the undo links of these changes (conditions on AddressChange) work no more."""
    run(update(AddressChange).where(*which, _change.undone_at.is_(None)).values(undone_at=now))


def _by_token(token: str) -> Any:
    return select(AddressChange.__table__).where(_change.undo_hash == token_hash(token))


def _of_address(email: str, now: datetime) -> Any:
    """Changes that took this address away: those that can be undone, or were for the member who has it now."""
    owner = people.owner_of("email", people.address_hash(email))
    which = (
        (_change.undone_at.is_(None),)
        if owner is None
        else (_change.undone_at.is_not(None), _change.member_id == owner)
    )
    lost = (_change.before == people.normal_address(email), _change.ends_at > now, *which)
    return select(AddressChange.__table__).where(*lost).order_by(_change.changed_at.desc()).limit(1)


def _undoable(row: Row[Any], now: datetime) -> Undoable:
    member = the_member(row.member_id)
    state: State = "open"
    if row.undone_at is not None:
        state = "back" if member is not None and member.email == row.before else "used"
    elif row.ends_at <= now:
        state = "late"
    elif _is_anothers(row) and _was_pressed(row):
        state = "kept"
    is_stopped = member is not None and member.frozen_at is not None
    return Undoable(state, row.before, row.changed_at, row.ends_at, is_stopped)


def _is_anothers(row: Row[Any]) -> bool:
    """Whether the address of before is another member's by now."""
    return people.owner_of("email", people.address_hash(row.before)) not in (None, row.member_id)


def _was_pressed(row: Row[Any]) -> bool:
    """Whether the link of this change has stopped the card before."""
    return read(select(_report.said_at).where(_report.token_hash == row.undo_hash)).first() is not None
