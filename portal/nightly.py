"""All scheduled work of all slices, in chunks that are short enough not to stand in a page's way.

Safe to run at any time and any number of times: each piece finds out itself what is due.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from portal import (
    billing,
    earning,
    giving,
    granting,
    joining,
    ledger,
    merchant,
    notices,
    referrals,
    rewards,
    signin,
    tiers,
)
from portal import programme as programmes
from portal.db import transact

MEMBERS_AT_ONCE = 50
Due = Callable[[str, int], list[str]]
"""Members for whom something is due, by id: after which one, and how many at most."""


def next_due() -> datetime | None:
    """The first instant at which something is due for anybody; None when nothing is.

    Days begin at 0:00 in the programme's zone, a birthday in its member's own.
    """
    _, active = programmes.active()
    days = [slice_.next_due() for slice_ in (rewards, tiers, ledger, giving, referrals, billing)]
    instants = [active.midnight(day) for day in days if day is not None]
    own = granting.next_due_at(active)
    return min(instants if own is None else [*instants, own], default=None)


def run(now: datetime) -> int:
    """Bring every member up to `now` for whom something is due; how many there were."""
    _, active = programmes.active()
    through = active.day(now)
    done = 0
    for slice_ in (rewards, tiers, ledger, granting, giving):
        done += _walk(partial(slice_.due_members, through), now)
    done += _walk(partial(granting.early_members, active, now), now)
    _walk(partial(tiers.members_to_tell, through), now, _announce_tiers)
    done += _walk(partial(billing.due_members, through), now, billing.follow_given)
    done += referrals.settle_due(now)
    for request_id in signin.recoveries_due(now):
        transact(partial(signin.carry_out, request_id, now))
    transact(partial(merchant.tell_of_ending_keys, now))
    for forget in (
        earning.purge_purses,
        signin.forget_old,
        signin.forget_old_safety,
        joining.forget_old,
        notices.forget_old,
    ):
        transact(partial(forget, now))
    billing.nightly(now)
    return done


def _walk(due: Due, now: datetime, each: Callable[[str, datetime], object] = earning.bring_up_to_date) -> int:
    """Bring the members of one list up to date, by id, a chunk in each write; how many there were."""
    done, last = 0, ""
    while chunk := due(last, MEMBERS_AT_ONCE):
        transact(partial(_for_each, each, chunk, now))
        last = chunk[-1]
        done += len(chunk)
    return done


def _for_each(do: Callable[[str, datetime], object], members: list[str], now: datetime) -> None:
    for member in members:
        do(member, now)


def _announce_tiers(member_id: str, now: datetime) -> None:
    """Tell her in time of a tier that ends as things stand, or that has ended."""
    _, active = programmes.active()
    ledger.lock(member_id)
    tiers.announce(member_id, active, at=now, day=active.day(now))
