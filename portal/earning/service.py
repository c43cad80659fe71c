"""Recording an order: find and lock whose it is, compare versions, and apply it, or let a purse keep it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from portal import ledger, people
from portal import programme as programmes
from portal.db import read, run
from portal.earning import statements
from portal.earning.applying import apply, assessed, unwind
from portal.earning.body import OrderBody, facts
from portal.earning.codes import settle_codes
from portal.earning.due import bring_up_to_date
from portal.earning.friends import note_first_order
from portal.earning.models import Order, PurseOrder
from portal.earning.telling import Answer, Told, answer_of, check_refunds_stay, is_repeated, stored_answer
from portal.errors import Refused
from portal.programme import Programme

_order, _purse = Order.__table__.c, PurseOrder.__table__.c
_member = people.Member.__table__.c
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)


def record_order(
    body: OrderBody, *, shop: str, number: str, at: datetime, actor: str, claimed_by: str | None = None
) -> Answer:
    """Take the present state of an order as told at `at`; the ledger gets the difference, under the frozen rule.

    The same version and body again answers the same and writes nothing. Refuses `stale_version`, `conflict` (same
    version, other body; a refund that changed or vanished), `in_the_future`, `unknown_member`, `unknown_currency`,
    `refund_exceeds_order`, `bad_value`, `too_precise`. Nobody's address yet: the order waits in a purse (Reading 25).
    `claimed_by` is the member (ref) who claims it out of one: it may be older than the joining.
    """
    if body.placed_at > at + AHEAD:
        raise Refused("in_the_future", "placed_at lies more than a day ahead.", pointer="/placed_at")
    _, active = programmes.active()
    told = Told.of(body, shop, number, at, active.day(at), actor)
    member = _member_of(told, claimed_by)
    if member is not None and member.held_by is None and people.take("order", told.ref, member.id):
        return apply(member, None, told, claimed=claimed_by is not None)
    known = None if member is None else _stored(member.id, told)
    if member is None or known is None:
        elsewhere = _take_over(_purse_of(body) if member is None else member.id, told)
        if elsewhere is not None:
            return elsewhere
    elif is_repeated(known, told):
        return replace(stored_answer(known, member.ref), repeated=True)
    if member is None:
        return _to_purse(told, active)
    return apply(member, known, told, claimed=claimed_by is not None)


def find_order(shop: str, number: str) -> tuple[Row[Any], str | None] | None:
    """The last state of an order and its member's ref (None while a purse holds it); None when it is unknown."""
    owner = people.owner_of("order", f"{shop}/{number}")
    if owner is None:
        return None
    if owner.startswith("purse:"):
        where = (_purse.purse == owner.removeprefix("purse:"), _purse.shop == shop, _purse.number == number)
        waiting = read(select(PurseOrder.__table__).where(*where)).one_or_none()
        return (waiting, None) if waiting is not None else None
    row = read(
        select(Order.__table__, _member.ref)
        .join(people.Member, _member.id == _order.member_id)
        .where(_order.member_id == owner, _order.shop == shop, _order.number == number)
    ).one_or_none()
    return (row, row.ref) if row is not None else None


def _member_of(told: Told, claimed_by: str | None) -> Row[Any] | None:
    """The member the order is for, locked for this write; None when a purse has to take it."""
    body = told.body
    ref = claimed_by or (body.member.id if body.member is not None else None)
    if ref is not None:
        row = _found("customer", ref, told)
        if row is not None:
            return row
    if body.address is None:
        raise Refused(
            "unknown_member", "No member has this id, and no e-mail came with it.", pointer="/member/id"
        )
    row = _found("email", people.address_hash(body.address), told)
    # An address that somebody wrote into an order proves nothing: it counts once its owner has proved it.
    return row if row is not None and row.email_proved_at is not None else None


def _found(kind: str, key: str, told: Told) -> Row[Any] | None:
    asked = {"p_kind": kind, "p_key": key, "p_ref": told.ref, **statements.lots_due(told.day, told.day)}
    return run(statements.member(), asked).one_or_none()


def _stored(member_id: str, told: Told) -> Row[Any] | None:
    return run(statements.stored(), {"p_member": member_id, **told.where}).one_or_none()


def _take_over(owner: str, told: Told) -> Answer | None:
    """Reserve the order's number for `owner`, a member's id or a purse; take it from who had it before (Reading 25).

    Answers what stands when a member has this very state, whoever the address in it belongs to now.
    """
    before = people.reserve("order", told.ref, owner)
    if before == owner:
        return None
    if before.startswith("purse:"):
        waiting = _in_purse(before, told)
        if waiting is not None:
            is_repeated(waiting, told)  # the same one again is welcome: now somebody can have its points
            check_refunds_stay(waiting, told)
        _drop_from_purse(before, told)
    else:
        ledger.lock(before)
        known = _stored(before, told)
        if known is not None:
            if is_repeated(known, told):
                ref = read(select(_member.ref).where(_member.id == before)).scalar_one()
                return replace(stored_answer(known, ref), repeated=True)
            check_refunds_stay(known, told)
            bring_up_to_date(before, told.at, told.actor)
            unwind(known, told)
            run(statements.delete_order(), {"p_member": before, **told.where})
            note_first_order(before, told.at)
    people.move("order", told.ref, owner)
    return None


def _purse_of(body: OrderBody) -> str:
    return f"purse:{people.address_hash(body.address or '')}"


def _to_purse(told: Told, active: Programme) -> Answer:
    """Keep the order of somebody who is no member, under the keyed hash of the address."""
    purse = _purse_of(told.body)
    order = facts(told.body, active, told.shop)
    trace = assessed(active, order, None, early=False).trace | {
        "nothing": "purse",
        "placed_on": str(order.placed_on),
    }
    nothing: dict[str, Any] = {"earned": 0, "pending": 0, "reversed": 0, "kept": 0, "risen": []}
    nothing["codes"] = settle_codes(told, order, active)
    answer = answer_of(told.shop, told.number, told.body.version, order.status, None, nothing, trace)
    known = _in_purse(purse, told)
    if known is not None:
        if is_repeated(known, told):
            return replace(answer, repeated=True)
        check_refunds_stay(known, told)
        _drop_from_purse(purse, told)
    run(
        insert(PurseOrder),
        {
            "purse": purse.removeprefix("purse:"), "shop": told.shop, "number": told.number,
            "version": told.body.version, "body": told.text, "body_hash": told.hash, "placed_at": told.body.placed_at,
            "told_at": told.at,
        },
    )  # fmt: skip
    return answer


def _in_purse(purse: str, told: Told) -> Row[Any] | None:
    where = {"p_purse": purse.removeprefix("purse:"), **told.where}
    return run(statements.in_purse(), where).one_or_none()


def _drop_from_purse(purse: str, told: Told) -> None:
    run(statements.drop_from_purse(), {"p_purse": purse.removeprefix("purse:"), **told.where})
