"""The children under a member's membership, as she names them herself (Reading 37)."""

from datetime import datetime

from portal import granting, ledger, people
from portal import programme as programmes
from portal.people import Child
from portal.programme import Programme

ACTOR = "member"


def keeps_children(programme: Programme) -> bool:
    """Whether a child's birthday brings anything, so that there is a reason to ask for it."""
    return any(grant.on == "child-birthday" for grant in programme.grants)


def children_of(member_id: str) -> list[Child]:
    """Her children, by their day in the year."""
    found = [Child(row.id, row.nickname, row.birthday) for row in people.children(member_id)]
    return sorted(found, key=lambda child: (child.birthday, child.nickname))


def add(member_id: str, child: Child, *, at: datetime) -> None:
    """One more child; the same id again is the same child. Refuses `bad_value` for the sixth."""
    ledger.lock(member_id)
    others = [one for one in children_of(member_id) if one.id != child.id]
    _put(member_id, [*others, child], at)


def remove(member_id: str, child_id: str, *, at: datetime) -> None:
    """One child less; nothing when it is not there."""
    ledger.lock(member_id)
    _put(member_id, [one for one in children_of(member_id) if one.id != child_id], at)


def _put(member_id: str, children: list[Child], at: datetime) -> None:
    if people.put_children(member_id, children):
        _, active = programmes.active()
        granting.plan_ahead(member_id, active, active.day(at), at=at, actor=ACTOR)
