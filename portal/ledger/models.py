"""The tables of points. Facts are appended; triggers forbid to change or delete operations, entries and lot uses."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText

NEVER = date(9999, 12, 31)  # the lot of points that do not expire
APPEND_ONLY = ("operation", "entry", "lot_use")


class Wallet(Base):
    """One member's buckets and running totals, changed in the same write as the entry that explains the change.

    While it is `frozen` nothing can be spent or given; whatever comes in comes in.
    """

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint(
            "available >= 0 AND pending >= 0 AND held >= 0 AND owed >= 0", name="wallet_no_bucket_below_zero"
        ),
        CheckConstraint("available = 0 OR owed = 0", name="wallet_never_owing_and_available"),
        CheckConstraint(  # Reading 10; what is held is neither spent nor available
            "available + pending + held - owed = earned - spent - donated - expired", name="wallet_identity"
        ),
        CheckConstraint("status IN ('active', 'closed')", name="wallet_status"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    available: Mapped[int] = mapped_column(BigInteger, default=0)
    pending: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    owed: Mapped[int] = mapped_column(BigInteger, default=0)
    earned: Mapped[int] = mapped_column(BigInteger, default=0)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    donated: Mapped[int] = mapped_column(BigInteger, default=0)
    expired: Mapped[int] = mapped_column(BigInteger, default=0)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(10), default="active")
    active_on: Mapped[date | None] = mapped_column(Date)  # last order or activity; kept where idle points end
    frozen: Mapped[bool] = mapped_column(default=False, server_default=false())


class Operation(Base):
    """One thing that was asked for, once: its key is inserted before anything else of it (security.md rule 2)."""

    __tablename__ = "operation"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)


class Entry(Base):
    """One balanced transfer between a wallet's buckets and the contra code, which takes minus the sum of the four."""

    __tablename__ = "entry"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "operation_key"], ["operation.member_id", "operation.key"]),
        CheckConstraint(
            "contra IN ('issued', 'redeemed', 'donated', 'expired', 'clawed_back', 'adjusted', 'merged', 'matured')",
            name="entry_contra",
        ),
        Index("entry_of_operation", "member_id", "operation_key"),
        Index("entry_of_source", "member_id", "source", "source_ref"),
        Index(  # partial: the many entries that reverse none pay nothing for it
            "entry_reversed_once", "member_id", "reverses", unique=True,
            sqlite_where=text("reverses IS NOT NULL"), postgresql_where=text("reverses IS NOT NULL"),
        ),
    )  # fmt: skip

    member_id: Mapped[str] = mapped_column(ForeignKey("wallet.member_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    operation_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    contra: Mapped[str] = mapped_column(String(12))
    d_available: Mapped[int] = mapped_column(BigInteger)
    d_pending: Mapped[int] = mapped_column(BigInteger)
    d_held: Mapped[int] = mapped_column(BigInteger)
    d_owed: Mapped[int] = mapped_column(BigInteger)
    after_available: Mapped[int] = mapped_column(BigInteger)
    after_pending: Mapped[int] = mapped_column(BigInteger)
    after_owed: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(20))
    source_ref: Mapped[str] = mapped_column(String(160))
    programme_version: Mapped[int]
    trace: Mapped[dict[str, Any]] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(Instant)
    on_day: Mapped[date] = mapped_column(Date)
    reverses: Mapped[int | None] = mapped_column(BigInteger)  # the number of the entry that this one undoes


class Lot(Base):
    """The points of one member that expire on the same day; 9999-12-31 is never, or by inactivity.

    `made_on` is the day on which it began to live; `held_until` the end of its second life, when its notice was not
    delivered; `next_on` the next day on which something may be due for it, null for never.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= granted", name="lot_bounds"),
        Index(  # partial: empty lots, and all where points never end, pay nothing for it
            "lot_due", "next_on", "member_id",
            sqlite_where=text("remaining > 0 AND next_on IS NOT NULL"),
            postgresql_where=text("remaining > 0 AND next_on IS NOT NULL"),
        ),
    )  # fmt: skip

    member_id: Mapped[str] = mapped_column(ForeignKey("wallet.member_id"), primary_key=True)
    expires_on: Mapped[date] = mapped_column(Date, primary_key=True)
    granted: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    made_on: Mapped[date] = mapped_column(Date)
    held_until: Mapped[date | None] = mapped_column(Date)
    next_on: Mapped[date | None] = mapped_column(Date)


class LotNotice(Base):
    """A member was told that a lot ends, so many days before its last day `expires_on` (Reading 3).

    `mail` is the key of the message that told it, null where none was queued; `delivered` is null until it is known.
    """

    __tablename__ = "lot_notice"

    member_id: Mapped[str] = mapped_column(ForeignKey("wallet.member_id"), primary_key=True)
    expires_on: Mapped[date] = mapped_column(Date, primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    sent_on: Mapped[date] = mapped_column(Date)
    mail: Mapped[str | None] = mapped_column(String(200))
    delivered: Mapped[bool | None]


class LotUse(Base):
    """What an entry put into a lot (above zero) or drew from it (below zero)."""

    __tablename__ = "lot_use"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "seq"], ["entry.member_id", "entry.seq"]),
        CheckConstraint("points <> 0", name="lot_use_moves_something"),
    )

    member_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    expires_on: Mapped[date] = mapped_column(Date, primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


class PendingLot(Base):
    """Points that wait for their day, kept apart by source so that a refund finds its own; gone once they matured."""

    __tablename__ = "pending_lot"
    __table_args__ = (
        CheckConstraint("points > 0", name="pending_lot_above_zero"),
        Index("pending_lot_due", "matures_on", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("wallet.member_id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    source_ref: Mapped[str] = mapped_column(String(160), primary_key=True)
    matures_on: Mapped[date] = mapped_column(Date, primary_key=True)
    expires_on: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(BigInteger)
