"""Which card is charged for a plan, as its owner knows it: its make and last four digits."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Beside the plan; what runs already has it after the next look at Stripe."""
    op.add_column("subscription", sa.Column("card", sa.String(40)))
