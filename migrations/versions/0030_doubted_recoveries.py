"""A request for another address: whether somebody at the old one said no, and which line it came by."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; what was asked before counts for no line."""
    op.add_column("recovery", sa.Column("doubted_at", sa.DateTime(timezone=True)))
    op.add_column("recovery", sa.Column("line_hash", sa.String(64)))
