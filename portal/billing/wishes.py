"""What a member wants of a plan that runs: that it ends, that it goes on. Written down, carried out, tried again.

An edge of its own: the wish is committed before Stripe is asked, the answer after it (house.md, wall 6). What Stripe
does not answer is carried out by the worker, so a wish that the page has taken is kept.
"""

import contextlib
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from portal import ledger
from portal.billing import checkout, queries, sync
from portal.billing.gateway import gateway
from portal.billing.lines import LINES, Change, record_plan_change
from portal.billing.models import BillingOperation
from portal.billing.shapes import Missing, Rejected, Subscribed, Unavailable
from portal.db import new_id, read, run, transact
from portal.errors import Refused

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 720))


def ask_to_end(member_id: str, reason: str | None, now: datetime) -> bool:
    """Let the plan end with what is paid for; whether Stripe has answered. A plan whose card failed ends at once.

    Refuses `conflict` where nothing renews. Asked for twice is asked for once.
    """
    return _by_line(member_id, "cancel_requested", now) or _ask(member_id, "end", {"reason": reason}, now)


def ask_to_keep(member_id: str, now: datetime) -> bool:
    """Withdraw the end of the plan; whether Stripe has answered. Refuses `conflict` where nothing renews."""
    return _by_line(member_id, "kept", now) or _ask(member_id, "keep", {}, now)


def let_go(member_id: str, now: datetime) -> None:
    """End whatever a member pays for, because she leaves: at once, and by the worker where Stripe does not answer.

    A checkout that is open is closed. Nothing for a member without a plan; never refused.
    """
    try:
        checkout.leave_checkout(member_id, now)
    except Refused:
        transact(partial(checkout.leave_checkout_soon, member_id, now))
    live = queries.live_subscription(member_id)
    if live is None:
        return
    with contextlib.suppress(Refused):  # it has ended at this moment
        if live.id == LINES:
            transact(partial(record_plan_change, member_id, live.plan, "ended", at=now))
        else:
            _ask(member_id, "end", {"reason": None, "at_once": True}, now)


def _by_line(member_id: str, change: Change, now: datetime) -> bool:
    """Let a plan that no Stripe keeps end or go on at once; False where it is Stripe's, or there is none."""
    live = queries.live_subscription(member_id)
    if live is None or live.id != LINES:
        return False
    transact(partial(record_plan_change, member_id, live.plan, change, at=now))
    return True


def _ask(member_id: str, kind: str, facts: dict[str, Any], now: datetime) -> bool:
    op = transact(partial(_note_wish, member_id, kind, facts, now))
    if op is None:
        return True
    try:
        carry_out(op, now)
    except Unavailable as error:
        log.warning("the wish %s is carried out later: %s", op.id, error)
        transact(partial(_try_later, op, str(error), now))
        return False
    return True


def _note_wish(member_id: str, kind: str, facts: dict[str, Any], now: datetime) -> Row[Any] | None:
    ledger.lock(member_id)
    live = queries.live_subscription(member_id)
    if live is None or live.id == LINES:
        raise Refused("conflict", "There is no plan that renews.")
    waiting = queries.wish_under_way(member_id)
    runs = live.status in ("active", "trialing")
    ends = live.ends_on is not None and runs
    at_once = bool(facts.get("at_once"))  # no end that comes later will do
    if not at_once and (waiting == kind or (waiting is None and ends == (kind == "end"))):
        return None
    other = (
        _operation.member_id == member_id,
        _operation.state == "new",
        _operation.kind.in_(("end", "keep")),
    )
    run(update(BillingOperation).where(*other).values(state="abandoned", due_at=None))
    facts = {"subscription": live.id, "at_once": not runs, **facts}
    op_id = new_id()
    sync.note_wish(member_id, kind, live.plan, facts, key=f"{kind}:{op_id}", now=now, due_at=now + LEASE)
    made = (_operation.member_id == member_id, _operation.idempotency_key == f"{kind}:{op_id}")
    return read(select(BillingOperation.__table__).where(*made)).one()


def carry_out(op: Row[Any], now: datetime) -> None:
    """Ask Stripe for what an operation wants, and write down what it answers. Raises Unavailable."""
    wanted, stripe = op.facts["subscription"], gateway()
    # Stripe repeats a failure under its key, and what is wanted may be done twice: so each try has a key of its own.
    key = f"{op.idempotency_key}:{op.tries}"
    try:
        if op.kind == "keep":
            found = stripe.keep(wanted, key)
        elif op.kind == "end" and not op.facts.get("at_once"):
            found = stripe.end(wanted, op.facts.get("reason"), key)
        else:
            found = stripe.end_now(wanted)
        if op.kind == "extra" and found.bill is not None and found.bill.status == "paid":
            stripe.give_back(found.bill.id, key)
    except (Missing, Rejected) as error:
        log.error("the wish %s was not taken: %s", op.id, error)
        transact(partial(sync.settle, op, "failed", str(error)))
        sync.sync_if_there(wanted, now)
        return
    transact(partial(_write, op, found, now))


def _write(op: Row[Any], found: Subscribed, now: datetime) -> None:
    sync.write_subscription(found, now)
    sync.settle(op, "done", None)


def _try_later(op: Row[Any], error: str, now: datetime) -> None:
    if op.tries >= len(WAITS):
        log.error("the wish %s is given up after %s tries", op.id, op.tries + 1)
        sync.settle(op, "failed", error)
        return
    values = {"tries": op.tries + 1, "due_at": now + WAITS[op.tries], "error": error[:200]}
    run(update(BillingOperation).where(*_mine(op), _operation.state == "new").values(**values))


def carry_on(now: datetime) -> int:
    """Look after what is due: wishes that Stripe has not answered, checkouts whose time is over; how many."""
    done = 0
    while (op := transact(partial(_claim, now))) is not None:
        try:
            if op.kind in ("join", "life"):
                checkout.look_after(op, now)
            else:
                carry_out(op, now)
            done += 1
        except Unavailable as error:
            transact(partial(_try_later, op, str(error), now))
            return done
    return done


def _claim(now: datetime) -> Row[Any] | None:
    """Take the longest due operation for the length of the lease."""
    op = run(
        select(BillingOperation.__table__)
        .where(_operation.due_at <= now)
        .order_by(_operation.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if op is not None:
        run(update(BillingOperation).where(*_mine(op)).values(due_at=now + LEASE))
    return op


def _mine(op: Row[Any]) -> tuple[Any, ...]:
    return _operation.member_id == op.member_id, _operation.id == op.id
