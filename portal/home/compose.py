"""A member's present state from one statement, and the home page from that state."""

import json
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Executable, bindparam, select, union_all

from portal import billing, giving, ledger, perks, referrals, rewards, tiers
from portal import programme as programmes
from portal.db import fact, prepared, read, table
from portal.programme import Programme, Reward

NEXT_DATES = 4
FEW = 3


class Wallet(Protocol):
    """A wallet's buckets, in points, as they were last written."""

    @property
    def available(self) -> int: ...
    @property
    def pending(self) -> int: ...
    @property
    def owed(self) -> int: ...


class Holder(Wallet, Protocol):
    """What home needs to know of a member: the columns that the session's statement brings along."""

    @property
    def name(self) -> str | None: ...
    @property
    def number(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Grant:
    tier: str
    source: str
    since: date
    until: date | None


class Entry(NamedTuple):
    """What a row of the activity needs to know of an entry; `d_...` are points."""

    seq: int
    on_day: date
    kind: str
    source: str
    source_ref: str
    trace: dict[str, Any]
    d_available: int
    d_pending: int
    d_held: int
    d_owed: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A reward in her hands that can be used; amounts are minor units of the home currency, 0 of what is no money.

    `version` is the programme's under which she has it: the one in force may not have it any more.
    """

    id: str
    reward: str
    expires_on: date
    value_minor: int
    left_minor: int
    version: int


@dataclass(frozen=True, slots=True)
class Invites:
    """A member's own code, and how many friends joined by it, are still to bring something, have brought it."""

    code: str
    joined: int
    pending: int
    rewarded: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a member stands on a day: tier, ways to go, points by the day they mature or expire, plan, rewards that can
    be used (soonest to expire first), the cause she gives to, friends, newest entries."""

    standing: tiers.Standing
    next: tiers.Goal | None
    keep: tiers.Goal | None
    maturing: list[tuple[date, int]]
    expiring: list[tuple[date, int]]
    newest: list[Entry]
    plan: billing.Standing | None
    ready: list[Ready]
    charity: str | None
    invites: Invites | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's buckets on a day, in points, and what still matures after it."""

    available: int
    pending: int
    owed: int
    maturing: list[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class Card:
    """What the member's card shows."""

    available: int
    value_minor: int
    tier_label: str
    material: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Way:
    """Progress to a tier, or to keep one; amounts of spend are minor units of the home currency."""

    label: str
    metric: str
    have: int
    need: int
    left: int
    share: int
    by: date | None
    until: date | None
    done: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward that points buy, and how far away it is in points."""

    key: str
    label: str
    price: int
    value_minor: int | None
    left: int
    have: int


@dataclass(frozen=True, slots=True)
class Date:
    """Something that happens on a day; `amount_minor` is what is charged on it."""

    on: date
    kind: str
    points: int
    label: str
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """A reward that is hers and can be used."""

    id: str
    label: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class Plan:
    """Her paid plan, in the words of Reading 15."""

    label: str
    status: str
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Home:
    """The home page, ready to be drawn; `rewards` are few: what she can have, or what is nearest."""

    card: Card
    pending: int
    owed: int
    welcome: bool
    next_tier: Way | None
    keep: Way | None
    next_reward: Offer | None
    rewards: list[Offer]
    ready: list[Code]
    plan: Plan | None
    dates: list[Date]
    recent: list[Any]


@prepared
def _facts_statement() -> Executable:
    """The one statement behind `facts_of`: small rows of several slices by `p_member`, whatever the history."""
    slices = (tiers, ledger, rewards, billing, giving, referrals)
    return union_all(*(part for one in slices for part in one.facts()), _newest())


def _newest() -> Any:
    """For `p_member`: the newest entries, as many as `p_newest`, for the UNION."""
    of = table(ledger.Entry).c
    newest = (
        select(
            of.seq, of.on_day, of.kind, of.source, of.source_ref, of.trace, of.d_available, of.d_pending, of.d_held,
            of.d_owed,
        )
        .where(of.member_id == bindparam("p_member"))
        .order_by(of.seq.desc())
        .limit(bindparam("p_newest"))
        .subquery()
        .c
    )  # fmt: skip
    numbers = (newest.seq, newest.d_available, newest.d_pending, newest.d_held, newest.d_owed)
    words = {"a": newest.kind, "b": newest.source, "c": newest.source_ref, "d": newest.trace}
    return fact("entry", **words, day=newest.on_day, n=numbers)


def facts_of(member_id: str, joined_on: date, programme: Programme, day: date, newest: int = 0) -> Facts:
    """Where this member stands on `day`, with so many of her newest entries, the newest first."""
    found: dict[str, list[Any]] = {}
    for row in read(_facts_statement(), {"p_member": member_id, "p_newest": newest}).all():
        found.setdefault(row.what, []).append(row)
    grants = [_Grant(row.a, row.b, row.day, row.until) for row in found.get("grant", ())]
    years = {row.n1: tiers.Counters(row.n2, row.n3, row.n4) for row in found.get("counter", ())}
    standing = tiers.standing(programme, grants, day, joined_on)
    ready = [
        Ready(row.a, row.b, row.until, row.n1, row.n2, row.n4)
        for row in found.get("reward", ())
        if row.until >= day
    ]
    return Facts(
        standing,
        tiers.next_tier(programme, standing, years, day),
        tiers.keep(programme, standing, years, day),
        sorted((row.day, row.n1) for row in found.get("maturing", ())),
        sorted((row.day, row.n1) for row in found.get("expiring", ())),
        sorted((_entry(row) for row in found.get("entry", ())), key=attrgetter("seq"), reverse=True),
        billing.standing_of((billing.holding_of(row) for row in found.get("plan", ())), day),
        sorted(ready, key=lambda one: (one.expires_on, one.id)),
        next((row.a for row in found.get("charity", ())), None),
        next((Invites(row.a, row.n1, row.n2, row.n3) for row in found.get("referral", ())), None),
    )


def _entry(row: Any) -> Entry:
    what = row.a, row.b, row.c, json.loads(row.d)
    return Entry(row.n1, row.day, *what, row.n2, row.n3, row.n4, row.n5)


def perks_of(facts: Facts, programme: Programme) -> list[perks.Held]:
    """What a member's tier and plan bring her; a plan that the programme no longer has brings nothing."""
    plan = facts.plan if facts.plan is not None and facts.plan.perks else None
    paid = next((one for one in programme.plans if plan is not None and one.key == plan.plan), None)
    return perks.held(programme, facts.standing.tier, paid)


def balance_on(wallet: Wallet, maturing: list[tuple[date, int]], day: date) -> Balance:
    """The buckets on `day`: what has matured by then pays what is owed first, the rest can be spent (Reading 5).

    So points are the member's from 0:00 of their day, whether or not the nightly work has written it down since.
    """
    due = sum(points for on, points in maturing if on <= day)
    paid = min(due, wallet.owed)
    waiting = [(on, points) for on, points in maturing if on > day]
    return Balance(wallet.available + due - paid, wallet.pending - due, wallet.owed - paid, waiting)


def compose(
    holder: Holder, facts: Facts, programme: Programme, recent: list[Any], *, day: date, welcome: bool = False
) -> Home:
    """The home page of a member on `day`."""
    balance = balance_on(holder, facts.maturing, day)
    tier = facts.standing.tier.key
    offers = [
        _offer(reward, reward.least or 0, balance.available)
        for reward in programme.for_points
        if not reward.tiers or tier in reward.tiers
    ]
    out_of_reach = [offer for offer in offers if offer.left]
    return Home(
        card=card(holder, balance, facts, programme),
        pending=balance.pending,
        owed=balance.owed,
        welcome=welcome,
        next_tier=_way(facts.next),
        keep=_way(facts.keep),
        next_reward=out_of_reach[0] if out_of_reach and len(out_of_reach) == len(offers) else None,
        rewards=_few(offers),
        ready=[_code(one) for one in facts.ready],
        plan=_plan(facts.plan, programme),
        dates=_dates(facts, balance, programme),
        recent=recent,
    )


def card(holder: Holder, balance: Balance, facts: Facts, programme: Programme) -> Card:
    """The member's card."""
    tier = facts.standing.tier
    return Card(
        available=balance.available,
        value_minor=programme.value_minor(balance.available),
        tier_label=tier.label,
        material=tier.material,
        name=holder.name or "",
        number=grouped(holder.number),
    )


def grouped(number: str) -> str:
    """A card number in groups of four, as it is read out."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _way(goal: tiers.Goal | None) -> Way | None:
    if goal is None:
        return None
    return Way(
        goal.tier.label,
        goal.metric,
        goal.have,
        goal.need,
        goal.left,
        goal.share,
        goal.by,
        goal.until,
        goal.done,
    )


def _offer(reward: Reward, least: int, have: int) -> Offer:
    return Offer(reward.key, reward.label, least, reward.value_minor, max(0, least - have), have)


def _few(offers: list[Offer]) -> list[Offer]:
    """The dearest that she can have, and the nearest that she cannot yet."""
    within = [offer for offer in offers if not offer.left]
    beyond = offers[len(within) :]
    can_have = list(reversed(within))[: FEW - 1 if beyond else FEW]
    return [*can_have, *beyond[: FEW - len(can_have)]]


def _code(ready: Ready) -> Code:
    return Code(ready.id, programmes.version(ready.version).reward(ready.reward).label, ready.expires_on)


def plan_label(facts: Facts, programme: Programme) -> str | None:
    """What her paid plan is called; None where she has none, or one that ended."""
    plan = _plan(facts.plan, programme)
    return None if plan is None else plan.label


def _plan(standing: billing.Standing | None, programme: Programme) -> Plan | None:
    if standing is None or standing.status == "ended":
        return None
    labels = {plan.key: plan.label for plan in programme.plans}
    return Plan(labels.get(standing.plan, standing.plan), standing.status, standing.last_day)


def _dates(facts: Facts, balance: Balance, programme: Programme) -> list[Date]:
    """What happens next, soonest first."""
    found = [Date(on, "maturing", points, "") for on, points in balance.maturing]
    found += [Date(on, "expiring", points, "") for on, points in facts.expiring]
    is_safe = facts.keep is not None and facts.keep.done  # then the page says until when already
    if facts.standing.until is not None and not is_safe:
        found.append(Date(facts.standing.until, "tier-until", 0, facts.standing.tier.label))
    plan = _plan(facts.plan, programme)
    if plan is not None and facts.plan is not None and facts.plan.next_charge_on is not None:
        found.append(Date(facts.plan.next_charge_on, "plan-renews", 0, plan.label, facts.plan.amount_minor))
    elif plan is not None and plan.last_day is not None:
        found.append(Date(plan.last_day, "plan-ends", 0, plan.label))
    return sorted(found, key=lambda date: date.on)[:NEXT_DATES]
