"""Money that is owed back of a bill: operations of their own (`refund`), which no wish that comes later touches.

Noted in the write that says why, `new` until Stripe is asked, `open` while it may have heard, `done` once the money has
gone; `failed` where no bank took it, `abandoned` where she has the time that it paid for all the same. Never given up:
`paying_back` asks for it. Verbs inside the caller's write.
"""

import logging
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger
from portal import programme as programmes
from portal.billing import operations, queries, rules
from portal.billing.models import BillingOperation, Invoice
from portal.billing.shapes import Back, Bill
from portal.db import read, run

log = logging.getLogger("portal.billing")
_operation, _invoice = BillingOperation.__table__.c, Invoice.__table__.c
KIND = "refund"
UNDER_WAY = ("new", "open")


def note(wish: Row[Any], bill: Bill, now: datetime, minor: int | None = None) -> None:
    """Write down that `minor` of a paid bill goes back for a wish, all of it without an amount. Twice is once."""
    _, active = programmes.active()
    facts = {
        "wish": wish.id, "subscription": bill.subscription_id, "bill": bill.id, "currency": bill.currency,
        "minor": bill.due_minor if minor is None else minor, "whole": minor is None,
        "until": None if bill.until is None else active.day(bill.until).isoformat(),
    }  # fmt: skip
    key = f"{KIND}:{wish.id}:{bill.id}"
    due_at = now + operations.LEASE  # who notes it asks for it at once
    operations.note(wish.member_id, KIND, wish.plan, facts, key=key, now=now, due_at=due_at)


def of_wish(member_id: str, wish_id: str) -> list[Row[Any]]:
    """What is, or was, owed because of a wish; oldest first."""
    return [op for op in _of(member_id) if op.facts["wish"] == wish_id]


def is_back(member_id: str, wish_id: str) -> bool:
    """Whether all that was owed because of a wish has gone back; not so where nothing was."""
    found = of_wish(member_id, wish_id)
    return bool(found) and all(op.state == "done" for op in found)


def under_way(member_id: str) -> list[Row[Any]]:
    """What is still to go back to a member."""
    return _of(member_id, *UNDER_WAY)


def is_asked(member_id: str, subscription_id: str) -> bool:
    """Whether Stripe may be paying something of a subscription back at this moment: what it pays for may be gone."""
    return any(
        op.facts["whole"] and op.facts["subscription"] == subscription_id for op in _of(member_id, "open")
    )


def has_gone(member_id: str, subscription_id: str) -> bool:
    """Whether the newest payment of a plan that stands still has gone back whole for a pause that came late: going on
    is paid then. Where no bank took it, or before refunds had rows of their own, its bill says so."""
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == subscription_id)
    newest = select(Invoice.__table__).where(*mine, _invoice.status == "paid", _invoice.total_minor > 0)
    bill = read(newest.order_by(_invoice.paid_at.desc(), _invoice.id.desc()).limit(1)).one_or_none()
    if bill is None:
        return False
    of_bill = [
        op for op in _of(member_id, "done", "failed") if op.facts["whole"] and op.facts["bill"] == bill.id
    ]
    if any(op.state == "done" for op in of_bill):
        return True
    pauses = [] if of_bill else _of(member_id, "done", kind="pause")
    late = any(op.facts["subscription"] == subscription_id and op.facts.get("back_until") for op in pauses)
    return bool(of_bill or late) and rules.went_back(bill.paid_minor, bill.refunded_minor, bill.dispute)


def is_enough(op: Row[Any], back: Back) -> bool:
    """Whether what went back of the bill, however it went, is what is owed."""
    return back.dispute == "lost" or back.minor >= op.facts["minor"]


def is_due(op: Row[Any]) -> bool:
    """Whether it is still to be paid back. Not while the wish that it is owed for is carried out, which asks for it
    itself; and no more where that came to nothing and she has the time that was paid for, as was just looked at."""
    ledger.lock(op.member_id)
    standing, wish = operations.one(op.member_id, op.id), operations.one(op.member_id, op.facts["wish"])
    if standing is None or standing.state not in UNDER_WAY:
        return False
    row, until = queries.subscription(op.member_id, op.facts["subscription"]), op.facts["until"]
    if not op.facts["whole"] or wish is None or wish.state == "done":
        of_pause = op.facts["whole"] and wish is not None and wish.kind == "pause"
        if of_pause and row is not None and row.status == "active" and row.paid_until.isoformat() == until:
            _settle(op, "abandoned")  # somebody let it go on, and no answer said so
            return False
        return True
    if wish.state == "new":
        return False
    if row is None or until is None or row.status not in ("active", "trialing", "past_due"):
        return True
    if row.paid_until < date.fromisoformat(until):
        return True
    _settle(op, "abandoned")
    return False


def begin(op: Row[Any]) -> bool:
    """Write down that Stripe is asked for it now; False where it is settled, or she is going on at this moment in the
    time that it paid for."""
    ledger.lock(op.member_id)
    charge = queries.charge_under_way(op.member_id)
    if charge is not None and charge.kind == "resume" and op.facts["whole"]:
        return False
    mine = (*operations.mine(op), _operation.state.in_(UNDER_WAY))
    return bool(run(update(BillingOperation).where(*mine).values(state="open")).rowcount)


def done(op: Row[Any], now: datetime) -> None:
    """It has gone back. It is looked at once more, unless its bill is written down before (`heard`)."""
    _settle(op, "done", due_at=now + operations.LEASE)


def heard(op: Row[Any]) -> None:
    """The bill of what has gone back is written down."""
    run(update(BillingOperation).where(*operations.mine(op), _operation.state == "done").values(due_at=None))


def later(op: Row[Any], error: str, now: datetime, *, asked: bool) -> None:
    """Ask again later, for ever; `asked` where Stripe may have heard it."""
    waits = operations.WAITS
    if op.tries >= len(waits):
        log.error(
            "the refund %s is not done after %s tries: a person has to look. %s", op.id, op.tries + 1, error
        )
    due_at = now + waits[min(op.tries, len(waits) - 1)]
    values = {
        "state": "open" if asked else "new",
        "tries": op.tries + 1,
        "due_at": due_at,
        "error": error[:200],
    }
    mine = (*operations.mine(op), _operation.state.in_(UNDER_WAY))
    run(update(BillingOperation).where(*mine).values(**values))


def for_time_to(member_id: str, subscription_id: str, paid_until: date) -> list[Row[Any]]:
    """What is still to go back of what pays for a plan to this day."""
    of, until = subscription_id, paid_until.isoformat()
    found = [op for op in under_way(member_id) if op.facts["whole"] and op.facts["until"] == until]
    return [op for op in found if op.facts["subscription"] == of]


def goes_on_for_nothing(member_id: str, subscription_id: str, paid_until: date) -> None:
    """She goes on in the time to `paid_until` without another payment: what was to go back pays for it."""
    for op in for_time_to(member_id, subscription_id, paid_until):
        _settle(op, "abandoned")


def came_back(member_id: str, bill_id: str, refunded_minor: int) -> None:
    """Of a bill no more than this has gone back, for no bank took the rest: a person has to look."""
    for op in _of(member_id, "done"):
        if op.facts["bill"] == bill_id and op.facts["minor"] > refunded_minor:
            mine = (*operations.mine(op), _operation.state == "done")
            error = "the money that was sent back has come back to us"
            run(update(BillingOperation).where(*mine).values(state="failed", error=error, due_at=None))
            log.error(
                "%s is owed back of %s, and did not arrive: pay it back by hand", op.facts["minor"], bill_id
            )


def _of(member_id: str, *states: str, kind: str = KIND) -> list[Row[Any]]:
    mine = [_operation.member_id == member_id, _operation.kind == kind]
    if states:
        mine.append(_operation.state.in_(states))
    return list(read(select(BillingOperation.__table__).where(*mine).order_by(_operation.id)).all())


def _settle(op: Row[Any], state: str, due_at: datetime | None = None) -> None:
    mine = (*operations.mine(op), _operation.state.in_(UNDER_WAY))
    run(update(BillingOperation).where(*mine).values(state=state, due_at=due_at, error=None))
