"""Changes of a plan: what was shown before it is charged, what is planned, what waits for its payment."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = "kind IN ('join', 'life', 'change', 'later', 'stay', 'pause', 'resume', 'end', 'keep', 'extra')"
STATES = "state IN ('shown', 'new', 'open', 'done', 'failed', 'abandoned')"
CHARGES = "kind IN ('join', 'life', 'change', 'resume') AND state IN ('new', 'open')"


def upgrade() -> None:
    """Let operations be of more kinds, one that charges at a time; and keep what a subscription becomes."""
    op.drop_index("billing_operation_one_checkout", "billing_operation")
    with op.batch_alter_table("billing_operation") as operations:
        operations.drop_constraint("billing_operation_kind", type_="check")
        operations.drop_constraint("billing_operation_state", type_="check")
        operations.create_check_constraint("billing_operation_kind", sa.text(KINDS))
        operations.create_check_constraint("billing_operation_state", sa.text(STATES))
    op.create_index(
        "billing_operation_one_charge",
        "billing_operation",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text(CHARGES),
        postgresql_where=sa.text(CHARGES),
    )
    for column in (
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("next_plan", sa.String(length=60), nullable=True),
        sa.Column("next_minor", sa.BigInteger(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("waiting_plan", sa.String(length=60), nullable=True),
        sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pay_minor", sa.BigInteger(), nullable=True),
    ):
        op.add_column("subscription", column)
    # A bill that waits when this is carried out is for the price of the plan: there were no other bills before.
    op.execute("UPDATE subscription SET pay_minor = amount_minor WHERE pay_url IS NOT NULL")
