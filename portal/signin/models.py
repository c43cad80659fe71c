"""Sessions, the mailed codes and the passkeys that open them, and the counters that slow down guessing.

Secrets stand here only as hashes. The browser's cookie holds the session's token; the row decides whether it counts.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText, Ulid


class Session(Base):
    """One signed-in browser of a member or of staff. It ends by `ended_at`, or by itself at `expires_at`.

    `fresh_at` is when its owner last showed that it is them, beyond the first mailed code; null is a basic session.
    `passkey_id` is the passkey that showed it, null when it was a mailed code. `browser_hash` is empty once the browser
    was signed out from elsewhere: signing in there again is told like a new device.
    """

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
    fresh_at: Mapped[datetime | None] = mapped_column(Instant)
    passkey_id: Mapped[str | None] = mapped_column(Ulid)
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


class PasskeyOwner(Base):
    """By what name the phones of a member or of staff know her: 64 random bytes, never an address or a number.

    `asked_at` is when she last said "not now" to setting a passkey up.
    """

    __tablename__ = "passkey_owner"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="passkey_owner_is_one"),
        Index("passkey_owner_member", "member_id", unique=True),
        Index("passkey_owner_staff", "staff_id", unique=True),
    )

    secret: Mapped[str] = mapped_column(String(86), primary_key=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)


class Passkey(Base):
    """One passkey: what its phone, key or password manager told when it was set up, and when it was last used.

    `may_be_copied` and `is_backed_up` are WebAuthn's BE and BS, `has_verified` that its owner was verified by it.
    `doubted_at`: a copy of it may exist, because it counted backwards; it is noted, and her own next use counts on.
    """

    __tablename__ = "passkey"
    __table_args__ = (Index("passkey_credential", "credential_id", unique=True),)

    owner: Mapped[str] = mapped_column(ForeignKey("passkey_owner.secret"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    credential_id: Mapped[str] = mapped_column(String(1400))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JsonText)
    aaguid: Mapped[str] = mapped_column(String(36))
    may_be_copied: Mapped[bool]
    is_backed_up: Mapped[bool]
    has_verified: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    doubted_at: Mapped[datetime | None] = mapped_column(Instant)


class Ceremony(Base):
    """A challenge that a browser was given for its passkey, under its hash; deleted by whoever brings an answer.

    It counts in that browser and for that purpose alone: in that session, and for that operation, where one is named.
    """

    __tablename__ = "ceremony"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'prove', 'add')", name="ceremony_purpose"),
        Index("ceremony_age", "expires_at"),
    )

    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(6))
    browser_hash: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str | None] = mapped_column(Ulid)
    operation: Mapped[str | None] = mapped_column(String(500))
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Attempt(Base):
    """How often something was tried in the window that began at `began_at`; `subject` is a keyed hash."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_age", "began_at"),)

    limit_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(Instant)
    count: Mapped[int]
