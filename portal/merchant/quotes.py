"""What a basket would come to for a member: perks, points, what is missing for tier and goals. Writes nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import earning, granting, home, people, perks
from portal import programme as programmes
from portal.errors import Refused
from portal.merchant.answers import Words
from portal.merchant.state import goal, money
from portal.money import to_major, to_minor
from portal.programme import Programme

NOBODY = ""  # whose rows there are none of


def quote(body: earning.BasketBody, words: Words, *, shop: str, at: datetime) -> dict[str, Any]:
    """The quote of a basket at `at`, told then: her tier, plan and outside facts of that day decide (Reading 4).

    Without a member, and for an address that nobody has joined with, it is quoted as for somebody who has just joined.
    Refuses `unknown_member` for an id that is nobody's, and what an order refuses: `bad_value`, `too_precise`,
    `unknown_currency`.
    """
    number, active = programmes.active()
    order = earning.basket(body, active, shop, at)
    earning.qualifying(order)  # refuses what no order may be, before anything is taken off
    rate = active.rate_on(order.currency, order.placed_on)
    if rate is None:
        raise Refused(
            "unknown_currency", f"The programme does not accept {order.currency}.", pointer="/currency"
        )
    member = _member_of(body)
    day = active.day(at)
    member_id, joined_on = (NOBODY, day) if member is None else (member.id, member.joined_on)
    facts = home.facts_of(member_id, joined_on, active, day)
    held = home.perks_of(facts, active)
    amounts = [line.amount_minor for line in order.lines]
    shares = earning.spread(order.discount_minor, amounts)
    items = tuple(
        perks.Item(line.id, line.amount_minor - share, line.kind, line.category, line.brand)
        for line, share in zip(order.lines, shares, strict=True)
    )
    goods = sum(item.amount_minor for item in items)
    basket = perks.Basket(
        items,
        int(rate * goods),
        order.shop,
        order.placed_at,
        order.placed_on,
        order.channel,
        order.shipping_minor,
    )
    applied = perks.take_off(held, basket)
    free = applied.shipping[1] if applied.shipping else 0
    by_perks = sum(_off(applied, line.id) for line in order.lines)
    total = goods - by_perks + order.shipping_minor - free + order.tax_minor
    paid = replace(  # what the shop would tell of it: lines after all that was taken off
        order,
        lines=tuple(
            replace(line, amount_minor=item.amount_minor - _off(applied, line.id))
            for line, item in zip(order.lines, items, strict=True)
        ),
        discount_minor=0,
        shipping_minor=order.shipping_minor - free,
        rewards_minor=min(order.rewards_minor, total),
    )
    frozen = earning.freeze(member_id, joined_on, paid, active, number, facts.standing.tier.key, day)
    earned = earning.assess(active, paid, frozen)
    matures = active.day(order.placed_at) + timedelta(days=active.orders.pending_days)
    code = order.currency
    return {
        "member": None if member is None else member.ref,
        "currency": code,
        "lines": [
            {
                "id": item.id,
                "amount": to_major(item.amount_minor, code),
                "discount": to_major(_off(applied, item.id), code),
                "total": to_major(item.amount_minor - _off(applied, item.id), code),
                "perk": applied.by_line[item.id][0].perk.key if item.id in applied.by_line else None,
            }
            for item in items
        ],
        "shipping": {
            "amount": to_major(order.shipping_minor, code),
            "discount": to_major(free, code),
            "total": to_major(order.shipping_minor - free, code),
            "perk": applied.shipping[0].perk.key if applied.shipping else None,
        },
        "discount_total": money(applied.total_minor, code),
        "total": money(total, code),
        "perks": [
            {
                "key": one.perk.key,
                "label": one.perk.label,
                "source": one.source,
                "applied": one.is_taken_off and one.perk.key not in applied.why_not,
                "why_not": applied.why_not.get(one.perk.key),
            }
            for one in held
        ],
        "points": {
            "earned": earned.points,
            "value": money(active.value_minor(earned.points), active.currency),
            "available_on": str(matures),
        },
        "missing": {
            "tier": _missing(facts, active, paid, earned),
            "goals": _goals(member_id, active, paid, frozen, day),
        },
        "explanation": {"text": words(earned.trace), "facts": earned.trace},
    }


def _member_of(body: earning.BasketBody) -> Row[Any] | None:
    if body.member is None:
        return None
    if body.member.id is not None:
        member = people.by_ref(body.member.id)
        if member is None or member.status != "active":
            raise Refused("unknown_member", "There is no such member.", pointer="/member/id")
        return member
    return people.by_email(people.address_hash(body.member.email or ""))


def _off(applied: perks.Applied, line: str) -> int:
    return applied.by_line[line][1] if line in applied.by_line else 0


def _missing(
    facts: home.Facts, active: Programme, paid: earning.OrderFacts, earned: earning.Assessment
) -> dict[str, Any] | None:
    """The way to the next tier, and what is left of it after this basket."""
    way = facts.next
    if way is None:
        return None
    adds = {
        "spend": earned.counted_minor,
        "orders": 1,
        "earned": earned.points,
        "quantity": earning.quantity_of(active, paid),
    }[way.metric]
    left = max(0, way.left - adds)
    in_words = to_major(left, active.currency) if way.metric == "spend" else left
    return {**(goal(way, active) or {}), "left_after": in_words}


def _goals(
    member_id: str, active: Programme, paid: earning.OrderFacts, frozen: earning.Frozen, day: date
) -> list[dict[str, Any]]:
    """Goals that are open, and what is left of each after this basket; `by` is the last day of their period."""
    if not active.goals:
        return []
    adds = earning.measures(active, paid, frozen)
    spends = {one.key for one in active.goals if one.metric == "spend"}
    found = []
    for one in granting.state(member_id, active, day).goals:
        in_money = one["key"] in spends
        have, need = (
            to_minor(one[name], active.currency) if in_money else one[name] for name in ("have", "need")
        )
        left = max(0, need - have - adds.get(f"goal:{one['key']}", 0))
        found.append({**one, "left_after": to_major(left, active.currency) if in_money else left})
    return found
