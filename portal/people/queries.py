"""Finding people."""

from typing import Any

from sqlalchemy import Row, or_, select

from portal.db import read
from portal.people.models import Consent, Directory, Member, Staff

_member, _directory = Member.__table__.c, Directory.__table__.c


def owner_of(kind: str, key: str) -> str | None:
    """Whose a key of the directory is: a member's id, a purse, or None."""
    return read(
        select(_directory.owner).where(_directory.kind == kind, _directory.key == key)
    ).scalar_one_or_none()


def by_ref(ref: str) -> Row[Any] | None:
    """The member that the shop's systems know by `ref`."""
    statement = (
        select(Member.__table__)
        .join(Directory, _directory.owner == _member.id)
        .where(_directory.kind == "customer", _directory.key == ref)
    )
    return read(statement).one_or_none()


def by_email(address_hash: str) -> Row[Any] | None:
    """The member with this address, by its keyed hash."""
    statement = (
        select(Member.__table__)
        .join(Directory, _directory.owner == _member.id)
        .where(_directory.kind == "email", _directory.key == address_hash)
    )
    return read(statement).one_or_none()


def search(words: str, address_hash: str, limit: int = 20) -> list[Row[Any]]:
    """Members by their exact address, id or card number; for staff."""
    digits = words.replace(" ", "")
    statement = (
        select(Member.__table__)
        .join(Directory, _directory.owner == _member.id)
        .where(
            or_(
                (_directory.kind == "email") & (_directory.key == address_hash),
                (_directory.kind == "customer") & (_directory.key == words),
                (_directory.kind == "card") & (_directory.key == digits),
            )
        )
        .distinct()
        .limit(limit)
    )
    return list(read(statement).all())


def consents(member_id: str) -> list[Row[Any]]:
    """The consent log of a member, newest first."""
    log = Consent.__table__.c
    return list(
        read(select(Consent.__table__).where(log.member_id == member_id).order_by(log.id.desc())).all()
    )


def staff_by_email(address: str) -> Row[Any] | None:
    """Somebody who works or worked here, by address."""
    return read(select(Staff.__table__).where(Staff.__table__.c.email == address)).one_or_none()


def staff_list() -> list[Row[Any]]:
    """Everybody who works or worked here."""
    return list(read(select(Staff.__table__).order_by(Staff.__table__.c.email)).all())
