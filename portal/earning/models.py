"""Orders as states: the last known one of each, what it keeps, and the rule that was frozen for it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, JsonText


class Order(Base):
    """The newest state of a member's order. `frozen` is null until its first paid version (Reading 4)."""

    __tablename__ = "shop_order"
    __table_args__ = (CheckConstraint("kept >= 0 AND reversed >= 0", name="shop_order_points"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10))
    placed_at: Mapped[datetime] = mapped_column(Instant)
    placed_on: Mapped[date] = mapped_column(Date)
    frozen: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    kept: Mapped[int] = mapped_column(BigInteger)
    reversed: Mapped[int] = mapped_column(BigInteger)
    counted_minor: Mapped[int] = mapped_column(
        BigInteger
    )  # qualifying spend in the home currency, net of refunds
    counts_as_order: Mapped[bool]
    answer: Mapped[dict[str, Any]] = mapped_column(JsonText)
    trace: Mapped[dict[str, Any]] = mapped_column(JsonText)
    told_at: Mapped[datetime] = mapped_column(Instant)
    measured: Mapped[dict[str, int] | None] = mapped_column(
        JsonText
    )  # what it brought to goals, steps and dividends


class PurseOrder(Base):
    """An order of an address that has not joined or not proved itself; `purse` is the keyed hash of the address."""

    __tablename__ = "purse_order"
    __table_args__ = (Index("purse_order_age", "placed_at"),)

    purse: Mapped[str] = mapped_column(String(64), primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[str] = mapped_column(String(64))
    placed_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime] = mapped_column(Instant)


class ActivityRecord(Base):
    """A thing a member did that may earn, by its id (Reading 23).

    `quantity` and `points` are what stands of it: one that is taken back lowers those of the newest ones.
    """

    __tablename__ = "activity"
    __table_args__ = (Index("activity_of_kind", "member_id", "activity", "at"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    activity: Mapped[str] = mapped_column(String(60))
    points: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    quantity: Mapped[int] = mapped_column(BigInteger, server_default="1")
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    hash: Mapped[str] = mapped_column(String(64), server_default="")  # by which the same one is known again
    counted_from: Mapped[int] = mapped_column(
        BigInteger, server_default="0"
    )  # what was counted for her before it
    trace: Mapped[dict[str, Any] | None] = mapped_column(
        JsonText
    )  # why it gave what it gave, nothing among it


class SeenValue(Base):
    """A value that an activity has counted for a member: each counts once (`distinct`)."""

    __tablename__ = "seen_value"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    activity: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    times: Mapped[int]


class CampaignUse(Base):
    """What a campaign with a cap has given a member in a period, in points."""

    __tablename__ = "campaign_use"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)


class ChosenDay(Base):
    """The day that a member picked in a period, in the zone that was hers then; fixed once an order fell on it."""

    __tablename__ = "chosen_day"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    zone: Mapped[str] = mapped_column(String(64))
    fixed: Mapped[bool]
    chosen_at: Mapped[datetime] = mapped_column(Instant)
