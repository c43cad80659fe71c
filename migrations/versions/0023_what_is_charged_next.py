"""What the next bill of a subscription comes to, where a discount makes it another amount than the price."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("subscription", sa.Column("due_minor", sa.BigInteger(), nullable=True))
