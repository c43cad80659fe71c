"""Carrying out an end: with what is paid for, or at once.

The day on which she asked counts. Where Stripe could not be asked before the plan renewed, it ends at once, and what
the renewal took goes back. Each step may be done twice, so that whatever is cut off in between is carried on.
"""

from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, update

from portal import programme as programmes
from portal.billing import operations, refunds, returns, running
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.billing.shapes import Bill, Subscribed
from portal.db import run, transact


def carry_out(op: Row[Any], key: str, now: datetime) -> Subscribed:
    """Ask Stripe for the end that `op` wants; what it shows then. `key` makes it once. Raises as the gateway does."""
    wanted, at_once = op.facts["subscription"], op.facts.get("at_once")
    renewals = _renewals_since(op, now)
    if not renewals:
        if at_once:
            return running.end_now(wanted, key)
        return running.end(wanted, op.facts.get("reason"), op.facts.get("comment"), key)
    paid = [bill for bill in renewals if bill.status == "paid" and bill.due_minor]
    minor = sum(bill.due_minor for bill in paid)
    transact(
        partial(_note_back, op, minor, renewals[0].currency)
    )  # whoever sees the end first says it in the mail
    running.end_now(wanted, key)
    payments = [payment_id for bill in paid for payment_id in returns.payments_of(bill.id)]
    returns.give_back(payments, "requested_by_customer", key)
    for payment_id in payments:
        refunds.sync_payment(payment_id, now)
    return gateway().subscription(wanted)


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


def _note_back(op: Row[Any], minor: int, currency: str) -> None:
    facts = op.facts | {"back_minor": minor, "currency": currency}
    run(update(BillingOperation).where(*operations.mine(op)).values(facts=facts))
