"""What shops want to link and members have not confirmed yet."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant


class LinkRequest(Base):
    """A shop's wish to know a member by `ref` too, mailed to her address `times` times, the last time at `asked_at`.

    The mailed token stands here only as a hash, the address it was sent to only as the directory's keyed hash.
    """

    __tablename__ = "link_request"
    __table_args__ = (
        Index("link_request_token", "token_hash", unique=True),
        Index("link_request_age", "asked_at"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    shop_name: Mapped[str] = mapped_column(String(120))  # empty: the programme's
    address_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    times: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    last_day: Mapped[date] = mapped_column(Date)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
