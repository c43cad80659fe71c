"""When a session was last used is kept by the signed time stamp of its cookie alone, and shown nowhere."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column less."""
    op.drop_column("session", "seen_at")
