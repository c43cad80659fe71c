"""The answers of the API, made from what the slices know; sentences come from the caller, who knows the language."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, select

from portal import earning, giving, ledger
from portal import programme as programmes
from portal.db import read
from portal.errors import Refused
from portal.merchant.state import instant, money
from portal.money import to_major
from portal.programme import Programme, Tier

Words = Callable[[dict[str, Any]], list[str]]
_use = ledger.LotUse.__table__.c


def order_answer(answer: earning.Answer, words: Words) -> dict[str, Any]:
    """The answer to an order that was told."""
    return {
        "order": {"id": answer.number, "shop": answer.shop, "version": answer.version, "status": answer.status},
        "points": {
            "earned": answer.earned, "pending": answer.pending, "reversed": answer.reversed, "kept": answer.kept,
        },
        "member": answer.member_ref,
        "explanation": _explanation(answer.trace, words),
        "codes": _codes(answer.codes),
    }  # fmt: skip


def order_state(row: Row[Any], ref: str | None, words: Words) -> dict[str, Any]:
    """The last state of an order; `row` comes from `earning.find_order`. An order in a purse has earned nothing yet."""
    body = earning.OrderBody.model_validate_json(row.body)
    points = dict.fromkeys(("earned", "pending", "reversed", "kept"), 0)
    trace: dict[str, Any] = {"nothing": "purse"}
    if ref is not None:
        points = {name: row.answer[name] for name in points}
        points["pending"] = ledger.points_of_source(row.member_id, "order", f"{row.shop}/{row.number}")
        trace = row.trace
    return {
        "order": {"id": row.number, "shop": row.shop, "version": row.version, "status": body.status},
        "points": points,
        "member": ref,
        "explanation": _explanation(trace, words),
        "codes": _codes([] if ref is None else row.answer.get("codes", [])),
        "state": body.model_dump(mode="json", exclude_none=True),
    }


def entries(rows: list[Row[Any]], words: Callable[[Row[Any]], list[str]]) -> list[dict[str, Any]]:
    """Ledger entries of one member, newest first, each with its explanation and the lots it made or drew."""
    lots: dict[int, list[dict[str, Any]]] = {row.seq: [] for row in rows}
    if rows:
        between = (_use.member_id == rows[0].member_id, _use.seq >= rows[-1].seq, _use.seq <= rows[0].seq)
        for use in read(
            select(_use.seq, _use.expires_on, _use.points).where(*between).order_by(_use.expires_on)
        ):
            expires = None if use.expires_on == ledger.NEVER else str(use.expires_on)
            lots[use.seq].append({"expires": expires, "points": use.points})
    return [
        {
            "number": row.seq,
            "at": instant(row.at),
            "on": str(row.on_day),
            "kind": row.kind,
            "source": row.source,
            "ref": row.source_ref,
            "change": {"available": row.d_available, "pending": row.d_pending, "owed": row.d_owed},
            "after": {"available": row.after_available, "pending": row.after_pending, "owed": row.after_owed},
            "lots": lots[row.seq],
            "programme_version": row.programme_version,
            "explanation": {"text": words(row), "facts": row.trace},
        }
        for row in rows
    ]


def activity(done: earning.Done, record_id: str, state: dict[str, Any], words: Words) -> dict[str, Any]:
    """What came of an activity, and where the member stands after it."""
    return {
        "id": record_id, "activity": done.activity, "points": done.points, "capped": done.capped,
        "member": state.get("member"), "state": state, "explanation": _explanation(done.trace, words),
    }  # fmt: skip


def donation(given: giving.Given, ref: str) -> dict[str, Any]:
    """A gift of the member that shops know by `ref`."""
    return {
        "ref": given.ref, "member": ref, "charity": given.charity, "points": given.points,
        "value": money(given.value_minor, given.currency), "at": instant(given.at), "on": str(given.on_day),
    }  # fmt: skip


def with_warnings(state: dict[str, Any], warnings: Sequence[Refused]) -> dict[str, Any]:
    """A member's state with what of the call did not count, where something did not."""
    if not warnings:
        return state
    told = [{"pointer": one.pointer or "", "code": one.code, "message": one.message} for one in warnings]
    return {**state, "warnings": told}


def charities(programme: Programme) -> dict[str, Any]:
    """The causes of a programme, with what everybody has given to each."""
    given, home = giving.totals(), programme.currency
    totals = {one.key: given.get(one.key, giving.Gifts()) for one in programme.charities}
    return {
        "charities": [
            {
                "key": one.key, "label": one.label, "category": one.category, "detail": one.detail,
                "total": {
                    "points": totals[one.key].points, "value": money(totals[one.key].value_minor, home),
                    "gifts": totals[one.key].gifts,
                },
            }
            for one in programme.charities
        ],
        "giving": {"minimum": programme.giving.minimum, "step": programme.giving.step},
    }  # fmt: skip


def programme_summary(number: int, programme: Programme) -> dict[str, Any]:
    """The public summary of a programme version: name, unit, tiers, plans, rewards, ways to earn."""
    home = programme.currency
    return {
        "key": programme.key,
        "version": number,
        "name": programme.name,
        "tagline": programme.tagline,
        "timezone": programme.timezone,
        "currency": home,
        "currencies": sorted({home, *(rate.code for rate in programme.currencies)}),
        "unit": {
            "kind": programme.unit.kind,
            "one": programme.unit.one,
            "many": programme.unit.many,
            "value": {"points": programme.unit.value_points, **money(programme.unit.value_minor, home)},
        },
        "earn": [
            {"key": rule.key, "label": rule.label, "points": rule.points, "per": money(rule.per_minor, home)}
            for rule in programme.earn
        ],
        "activities": [{"key": one.key, "label": one.label, "points": one.points} for one in programme.activities],
        "tiers": [_tier(tier, programme) for tier in programme.tiers],
        "plans": [
            {
                "key": plan.key, "label": plan.label, "interval": plan.interval, "price": money(plan.price_minor, home),
                "perks": _perks(plan.perks, programme), "detail": plan.detail, "for_sale": plan.for_sale,
            }
            for plan in programme.plans
        ],
        "rewards": [
            {
                "key": reward.key, "label": reward.label, "price": reward.price, "kind": reward.kind,
                "slider": None if reward.slider is None else reward.slider.model_dump(),
                "value": None if reward.value_minor is None else money(reward.value_minor, home),
                "percent": reward.percent, "detail": reward.detail,
            }
            for reward in programme.rewards
        ],
    }  # fmt: skip


def _tier(tier: Tier, programme: Programme) -> dict[str, Any]:
    home = programme.currency
    ways = [
        {"metric": way.metric, "need": money(way.need, home)["amount"] if way.metric == "spend" else way.need}
        for way in tier.entry
    ]
    return {"key": tier.key, "label": tier.label, "entry": ways, "perks": _perks(tier.perks, programme)}


def _perks(named: tuple[str, ...], programme: Programme) -> list[str]:
    """In words. Their keys are in the member's state and in a quote."""
    return [perk.label for perk in programme.perks_of(named)]


def _codes(codes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of the codes that came with an order, amounts in major units of the home currency."""
    home = programmes.active()[1].currency
    return [
        {
            "code": one["code"], "used": one["used"], "redemption": one.get("redemption"),
            "amount": to_major(one["amount_minor"], home) if one.get("amount_minor") else None,
            "left": to_major(one["left_minor"], home) if one.get("amount_minor") else None,
            "problem": one.get("problem"),
        }
        for one in codes
    ]  # fmt: skip


def _explanation(trace: dict[str, Any], words: Words) -> dict[str, Any]:
    return {"text": words(trace), "facts": trace}
