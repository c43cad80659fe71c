"""The points of a plan that was bought as a gift, where the programme has an activity for it: once for each time that
its payment stands, and back when the payment goes.

Verbs inside the caller's write, which holds the buyer's wallet. What was counted stands in the record of activities, so
nothing is taken back that was never given.
"""

import contextlib
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from portal import earning
from portal import programme as programmes
from portal.db import read
from portal.errors import Refused

ACTIVITY = "gift-subscription"  # a programme with this activity gives its points for a gift that is paid
ACTOR = "billing"
_record = earning.ActivityRecord.__table__.c


def count(gift: Row[Any], now: datetime) -> None:
    """Give the points of a gift whose payment stands, or stands again; nothing while they are given."""
    given, taken = _turns(gift)
    if given == taken:
        _tell(gift, f"gift:{gift.id}" if not given else f"gift:{gift.id}:{given + 1}", 1, now)


def uncount(gift: Row[Any], now: datetime) -> None:
    """Take back the points of a gift whose payment is gone, as the activity takes back (Readings 8 and 23); nothing for
    one that was never counted."""
    given, taken = _turns(gift)
    if given > taken:
        _tell(gift, f"gift:{gift.id}:back:{given}", -1, now)


def is_counted(gift: Row[Any]) -> bool:
    """Whether a gift has brought its buyer something that goes with its payment."""
    given, taken = _turns(gift)
    return given > taken


def _turns(gift: Row[Any]) -> tuple[int, int]:
    """How often a gift was counted, and how often it was taken back."""
    mine = (_record.member_id == gift.member_id, _record.id.startswith(f"gift:{gift.id}"))
    found = list(read(select(_record.id).where(*mine)).scalars())
    taken = sum(":back:" in one for one in found)
    return len(found) - taken, taken


def _tell(gift: Row[Any], record_id: str, quantity: int, now: datetime) -> None:
    _, active = programmes.active()
    if all(one.key != ACTIVITY for one in active.activities):
        return
    # What the programme gives only to holders of a tier or a plan, or asks more of, is not given.
    with contextlib.suppress(Refused):
        earning.record_activity(
            gift.member_id, ACTIVITY, record_id=record_id, at=now, actor=ACTOR, quantity=quantity
        )
