"""Another address: its code, its undo link, the "not me" that was said, and recovery without mailbox and passkey."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "address_code",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", instant, nullable=True),
        sa.CheckConstraint("purpose IN ('change', 'recovery')", name="address_code_purpose"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("address_code_age", "address_code", ["expires_at"])
    op.create_index("address_code_of_member", "address_code", ["member_id"])
    op.create_table(
        "address_change",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("before", sa.String(length=254), nullable=False),
        sa.Column("undo_hash", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("undone_at", instant, nullable=True),
        sa.CheckConstraint("how IN ('member', 'recovery', 'shop')", name="address_change_how"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("address_change_undo", "address_change", ["undo_hash"], unique=True)
    op.create_index("address_change_age", "address_change", ["ends_at"])
    op.create_table(
        "not_me",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("event_at", instant, nullable=False),
        sa.Column("said_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.PrimaryKeyConstraint("member_id", "token_hash"),
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("proofs", sa.Text(), nullable=True),
        sa.Column("first_by", sa.String(length=26), nullable=True),
        sa.Column("second_by", sa.String(length=26), nullable=True),
        sa.Column("begun_at", instant, nullable=True),
        sa.Column("acts_at", instant, nullable=True),
        sa.Column("reminded_at", instant, nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "state IN ('unproved', 'asked', 'checked', 'waiting', 'done', 'stopped', 'refused')",
            name="recovery_state",
        ),
        sa.CheckConstraint("state <> 'waiting' OR acts_at IS NOT NULL", name="recovery_waits_until"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"]),
        sa.ForeignKeyConstraint(["first_by"], ["staff.id"]),
        sa.ForeignKeyConstraint(["second_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("recovery_of_state", "recovery", ["state", "acts_at"])
    op.create_index("recovery_of_member", "recovery", ["member_id"])
