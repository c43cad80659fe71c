"""Another address for a member: the code that proves it, the change that can be undone, and requests of who is locked
out; and what she said was not her.

Codes and links stand here only as hashes. An address of before stands readable as long as its link can put it back.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText, Ulid


class AddressCode(Base):
    """A code on its way to an address that somebody wants to be reached at. It proves the address and signs nobody in.

    `code_hash` is null where the address is somebody's already: then no code opens it.
    """

    __tablename__ = "address_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('change', 'recovery')", name="address_code_purpose"),
        Index("address_code_age", "expires_at"),
        Index("address_code_of_member", "member_id"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    email: Mapped[str] = mapped_column(String(254))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    browser_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class AddressChange(Base):
    """An address that a member had `before`, and the link in its mailbox that puts it back until `ends_at`.

    `undone_at`: it was put back, or an older one was, which takes this link along.
    """

    __tablename__ = "address_change"
    __table_args__ = (
        CheckConstraint("how IN ('member', 'recovery', 'shop')", name="address_change_how"),
        Index("address_change_undo", "undo_hash", unique=True),
        Index("address_change_age", "ends_at"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    before: Mapped[str] = mapped_column(String(254))
    undo_hash: Mapped[str] = mapped_column(String(64))
    how: Mapped[str] = mapped_column(String(8))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class NotMe(Base):
    """A member pressed "this was not me" in the mail about an event: each mail once."""

    __tablename__ = "not_me"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    event: Mapped[str] = mapped_column(String(20))
    event_at: Mapped[datetime] = mapped_column(Instant)
    said_at: Mapped[datetime] = mapped_column(Instant)


class Recovery(Base):
    """Somebody who can read her mail no more asks for her card by another address.

    unproved: its code is on the way. asked: staff have to look. checked: a second colleague has to. waiting: it acts at
    `acts_at`, unless it is stopped. done, stopped, refused: over. What she knows of the card, and what happened, is
    sealed: people write anything.

    `doubted_at`: somebody at the old address said no while her card was stopped, and a second colleague decides.
    `line_hash` is the line by which it was proved, as counters name it.
    """

    __tablename__ = "recovery"
    __table_args__ = (
        CheckConstraint(
            "state IN ('unproved', 'asked', 'checked', 'waiting', 'done', 'stopped', 'refused')",
            name="recovery_state",
        ),
        CheckConstraint("state <> 'waiting' OR acts_at IS NOT NULL", name="recovery_waits_until"),
        Index("recovery_of_state", "state", "acts_at"),
        Index("recovery_of_member", "member_id"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    sealed: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    proofs: Mapped[list[str] | None] = mapped_column(JsonText)
    first_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    second_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    acts_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    doubted_at: Mapped[datetime | None] = mapped_column(Instant)
    line_hash: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(10))
