"""What a basket would come to for a member: perks, points to earn, how far the next tier is. Writes nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from portal import earning, home, people, perks
from portal import programme as programmes
from portal.errors import Refused
from portal.merchant.answers import Words
from portal.merchant.state import goal, money
from portal.money import to_major
from portal.programme import Programme


def quote(body: earning.BasketBody, words: Words, *, shop: str, at: datetime) -> dict[str, Any]:
    """The quote of a basket at `at`. An address that nobody has joined with is quoted as the base tier, without perks.

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
    facts = None if member is None else home.facts_of(member.id, member.joined_on, active, active.day(at))
    tier = active.base_tier if facts is None else facts.standing.tier
    held = [] if facts is None else home.perks_of(facts, active)
    amounts = [line.amount_minor for line in order.lines]
    shares = earning.spread(order.discount_minor, amounts)
    items = tuple(
        perks.Item(line.id, line.amount_minor - share, line.kind, line.category, line.brand)
        for line, share in zip(order.lines, shares, strict=True)
    )
    goods = sum(item.amount_minor for item in items)
    basket = perks.Basket(items, int(rate * goods), order.shop, order.channel, order.shipping_minor)
    applied = perks.take_off(held, basket)
    paid = replace(
        order,
        lines=tuple(
            replace(line, amount_minor=line.amount_minor - _off(applied, line.id)) for line in order.lines
        ),
    )
    earned = earning.assess(active, paid, earning.Frozen(number, tier.key))
    by_perks = sum(_off(applied, line.id) for line in order.lines)
    free = applied.shipping[1] if applied.shipping else 0
    total = goods - by_perks + order.shipping_minor - free + order.tax_minor
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
                "applied": one.perk.kind != "benefit" and one.perk.key not in applied.why_not,
                "why_not": applied.why_not.get(one.perk.key),
            }
            for one in held
        ],
        "points": {
            "earned": earned.points,
            "value": money(active.value_minor(earned.points), active.currency),
            "available_on": str(matures),
        },
        "missing": _missing(facts, active, counts_home=earned.counted_minor, points=earned.points),
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


def _missing(facts: home.Facts | None, active: Programme, *, counts_home: int, points: int) -> dict[str, Any]:
    """The way to the next tier, and what is left of it after this basket; goals that are open."""
    if facts is None or facts.next is None:
        return {"tier": None, "goals": []}
    adds = {"spend": counts_home, "orders": 1, "earned": points}[facts.next.metric]
    left = max(0, facts.next.left - adds)
    told = goal(facts.next, active) or {}
    in_words = to_major(left, active.currency) if facts.next.metric == "spend" else left
    return {"tier": {**told, "left_after": in_words}, "goals": []}
