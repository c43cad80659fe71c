"""What staff do about members: visits, adjustments, and the audit, whose rows are chained and cannot be changed."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText, Ulid

APPEND_ONLY = ("audit", "adjustment")
_RUNNING = text("ended_at IS NULL")


class Visit(Base):
    """Staff look at a member's own pages, in one session of theirs, for a while. It ends by `ended_at` or by time."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(
            "ended_by IN ('staff', 'time', 'signed_out', 'role', 'left', 'opted_out', 'switched_off')",
            name="visit_ended_by",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="visit_end_has_its_cause"),
        Index("visit_of_session", "session_id", "id"),
        Index(
            "visit_one_at_a_time", "staff_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING
        ),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    session_id: Mapped[str] = mapped_column(Ulid)
    ticket: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))
    started_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(12))


class Adjustment(Base):
    """Points that staff gave or took: `words` is what the member reads, `reason` what the colleagues read. Of a noted
    activity that gave points both are its label, `ticket` is the receipt."""

    __tablename__ = "adjustment"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "seq"], ["entry.member_id", "entry.seq"]),
        CheckConstraint("points <> 0", name="adjustment_moves_something"),
        Index("adjustment_of_staff", "staff_id", "on_day"),
    )

    member_id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    on_day: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(BigInteger)
    ticket: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(300))
    words: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)


class AuditChain(Base):
    """The last row of a chain: whoever appends locks it, and a row that is gone from the end is missed."""

    __tablename__ = "audit_chain"

    chain: Mapped[str] = mapped_column(Ulid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class Audit(Base):
    """One thing that somebody of staff did; `chain` is that somebody's id, or the command line's (staffing.py)."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_of_member", "member_id", "at"),)

    chain: Mapped[str] = mapped_column(Ulid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    what: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[str | None] = mapped_column(Ulid)
    visit_id: Mapped[str | None] = mapped_column(Ulid)
    facts: Mapped[dict[str, Any]] = mapped_column(JsonText)
    request_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
