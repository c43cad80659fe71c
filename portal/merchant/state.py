"""A member's state as shops see it (contracts.md section 4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal import home, ledger, people, rewards, tiers
from portal import programme as programmes
from portal.db import read
from portal.money import to_major
from portal.programme import Programme

_wallet = ledger.Wallet.__table__.c


def member_state(ref: str, now: datetime) -> dict[str, Any] | None:
    """Where the member that shops know by `ref` stands at `now`; None when there is none.

    Points whose day has come count as available from 0:00 of it, whether or not the nightly work has run since.
    What the programme has no rules for yet is there and empty.
    """
    member = people.by_ref(ref)
    if member is None or member.status != "active":
        return None
    _, active = programmes.active()
    day = active.day(now)
    wallet = read(select(ledger.Wallet.__table__).where(_wallet.member_id == member.id)).one()
    facts = home.facts_of(member.id, member.joined_on, active, day)
    points = home.balance_on(wallet, facts.maturing, day)
    standing = facts.standing
    keep = None if facts.keep is None or facts.keep.done else facts.keep
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
            "expiring": [{"on": str(on), "points": many} for on, many in facts.expiring],
        },
        "tier": {
            "key": standing.tier.key,
            "source": standing.source,
            "since": str(standing.since),
            "until": None if standing.until is None else str(standing.until),
        },
        "progress": {"next": goal(facts.next, active), "keep": goal(keep, active)},
        "plan": _plan(facts),
        "perks": [{"key": one.perk.key, "source": one.source} for one in home.perks_of(facts, active)],
        "rewards": [_reward(one, active) for one in rewards.held(member.id, day)],
        "charity": facts.charity,
        "goals": [],
        "counters": {},
        "badges": [],
        "referral": _referral(facts),
    }


def _plan(facts: home.Facts) -> dict[str, Any] | None:
    if facts.plan is None:
        return None
    until = facts.plan.paid_until
    return {
        "key": facts.plan.plan,
        "status": facts.plan.status,
        "paid_until": None if until is None else str(until),
    }


def _reward(one: rewards.Taken, programme: Programme) -> dict[str, Any]:
    """A reward in her hands, or that ended within 90 days (Reading 30); its code is hers alone."""
    return {
        "ref": one.ref,
        "reward": one.terms.key,
        "state": one.state,
        "issued": str(one.issued_on),
        "expires": str(one.expires_on),
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
    return at.isoformat().replace("+00:00", "Z")


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
