"""Addresses whose domain a shop told in its ASCII form (xn--) are kept in the letters that people read and type."""

from types import SimpleNamespace

import sqlalchemy as sa
from alembic import op

from portal import people

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

member = sa.table("member", sa.column("id"), sa.column("email"))
staff = sa.table("staff", sa.column("id"), sa.column("email"))
directory = sa.table("directory", sa.column("kind"), sa.column("key"), sa.column("owner"))


def upgrade() -> None:
    """Few rows, if any. One whose other form is somebody's already stays as it is."""
    for row in _old(member):
        new, before = people.address_hash(row.email), people.keyed_hash(row.email)
        if not _rows(sa.select(directory.c.owner).where(directory.c.kind == "email", directory.c.key == new)):
            hers = (directory.c.kind == "email", directory.c.key == before, directory.c.owner == row.id)
            op.execute(directory.update().where(*hers).values(key=new))
            op.execute(member.update().where(member.c.id == row.id).values(email=row.new))
    for row in _old(staff):
        if not _rows(sa.select(staff.c.id).where(staff.c.email == row.new)):
            op.execute(staff.update().where(staff.c.id == row.id).values(email=row.new))


def _old(table: sa.TableClause) -> list[SimpleNamespace]:
    """The rows with such an address: id, email, and what it is to be."""
    rows = _rows(sa.select(table.c.id, table.c.email).where(table.c.email.like("%@%xn--%")))
    found = [
        SimpleNamespace(id=one.id, email=one.email, new=people.normal_address(one.email)) for one in rows
    ]
    return [one for one in found if one.new != one.email]


def _rows(statement: sa.Select) -> list[sa.Row]:
    return list(op.get_bind().execute(statement).all())
