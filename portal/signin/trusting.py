"""What of a stopped card is hers for sure, and what a thief may have brought along: passkeys and customer numbers.

What came with or after the thing that she said was not her goes with the stop. What came in the thirty days before, or
since, may be hers or his: it stays until the stop is lifted, and whoever lifts it says what she knows. All before that
is hers, so a passkey of then lifts the stop.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select

from portal import people
from portal.db import read, run
from portal.signin.models import Passkey, PasskeyOwner
from portal.signin.noting import note
from portal.signin.recovery_models import NotMe
from portal.signin.sessions import Person
from portal.signin.telling import NOT_ME_LASTS

_member, _report = people.Member.__table__.c, NotMe.__table__.c
_passkey, _owner = Passkey.__table__.c, PasskeyOwner.__table__.c
Card = (
    Row[Any] | Person
)  # a member as her row says, or as her session brought her along: whose card, stopped when


@dataclass(frozen=True, slots=True)
class Gone:
    """What she did not know and was taken away when a stop was lifted: the names of passkeys, and customer numbers."""

    passkeys: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


def the_member(member_id: str) -> Row[Any] | None:
    """A member's row as it is now."""
    return read(select(people.Member.__table__).where(_member.id == member_id)).one_or_none()


def young_passkeys(member: Card) -> list[Row[Any]]:
    """Passkeys that were added in the thirty days before her card was stopped, or since (id, name, created_at): each
    may be a thief's. The newest first; none while it is not stopped."""
    if member.frozen_at is None:
        return []
    hers = _passkeys_of(member.id).where(_passkey.created_at >= trusted_before(member))
    return list(read(hers.order_by(_passkey.created_at.desc(), _passkey.id.desc())).all())


def young_numbers(member: Card) -> list[Row[Any]]:
    """Customer numbers that were connected by a button in her mail in the thirty days before her card was stopped, or
    since (ref, shop_name, confirmed_at): whoever buys with one spends as her. The newest first; none while it is not
    stopped."""
    return [] if member.frozen_at is None else people.numbers_since(member.id, trusted_before(member))


def old_passkeys(member: Card) -> Select[Any]:
    """The ids of the passkeys that may lift this member's stop."""
    return (
        _passkeys_of(member.id)
        .where(_passkey.created_at < trusted_before(member))
        .with_only_columns(_passkey.id)
    )


def can_lift(member: Card) -> bool:
    """Whether a passkey of this member is old enough to lift her stop."""
    if member.frozen_at is None:
        return False
    return read(old_passkeys(member).limit(1)).first() is not None


def old_passkey_used(member: Card, since: datetime) -> bool:
    """Whether a passkey that may lift this member's stop was used since an instant."""
    return read(old_passkeys(member).where(_passkey.used_at >= since).limit(1)).first() is not None


def was_hers(person: Person, member: Card) -> bool:
    """Whether the proof of this session is a passkey that may lift this member's stop."""
    proved = select(_passkey.created_at).where(_passkey.id == person.passkey_id)
    made = read(proved).scalar_one_or_none() if person.passkey_id else None
    return made is not None and made < trusted_before(member)


def trusted_before(member: Card) -> datetime:
    """What is from before this instant is hers: thirty days before the first thing that she said was not her, or before
    the stop where staff began it. A thief adds his first and does the rest then; the mail about his has a link that
    works for as long, and takes it away."""
    said = (_report.member_id == member.id, _report.said_at >= member.frozen_at)
    first: datetime | None = read(select(func.min(_report.event_at)).where(*said)).scalar_one()
    stopped_at = member.frozen_at
    assert stopped_at is not None, "asked of a stopped card alone"
    return min(first or stopped_at, stopped_at) - NOT_ME_LASTS


def stop_of(member: Card) -> datetime | None:
    """What names a stop for who looks at it and lifts it later: when it began, or when she last said since that
    something was not her, for then it asks about more. None while her card is not stopped."""
    if member.frozen_at is None:
        return None
    said = (_report.member_id == member.id, _report.said_at >= member.frozen_at)
    last: datetime | None = read(select(func.max(_report.said_at)).where(*said)).scalar_one()
    stopped_at: datetime = member.frozen_at
    return max(last or stopped_at, stopped_at)


def remove_unknown(
    member: Row[Any], known: Collection[str], numbers: Collection[str], how: str, now: datetime
) -> Gone:
    """Take away what is young and she does not know, or a thief's passkey would be old enough one day, and his number
    would spend her points: of passkeys those whose ids are not among the `known`, of customer numbers all but
    `numbers`. The caller holds her wallet."""
    gone = [one for one in young_passkeys(member) if one.id not in known]
    run(delete(Passkey).where(_passkey.id.in_([one.id for one in gone])))
    for one in gone:
        note("passkey", "removed", now, owner_id=member.id, how=how, about=one.id)
    refs = [one.ref for one in young_numbers(member) if one.ref not in numbers]
    _unlink(member.id, refs, how, now)
    return Gone([one.name for one in gone], refs)


def remove_since(member_id: str, since: datetime, now: datetime) -> None:
    """Take away the passkeys that were added and the customer numbers that were connected from an instant on: whoever
    did that is in her card. The caller holds her wallet."""
    hers = select(_owner.secret).where(_owner.member_id == member_id).scalar_subquery()
    gone = delete(Passkey).where(_passkey.owner == hers, _passkey.created_at >= since)
    for passkey_id in run(gone.returning(_passkey.id)).scalars():
        note("passkey", "removed", now, owner_id=member_id, how="stop", about=passkey_id)
    _unlink(member_id, [one.ref for one in people.numbers_since(member_id, since)], "stop", now)


def _unlink(member_id: str, refs: Collection[str], how: str, now: datetime) -> None:
    for ref in refs:
        people.unlink(member_id, ref)
        note("number", "removed", now, owner_id=member_id, how=how)


def _passkeys_of(member_id: str) -> Select[Any]:
    shown = select(_passkey.id, _passkey.name, _passkey.created_at)
    return shown.join(PasskeyOwner, _owner.secret == _passkey.owner).where(_owner.member_id == member_id)
