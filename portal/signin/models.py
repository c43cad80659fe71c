"""Sessions, the mailed codes that open them, and the counters that slow down guessing.

Secrets stand here only as hashes. The browser's cookie holds the session's token; the row decides whether it counts.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid


class Session(Base):
    """One signed-in browser of a member or of staff. It ends by `ended_at`, or by itself at `expires_at`."""

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="session_of_one"),
        Index("session_id", "id", unique=True),
        Index("session_of_member", "member_id", "created_at"),
        Index("session_of_staff", "staff_id", "created_at"),
        Index("session_age", "expires_at"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid)  # names the session on pages; the token never leaves the cookie
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    challenge_id: Mapped[str] = mapped_column(Ulid)
    browser_hash: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Challenge(Base):
    """A code and a link on their way to an address, from the browser that asked; used once.

    `code_hash` is null for a link that was made without a code, `browser_hash` for one that any browser may open.
    """

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('member', 'staff')", name="challenge_purpose"),
        Index("challenge_link", "link_hash", unique=True),
        Index("challenge_age", "expires_at"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    purpose: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    link_hash: Mapped[str] = mapped_column(String(64))
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    next_path: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Attempt(Base):
    """How often something was tried in the window that began at `began_at`; `subject` is a keyed hash."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_age", "began_at"),)

    limit_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(Instant)
    count: Mapped[int]
