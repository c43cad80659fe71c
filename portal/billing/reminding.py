"""Reminders before money moves: of every yearly renewal, and of the end of a trial. An edge of its own, which commits.

Found by the calendar and not by a message of Stripe's, so that none is missed. A reminder is keyed by subscription, day
and amount: it comes once, and once more where the amount has changed since.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, func, select

from portal import notices
from portal import programme as programmes
from portal.billing import benefits, telling
from portal.billing.lines import LINES
from portal.billing.models import Subscription
from portal.billing.named import plan_known
from portal.db import read, transact
from portal.programme import Programme

TRIAL_DAYS = 3  # before the end of a trial; one that is no longer was told on its first day
AT_ONCE = 50
_subscription = Subscription.__table__.c
Tell = Callable[[Row[Any], str, Programme, datetime], None]


def remind(now: datetime) -> int:
    """Tell everybody whose yearly plan renews within its `renewal_notice_days`, or whose trial ends within 3 days; how
    many were told.
    """
    _, active = programmes.active()
    day = active.day(now)
    comes = func.coalesce(_subscription.next_plan, _subscription.plan)
    kept = read(select(comes).where(_subscription.status == "active").distinct()).scalars().all()
    renewing = [
        row
        for plan in (plan_known(active, str(key)) for key in sorted(kept))
        if plan is not None and plan.interval == "year"
        for row in _due("active", day, plan.renewal_notice_days, (comes == plan.key,))
    ]
    trials = [
        row for row in _due("trialing", day, TRIAL_DAYS, ()) if (row.paid_until - row.since).days > TRIAL_DAYS
    ]
    return _tell_all("plan_renewing", renewing, _renewing, active, now) + _tell_all(
        "plan_trial_ending", trials, _trial_ending, active, now
    )


def _due(status: str, day: date, days: int, where: Sequence[Any]) -> list[Row[Any]]:
    """Subscriptions whose next charge is within so many days, those that will not be charged left out."""
    soon = _subscription.paid_until.between(day, day + timedelta(days=days))
    goes_on = (
        _subscription.status == status,
        _subscription.extra_of.is_(None),
        _subscription.ends_on.is_(None),
        _subscription.collection_paused.is_(False),
        _subscription.id != LINES,  # whom nobody charges through Stripe
    )
    asked = select(Subscription.__table__).where(*goes_on, soon, *where)
    return list(read(asked.order_by(_subscription.member_id)).all())


def _tell_all(kind: str, rows: Sequence[Row[Any]], tell: Tell, active: Programme, now: datetime) -> int:
    keys = {row.id: f"{row.id}/{row.paid_until}/{_charge(row)}" for row in rows}
    told = notices.known(f"{kind}/{key}" for key in keys.values())
    left = [row for row in rows if f"{kind}/{keys[row.id]}" not in told]
    for first in range(0, len(left), AT_ONCE):
        transact(partial(_tell_some, left[first : first + AT_ONCE], keys, tell, active, now))
    return len(left)


def _tell_some(
    rows: Sequence[Row[Any]], keys: dict[str, str], tell: Tell, active: Programme, now: datetime
) -> None:
    for row in rows:
        tell(row, keys[row.id], active, now)


def _charge(row: Row[Any]) -> int:
    """What is charged next: another amount where the plan changes then, or a discount is taken off."""
    price = row.amount_minor if row.next_minor is None else row.next_minor
    return int(price if row.due_minor is None else row.due_minor)


def _renewing(row: Row[Any], key: str, active: Programme, now: datetime) -> None:
    found, plan = benefits.meter_of(row.member_id, active, active.day(now)), row.next_plan or row.plan
    if row.next_plan is not None:
        found = None  # what she has had was another plan
    elif found is not None and found.saves_unseen and not found.gave_minor:
        found = None  # a figure of nothing would be a lie about delivery or prices that nobody told us of
    telling.tell_renewing(
        row.member_id, plan, key=key, amount_minor=_charge(row), currency=row.currency, renews=row.paid_until,
        paid_minor=None if found is None else found.paid_minor, gave_minor=None if found is None else found.gave_minor,
        now=now, instead_of=row.plan if row.next_plan is not None else None,
    )  # fmt: skip


def _trial_ending(row: Row[Any], key: str, _active: Programme, now: datetime) -> None:
    telling.tell_trial_ending(
        row.member_id, row.plan, key=key, amount_minor=_charge(row), currency=row.currency, ends=row.paid_until,
        has_card=not row.needs_card, now=now,
    )  # fmt: skip
