"""Codes, and the two halves of a referral: the friend's own row and the inviter's, each with its owner's rows."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Ulid


class ReferralCode(Base):
    """The word by which a member invites. The directory knows whose it is, so that no two have the same."""

    __tablename__ = "referral_code"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))


class Invitation(Base):
    """The friend's half: who brought her, by the offer of which programme version, and how far it has come.

    `ordered_on` is the day of her first order that counts, `due_on` when the inviter is given hers; it is null while
    there is nothing to do. Once settled it stays as it is, whatever becomes of the order.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("member_id <> inviter_id", name="invitation_not_by_oneself"),
        CheckConstraint("due_on IS NULL OR ordered_on IS NOT NULL", name="invitation_due_after_an_order"),
        Index("invitation_due", "due_on", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    inviter_id: Mapped[str] = mapped_column(ForeignKey("member.id"))
    country: Mapped[str | None] = mapped_column(String(2))
    programme_version: Mapped[int]
    joined_on: Mapped[date] = mapped_column(Date)
    ordered_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    settled_on: Mapped[date | None] = mapped_column(Date)


class Referral(Base):
    """The inviter's half: a friend who counts for her, and the day on which she was given what that brings."""

    __tablename__ = "referral"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    friend_id: Mapped[str] = mapped_column(Ulid, ForeignKey("member.id"), primary_key=True)
    joined_on: Mapped[date] = mapped_column(Date)
    rewarded_on: Mapped[date | None] = mapped_column(Date)
