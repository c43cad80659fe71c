"""Applying a telling to a member: freeze the rule, assess, write the difference, count it for tiers, keep the state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from portal import ledger, tiers
from portal import programme as programmes
from portal.db import run
from portal.earning import following, statements
from portal.earning.assessing import assess, rate_of
from portal.earning.body import OrderBody, facts
from portal.earning.codes import settle_codes
from portal.earning.due import bring_up_to_date
from portal.earning.friends import note_first_order
from portal.earning.measuring import CAMPAIGN, QUANTITY, difference, measures, quantity_of
from portal.earning.rules import Assessment, Frozen, OrderFacts, qualifying
from portal.earning.situation import freeze, room_now
from portal.earning.telling import Answer, Told, answer_of, check_refunds_stay
from portal.programme import Programme, Tier


@dataclass(frozen=True, slots=True)
class Before:
    """What an order had given before this telling: points kept and taken back, spend counted, the rule frozen for it.

    `admitted`: it may be older than the joining allows. `measured`: as measuring.py says.
    """

    kept: int = 0
    taken: int = 0
    counted: int = 0
    as_order: bool = False
    frozen: Frozen | None = None
    admitted: bool = False
    measured: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a telling comes to: what the state keeps, the change in points, what counts for tiers, and why.

    `rule` is the version that is frozen for the order, `expires_on` the last day of its points.
    """

    rule: Programme
    order: OrderFacts
    frozen: Frozen | None
    found: Assessment
    change: int
    counted: tiers.Counters
    as_order: bool
    matures_on: date
    waits: bool
    because: ledger.Because
    measured: dict[str, int]
    expires_on: date


def apply(member: Row[Any], known: Row[Any] | None, told: Told, *, claimed: bool) -> Answer:
    """Write the difference between what `known` kept and what the told state keeps; `member` is locked.

    `claimed`: the order comes out of a purse, so it may be older than the joining, and a tier that it reaches begins
    now (Reading 13).
    """
    number, active = programmes.active()
    grants = _grants_now(member, told)
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
    _tell(member.id, told, before, weighed, active, risen)
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
        note_first_order(member.id, told.at)
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

    Nothing is written; what else of her decides is read. Refuses as `record_order` does of amounts, refunds and
    currencies.
    """
    rule = active if before.frozen is None else programmes.version(before.frozen.programme_version)
    order = facts(told.body, rule, told.shop)
    early = before.frozen is None and not before.admitted and _too_early(member, order, active)
    frozen = before.frozen
    if frozen is None and order.pays and not early:
        tier = tiers.standing(active, grants, told.day, member.joined_on).tier.key
        frozen = freeze(
            member.id, member.joined_on, order, active, number, tier, told.day, chooses=member.chooses
        )
    room = None if before.frozen is None else room_now(member.id, rule, order, before.frozen, before.measured)
    found = assessed(rule, order, frozen, early=early, room=room)
    measured = {} if frozen is None else _measured(rule, order, frozen, found)
    # Reading 5: at once where nothing waits, also for an order that is placed a little ahead.
    waiting = timedelta(days=rule.orders.pending_days)
    matures_on = order.placed_on + waiting if waiting else min(order.placed_on, told.day)
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
        spend=found.counted_minor - before.counted,
        orders=int(as_order) - int(before.as_order),
        earned=change,
        quantity=difference(before.measured, measured).get(QUANTITY, 0),
    )
    because = ledger.Because("order", told.ref, told.actor, version, trace)
    expires_on = rule.expires_on(order.placed_on)
    return Weighed(
        rule,
        order,
        frozen,
        found,
        change,
        counted,
        as_order,
        matures_on,
        waits,
        because,
        measured,
        expires_on,
    )


def _measured(rule: Programme, order: OrderFacts, frozen: Frozen, found: Assessment) -> dict[str, int]:
    """What the state brings beside its points, as measuring.py says."""
    quantity = quantity_of(rule, order)
    uses = {f"{CAMPAIGN}{key}": use for key, use in found.uses.items()}
    return {**measures(rule, order, frozen), **uses, **({QUANTITY: quantity} if quantity else {})}


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
        "frozen": None if frozen is None else frozen.kept(),
        "kept": found.points,
        "reversed": taken,
        "counted_minor": found.counted_minor,
        "counts_as_order": weighed.as_order,
        "answer": answer,
        "trace": trace,
        "told_at": told.at,
        "measured": weighed.measured or None,
    }
    return answer_of(told.shop, told.number, told.body.version, order.status, member.ref, answer, trace), row


def assessed(
    rule: Programme,
    order: OrderFacts,
    frozen: Frozen | None,
    *,
    early: bool,
    room: Mapping[str, int] | None = None,
) -> Assessment:
    """What the state keeps. Amounts are checked whatever the status: nonsense is refused even when nothing is paid."""
    if frozen is None or not order.pays:
        rate_of(rule, order)
        counts = qualifying(order)
        why = "before_joining" if early else order.status
        return Assessment(
            0, 0, {"currency": order.currency, "total_minor": counts.total_minor, "nothing": why}
        )
    return assess(rule, order, frozen, room)


def unwind(known: Row[Any], told: Told) -> int:
    """Take an order wholly from the member, day and currency it was counted under; how many points went."""
    number, active = programmes.active()
    member_id, measured = known.member_id, known.measured or {}
    change = tiers.Counters(
        spend=-known.counted_minor,
        orders=-int(known.counts_as_order),
        earned=-known.kept,
        quantity=-measured.get(QUANTITY, 0),
    )
    tiers.count(
        member_id, active, change, placed_on=known.placed_on, standing_grants=tiers.grants(member_id),
        reached_by=f"order/{told.ref}", at=told.at,
    )  # fmt: skip
    if known.frozen is None:
        return 0
    rule = programmes.version(Frozen.of(known.frozen).programme_version)
    following.follow(
        member_id, told, rule=rule, active=active, placed_on=known.placed_on, before=measured, after={},
        counts=(known.counts_as_order, False),
    )  # fmt: skip
    if known.kept:
        trace = {**known.trace, "before": known.kept, "after": 0, "moved": True}
        ledger.claw_back(
            member_id, known.kept, key=told.key("/unwound"), fingerprint=told.hash,
            lot=rule.expires_on(known.placed_on), at=told.at, day=told.day,
            because=ledger.Because("order", told.ref, told.actor, number, trace),
        )  # fmt: skip
    return int(known.kept)


def _tell(
    member_id: str, told: Told, before: Before, weighed: Weighed, active: Programme, risen: Sequence[Tier]
) -> None:
    """Tell whom it concerns what follows from the order beside its points."""
    placed_on = weighed.order.placed_on
    if before.frozen is None and weighed.frozen is not None:
        following.begin(member_id, placed_on, weighed.frozen.chosen)
    following.follow(
        member_id, told, rule=weighed.rule, active=active, placed_on=placed_on, before=before.measured,
        after=weighed.measured, counts=(before.as_order, weighed.as_order),
        tier=weighed.frozen.tier if weighed.frozen is not None else None, risen=bool(risen),
    )  # fmt: skip


def _grants_now(member: Row[Any], told: Told) -> Sequence[Row[Any]]:
    """The member's tiers at the moment of telling, after what was due for her until then (Reading 19)."""
    is_due = (
        member.lots_due
        or member.gift_due
        or any(day is not None and day <= told.day for day in (member.due_on, member.agenda_on))
    )
    grants: Sequence[Row[Any]] = () if is_due else tiers.grants(member.id)
    if is_due or any(grant.review_on is not None and grant.review_on <= told.day for grant in grants):
        bring_up_to_date(member.id, told.at, told.actor)
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
    return Before(
        kept=known.kept,
        taken=known.reversed,
        counted=known.counted_minor,
        as_order=known.counts_as_order,
        frozen=None if known.frozen is None else Frozen.of(known.frozen),
        admitted=known.trace.get("nothing") != "before_joining",
        measured=known.measured or {},
    )


def _post(member_id: str, told: Told, weighed: Weighed) -> None:
    """Give or take the difference in points."""
    common: dict[str, Any] = {
        "key": told.key(), "fingerprint": told.hash, "because": weighed.because, "at": told.at, "day": told.day,
    }  # fmt: skip
    if weighed.change > 0:
        ledger.credit(
            member_id,
            weighed.change,
            expires_on=weighed.expires_on,
            matures_on=weighed.matures_on,
            **common,
        )
    elif weighed.change < 0:
        ledger.claw_back(member_id, -weighed.change, lot=weighed.expires_on, **common)


def _too_early(member: Row[Any], order: OrderFacts, active: Programme) -> bool:
    earliest: date = member.joined_on - timedelta(days=active.orders.joined_before_days)
    return order.placed_on < earliest
