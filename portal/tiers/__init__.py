"""Tiers: where a member stands and why, and how far it is to the next step.

It owns the grants, the counters that qualify for them, and the plans that are held. Tiers are told, not asked: whoever
earns, bills or supports calls `count`, `hold_plan`, `follow_attribute` or `grant`; standing is the highest live grant.
What is earned rises at once and falls only at the review (Reading 7); what is held ends with what holds it. It refuses
a pause that the programme does not give.
"""

from portal.tiers.adopting import adopt, put_days
from portal.tiers.gathering import Tally
from portal.tiers.holding import follow_attribute, hold_plan, paid_months, plans_on
from portal.tiers.models import HeldPlan, TierCounter, TierDay, TierGrant, TierPause
from portal.tiers.pausing import Last, PauseOffer, pause, pause_offer
from portal.tiers.progress import Goal, keep, next_tier
from portal.tiers.review import announce, due_members, members_to_tell, next_due, review
from portal.tiers.rules import Counters, Given, Held, Standing, reached, standing
from portal.tiers.service import count, counters, facts, grant, grants

__all__ = [
    "Counters",
    "Given",
    "Goal",
    "Held",
    "HeldPlan",
    "Last",
    "PauseOffer",
    "Standing",
    "Tally",
    "TierCounter",
    "TierDay",
    "TierGrant",
    "TierPause",
    "adopt",
    "announce",
    "count",
    "counters",
    "due_members",
    "facts",
    "follow_attribute",
    "grant",
    "grants",
    "hold_plan",
    "keep",
    "members_to_tell",
    "next_due",
    "next_tier",
    "paid_months",
    "pause",
    "pause_offer",
    "plans_on",
    "put_days",
    "reached",
    "review",
    "standing",
]
