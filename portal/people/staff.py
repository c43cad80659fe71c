"""Who works for the shop: added, given a role, and let go."""

from datetime import datetime

from sqlalchemy import insert, update

from portal.db import new_id, run
from portal.errors import Refused
from portal.people.models import Staff
from portal.people.queries import staff_by_email
from portal.people.service import normal_address


def add_staff(email: str, role: str, now: datetime) -> str:
    """Let somebody work here, or change the role of one who does; answers the id."""
    address = normal_address(email)
    known = staff_by_email(address)
    if known is not None:
        run(update(Staff).where(Staff.__table__.c.id == known.id).values(role=role, disabled_at=None))
        return str(known.id)
    staff_id = new_id()
    run(insert(Staff), {"id": staff_id, "email": address, "role": role, "added_at": now})
    return staff_id


def disable_staff(email: str, now: datetime) -> None:
    """Let somebody work here no longer. Refuses `unknown_key` for one who never did."""
    known = staff_by_email(normal_address(email))
    if known is None:
        raise Refused("unknown_key", f"{email} is not staff.")
    run(update(Staff).where(Staff.__table__.c.id == known.id).values(disabled_at=now))
