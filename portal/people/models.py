"""Who exists: members, the directory of what is unique among them, the ids that shops want to know them by, their
consents, shops' staff."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid


class Member(Base):
    """One person in the programme. `ref` is the id that the shop's systems use; `number` is what her card shows.

    `frozen_at`: since then nothing of value leaves her. `waits_until`: until then nothing that is as good as money
    does. `moved_minor` is what she took and gave on the day `moved_on`, in home minor units (portal/people/safety.py).
    """

    __tablename__ = "member"
    __table_args__ = (CheckConstraint("status IN ('active', 'left')", name="member_status"),)

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    ref: Mapped[str] = mapped_column(String(100))
    number: Mapped[str] = mapped_column(String(16))
    email: Mapped[str | None] = mapped_column(String(254))
    email_proved_at: Mapped[datetime | None] = mapped_column(Instant)
    name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(40))
    birthday: Mapped[str | None] = mapped_column(String(5))  # MM-DD: the year is nobody's business
    country: Mapped[str | None] = mapped_column(String(2))
    locale: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    joined_at: Mapped[datetime] = mapped_column(Instant)
    joined_on: Mapped[date] = mapped_column(Date)
    marketing: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="active")
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    waits_until: Mapped[datetime | None] = mapped_column(Instant)
    moved_on: Mapped[date | None] = mapped_column(Date)
    moved_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Directory(Base):
    """What may exist once among all members (address, shop's id, order number), apart from their own tables.

    It is the one place that is not spread by member, so the rest can be (dependencies.md B2.4). Addresses stand here
    only as a keyed hash. `owner` is a member's id, or `purse:<hash>` for the orders of somebody who has not joined.
    """

    __tablename__ = "directory"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))


class FormerAddress(Base):
    """An address that a member had before, as its keyed hash: support finds her by it, and it opens nothing."""

    __tablename__ = "former_address"
    __table_args__ = (Index("former_address_of", "address_hash"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class LinkRequest(Base):
    """A shop's wish to know a member by `ref` too, mailed to her address `times` times, the last time at `asked_at`.

    The mailed token stands here only as a hash, the address it was sent to only as the directory's keyed hash. One that
    is confirmed and not in the directory was taken off her card again.
    """

    __tablename__ = "link_request"
    __table_args__ = (
        Index("link_request_token", "token_hash", unique=True),
        Index("link_request_age", "asked_at"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    shop_name: Mapped[str] = mapped_column(String(120))  # empty: the programme's
    address_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    times: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    last_day: Mapped[date] = mapped_column(Date)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)


class Consent(Base):
    """Append-only log of what a member agreed to or withdrew, with the text's version."""

    __tablename__ = "consent"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool]
    version: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)


class Staff(Base):
    """Somebody who works for the shop."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('support', 'manager', 'owner', 'auditor', 'till')", name="staff_role"),
        Index("staff_email", "email", unique=True),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Text)


class Attribute(Base):
    """An outside fact about a member as it was last told: `store_card`, `student` (Reading 32).

    It holds from `since` to the end of `until`; told to be false it ends at once. `first_on` is the first day it ever
    held, which taking it away and giving it again does not change.
    """

    __tablename__ = "attribute"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    holds: Mapped[bool]
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    first_on: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime] = mapped_column(Instant)


class ChildProfile(Base):
    """A child under an adult's membership: a nickname and a day of the year, and nothing more (Reading 37)."""

    __tablename__ = "child_profile"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    nickname: Mapped[str] = mapped_column(String(60))
    birthday: Mapped[str] = mapped_column(String(5))  # MM-DD
