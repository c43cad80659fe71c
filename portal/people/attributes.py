"""Outside facts about a member (`store_card`, `student`), told by shops: from when to when they hold (Reading 32)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, select

from portal import programme as programmes
from portal.db import prepared, read, run, upsert
from portal.people.models import Attribute

MAIL_BOUNCES = "mail_bounces"  # mail to her comes back (Reading 3)
_attribute = Attribute.__table__.c


def set_attribute(
    member_id: str, name: str, holds: bool, *, since: date, until: date | None, at: datetime
) -> None:
    """Write down a fact as it is told at `at`: it holds from `since` to `until`, days that are both inclusive.

    Told to be false it holds no more. The day it first became true stays, whatever is taken away and given again; one
    that never began is forgotten (Reading 32). Told again it changes nothing.
    """
    day = programmes.active()[1].day(at)
    before = attribute(member_id, name)
    first_on: date | None = None
    if before is not None and before.first_on is not None and before.first_on <= day:
        first_on = before.first_on
    if holds:
        first_on = since if first_on is None else min(first_on, since)
    news = {"holds": holds, "since": since, "until": until, "first_on": first_on, "told_at": at}
    statement = upsert(Attribute).values(member_id=member_id, name=name, **news)
    run(statement.on_conflict_do_update(index_elements=["member_id", "name"], set_=news))


def attribute(member_id: str, name: str) -> Row[Any] | None:
    """A fact as it was last told, also one that holds no more; None when nobody told it."""
    mine = (_attribute.member_id == member_id, _attribute.name == name)
    return read(select(Attribute.__table__).where(*mine)).one_or_none()


def attributes_on(member_id: str, day: date) -> dict[str, int]:
    """The facts that hold on `day`, each with the day number of its holding: 1 is the day it first became true."""
    rows = read(_holding(), {"p_member": member_id, "p_day": day})
    return {row.name: (day - row.first_on).days + 1 for row in rows}


@prepared
def _holding() -> Executable:
    return select(_attribute.name, _attribute.first_on).where(
        _attribute.member_id == bindparam("p_member"),
        _attribute.holds,
        _attribute.since <= bindparam("p_day"),
        _attribute.until.is_(None) | (_attribute.until >= bindparam("p_day")),
    )


def attributes_from(member_id: str, day: date) -> list[Row[Any]]:
    """The facts that hold on `day` or will afterwards, as they were told, by name."""
    mine = (_attribute.member_id == member_id, _attribute.holds)
    lasts = _attribute.until.is_(None) | (_attribute.until >= day)
    return list(read(select(Attribute.__table__).where(*mine, lasts).order_by(_attribute.name)).all())


def mail_bounces(member_id: str, day: date) -> bool:
    """Whether mail to this member is known to come back on `day`."""
    return MAIL_BOUNCES in attributes_on(member_id, day)
