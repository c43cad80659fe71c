"""What a member has gathered, what was given for it, and what will be given by itself on which day."""

from datetime import date

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class Measure(Base):
    """How much of something a member has in a period: `goal:beauty-month` in 2026-03, `counter:trees` for life."""

    __tablename__ = "measure"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class Given(Base):
    """Something that was given by itself, once for its key and period; `reward` and `points` say what."""

    __tablename__ = "given"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(80), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(BigInteger)
    reward: Mapped[str | None] = mapped_column(String(200))
    withdrawn_on: Mapped[date | None] = mapped_column(Date)


class Badge(Base):
    """A badge that a member has."""

    __tablename__ = "badge"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date)


class Agenda(Base):
    """What is due for a member by itself, and on which day; a row goes when it is done, and the next one comes."""

    __tablename__ = "agenda"
    __table_args__ = (Index("agenda_due", "on_day", "member_id"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    on_day: Mapped[date] = mapped_column(Date)


class Planned(Base):
    """Under which version of the programme a member is: what a newer one brings her and her agenda are written then."""

    __tablename__ = "planned"
    __table_args__ = (Index("planned_under", "programme_version", "member_id"),)

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    programme_version: Mapped[int]
