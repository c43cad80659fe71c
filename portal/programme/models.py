"""The published versions of the programme: whole texts, numbered from 1, never changed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant


class ProgrammeVersion(Base):
    """One published text. An order names the version that it was frozen at (Reading 4)."""

    __tablename__ = "programme_version"
    __table_args__ = (CheckConstraint("number >= 1", name="programme_version_number_from_one"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Instant)
