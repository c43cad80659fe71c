"""Referrals."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "referral_code",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_table(
        "invitation",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("inviter_id", sa.String(length=26), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.CheckConstraint("member_id <> inviter_id", name="invitation_not_by_oneself"),
        sa.CheckConstraint("due_on IS NULL OR ordered_on IS NOT NULL", name="invitation_due_after_an_order"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["inviter_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("invitation_due", "invitation", ["due_on", "member_id"], unique=False)
    op.create_table(
        "referral",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("friend_id", sa.String(length=26), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("rewarded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["friend_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "friend_id"),
    )
