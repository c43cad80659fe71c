"""Paid membership: customers, prices, what is under way, what is paid for, what Stripe has told."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "stripe_event",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=False),
        sa.Column("api_version", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done', 'ignored', 'parked')", name="stripe_event_state"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stripe_event_due", "stripe_event", ["due_at"], unique=False)
    op.create_table(
        "stripe_price",
        sa.Column("lookup_key", sa.String(length=200), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("price_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lookup_key", "livemode"),
    )
    op.create_index("stripe_price_id", "stripe_price", ["price_id"], unique=True)
    op.create_table(
        "billing_operation",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('join', 'life', 'end', 'keep', 'extra')", name="billing_operation_kind"),
        sa.CheckConstraint(
            "state IN ('new', 'open', 'done', 'failed', 'abandoned')", name="billing_operation_state"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("billing_operation_due", "billing_operation", ["due_at"], unique=False)
    op.create_index("billing_operation_key", "billing_operation", ["idempotency_key"], unique=True)
    op.create_index(
        "billing_operation_one_checkout",
        "billing_operation",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("kind IN ('join', 'life') AND state IN ('new', 'open')"),
        postgresql_where=sa.text("kind IN ('join', 'life') AND state IN ('new', 'open')"),
    )
    op.create_index("billing_operation_session", "billing_operation", ["session_id"], unique=True)
    op.create_table(
        "invoice",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subscription_id", sa.String(length=64), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hosted_url", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_table(
        "purchase",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("payment_intent", sa.String(length=64), nullable=True),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('paid', 'part_refunded', 'refunded', 'disputed', 'lost')", name="purchase_state"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("purchase_payment", "purchase", ["payment_intent"], unique=True)
    op.create_table(
        "stripe_customer",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("stripe_customer_id", "stripe_customer", ["customer_id"], unique=True)
    op.create_table(
        "subscription",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("failed_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("collection_paused", sa.Boolean(), nullable=False),
        sa.Column("pay_url", sa.Text(), nullable=True),
        sa.Column("extra_of", sa.String(length=64), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_index("subscription_fetched", "subscription", ["fetched_at"], unique=False)
    op.create_index(
        "subscription_one_live",
        "subscription",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text(
            "status IN ('active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete') AND extra_of IS NULL"
        ),
        postgresql_where=sa.text(
            "status IN ('active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete') AND extra_of IS NULL"
        ),
    )
