"""A member's state as shops see it (contracts.md section 4)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Executable, Row, bindparam, select

from portal import granting, home, ledger, people, rewards, tiers
from portal import programme as programmes
from portal.db import prepared, read
from portal.money import to_major
from portal.programme import Programme

_member, _wallet = people.Member.__table__.c, ledger.Wallet.__table__.c
BUCKETS = ("available", "pending", "owed", "earned", "spent", "donated", "expired")
AT_ONCE = 500


def member_state(ref: str, now: datetime) -> dict[str, Any] | None:
    """Where the member that shops know by `ref` stands at `now`; None when there is none.

    Points whose day has come count as available from 0:00 of it, whether or not the nightly work has run since.
    What the programme has no rules for is there and empty.
    """
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        return None
    _, active = programmes.active()
    day = active.day(now)
    facts = home.facts_of(member.id, member.joined_on, active, day)
    return _state(member, ledger.wallet(member.id), facts, rewards.held(member.id, day), active, now)


def member_states(now: datetime) -> Iterator[dict[str, Any]]:
    """The state of everybody at `now`, as `member_state` gives it, in the order of ids; what is small of a member is
    read of many together."""
    _, active = programmes.active()
    day = active.day(now)
    last = ""
    while found := read(_members(), {"p_after": last, "p_many": AT_ONCE}).all():
        last = found[-1].id
        held = rewards.held_between(found[0].id, last, day)
        for one in found:
            facts = home.facts_of(one.id, one.joined_on, active, day)
            yield _state(one, one, facts, held.get(one.id, []), active, now)


@prepared
def _members() -> Executable:
    """Members by id, with their wallets."""
    return (
        select(
            _member.id,
            _member.ref,
            _member.joined_at,
            _member.joined_on,
            *(_wallet[name] for name in BUCKETS),
        )
        .join(ledger.Wallet, _wallet.member_id == _member.id)
        .where(_member.status == "active", _member.id > bindparam("p_after"))
        .order_by(_member.id)
        .limit(bindparam("p_many"))
    )


def _state(
    member: Row[Any],
    wallet: Row[Any],
    facts: home.Facts,
    held: list[rewards.Taken],
    active: Programme,
    now: datetime,
) -> dict[str, Any]:
    day = active.day(now)
    points = home.balance_on(wallet, facts.maturing, day)
    standing = facts.standing
    keep = None if facts.keep is None or facts.keep.done else facts.keep
    gathered = granting.state(member.id, active, day)
    return {
        "member": member.ref,
        "as_of": instant(now),
        "joined": instant(member.joined_at),
        "points": {
            "available": points.available,
            "pending": points.pending,
            "owed": points.owed,
            "earned": wallet.earned,
            "spent": wallet.spent,
            "donated": wallet.donated,
            "expired": wallet.expired,
            "value": money(active.value_minor(points.available), active.currency),
            "maturing": [{"on": str(on), "points": many} for on, many in points.maturing],
            "expiring": _by_day(facts.expiring),
        },
        "tier": {
            "key": standing.tier.key,
            "source": standing.source,
            "since": str(standing.since),
            "until": None if facts.tier_until is None else str(facts.tier_until),
        },
        "progress": {"next": goal(facts.next, active), "keep": goal(keep, active)},
        "plan": _plan(facts),
        "perks": [{"key": one.perk.key, "source": one.source} for one in home.perks_of(facts, active)],
        "rewards": [_reward(one, active) for one in held],
        "charity": facts.charity,
        "goals": gathered.goals,
        "counters": gathered.counters,
        "badges": gathered.badges,
        "referral": _referral(facts),
    }


def _plan(facts: home.Facts) -> dict[str, Any] | None:
    """Her plan; `paid_until` of one that was given, for which nothing is paid, is the last day of it."""
    if facts.plan is None:
        return None
    until = facts.plan.last_day if facts.plan.given else facts.plan.paid_until
    return {
        "key": facts.plan.plan,
        "status": facts.plan.status,
        "paid_until": None if until is None else str(until),
    }


def _by_day(endings: list[ledger.Ending]) -> list[dict[str, Any]]:
    """The points that end on each day, whether they were held up to it or not."""
    found: Counter[date] = Counter()
    for one in endings:
        found[one.on] += one.points
    return [{"on": str(on), "points": points} for on, points in sorted(found.items())]


def _reward(one: rewards.Taken, programme: Programme) -> dict[str, Any]:
    """A reward in her hands, or that ended within 90 days (Reading 30); its code is hers alone."""
    return {
        "ref": one.ref,
        "reward": one.terms.key,
        "state": one.state,
        "issued": str(one.issued_on),
        "expires": last_day(one.expires_on),
        "value": None if one.value_minor is None else money(one.value_minor, programme.currency),
        "left": None if one.left_minor is None else money(one.left_minor, programme.currency),
        "reason": one.reason,
    }


def _referral(facts: home.Facts) -> dict[str, Any] | None:
    """Her own code and what came of it; null where she has none, because the programme has no offer."""
    if facts.invites is None:
        return None
    return {
        "code": facts.invites.code,
        "joined": facts.invites.joined,
        "pending": facts.invites.pending,
        "rewarded": facts.invites.rewarded,
    }


def instant(at: datetime) -> str:
    """An instant as the API writes it: RFC 3339, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def last_day(day: date) -> str | None:
    """The last day of something; null for what has none."""
    return None if day == date.max else str(day)


def money(minor: int, currency: str) -> dict[str, str]:
    """An amount in minor units as the API writes it."""
    return {"amount": to_major(minor, currency), "currency": currency}


def goal(way: tiers.Goal | None, programme: Programme) -> dict[str, Any] | None:
    """The way to a tier as the API writes it: decimal strings for spend, counts for everything else."""
    if way is None:
        return None
    spend = way.metric == "spend"
    return {
        "tier": way.tier.key,
        "metric": way.metric,
        "have": to_major(way.have, programme.currency) if spend else way.have,
        "need": to_major(way.need, programme.currency) if spend else way.need,
        "by": None if way.by is None else str(way.by),
    }
