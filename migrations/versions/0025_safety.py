"""A member whose rewards and points stand still, what waits after a change of hands, and what she moved in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns to members."""
    op.add_column("member", sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("moved_on", sa.Date(), nullable=True))
    op.add_column("member", sa.Column("moved_minor", sa.BigInteger(), server_default="0", nullable=False))
