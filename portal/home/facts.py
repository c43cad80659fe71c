"""A member's present state, of several slices, from one statement whatever her history."""

import json
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Executable, Integer, bindparam, cast, select, union_all

from portal import billing, earning, giving, granting, ledger, perks, referrals, rewards, signin, tiers
from portal import programme as programmes
from portal.db import fact, prepared, read, table
from portal.programme import Programme


class Wallet(Protocol):
    """A wallet's buckets, in points, as they were last written."""

    @property
    def available(self) -> int: ...
    @property
    def pending(self) -> int: ...
    @property
    def owed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Grant:
    tier: str
    source: str
    period: str
    since: date
    until: date | None
    review_on: date | None = None


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

    `ref` is what shops know it by. `version` is the programme's under which she has it: the one in force may not have
    it any more.
    """

    id: str
    reward: str
    ref: str
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
class Due:
    """What her agenda has for a day: `kind` and `key` as granting writes them."""

    on: date
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The day of her own that she chose for a period (`2026`, `2026-03`); `fixed` once something was bought on it."""

    period: str
    day: date
    fixed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a member stands on a day: tier, ways to go, points by the day they mature or expire, plan, rewards that can
    be used (soonest to expire first), the cause she gives to, friends, newest entries, what comes by itself, the days
    she chose, by key and period what is added up for steps and dividends, and whether another address is on its way to
    her card."""

    standing: tiers.Standing
    next: tiers.Goal | None
    keep: tiers.Goal | None
    maturing: list[tuple[date, int]]
    expiring: list[ledger.Ending]
    newest: list[Entry]
    plan: billing.Standing | None
    ready: list[Ready]
    charity: str | None
    invites: Invites | None
    coming: list[Due]
    chosen: list[Chosen]
    measures: dict[tuple[str, str], int]
    moving: bool

    @property
    def tier_until(self) -> date | None:
        """The last day of her tier; None for no end. One that comes with a plan which renews by itself has none: the
        last day of its grant is that of a payment that fails."""
        renews = self.plan is not None and self.plan.next_charge_on is not None
        return None if self.standing.source == "plan" and renews else self.standing.until


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet's buckets on a day, in points, and what still matures after it."""

    available: int
    pending: int
    owed: int
    maturing: list[tuple[date, int]]


@prepared
def _facts_statement() -> Executable:
    """The one statement behind `facts_of`: small rows of several slices by `p_member`, whatever the history."""
    slices = (tiers, ledger, rewards, billing, giving, referrals, signin)
    return union_all(*(part for one in slices for part in one.facts()), *_coming(), _newest())


def _coming() -> list[Any]:
    """For `p_member`: her agenda (day, kind, key), the days that she chose (period, day, whether it is fixed), and what
    is added up for steps and dividends (key, period, amount)."""
    due, chosen, measure = table(granting.Agenda).c, table(earning.ChosenDay).c, table(granting.Measure).c
    mine: Any = bindparam("p_member")
    return [
        fact("due", a=due.kind, b=due.key, day=due.on_day).where(due.member_id == mine),
        fact("chosen", a=chosen.period, day=chosen.day, n=(cast(chosen.fixed, Integer),)).where(
            chosen.member_id == mine
        ),
        fact("measure", a=measure.key, b=measure.period, n=(measure.amount,)).where(
            measure.member_id == mine, measure.key.like("step:%") | measure.key.like("dividend:%")
        ),
    ]


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
    grants = [_Grant(row.a, row.b, row.c, row.day, row.until) for row in found.get("grant", ())]
    years = {row.n1: tiers.Counters(row.n2, row.n3, row.n4, row.n5) for row in found.get("counter", ())}
    days = {row.day: tiers.Counters(row.n1, row.n2, row.n3, row.n4) for row in found.get("counter_day", ())}
    standing = tiers.standing(programme, grants, day, joined_on)
    ready = [
        Ready(row.a, row.b, row.c, row.until, row.n1, row.n2, row.n4)
        for row in found.get("reward", ())
        if row.until >= day
    ]
    return Facts(
        standing,
        tiers.next_tier(programme, standing, years, day, days=days, held=grants),
        tiers.keep(programme, standing, years, day, days=days),
        sorted((row.day, row.n1) for row in found.get("maturing", ())),
        ledger.endings(programme.expiry, [*found.get("expiring", ()), *found.get("idle", ())]),
        sorted((_entry(row) for row in found.get("entry", ())), key=attrgetter("seq"), reverse=True),
        billing.standing_of((billing.holding_of(row) for row in found.get("plan", ())), day),
        sorted(ready, key=lambda one: (one.expires_on, one.id)),
        next((row.a for row in found.get("charity", ())), None),
        next((Invites(row.a, row.n1, row.n2, row.n3) for row in found.get("referral", ())), None),
        sorted(
            (Due(row.day, row.a, row.b) for row in found.get("due", ())), key=attrgetter("on", "kind", "key")
        ),
        sorted(
            (Chosen(row.a, row.day, bool(row.n1)) for row in found.get("chosen", ())), key=attrgetter("day")
        ),
        {(row.a, row.b): row.n1 for row in found.get("measure", ())},
        "moving" in found,
    )


def _entry(row: Any) -> Entry:
    what = row.a, row.b, row.c, json.loads(row.d)
    return Entry(row.n1, row.day, *what, row.n2, row.n3, row.n4, row.n5)


def perks_of(facts: Facts, programme: Programme) -> list[perks.Held]:
    """What a member's tier and plans bring her, each once, and the permanent discounts that she has taken.

    A plan that the programme no longer has brings nothing; a discount holds by the words it was taken under.
    """
    keys = facts.plan.in_force if facts.plan is not None else ()
    plans = [plan for key in keys for plan in programme.plans if plan.key == key]
    found: dict[str, perks.Held] = {}
    for plan in plans or (None,):
        for one in perks.held(programme, facts.standing.tier, plan):
            found.setdefault(one.perk.key, one)
    taken = [(programmes.version(one.version).reward(one.reward), one.ref) for one in facts.ready]
    return [*found.values(), *perks.discounts(taken)]


def balance_on(wallet: Wallet, maturing: list[tuple[date, int]], day: date) -> Balance:
    """The buckets on `day`: what has matured by then pays what is owed first, the rest can be spent (Reading 5).

    So points are the member's from 0:00 of their day, whether or not the nightly work has written it down since.
    """
    due = sum(points for on, points in maturing if on <= day)
    paid = min(due, wallet.owed)
    waiting = [(on, points) for on, points in maturing if on > day]
    return Balance(wallet.available + due - paid, wallet.pending - due, wallet.owed - paid, waiting)
