"""Who may stand where, why, and the counters that decide it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant


class TierGrant(Base):
    """A tier that somebody or something gave to a member, from a day to a day, both inclusive; null is no end."""

    __tablename__ = "tier_grant"
    __table_args__ = (
        CheckConstraint("source IN ('earned', 'plan', 'attribute', 'courtesy')", name="tier_grant_source"),
        Index("tier_grant_review", "review_on", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(String(60), primary_key=True)
    source: Mapped[str] = mapped_column(String(12), primary_key=True)
    period: Mapped[str] = mapped_column(String(12), primary_key=True)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    review_on: Mapped[date | None] = mapped_column(
        Date
    )  # null once reviewed, or where there is nothing to review
    reached_by: Mapped[str] = mapped_column(String(160))
    granted_at: Mapped[datetime] = mapped_column(Instant)


class TierCounter(Base):
    """What counts towards tiers in one calendar year of the programme's zone, net of refunds."""

    __tablename__ = "tier_counter"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    spend_minor: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int] = mapped_column(BigInteger)
    points_earned: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger, server_default="0")


class TierDay(Base):
    """What counts towards tiers on one day, net of refunds: kept where they look at the last twelve months."""

    __tablename__ = "tier_day"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date, primary_key=True)
    spend_minor: Mapped[int] = mapped_column(BigInteger)
    orders: Mapped[int] = mapped_column(BigInteger)
    points_earned: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)


class HeldPlan(Base):
    """A paid plan as billing last told of it: the first and last day of its benefits, and payments in a row.

    `until` is the last day as things stand, so what nobody tells of ends by itself; null has no end. `months` counts
    paid months without a gap, twelve for a year (Reading 34).
    """

    __tablename__ = "held_plan"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    plan: Mapped[str] = mapped_column(String(60), primary_key=True)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    months: Mapped[int]


class TierPause(Base):
    """The clock of a member's tier was stopped: from which day, and by how many days the tier lasts longer."""

    __tablename__ = "tier_pause"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    paused_on: Mapped[date] = mapped_column(Date, primary_key=True)
    tier: Mapped[str] = mapped_column(String(60))
    days: Mapped[int]
