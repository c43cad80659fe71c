"""The verbs on people. Addresses are compared trimmed and lower-cased (Reading 13) and looked up by a keyed hash."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Executable, bindparam, delete, insert, literal, select, update

from portal import config
from portal.db import new_id, prepared, run, run_many, table, upsert
from portal.errors import Refused
from portal.people.models import (
    Attribute,
    ChildProfile,
    Consent,
    Directory,
    FormerAddress,
    Member,
)

Kind = Literal[
    "email", "customer", "card", "order", "activity", "referral", "person", "redemption", "code", "trial-card"
]  # fmt: skip
MADE_HERE = "m-"  # begins the ref of who joined without a shop's id; her card's number follows
ERASED_KEYS = ("email", "customer", "card", "referral")  # of who leaves; her orders stay the shop's


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member may tell about herself; None leaves a field as it is."""

    name: str | None = None
    phone: str | None = None
    birthday: str | None = None  # MM-DD
    country: str | None = None
    locale: str | None = None
    timezone: str | None = None


PROFILE = tuple(one.name for one in fields(Profile))


def normal_address(email: str) -> str:
    """The address as it is compared and kept: trimmed, lower-cased, and its domain in the letters that people read, as
    who signs in types it, and not in their ASCII form (xn--), as some shops send it."""
    address = email.strip().lower()
    if "xn--" not in address.rpartition("@")[2]:
        return address
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return address  # nobody can sign in with it, and it stays what the shop calls it


def ascii_address(email: str) -> str:
    """The address with its domain in the ASCII form (xn--), as some were kept once; every other as it is."""
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    try:
        return local + at + validate_email(email, check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return email


def address_hash(email: str) -> str:
    """Keyed hash of an address, under which the directory and the purses of guests know it."""
    return keyed_hash(normal_address(email))


def keyed_hash(text: str) -> str:
    """A hash that nobody can work out without this portal's key, the same each time, as 64 hexadecimal digits."""
    return hmac.new(config.current().address_secret, text.encode(), hashlib.sha256).hexdigest()


def reserve(kind: Kind, key: str, owner: str) -> str:
    """Write `key` down for `owner`, unless it stands; whose it is now. First come, for good.

    Whoever finds it taken holds it for the rest of the write: of those who want to move it, one goes at a time.
    """
    while True:  # it may be given up between the two statements
        if take(kind, key, owner):
            return owner
        standing = run(_held(), {"p_kind": kind, "p_key": key}).scalar_one_or_none()
        if standing is not None:
            return str(standing)


def take(kind: Kind, key: str, owner: str) -> bool:
    """Write `key` down for `owner` if nobody has it; whether it was free."""
    return run(_reserve(), {"kind": kind, "key": key, "owner": owner}).one_or_none() is not None


def take_all(kind: Kind, owners: Mapping[str, str]) -> bool:
    """Write each key down for its owner; False, and the write must be undone to a savepoint, when one was not free."""
    return _take_all({(kind, key): owner for key, owner in owners.items()})


def _take_all(owners: Mapping[tuple[Kind, str], str]) -> bool:
    # In the order of keys: of two that take the same ones, the second waits and neither waits for the other.
    rows = [{"kind": kind, "key": key, "owner": owner} for (kind, key), owner in sorted(owners.items())]
    return not rows or len(run(_reserve_all(), rows).all()) == len(rows)


@prepared
def _reserve() -> Executable:
    statement: Executable = upsert(Directory).on_conflict_do_nothing().returning(literal(1))
    return statement


@prepared
def _reserve_all() -> Executable:
    statement: Executable = upsert(Directory).on_conflict_do_nothing().returning(Directory.__table__.c.key)
    return statement


@prepared
def _held() -> Executable:
    directory = Directory.__table__.c
    return (
        select(directory.owner)
        .where(directory.kind == bindparam("p_kind"), directory.key == bindparam("p_key"))
        .with_for_update()
    )


def move(kind: Kind, key: str, owner: str) -> None:
    """Give what stands in the directory to another owner."""
    directory = Directory.__table__.c
    run(update(Directory).where(directory.kind == kind, directory.key == key).values(owner=owner))


def release(kind: Kind, keys: Sequence[str]) -> None:
    """Forget keys of the directory: they are free for whoever comes next."""
    directory = Directory.__table__.c
    forgotten = delete(Directory).where(directory.kind == kind, directory.key == bindparam("p_key"))
    run_many(forgotten, [{"p_key": key} for key in keys])


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who joins by a shop's word: her id there, when she joined, her address, and when that was proved."""

    ref: str
    profile: Profile
    joined_at: datetime
    joined_on: date
    email: str | None = None
    proved_at: datetime | None = None


def join_all(newcomers: Sequence[Newcomer]) -> list[str] | None:
    """As `join`, for several; answers their ids in order.

    None, and the write must be undone to a savepoint, when an id of the shop or an address was not free.
    """
    ids = [new_id() for _ in newcomers]
    rows: list[dict[str, Any]] = []
    owners: dict[tuple[Kind, str], str] = {}
    for one, member_id in zip(newcomers, ids, strict=True):
        number = _some_number()
        rows.append(
            _row(member_id, number, one.ref, one.profile, one.joined_at, one.joined_on)
            | {"email": one.email, "email_proved_at": one.proved_at}
        )
        keys: list[tuple[Kind, str]] = [("card", number), ("customer", one.ref)]
        keys += [("email", address_hash(one.email))] if one.email is not None else []
        if not owners.keys().isdisjoint(keys):
            return None
        owners |= dict.fromkeys(keys, member_id)
    run_many(_insert_member(), rows)
    return ids if _take_all(owners) else None


def join(
    profile: Profile,
    *,
    ref: str | None,
    email: str | None,
    proved: bool,
    joined_at: datetime,
    joined_on: date,
    now: datetime,
) -> str:
    """A new member; answers her id. Without a `ref` of the shop she gets one made from her card number.

    Refuses `conflict` when the address or the ref is somebody's already.
    """
    member_id = new_id()
    number = _new_number(member_id)
    ref = ref or f"{MADE_HERE}{number}"
    address = normal_address(email) if email else None
    row = _row(member_id, number, ref, profile, joined_at, joined_on)
    run(_insert_member(), {**row, "email": address, "email_proved_at": now if proved and address else None})
    if reserve("customer", ref, member_id) != member_id:
        raise Refused("conflict", "This member id is somebody's already.", pointer="/id")
    if address and reserve("email", address_hash(address), member_id) != member_id:
        raise Refused("conflict", "This address belongs to another member.", pointer="/email")
    return member_id


def _row(
    member_id: str, number: str, ref: str, profile: Profile, joined_at: datetime, joined_on: date
) -> dict[str, Any]:
    """A new member as she is inserted, without an address."""
    return {
        "id": member_id,
        "ref": ref,
        "number": number,
        "email": None,
        "email_proved_at": None,
        **{name: getattr(profile, name) for name in PROFILE},
        "joined_at": joined_at,
        "joined_on": joined_on,
        "marketing": False,
        "status": "active",
    }


@prepared
def _insert_member() -> Executable:
    return insert(table(Member))


def link(member_id: str, ref: str) -> None:
    """Let shops know this member by `ref` too. The first id that a shop has for her stays the one that she is told by;
    one that was made here, because she joined without a shop's, gives way."""
    if reserve("customer", ref, member_id) != member_id:
        raise Refused("conflict", "This member id is somebody's already.", pointer="/id")
    member = Member.__table__.c
    made_here = (member.id == member_id, member.ref == literal(MADE_HERE) + member.number)
    run(update(Member).where(*made_here).values(ref=ref))


def change(member_id: str, profile: Profile) -> None:
    """Write the fields of `profile` that are given."""
    given = {name: value for name, value in asdict(profile).items() if value is not None}
    if given:
        run(update(Member).where(Member.__table__.c.id == member_id).values(**given))


def prove_address(member_id: str, email: str, now: datetime) -> None:
    """The address is this member's, as she or the shop has shown; the one she had before is free again.

    Refuses `conflict` when it is another member's.
    """
    _set_address(member_id, email, email_proved_at=now)


def note_address(member_id: str, email: str) -> None:
    """Write down an address that nobody has proved; else as `prove_address`."""
    _set_address(member_id, email)


def _set_address(member_id: str, email: str, **proof: datetime) -> None:
    address = normal_address(email)
    key = address_hash(address)
    if reserve("email", key, member_id) != member_id:
        raise Refused("conflict", "This address belongs to another member.", pointer="/email")
    directory, member = Directory.__table__.c, Member.__table__.c
    given_up = run(
        delete(Directory)
        .where(directory.kind == "email", directory.owner == member_id, directory.key != key)
        .returning(directory.key)
    )
    former = [{"member_id": member_id, "address_hash": before} for before in given_up.scalars()]
    run_many(upsert(FormerAddress).on_conflict_do_nothing(), former)
    run(update(Member).where(member.id == member_id).values(email=address, **proof))


def leave(member_id: str) -> None:
    """Erase who a member was; her address, ids, number and codes are free or dead, her figures stay without a name.

    What shops told of her and the children under her membership are forgotten with her. Of a proved address the keyed
    hash is kept, so that what is given once per person stays once (Reading 36).
    """
    directory, member = Directory.__table__.c, Member.__table__.c
    row = run(select(member.email, member.email_proved_at).where(member.id == member_id)).one()
    if row.email and row.email_proved_at is not None:
        before = {"member_id": member_id, "address_hash": address_hash(row.email)}
        run_many(upsert(FormerAddress).on_conflict_do_nothing(), [before])
    run(delete(Directory).where(directory.owner == member_id, directory.kind.in_(ERASED_KEYS)))
    for told in (Attribute, ChildProfile):
        run(delete(told).where(told.__table__.c.member_id == member_id))
    erased = dict.fromkeys((*PROFILE, "email", "email_proved_at", "frozen_at", "waits_until"))
    run(update(Member).where(member.id == member_id).values(status="left", marketing=False, **erased))


def consent(member_id: str, kind: str, given: bool, *, version: str, source: str, at: datetime) -> None:
    """Log what a member agreed to or withdrew; `marketing` also stands on the member."""
    consent_all([(member_id, at)], kind, given, version=version, source=source)


def consent_all(
    members: Sequence[tuple[str, datetime]], kind: str, given: bool, *, version: str, source: str
) -> None:
    """As `consent`, for several: each by id, and when."""
    news = {"kind": kind, "given": given, "version": version, "source": source}
    run_many(
        _insert_consent(),
        [{"member_id": member_id, "id": new_id(), "at": at, **news} for member_id, at in members],
    )
    if kind == "marketing":
        run_many(_note_marketing(), [{"p_member": member_id, "p_given": given} for member_id, _ in members])


@prepared
def _insert_consent() -> Executable:
    return insert(table(Consent))


@prepared
def _note_marketing() -> Executable:
    who = Member.__table__.c
    here = (who.id == bindparam("p_member"), who.status == "active")
    return update(table(Member)).where(*here).values(marketing=bindparam("p_given"))


def _new_number(member_id: str) -> str:
    """A card number of twelve digits, the last one a check digit (Luhn), that nobody else has."""
    while True:
        number = _some_number()
        if reserve("card", number, member_id) == member_id:
            return number


def _some_number() -> str:
    digits = f"{secrets.randbelow(9 * 10**10) + 10**10}"
    return digits + _luhn(digits)


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
