"""What is owed back of a bill is an operation of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('join', 'life', 'change', 'later', 'stay', 'pause', 'resume', 'end', 'keep', 'extra', 'withdraw', "
    "'gift', 'recall', 'refund')"
)


def upgrade() -> None:
    """Let an operation be a refund that is owed."""
    with op.batch_alter_table("billing_operation") as operations:
        operations.drop_constraint("billing_operation_kind", type_="check")
        operations.create_check_constraint("billing_operation_kind", sa.text(KINDS))
