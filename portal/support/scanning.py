"""The till: what a card or a code that is scanned is good for, and marking a code used. Nothing else is told there.

Whose card it is is said by the first name alone, so that the till can greet her; no balance, no address, no history.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from portal import home, merchant, people, rewards, signin
from portal import programme as programmes
from portal.db import read
from portal.programme import Programme
from portal.support import acting, audit, rules

_member = people.Member.__table__.c


@dataclass(frozen=True, slots=True)
class Card:
    """A member's card: her first name, her tier in words, and what she gets in the shop, in words."""

    first_name: str
    tier: str
    perks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A reward's code, by whose first name it was taken; `problem` is why it cannot be used, None when it can."""

    first_name: str
    taken: rewards.Taken
    problem: str | None


def scan(staff: signin.Person, words: str, now: datetime) -> Card | Code | None:
    """What was scanned or typed: a card's number or a reward's code, however it is grouped. None, alike, for all else.

    Refuses `not_allowed` (why: `role`).
    """
    acting.check_role(staff, "scan")
    _number, active = programmes.active()
    day = active.day(now)
    owner = people.owner_of("card", "".join(words.split()))
    member = None if owner is None else _active(owner)
    if member is not None:
        return _card(member, active, now)
    taken = rewards.by_code(words, day)
    holder = None if taken is None else _active(taken.member_id)
    if taken is None or holder is None:
        return None
    problem = rewards.problem_of(taken)
    if problem is None and people.is_frozen(taken.member_id):
        problem = "stopped"
    return Code(rules.first_name(holder.name), taken, problem)


def use_code(
    staff: signin.Person,
    code: str,
    amount_minor: int | None,
    *,
    key: str,
    now: datetime,
    request_id: str = "",
) -> rewards.Use:
    """Mark a code used at the till, once for each `key`: of money so much of it (home minor units; None is all).

    Refuses `not_allowed` (why: `role`), `stopped` while its member's points are, as the API does (a use that is
    repeated is counted already), and as `rewards.use`.
    """
    acting.check_role(staff, "scan")
    audit.hold(staff.id)
    used = rewards.use(code=code, shop=merchant.MAIN, order=f"till/{key}", amount_minor=amount_minor, at=now)
    if not used.repeated:
        people.refuse_while_stopped(used.redemption.member_id)
        audit.note(
            staff.id, "code_used", at=now, member_id=used.redemption.member_id, request_id=request_id,
            reward=used.redemption.terms.key, redemption=used.redemption.id, amount_minor=used.amount_minor,
        )  # fmt: skip
    return used


def _active(member_id: str) -> Row[Any] | None:
    found = select(people.Member.__table__).where(_member.id == member_id, _member.status == "active")
    return read(found).one_or_none()


def _card(member: Row[Any], active: Programme, now: datetime) -> Card:
    facts = home.facts_of(member.id, member.joined_on, active, active.day(now))
    labels = dict.fromkeys(held.perk.label for held in home.perks_of(facts, active))
    return Card(rules.first_name(member.name), facts.standing.tier.label, tuple(labels))
