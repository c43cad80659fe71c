"""Children under an adult's membership: a nickname and a day of the year each, and nothing more (Reading 37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select

from portal.db import read, run, run_many, upsert
from portal.errors import Refused
from portal.people.models import ChildProfile

MOST_CHILDREN = 5
_child = ChildProfile.__table__.c


@dataclass(frozen=True, slots=True)
class Child:
    """A child as the adult or the shop tells of it; `birthday` is MM-DD."""

    id: str
    nickname: str
    birthday: str


def put_children(member_id: str, profiles: Sequence[Child]) -> bool:
    """Let a member have exactly these profiles; whether anything changed.

    Refuses `bad_value` for more than five, or an id that comes twice.
    """
    if len(profiles) > MOST_CHILDREN:
        raise Refused("bad_value", f"A member has at most {MOST_CHILDREN} profiles.", pointer="/profiles")
    wanted = {child.id: child for child in profiles}
    if len(wanted) < len(profiles):
        raise Refused("bad_value", "A profile's id comes twice.", pointer="/profiles")
    before = {row.id: Child(row.id, row.nickname, row.birthday) for row in children(member_id)}
    gone = sorted(before.keys() - wanted.keys())
    if gone:
        run(delete(ChildProfile).where(_child.member_id == member_id, _child.id.in_(gone)))
    news = [
        {"member_id": member_id, "id": child.id, "nickname": child.nickname, "birthday": child.birthday}
        for child in profiles
        if before.get(child.id) != child
    ]
    statement = upsert(ChildProfile)
    told = {name: statement.excluded[name] for name in ("nickname", "birthday")}
    run_many(statement.on_conflict_do_update(index_elements=["member_id", "id"], set_=told), news)
    return bool(gone or news)


def children(member_id: str) -> list[Row[Any]]:
    """The profiles under a member, by id."""
    mine = select(ChildProfile.__table__).where(_child.member_id == member_id)
    return list(read(mine.order_by(_child.id)).all())
