"""Going on after a pause: free in the period that is paid for, else once a new one is paid.

An edge of its own: the wish is committed before Stripe is asked, the answer after it (house.md, wall 6).
"""

import logging
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from portal import ledger, people
from portal import programme as programmes
from portal.billing import operations, ours, owed, queries, rules, running, sync, telling
from portal.billing.gateway import gateway
from portal.billing.lines import LINES
from portal.billing.models import BillingOperation
from portal.billing.shapes import Busy, Declined, Missing, Rejected, Subscribed, Unavailable
from portal.db import new_id, read, transact
from portal.errors import Refused

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c


def resume(member_id: str, agreed_minor: int, now: datetime, *, as_paid: bool | None = None) -> str:
    """Let a paused plan go on, for what the member agreed to pay at once; `done`, `open` while its bill waits for its
    money, `noted` while Stripe has not answered. `as_paid`: whether the page said that the period is paid for,
    for a new one may cost nothing too; left out, it did where nothing is to be paid.

    Refuses `conflict` where nothing is paused, `stale` where it costs something else by now, or is paid for no more
    (nothing is charged then, and nothing taken of what she has with the shop),
    `under_way` while a checkout, another wish, a withdrawal or a refund of its period is, `stopped` while her card is
    (decision 0023), `payments_unavailable` (503) when Stripe does not answer. Twice is once.
    """
    live = queries.live_subscription(member_id)
    if live is None or live.id == LINES:
        raise Refused("conflict", "Nothing is paused.")
    try:
        found = gateway().subscription(live.id)
    except (Unavailable, Missing, Rejected) as error:
        raise Refused("payments_unavailable", "Payments cannot be reached right now.", status=503) from error
    transact(partial(sync.write_subscription, found, now))
    if found.status == "active":
        return "done"  # it goes on already
    if found.status != "paused":
        raise Refused("conflict", "Nothing is paused.")
    agreed = _Cost(agreed_minor, agreed_minor == 0 if as_paid is None else as_paid)
    op, is_first = transact(partial(_note, member_id, found, agreed, now))
    if is_first:
        try:
            carry_out(op, now)
        except Busy:
            log.info("the resume %s is under way in another request", op.id)
        except Unavailable as error:
            log.warning("the resume %s is carried out later: %s", op.id, error)
            transact(partial(operations.try_later, op, str(error), now))
    after = operations.settled(member_id, op.id)
    if after.state in ("failed", "abandoned"):
        raise Refused("stale", "It did not go on.")
    return {"new": "noted"}.get(after.state, str(after.state))


def is_paid(member_id: str, subscription_id: str, paid_until: date | None, day: date) -> bool:
    """Whether the period that a paused plan is in on `day` is paid for: going on costs nothing then, else a whole
    period. What was paid and went back with a late pause is not paid for; what is still to go back with one is, and
    stays. That a period costs nothing, for the customer has money with the shop, is something else: that is taken."""
    if paid_until is None or owed.has_gone(member_id, subscription_id):
        return False
    return rules.resume_minor(paid_until, 1, day) == 0


def stays(live: Row[Any], day: date) -> bool:
    """Whether a paused plan that is ended on `day` stays to its last paid day, as one that runs does: it goes on again
    until then, for nothing. Not where what paid for it goes back, or the bill of a new period is open."""
    if live.status != "paused" or live.collection_paused or live.pay_url is not None:
        return False
    if not is_paid(live.member_id, live.id, live.paid_until, day):
        return False
    return not owed.for_time_to(live.member_id, live.id, live.paid_until)


def how_it_ends(live: Row[Any], now: datetime) -> dict[str, bool]:
    """How a plan ends that is ended now, for the facts of that wish: with what is paid for, or `at_once`; `resumes`
    where it is paused, and goes on until then."""
    if live.status in ("active", "trialing"):
        return {"at_once": False}
    _, active = programmes.active()
    return {"at_once": False, "resumes": True} if stays(live, active.day(now)) else {"at_once": True}


def period_minor(live: Row[Any]) -> int | None:
    """What a whole period of a plan that runs costs with the discount that it has. A change that is planned falls away
    with a pause, so it is no part of that: Stripe is asked then, and None is told where it does not answer."""
    if live.due_minor is None or live.next_plan is None:
        return int(live.amount_minor if live.due_minor is None else live.due_minor)
    try:
        found = gateway().subscription(live.id)
        return running.next_due(found, found.price_id).minor
    except (Unavailable, Missing, Rejected) as error:
        log.warning("what %s costs without its planned change could not be shown: %s", live.id, error)
        return None


class _Cost(NamedTuple):
    """What going on costs, and whether that is so because its period is paid for: a new one may cost nothing too, for
    what she has with the shop pays it."""

    due_minor: int
    paid: bool


def _cost(member_id: str, found: Subscribed, now: datetime) -> _Cost:
    """What it costs today, from the day that the page shows."""
    _, active = programmes.active()
    if is_paid(member_id, found.id, sync.paid_until(found, active), active.day(now)):
        return _Cost(0, True)
    return _Cost(found.amount_minor if found.due_minor is None else found.due_minor, False)


def _note(member_id: str, found: Subscribed, agreed: _Cost, now: datetime) -> tuple[Row[Any], bool]:
    ledger.lock(member_id)
    op = queries.charge_under_way(member_id)
    if op is not None and op.kind == "resume":
        return op, False
    people.refuse_while_stopped(member_id)
    # An end that is still to come would take what is paid now with it; what is going back may be paid for no more.
    if queries.is_busy(member_id, found.id) or owed.is_asked(member_id, found.id):
        raise Refused("under_way", "Something else is under way.")
    if _cost(member_id, found, now) != agreed:
        raise Refused("stale", "What was shown holds no longer.")
    facts = {"subscription": found.id, "price_id": found.price_id, **agreed._asdict()}
    key = f"resume:{new_id()}"
    plan = ours.plan_of_price(found.price_id) or ""
    operations.note(member_id, "resume", plan, facts, key=key, now=now, due_at=now + operations.LEASE)
    made = (_operation.member_id == member_id, _operation.idempotency_key == key)
    return read(select(BillingOperation.__table__).where(*made)).one(), True


def carry_out(op: Row[Any], now: datetime) -> None:
    """Look what has become of it, ask Stripe where nothing has, and write down what it shows then. Raises
    Unavailable. Where her card was stopped, or she asked for the end, before Stripe was asked, it comes to nothing."""
    key = f"{op.idempotency_key}:{op.tries}"
    try:
        found = gateway().subscription(op.facts["subscription"])
        if op.state == "new" and found.status == "paused":
            cost = _cost(op.member_id, found, now)
            if cost != _Cost(op.facts["due_minor"], op.facts.get("paid", cost.paid)):
                raise Rejected("it costs something else by now")
            if people.is_frozen(op.member_id):
                raise Rejected("the card was stopped before it was asked for")
            if queries.wish_under_way(op.member_id, found.id) == "end":
                raise Rejected("she has asked for its end since")
            if operations.only_looks(op) and not (found.bill is not None and found.bill.status == "open"):
                raise Rejected("Stripe was out of reach for too long")
            found = running.resume(found, still_paid=cost.paid, key=key)
        elif op.state == "new" and found.status not in ("active", *running.OVER):
            raise Rejected(
                f"it is {found.status} by now"
            )  # somebody else has let it go on, and it was not paid
    except (Missing, Rejected, Declined) as error:
        log.error("the resume %s was not taken: %s", op.id, error)
        transact(partial(_fail, op, str(error), now))
        sync.sync_if_there(op.facts["subscription"], now)
        return
    transact(partial(sync.write_subscription, found, now))  # which settles it, whoever sees it first


def _fail(op: Row[Any], error: str, now: datetime) -> None:
    ledger.lock(op.member_id)
    operations.settle(op, "failed", error)
    telling.tell_not_done(op, now)
