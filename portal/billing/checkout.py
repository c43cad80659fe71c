"""Joining: the one checkout of a member, from her tap to Stripe's page and back.

An edge of its own: the wish is committed before Stripe is asked, the answer after it (house.md, wall 6), so a cut in
between is repeated by its key, and charges once.
"""

import contextlib
import logging
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from portal import config, ledger, notices, people
from portal import programme as programmes
from portal.billing import (
    customers,
    offered,
    operations,
    outcome,
    queries,
    rules,
    sessions,
    sold,
    sync,
    terms,
)
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import BillingOperation, StripeCustomer, StripePrice
from portal.billing.offered import Offer
from portal.billing.shapes import Busy, Checkout, Missing, Rejected, Unavailable
from portal.billing.terms import Terms
from portal.db import new_id, read, run, transact, upsert
from portal.errors import Refused
from portal.programme import Plan, Programme

log = logging.getLogger("portal.billing")
_operation, _customer = BillingOperation.__table__.c, StripeCustomer.__table__.c
CHECKOUT_LASTS = timedelta(hours=1)  # Stripe takes 30 minutes to a day
TOO_OLD = timedelta(
    minutes=25
)  # a checkout that is not made by then would be open for less than Stripe takes
LEASE = timedelta(minutes=2)
RETURN_PATH = "/billing/return?session_id={CHECKOUT_SESSION_ID}"
AGAIN = 2  # tries of one request: the second with a customer or price that was made anew


def begin_checkout(member: Any, plan_key: str, currency: str, agreed: Terms, now: datetime) -> str:
    """The address of the one checkout of this member: a new one, or the one that is under way in another tab.

    `currency` is one that the plan is sold in. `agreed` is what she agreed to by her tap; it is kept with the checkout
    that begins with it.

    Refuses `unknown_key` for no plan, `not_for_sale` for one that nobody new can have (whose payment page was open
    before may pay there), `conflict` for a member who has one, `stopped` while her card is (decision 0023),
    `being_confirmed` while the payment of one that is done is being decided,
    `payments_unavailable` (503) when Stripe does not answer; then nothing is charged, and the next try finds whatever
    was made.
    """
    _, active = programmes.active()
    plan = active.plan(plan_key)
    waiting = queries.open_checkout(member.id)
    # What it was for is sold no longer, or it has no page yet and she has agreed to something else since.
    if waiting is not None and (
        _is_unsold(waiting, active) or _is_another(waiting, plan, currency, agreed, now)
    ):
        leave_checkout(member.id, now)
    op = transact(partial(_note_checkout, member.id, plan, currency, agreed, active.day(now), now))
    if operations.is_awaited(op):
        raise Refused("being_confirmed", "A payment is being decided.")
    if op.state == "open":
        return str(op.url)
    try:
        return _open(member, op, now)
    except (Unavailable, Rejected, Missing) as error:
        if not isinstance(error, Unavailable):
            log.error("the checkout %s was not taken: %s", op.id, error)
        if not isinstance(error, Busy):
            transact(partial(_note_failure, op, type(error).__name__))
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error


def _is_unsold(op: Row[Any], active: Programme) -> bool:
    """Whether what a checkout was for is no plan any more, or nobody new can have it and there is no page to pay on."""
    plan = next((one for one in active.plans if one.key == op.plan), None)
    return plan is None or (op.state == "new" and not plan.for_sale)


def _is_another(op: Row[Any], plan: Plan, currency: str, agreed: Terms, now: datetime) -> bool:
    """Whether a checkout that could not be opened was for another plan, or on other terms, than these. One that another
    tap is opening at this moment goes before."""
    if op.state != "new" or not (op.tries or now - op.created_at >= LEASE):
        return False
    return (op.plan, op.facts["currency"], op.facts["terms"]) != (plan.key, currency, agreed.kept())


def _note_checkout(
    member_id: str, plan: Plan, currency: str, agreed: Terms, day: date, now: datetime
) -> Row[Any]:
    ledger.lock(member_id)
    people.refuse_while_stopped(member_id)
    if not rules.may_join(queries.holdings(member_id), plan.interval, day):
        raise Refused("conflict", "There is a plan already.")
    if queries.charge_under_way(member_id) is not None:
        raise Refused("under_way", "A change of the plan is under way.")
    op = queries.open_checkout(member_id)
    if op is not None and (op.state == "open" or now - op.created_at < TOO_OLD):
        return op
    sold.refuse_unsold(plan)
    if op is not None:
        run(update(BillingOperation).where(*_mine(op)).values(state="abandoned", due_at=None))
    op_id = new_id()
    values = {
        "member_id": member_id, "id": op_id, "kind": "life" if plan.interval == "life" else "join", "plan": plan.key,
        "facts": {
            "trial_days": 0 if queries.had_trial(member_id) else plan.trial_days, "currency": currency,
            "terms": agreed.kept(),
        },
        "idempotency_key": f"checkout:{op_id}", "state": "new", "tries": 0, "created_at": now,
        "due_at": now + CHECKOUT_LASTS,
    }  # fmt: skip
    run(insert(BillingOperation), values)
    terms.agree(member_id, op_id, agreed, now)
    made = queries.open_checkout(member_id)
    assert made is not None, "it was written a moment ago"
    return made


def _mine(op: Row[Any]) -> tuple[Any, ...]:
    return _operation.member_id == op.member_id, _operation.id == op.id


def _open(member: Any, op: Row[Any], now: datetime) -> str:
    """Have the session made that the operation wants, or find the one whose answer was lost; its address."""
    plan, currency = programmes.active()[1].plan(op.plan), op.facts["currency"]
    key = f"checkout:{op.id}" if op.tries == 0 else f"checkout:{op.id}:{op.tries}"
    for attempt in range(AGAIN):
        customer_id = customer_for(member, op, now)
        is_new = plan.interval != "life" and queries.live_subscription(member.id) is None
        if is_new and queries.had_subscription(member.id):
            customers.forgive(customer_id)  # the page says the price
        # After a failure Stripe would repeat it under the same key: first look whether it was carried out all the same.
        found = sessions.made_for(customer_id, op.id) if op.tries else None
        try:
            made = found or sessions.make(
                customer_id=customer_id,
                price_id=price_id(plan, currency, now, _try(op)),
                for_life=plan.interval == "life",
                trial_days=op.facts["trial_days"],
                asks_card=plan.trial_asks_card,
                takes_codes=plan.promotion_codes,
                tax=config.current().stripe_tax,
                success_url=notices.address(RETURN_PATH),
                cancel_url=notices.address("/plans"),
                expires_at=op.created_at + CHECKOUT_LASTS,
                metadata=_mark(member.id) | {"op": op.id, "plan": plan.key},
                key=key if attempt == 0 else f"{key}:again",
            )
            break
        except Missing as missing:
            if attempt + 1 == AGAIN or missing.kind not in ("customer", "price"):
                raise
            transact(partial(_forget, missing.kind, customer_id, plan, currency, now))
    kept: Row[Any] = transact(partial(_note_session, op, made, now))
    if (
        kept.session_id != made.id
    ):  # another tap was faster, after an answer that was lost: one address is enough
        with contextlib.suppress(Unavailable, Rejected, Missing):
            sessions.expire(made.id)
    if kept.session_id is None:
        raise Unavailable("another tap has given it up meanwhile")
    return str(kept.url)


def _mark(member_id: str) -> dict[str, str]:
    return {"member_id": member_id, "site": queries.site()}


def _try(op: Row[Any]) -> str:
    """What names one try of an operation. Stripe repeats a failure under its key for a day, so each try has its own;
    two taps of the same try share it, and make one thing."""
    return f"{op.id}:{op.tries}"


def customer_for(member: Any, op: Row[Any], now: datetime) -> str:
    """A member's customer at Stripe, for her checkout `op`; made where there is none, or it was deleted. An edge of its
    own, which commits: of two that were made at once the one that is written down first is used by all."""
    # One look: between two, another tap may have written down the customer that the second would take for deleted.
    known = read(select(StripeCustomer.__table__).where(_customer.member_id == member.id)).one_or_none()
    if known is not None and known.deleted_at is None:
        return str(known.customer_id)
    if known is not None and not known.livemode and gateway().livemode:
        tried = queries.live_subscription(member.id)
        if tried is not None and tried.id != LINES:
            sync.sync_if_there(
                tried.id, now
            )  # it ends, while the customer of then says that it was of test mode
    mark, found = _mark(member.id), None
    if op.tries and member.email:  # one may have been made whose answer was lost
        found = customers.find(member.email, mark)
    replaced = "" if known is None else f":{known.customer_id}"
    made = found or customers.make(member.email, member.name, mark, f"customer:{_try(op)}{replaced}")
    told = people.address_hash(member.email) if member.email else None
    values = {
        "customer_id": made,
        "livemode": gateway().livemode,
        "made_at": now,
        "deleted_at": None,
        "address_hash": told,
    }
    statement = upsert(StripeCustomer).values(member_id=member.id, **values)
    gone = _customer.deleted_at.is_not(None)
    transact(
        lambda: run(statement.on_conflict_do_update(index_elements=["member_id"], set_=values, where=gone))
    )
    return str(read(select(_customer.customer_id).where(_customer.member_id == member.id)).scalar_one())


def price_id(plan: Plan, currency: str, now: datetime, attempt: str | None = None) -> str:
    """A plan's price at Stripe in a currency; made where there is none, by a key of this `attempt`. An edge of its own,
    which commits."""
    known = known_price(plan, currency)
    if known is not None:
        return known
    made = offered.price(offer(plan, currency), attempt)
    transact(partial(note_price, plan, currency, made, now))
    return made


def offer(plan: Plan, currency: str) -> Offer:
    """A plan as Stripe is to sell it in a currency. Another amount or rhythm has another key: who pays the old one goes
    on paying it. Refuses `unknown_currency` for one in which it is not sold.
    """
    amount_minor = programmes.active()[1].price_in(plan, currency)
    if amount_minor is None:
        raise Refused("unknown_currency", f"The plan {plan.key} is not sold in {currency}.")
    site = queries.site()
    mark, sum_of = f"portal:{site}:{plan.key}", f"{amount_minor}:{currency.lower()}"
    lookup_key, earlier_key = f"{mark}:{plan.interval}:{sum_of}", f"{mark}:{sum_of}"
    return Offer(lookup_key, earlier_key, site, plan.label, amount_minor, currency, plan.interval)


def known_price(plan: Plan, currency: str) -> str | None:
    """The id of a plan's price at Stripe, where it was used before in the mode of our key."""
    price = StripePrice.__table__.c
    mine = (price.lookup_key == offer(plan, currency).lookup_key, price.livemode == gateway().livemode)
    found = read(select(price.price_id).where(*mine)).scalar_one_or_none()
    return None if found is None else str(found)


def note_price(plan: Plan, currency: str, price_id: str, now: datetime) -> None:
    """Keep which price at Stripe is the plan's, inside the caller's write."""
    mine = {"lookup_key": offer(plan, currency).lookup_key, "livemode": gateway().livemode}
    price = StripePrice.__table__.c
    run(delete(StripePrice).where(price.price_id == price_id, price.lookup_key != mine["lookup_key"]))
    values = {"plan": plan.key, "price_id": price_id, "made_at": now}
    statement = upsert(StripePrice).values(**mine, **values)
    run(statement.on_conflict_do_update(index_elements=list(mine), set_=values))


def _forget(kind: str, customer_id: str, plan: Plan, currency: str, now: datetime) -> None:
    """What Stripe does not know is made anew, once: a customer who is gone, or a price that was put away."""
    if kind == "customer":
        sync.forget_customer(customer_id, now)
        return
    forget_price(plan, currency)


def forget_price(plan: Plan, currency: str) -> None:
    """Have the price of a plan made anew when it is next asked for, inside the caller's write. What was begun at
    the one of before is still known by it."""
    price = StripePrice.__table__.c
    of_plan = price.lookup_key == offer(plan, currency).lookup_key
    run(update(StripePrice).where(of_plan).values(lookup_key=price.price_id))


def _note_session(op: Row[Any], made: Checkout, now: datetime) -> Row[Any]:
    """Write down the session of an operation, unless it has one; the operation as it stands."""
    due_at = max(now, op.created_at + CHECKOUT_LASTS) + LEASE
    values = {"state": "open", "session_id": made.id, "url": made.url, "due_at": due_at, "error": None}
    run(update(BillingOperation).where(*_mine(op), _operation.state == "new").values(**values))
    return read(select(BillingOperation.__table__).where(*_mine(op))).one()


def _note_failure(op: Row[Any], error: str) -> None:
    values = {"tries": op.tries + 1, "error": error}
    run(update(BillingOperation).where(*_mine(op), _operation.state == "new").values(**values))


def leave_checkout(member_id: str, now: datetime) -> None:
    """Give up the checkout that is under way, so that another can begin; one that was paid meanwhile stands, and one
    whose payment is being decided stays.

    Refuses `payments_unavailable` (503) when Stripe does not answer.
    """
    op = queries.open_checkout(member_id)
    if op is None:
        return
    try:
        _shut(op)
        look_after(op, now)
    except (Unavailable, Rejected, Missing) as error:
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error


def let_go(member_id: str, now: datetime) -> None:
    """Have the worker close the checkout of somebody who leaves, inside the caller's write."""
    op = queries.open_checkout(member_id)
    if op is not None:
        run(update(BillingOperation).where(*_mine(op)).values(due_at=now))


def _shut(op: Row[Any]) -> None:
    if op.session_id is not None:
        with contextlib.suppress(Rejected, Missing):  # it is open no longer; what became of it is read next
            sessions.expire(op.session_id)


def look_after(op: Row[Any], now: datetime) -> None:
    """What became of a checkout: bought, over, or never made. That of somebody who has left, or whose card is stopped,
    is closed."""
    if people.has_left(op.member_id) or people.is_frozen(op.member_id):
        _shut(op)
    if op.session_id is None:
        _close(op, now)
        return
    try:
        outcome.sync_checkout(op.session_id, now)
    except (Missing, Rejected) as error:
        transact(partial(operations.settle, op, "failed", str(error)))


def _close(op: Row[Any], now: datetime) -> None:
    """End a checkout whose answer never came, with the session where Stripe has made one."""
    customer_id = queries.customer_of(op.member_id)
    made = sessions.made_for(customer_id, op.id) if customer_id is not None else None
    if made is not None and made.status == "open":
        sessions.expire(made.id)
    if made is not None:
        outcome.sync_checkout(made.id, now)
    transact(partial(operations.settle, op, "abandoned", op.error))


def portal_url(member_id: str, now: datetime, *, change_card: bool) -> str:
    """Where the member looks after her card and invoices. Refuses `unknown_member` for one without a customer at
    Stripe, `payments_unavailable` (503) when it does not answer.
    """
    customer_id = queries.customer_of(member_id)
    if customer_id is None:
        raise Refused("unknown_member", "There is nothing to look at yet.")
    try:
        return customers.portal_url(
            customer_id,
            notices.address("/membership"),
            offered.portal_configuration(queries.site()),
            change_card=change_card,
        )
    except Missing as missing:
        if missing.kind == "customer":
            sync.sync_customer(customer_id, now)
        raise Refused("unknown_member", "Stripe does not know this customer.") from missing
    except (Unavailable, Rejected) as error:
        log.error("the portal was not opened: %s", error)
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error
