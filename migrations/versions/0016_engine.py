"""The engine: outside facts, ways into tiers, ends of lots, campaigns, goals, grants, funded gifts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and add columns to what stands."""
    op.create_table(
        "funded_total",
        sa.Column("charity", sa.String(length=60), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("charity", "part"),
    )
    op.create_table(
        "agenda",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", "key"),
    )
    op.create_index("agenda_due", "agenda", ["on_day", "member_id"], unique=False)
    op.create_table(
        "attribute",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "name"),
    )
    op.create_table(
        "badge",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "key"),
    )
    op.create_table(
        "campaign_use",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "campaign", "period"),
    )
    op.create_table(
        "child_profile",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("nickname", sa.String(length=60), nullable=False),
        sa.Column("birthday", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "id"),
    )
    op.create_table(
        "chosen_day",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "period"),
    )
    op.create_table(
        "funded_gift",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("funding", sa.String(length=60), nullable=False),
        sa.Column("charity", sa.String(length=60), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="funded_gift_gives_something"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "ref"),
    )
    op.create_table(
        "given",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=80), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reward", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "key", "period"),
    )
    op.create_table(
        "held_plan",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("plan", sa.String(length=60), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "plan"),
    )
    op.create_table(
        "measure",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "key", "period"),
    )
    op.create_table(
        "planned",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("planned_under", "planned", ["programme_version", "member_id"], unique=False)
    op.create_table(
        "seen_value",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("activity", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "activity", "value"),
    )
    op.create_table(
        "tier_day",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("spend_minor", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("points_earned", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "on_day"),
    )
    op.create_table(
        "tier_pause",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=False),
        sa.Column("tier", sa.String(length=60), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "paused_on"),
    )
    op.create_table(
        "lot_notice",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("mail", sa.String(length=200), nullable=True),
        sa.Column("delivered", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["wallet.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "expires_on", "days"),
    )
    op.add_column("activity", sa.Column("quantity", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("activity", sa.Column("attributes", sa.Text(), nullable=True))
    op.add_column("activity", sa.Column("hash", sa.String(length=64), server_default="", nullable=False))
    op.add_column("activity", sa.Column("counted_from", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("activity", sa.Column("trace", sa.Text(), nullable=True))
    op.add_column("lot", sa.Column("made_on", sa.Date(), server_default="1970-01-01", nullable=False))
    op.add_column("lot", sa.Column("held_until", sa.Date(), nullable=True))
    op.add_column("lot", sa.Column("next_on", sa.Date(), nullable=True))
    op.create_index(
        "lot_due",
        "lot",
        ["next_on", "member_id"],
        unique=False,
        sqlite_where=sa.text("remaining > 0 AND next_on IS NOT NULL"),
        postgresql_where=sa.text("remaining > 0 AND next_on IS NOT NULL"),
    )
    op.add_column("shop_order", sa.Column("measured", sa.Text(), nullable=True))
    op.add_column("tier_counter", sa.Column("quantity", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("wallet", sa.Column("active_on", sa.Date(), nullable=True))
    # Whoever is a member has no agenda yet: the next night writes it, where the programme plans anything.
    op.execute(
        "INSERT INTO planned (member_id, programme_version) SELECT id, 0 FROM member WHERE status = 'active'"
    )
