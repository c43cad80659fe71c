"""Settling: a friend's first order has stood long enough, so the inviter is given hers.

Two writes, each on one member's rows: the inviter's gives and notes it, the friend's says that nothing is left to do.
Cut off between them, the next run finds the first one done and does the second.
"""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger, notices, people
from portal import programme as programmes
from portal.db import read, run, transact
from portal.errors import Refused
from portal.programme import Gift
from portal.referrals.giving_out import give_out
from portal.referrals.models import Invitation, Referral
from portal.referrals.queries import due_friends, invitation
from portal.referrals.rules import first_name

log = logging.getLogger("portal.referrals")
_invitation, _referral = Invitation.__table__.c, Referral.__table__.c
_member = people.Member.__table__.c
AT_ONCE = 50


def settle_due(now: datetime) -> int:
    """Give every inviter what is due to her by `now`; how many friends were settled. An edge of its own: it commits.

    Safe at any time and any number of times. A reward that the programme has no longer is logged and stays due.
    """
    through, last, done = programmes.active()[1].day(now), "", 0
    while chunk := due_friends(through, last, AT_ONCE):
        for due in chunk:
            try:
                transact(partial(_reward_inviter, due.member_id, now))
                transact(partial(_close, due.member_id, now))
                done += 1
            except Refused as refused:
                log.error("the referral of friend %s is due and cannot be given: %s", due.member_id, refused)
        last = chunk[-1].member_id
    return done


def _reward_inviter(friend_id: str, now: datetime) -> None:
    """The inviter's write: her gift, its mail, and the day."""
    row = invitation(friend_id)
    day = programmes.active()[1].day(now)
    if row is None or row.due_on is None or row.due_on > day:
        return  # the order went back this moment
    ledger.lock(row.inviter_id)
    mine = (_referral.member_id == row.inviter_id, _referral.friend_id == friend_id)
    if run(select(_referral.rewarded_on).where(*mine)).scalar_one() is not None:
        return
    offer = programmes.version(row.programme_version).referral_offer(row.country)
    inviter = run(select(people.Member.__table__).where(_member.id == row.inviter_id)).one()
    if offer is not None and offer.inviter is not None and inviter.status == "active":
        give_out(inviter.id, offer.inviter, "inviter", friend_id, at=now)
        _tell(inviter, friend_id, offer.inviter, now)
    run(update(Referral).where(*mine).values(rewarded_on=day))


def _close(friend_id: str, now: datetime) -> None:
    """The friend's write: nothing is left to do, and nothing that becomes of her orders changes it any more."""
    row = invitation(friend_id)
    assert row is not None, "she is due"
    mine = (_referral.member_id == row.inviter_id, _referral.friend_id == friend_id)
    rewarded_on = read(select(_referral.rewarded_on).where(*mine)).scalar_one()
    if rewarded_on is not None:
        here = _invitation.member_id == friend_id
        run(update(Invitation).where(here).values(due_on=None, settled_on=rewarded_on))


def _tell(inviter: Row[Any], friend_id: str, gift: Gift, now: datetime) -> None:
    """One mail, with nothing of the friend but her first name."""
    if not inviter.email:
        return
    _, active = programmes.active()
    name = read(select(_member.name).where(_member.id == friend_id)).scalar_one()
    notices.queue(
        "referral_matured", key=f"referral_matured/{friend_id}", recipient=inviter.email,
        locale=inviter.locale or active.languages[0],
        facts={
            "member_name": inviter.name, "friend_name": first_name(name), "points": gift.points or 0,
            "reward_label": active.reward(gift.reward).label if gift.reward else "",
            "share_url": notices.address("/share"), "home_url": notices.address("/home"),
        },
        now=now, member_id=inviter.id,
    )  # fmt: skip
