"""Comparing with Stripe what may have been missed: messages that never came, wishes left open, what differs.

An edge of its own: each step is committed. What differs is put right and told, in the log and by the command.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from portal.billing import (
    addresses,
    checkout,
    gifting,
    gifts,
    inbox,
    operations,
    ours,
    queries,
    refunds,
    reminding,
    rules,
    sync,
    wishes,
)
from portal.billing.by_hand import Owing, owing
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import Invoice, Subscription
from portal.billing.patience import patience
from portal.billing.shapes import (
    Barred,
    Bill,
    Declined,
    Missing,
    Rejected,
    Subscribed,
    Unavailable,
    Unread,
    Unreadable,
)
from portal.db import read, transact

log = logging.getLogger("portal.billing")
LOOK_BACK = timedelta(days=3)  # as long as Stripe repeats a message
LOOKED_AT = timedelta(hours=20)  # what was fetched since then is not fetched again by the nightly work
MANY = 200
COMPARED = (
    *("plan", "status", "paid_until", "ends_on", "ended_on", "failed_on", "collection_paused"),
    *("due_minor", "next_plan", "waiting_plan"),
)


@dataclass(slots=True)
class Report:
    """What was found: events that had not arrived, wishes looked after, each difference in words, each thing that could
    not be looked at, which was in no other's way, and what a person has to pay back."""

    events: int = 0
    wishes: int = 0
    compared: int = 0
    drift: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    by_hand: list[Owing] = field(default_factory=list)
    pending: int = 0
    parked: int = 0


def work_off(now: datetime) -> None:
    """What the worker does each time it looks: events, payment pages of stopped cards, then wishes."""
    if queries.is_on():
        inbox.work_off(now)
        _close_pages_of_stopped(now)
        wishes.carry_on(now)


def _close_pages_of_stopped(now: datetime) -> None:
    """Whoever was in a card before it was stopped may have a payment page of Stripe's in front of him, which may know
    the card of hers: it is closed (decision 0023). Where Stripe does not answer, at the next look."""
    left: list[str] = []
    try:
        for op in queries.pages_of_stopped():
            with _alone(f"the payment page of a stopped card, {op.session_id}", left):
                _look_after(op, now)
    except Unavailable as error:
        log.warning("a payment page of a stopped card is closed later: %s", error)


@contextmanager
def _alone(what: str, unread: list[str]) -> Iterator[None]:
    """What Stripe answers of one thing is in no other's way: it is told in the log and put down in `unread`. Raises
    Unavailable and Barred, which are of all of them."""
    try:
        yield
    except Barred:
        raise
    except (Unreadable, Missing, Rejected, Declined) as error:
        log.error("%s could not be looked at: %s: %s", what, type(error).__name__, error)
        unread.append(f"{what}: {type(error).__name__}: {error}")


def _look_after(op: Row[Any], now: datetime) -> None:
    if op.kind == gifts.KIND:
        gifting.look_after(op, now)
    else:
        checkout.look_after(op, now)


@patience()
def reconcile(now: datetime, *, everything: bool) -> Report:
    """Compare with Stripe and put right what differs. Raises Unavailable and Rejected; not for one member's things.

    `everything` fetches every subscription there is; else those that nobody looked at for a day, and new ones.
    """
    report = Report()
    missed = gateway().undelivered(now - LOOK_BACK)
    report.events = transact(partial(inbox.store, missed, now))
    _compare(gateway().subscriptions(None if everything else now - LOOK_BACK), report, now)
    for row in _unseen(now if everything else now - LOOKED_AT):
        before = _shown(row)
        with _alone(f"member {row.member_id}, subscription {row.id}", report.unread):
            sync.sync_or_end(row.id, now)
        _note(row.member_id, row.id, before, report)
    _compare_checkouts(report, now)
    _compare_bills(None if everything else now - LOOK_BACK, report, now)
    for payment_id in refunds.to_look_at(None if everything else now - LOOK_BACK):
        with _alone(f"payment {payment_id}", report.unread):
            report.drift += refunds.look_again(payment_id, now)
    inbox.work_off(now)
    report.wishes = wishes.carry_on(now)
    report.by_hand = [one for one in owing() if one.waits]
    report.pending, report.parked = inbox.waiting()
    for line in report.drift:
        log.error("billing drift: %s", line)
    return report


def nightly(now: datetime) -> None:
    """The part of the scheduled work that asks Stripe; what does not answer now is asked the next time."""
    if not queries.is_on():
        return
    try:
        reconcile(now, everything=False)
        addresses.follow(now)
    except (Unavailable, Rejected, Missing, Declined) as error:
        log.error("billing could not be compared with Stripe: %s", error)
    reminding.remind(now)


def _compare(found: Iterable[Subscribed | Unread], report: Report, now: datetime) -> None:
    for one in found:
        owner = ours.owner(one.customer_id, one.metadata)
        if owner is None:
            continue
        if isinstance(one, Unread):
            _tell_unread(owner, "subscription", one, report)
            continue
        before = _shown(_row(owner, one.id))
        if transact(partial(sync.write_subscription, one, now)) is None:
            continue  # it is sold to the same customer, and no plan
        report.compared += 1
        _note(owner, one.id, before, report)


def _compare_checkouts(report: Report, now: datetime) -> None:
    """Checkouts that are open as far as we know: what was paid on one is brought by no subscription where it was for
    life, or a gift."""
    for op in queries.open_checkouts():
        with _alone(f"member {op.member_id}, checkout {op.session_id}", report.unread):
            _look_after(op, now)
        after = operations.one(op.member_id, op.id)
        if after is not None and after.state == "done":
            report.drift.append(f"member {op.member_id}, checkout {op.session_id}: {op.state} -> done")


def _compare_bills(since: datetime | None, report: Report, now: datetime) -> None:
    """Bills made from `since` on of which nobody has heard, and which no subscription has brought with it as its
    latest; oldest first."""
    bill = Invoice.__table__.c
    kept = select(bill.id, bill.status)
    known = {row.id: row.status for row in read(kept if since is None else kept.where(bill.made_at >= since))}
    found: list[Bill] = []
    for one in gateway().bills(since):
        if not isinstance(one, Unread):
            found += [one] if known.get(one.id) != one.status else []
        elif (owner := ours.owner(one.customer_id, one.metadata)) is not None:
            _tell_unread(owner, "invoice", one, report)
    for one in sorted(found, key=lambda one: one.made_at):
        owner = transact(partial(sync.write_bill, one, now))
        if owner is not None:
            report.drift.append(
                f"member {owner}, invoice {one.id}: {known.get(one.id, 'unknown')} -> {one.status}"
            )


def _tell_unread(owner: str, what: str, one: Unread, report: Report) -> None:
    line = f"member {owner}, {what} {one.id}: {one.why}"
    log.error("it could not be looked at: %s", line)
    report.unread.append(line)


def _note(member_id: str, subscription_id: str, before: str, report: Report) -> None:
    after = _shown(_row(member_id, subscription_id))
    if before != after:
        report.drift.append(f"member {member_id}, subscription {subscription_id}: {before} -> {after}")


def _shown(row: Row[Any] | None) -> str:
    """What is compared, in words; days without a value are left out. What going on after a pause would cost changes by
    itself as a discount ends, and nobody tells of it."""
    if row is None:
        return "unknown"
    names = [name for name in COMPARED if name != "due_minor" or row.status != "paused"]
    return ", ".join(f"{name} {row._mapping[name]}" for name in names if row._mapping[name])


def _row(member_id: str, subscription_id: str) -> Row[Any] | None:
    one = Subscription.__table__.c
    mine = (one.member_id == member_id, one.id == subscription_id)
    return read(select(Subscription.__table__).where(*mine)).one_or_none()


def _unseen(before: datetime) -> list[Row[Any]]:
    """Subscriptions that go on and were not fetched since `before`, the longest ago first."""
    one = Subscription.__table__.c
    return list(
        read(
            select(Subscription.__table__)
            .where(one.status.in_(rules.LIVE), one.fetched_at < before, one.id != LINES)
            .order_by(one.fetched_at)
            .limit(MANY)
        ).all()
    )
