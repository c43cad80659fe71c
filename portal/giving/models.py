"""What was given, to whom, and what it adds up to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant


class Donation(Base):
    """Points that a member gave to a charity, and the money that they were worth. `ref` is the giver's key for it.

    `seq` is the ledger's entry. Rows are added and never changed.
    """

    __tablename__ = "donation"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "seq"], ["entry.member_id", "entry.seq"]),
        CheckConstraint("points > 0 AND value_minor > 0", name="donation_gives_something"),
        Index("donation_newest", "member_id", "seq", unique=True),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    charity: Mapped[str] = mapped_column(String(60))
    points: Mapped[int] = mapped_column(BigInteger)
    value_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    on_day: Mapped[date] = mapped_column(Date)


class CharityChoice(Base):
    """The charity that a member gave to or chose last."""

    __tablename__ = "charity_choice"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    charity: Mapped[str] = mapped_column(String(60))
    chosen_at: Mapped[datetime] = mapped_column(Instant)


class StandingGift(Base):
    """What a member has given on the first of each month by itself; `next_on` is the next first."""

    __tablename__ = "standing_gift"
    __table_args__ = (
        CheckConstraint("points > 0", name="standing_gift_gives_something"),
        Index("standing_gift_due", "next_on", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    charity: Mapped[str] = mapped_column(String(60))
    points: Mapped[int] = mapped_column(BigInteger)
    next_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)


class GivingTotal(Base):
    """What one member has given to one charity, in all."""

    __tablename__ = "giving_total"
    __table_args__ = (
        CheckConstraint("points > 0 AND value_minor > 0 AND gifts > 0", name="giving_total_counts"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    charity: Mapped[str] = mapped_column(String(60), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
    value_minor: Mapped[int] = mapped_column(BigInteger)
    gifts: Mapped[int] = mapped_column(BigInteger)


class CharityTotal(Base):
    """What everybody has given to one charity, in parts: whoever gives locks one of them, so few givers wait."""

    __tablename__ = "charity_total"
    __table_args__ = (
        CheckConstraint("points > 0 AND value_minor > 0 AND gifts > 0", name="charity_total_counts"),
    )

    charity: Mapped[str] = mapped_column(String(60), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)
    value_minor: Mapped[int] = mapped_column(BigInteger)
    gifts: Mapped[int] = mapped_column(BigInteger)


class FundedGift(Base):
    """A gift that the programme pays for a member's doing, once for each `ref`; without a charity it waits for hers."""

    __tablename__ = "funded_gift"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="funded_gift_gives_something"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(String(200), primary_key=True)
    funding: Mapped[str] = mapped_column(String(60))
    charity: Mapped[str | None] = mapped_column(String(60))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    on_day: Mapped[date] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)


class FundedTotal(Base):
    """What the programme has given to one charity, in parts as CharityTotal."""

    __tablename__ = "funded_total"

    charity: Mapped[str] = mapped_column(String(60), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    gifts: Mapped[int] = mapped_column(BigInteger)
