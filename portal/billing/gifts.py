"""Plans that were bought for somebody else: what a payment became, who used it, and what a refund makes of it.

Verbs inside the caller's write. A gift is two members' business, so whoever changes one holds the wallets of both, in
the order of their ids. A code is 80 random bits like a reward's: found by a keyed hash, kept sealed.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger, people, rewards
from portal import programme as programmes
from portal.billing import gift_points, gift_rules, gift_telling, granted, operations, queries, rules
from portal.billing.models import BillingOperation, PlanGift
from portal.billing.shapes import Back, Checkout
from portal.db import read, run, upsert
from portal.errors import Refused
from portal.programme import Programme

log = logging.getLogger("portal.billing")
_gift, _operation = PlanGift.__table__.c, BillingOperation.__table__.c
KIND = "gift"


class Moved(Exception):
    """Somebody used the gift before the wallets of both were held: the write is to begin again."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a gift would be if it were used on a day: from its first day to its last, or why it is better kept."""

    first_day: date
    last_day: date
    wait: gift_rules.Wait | None


def fulfil(member_id: str, found: Checkout, now: datetime) -> None:
    """A gift is paid: its code is made and mailed, once. The caller holds her wallet, and has fetched the checkout."""
    op = operations.one(member_id, found.metadata.get("op", ""))
    if op is None or op.kind != KIND or found.payment_intent is None:
        log.error("checkout %s is a gift that nobody began: pay it back", found.id)
        return
    if found.amount_minor != op.facts["minor"]:
        log.error("gift %s: %s was shown, %s was paid", op.id, op.facts["minor"], found.amount_minor)
    code, friend = rewards.new_code(), op.facts.get("friend")
    values = {
        "member_id": member_id, "id": op.id, "payment_intent": found.payment_intent, "plan": op.plan,
        "months": op.facts["months"], "amount_minor": found.amount_minor, "currency": found.currency,
        "code_hash": rewards.code_hash(code), "sealed": rewards.seal(code), "words": op.facts.get("words"),
        "is_mailed": friend is not None, "state": "open", "refunded_minor": 0, "paid_at": now,
    }  # fmt: skip
    if not run(upsert(PlanGift).values(**values).on_conflict_do_nothing()).rowcount:
        return
    forget_friend(op)
    gift = _one(member_id, op.id)
    assert gift is not None, "it was written a moment ago"
    if people.has_left(member_id):
        if friend is None:
            log.error("gift %s was paid by member %s, who has left: pay it back", op.id, member_id)
    else:
        gift_telling.tell_bought(gift, code, now)
        gift_points.count(gift, now)
    if friend is not None:
        gift_telling.tell_friend(gift, code, friend, now)


def give_up(member_id: str, op_id: str | None) -> None:
    """The checkout of this id came to nothing: if it was a gift, the friend is forgotten."""
    op = operations.one(member_id, op_id or "")
    if op is not None and op.kind == KIND:
        forget_friend(op)


def forget_friend(op: Row[Any]) -> None:
    """Drop from an operation whom a gift was to be mailed to, and her words: they are nobody's business after it."""
    kept = {name: value for name, value in op.facts.items() if name not in ("friend", "words")}
    run(update(BillingOperation).where(*operations.mine(op)).values(facts=kept))


def outlook(member_id: str, gift: Row[Any], active: Programme, day: date) -> Outlook:
    """What a gift would be for a member who used it on `day`. Refuses `unknown_key` for a plan that is no more."""
    plan = active.plan(gift.plan)
    same = [one.key for one in active.plans if one.label == plan.label]
    first = granted.free_from(member_id, day)
    wait = gift_rules.why_wait(queries.holdings(member_id), same, day)
    checkout = queries.open_checkout(member_id) if wait is None else None
    if checkout is not None and checkout.state == "open":
        wait = "under_way"
    return Outlook(first, gift_rules.last_day(first, gift.months), wait)


def redeem(member_id: str, code: str, now: datetime, shown: date | None = None) -> Row[Any]:
    """Use a code: its plan is hers from today, or after what was given to her before; the gift as it is then.

    Again by the same member is nothing. Refuses `unknown_code` (404), `already_used` by somebody else, `paid_back`,
    `disputed` while a bank looks into its payment, `conflict` while she pays for a plan, is about to, or has it for
    life, `unknown_key` for a plan that the programme has no longer, and `stale` where `shown` is another last day than
    the gift has; the code keeps in the last four.
    """
    found = by_code(code)
    if found is None:
        raise Refused("unknown_code", "There is no such gift.", status=404)
    gift = _hold(found, member_id)
    if gift.state == "redeemed" and gift.redeemed_by == member_id:
        return gift
    if (fault := why_dead(gift)) is not None:
        raise Refused(fault, "This gift cannot be used.")
    _, active = programmes.active()
    day = active.day(now)
    hers = outlook(member_id, gift, active, day)
    if hers.wait is not None:
        raise Refused("conflict", "There is a plan that is paid.", why=hers.wait)
    if shown is not None and shown != hers.last_day:
        raise Refused("stale", "Its days have moved since she looked.")
    values = {
        "state": "redeemed",
        "redeemed_by": member_id,
        "redeemed_at": now,
        "granted_until": hers.last_day,
    }
    unused = (_gift.member_id == gift.member_id, _gift.id == gift.id, _gift.state == "open")
    if not run(update(PlanGift).where(*unused).values(**values)).rowcount:
        raise Refused("already_used", "Somebody was faster.")
    granted.give_plan(
        member_id,
        gift.plan,
        until=hers.last_day,
        source="gift",
        ref=ref_of(gift),
        at=now,
        from_on=hers.first_day,
    )
    return _again(gift)


def why_dead(gift: Row[Any]) -> str | None:
    """Why nobody can use a gift (`already_used`, `paid_back`, `disputed`); None for one that is there to be used."""
    if gift.state == "redeemed":
        return "already_used"
    if gift.state == "refunded" or is_going_back(gift):
        return "paid_back"
    return "disputed" if gift.dispute == "open" else None


def is_going_back(gift: Row[Any]) -> bool:
    """Whether its buyer has asked for the money of a gift, and Stripe has not answered yet."""
    asked = operations.withdrawal(gift.member_id, gift.id)
    return asked is not None and asked.state == "new"


def write_back(payment_id: str, back: Back, now: datetime) -> tuple[str | None, list[str]]:
    """Write down what went back of a gift's payment: whose it is, None where it paid for no gift; the news in words.

    All of it back, or a dispute that is lost: a code that nobody used is dead, what is left of one that was used ends
    today. A penny less, and the gift stands. Raises Moved where it was used in this moment.
    """
    found = by_payment(payment_id)
    if found is None:
        return None, []
    gift = _hold(found, found.redeemed_by or found.member_id)
    if gift.redeemed_by != found.redeemed_by:
        raise Moved
    if gift.money_at is not None and gift.money_at > now:
        return gift.member_id, []
    refunded = min(back.minor, gift.amount_minor)
    gone = rules.went_back(gift.amount_minor, refunded, back.dispute)
    state = "refunded" if gone else "redeemed" if gift.redeemed_by is not None else "open"
    values = {"state": state, "refunded_minor": refunded, "dispute": back.dispute, "money_at": now}
    run(update(PlanGift).where(_gift.member_id == gift.member_id, _gift.id == gift.id).values(**values))
    after = _again(gift)
    if gone and gift.state != "refunded":
        _end(after, now)
    elif gift.state == "refunded" and not gone:
        _revive(after, now)
    said = f"gift {gift.id}: {gift.state}, {gift.refunded_minor} went back -> {state}, {refunded} went back"
    changed = (gift.state, gift.refunded_minor, gift.dispute) != (state, refunded, back.dispute)
    return gift.member_id, [said] if changed else []


def _end(gift: Row[Any], now: datetime) -> None:
    """The payment of a gift is gone: its points with it, and what is left of the plan that it became."""
    if not people.has_left(gift.member_id):
        gift_points.uncount(gift, now)
        gift_telling.tell_back(gift, now)
    if gift.redeemed_by is None or people.has_left(gift.redeemed_by):
        return
    granted.end_given(gift.redeemed_by, ref_of(gift), now)


def _revive(gift: Row[Any], now: datetime) -> None:
    """A refund that no bank took: the payment stands again. An unused code works again, and may be withdrawn again."""
    if not people.has_left(gift.member_id):
        gift_points.count(gift, now)
    operations.came_back(gift.member_id, gift.id)
    if gift.redeemed_by is not None:
        log.error("gift %s was ended and is paid after all: give its plan again by hand", gift.id)


def _hold(found: Row[Any], other: str) -> Row[Any]:
    """Hold the wallets of both whom a gift concerns, and read it again: it may have changed before."""
    for member_id in sorted({found.member_id, other}):
        ledger.lock(member_id)
    return _again(found)


def _again(gift: Row[Any]) -> Row[Any]:
    found = _one(gift.member_id, gift.id)
    assert found is not None, "gifts are never deleted"
    return found


def _one(member_id: str, gift_id: str) -> Row[Any] | None:
    mine = (_gift.member_id == member_id, _gift.id == gift_id[:26])
    return read(select(PlanGift.__table__).where(*mine)).one_or_none()


def bought_by(member_id: str, gift_id: str) -> Row[Any] | None:
    """A gift that a member bought; None for another's."""
    return _one(member_id, gift_id)


def bought(member_id: str, limit: int = 50) -> list[Row[Any]]:
    """The gifts that a member bought, newest first."""
    mine = select(PlanGift.__table__).where(_gift.member_id == member_id)
    return list(read(mine.order_by(_gift.id.desc()).limit(limit)).all())


def by_code(code: str) -> Row[Any] | None:
    """The gift of a code, however it was typed."""
    return read(select(PlanGift.__table__).where(_gift.code_hash == rewards.code_hash(code))).one_or_none()


def by_payment(payment_id: str) -> Row[Any] | None:
    """The gift that a payment is for."""
    return read(select(PlanGift.__table__).where(_gift.payment_intent == payment_id)).one_or_none()


def payment_of(member_id: str, gift_id: str) -> str | None:
    """The payment of a gift that a member bought; None where it is no gift of hers."""
    gift = _one(member_id, gift_id)
    return None if gift is None else str(gift.payment_intent)


def disputed_payments() -> list[str]:
    """The payments of gifts that a bank looks into."""
    return list(read(select(_gift.payment_intent).where(_gift.dispute == "open")).scalars())


def code_of(gift: Row[Any]) -> str:
    """The code, for her who bought it."""
    return rewards.unseal(gift.sealed)


def ref_of(gift: Row[Any]) -> str:
    """Under what the plan was given that a code became."""
    return f"gift:{gift.id}"


def forget(member_id: str) -> None:
    """What a buyer who leaves said to her friends is forgotten; the codes go on, they are paid."""
    run(update(PlanGift).where(_gift.member_id == member_id).values(words=None))
