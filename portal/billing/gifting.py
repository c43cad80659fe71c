"""Buying a plan for somebody else: from her tap to Stripe's page; and taking it back while nobody has used it.

An edge of its own: the wish is committed before Stripe is asked, the answer after it (house.md, wall 6). What a payment
becomes is written by `gifts`, whoever hears of it first.
"""

import contextlib
import hashlib
import json
import logging
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from portal import config, ledger, notices, people
from portal import programme as programmes
from portal.billing import (
    checkout,
    gifts,
    operations,
    queries,
    rules,
    sessions,
    sold,
    sync,
    terms,
    withdrawing,
)
from portal.billing.checkout import AGAIN, CHECKOUT_LASTS, TOO_OLD
from portal.billing.gift_rules import Offer
from portal.billing.models import BillingOperation
from portal.billing.named import label_of
from portal.billing.shapes import Busy, Checkout, Missing, Rejected, Unavailable
from portal.billing.terms import Terms
from portal.db import new_id, read, run, transact
from portal.errors import Refused
from portal.programme import Programme

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c
RETURN_PATH = "/gifts/return?session_id={CHECKOUT_SESSION_ID}"


def begin(
    member: Any,
    offer: Offer,
    agreed: Terms,
    now: datetime,
    *,
    once: str,
    friend: str | None,
    words: str | None,
) -> str:
    """The address of Stripe's page on which a gift is paid. It stands beside her own plan, and is in nobody's way.

    `once` is the form's one-time key: sent again with the same choice it is the same checkout, so the same charge.
    `friend` is the address that the code is mailed to, `words` what she says with it. Refuses `already_used` for a form
    whose gift is paid, `not_for_sale` for a plan that nobody new can have, `expired` for one whose time to pay is over,
    `stopped` while her card is (decision 0023), `payments_unavailable` (503) when Stripe does not answer;
    then nothing is charged.
    """
    op, is_first = transact(partial(_note, member.id, offer, agreed, now, once, friend, words))
    if not is_first:
        op = operations.settled(member.id, op.id)
    if op.state == "open":
        return str(op.url)
    try:
        return _open(member, op, label_of(programmes.active()[1], op.plan), now)
    except (Unavailable, Rejected, Missing) as error:
        if not isinstance(error, Unavailable):
            log.error("the checkout of the gift %s was not taken: %s", op.id, error)
        if not isinstance(error, Busy):
            transact(partial(_note_failure, op, type(error).__name__))
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error


def _note(
    member_id: str,
    offer: Offer,
    agreed: Terms,
    now: datetime,
    once: str,
    friend: str | None,
    words: str | None,
) -> tuple[Row[Any], bool]:
    """The operation of a gift, and whether this tap has begun it."""
    ledger.lock(member_id)
    people.refuse_while_stopped(member_id)
    sold.refuse_unsold(programmes.active()[1].plan(offer.plan.key))
    chosen = json.dumps([offer.key, offer.minor, offer.currency, friend, words]).encode()
    key = f"gift:{member_id}:{once}:{hashlib.sha256(chosen).hexdigest()[:16]}"
    facts = {
        "months": offer.months, "minor": offer.minor, "currency": offer.currency, "friend": friend, "words": words,
        "terms": agreed.kept(),
    }  # fmt: skip
    due_at = now + CHECKOUT_LASTS
    op_id = operations.note(member_id, gifts.KIND, offer.plan.key, facts, key=key, now=now, due_at=due_at)
    if op_id is not None:
        terms.agree(member_id, op_id, agreed, now)
    mine = (_operation.member_id == member_id, _operation.idempotency_key == key)
    op = read(select(BillingOperation.__table__).where(*mine)).one()
    if op.state == "done":
        raise Refused("already_used", "This gift is paid.", gift=op.id)
    if op.state not in ("new", "open") or now - op.created_at >= (
        TOO_OLD if op.state == "new" else CHECKOUT_LASTS
    ):
        raise Refused("expired", "The time to pay it is over.")
    return op, op_id is not None


def _open(member: Any, op: Row[Any], label: str, now: datetime) -> str:
    """Have the session made that the operation wants, or find the one whose answer was lost; its address."""
    key = f"checkout:{op.id}" if op.tries == 0 else f"checkout:{op.id}:{op.tries}"
    for attempt in range(AGAIN):
        customer_id = checkout.customer_for(member, op, now)
        # After a failure Stripe would repeat it under the same key: first look whether it was carried out all the same.
        found = sessions.made_for(customer_id, op.id) if op.tries else None
        try:
            made = found or sessions.make_for_gift(
                customer_id=customer_id,
                name=f"{label} × {op.facts['months']}",
                minor=op.facts["minor"],
                currency=op.facts["currency"],
                tax=config.current().stripe_tax,
                success_url=notices.address(RETURN_PATH),
                cancel_url=notices.address("/gifts/new"),
                expires_at=op.created_at + CHECKOUT_LASTS,
                metadata={"member_id": member.id, "site": queries.site(), "op": op.id, "kind": gifts.KIND},
                key=key if attempt == 0 else f"{key}:again",
            )
            break
        except Missing as missing:
            if attempt + 1 == AGAIN or missing.kind != "customer":
                raise
            transact(partial(sync.forget_customer, customer_id, now))
    kept: Row[Any] = transact(partial(_note_session, op, made))
    if kept.session_id != made.id:  # another tap was faster, after an answer that was lost
        with contextlib.suppress(Unavailable, Rejected, Missing):
            sessions.expire(made.id)
    return str(kept.url)


def _note_session(op: Row[Any], made: Checkout) -> Row[Any]:
    due_at = op.created_at + CHECKOUT_LASTS + operations.LEASE
    values = {"state": "open", "session_id": made.id, "url": made.url, "due_at": due_at, "error": None}
    run(update(BillingOperation).where(*operations.mine(op), _operation.state == "new").values(**values))
    return read(select(BillingOperation.__table__).where(*operations.mine(op))).one()


def _note_failure(op: Row[Any], error: str) -> None:
    values = {"tries": op.tries + 1, "error": error}
    run(update(BillingOperation).where(*operations.mine(op), _operation.state == "new").values(**values))


def look_after(op: Row[Any], now: datetime) -> None:
    """What became of the checkout of a gift, for the worker; one that came to nothing forgets the friend."""
    checkout.look_after(op, now)
    if operations.settled(op.member_id, op.id).state in ("abandoned", "failed"):
        transact(partial(gifts.give_up, op.member_id, op.id))


def let_go(member_id: str, now: datetime) -> None:
    """Have the worker close the checkouts of gifts of somebody who leaves, inside the caller's write."""
    mine = (
        _operation.member_id == member_id,
        _operation.kind == gifts.KIND,
        _operation.state.in_(("new", "open")),
    )
    run(update(BillingOperation).where(*mine).values(due_at=now))
    gifts.forget(member_id)


def withdraw_until(gift: Row[Any], active: Programme) -> date | None:
    """The last day on which the buyer may have a gift paid back that nobody used; None where it cannot be any more, or
    the programme's country asks for no such right."""
    if gift.state != "open" or gift.dispute == "open" or gifts.why_dead(gift) is not None:
        return None
    return rules.withdraw_until(active.country, active.day(gift.paid_at))


def left_of(gift: Row[Any]) -> int:
    """What of the price of a gift has not gone back yet, in minor units."""
    return int(gift.amount_minor - gift.refunded_minor)


def is_stuck(gift: Row[Any]) -> bool:
    """Whether its money was asked for and could not be sent back: a person has to."""
    if gift.state == "refunded" or operations.withdrawal(gift.member_id, gift.id) is not None:
        return False
    mine = (_operation.member_id == gift.member_id, _operation.kind == "recall")
    failed = read(select(_operation.facts).where(*mine, _operation.state == "failed")).scalars()
    return any(facts["of"] == gift.id for facts in failed)


def withdraw(member_id: str, gift_id: str, agreed_minor: int, now: datetime) -> bool:
    """Have a gift paid back that nobody used, `agreed_minor` as was shown; whether Stripe has done it. From then on
    nobody can use its code.

    Refuses `conflict` where it was used, or the days are over; `stale` where another amount would go back by now;
    nothing is done then. `not_paid_back` where Stripe does not take it: a person
    has to. Twice is once.
    """
    op, is_first = transact(partial(_note_withdrawal, member_id, gift_id, agreed_minor, now))
    if is_first:
        try:
            withdrawing.carry_out(op, now)
        except Unavailable as error:
            log.warning("the withdrawal %s is carried out later: %s", op.id, error)
            transact(partial(operations.try_later, op, str(error), now))
    after = operations.settled(member_id, op.id)
    if after.state == "failed":
        raise Refused("not_paid_back", "It could not be paid back by itself.")
    return bool(after.state == "done")


def _note_withdrawal(member_id: str, gift_id: str, agreed_minor: int, now: datetime) -> tuple[Row[Any], bool]:
    ledger.lock(member_id)
    standing = operations.withdrawal(member_id, gift_id)
    if standing is not None:
        return standing, False
    gift = gifts.bought_by(member_id, gift_id)
    _, active = programmes.active()
    last_day = None if gift is None else withdraw_until(gift, active)
    if gift is None or last_day is None or active.day(now) > last_day:
        raise Refused("conflict", "It cannot be paid back any more.")
    if left_of(gift) != agreed_minor:
        raise Refused("stale", "Another amount would go back by now.")
    facts = {"of": gift.id, "minor": agreed_minor, "currency": gift.currency}
    key = f"recall:{new_id()}"
    due_at = now + operations.LEASE
    op_id = operations.note(member_id, "recall", gift.plan, facts, key=key, now=now, due_at=due_at)
    assert op_id is not None, "its key is new"
    op = operations.one(member_id, op_id)
    assert op is not None, "it was written a moment ago"
    return op, True
