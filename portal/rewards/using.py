"""Using a code on an order: a money reward in parts until nothing is left, everything else once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from portal import ledger
from portal import programme as programmes
from portal.db import run, upsert
from portal.errors import Refused
from portal.rewards.models import RedemptionUse
from portal.rewards.queries import HELD, Taken, by_code, by_ref, of_member, uses
from portal.rewards.rules import problem_of

_held = HELD.c


@dataclass(frozen=True, slots=True)
class Use:
    """What a use took and left on a reward, in minor units of the home currency; 0 of one that is not money."""

    redemption: Taken
    amount_minor: int
    left_minor: int
    repeated: bool = False


def use(
    *,
    code: str | None = None,
    ref: str | None = None,
    shop: str,
    order: str,
    amount_minor: int | None = None,
    at: datetime,
) -> Use:
    """Mark a reward, by its code or its ref, as used on an order; unknown orders are allowed (Reading 11).

    Money takes `amount_minor`, all that is left when it is None, and the rest stays; anything else is used whole. The
    same order again is once. Refuses `unknown_code` alike for every code that is none, `unknown_key` for a ref,
    `already_used`, `expired`, `undone`, `withdrawn`, `bad_value` above what is left, `conflict` for the same order with
    another amount.
    """
    day = programmes.active()[1].day(at)
    found = by_code(code, day) if code is not None else by_ref(ref or "", day)
    if found is None and code is None:
        raise Refused("unknown_key", "There is no such reward.", status=404, pointer="/ref")
    if found is None:
        raise unknown_code()
    ledger.lock(found.member_id)
    found = of_member(found.member_id, found.id, day) or found  # as it stands now that nobody else changes it
    left = found.left_minor or 0
    before = next(
        (row for row in uses(found.member_id, found.id) if (row.shop, row.number) == (shop, order)), None
    )
    if before is not None:
        if found.left_minor is not None and amount_minor not in (None, before.amount_minor):
            raise Refused(
                "conflict", "This order used the code before for another amount.", pointer="/amount"
            )
        return Use(found, before.amount_minor, left, repeated=True)
    problem = problem_of(found)
    if problem is not None:
        raise Refused(problem, _WHY[problem], status=409)
    amount = 0
    if found.left_minor is not None:
        amount = left if amount_minor is None else amount_minor
        if not 0 < amount <= left:
            raise Refused(
                "bad_value", "More than is left on the code, or nothing.", pointer="/amount", left=left
            )
    _note(found, shop, order, amount, at)
    mine = (_held.member_id == found.member_id, _held.id == found.id)
    if found.left_minor is not None:
        run(update(HELD).where(*mine).values(left_minor=left - amount))
    if amount == left:  # of what is no money both are 0
        run(update(HELD).where(*mine).values(state="used", ended_on=day))
    after = of_member(found.member_id, found.id, day)
    assert after is not None, "it is locked"
    return Use(after, amount, left - amount)


def unknown_code() -> Refused:
    """One answer for everything that is no code, so that guessing tells nothing (security.md attack 37)."""
    return Refused("unknown_code", "There is no such code.", status=404)


_WHY = {
    "already_used": "This code was used before.",
    "expired": "This code has expired.",
    "undone": "This code was given back.",
    "withdrawn": "This code was withdrawn.",
}


def _note(found: Taken, shop: str, order: str, amount: int, at: datetime) -> None:
    facts = {"amount_minor": amount, "at": at, "undone_at": None}
    row = {"member_id": found.member_id, "redemption_id": found.id, "shop": shop, "number": order}
    statement = upsert(RedemptionUse)
    # An order that was given back and then paid after all uses an issued reward once more.
    run(statement.on_conflict_do_update(index_elements=list(row), set_=facts), {**row, **facts})
