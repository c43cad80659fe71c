"""Applying a telling to a member: freeze the rule, assess, write the difference, count it for tiers, keep the state."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from portal import ledger, tiers
from portal import programme as programmes
from portal.db import run
from portal.earning import statements
from portal.earning.body import OrderBody, facts
from portal.earning.codes import settle_codes
from portal.earning.friends import note_first_order
from portal.earning.rules import Assessment, Frozen, OrderFacts, assess, qualifying
from portal.earning.telling import Answer, Told, answer_of, check_refunds_stay
from portal.errors import Refused
from portal.programme import Programme, Tier


@dataclass(frozen=True, slots=True)
class Before:
    """What an order had given before this telling: points kept and taken back, spend counted, the rule frozen for it.

    `admitted`: it may be older than the joining allows.
    """

    kept: int = 0
    taken: int = 0
    counted: int = 0
    as_order: bool = False
    frozen: Frozen | None = None
    admitted: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a telling comes to: what the state keeps, the change in points, what counts for tiers, and why."""

    order: OrderFacts
    frozen: Frozen | None
    found: Assessment
    change: int
    counted: tiers.Counters
    as_order: bool
    matures_on: date
    waits: bool
    because: ledger.Because


def apply(member: Row[Any], known: Row[Any] | None, told: Told, *, claimed: bool) -> Answer:
    """Write the difference between what `known` kept and what the told state keeps; `member` is locked.

    `claimed`: the order comes out of a purse, so it may be older than the joining, and a tier that it reaches begins
    now (Reading 13).
    """
    number, active = programmes.active()
    grants = _grants_now(member, told, number, active)
    before = _before(known, told, claimed)
    weighed = weigh(member, before, told, grants, number, active)
    _post(member.id, told, weighed)
    risen = tiers.count(
        member.id,
        active,
        weighed.counted,
        placed_on=weighed.order.placed_on,
        standing_grants=grants,
        reached_by=f"order/{told.ref}",
        at=told.at,
        since=told.day if claimed else None,
    )
    codes = [] if claimed else settle_codes(told, weighed.order, active)  # a purse has settled them
    if known is None:
        pending = weighed.change if weighed.waits else 0
        answer, row = outcome(member, before, told, weighed, risen, pending, codes)
        run(statements.insert_order(), row)
    else:
        pending = ledger.points_of_source(member.id, "order", told.ref) if weighed.waits else 0
        answer, row = outcome(member, before, told, weighed, risen, pending, codes)
        state = {name: row[name] for name in statements.STATE}
        run(statements.update_order(), {"p_member": member.id, **told.where, **state})
    if member.invited:
        note_first_order(member.id)
    return answer


def weigh(
    member: Row[Any],
    before: Before,
    told: Told,
    grants: Iterable[tiers.Held],
    number: int,
    active: Programme,
) -> Weighed:
    """What the told state comes to for `member`, who has these tiers, while programme `number` is in force.

    Nothing is written. Refuses as `record_order` does of amounts, refunds and currencies.
    """
    rule = active if before.frozen is None else programmes.version(before.frozen.programme_version)
    order = facts(told.body, rule, told.shop)
    early = before.frozen is None and not before.admitted and _too_early(member, order, active)
    frozen = before.frozen
    if frozen is None and order.pays and not early:
        frozen = Frozen(number, tiers.standing(active, grants, told.day, member.joined_on).tier.key)
    found = assessed(rule, order, frozen, early=early)
    matures_on = order.placed_on + timedelta(days=rule.orders.pending_days)
    waits = matures_on > told.day
    change = found.points - before.kept
    trace = {
        **found.trace,
        "order": {
            "shop": told.shop,
            "number": told.number,
            "version": told.body.version,
            "status": order.status,
        },
        "placed_on": str(order.placed_on),
        "before": before.kept,
        "after": found.points,
        **({"matures_on": str(matures_on)} if waits and change > 0 else {}),
    }
    version = frozen.programme_version if frozen else number
    as_order = order.pays and frozen is not None and (not order.refunds or found.counted_minor > 0)
    counted = tiers.Counters(
        found.counted_minor - before.counted, int(as_order) - int(before.as_order), change
    )
    because = ledger.Because("order", told.ref, told.actor, version, trace)
    return Weighed(order, frozen, found, change, counted, as_order, matures_on, waits, because)


def outcome(
    member: Row[Any],
    before: Before,
    told: Told,
    weighed: Weighed,
    risen: Sequence[Tier],
    pending: int,
    codes: Sequence[dict[str, Any]] = (),
) -> tuple[Answer, dict[str, Any]]:
    """The answer to a telling, and the order as it stands after it. `pending`: points of it that wait."""
    found, order, frozen = weighed.found, weighed.order, weighed.frozen
    taken = before.taken + max(0, -weighed.change)
    answer = {
        "earned": found.points + taken,
        "pending": pending,
        "reversed": taken,
        "kept": found.points,
        "risen": [tier.key for tier in risen],
        **({"codes": list(codes)} if codes else {}),
    }
    trace = weighed.because.trace
    row = {
        "member_id": member.id,
        "shop": told.shop,
        "number": told.number,
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
        "counts_as_order": weighed.as_order,
        "answer": answer,
        "trace": trace,
        "told_at": told.at,
    }
    return answer_of(told.shop, told.number, told.body.version, order.status, member.ref, answer, trace), row


def assessed(rule: Programme, order: OrderFacts, frozen: Frozen | None, *, early: bool) -> Assessment:
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


def unwind(known: Row[Any], told: Told) -> int:
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


def _grants_now(member: Row[Any], told: Told, number: int, active: Programme) -> Sequence[Row[Any]]:
    """The member's tiers at the moment of telling, after what was due for her until then (Reading 19)."""
    if member.due_on is not None and member.due_on <= told.day:
        ledger.mature(member.id, through=told.day, actor=told.actor, at=told.at, day=told.day, version=number)
    grants = tiers.grants(member.id)
    if any(grant.review_on is not None and grant.review_on <= told.day for grant in grants):
        tiers.review(member.id, active, told.day)
        grants = tiers.grants(member.id)
    return grants


def _before(known: Row[Any] | None, told: Told, claimed: bool) -> Before:
    """What stands of the order. Another day or currency: it is first taken back wholly (Reading 25)."""
    if known is None:
        return Before(admitted=claimed)
    check_refunds_stay(known, told)
    currency = OrderBody.model_validate_json(known.body).currency
    if known.placed_at != told.body.placed_at or currency != told.body.currency:
        return Before(taken=known.reversed + unwind(known, told), admitted=claimed)
    frozen = known.frozen and Frozen(**{**known.frozen, "attributes": tuple(known.frozen["attributes"])})
    admitted = known.trace.get("nothing") != "before_joining"
    return Before(known.kept, known.reversed, known.counted_minor, known.counts_as_order, frozen, admitted)


def _post(member_id: str, told: Told, weighed: Weighed) -> None:
    """Give or take the difference in points."""
    common: dict[str, Any] = {
        "key": told.key(), "fingerprint": told.hash, "because": weighed.because, "at": told.at, "day": told.day,
    }  # fmt: skip
    if weighed.change > 0:
        ledger.credit(
            member_id, weighed.change, expires_on=ledger.NEVER, matures_on=weighed.matures_on, **common
        )
    elif weighed.change < 0:
        ledger.claw_back(member_id, -weighed.change, lot=ledger.NEVER, **common)


def _too_early(member: Row[Any], order: OrderFacts, active: Programme) -> bool:
    earliest: date = member.joined_on - timedelta(days=active.orders.joined_before_days)
    return order.placed_on < earliest
