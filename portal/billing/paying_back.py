"""Asking Stripe for what is owed back (`owed`): by whom it is noted, at once; later by the worker, until it has gone.

An edge of its own: what is asked is committed before, what was answered after it (house.md, wall 6). What went back is
looked at first, so whatever is cut off in between, nothing goes back twice.
"""

import contextlib
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row

from portal import ledger
from portal.billing import customers, operations, owed, queries, refunds, returns, sync
from portal.billing.shapes import Back, Declined, Missing, Rejected, Unavailable
from portal.db import transact

log = logging.getLogger("portal.billing")


def pay(owing: Iterable[Row[Any]], now: datetime, why: returns.Why = "requested_by_customer") -> None:
    """Have what is owed paid back now. Never raises: what Stripe does not answer or does not take is asked for again
    by the worker, and what a bank looks into once it has decided; what Stripe never takes is left to a person."""
    due = [op for op in owing if op.state in owed.UNDER_WAY]
    asked = [(op, _ask_for_credit(op, now) if owed.is_credit(op) else _ask_for(op, why, now)) for op in due]
    # Only now, for this is heard by all: what it tells of the plan says what has gone back.
    for op, payments in asked:
        with contextlib.suppress(Unavailable, Missing, Rejected):
            _hear(op, payments, now)


def carry_out(op: Row[Any], now: datetime) -> None:
    """Have it paid back, if it is still owed, as the worker. Raises Unavailable."""
    if op.state == "done":
        _hear(op, [] if owed.is_credit(op) else returns.payments_of(op.facts["bill"]), now)
        return
    wish = operations.one(op.member_id, op.facts["wish"])
    if op.facts["whole"] and wish is not None and wish.state == "new":
        return  # that one asks for it, and is never far
    sync.sync_if_there(op.facts["subscription"], now)
    if transact(partial(owed.is_due, op)):
        pay([op], now)


def _ask_for(op: Row[Any], why: returns.Why, now: datetime) -> list[str]:
    """Have it paid back, and write down what became of it; the payments that it is of."""
    is_asked, payments = op.state == "open", list[str]()
    try:
        payments = returns.payments_of(op.facts["bill"])
        if not payments:  # in cash, say
            transact(partial(owed.refused, op, "no payment of Stripe's is behind it", now, for_good=True))
            return []
        back = returns.back(payments)
        if not owed.is_enough(op, back) and back.dispute != "open":
            if not transact(partial(owed.begin, op)):
                return []
            is_asked = True
            _give_back(op, payments, back, why)
            back = returns.back(payments)
        if owed.is_enough(op, back):
            transact(partial(owed.done, op, now))
        elif back.dispute == "open":
            transact(partial(owed.later, op, "a bank looks into it", now, asked=False))
        else:
            transact(partial(owed.refused, op, "not all of it went back", now))
    except Unavailable as error:
        transact(partial(owed.later, op, str(error), now, asked=is_asked))
    except (Missing, Rejected, Declined) as error:
        log.error("the refund %s was not taken: %s", op.id, error)
        transact(partial(owed.refused, op, str(error), now))
    return payments


def _ask_for_credit(op: Row[Any], now: datetime) -> list[str]:
    """Have it given back to what she has with the shop, and write down what became of it; no payment is behind it."""
    is_asked, customer_id = op.state == "open", queries.customer_of(op.member_id)
    try:
        if customer_id is None:
            raise Missing("customer")
        bill = op.facts["bill"]  # and not the wish: it goes back once, for however many
        if not customers.has_back(customer_id, bill):
            if not transact(partial(owed.begin, op)):
                return []
            is_asked = True
            # Stripe repeats a failure under its key; whether it was carried out all the same was looked at before.
            key = f"{owed.KIND}:{bill}:credit:{op.tries}"
            customers.give_back(customer_id, op.facts["minor"], op.facts["currency"], bill, key)
        transact(partial(owed.done, op, now))
    except Unavailable as error:
        transact(partial(owed.later, op, str(error), now, asked=is_asked))
    except (Missing, Rejected, Declined) as error:
        log.error("the refund %s was not taken: %s", op.id, error)
        transact(partial(owed.refused, op, str(error), now))
    return []


def _give_back(op: Row[Any], payments: list[str], back: Back, why: returns.Why) -> None:
    # Stripe repeats a failure under its key; whether it was carried out all the same was looked at before.
    key = f"{op.idempotency_key}:{op.tries}"
    if op.facts["whole"]:
        returns.give_back(payments, why, key)
    elif len(payments) == 1:
        returns.give_back_part(payments[0], op.facts["minor"] - back.minor, op.facts["currency"], key)
    else:
        raise Rejected("a part of a bill that was paid in parts")


def _hear(op: Row[Any], payments: list[str], now: datetime) -> None:
    for payment_id in payments:
        refunds.sync_payment(payment_id, now)
    if owed.is_credit(op):
        sync.sync_bill(op.facts["bill"], now)  # and what is paid next, which is less by it
        transact(partial(_count_no_more, op, now))
    transact(partial(owed.heard, op))


def _count_no_more(op: Row[Any], now: datetime) -> None:
    ledger.lock(op.member_id)
    standing = operations.one(op.member_id, op.id)
    if standing is not None and standing.state == "done":
        refunds.count_no_more(op.member_id, op.facts["bill"], now)
