"""A member's present state from one statement, and the home page from that state."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Executable, union_all

from portal import ledger, tiers
from portal.db import prepared, read
from portal.programme import Programme, Reward

NEXT_DATES = 4


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


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a member stands on a day: standing, ways to go, points by the day they mature or expire."""

    standing: tiers.Standing
    next: tiers.Goal | None
    keep: tiers.Goal | None
    maturing: list[tuple[date, int]]
    expiring: list[tuple[date, int]]


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
    """A reward and how far away it is, in points."""

    key: str
    label: str
    price: int
    value_minor: int | None
    left: int
    have: int


@dataclass(frozen=True, slots=True)
class Date:
    """Something that happens on a day."""

    on: date
    kind: str
    points: int
    label: str


@dataclass(frozen=True, slots=True)
class Home:
    """The home page, ready to be drawn; `recent` are lines in words."""

    card: Card
    pending: int
    owed: int
    welcome: bool
    next_tier: Way | None
    keep: Way | None
    next_reward: Offer | None
    rewards: list[Offer]
    dates: list[Date]
    recent: list[Any]


@prepared
def _facts_statement() -> Executable:
    """The one statement behind `facts_of`: small rows of several slices by `p_member`, whatever the history."""
    return union_all(*tiers.facts(), *ledger.facts())


def facts_of(member_id: str, joined_on: date, programme: Programme, day: date) -> Facts:
    """Where this member stands on `day`."""
    grants, years, maturing, expiring = [], {}, [], []
    for row in read(_facts_statement(), {"p_member": member_id}):
        if row.what == "grant":
            grants.append(_Grant(row.a, row.b, row.day, row.until))
        elif row.what == "counter":
            years[row.n1] = tiers.Counters(row.n2, row.n3, row.n4)
        elif row.what == "maturing":
            maturing.append((row.day, row.n1))
        else:
            expiring.append((row.day, row.n1))
    standing = tiers.standing(programme, grants, day, joined_on)
    return Facts(
        standing,
        tiers.next_tier(programme, standing, years, day),
        tiers.keep(programme, standing, years, day),
        sorted(maturing),
        sorted(expiring),
    )


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
    offers = [
        _offer(reward, balance.available) for reward in sorted(programme.rewards, key=lambda r: r.price)
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
        rewards=offers,
        dates=_dates(facts, balance),
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


def _offer(reward: Reward, have: int) -> Offer:
    return Offer(
        reward.key, reward.label, reward.price, reward.value_minor, max(0, reward.price - have), have
    )


def _dates(facts: Facts, balance: Balance) -> list[Date]:
    """What happens next, soonest first."""
    found = [Date(on, "maturing", points, "") for on, points in balance.maturing]
    found += [Date(on, "expiring", points, "") for on, points in facts.expiring]
    is_safe = facts.keep is not None and facts.keep.done  # then the page says until when already
    if facts.standing.until is not None and not is_safe:
        found.append(Date(facts.standing.until, "tier-until", 0, facts.standing.tier.label))
    return sorted(found, key=lambda date: date.on)[:NEXT_DATES]
