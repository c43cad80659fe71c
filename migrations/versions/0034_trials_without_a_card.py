"""A trial that ends by itself, because there is no card to charge."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """False for what runs already: the next look at Stripe says it."""
    op.add_column(
        "subscription", sa.Column("needs_card", sa.Boolean(), nullable=False, server_default=sa.false())
    )
