"""A cheaper plan that was agreed to before a renewal, where Stripe could be asked for it only after that: she pays for
the new period what she agreed to, and the change comes with the next one.

Each step may be done twice, so that whatever is cut off in between is carried on.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, update

from portal import ledger
from portal import programme as programmes
from portal.billing import operations, owed, paying_back, queries, returns
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.billing.shapes import Bill, Rejected, Subscribed, Unavailable
from portal.db import run, transact


def give_back(op: Row[Any], found: Subscribed, now: datetime) -> bool:
    """Note that what the renewal took beyond the plan that `op` wants is owed back, and have it paid back; whether
    there was such a renewal, and the change has still to be asked for. Nothing is owed where there was none, or where
    what she would have paid is not known to the penny.

    Raises Unavailable while the bill of the new period is in the making, Rejected where something of it went back
    already, the plan has renewed once more, or she has asked for something else.
    """
    if "back_minor" not in op.facts:
        bill = _renewal(op, found)
        if bill is None:
            return False
        if bill.status == "draft":
            raise Unavailable("its new period is being paid for at this moment")
        payments = returns.payments_of(bill.id)
        if len(payments) != 1 or returns.back(payments).minor:
            raise Rejected("what the renewal took beyond it cannot be given back by itself")
        facts = transact(partial(_note_back, op, bill, _ends(found), now))
    else:
        facts = op.facts
        if found.price_id == facts["price_id"]:
            return False  # it was planned, and has come, though no answer said so
        if not owed.of_wish(op.member_id, op.id):  # noted before what is owed had a row of its own
            transact(partial(owed.note, op, gateway().bill(facts["back_of"]), now, facts["back_minor"]))
    paying_back.pay(owed.of_wish(op.member_id, op.id), now)
    if _ends(found) != facts["next_on"]:
        raise Rejected("it has renewed once more since")
    after = operations.one(op.member_id, op.id)
    other = after is None or after.state != "new" or queries.wish_under_way(op.member_id, found.id) == "end"
    if other or found.ends_at is not None:
        raise Rejected("she has asked for something else since")
    return True


def waits(op: Row[Any], found: Subscribed) -> bool:
    """Whether the plan that she wanted to leave was renewed since, and that is not paid yet: what it takes beyond the
    other one is known once it is."""
    bill = _renewal(op, found) if "back_minor" not in op.facts else None
    return bill is not None and bill.status == "open"


def _ends(found: Subscribed) -> str:
    """The day on which the period that runs is over, as the facts of an operation keep it."""
    return programmes.active()[1].day(found.period_end).isoformat()


def _renewal(op: Row[Any], found: Subscribed) -> Bill | None:
    """The bill by which the plan that she wanted to leave was renewed since, for its whole price; None without one."""
    facts, bill = op.facts, found.bill
    plan = next((one for one in programmes.active()[1].plans if one.key == op.plan), None)
    runs_on = found.status in ("active", "past_due") and found.ends_at is None and not found.collection_paused
    as_shown = found.price_id == facts["from_price_id"] and found.planned is None and found.waiting is None
    next_period = found.period_start == datetime.fromtimestamp(facts["period_end"], UTC)
    if op.kind != "later" or plan is None or not (runs_on and as_shown and next_period):
        return None
    if plan.interval != found.interval or facts.get("discounted", True):
        return None
    if bill is None or bill.reason != "subscription_cycle":
        return None
    if queries.wish_under_way(op.member_id, found.id) == "end":
        return None
    whole = bill.due_minor == bill.total_minor == found.amount_minor and bill.currency == facts["currency"]
    pays = bill.status in ("draft", "open", "paid") and 0 < facts["next_minor"] < bill.due_minor
    return bill if whole and pays else None


def _note_back(op: Row[Any], bill: Bill, next_on: str, now: datetime) -> dict[str, Any]:
    """Write down what is owed back; the facts of `op`, which keep it for the mail."""
    ledger.lock(op.member_id)
    back_minor = bill.due_minor - op.facts["next_minor"]
    owed.note(op, bill, now, back_minor)
    facts: dict[str, Any] = op.facts | {"back_minor": back_minor, "next_on": next_on}
    run(update(BillingOperation).where(*operations.mine(op)).values(facts=facts))
    return facts
