"""A cheaper plan that was agreed to before a renewal, where Stripe could be asked for it only after that: she pays for
the new period what she agreed to, and the change comes with the next one.

Each step may be done twice, so that whatever is cut off in between is carried on.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, update

from portal import programme as programmes
from portal.billing import operations, queries, refunds, returns
from portal.billing.models import BillingOperation
from portal.billing.shapes import Bill, Rejected, Subscribed, Unavailable
from portal.db import run, transact


def give_back(op: Row[Any], found: Subscribed, now: datetime) -> bool:
    """Give back what the renewal took beyond the plan that `op` wants, and keep it with `op`; whether there was such a
    renewal. Nothing is done where there was none, or where what she would have paid is not known to the penny.

    Raises Unavailable while the bill of the new period is in the making, Rejected where the payment is looked into by
    a bank, or something of it went back already.
    """
    if "back_minor" not in op.facts:
        bill = _renewal(op, found)
        if bill is None:
            return False
        if bill.status == "draft":
            raise Unavailable("its new period is being paid for at this moment")
        back = {
            "back_of": bill.id,
            "back_minor": bill.due_minor - op.facts["next_minor"],
            "next_on": programmes.active()[1].day(found.period_end).isoformat(),
        }
    else:
        back = {}
    facts = op.facts | back
    payments = returns.payments_of(facts["back_of"])
    gone = returns.back(payments)
    if len(payments) != 1 or gone.dispute is not None or (back and gone.minor):
        raise Rejected("what the renewal took beyond it cannot be given back by itself")
    if back:
        transact(partial(_keep, op, facts))
    if not gone.minor:
        # One key for all tries: better that a person looks than that it goes back twice.
        key = f"{op.idempotency_key}:difference"
        returns.give_back_part(payments[0], facts["back_minor"], facts["currency"], key)
    refunds.sync_payment(payments[0], now)
    if found.ends_at is not None or queries.wish_under_way(op.member_id, found.id) == "end":
        raise Rejected("she has asked for its end since")
    return True


def _renewal(op: Row[Any], found: Subscribed) -> Bill | None:
    """The bill by which the plan that she wanted to leave was renewed since, for its whole price; None without one."""
    facts, bill = op.facts, found.bill
    plan = next((one for one in programmes.active()[1].plans if one.key == op.plan), None)
    runs_on = found.status == "active" and found.ends_at is None and not found.collection_paused
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
    pays = bill.status in ("draft", "paid") and 0 < facts["next_minor"] < bill.due_minor
    return bill if whole and pays else None


def _keep(op: Row[Any], facts: dict[str, Any]) -> None:
    run(update(BillingOperation).where(*operations.mine(op)).values(facts=facts))
