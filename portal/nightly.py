"""All scheduled work of all slices, in chunks that are short enough not to stand in a page's way.

Safe to run at any time and any number of times: each piece finds out itself what is due.
"""

from datetime import date, datetime
from functools import partial

from portal import billing, earning, joining, ledger, notices, referrals, rewards, signin, tiers
from portal import programme as programmes
from portal.db import transact

MEMBERS_AT_ONCE = 50


def next_due() -> date | None:
    """The first day of the programme's zone on which something is due for anybody; None when nothing is."""
    days = [slice_.next_due() for slice_ in (rewards, tiers, ledger, referrals)]
    return min((day for day in days if day is not None), default=None)


def run(now: datetime) -> int:
    """Bring every member up to `now` for whom something is due; how many there were."""
    _, active = programmes.active()
    through = active.day(now)
    done = 0
    # First what ends, then what begins (Reading 19).
    for due in (rewards.due_members, tiers.due_members, ledger.due_members):
        last = ""
        while chunk := due(through, last, MEMBERS_AT_ONCE):
            transact(partial(_bring_up_to_date, chunk, now))
            last = chunk[-1]
            done += len(chunk)
    done += referrals.settle_due(now)
    for forget in (earning.purge_purses, signin.forget_old, joining.forget_old, notices.forget_old):
        transact(partial(forget, now))
    billing.nightly(now)
    return done


def _bring_up_to_date(members: list[str], now: datetime) -> None:
    for member in members:
        earning.bring_up_to_date(member, now)
