"""Recording an order: lock the member, compare versions, assess by the frozen rule, write the difference."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from portal import ledger, people, tiers
from portal import programme as programmes
from portal.db import read, run
from portal.earning import statements
from portal.earning.body import OrderBody, facts, fingerprint, refunds_of
from portal.earning.models import Order, PurseOrder
from portal.earning.rules import Assessment, Frozen, OrderFacts, assess, qualifying
from portal.errors import Refused
from portal.programme import Programme

_order, _purse = Order.__table__.c, PurseOrder.__table__.c
_member = people.Member.__table__.c
AHEAD = timedelta(days=1)  # clocks of shops differ; more than a day is a mistake (Reading 4)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop is told of an order: its points (whole), whose it is (None while a purse holds it), and why."""

    shop: str
    number: str
    version: int
    status: str
    member_ref: str | None
    earned: int
    pending: int
    reversed: int
    kept: int
    trace: dict[str, Any]
    risen: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """One telling of an order: by whom, when (`at`, with its day in the programme's zone), and what it says."""

    shop: str
    number: str
    body: OrderBody
    text: str
    hash: str
    at: datetime
    day: date
    actor: str

    @property
    def ref(self) -> str:
        return f"{self.shop}/{self.number}"

    @property
    def where(self) -> dict[str, str]:
        return {"p_shop": self.shop, "p_number": self.number}

    def key(self, step: str = "") -> str:
        return f"order/{self.ref}/v{self.body.version}{step}"


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
    text = body.text()
    told = _Told(shop, number, body, text, fingerprint(text), at, active.day(at), actor)
    member = _member_of(body, claimed_by)
    known = None if member is None else _stored(member.id, told)
    if member is None or known is None:
        elsewhere = _take_over(_purse_of(body) if member is None else member.id, told)
        if elsewhere is not None:
            return elsewhere
    elif _same_version(known, told):
        return replace(_stored_answer(known, member.ref), repeated=True)
    if member is None:
        return _to_purse(told, active)
    return _apply(member, known, told, claimed_by is not None)


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


def bring_up_to_date(member_id: str, at: datetime, actor: str = "nightly") -> None:
    """Run what was scheduled for this member up to `at`: points that mature, tiers under review (Reading 19)."""
    number, active = programmes.active()
    day = active.day(at)
    ledger.lock(member_id)
    tiers.review(member_id, active, day)
    ledger.mature(member_id, through=day, actor=actor, at=at, day=day, version=number)


def _member_of(body: OrderBody, claimed_by: str | None) -> Row[Any] | None:
    """The member the order is for, locked for this write; None when a purse has to take it."""
    ref = claimed_by or (body.member.id if body.member is not None else None)
    if ref is not None:
        row = run(statements.member(), {"p_kind": "customer", "p_key": ref}).one_or_none()
        if row is not None:
            return row
    if body.address is None:
        raise Refused(
            "unknown_member", "No member has this id, and no e-mail came with it.", pointer="/member/id"
        )
    row = run(
        statements.member(), {"p_kind": "email", "p_key": people.address_hash(body.address)}
    ).one_or_none()
    # An address that somebody wrote into an order proves nothing: it counts once its owner has proved it.
    return row if row is not None and row.email_proved_at is not None else None


def _stored(member_id: str, told: _Told) -> Row[Any] | None:
    return run(statements.stored(), {"p_member": member_id, **told.where}).one_or_none()


def _same_version(known: Row[Any], told: _Told) -> bool:
    """Whether this is what stands already. Refuses what is older, or differs under the same version."""
    if told.body.version < known.version:
        raise Refused("stale_version", f"Version {known.version} is known already.", pointer="/version",
                      known=known.version)  # fmt: skip
    if told.body.version == known.version and told.hash != known.body_hash:
        raise Refused("conflict", "This version was sent before with another body.", pointer="/version")
    return bool(told.body.version == known.version)


def _take_over(owner: str, told: _Told) -> Answer | None:
    """Reserve the order's number for `owner`, a member's id or a purse; take it from who had it before (Reading 25).

    Answers what stands when a member has this very state, whoever the address in it belongs to now.
    """
    before = people.reserve("order", told.ref, owner)
    if before == owner:
        return None
    if before.startswith("purse:"):
        waiting = _in_purse(before, told)
        if waiting is not None:
            _same_version(waiting, told)  # the same one again is welcome: now somebody can have its points
            _check_refunds_stay(waiting, told)
        _drop_from_purse(before, told)
    else:
        ledger.lock(before)
        known = _stored(before, told)
        if known is not None:
            if _same_version(known, told):
                ref = read(select(_member.ref).where(_member.id == before)).scalar_one()
                return replace(_stored_answer(known, ref), repeated=True)
            _check_refunds_stay(known, told)
            bring_up_to_date(before, told.at, told.actor)
            _unwind(known, told)
            run(statements.delete_order(), {"p_member": before, **told.where})
    people.move("order", told.ref, owner)
    return None


def _apply(member: Row[Any], known: Row[Any] | None, told: _Told, claimed: bool) -> Answer:
    number, active = programmes.active()
    if member.pending:
        ledger.mature(member.id, through=told.day, actor=told.actor, at=told.at, day=told.day, version=number)
    grants = tiers.grants(member.id)
    if any(grant.review_on is not None and grant.review_on <= told.day for grant in grants):
        tiers.review(member.id, active, told.day)
        grants = tiers.grants(member.id)
    if known is not None:
        _check_refunds_stay(known, told)
    kept, taken, counted, as_order, frozen_facts, admitted = 0, 0, 0, False, None, claimed
    if known is not None:
        taken = known.reversed
        if (
            known.placed_at != told.body.placed_at
            or OrderBody.model_validate_json(known.body).currency != told.body.currency
        ):
            taken += _unwind(known, told)
        else:
            kept, counted, as_order, frozen_facts = (
                known.kept,
                known.counted_minor,
                known.counts_as_order,
                known.frozen,
            )
            admitted = known.trace.get("nothing") != "before_joining"
    frozen = (
        None
        if frozen_facts is None
        else Frozen(**{**frozen_facts, "attributes": tuple(frozen_facts["attributes"])})
    )
    rule = active if frozen is None else programmes.version(frozen.programme_version)
    order = facts(told.body, rule, told.shop)
    early = frozen is None and not admitted and _too_early(member, order, active)
    if frozen is None and order.pays and not early:
        tier = tiers.standing(active, grants, told.day, member.joined_on).tier.key
        frozen = Frozen(number, tier)
    found = _assessed(rule, order, frozen, early)
    matures_on = order.placed_on + timedelta(days=rule.orders.pending_days)
    waits = matures_on > told.day
    change = found.points - kept
    trace = {
        **found.trace,
        "order": {
            "shop": told.shop,
            "number": told.number,
            "version": told.body.version,
            "status": order.status,
        },
        "placed_on": str(order.placed_on),
        "before": kept,
        "after": found.points,
        **({"matures_on": str(matures_on)} if waits and change > 0 else {}),
    }
    because = ledger.Because(
        "order", told.ref, told.actor, frozen.programme_version if frozen else number, trace
    )
    arguments: dict[str, Any] = {
        "key": told.key(), "fingerprint": told.hash, "because": because, "at": told.at, "day": told.day,
    }  # fmt: skip
    if change > 0:
        ledger.credit(member.id, change, expires_on=ledger.NEVER, matures_on=matures_on, **arguments)
    elif change < 0:
        ledger.claw_back(member.id, -change, lot=ledger.NEVER, **arguments)
        taken -= change
    now_as_order = order.pays and frozen is not None and (not order.refunds or found.counted_minor > 0)
    risen = tiers.count(
        member.id,
        active,
        tiers.Counters(found.counted_minor - counted, int(now_as_order) - int(as_order), change),
        placed_on=order.placed_on,
        standing_grants=grants,
        reached_by=f"order/{told.ref}",
        at=told.at,
        since=told.day if claimed else None,
    )
    # The very first entry of an order cannot be partly taken back yet, so what waits of it is what it was given.
    waiting = ledger.points_of_source(member.id, "order", told.ref) if waits and (known or change > 0) else 0
    answer = {
        "earned": found.points + taken, "pending": waiting, "reversed": taken, "kept": found.points,
        "risen": [tier.key for tier in risen],
    }  # fmt: skip
    row = {
        "version": told.body.version,
        "body": told.text,
        "body_hash": told.hash,
        "status": order.status,
        "placed_at": order.placed_at,
        "placed_on": order.placed_on,
        "frozen": None if frozen is None else asdict(frozen),
        "kept": found.points,
        "reversed": taken,
        "counted_minor": found.counted_minor,
        "counts_as_order": now_as_order,
        "answer": answer,
        "trace": trace,
        "told_at": told.at,
    }
    if known is None:
        run(
            statements.insert_order(),
            {"member_id": member.id, "shop": told.shop, "number": told.number, **row},
        )
    else:
        run(statements.update_order(), {"p_member": member.id, **told.where, **row})
    return _answer(told.shop, told.number, told.body.version, order.status, member.ref, answer, trace)


def _assessed(rule: Programme, order: OrderFacts, frozen: Frozen | None, early: bool) -> Assessment:
    """What the state keeps. Amounts are checked whatever the status: nonsense is refused even when nothing is paid."""
    if rule.rate_on(order.currency, order.placed_on) is None:
        raise Refused(
            "unknown_currency", f"The programme does not accept {order.currency}.", pointer="/currency"
        )
    if frozen is None or not order.pays:
        counts = qualifying(order)
        why = "before_joining" if early else order.status
        return Assessment(
            0, 0, {"currency": order.currency, "total_minor": counts.total_minor, "nothing": why}
        )
    return assess(rule, order, frozen)


def _too_early(member: Row[Any], order: OrderFacts, active: Programme) -> bool:
    earliest: date = member.joined_on - timedelta(days=active.orders.joined_before_days)
    return order.placed_on < earliest


def _check_refunds_stay(known: Row[Any], told: _Told) -> None:
    """A refund that was told may not change or vanish (Reading 16)."""
    now = {refund.id: (place, refund) for place, refund in enumerate(refunds_of(told.body))}
    for before in refunds_of(OrderBody.model_validate_json(known.body)):
        if before.id not in now:
            raise Refused(
                "conflict", f"Refund {before.id!r} was told before and is missing now.", pointer="/refunds"
            )
        place, after = now[before.id]
        if after.given != before.given:
            raise Refused(
                "conflict", f"Refund {before.id!r} has changed its amount.", pointer=f"/refunds/{place}"
            )


def _unwind(known: Row[Any], told: _Told) -> int:
    """Take an order wholly from the member, day and currency it was counted under; how many points went."""
    number, active = programmes.active()
    change = tiers.Counters(-known.counted_minor, -int(known.counts_as_order), -known.kept)
    tiers.count(
        known.member_id, active, change, placed_on=known.placed_on, standing_grants=tiers.grants(known.member_id),
        reached_by=f"order/{told.ref}", at=told.at,
    )  # fmt: skip
    if known.kept:
        trace = {**known.trace, "before": known.kept, "after": 0, "moved": True}
        ledger.claw_back(
            known.member_id, known.kept, key=told.key("/unwound"), fingerprint=told.hash, lot=ledger.NEVER, at=told.at,
            day=told.day, because=ledger.Because("order", told.ref, told.actor, number, trace),
        )  # fmt: skip
    return int(known.kept)


def _purse_of(body: OrderBody) -> str:
    return f"purse:{people.address_hash(body.address or '')}"


def _to_purse(told: _Told, active: Programme) -> Answer:
    """Keep the order of somebody who is no member, under the keyed hash of the address."""
    purse = _purse_of(told.body)
    order = facts(told.body, active, told.shop)
    trace = _assessed(active, order, None, early=False).trace | {
        "nothing": "purse",
        "placed_on": str(order.placed_on),
    }
    nothing = {"earned": 0, "pending": 0, "reversed": 0, "kept": 0, "risen": []}
    answer = _answer(told.shop, told.number, told.body.version, order.status, None, nothing, trace)
    known = _in_purse(purse, told)
    if known is not None:
        if _same_version(known, told):
            return replace(answer, repeated=True)
        _check_refunds_stay(known, told)
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


def _in_purse(purse: str, told: _Told) -> Row[Any] | None:
    where = {"p_purse": purse.removeprefix("purse:"), **told.where}
    return run(statements.in_purse(), where).one_or_none()


def _drop_from_purse(purse: str, told: _Told) -> None:
    run(statements.drop_from_purse(), {"p_purse": purse.removeprefix("purse:"), **told.where})


def _stored_answer(known: Row[Any], ref: str) -> Answer:
    return _answer(known.shop, known.number, known.version, known.status, ref, known.answer, known.trace)


def _answer(
    shop: str,
    number: str,
    version: int,
    status: str,
    ref: str | None,
    points: dict[str, Any],
    trace: dict[str, Any],
) -> Answer:
    return Answer(
        shop, number, version, status, ref, points["earned"], points["pending"], points["reversed"], points["kept"],
        trace, tuple(points["risen"]),
    )  # fmt: skip
