"""What a referral gives: points, or a reward of the programme."""

from datetime import datetime
from typing import Literal

from portal import ledger, rewards, tiers
from portal import programme as programmes
from portal.programme import Gift

ACTOR = "referral"


def give_out(
    member_id: str, gift: Gift | None, side: Literal["friend", "inviter"], friend_id: str, *, at: datetime
) -> None:
    """Give a side of an offer what it says; nothing where it says nothing. The caller sees to it that it is once.

    Points count for tiers like those of an activity. Refuses `unknown_key` for a reward that the programme in force
    has no longer.
    """
    if gift is None:
        return
    if gift.reward is not None:
        rewards.issue(member_id, gift.reward, reason=ACTOR, at=at, actor=ACTOR)
        return
    assert gift.points is not None, "a gift is one or the other"
    number, active = programmes.active()
    day = active.day(at)
    trace = {"referral": side, "points": gift.points}
    ledger.credit(
        member_id, gift.points, key=f"referral/{side}/{friend_id}", fingerprint="", expires_on=ledger.NEVER, at=at,
        day=day, because=ledger.Because("referral", side, ACTOR, number, trace),
    )  # fmt: skip
    tiers.count(
        member_id, active, tiers.Counters(earned=gift.points), placed_on=day,
        standing_grants=tiers.grants(member_id), reached_by=f"referral/{side}", at=at,
    )  # fmt: skip
