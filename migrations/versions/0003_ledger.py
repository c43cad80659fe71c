"""Wallets, operations, entries, lots."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "operation",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "key"),
    )
    op.create_table(
        "wallet",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("donated", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("status IN ('active', 'closed')", name="wallet_status"),
        sa.CheckConstraint(
            "available + pending + held - owed = earned - spent - donated - expired", name="wallet_identity"
        ),
        sa.CheckConstraint("available = 0 OR owed = 0", name="wallet_never_owing_and_available"),
        sa.CheckConstraint(
            "available >= 0 AND pending >= 0 AND held >= 0 AND owed >= 0", name="wallet_no_bucket_below_zero"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_table(
        "entry",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("operation_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("contra", sa.String(length=12), nullable=False),
        sa.Column("d_available", sa.BigInteger(), nullable=False),
        sa.Column("d_pending", sa.BigInteger(), nullable=False),
        sa.Column("d_held", sa.BigInteger(), nullable=False),
        sa.Column("d_owed", sa.BigInteger(), nullable=False),
        sa.Column("after_available", sa.BigInteger(), nullable=False),
        sa.Column("after_pending", sa.BigInteger(), nullable=False),
        sa.Column("after_owed", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_ref", sa.String(length=160), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "contra IN ('issued', 'redeemed', 'donated', 'expired', 'clawed_back', 'adjusted', 'merged', 'matured')",
            name="entry_contra",
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "operation_key"],
            ["operation.member_id", "operation.key"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["wallet.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "seq"),
    )
    op.create_index("entry_of_operation", "entry", ["member_id", "operation_key"], unique=False)
    op.create_index("entry_of_source", "entry", ["member_id", "source", "source_ref"], unique=False)
    op.create_table(
        "lot",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0 AND remaining <= granted", name="lot_bounds"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["wallet.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "expires_on"),
    )
    op.create_table(
        "pending_lot",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_ref", sa.String(length=160), nullable=False),
        sa.Column("matures_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name="pending_lot_above_zero"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["wallet.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "source", "source_ref", "matures_on"),
    )
    op.create_index("pending_lot_due", "pending_lot", ["matures_on", "member_id"], unique=False)
    op.create_table(
        "lot_use",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points <> 0", name="lot_use_moves_something"),
        sa.ForeignKeyConstraint(
            ["member_id", "seq"],
            ["entry.member_id", "entry.seq"],
        ),
        sa.PrimaryKeyConstraint("member_id", "seq", "expires_on"),
    )

    for table in ("operation", "entry", "lot_use"):
        _forbid_changes(table)


def _forbid_changes(table: str) -> None:
    """The database itself refuses to change or delete a fact, whatever the code says (security.md rule 6)."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
