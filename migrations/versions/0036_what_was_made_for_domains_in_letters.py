"""What was kept for an address while its domain stood in the ASCII form (xn--) is found under its letters, too."""

import sqlalchemy as sa
from alembic import op

from portal import people

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

member = sa.table("member", sa.column("id"), sa.column("email"))
change = sa.table("address_change", sa.column("member_id"), sa.column("id"), sa.column("before"))
request = sa.table("link_request", sa.column("member_id"), sa.column("address_hash"))
former = sa.table("former_address", sa.column("member_id"), sa.column("address_hash"))


def upgrade() -> None:
    """Few rows, if any: undo links, questions by mail that are open, and addresses of before as far as their letters
    are known still."""
    for row in _rows(sa.select(change).where(change.c.before.like("%@%xn--%"))):
        _rehash(former, row.member_id, row.before)
        hers = (change.c.member_id == row.member_id, change.c.id == row.id)
        op.execute(change.update().where(*hers).values(before=people.normal_address(row.before)))
    for table in (request, former):
        kept = sa.select(member).join(table, table.c.member_id == member.c.id)
        for row in _rows(kept.where(member.c.email.is_not(None)).distinct()):
            _rehash(table, row.id, people.ascii_address(row.email))


def _rehash(table: sa.TableClause, member_id: str, email: str) -> None:
    """What stands under the hash of this form of hers stands under that of the letters."""
    before, new = people.keyed_hash(email), people.address_hash(email)
    if before == new:
        return
    hers = table.c.member_id == member_id
    if table is former and _rows(sa.select(table).where(hers, table.c.address_hash == new)):
        op.execute(table.delete().where(hers, table.c.address_hash == before))
    else:
        op.execute(table.update().where(hers, table.c.address_hash == before).values(address_hash=new))


def _rows(statement: sa.Select) -> list[sa.Row]:
    return list(op.get_bind().execute(statement).all())
