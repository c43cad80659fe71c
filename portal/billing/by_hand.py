"""What is owed back and Stripe does not take: a person pays it another way, and says so by the command line.

Verbs inside the caller's write.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger
from portal.billing import operations, owed
from portal.billing.models import BillingOperation
from portal.db import read, run
from portal.errors import Refused

_operation = BillingOperation.__table__.c
WHY_NOT = {
    "new": "Stripe is still asked for it. What you refund in its Dashboard is seen by itself.",
    "open": "Stripe is being asked for it at this moment. Look again in a few minutes.",
    "done": "It went back through Stripe.",
    "abandoned": "It is not owed any more: she has the time that it paid for.",
}


@dataclass(frozen=True, slots=True)
class Owing:
    """Something that is owed back to a member: how much of which bill, and why Stripe or a bank has not taken it.
    `waits` for a person; else Stripe is still asked."""

    id: str
    member_id: str
    bill: str
    minor: int
    currency: str
    waits: bool
    why: str


def owing() -> list[Owing]:
    """All that is owed back and has not gone, by member; of each bill once."""
    under_way = (_operation.kind == owed.KIND, _operation.state.in_(owed.OWED))
    found: dict[str, list[Row[Any]]] = {}
    rows = select(BillingOperation.__table__).where(*under_way)
    for op in read(rows.order_by(_operation.member_id, _operation.id)):
        found.setdefault(op.member_id, []).append(op)
    return [_of(op, minor) for who, ops in found.items() for op, minor in owed.left(who, ops)]


def settle(op_id: str) -> Owing | None:
    """Write down that a person has paid what is left of this, and how much that is; None where that stands already.
    Refuses `unknown_key`, and `conflict` for what is not for a person to pay."""
    wanted = select(BillingOperation.__table__).where(_operation.id == op_id, _operation.kind == owed.KIND)
    op = read(wanted).one_or_none()
    if op is None:
        raise Refused("unknown_key", "Nothing of this id is owed. Without an id, the command lists what is.")
    ledger.lock(op.member_id)
    op = read(wanted).one()
    if op.state == "done" and "by_hand" in op.facts:
        return None
    if op.state != "failed":
        raise Refused("conflict", WHY_NOT[op.state])
    same = (op.facts["bill"], owed.is_credit(op))
    of_bill = [one for one in owed.failed(op.member_id) if (one.facts["bill"], owed.is_credit(one)) == same]
    left = owed.left(op.member_id, of_bill)
    if not left:
        raise Refused("conflict", "All of it went back at Stripe meanwhile: nothing is left to pay.")
    minor = left[0][1]
    for one in of_bill:
        values = {"state": "done", "facts": one.facts | {"by_hand": minor}, "error": None}
        run(update(BillingOperation).where(*operations.mine(one)).values(**values))
    return _of(op, minor)


def _of(op: Row[Any], minor: int) -> Owing:
    facts, waits = op.facts, op.state == "failed"
    return Owing(op.id, op.member_id, facts["bill"], minor, facts["currency"], waits, op.error or "")
