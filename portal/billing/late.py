"""A payment that is heard of after later ones of the same subscription: it counts for the period that its bill names.

Called by `sync` alone, in its write. So whatever the order in which payments are told, each brings what comes with it
once, and the months in a row are those in which they were made (Reading 15).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from portal import programme as programmes
from portal.billing import holding, rules
from portal.billing.models import Invoice
from portal.billing.shapes import Bill
from portal.db import read, run
from portal.programme import months_after

_invoice = Invoice.__table__.c


@dataclass(frozen=True, slots=True)
class _Paid:
    """One payment: its months, the days on which it was made and until which it pays, whether nobody took it back, and
    the months in a row that were told with it; None for the one that is told now."""

    id: str
    months: int
    on: date
    until: date
    stands: bool
    streak: int | None


def tell_payment(member_id: str, running: Row[Any], plan: str, bill: Bill, now: datetime) -> None:
    """Tell of the payment of `bill`, for `plan`, of the subscription `running`, whose latest bill is another one."""
    _, active = programmes.active()
    months, until = holding.months_of(plan), bill.until and active.day(bill.until)
    if not months or until is None or bill.paid_at is None or not bill.begins_period:
        holding.tell(member_id, now)
        return
    if holding.has_its_place_taken(member_id, bill, until):
        holding.tell(member_id, now)
        return
    instead_of = holding.take_place(member_id, bill, until, now)
    told = _Paid(bill.id, months, active.day(bill.paid_at), until, stands=True, streak=None)
    _write(member_id, bill.id, plan=plan, paid_until=until)
    known = _payments(member_id, running.id, told)
    if known == [told]:
        in_a_row = months + holding.paid_before(member_id, holding.of_row(running), told.on)
        in_a_row -= sum(holding.months_of(taken) for taken, _ in instead_of)
        _write(member_id, bill.id, streak=in_a_row)
    else:
        in_a_row = _count(member_id, known)
    # Where another plan runs by now, the months are that one's alone.
    paid = holding.Payment(plan, told.on, until, in_a_row if running.plan == plan else 0, instead_of)
    holding.tell(member_id, now, paid, {running.plan: in_a_row})
    if running.plan != plan:
        holding.tell_change(member_id, running.id, running.plan, running.paid_until, now)


def _payments(member_id: str, subscription_id: str, told: _Paid) -> list[_Paid]:
    """The payments of a subscription, oldest first, with the one that is told now in its place."""
    _, active = programmes.active()
    mine = (_invoice.member_id == member_id, _invoice.subscription_id == subscription_id)
    rows = read(
        select(Invoice.__table__)
        .where(*mine, _invoice.plan.is_not(None), _invoice.paid_at.is_not(None))
        .order_by(_invoice.paid_at, _invoice.id)
    ).all()
    return [
        told
        if row.id == told.id
        else _Paid(
            row.id,
            holding.months_of(row.plan),
            active.day(row.paid_at),
            row.paid_until,
            not rules.went_back(row.paid_minor, row.refunded_minor, row.dispute),
            row.streak,
        )
        for row in rows
    ]


def _count(member_id: str, payments: list[_Paid]) -> int:
    """Write down the months in a row of each payment anew; those up to the newest that nobody took back."""
    streak = stand = 0
    before: _Paid | None = None
    for one in payments:
        if before is None or _is_anew(before, one):  # something else ran before it, or nothing
            streak = stand = 0 if one.streak is None else one.streak - one.months
        streak, stand = streak + one.months, stand + one.months * one.stands
        if streak != one.streak:
            _write(member_id, one.id, streak=streak)
        before = one
    return stand


def _is_anew(before: _Paid, one: _Paid) -> bool:
    """Whether the window of a payment was over when it was made. After a pause it is not: what goes on then pays for a
    period from that day on, and the pause breaks no row."""
    begins = months_after(one.until, -one.months)
    return one.on > before.until + holding.WINDOW and one.on > begins + holding.WINDOW


def _write(member_id: str, invoice_id: str, **values: Any) -> None:
    mine = (_invoice.member_id == member_id, _invoice.id == invoice_id)
    run(update(Invoice).where(*mine).values(**values))
