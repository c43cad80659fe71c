"""Money that is owed back of a bill: operations of their own (`refund`), which no wish that comes later touches. What
the bill took of what she has with the shop is owed by a row beside it (`is_credit`), and goes back there.

Noted in the write that says why, `new` until Stripe is asked, `open` while it may have heard, `done` once the money has
gone; `failed` where Stripe or a bank does not take it, so that a person pays it another way (`by_hand`); `abandoned`
where she has the time that it paid for all the same. Stripe that is silent is asked for ever, by `paying_back`. Verbs
inside the caller's write.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
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
OWED = (*UNDER_WAY, "failed")
# What may change does so within days: the shop's balance at Stripe, the rights of its key. And who withdraws has a
# right to her money within 14 days, of which this leaves a person a week.
REFUSED_FOR = timedelta(days=7)


def note(wish: Row[Any], bill: Bill, now: datetime, minor: int | None = None) -> None:
    """Write down that `minor` of a paid bill goes back for a wish; without an amount all of it, also what it took of
    what she has with the shop. Twice is once."""
    _, active = programmes.active()
    facts = {
        "wish": wish.id, "subscription": bill.subscription_id, "bill": bill.id, "currency": bill.currency,
        "minor": bill.due_minor if minor is None else minor, "whole": minor is None,
        "until": None if bill.until is None else active.day(bill.until).isoformat(),
    }  # fmt: skip
    key = f"{KIND}:{wish.id}:{bill.id}"
    due_at = now + operations.LEASE  # who notes it asks for it at once
    if facts["minor"]:
        operations.note(wish.member_id, KIND, wish.plan, facts, key=key, now=now, due_at=due_at)
    if minor is None and bill.credit_minor:
        facts |= {"minor": bill.credit_minor, "credit": True}
        operations.note(wish.member_id, KIND, wish.plan, facts, key=f"{key}:credit", now=now, due_at=due_at)


def is_paid(bill: Bill) -> bool:
    """Whether something was paid by a bill that may go back: money, or what she has with the shop."""
    return bill.status == "paid" and bool(bill.due_minor or bill.credit_minor)


def is_credit(op: Row[Any]) -> bool:
    """Whether it goes back to what she has with the shop."""
    return "credit" in op.facts


def of_wish(member_id: str, wish_id: str) -> list[Row[Any]]:
    """What is, or was, owed because of a wish; oldest first."""
    return [op for op in _of(member_id) if op.facts["wish"] == wish_id]


def is_back(member_id: str, wish_id: str) -> bool:
    """Whether all money that was owed because of a wish has gone back, and where none was, what she has with the shop;
    not so where nothing was owed."""
    found = _money_of(member_id, wish_id) or of_wish(member_id, wish_id)
    return bool(found) and all(op.state == "done" for op in found)


def is_for_a_person(member_id: str, wish_id: str) -> bool:
    """Whether all money that is owed because of a wish cannot go back the way it was paid."""
    found = _money_of(member_id, wish_id)
    return bool(found) and all(op.state == "failed" for op in found)


def _money_of(member_id: str, wish_id: str) -> list[Row[Any]]:
    return [op for op in of_wish(member_id, wish_id) if not is_credit(op)]


def under_way(member_id: str) -> list[Row[Any]]:
    """What is still to go back to a member."""
    return _of(member_id, *UNDER_WAY)


def left(member_id: str, ops: Iterable[Row[Any]]) -> list[tuple[Row[Any], int]]:
    """What of a member's is still to go back, less what went back of its bill however it went: each bill once, beside
    what it took of what she has with the shop, and nothing of which nothing is left. Oldest first."""
    found = list(ops)
    if not found:
        return []
    bills = _bills(member_id, found)
    kept: dict[tuple[str, bool], tuple[Row[Any], int]] = {}
    for op in found:
        key = (op.facts["bill"], is_credit(op))
        bill, before = None if is_credit(op) else bills.get(op.facts["bill"]), kept.get(key)
        minor = _minor(op) - (0 if bill is None else bill.refunded_minor)
        is_lost = bill is not None and bill.dispute == "lost"
        if minor > 0 and not is_lost and (before is None or minor > before[1]):
            kept[key] = (op, minor)
    return sorted(kept.values(), key=lambda one: one[0].id)


def is_owed_of(member_id: str, subscription_id: str) -> bool:
    """Whether something of a subscription is still to go back, or was paid back another way."""
    found = [op for op in _of(member_id, "done", *OWED) if op.facts["subscription"] == subscription_id]
    return any(op.state != "done" or "by_hand" in op.facts for op in found)


def failed(member_id: str) -> list[Row[Any]]:
    """What Stripe or a bank has not taken: a person pays it another way."""
    return _of(member_id, "failed")


def is_asked(member_id: str, subscription_id: str) -> bool:
    """Whether Stripe may be paying something of a subscription back at this moment: what it pays for may be gone."""
    return any(
        op.facts["whole"] and op.facts["subscription"] == subscription_id for op in _of(member_id, "open")
    )


def has_gone(member_id: str, subscription_id: str) -> bool:
    """Whether the newest payment of a plan that stands still has gone back whole for a pause that came late: going on
    is paid then. Where no bank took it, where a person paid it back first, or before refunds had rows of their own, its
    bill says so."""
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == subscription_id)
    # One of nothing counts too: a free period that she went on with is hers, whatever went back before it.
    newest = select(Invoice.__table__).where(*mine, _invoice.status == "paid", _invoice.total_minor >= 0)
    bill = read(newest.order_by(_invoice.paid_at.desc(), _invoice.id.desc()).limit(1)).one_or_none()
    if bill is None:
        return False
    if _is_gone(bill):
        return True
    pauses = [] if _whole_of(bill) else _of(member_id, "done", kind="pause")
    late = any(op.facts["subscription"] == subscription_id and op.facts.get("back_until") for op in pauses)
    return late and rules.went_back(bill.paid_minor, bill.refunded_minor, bill.dispute)


def _is_gone(bill: Row[Any]) -> bool:
    """Whether a bill that is, or was, owed back whole pays for nothing any more: its money has gone, or what it took of
    what she has with the shop."""
    of_bill = _whole_of(bill)
    went_back = rules.went_back(bill.paid_minor, bill.refunded_minor, bill.dispute)
    return any(op.state == "done" for op in of_bill) or (bool(of_bill) and went_back)


def _whole_of(bill: Row[Any]) -> list[Row[Any]]:
    found = _of(bill.member_id, "done", *OWED)
    return [op for op in found if op.facts["whole"] and op.facts["bill"] == bill.id]


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
    if not op.facts["whole"] or wish is None or wish.state == "done":
        return True
    if wish.state == "new":
        return False
    row, until = queries.subscription(op.member_id, op.facts["subscription"]), op.facts["until"]
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


def refused(op: Row[Any], error: str, now: datetime, *, for_good: bool = False) -> None:
    """Stripe does not take it: ask again, for a week from the first time on. After that, or at once where it never can
    (`for_good`), a person pays it another way."""
    facts = {"refused_at": now.isoformat()} | op.facts
    mine = (*operations.mine(op), _operation.state.in_(UNDER_WAY))
    if not for_good and now - datetime.fromisoformat(facts["refused_at"]) < REFUSED_FOR:
        run(update(BillingOperation).where(*mine).values(facts=facts))
        later(op, f"{queries.REFUSED}{error}", now, asked=False)
        return
    values = {"state": "failed", "due_at": None, "error": error[:200]}
    if run(update(BillingOperation).where(*mine).values(**values)).rowcount:
        _tell_a_person(op, f"was not taken ({error})")


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
    """What is still to go back, by Stripe or a person, of what pays for a plan to this day."""
    of, until = subscription_id, paid_until.isoformat()
    found = [op for op in _of(member_id, *OWED) if op.facts["whole"] and op.facts["until"] == until]
    return [op for op in found if op.facts["subscription"] == of]


def goes_on(member_id: str, subscription_id: str, paid_until: date) -> None:
    """A plan goes on after a pause, whoever let it: what was to go back of its time, to `paid_until`, pays for that.
    What is left of a bill of which something has gone back still goes: she paid for its time anew."""
    waits = for_time_to(member_id, subscription_id, paid_until)
    bills = _bills(member_id, waits)
    for op in waits:
        bill = bills.get(op.facts["bill"])
        if bill is None or not _is_gone(bill):
            _settle(op, "abandoned")


def drop(wish: Row[Any]) -> None:
    """Nothing goes back for a wish that came to nothing, before Stripe was asked for it."""
    for op in of_wish(wish.member_id, wish.id):
        if op.state == "new":
            _settle(op, "abandoned")


def came_back(member_id: str, bill_id: str, refunded_minor: int) -> None:
    """Of a bill no more than this has gone back, for no bank took the rest: a person has to look."""
    for op in _of(member_id, "done"):
        if op.facts["bill"] == bill_id and not is_credit(op) and _minor(op) > refunded_minor:
            mine = (*operations.mine(op), _operation.state == "done")
            error = "the money that was sent back has come back to us"
            run(update(BillingOperation).where(*mine).values(state="failed", error=error, due_at=None))
            _tell_a_person(op, "did not arrive")


def _tell_a_person(op: Row[Any], why: str) -> None:
    words = "%s is owed back of %s, and %s: pay it back by hand, then say `portal billing paid-back %s`"
    log.error(words, op.facts["minor"], op.facts["bill"], why, op.id)


def _bills(member_id: str, ops: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    of = (_invoice.member_id == member_id, _invoice.id.in_([op.facts["bill"] for op in ops]))
    return {row.id: row for row in read(select(Invoice.__table__).where(*of))}


def _minor(op: Row[Any]) -> int:
    """What is to go back of its bill: not what a person paid another way."""
    return int(op.facts["minor"] - op.facts.get("by_hand", 0))


def _of(member_id: str, *states: str, kind: str = KIND) -> list[Row[Any]]:
    mine = [_operation.member_id == member_id, _operation.kind == kind]
    if states:
        mine.append(_operation.state.in_(states))
    return list(read(select(BillingOperation.__table__).where(*mine).order_by(_operation.id)).all())


def _settle(op: Row[Any], state: str, due_at: datetime | None = None) -> None:
    mine = (*operations.mine(op), _operation.state.in_(OWED))
    run(update(BillingOperation).where(*mine).values(state=state, due_at=due_at, error=None))
