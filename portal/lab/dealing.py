"""What the demonstration deals out beside its real purchases, so that a programme shows what it lives from. Pure.

Activities, outside facts, a chosen cause, paid plans, birthdays, children and friends: each follows from a member's
or an order's number, lies after an order of hers, and is told as an event line, as a simulation would.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from portal import people
from portal.lab.events import ActivityLine, AttributeLine, ChooseCharityLine, Event, PlanLine
from portal.lab.labelling import conditions, dealt, ways_in
from portal.lab.reading import State
from portal.money import to_major
from portal.programme import Activity, Plan, Programme, months_after

BY_THEMSELVES = ("account", "newsletter", "birthday")
COUNTRIES = ("BR", "CO", "CR", "ET", "GT", "ID", "IN", "KE", "MX", "NI", "PE", "RW", "TZ", "UG", "VN", "YE")
NICKNAMES = ("Bee", "Button", "Acorn", "Pebble", "Wren", "Minnow", "Clover", "Pip")
SOON = range(4, 22)  # days ahead in which somebody's birthday is soon
HOSTS = 12  # so few bring all the friends, so that some bring several
Dealt = Sequence[tuple[str, Event]]
"""Event lines, each with the id of the member whom it is about, in order of time."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is dealt to a member on joining; `host` is the id of whoever brought her."""

    birthday: str | None
    children: tuple[people.Child, ...]
    host: str | None


def person(ref: str, programme: Programme, today: date, earlier: Sequence[str]) -> Person:
    """The birthday of one, her children where the programme knows of some, and which of `earlier` brought her.

    Every eighth has a birthday within three weeks of `today`; some have told none.
    """
    hosts = earlier[:HOSTS]
    brought = programme.referral is not None and hosts and dealt("friend", ref) % 4 == 0
    grown = any(grant.on == "child-birthday" for grant in programme.grants)
    many = dealt("children", ref) % 3 if grown else 0
    return Person(
        _birthday(ref, today),
        tuple(_child(ref, place, today) for place in range(many)),
        hosts[dealt("host", ref) % len(hosts)] if brought else None,
    )


def _child(ref: str, place: int, today: date) -> people.Child:
    nickname = NICKNAMES[(dealt("nickname", ref) + place) % len(NICKNAMES)]
    birthday = _birthday(f"{ref}/{place}", today) or "05-17"
    return people.Child(f"child-{place + 1}", nickname, birthday)


def _birthday(seed: str, today: date) -> str | None:
    chance = dealt("birthday", seed)
    if chance % 8 in (1, 2):
        return None
    ahead = SOON[chance // 8 % len(SOON)] if chance % 8 == 0 else chance // 8 % 365
    return f"{today + timedelta(days=ahead):%m-%d}"


def deal(programme: Programme, orders: Sequence[State], end: datetime) -> Dealt:
    """The lines beside these orders (their first states, in order of time), none at `end` or after."""
    by_member: dict[str, list[State]] = defaultdict(list)
    for state in orders:
        if state.member is not None:
            by_member[state.member].append(state)
    lines = [
        (ref, line)
        for ref, hers in by_member.items()
        for line in _lines(ref, hers, programme, end)
        if line.at < end
    ]
    return sorted(lines, key=lambda told: told[1].at)


def _lines(ref: str, orders: list[State], programme: Programme, end: datetime) -> Iterator[Event]:
    joined = orders[0].at
    for state in orders:
        yield from _activities(ref, state, programme)
    for name in facts_of(programme):
        chance = dealt("fact", name, ref)
        if chance % 4 == 0:
            at = orders[chance // 4 % len(orders)].at + timedelta(days=1)
            yield AttributeLine(type="attribute", at=at, member=ref, name=name, value=True)
    if programme.charities and dealt("cause", ref) % 3 == 0:
        cause = programme.charities[dealt("which cause", ref) % len(programme.charities)]
        yield ChooseCharityLine(
            type="choose_charity", at=joined + timedelta(hours=1), member=ref, charity=cause.key
        )
    plan = _plan_of(ref, programme)
    if plan is not None:
        yield from _plan(ref, plan, joined, programme, end)


def _plan_of(ref: str, programme: Programme) -> Plan | None:
    """The plan that this member holds sooner or later; None for most."""
    of_all = 6 if programme.earn or programme.activities else 3
    if not programme.plans or dealt("plan", ref) % of_all:
        return None
    return programme.plans[dealt("which plan", ref) % len(programme.plans)]


def activities_of(programme: Programme) -> tuple[Activity, ...]:
    """The activities that somebody sends; the others happen by themselves."""
    return tuple(one for one in programme.activities if one.key not in BY_THEMSELVES)


def facts_of(programme: Programme) -> tuple[str, ...]:
    """The outside facts that its tiers and rules name."""
    named = [way.attribute for way in ways_in(programme) if way.attribute is not None]
    named += [name for when in conditions(programme) for name in when.attributes]
    return tuple(dict.fromkeys(named))


def _activities(ref: str, state: State, programme: Programme) -> Iterator[Event]:
    """Within three weeks of an order: two after five of them, and four times as many where orders earn nothing."""
    rules, of_ten = activities_of(programme), 4 if programme.earn else 16
    plan = _plan_of(ref, programme)
    for rule in rules:
        if rule.plans and (plan is None or plan.key not in rule.plans):
            continue
        seed = f"{rule.key}/{state.number}"
        chance = dealt("activity", seed)
        if chance % (10 * len(rules)) < of_ten:
            at = state.at + timedelta(days=1 + chance // 100 % 20, minutes=chance // 2000 % 300)
            yield ActivityLine(
                type="activity", at=at, id=f"dealt-{seed}", member=ref, activity=rule.key,
                **_said(rule, seed, programme.currency),
            )  # fmt: skip


def _said(rule: Activity, seed: str, currency: str) -> dict[str, Any]:
    """How much of it, or of what: as its rule counts it."""
    chance = dealt("how much", seed)
    if rule.distinct is not None:
        return {"attributes": {rule.distinct: COUNTRIES[chance % len(COUNTRIES)]}}
    if rule.amount is not None:
        of = rule.per_amount_minor or 1
        return {"attributes": {rule.amount: to_major(1 + chance % (2 * of), currency)}}
    if rule.quantity:
        return {"quantity": 1 + chance % (3 if rule.per == 1 else 2 * rule.per)}
    return {}


def _plan(ref: str, plan: Plan, joined: datetime, programme: Programme, end: datetime) -> Iterator[Event]:
    """It begins with her first order and is paid each time; of those that renew every sixth is ended after a while."""
    began = programme.day(joined + timedelta(days=1))
    yield PlanLine(type="plan", at=_morning(began, programme), member=ref, plan=plan.key, change="started")
    if plan.interval == "life":
        return
    ends = dealt("ends", ref) % 6 == 1
    length = 12 if plan.interval == "year" else 1
    months = length
    while not (ends and months > 2) and (at := _morning(months_after(began, months), programme)) < end:
        yield PlanLine(type="plan", at=at, member=ref, plan=plan.key, change="renewed")
        months += length
    if ends:
        asked = _morning(months_after(began, months - length) + timedelta(days=9), programme)
        yield PlanLine(type="plan", at=asked, member=ref, plan=plan.key, change="cancel_requested")


def _morning(day: date, programme: Programme) -> datetime:
    return datetime.combine(day, time(9), programme.zone).astimezone(UTC)


def dealt_beside(programme: Programme) -> tuple[str, ...]:
    """What is dealt under this programme beside orders, in words."""
    grown = any(grant.on == "child-birthday" for grant in programme.grants)
    words = {
        "birthdays": True, "children": grown, "friends": programme.referral is not None,
        "activities": bool(activities_of(programme)), "outside facts": bool(facts_of(programme)),
        "chosen causes": bool(programme.charities), "paid plans": bool(programme.plans),
        "what stands on the board": programme.board is not None and not programme.board.tiers,
    }  # fmt: skip
    return tuple(word for word, is_dealt in words.items() if is_dealt)
