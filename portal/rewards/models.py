"""What members took or were given, what each was used for, and how much of a limited reward is gone."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid


class Redemption(Base):
    """One reward in one member's hands, under the programme version it was taken or given by.

    `points` is what it cost, 0 for an issued one. Money off has `value_minor` and what is left of it, both in minor
    units of the home currency. The code stands here sealed, and as the keyed hash by which it is found.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint(
            "state IN ('available', 'used', 'undone', 'expired', 'withdrawn')", name="redemption_state"
        ),
        CheckConstraint("points >= 0", name="redemption_points"),
        CheckConstraint("left_minor >= 0 AND left_minor <= value_minor", name="redemption_left"),
        CheckConstraint("(state = 'available') = (ended_on IS NULL)", name="redemption_ends"),
        Index("redemption_by_id", "id"),
        Index("redemption_of_reward", "member_id", "reward"),
        Index(  # partial: the nightly work looks at those alone that can expire
            "redemption_due", "expires_on", "member_id",
            sqlite_where=text("state = 'available'"), postgresql_where=text("state = 'available'"),
        ),
    )  # fmt: skip

    member_id: Mapped[str] = mapped_column(ForeignKey("wallet.member_id"), primary_key=True)
    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    ref: Mapped[str] = mapped_column(String(200))
    reward: Mapped[str] = mapped_column(String(60))
    programme_version: Mapped[int]
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    left_minor: Mapped[int | None] = mapped_column(BigInteger)
    code_sealed: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[str] = mapped_column(String(64))
    stock_chunk: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)


class RedemptionUse(Base):
    """An order that a redemption was used on, and for how much; `undone_at` when the order was given back whole."""

    __tablename__ = "redemption_use"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "redemption_id"], ["redemption.member_id", "redemption.id"]),
        CheckConstraint("amount_minor >= 0", name="redemption_use_amount"),
        Index("redemption_use_of_order", "shop", "number"),
    )

    member_id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    redemption_id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(100), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class RewardStock(Base):
    """How many of one part of a reward's stock are taken: parts, so that not everybody waits for one row (B2.9)."""

    __tablename__ = "reward_stock"
    __table_args__ = (CheckConstraint("taken >= 0", name="reward_stock_taken"),)

    reward: Mapped[str] = mapped_column(String(60), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(BigInteger)
