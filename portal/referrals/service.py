"""The verbs of referrals. What is refused is a value: the friend joins whatever becomes of it (Reading 14)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, insert, select, update

from portal import ledger, people
from portal import programme as programmes
from portal.db import prepared, run, run_many, table
from portal.errors import Refused
from portal.referrals.giving_out import give_out
from portal.referrals.models import Invitation, Referral, ReferralCode
from portal.referrals.queries import Inviter, code_of, counted, invitation, inviter_of
from portal.referrals.rules import LETTERS, SHORTEST, is_same_person, name_part, person

_invitation, _member = Invitation.__table__.c, people.Member.__table__.c
POINTER = "/referral_code"
TRIES_AT_A_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the friend's order has to come to: minor units of the home currency that count."""

    minimum_minor: int


def give_code(member_id: str, name: str | None) -> str:
    """Give a member her code: a word of her first name and a few letters. The one she has stands.

    The letters come of her ref under the portal's key: nobody can guess them, and a simulation makes the same again.
    """
    known = code_of(member_id)
    if known is not None:
        return known
    for code in _codes(_person(member_id).ref, name):
        if people.take("referral", code, member_id):
            run(_insert_code(), {"member_id": member_id, "code": code})
            return code
    raise AssertionError("there are more letters than members")


def give_codes(newcomers: Sequence[tuple[str, str, str | None]]) -> bool:
    """As `give_code`, for several who have none (id, ref, name), one after the other.

    False, and the write must be undone to a savepoint, when another write has taken one of the codes meanwhile.
    """
    first = [next(_codes(ref, name)) for _, ref, name in newcomers]
    taken = people.taken("referral", first)
    owners: dict[str, str] = {}
    for member_id, ref, name in newcomers:
        code = next(
            code
            for number, code in enumerate(_codes(ref, name))
            if code not in owners and code not in (people.taken("referral", [code]) if number else taken)
        )
        owners[code] = member_id
    if not people.take_all("referral", owners):
        return False
    run_many(_insert_code(), [{"member_id": member_id, "code": code} for code, member_id in owners.items()])
    return True


def _codes(ref: str, name: str | None) -> Iterator[str]:
    """The codes that a member may have, the one she should have first."""
    beginning = name_part(name)
    for attempt in range(1000):
        length = SHORTEST + attempt // TRIES_AT_A_LENGTH  # where a name is common, its codes grow longer
        number = int(people.keyed_hash(f"referral/{ref}/{attempt}"), 16)
        letters = (LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(length))
        yield f"{beginning}-{''.join(letters)}"


@prepared
def _insert_code() -> Executable:
    return insert(table(ReferralCode))


def joined(friend_id: str, code: str, country: str | None, at: datetime) -> Refused | None:
    """A new member came by this code: it is written down for both, and she is given hers. What was refused, if it was.

    The offer is that of her country at joining. Its `why` is one of: `unknown`, `own`, `known` (invited before, or a
    member already), `country` (nothing is offered there), `limit`, `off` (the programme offers nothing at all). The
    same word again changes nothing. It locks the inviter too, so that of many friends at once no more count than may;
    nobody can be waiting for the friend, who is new.
    """
    number, active = programmes.active()
    known, inviter = invitation(friend_id), inviter_of(code)
    if known is not None:
        return _by_whom_she_came(known, inviter)
    if inviter is None:
        return _no("unknown", "Nobody has this code.", "unknown_key")
    friend, host = _person(friend_id), _person(inviter.id)
    before = people.former_owners(people.address_hash(friend.email)) if friend.email else []
    if inviter.id in (friend_id, *before) or is_same_person(friend.email, host.email):
        return _no("own", "Nobody brings herself.")
    if before:
        return _no("known", "She was a member before.")
    offer = active.referral_offer(country)
    if active.referral is None or offer is None:
        why = "off" if active.referral is None else "country"
        return _no(why, "The programme offers nothing for this.")
    day, limit = active.day(at), active.referral.limit
    ledger.lock(inviter.id)
    if limit is not None and counted(inviter.id, limit, day) >= limit.count:
        return _no("limit", f"{limit.count} friends a {limit.per} count.", "limit_reached")
    if (
        friend.email
        and people.reserve("person", people.address_hash(person(friend.email)), friend_id) != friend_id
    ):
        return _no("known", "She was invited before.")
    run(insert(table(Referral)), {"member_id": inviter.id, "friend_id": friend_id, "joined_on": day})
    row = {
        "member_id": friend_id, "inviter_id": inviter.id, "country": country, "programme_version": number,
        "joined_on": day,
    }  # fmt: skip
    run(insert(table(Invitation)), row)
    give_out(friend_id, offer.friend, "friend", friend_id, at=at)
    return None


def come_too_late(member_id: str, code: str) -> Refused | None:
    """A code that is told of somebody who is a member: refused, unless it is the one she came by."""
    return _by_whom_she_came(invitation(member_id), inviter_of(code))


def forget_code(member_id: str) -> None:
    """Take a member's code away, of which her first name is a part: she leaves. The directory's key is people's."""
    run(delete(ReferralCode).where(ReferralCode.member_id == member_id))


def awaited(friend_id: str) -> Awaited | None:
    """What is waited for of this friend's orders; None when nothing is, or not any more."""
    row = invitation(friend_id)
    return None if row is None or row.settled_on is not None else Awaited(_offered(row)[1])


def order_counted(friend_id: str, first_on: date | None, day: date) -> None:
    """Note on `day` when the friend's first order that counts was placed, None when there is none any more.

    Told whenever that may have changed. The inviter is given hers so many days after it (Reading 14), and at once where
    these are over when it is told: what she gets begins then, and not in the past. What is settled stays settled.
    """
    row = invitation(friend_id)
    if row is None or row.settled_on is not None or row.ordered_on == first_on:
        return
    due_on = None if first_on is None else max(day, first_on + timedelta(days=_offered(row)[0]))
    mine = (_invitation.member_id == friend_id, _invitation.settled_on.is_(None))
    run(update(Invitation).where(*mine).values(ordered_on=first_on, due_on=due_on))


def _by_whom_she_came(known: Row[Any] | None, inviter: Inviter | None) -> Refused | None:
    """Of a code that is told of somebody who has joined already: nothing where it is the one she came by."""
    if known is not None and inviter is not None and known.inviter_id == inviter.id:
        return None
    return _no("known", "She was a member before.")


def _offered(row: Row[Any]) -> tuple[int, int]:
    """By the programme version she joined under: days of waiting, and the least that the order comes to."""
    referral = programmes.version(row.programme_version).referral
    assert referral is not None, "an invitation is only written down where there is something to offer"
    return referral.matures_days, referral.minimum_minor or 0


def _person(member_id: str) -> Row[Any]:
    return run(_who(), {"p_member": member_id}).one()


@prepared
def _who() -> Executable:
    return select(_member.ref, _member.email, _member.name).where(_member.id == bindparam("p_member"))


def _no(why: str, message: str, code: str = "not_allowed") -> Refused:
    return Refused(code, f"The referral does not count. {message}", pointer=POINTER, why=why)
