"""Giving."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "donation",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=False),
        sa.Column("charity", sa.String(length=60), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.CheckConstraint("points > 0 AND value_minor > 0", name="donation_gives_something"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "seq"],
            ["entry.member_id", "entry.seq"],
        ),
        sa.PrimaryKeyConstraint("member_id", "ref"),
    )
    op.create_index("donation_newest", "donation", ["member_id", "seq"], unique=True)
    op.create_table(
        "charity_choice",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("charity", sa.String(length=60), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_table(
        "giving_total",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("charity", sa.String(length=60), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0 AND value_minor > 0 AND gifts > 0", name="giving_total_counts"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "charity"),
    )
    op.create_table(
        "charity_total",
        sa.Column("charity", sa.String(length=60), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0 AND value_minor > 0 AND gifts > 0", name="charity_total_counts"),
        sa.PrimaryKeyConstraint("charity", "part"),
    )
