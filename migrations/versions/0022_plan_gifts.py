"""Plans that are bought for somebody else."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('join', 'life', 'change', 'later', 'stay', 'pause', 'resume', 'end', 'keep', 'extra', 'withdraw', "
    "'gift', 'recall')"
)


def upgrade() -> None:
    """Create the table of gifts, and let an operation be the purchase of one."""
    op.create_table(
        "plan_gift",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("payment_intent", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=True),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("dispute", sa.String(length=4), nullable=True),
        sa.Column("money_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_by", sa.String(length=26), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_until", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'redeemed', 'refunded')", name="plan_gift_state"),
        sa.CheckConstraint("months > 0 AND amount_minor > 0", name="plan_gift_is_something"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["redeemed_by"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("plan_gift_payment", "plan_gift", ["payment_intent"], unique=True)
    op.create_index("plan_gift_code", "plan_gift", ["code_hash"], unique=True)
    op.create_index("plan_gift_redeemed_by", "plan_gift", ["redeemed_by"])
    with op.batch_alter_table("billing_operation") as operations:
        operations.drop_constraint("billing_operation_kind", type_="check")
        operations.create_check_constraint("billing_operation_kind", sa.text(KINDS))
