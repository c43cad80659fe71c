"""Passkeys, the challenges of their ceremonies, and when a session's owner last showed that it is still them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; a session of before has proved nothing lately."""
    op.create_table(
        "passkey_owner",
        sa.Column("secret", sa.String(length=86), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("staff_id", sa.String(length=26), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(member_id IS NULL) <> (staff_id IS NULL)", name="passkey_owner_is_one"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("secret"),
    )
    op.create_index("passkey_owner_member", "passkey_owner", ["member_id"], unique=True)
    op.create_index("passkey_owner_staff", "passkey_owner", ["staff_id"], unique=True)
    op.create_table(
        "passkey",
        sa.Column("owner", sa.String(length=86), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=False),
        sa.Column("aaguid", sa.String(length=36), nullable=False),
        sa.Column("may_be_copied", sa.Boolean(), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("has_verified", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["passkey_owner.secret"],
        ),
        sa.PrimaryKeyConstraint("owner", "id"),
    )
    op.create_index("passkey_credential", "passkey", ["credential_id"], unique=True)
    op.create_table(
        "ceremony",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=26), nullable=True),
        sa.Column("operation", sa.String(length=500), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('sign_in', 'prove', 'add')", name="ceremony_purpose"),
        sa.PrimaryKeyConstraint("challenge_hash"),
    )
    op.create_index("ceremony_age", "ceremony", ["expires_at"])
    op.drop_column("session", "proved_at")
    op.add_column("session", sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("passkey_id", sa.String(length=26), nullable=True))
