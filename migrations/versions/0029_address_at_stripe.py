"""Which address Stripe was last told of a customer: a member's changes, and Stripe writes to the new one."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A keyed hash beside the customer; what was made before is told once."""
    op.add_column("stripe_customer", sa.Column("address_hash", sa.String(64)))
