"""One free trial for each person and card.

Who tried a plan out is known by her rows. Which card did is known only once Stripe has it, after its page: so a trial
with a card that had one is not begun, and ended there before anything is charged (docs/decisions/0017). A verb inside
the caller's write.
"""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal import people
from portal.billing import operations, rules, telling
from portal.billing.shapes import Subscribed

log = logging.getLogger("portal.billing")
CARD_HAD_ONE = "trial-card"  # in `extra_of` of the trial that is not begun


def refused(
    member_id: str, plan: str, found: Subscribed, before: Row[Any] | None, now: datetime
) -> str | None:
    """`CARD_HAD_ONE` for a trial that is not to be; the card of any other is noted.

    Only a trial that this portal's checkout offered, and only as it begins: a card that comes later has been let in,
    and what a person gave at Stripe stands. The card is nowhere kept, only a keyed hash of its fingerprint.
    """
    if before is not None and before.extra_of == CARD_HAD_ONE:
        return CARD_HAD_ONE
    if found.status != "trialing" or found.card is None:
        return None
    owner = people.reserve("trial-card", people.keyed_hash(f"trial-card:{found.card}"), member_id)
    begins = before is None or before.status in rules.UNFINISHED
    op = operations.one(member_id, found.metadata.get("op", ""))
    if owner == member_id or not begins or op is None or not op.facts.get("trial_days"):
        return None
    log.warning("the trial %s of member %s is not begun: its card has had one", found.id, member_id)
    facts = {"subscription": found.id}
    operations.note(member_id, "extra", plan, facts, key=f"extra:{found.id}", now=now, due_at=now)
    telling.tell_ended(member_id, plan, key=found.id, why="card", now=now, was_free=True)
    return CARD_HAD_ONE
