"""What became of a checkout: a plan that renews, a plan for life, a gift; whoever comes to hear of it first.

Written from what was fetched, as in `sync`: return page, messages, worker and reconcile all come here.
"""

import contextlib
import logging
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row

from portal import ledger, people
from portal import programme as programmes
from portal.billing import gifts, holding, operations, ours, pausing, queries, sessions, sync, telling
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import Purchase
from portal.billing.shapes import Checkout, Missing, Rejected, Subscribed, Unavailable
from portal.db import run, transact, upsert

log = logging.getLogger("portal.billing")


def sync_checkout(session_id: str, now: datetime) -> str | None:
    """Fetch a checkout session, and what was bought by it; whose it is, None for one that is not ours."""
    return fetch_checkout(session_id, now)[1]


def fetch_checkout(session_id: str, now: datetime) -> tuple[Checkout, str | None]:
    """As `sync_checkout`, with the session as it was fetched."""
    found = sessions.fetch(session_id)
    bought = None
    if found.status == "complete" and found.subscription_id is not None:
        bought = gateway().subscription(found.subscription_id)
    elif found.paid and found.metadata.get("kind") != gifts.KIND and _whose(found) is not None:
        _look_at_what_runs(found, now)
    return found, transact(partial(_write_checkout, found, bought, now))


def _whose(found: Checkout) -> str | None:
    """Whose checkout of ours it is; None also for whatever else is sold to a customer of hers."""
    member_id = ours.owner(found.customer_id, found.metadata)
    return member_id if member_id is not None and ours.is_marked(member_id, found.metadata) else None


def _look_at_what_runs(found: Checkout, now: datetime) -> None:
    """What ends with a plan for life may have renewed unheard: the page and the mail name its days and its last bill.
    Where Stripe does not answer, what is known decides."""
    member_id = ours.owner(found.customer_id, found.metadata)
    live = None if member_id is None else queries.live_subscription(member_id)
    if live is not None and live.id != LINES:
        with contextlib.suppress(Unavailable, Rejected, Missing):
            sync.sync_subscription(live.id, now)


def _write_checkout(found: Checkout, bought: Subscribed | None, now: datetime) -> str | None:
    member_id = _whose(found)
    if member_id is None:
        log.info("checkout %s is not ours", found.id)
        return None
    ledger.lock(member_id)
    op = found.metadata.get("op")
    if bought is not None:
        sync.write_subscription(bought, now)
        if bought.status == "incomplete":
            operations.await_payment(member_id, op, now)
    elif found.status == "complete" and found.paid:
        if found.metadata.get("kind") == gifts.KIND:
            gifts.fulfil(member_id, found, now)
        else:
            _write_purchase(member_id, found, now)
        operations.settle_checkout(member_id, op, "done")
    elif found.pending:
        operations.await_payment(member_id, op, now)
    elif found.status != "open":  # closed, or its payment has failed: nothing is charged any more
        awaited = operations.give_up_checkout(member_id, op)
        gifts.give_up(member_id, op)
        if awaited is not None:
            telling.tell_not_paid(awaited, found.amount_minor, now)
    return member_id


def _write_purchase(member_id: str, found: Checkout, now: datetime) -> None:
    """A plan for life is paid: it stands once, and what renews beside it ends with what is paid for; one that is paused
    goes on until then."""
    _, active = programmes.active()
    plan = found.metadata.get("plan", "")
    values = {
        "member_id": member_id, "id": found.id, "payment_intent": found.payment_intent, "plan": plan,
        "amount_minor": found.amount_minor, "currency": found.currency, "state": "paid", "paid_on": active.day(now),
        "fetched_at": now,
    }  # fmt: skip
    if not run(upsert(Purchase).values(**values).on_conflict_do_nothing()).rowcount:
        return
    if people.has_left(member_id):
        log.error("%s was paid for life by member %s, who has left: pay it back", found.id, member_id)
        return
    telling.tell_joined(
        member_id, plan, key=found.id, amount_minor=found.amount_minor, currency=found.currency, next_charge_on=None,
        now=now,
    )  # fmt: skip
    paid = holding.Payment(plan, active.day(now), None, holding.MONTHS["life"])
    holding.tell(member_id, now, paid if holding.months_of(plan) else None)
    live = queries.live_subscription(member_id)
    if live is not None and live.id != LINES and _renews(live, now):
        facts = {
            "subscription": live.id,
            "reason": None,
            **pausing.how_it_ends(live, now),
            # A renewal that comes before this is carried out goes back: she was told that it would not come.
            "paid_until": None if live.paid_until is None else live.paid_until.isoformat(),
            "follows": "life",
        }
        operations.note(member_id, "end", live.plan, facts, key=f"end:{found.id}", now=now, due_at=now)


def _renews(live: Row[Any], now: datetime) -> bool:
    """Whether a plan would renew beside one for life; what was asked for of it and would have it go on, or stand still,
    is dropped. Where it was to go on, Stripe may have done that and only its answer be lost: then it renews."""
    waiting = queries.wishes_of(live.member_id, live.id, ("keep", "pause", "later", "stay"))
    for wish in waiting:
        operations.settle(wish, "abandoned", wish.error)
        telling.tell_not_done(wish, now)  # of money that went back for it
    return live.ends_on is None or any(wish.kind == "keep" for wish in waiting)
