"""What members and staff write on the board, who voted for it, and what was reported."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Instant, Ulid

_OPEN = text("settled_at IS NULL")


class Post(Base):
    """An idea or a question, of a member or of the team. `key` is its form's, so that a second tap is the same post.

    `votes` and `answers` (those that are shown) are kept with it: no page counts. The id holds the instant, so newest
    first is by id. Taken back, it stays without its words, for the answers under it.
    """

    __tablename__ = "board_post"
    __table_args__ = (
        CheckConstraint("kind IN ('idea', 'question')", name="board_post_kind"),
        CheckConstraint(
            "state IN ('open', 'planned', 'done', 'declined', 'answered')", name="board_post_state"
        ),
        CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="board_post_of_one"),
        CheckConstraint("votes >= 0 AND answers >= 0", name="board_post_counts"),
        Index("board_post_key", "key", unique=True),
        Index("board_post_votes", "votes", "id"),
        Index("board_post_of_member", "member_id", "id"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(String(10))
    votes: Mapped[int] = mapped_column(BigInteger)
    answers: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    edited_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    hidden_at: Mapped[datetime | None] = mapped_column(Instant)
    hidden_reason: Mapped[str | None] = mapped_column(String(300))


class Answer(Base):
    """An answer to a post, as Post; taken back, only that it was there remains."""

    __tablename__ = "board_answer"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="board_answer_of_one"),
        Index("board_answer_key", "key", unique=True),
        Index("board_answer_of_post", "post_id", "id"),
        Index("board_answer_of_member", "member_id", "id"),
    )

    id: Mapped[str] = mapped_column(Ulid, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    post_id: Mapped[str] = mapped_column(ForeignKey("board_post.id"))
    text: Mapped[str] = mapped_column(Text)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    edited_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    hidden_at: Mapped[datetime | None] = mapped_column(Instant)
    hidden_reason: Mapped[str | None] = mapped_column(String(300))


class Vote(Base):
    """A member's vote for a post: the row is the vote."""

    __tablename__ = "board_vote"

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    post_id: Mapped[str] = mapped_column(ForeignKey("board_post.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class Report(Base):
    """A member's word to the team about a post, or an answer under it; settled when somebody has looked."""

    __tablename__ = "board_report"
    __table_args__ = (
        Index("board_report_open", "at", "what_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("board_report_of", "what_id"),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    what_id: Mapped[str] = mapped_column(Ulid, primary_key=True)  # the post's id, or the answer's
    post_id: Mapped[str] = mapped_column(ForeignKey("board_post.id"))
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
