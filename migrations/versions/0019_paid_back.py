"""What was paid back of a plan, what a bank disputes, and wallets that stand still meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = "kind IN ('join', 'life', 'change', 'later', 'stay', 'pause', 'resume', 'end', 'keep', 'extra', 'withdraw')"


def upgrade() -> None:
    """Keep with a bill what was paid, what went back and what it was paid for; and let a wallet be frozen."""
    for column in (
        sa.Column("paid_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("dispute", sa.String(length=4), nullable=True),
        sa.Column("money_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan", sa.String(length=60), nullable=True),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("streak", sa.BigInteger(), nullable=True),
    ):
        op.add_column("invoice", column)
    # What was taken from a balance is not known of the bills of before: they count as paid whole.
    op.execute("UPDATE invoice SET paid_minor = total_minor WHERE status = 'paid'")
    op.add_column(
        "purchase", sa.Column("refunded_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE purchase SET refunded_minor = amount_minor WHERE state IN ('refunded', 'lost')")
    op.add_column("wallet", sa.Column("frozen", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("billing_operation") as operations:
        operations.drop_constraint("billing_operation_kind", type_="check")
        operations.create_check_constraint("billing_operation_kind", sa.text(KINDS))
