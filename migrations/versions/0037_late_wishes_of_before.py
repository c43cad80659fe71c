"""Late ends and pauses of before what is owed back was an operation of its own are looked at once more."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAMES = ("member_id", "id", "kind", "state", "facts", "created_at", "due_at")
operation = sa.table("billing_operation", *map(sa.column, NAMES))


def upgrade() -> None:
    """Have the worker take up those of which something was to go back and nothing is noted: Stripe knows the bills. Few
    rows, if any."""
    noted = {json.loads(row.facts)["wish"] for row in _rows(operation.c.kind == "refund")}
    settled = (operation.c.kind.in_(("end", "pause")), operation.c.state.in_(("done", "failed")))
    for row in _rows(*settled, operation.c.facts.like('%"back_minor":%')):
        if row.id not in noted and json.loads(row.facts)["back_minor"]:
            mine = (operation.c.member_id == row.member_id, operation.c.id == row.id)
            op.execute(operation.update().where(*mine).values(due_at=operation.c.created_at))


def _rows(*which: sa.ColumnElement[bool]) -> list[sa.Row]:
    wanted = (operation.c.member_id, operation.c.id, operation.c.facts)
    return list(op.get_bind().execute(sa.select(*wanted).where(*which)).all())
