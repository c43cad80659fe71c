"""What a member wants of a plan that runs: that it ends, goes on, stays as it is, stands still.

An edge of its own: the wish is written down and committed before Stripe is asked, the answer after it (house.md, wall
6). What Stripe does not answer is carried out by the worker, so a wish that the page has taken is kept.
"""

import contextlib
import logging
from datetime import datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import Row, select

from portal import jobs, ledger, people
from portal.billing import (
    changes,
    checkout,
    ending,
    gifting,
    granted,
    operations,
    owed,
    pausing,
    paying_back,
    queries,
    rules,
    running,
    sync,
    telling,
    withdrawing,
)
from portal.billing.gateway import gateway
from portal.billing.lines import LINES, Change, record_plan_change
from portal.billing.models import BillingOperation
from portal.billing.shapes import Declined, Missing, Rejected, Subscribed, Unavailable, Unreadable
from portal.db import new_id, read, transact
from portal.errors import Refused

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c
# What has become of a wish: it is so, it was so before, Stripe has not answered yet, Stripe did not take it.
Answer = Literal["done", "already", "noted", "refused"]


def ask_to_end(
    member_id: str, reason: str | None, now: datetime, comment: str | None = None, shown: str | None = None
) -> Answer:
    """Let the plan end with what is paid for; one that is paused goes on until then, for nothing. A plan whose card
    failed ends at once, and its open bill falls away.

    A change that was planned or waits for its payment falls away. `reason` is one of Stripe's keys, `comment` in her
    own words, `shown` the `shows` of the page. Refuses `conflict` where nothing renews, `stale` where it would end on
    another day than the page showed. Asked for twice is asked for once; what Stripe does not take is asked for again
    by the worker, for ever: who ends a plan is not to pay on.
    """
    if _by_line(member_id, "cancel_requested", now):
        return "done"
    _same_period(member_id, shown, now)
    return _ask(member_id, "end", {"reason": reason, "comment": comment}, now)


def ask_to_keep(member_id: str, now: datetime) -> Answer:
    """Withdraw the end of the plan. Refuses `conflict` where nothing renews, `stopped` while her card is: it would be
    paid again (decision 0023)."""
    return "done" if _by_line(member_id, "kept", now) else _ask(member_id, "keep", {}, now)


def ask_to_stay(member_id: str, now: datetime) -> Answer:
    """Withdraw the change that is planned, or that waits for its payment.

    Refuses `conflict` where nothing renews, `under_way` while Stripe has not answered whether a change is made, and
    `stopped` of a planned one while her card is.
    """
    charge = queries.charge_under_way(member_id)
    if charge is not None and charge.kind == "change" and charge.state == "new":
        raise Refused("under_way", "The change is being made at this moment.")
    return _ask(member_id, "stay", {}, now)


def ask_to_pause(member_id: str, now: datetime, shown: str | None = None) -> Answer:
    """Let the plan stand still from now on. A change that is planned falls away first. `shown`: as in `ask_to_end`.

    Refuses `conflict` where nothing renews, `not_allowed` for a plan that ends, is tried out, or is not paid, `stale`
    where the period that the page showed is over, `being_paid` in the hour in which the bill of a new one is made:
    that one would be charged in the pause. Asked for twice is asked for once.
    """
    _same_period(member_id, shown, now)
    live = queries.live_subscription(member_id)
    if (
        live is not None
        and live.status == "active"
        and queries.bill_in_making(member_id, live.id) is not None
    ):
        raise Refused("being_paid", "Its new period is being paid for at this moment.")
    return _ask(member_id, "pause", {}, now)


def shows(live: Row[Any], now: datetime) -> str:
    """What the page of an end or a pause shows of a plan, for its button to bring back."""
    stays = "/stays" if pausing.how_it_ends(live, now).get("resumes") else ""
    return f"{live.status}/{live.paid_until}{stays}"


def _same_period(member_id: str, shown: str | None, now: datetime) -> None:
    """Refuse `stale` where Stripe shows another period than the page did; where it does not answer, what is known
    decides."""
    live = queries.live_subscription(member_id)
    if live is None or live.id == LINES:
        return
    with contextlib.suppress(Unavailable, Rejected, Missing):
        sync.sync_subscription(live.id, now)
        live = queries.live_subscription(member_id)
    if shown is not None and live is not None and shows(live, now) != shown:
        raise Refused("stale", "It is another period by now.")


def let_go(member_id: str, now: datetime) -> None:
    """Let whatever a member has or pays for end with her leaving, inside the caller's write.

    What is Stripe's to end is noted here and carried out by the worker as soon as that write stands, so a power cut
    leaves both or neither. A checkout that is open is closed, a plan that was given or told by lines ends here. The
    gifts that she bought go on: they are paid. Nothing for a member without any of it; never refused.
    """
    ledger.lock(member_id)
    granted.forget_given(member_id, now)
    gifting.let_go(member_id, now)
    checkout.let_go(member_id, now)
    live = queries.live_subscription(member_id)
    if live is None:
        return
    if live.id != LINES:
        _note_wish(member_id, "end", {"reason": None, "at_once": True}, now, due_at=now)
        return
    with contextlib.suppress(Refused):  # the programme does not have this plan any more
        record_plan_change(member_id, live.plan, "ended", at=now)


def _by_line(member_id: str, change: Change, now: datetime) -> bool:
    """Let a plan that no Stripe keeps end or go on at once; False where it is Stripe's, or there is none."""
    live = queries.live_subscription(member_id)
    if live is None or live.id != LINES:
        return False
    transact(partial(_write_line, member_id, live, change, now))
    return True


def _write_line(member_id: str, live: Row[Any], change: Change, now: datetime) -> None:
    ledger.lock(member_id)
    if change == "kept":
        people.refuse_while_stopped(member_id)
    record_plan_change(member_id, live.plan, change, at=now)


def _ask(member_id: str, kind: str, facts: dict[str, Any], now: datetime) -> Answer:
    op = transact(partial(_note_wish, member_id, kind, facts, now, due_at=now + operations.LEASE))
    if op is None:
        return _of_another_tap(member_id, kind)
    try:
        carry_out(op, now)
    except Unavailable as error:
        log.warning("the wish %s is carried out later: %s", op.id, error)
        transact(partial(operations.try_later, op, str(error), now))
        return "noted"
    return "done" if operations.settled(member_id, op.id).state == "done" else "refused"


def _of_another_tap(member_id: str, kind: str) -> Answer:
    """What became of the same wish of a tap before this one."""
    live = queries.live_subscription(member_id)
    waiting = [] if live is None else queries.wishes_of(member_id, live.id, (kind,))
    if waiting and operations.settled(member_id, waiting[0].id).state == "new":
        return "noted"
    live = queries.live_subscription(member_id)
    return "already" if live is None or _stands(live, kind) else "refused"


def _note_wish(
    member_id: str, kind: str, facts: dict[str, Any], now: datetime, *, due_at: datetime
) -> Row[Any] | None:
    """Write down what she wants of her plan; None where it is so, or on its way. From `due_at` on the worker takes it
    up."""
    ledger.lock(member_id)
    live = queries.live_subscription(member_id)
    if live is None or live.id == LINES:
        raise Refused("conflict", "There is no plan that renews.")
    others = queries.wishes_of(member_id, live.id)
    waiting = others[0].kind if others else None
    at_once = bool(facts.get("at_once"))  # no end that comes later will do
    if not at_once and (waiting == kind or (waiting is None and _stands(live, kind))):
        return None
    if kind == "pause" and not rules.may_pause(live.status, live.ends_on, live.collection_paused):
        raise Refused("not_allowed", "Only a plan that renews can be paused.")
    if _pays_on(live, kind):
        people.refuse_while_stopped(member_id)
    for other in others:
        operations.settle(other, "abandoned", other.error)
        if not at_once:
            telling.tell_not_done(other, now)  # of money that is paid back for it
    seen = None if live.paid_until is None else live.paid_until.isoformat()
    facts = {"subscription": live.id, **pausing.how_it_ends(live, now), "paid_until": seen, **facts}
    op_id = new_id()
    operations.note(member_id, kind, live.plan, facts, key=f"{kind}:{op_id}", now=now, due_at=due_at)
    made = (_operation.member_id == member_id, _operation.idempotency_key == f"{kind}:{op_id}")
    return read(select(BillingOperation.__table__).where(*made)).one()


def _stands(live: Row[Any], kind: str) -> bool:
    """Whether what is asked for is so already."""
    if kind == "pause":
        return bool(live.status == "paused")
    if kind == "stay":
        return live.next_plan is None and live.waiting_plan is None
    ends = live.ends_on is not None and live.status in ("active", "trialing")
    return ends == (kind == "end")


def _pays_on(live: Row[Any] | None, kind: str) -> bool:
    """Whether more is paid with a wish than without it: a renewal that was called off, or the price before a planned
    change. While her card is stopped it is not heard (decision 0023)."""
    return kind == "keep" or (kind == "stay" and live is not None and live.next_plan is not None)


def carry_out(op: Row[Any], now: datetime) -> None:
    """Ask Stripe for what a wish wants, and write down what it answers. Raises Unavailable. A wish to pay on comes to
    nothing where her card was stopped before Stripe was asked. What is given up is only looked at."""
    wanted = op.facts["subscription"]
    # Stripe repeats a failure under its key, and what is wanted may be done twice: so each try has a key of its own.
    key = f"{op.idempotency_key}:{op.tries}"
    try:
        if _pays_on(queries.subscription(op.member_id, wanted), op.kind) and people.is_frozen(op.member_id):
            raise Rejected("the card was stopped before it was asked for")
        if operations.only_looks(op):
            found = gateway().subscription(wanted)
            transact(partial(_look, op, found, now))
            return
        if op.kind == "keep":
            found = running.keep(wanted, key)
        elif op.kind == "stay":
            found = running.stay(wanted, key)
        elif op.kind == "pause":
            found = ending.pause(op, key, now)
        elif op.kind == "end":
            found = ending.carry_out(op, key, now)
        else:
            found = running.end_now(wanted, key)
            if found.bill is not None and owed.is_paid(found.bill):
                transact(partial(owed.note, op, found.bill, now))
                paying_back.pay(owed.of_wish(op.member_id, op.id), now, "duplicate")
    except (Missing, Rejected) as error:
        log.error("the wish %s was not taken: %s", op.id, error)
        sync.sync_if_there(wanted, now)
        transact(partial(_not_taken, op, str(error), now))
        return
    transact(partial(_write, op, found, now))


def _look(op: Row[Any], found: Subscribed, now: datetime) -> None:
    """Write down whether what is asked for no more was done after all, though no answer said so."""
    sync.write_subscription(found, now)
    live = queries.subscription(op.member_id, found.id)
    if live is not None and live.status in rules.LIVE and live.plan == op.plan and _stands(live, op.kind):
        operations.settle(op, "done", None)
        return
    operations.settle(op, "failed", "Stripe was out of reach for too long")
    telling.tell_not_done(op, now)


def _not_taken(op: Row[Any], error: str, now: datetime) -> None:
    """Keep an end that Stripe did not take, unless it has come by itself; any other wish has come to nothing."""
    live = queries.subscription(op.member_id, op.facts["subscription"])
    later = op.kind == "end" and not op.facts.get("at_once")
    ended = live is not None and (live.status not in rules.LIVE or (later and _stands(live, "end")))
    was_tried = op.tries > 0 and op.kind in operations.LOOKED_AT
    if was_tried and live is not None and live.status in rules.LIVE and _stands(live, op.kind):
        operations.settle(op, "done", None)  # by a try of before, whose answer was lost
    elif ended and op.kind in operations.NEVER_GIVEN_UP:
        operations.settle(op, "done", error)
    elif op.kind in operations.NEVER_GIVEN_UP:
        operations.try_later(op, f"{queries.REFUSED}{error}", now)
    else:
        operations.settle(op, "failed", error)
        telling.tell_not_done(op, now)


def _try_later(op: Row[Any], error: str, now: datetime) -> None:
    ledger.lock(op.member_id)
    operations.try_later(operations.one(op.member_id, op.id) or op, error, now)  # it may know more by now


def _write(op: Row[Any], found: Subscribed, now: datetime) -> None:
    sync.write_subscription(found, now)
    operations.settle(op, "done", None)


def carry_on(now: datetime) -> int:
    """Look after what is due: wishes that Stripe has not answered, changes and checkouts; how many."""
    done = 0
    while not jobs.is_ending() and (op := transact(partial(operations.claim, now))) is not None:
        try:
            if op.kind in ("join", "life"):
                checkout.look_after(op, now)
            elif op.kind == "gift":
                gifting.look_after(op, now)
            elif op.kind in ("change", "later"):
                changes.carry_out(op, now)
            elif op.kind == "resume":
                pausing.carry_out(op, now)
            elif op.kind in operations.BACK:
                withdrawing.carry_out(op, now)
            elif op.kind == owed.KIND:
                paying_back.carry_out(op, now)
            elif op.kind in ("end", "pause") and op.state != "new":
                ending.look_back(op, now)
            else:
                carry_out(op, now)
            done += 1
        except (Unavailable, Missing, Rejected, Declined) as error:
            transact(partial(_try_later, op, str(error), now))
            if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
                return done  # the others would only wait for the same
            log.error("operation %s (%s) waits, and the others go on: %s", op.id, op.kind, error)
    return done
