"""The board: ideas and questions, answers, votes, and what was reported."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _written() -> list[sa.Column]:
    """What a post and an answer have alike."""
    return [
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("staff_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_reason", sa.String(length=300), nullable=True),
    ]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "board_post",
        *_written(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("votes", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('idea', 'question')", name="board_post_kind"),
        sa.CheckConstraint(
            "state IN ('open', 'planned', 'done', 'declined', 'answered')", name="board_post_state"
        ),
        sa.CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="board_post_of_one"),
        sa.CheckConstraint("votes >= 0 AND answers >= 0", name="board_post_counts"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("board_post_key", "board_post", ["key"], unique=True)
    op.create_index("board_post_votes", "board_post", ["votes", "id"], unique=False)
    op.create_index("board_post_of_member", "board_post", ["member_id", "id"], unique=False)
    op.create_table(
        "board_answer",
        *_written(),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="board_answer_of_one"),
        sa.ForeignKeyConstraint(["post_id"], ["board_post.id"]),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("board_answer_key", "board_answer", ["key"], unique=True)
    op.create_index("board_answer_of_post", "board_answer", ["post_id", "id"], unique=False)
    op.create_index("board_answer_of_member", "board_answer", ["member_id", "id"], unique=False)
    op.create_table(
        "board_vote",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["post_id"], ["board_post.id"]),
        sa.PrimaryKeyConstraint("member_id", "post_id"),
    )
    op.create_table(
        "board_report",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("what_id", sa.String(length=26), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["post_id"], ["board_post.id"]),
        sa.PrimaryKeyConstraint("member_id", "what_id"),
    )
    where = sa.text("settled_at IS NULL")
    op.create_index(
        "board_report_open", "board_report", ["at", "what_id"], unique=False, sqlite_where=where,
        postgresql_where=where,
    )  # fmt: skip
    op.create_index("board_report_of", "board_report", ["what_id"], unique=False)
