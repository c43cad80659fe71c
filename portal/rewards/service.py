"""The verbs: take a reward for points, be given one, undo, withdraw. Each holds the wallet while it decides."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Executable, bindparam, func, insert, select, update

from portal import ledger, people, tiers
from portal import programme as programmes
from portal.db import new_id, prepared, read, run, upsert
from portal.errors import Refused
from portal.programme import Programme, Reward
from portal.rewards import codes, rules
from portal.rewards.expiring import close, expire, give_back, reason_of
from portal.rewards.models import RewardStock
from portal.rewards.queries import (
    BOUGHT,
    HELD,
    STOCK,
    Taken,
    by_ref,
    counted,
    member,
    of_member,
    row_of_ref,
    stock_rows,
    taken_by_chunk,
    taken_of,
    uses,
)

LASTING = "permanent-discount"
_held, _stock = HELD.c, STOCK.c


def redeem(
    member_id: str,
    reward_key: str,
    *,
    ref: str,
    points: int | None = None,
    expected_price: int | None = None,
    at: datetime,
    actor: str,
    proof: datetime | None = None,
) -> Taken:
    """Take a reward, for points or free; `points` says how many for a slider, `expected_price` what she was shown,
    `proof` when the member who takes it in her own browser last showed that it is she.

    `ref` is the caller's key, once in the programme: again for the same member, reward and points answers what stands,
    for anything else `conflict` (Reading 11). Refuses `unknown_key`, `not_allowed` (only ever given), `bad_value` (off
    the slider), `conflict` with `price` when it has changed, `not_allowed_by_tier`, `limit_reached`, `out_of_stock`,
    `owes_points`, `frozen` while a payment is disputed, `not_enough_points` with what there is, `stopped`, `must_wait`
    and `proof_needed` as `people.move_value`. Nothing is written then. When points left, a mail tells her so.
    """
    number, active = programmes.active()
    day = active.day(at)
    ledger.lock(member_id)
    known = _standing(member_id, ref, day)
    if known is not None:
        if (known.terms.key, known.reason) != (reward_key, BOUGHT) or points not in (None, known.points):
            raise Refused("conflict", "This key was used before for something else.", pointer="/ref")
        return replace(known, repeated=True)
    reward = active.reward(reward_key)
    price = rules.price_of(reward, points)
    if expected_price not in (None, price):
        raise Refused("conflict", f"The price is {price} points now.", price=price, expected=expected_price)
    _bring_up_to_date(member_id, at, actor, number, active)
    _check_tier(member_id, reward, active, day)
    _check_limit(member_id, reward, day)
    redemption_id = new_id()
    posted = None
    if price:
        posted = ledger.debit(
            member_id,
            price,
            key=f"redeem/{redemption_id}",
            fingerprint="",
            because=reason_of(redemption_id, reward, price, actor, number),
            kind="redeemed",
            at=at,
            day=day,
        )
    else:
        ledger.refuse_spending(member_id, day)  # what is free writes no entry that could (Reading 40)
    chunk = _take_from_stock(member_id, reward)
    reader = people.move_value(
        member_id, rules.worth_minor(reward, price, active), like_money=rules.is_like_money(reward), programme=active,
        actor=actor, proof=proof, at=at,
    )  # fmt: skip
    if posted is not None:
        ledger.tell_of_move(member_id, posted.seq, reader, at)
    value = reward.value_minor if reward.slider is None else active.value_minor(price)
    return _insert(
        member_id, redemption_id, ref, reward, number, at, day, actor,
        points=price, reason=BOUGHT, value_minor=value, stock_chunk=chunk,
    )  # fmt: skip


def issue(
    member_id: str, reward_key: str, *, reason: str, number: int | None = None, at: datetime, actor: str
) -> Taken:
    """Give a reward that costs nothing, for `reason` (a word such as `birthday`).

    Its ref is `<reward>:<member ref>:<n>`, counted from 1 (Reading 11). With a `number` the same one again is once;
    without one each call gives another. Refuses `unknown_key`.
    """
    version, active = programmes.active()
    day = active.day(at)
    reward = active.reward(reward_key)
    ledger.lock(member_id)
    name = f"{reward.key}:{member(member_id).ref}"
    ref = _free_ref(member_id, name, reward.key) if number is None else f"{name}:{number}"
    known = _standing(member_id, ref, day)
    if known is not None:
        return replace(known, repeated=True)
    value = reward.value_minor if reward.slider is None else active.value_minor(reward.slider.minimum)
    return _insert(
        member_id, new_id(), ref, reward, version, at, day, actor,
        points=0, reason=reason, value_minor=value, stock_chunk=None,
    )  # fmt: skip


def undo(member_id: str, ref: str, *, at: datetime, actor: str) -> Taken:
    """Give an unused reward back: its points return to the lots they came from, with their old dates.

    `ref` is its ref or its id. Undone twice is once. Refuses `unknown_key`, `already_used` with the order, `expired`
    (its points came back by themselves), `not_allowed` for one that cost nothing, or that
    works from the moment it is taken.
    """
    number, active = programmes.active()
    day = active.day(at)
    ledger.lock(member_id)
    found = of_member(member_id, ref, day) or by_ref(ref, day)
    if found is None or found.member_id != member_id:
        raise Refused("unknown_key", "There is no such redemption.", status=404)
    if found.state == "undone":
        return replace(found, repeated=True)
    used_on = uses(member_id, found.id)
    if used_on:
        raise Refused("already_used", f"It was used on order {used_on[0].number}.", order=used_on[0].number)
    if found.state != "available":
        raise Refused("expired", f"It ended on {found.ended_on}.", state=found.state)
    if found.reason != BOUGHT:
        raise Refused("not_allowed", "It cost nothing: there is nothing to give back.")
    if found.terms.kind == LASTING:
        raise Refused("not_allowed", "It has worked since it was taken.")
    if found.points:
        give_back(found, "member", at=at, day=day, actor=actor, number=number)
    worth = rules.worth_minor(found.terms, found.points, programmes.version(found.programme_version))
    people.move_back(member_id, worth, found.issued_on)
    close(found, "undone", day)
    return replace(found, state="undone", ended_on=day, stock_chunk=None)


def withdraw(member_id: str, ref: str, *, at: datetime) -> bool:
    """Take an issued reward back that is unused; whether it was (a used or expired one stands, Reading 12)."""
    day = programmes.active()[1].day(at)
    ledger.lock(member_id)
    found = by_ref(ref, day)
    if found is None or found.member_id != member_id or found.reason == BOUGHT:
        raise Refused("unknown_key", "There is no such reward.", status=404)
    if found.state != "available" or uses(member_id, found.id):
        return False
    close(found, "withdrawn", day)
    return True


def _free_ref(member_id: str, name: str, reward: str) -> str:
    """The next ref of an issued reward. Somebody who left may have had the same id of the shop, and with it some."""
    number = int(read(_issued(), {"p_member": member_id, "p_reward": reward}).scalar_one()) + 1
    while people.owner_of("redemption", f"{name}:{number}") is not None:
        number += 1
    return f"{name}:{number}"


@prepared
def _issued() -> Executable:
    given = (_held.reward == bindparam("p_reward"), _held.reason != BOUGHT)
    return select(func.count()).select_from(HELD).where(_held.member_id == bindparam("p_member"), *given)


def _standing(member_id: str, ref: str, day: date) -> Taken | None:
    """What stands under this ref, which is reserved for the member; None when it is new."""
    if people.reserve("redemption", ref, member_id) != member_id:
        raise Refused("conflict", "This key was used before for something else.", pointer="/ref")
    row = row_of_ref(member_id, ref)
    return None if row is None else taken_of(row, day)


def _bring_up_to_date(member_id: str, at: datetime, actor: str, number: int, active: Programme) -> None:
    """What is due for her until now comes before what she decides by it (Reading 19)."""
    day = active.day(at)
    expire(member_id, at, actor)
    ledger.expire(member_id, active, at=at, day=day, actor=actor, version=number)
    tiers.review(member_id, active, day)
    ledger.mature(member_id, through=day, actor=actor, at=at, day=day, version=number)


def _check_tier(member_id: str, reward: Reward, active: Programme, day: date) -> None:
    if not reward.tiers:
        return
    tier = tiers.standing(active, tiers.grants(member_id), day, member(member_id).joined_on).tier
    if tier.key not in reward.tiers:
        raise Refused("not_allowed_by_tier", f"It is for {', '.join(reward.tiers)}.", tiers=reward.tiers)


def _check_limit(member_id: str, reward: Reward, day: date) -> None:
    if reward.limit is not None and counted(member_id, [reward], day)[reward.key] >= reward.limit.count:
        again_on = rules.period(reward.limit, day)[1]
        raise Refused(
            "limit_reached", f"At most {reward.limit.count} per {reward.limit.per}.", again_on=again_on
        )


def _take_from_stock(member_id: str, reward: Reward) -> int | None:
    """Take one out of a part of the stock that has one left, by a conditional update; None for an endless one."""
    if reward.stock is None:
        return None
    taken = taken_by_chunk(reward.key)
    if len(taken) < rules.CHUNKS:
        run(upsert(RewardStock).on_conflict_do_nothing(), stock_rows(reward.key))
    first = sum(member_id.encode()) % rules.CHUNKS
    shares = rules.shares(reward.stock)
    chunks: list[int] = [*range(first, rules.CHUNKS), *range(first)]
    there = [chunk for chunk in chunks if taken.get(chunk, 0) < shares[chunk]]
    for chunk in there if sum(taken.values()) < reward.stock else ():
        part = (_stock.reward == reward.key, _stock.chunk == chunk, _stock.taken < shares[chunk])
        if run(update(STOCK).where(*part).values(taken=_stock.taken + 1)).rowcount:
            return chunk
    raise Refused("out_of_stock", "There is none left.")


def _insert(
    member_id: str,
    redemption_id: str,
    ref: str,
    reward: Reward,
    number: int,
    at: datetime,
    day: date,
    actor: str,
    **facts: Any,
) -> Taken:
    """Write the redemption with a code of its own."""
    code = codes.new_code()
    if people.reserve("code", codes.code_hash(code), member_id) != member_id:
        raise AssertionError("two codes of 80 random bits are the same")
    expires_on = reward.last_day(day, bought=facts["reason"] == BOUGHT)
    run(
        _insert_held(),
        {
            "member_id": member_id, "id": redemption_id, "ref": ref, "reward": reward.key,
            "programme_version": number, "state": "available", "left_minor": facts["value_minor"],
            "code_sealed": codes.seal(code), "code_hash": codes.code_hash(code), "actor": actor, "issued_at": at,
            "issued_on": day, "expires_on": expires_on, "ended_on": None, **facts,
        },
    )  # fmt: skip
    found = of_member(member_id, redemption_id, day)
    assert found is not None, "it was written a moment ago"
    return found


@prepared
def _insert_held() -> Executable:
    return insert(HELD)
