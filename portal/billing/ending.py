"""Carrying out an end, with what is paid for or at once, and a pause.

The day on which she asked counts. Where Stripe could not be asked before the plan renewed, it ends or stands still at
once, and what the renewal took is owed back (`owed`). Each step may be done twice, so that whatever is cut off in
between is carried on.
"""

import logging
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, update

from portal import ledger
from portal import programme as programmes
from portal.billing import operations, owed, pausing, paying_back, queries, running, sync
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.billing.shapes import Bill, Missing, Rejected, Subscribed, Unavailable
from portal.db import run, transact

log = logging.getLogger("portal.billing")


def carry_out(op: Row[Any], key: str, now: datetime) -> Subscribed:
    """Ask Stripe for the end that `op` wants; what it shows then. `key` makes it once. Raises as the gateway does."""
    wanted, at_once = op.facts["subscription"], op.facts.get("at_once")
    renewals = _renewals_since(op, now)
    if not renewals:
        if at_once or (_is_paused(op, wanted) and not _goes_on(op, key, now)):
            return running.end_now(wanted, key)
        return running.end(wanted, op.facts.get("reason"), op.facts.get("comment"), key)
    transact(partial(_note_back, op, renewals, now))
    running.end_now(wanted, key)
    _pay_back(op, renewals, now)
    return gateway().subscription(wanted)


def _is_paused(op: Row[Any], wanted: str) -> bool:
    """By a pause of before too, whose answer was lost."""
    return bool(op.facts.get("resumes")) or gateway().subscription(wanted).status == "paused"


def _goes_on(op: Row[Any], key: str, now: datetime) -> bool:
    """Let a paused plan go on in the time that is paid for, to end with it; False where none is paid for any more. Cut
    off before the end, it renews at worst, and that goes back."""
    _, active = programmes.active()
    sync.sync_subscription(op.facts["subscription"], now)
    live = queries.subscription(op.member_id, op.facts["subscription"])
    if live is None or not pausing.stays(live, active.day(now)):
        return live is not None and live.status in ("active", "trialing")
    found = running.resume(gateway().subscription(live.id), still_paid=True, key=f"{key}:on")
    if found.status != "active":
        raise Rejected(f"it is {found.status}, and was to go on until it ends")
    return True


def pause(op: Row[Any], key: str, now: datetime) -> Subscribed:
    """Ask Stripe for the pause that `op` wants; what it shows then. As `carry_out`. Raises Unavailable in the hour in
    which the bill of a new period is made: it would be charged in the pause."""
    wanted = op.facts["subscription"]
    renewals = _renewals_since(op, now)
    if any(bill.status == "draft" for bill in renewals):
        raise Unavailable("its new period is being paid for at this moment")
    if not renewals:
        return running.pause(wanted, key)
    transact(partial(_note_back, op, renewals, now))
    running.pause(wanted, key)
    _pay_back(op, renewals, now)
    return gateway().subscription(wanted)


def _pay_back(op: Row[Any], renewals: list[Bill], now: datetime) -> None:
    """Have paid back what those of them took; what was paid in this moment is owed back as well."""
    owing = transact(partial(_note_back, op, _renewals_since(op, now) or renewals, now))
    paying_back.pay(owing, now)


def look_back(op: Row[Any], now: datetime) -> None:
    """Note what is owed back for an end or a pause that was settled before what is owed was an operation of its own.
    What went back since is looked at before anything goes (`paying_back`). Where Stripe does not say, later."""
    try:
        renewals = _renewals_since(op, now)
    except (Unavailable, Missing, Rejected) as error:
        log.error("what was to go back for %s is looked up later: %s", op.id, error)
        transact(partial(_look_at, op, now + operations.DECIDED))
        return
    transact(partial(_note_of_before, op, renewals, now))


def _note_of_before(op: Row[Any], renewals: list[Bill], now: datetime) -> None:
    ledger.lock(op.member_id)
    _, active = programmes.active()
    runs = queries.subscription(op.member_id, op.facts["subscription"])
    for bill in renewals:
        until = None if bill.until is None else active.day(bill.until)
        if bill.status == "paid" and bill.due_minor and (op.kind == "end" or _stood_still(op, runs, until)):
            owed.note(op, bill, now)
    _look_at(op, None)


def _stood_still(op: Row[Any], runs: Row[Any] | None, until: date | None) -> bool:
    """Whether the time to this day was paused, and not used since: of a pause that Stripe is not known to have taken,
    as far as it shows."""
    last = op.facts.get("back_until")
    if until is None or last is None or until > date.fromisoformat(last):
        return False  # paid after the pause
    of_this = runs is not None and runs.paid_until == until
    if op.state == "done":
        return not (of_this and runs is not None and runs.status == "active")
    return of_this and runs is not None and runs.status == "paused"


def _look_at(op: Row[Any], due_at: datetime | None) -> None:
    run(update(BillingOperation).where(*operations.mine(op)).values(due_at=due_at))


def _renewals_since(op: Row[Any], now: datetime) -> list[Bill]:
    """The bills of periods after the one that she saw when she asked, where she asked in time; the page told her that
    they would not come."""
    seen = op.facts.get("paid_until")
    if seen is None:
        return []
    _, active = programmes.active()
    until = date.fromisoformat(seen)
    in_time = op.facts.get("at_once") or active.day(op.created_at) <= until
    if not in_time or active.day(now) < until:
        return []
    bills = running.renewals(op.facts["subscription"], active.midnight(until))
    return [bill for bill in bills if bill.status != "void"]


def _note_back(op: Row[Any], renewals: list[Bill], now: datetime) -> list[Row[Any]]:
    """Write down that those of them that were paid are owed back, whatever she wants next; what is owed. It is kept
    with the wish too, so that whoever sees first what has become of it says so in the mail."""
    ledger.lock(op.member_id)
    paid = [bill for bill in renewals if owed.is_paid(bill)]
    for bill in paid:
        owed.note(op, bill, now)
    back = {
        "back_minor": sum(bill.due_minor for bill in paid),
        "credit_minor": sum(bill.credit_minor for bill in paid),
        "currency": renewals[0].currency,
    }
    run(update(BillingOperation).where(*operations.mine(op)).values(facts=op.facts | back))
    return owed.of_wish(op.member_id, op.id)
