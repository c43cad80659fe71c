"""Finding people."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Executable, Row, and_, bindparam, func, or_, select

from portal.db import prepared, read
from portal.people.models import Consent, Directory, FormerAddress, Member, Staff

_member, _directory, _former = Member.__table__.c, Directory.__table__.c, FormerAddress.__table__.c
LEAST_NAME = 2  # letters: a family name of one syllable is whole with them
MOST_NAMES = 6
PHONE_DIGITS = 9


def owner_of(kind: str, key: str) -> str | None:
    """Whose a key of the directory is: a member's id, a purse, or None."""
    return read(_owner_of(), {"p_kind": kind, "p_key": key}).scalar_one_or_none()


@prepared
def _owner_of() -> Executable:
    return select(_directory.owner).where(
        _directory.kind == bindparam("p_kind"), _directory.key == bindparam("p_key")
    )


def by_ref(ref: str) -> Row[Any] | None:
    """The member that the shop's systems know by `ref`."""
    return read(_by_ref(), {"p_ref": ref}).one_or_none()


@prepared
def _by_ref() -> Executable:
    return (
        select(Member.__table__)
        .join(Directory, _directory.owner == _member.id)
        .where(_directory.kind == "customer", _directory.key == bindparam("p_ref"))
    )


def taken(kind: str, keys: Collection[str]) -> set[str]:
    """Those of `keys` that are somebody's, of one kind of the directory."""
    return set(read(_taken(), {"p_kind": kind, "p_keys": sorted(keys)}).scalars())


@prepared
def _taken() -> Executable:
    return select(_directory.key).where(
        _directory.kind == bindparam("p_kind"), _directory.key.in_(bindparam("p_keys", expanding=True))
    )


def has_left(member_id: str) -> bool:
    """Whether somebody who was a member is none any more."""
    return bool(read(select(_member.status).where(_member.id == member_id)).scalar_one() != "active")


def by_email(address_hash: str) -> Row[Any] | None:
    """The member with this address, by its keyed hash."""
    return read(_by_email(), {"p_hash": address_hash}).one_or_none()


@prepared
def _by_email() -> Executable:
    return (
        select(Member.__table__)
        .join(Directory, _directory.owner == _member.id)
        .where(_directory.kind == "email", _directory.key == bindparam("p_hash"))
    )


def search(
    words: str,
    address_hash: str,
    *,
    keys: Sequence[tuple[str, str]] = (),
    owner: str | None = None,
    limit: int = 20,
) -> list[Row[Any]]:
    """Members, for staff: by exact address (also one of before), id, card number or one of `keys` (kind, key), and the
    `owner` whom another slice has found. Nobody? Then by the end of a phone number, or by the words of a name.
    Nobody who has left: she is erased, and her id may be another's now.
    """
    named = [("email", address_hash), ("customer", words), ("card", words.replace(" ", "")), *keys]
    owners = select(_directory.owner).where(
        or_(*((_directory.kind == kind) & (_directory.key == key) for kind, key in named))
    )
    ids = {*read(owners.limit(limit)).scalars(), *former_owners(address_hash), *([owner] if owner else [])}
    found = _members(_member.id.in_(ids), limit) if ids else []
    return found or _by_phone(words, limit) or _by_name(words, limit)


def _by_phone(words: str, limit: int) -> list[Row[Any]]:
    """Numbers are kept as they were typed, with a country before them or a zero: what counts is how they end."""
    digits = re.sub(r"[\s()./+-]", "", words)
    if not re.fullmatch(r"[0-9]{6,15}", digits):
        return []
    kept: Any = _member.phone
    for mark in " ()./-":
        kept = func.replace(kept, mark, "")
    return _members(kept.endswith(digits[-PHONE_DIGITS:]), limit)


def _by_name(words: str, limit: int) -> list[Row[Any]]:
    parts = words.split()[:MOST_NAMES]
    if len(words) < LEAST_NAME or not any(letter.isalpha() for letter in words):
        return []
    begins = (
        _member.name.istartswith(part, autoescape=True) | _member.name.icontains(f" {part}", autoescape=True)
        for part in parts
    )
    return _members(and_(*begins), limit)


def _members(which: Any, limit: int) -> list[Row[Any]]:
    active = select(Member.__table__).where(which, _member.status == "active")
    return list(read(active.order_by(_member.id.desc()).limit(limit)).all())


def former_owners(address_hash: str) -> list[str]:
    """Members who had this address before."""
    return list(read(_former_owners(), {"p_hash": address_hash}).scalars())


def were_members(address_hashes: Collection[str]) -> set[str]:
    """Those of many addresses that a member had before."""
    return (
        set(read(_were_members(), {"p_hashes": sorted(address_hashes)}).scalars())
        if address_hashes
        else set()
    )


@prepared
def _were_members() -> Executable:
    return select(_former.address_hash).where(_former.address_hash.in_(bindparam("p_hashes", expanding=True)))


@prepared
def _former_owners() -> Executable:
    return select(_former.member_id).where(_former.address_hash == bindparam("p_hash"))


def consents(member_id: str) -> list[Row[Any]]:
    """The consent log of a member, newest first."""
    log = Consent.__table__.c
    return list(
        read(select(Consent.__table__).where(log.member_id == member_id).order_by(log.id.desc())).all()
    )


def staff_by_email(address: str) -> Row[Any] | None:
    """Somebody who works or worked here, by address."""
    return read(select(Staff.__table__).where(Staff.__table__.c.email == address)).one_or_none()


def owners() -> list[Row[Any]]:
    """Colleagues with the role of an owner who still work here."""
    staff = Staff.__table__.c
    here = (staff.role == "owner", staff.disabled_at.is_(None))
    return list(read(select(Staff.__table__).where(*here).order_by(staff.email)).all())


def staff_list() -> list[Row[Any]]:
    """Everybody who works or worked here."""
    return list(read(select(Staff.__table__).order_by(Staff.__table__.c.email)).all())
