"""Rewards as shops use them: the catalogue, taking one for a member, undoing it, and codes at the till."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from portal import people, rewards
from portal import programme as programmes
from portal.db import read
from portal.errors import Refused
from portal.merchant.reward_shapes import RedemptionBody, UseBody
from portal.merchant.state import last_day, money
from portal.money import to_minor
from portal.programme import Programme, Reward


def catalogue(programme: Programme) -> dict[str, Any]:
    """What points buy, cheapest first."""
    left, home = rewards.left_in_stock(programme), programme.currency
    return {"rewards": [_offer(reward, left.get(reward.key), home) for reward in programme.for_points]}


def redeem(
    member: Row[Any], body: RedemptionBody, key: str, *, shop: str, at: datetime, actor: str
) -> dict[str, Any]:
    """Take a reward for a member. `key` names the wish within the shop and the member: the same one again is once."""
    ref = f"{shop}/{member.id}/{key}"
    taken = rewards.redeem(member.id, body.reward, ref=ref, points=body.points, at=at, actor=actor)
    return redemption(taken, member.ref)


def undo(name: str, *, at: datetime, actor: str) -> dict[str, Any]:
    """Undo a redemption by its id or its ref."""
    day = programmes.active()[1].day(at)
    found = rewards.by_id(name, day) or rewards.by_ref(name, day)
    if found is None:
        raise Refused("unknown_key", "There is no such redemption.", status=404)
    return redemption(rewards.undo(found.member_id, found.id, at=at, actor=actor), _ref_of(found.member_id))


def code_state(code: str, *, amount: str | None, currency: str | None, at: datetime) -> dict[str, Any]:
    """What a code is good for, on a basket whose goods come to `amount` where that is said.

    Refuses `unknown_code` alike for every code that is none.
    """
    _, active = programmes.active()
    day = active.day(at)
    basket = None if amount is None else _home_minor(amount, currency, active, day, "/amount")
    found = rewards.by_code(code, day)
    if found is None:
        raise rewards.unknown_code()
    why_not = rewards.problem_of(found, basket)
    if why_not is None and people.is_frozen(found.member_id):
        why_not = "stopped"
    return {
        "valid": why_not is None,
        "why_not": why_not,
        "redemption": found.id,
        "reward": found.terms.key,
        "label": found.terms.label,
        "kind": found.terms.kind,
        **_worth(found, active.currency),
        "expires": last_day(found.expires_on),
    }


def use(code: str, body: UseBody, *, shop: str, at: datetime) -> dict[str, Any]:
    """Mark a code used on an order of this shop.

    Refuses `stopped` while its member's points are: who took them would else spend what was taken before. A paid order
    that brings the code along is a fact, and is counted (portal/rewards/ordering.py).
    """
    _, active = programmes.active()
    amount = None
    if body.amount is not None:
        amount = _home_minor(body.amount, body.currency, active, active.day(at), "/amount")
    done = rewards.use(code=code, shop=shop, order=body.order, amount_minor=amount, at=at)
    found = done.redemption
    if not done.repeated:
        people.refuse_while_stopped(found.member_id)
    is_money = found.left_minor is not None
    return {
        "redemption": found.id,
        "reward": found.terms.key,
        "order": body.order,
        "state": found.state,
        "used": money(done.amount_minor, active.currency) if is_money else None,
        "left": money(done.left_minor, active.currency) if is_money else None,
    }


def redemption(taken: rewards.Taken, member_ref: str) -> dict[str, Any]:
    """A redemption as the API shows it to the shop that acts for its member; the code only while it can be used."""
    return {
        "id": taken.id,
        "ref": taken.ref,
        "member": member_ref,
        "reward": taken.terms.key,
        "label": taken.terms.label,
        "kind": taken.terms.kind,
        "state": taken.state,
        "points": taken.points,
        "code": rewards.grouped(taken.code) if taken.state == "available" else None,
        **_worth(taken, programmes.active()[1].currency),
        "issued": str(taken.issued_on),
        "expires": last_day(taken.expires_on),
        "ended": None if taken.ended_on is None else str(taken.ended_on),
        "reason": taken.reason,
    }


def _offer(reward: Reward, left: int | None, home: str) -> dict[str, Any]:
    return {
        "key": reward.key,
        "label": reward.label,
        "kind": reward.kind,
        "price": reward.price,
        "slider": None if reward.slider is None else reward.slider.model_dump(),
        "value": None if reward.value_minor is None else money(reward.value_minor, home),
        "percent": reward.percent,
        **_lines(reward),
        "minimum": None if reward.minimum_minor is None else money(reward.minimum_minor, home),
        "stock": None if reward.stock is None else {"of": reward.stock, "left": left},
        "limit": None if reward.limit is None else reward.limit.model_dump(),
        "tiers": list(reward.tiers),
        "valid_days": reward.bought_days,
        "detail": reward.detail,
    }


def _lines(reward: Reward) -> dict[str, Any]:
    """What of an order it is taken off: the shop that asks knows the lines (Reading 29)."""
    return {"categories": list(reward.categories), "brands": list(reward.brands), "items": reward.items}


def _worth(taken: rewards.Taken, home: str) -> dict[str, Any]:
    least = taken.terms.minimum_minor
    return {
        "value": None if taken.value_minor is None else money(taken.value_minor, home),
        "left": None if taken.left_minor is None else money(taken.left_minor, home),
        "percent": taken.terms.percent,
        **_lines(taken.terms),
        "minimum": None if least is None else money(least, home),
    }


def _home_minor(amount: str, currency: str | None, active: Programme, day: date, pointer: str) -> int:
    """An amount in home minor units, rounded down. Refuses `unknown_currency`, `bad_value`, `too_precise`."""
    code = currency or active.currency
    rate = active.rate_on(code, day)
    if rate is None:
        raise Refused("unknown_currency", f"The programme does not accept {code}.", pointer="/currency")
    try:
        minor = to_minor(amount, code)
    except Refused as refused:
        raise Refused(refused.code, refused.message, pointer=pointer) from None
    if minor < 0:
        raise Refused("bad_value", "An amount is not below zero.", pointer=pointer)
    return int(rate * minor)


def _ref_of(member_id: str) -> str:
    member = people.Member.__table__.c
    return str(read(select(member.ref).where(member.id == member_id)).scalar_one())
