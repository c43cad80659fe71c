"""A member's state as shops see it (contracts.md section 4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal import home, ledger, people, tiers
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
        "progress": {"next": _goal(facts.next, active), "keep": _goal(keep, active)},
        "plan": None,
        "perks": [],
        "rewards": [],
        "charity": None,
        "goals": [],
        "counters": {},
        "badges": [],
        "referral": None,
    }


def instant(at: datetime) -> str:
    """An instant as the API writes it: RFC 3339, in UTC."""
    return at.isoformat().replace("+00:00", "Z")


def money(minor: int, currency: str) -> dict[str, str]:
    """An amount in minor units as the API writes it."""
    return {"amount": to_major(minor, currency), "currency": currency}


def _goal(goal: tiers.Goal | None, programme: Programme) -> dict[str, Any] | None:
    if goal is None:
        return None
    spend = goal.metric == "spend"
    return {
        "tier": goal.tier.key,
        "metric": goal.metric,
        "have": to_major(goal.have, programme.currency) if spend else goal.have,
        "need": to_major(goal.need, programme.currency) if spend else goal.need,
        "by": None if goal.by is None else str(goal.by),
    }
