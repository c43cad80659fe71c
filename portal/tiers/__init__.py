"""Tiers: where a member stands and why, and how far it is to the next step.

It owns the grants and the counters that qualify for them. Tiers are told, not asked: whoever earns, bills or supports
calls `count` or `grant`; standing is the highest live grant. Up at once; down only at the review (Reading 7).
"""

from portal.tiers.gathering import Tally
from portal.tiers.models import TierCounter, TierGrant
from portal.tiers.rules import Counters, Goal, Held, Standing, keep, next_tier, standing
from portal.tiers.service import count, counters, due_members, facts, grant, grants, next_due, review

__all__ = [
    "Counters",
    "Goal",
    "Held",
    "Standing",
    "Tally",
    "TierCounter",
    "TierGrant",
    "count",
    "counters",
    "due_members",
    "facts",
    "grant",
    "grants",
    "keep",
    "next_due",
    "next_tier",
    "review",
    "standing",
]
