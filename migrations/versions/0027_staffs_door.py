"""A role that only scans at the till, and keys that end by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BEFORE = "role IN ('support', 'manager', 'owner', 'auditor')"
AFTER = "role IN ('support', 'manager', 'owner', 'auditor', 'till')"


def upgrade() -> None:
    """Let the role be `till`, and give keys a last moment; keys of before have none."""
    op.add_column("api_key", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _made_anew()
        return
    op.drop_constraint("staff_role", "staff", type_="check")
    op.create_check_constraint("staff_role", "staff", sa.text(AFTER))


def _made_anew() -> None:
    """SQLite changes no constraint: the table is made once more under its name, and the rows are put back into it.

    Other tables point at it. Their check waits for the end of the transaction, and counts a row that comes back only
    where it is inserted into the table of that name, which is why it is not renamed (sqlite.org/foreignkeys.html).
    """
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = 'staff' AND type = '{}' AND sql IS NOT NULL"
    run = op.get_bind().exec_driver_sql
    table = run(made.format("table")).scalar_one()
    indexes = run(made.format("index")).scalars().all()
    assert BEFORE in table, "the check is the one that is widened"
    run("PRAGMA defer_foreign_keys = ON")
    run("CREATE TEMPORARY TABLE staff_before AS SELECT * FROM staff")
    run("DROP TABLE staff")
    run(table.replace(BEFORE, AFTER))
    run("INSERT INTO staff SELECT * FROM staff_before")
    run("DROP TABLE staff_before")
    for index in indexes:
        run(index)
