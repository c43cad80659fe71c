"""Sessions, mailed codes, counted attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "attempt",
        sa.Column("limit_key", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("limit_key", "subject"),
    )
    op.create_index("attempt_age", "attempt", ["began_at"], unique=False)
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("next_path", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('member', 'staff')", name="challenge_purpose"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("challenge_age", "challenge", ["expires_at"], unique=False)
    op.create_index("challenge_link", "challenge", ["link_hash"], unique=True)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("staff_id", sa.String(length=26), nullable=True),
        sa.Column("challenge_id", sa.String(length=26), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="session_of_one"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("session_age", "session", ["expires_at"], unique=False)
    op.create_index("session_id", "session", ["id"], unique=True)
    op.create_index("session_of_member", "session", ["member_id", "created_at"], unique=False)
    op.create_index("session_of_staff", "session", ["staff_id", "created_at"], unique=False)
