"""Rewards: redemptions, what a code was used for, stock in chunks; an entry names the one that it undoes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.add_column("entry", sa.Column("reverses", sa.BigInteger(), nullable=True))
    op.create_index(
        "entry_reversed_once",
        "entry",
        ["member_id", "reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_table(
        "redemption",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("reward", sa.String(length=60), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("left_minor", sa.BigInteger(), nullable=True),
        sa.Column("code_sealed", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("stock_chunk", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('available', 'used', 'undone', 'expired', 'withdrawn')", name="redemption_state"
        ),
        sa.CheckConstraint("points >= 0", name="redemption_points"),
        sa.CheckConstraint("left_minor >= 0 AND left_minor <= value_minor", name="redemption_left"),
        sa.CheckConstraint("(state = 'available') = (ended_on IS NULL)", name="redemption_ends"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["wallet.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("redemption_by_id", "redemption", ["id"], unique=False)
    op.create_index("redemption_of_reward", "redemption", ["member_id", "reward"], unique=False)
    op.create_index(
        "redemption_due",
        "redemption",
        ["expires_on", "member_id"],
        unique=False,
        sqlite_where=sa.text("state = 'available'"),
        postgresql_where=sa.text("state = 'available'"),
    )
    op.create_table(
        "redemption_use",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("redemption_id", sa.String(length=26), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name="redemption_use_amount"),
        sa.ForeignKeyConstraint(
            ["member_id", "redemption_id"],
            ["redemption.member_id", "redemption.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "redemption_id", "shop", "number"),
    )
    op.create_index("redemption_use_of_order", "redemption_use", ["shop", "number"], unique=False)
    op.create_table(
        "reward_stock",
        sa.Column("reward", sa.String(length=60), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("taken >= 0", name="reward_stock_taken"),
        sa.PrimaryKeyConstraint("reward", "chunk"),
    )
