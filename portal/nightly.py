"""All scheduled work of all slices, in chunks that are short enough not to stand in a page's way.

Safe to run at any time and any number of times: each piece finds out itself what is due.
"""

from datetime import datetime
from functools import partial

from portal import earning, ledger, notices, signin, tiers
from portal import programme as programmes
from portal.db import transact

MEMBERS_AT_ONCE = 50


def run(now: datetime) -> int:
    """Bring every member up to `now` for whom something is due; how many there were."""
    _, active = programmes.active()
    through = active.day(now)
    done = 0
    for due in (tiers.due_members, ledger.due_members):  # first what ends, then what begins (Reading 19)
        last = ""
        while chunk := due(through, last, MEMBERS_AT_ONCE):
            transact(partial(_bring_up_to_date, chunk, now))
            last = chunk[-1]
            done += len(chunk)
    for forget in (earning.purge_purses, signin.forget_old, notices.forget_old):
        transact(partial(forget, now))
    return done


def _bring_up_to_date(members: list[str], now: datetime) -> None:
    for member in members:
        earning.bring_up_to_date(member, now)
