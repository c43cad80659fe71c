"""Runs of imports: how far each has come, so that one that was cut off goes on where it stopped."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid


class ImportRun(Base):
    """One file sent through a mapping into a shop's orders; the counts change in the same write as the orders."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done')", name="import_run_state"),
        CheckConstraint("rows_done >= 0 AND rows_refused >= 0", name="import_run_counts"),
        Index("import_run_of_file", "file_sha256", "kind"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))  # orders, demo
    file_sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[str] = mapped_column(String(140))  # its name and the hash of what it says
    shop: Mapped[str] = mapped_column(String(40))
    shift_weeks: Mapped[int] = mapped_column(default=0)  # the demonstration moves its history
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)  # order states, in order of time
    rows_refused: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_repeated: Mapped[int] = mapped_column(BigInteger, default=0)
    joined: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(10), default="running")
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ImportRefusal(Base):
    """An order state that a run could not take, kept so that the error report is whole after a restart."""

    __tablename__ = "import_refusal"

    run_id: Mapped[str] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    place: Mapped[int] = mapped_column(
        BigInteger, primary_key=True
    )  # of the state, counted from 0 in order of time
    line: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
