"""Codes and the order they pay for: used when it is paid, undone by themselves when it is given back whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger
from portal import programme as programmes
from portal.db import run
from portal.errors import Refused
from portal.rewards.codes import masked
from portal.rewards.expiring import close, give_back
from portal.rewards.queries import HELD, USES, Taken, by_code, member, of_member, uses
from portal.rewards.rules import problem_of
from portal.rewards.using import use

GRACE = timedelta(days=30)  # for what comes back after its last day (Reading 26)
_held, _use = HELD.c, USES.c


def codes_of_order(
    codes: Sequence[str], *, shop: str, order: str, paid_minor: int, at: datetime
) -> list[dict[str, Any]]:
    """Use the codes that came with a paid order, and say of each what became of it; none of them stops the order.

    `paid_minor` is what rewards paid of it, in home minor units: money codes give it in their order, and what they do
    not give stays on them. Where the shop does not say (0), a code gives all it has.
    """
    told = []
    left_to_pay = paid_minor
    for code in dict.fromkeys(codes):
        try:
            amount = _amount(code, shop, order, left_to_pay, at) if paid_minor else None
            done = use(code=code, shop=shop, order=order, amount_minor=amount, at=at)
        except Refused as refused:
            told.append({"code": masked(code), "used": False, "problem": refused.code})
            continue
        left_to_pay -= done.amount_minor
        told.append(
            {
                "code": masked(code),
                "used": True,
                "redemption": done.redemption.id,
                "amount_minor": done.amount_minor,
                "left_minor": done.left_minor,
            }
        )
    return told


def _amount(code: str, shop: str, order: str, left_to_pay: int, at: datetime) -> int | None:
    """How much this code gives of what is left to pay. Refuses `not_needed` when nothing is."""
    found = by_code(code, programmes.active()[1].day(at))
    if found is None or found.left_minor is None or problem_of(found) is not None:
        return None  # it gives all or nothing, and `use` says which
    if any((row.shop, row.number) == (shop, order) for row in uses(found.member_id, found.id)):
        return None  # it has given its part
    if left_to_pay <= 0:
        raise Refused("not_needed", "Other codes paid all of it.")
    return min(found.left_minor, left_to_pay) or None


def undo_of_order(shop: str, order: str, *, at: datetime, actor: str) -> list[Taken]:
    """Give back everything that was used on an order, now that nothing of it is left (Reading 26).

    A bought reward is undone, its points go to their lots; one that cost nothing, or that other orders used too, is
    there again with what this order took. Whoever has left gets neither back. Twice is once.
    """
    here = (_use.shop == shop, _use.number == order, _use.undone_at.is_(None))
    found = run(select(USES).where(*here).order_by(_use.member_id, _use.redemption_id)).all()
    return [_undo_use(row, at, actor) for row in found]


def _undo_use(used: Row[Any], at: datetime, actor: str) -> Taken:
    number, active = programmes.active()
    day = active.day(at)
    ledger.lock(used.member_id)
    this = (_use.member_id == used.member_id, _use.redemption_id == used.redemption_id)
    here = (_use.shop == used.shop, _use.number == used.number)
    run(update(USES).where(*this, *here).values(undone_at=at))
    found = of_member(used.member_id, used.redemption_id, day)
    assert found is not None, "a use has its redemption"
    facts: dict[str, Any] = {}
    if found.left_minor is not None:
        facts["left_minor"] = found.left_minor + used.amount_minor
    if member(found.member_id).status != "active":
        close(found, "withdrawn", found.ended_on or day)
    elif found.points and not uses(found.member_id, found.id):
        give_back(found, "order", at=at, day=day, actor=actor, number=number, order_number=used.number)
        close(found, "undone", day)
    else:
        last_day = found.expires_on if found.expires_on >= day else day + GRACE
        facts |= {"state": "available", "ended_on": None, "expires_on": last_day}
    if facts:
        run(update(HELD).where(_held.member_id == found.member_id, _held.id == found.id).values(**facts))
    after = of_member(found.member_id, found.id, day)
    assert after is not None, "it is locked"
    return after
