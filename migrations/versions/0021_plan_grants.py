"""Plans that are given to members, from a day to a day."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "plan_grant",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=5), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('staff', 'gift')", name="plan_grant_source"),
        sa.CheckConstraint("until >= from_on", name="plan_grant_lasts"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("plan_grant_ref", "plan_grant", ["member_id", "ref"], unique=True)
    op.create_index("plan_grant_due", "plan_grant", ["due_on", "member_id"])
