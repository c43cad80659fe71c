"""The outbox: messages that are to leave, written in the same commit as what they tell of."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid


class Notice(Base):
    """One message to one address. `key` makes it once; `due_at` is its next try, null when nothing is left to do.

    What it says is sealed until it is sent and gone after that: a mailed code never stands readable in a column.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("notice_key", "key", unique=True),
        Index("notice_due", "due_at"),
        Index("notice_of_member", "member_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(200))
