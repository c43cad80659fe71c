"""What Stripe tells by webhook: verified, stored, answered; looked into by the worker, tried again, parked in the end.

A message says only that an object changed. Which one is all that is kept of it; the object is fetched (stripe.md 4.1).
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Executable, Row, bindparam, func, select, update

from portal import config, jobs
from portal.billing import outcome, refunds, sync
from portal.billing.gateway import gateway
from portal.billing.models import StripeEvent
from portal.billing.shapes import Forged, Missing, Rejected, Told, Unavailable, Unreadable
from portal.db import prepared, read, run, transact, upsert

log = logging.getLogger("portal.billing")
_event = StripeEvent.__table__.c
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 720, 1440))
LATE = timedelta(minutes=10)  # an alarm then: so there is a try at that moment, whatever the waits say
SYNCS: tuple[tuple[str, Callable[[str, datetime], str | None]], ...] = (
    ("checkout.session.", outcome.sync_checkout),
    ("customer.subscription.", sync.sync_subscription),
    ("customer.deleted", sync.sync_customer),
    ("customer.updated", sync.sync_plan_of),
    ("payment_method.", sync.sync_plan_of),
    ("invoice.", sync.sync_bill),
    ("charge.refunded", partial(refunds.sync_what_went_back, "charge")),
    ("charge.dispute.", partial(refunds.sync_what_went_back, "dispute")),
    ("refund.", partial(refunds.sync_what_went_back, "refund")),
)


def read_message(body: bytes, signature: str | None, now: datetime) -> Told:
    """What a webhook says, to be stored. Raises Forged for what is not Stripe's own, of this minute and of the mode of
    our key."""
    told = gateway().read_event(body, signature, config.current().stripe_webhook_secret, now)
    if told.livemode != gateway().livemode:
        raise Forged("it is of the other mode")
    return told


def store(events: Iterable[Told], now: datetime) -> int:
    """Keep what changed, inside the caller's write; how many were new, for again is nothing."""
    new = 0
    for told in events:
        wanted = bool(told.object_id) and _sync_for(told.type) is not None
        values = {
            "id": told.id, "type": told.type[:80], "object_id": told.object_id, "api_version": told.api_version,
            "made_at": told.made_at, "received_at": now, "state": "pending" if wanted else "ignored", "tries": 0,
            "due_at": now if wanted else None, "error": None,
        }  # fmt: skip
        new += run(_insert(), values).rowcount
    return new


@prepared
def _insert() -> Executable:
    return cast(Executable, upsert(StripeEvent).on_conflict_do_nothing())


def work_off(now: datetime) -> int:
    """Look into what is due; how many were done. An edge of its own: each step is committed."""
    done = 0
    while not jobs.is_ending() and (event := transact(partial(_claim, now))) is not None:
        wanted = _sync_for(event.type)
        assert wanted is not None, "what is not looked into is never due"
        try:
            owner = wanted(event.object_id, now)
        except (Unavailable, Rejected) as error:
            _try_later(event, error, now)
            if isinstance(error, Unavailable) and not isinstance(error, Unreadable):
                break  # the others would only wait for the same
            continue
        except Missing as missing:
            log.error("event %s (%s): %s is not at Stripe", event.id, event.type, event.object_id)
            _settle(event, state="ignored", due_at=None, error=str(missing)[:200])
            continue
        _settle(event, state="done" if owner is not None else "ignored", due_at=None, error=None)
        done += 1
    return done


def _claim(now: datetime) -> Row[Any] | None:
    """Take the longest due event for the length of the lease."""
    return run(_take(), {"p_now": now, "p_until": now + LEASE}).one_or_none()


@prepared
def _take() -> Executable:
    due = (
        select(_event.id).where(_event.due_at <= bindparam("p_now")).order_by(_event.due_at, _event.id).limit(1)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    return (
        update(StripeEvent)
        .where(_event.id == due.scalar_subquery())
        .values(due_at=bindparam("p_until"), tries=_event.tries + 1)
        .returning(*StripeEvent.__table__.c)
    )


def _try_later(event: Row[Any], error: Exception, now: datetime) -> None:
    what = f"{type(error).__name__}: {error}"[:200]
    if event.tries > len(WAITS):
        log.error("event %s (%s) is parked after %s tries: %s", event.id, event.type, event.tries, what)
        _settle(event, state="parked", due_at=None, error=what)
        return
    late = now - _oldest(event.received_at) >= LATE
    log.log(logging.ERROR if late else logging.WARNING, "event %s (%s) waits: %s", event.id, event.type, what)
    due_at, late_at = now + WAITS[event.tries - 1], event.received_at + LATE
    _settle(event, due_at=min(due_at, late_at) if now < late_at else due_at, error=what)


def _oldest(heard_at: datetime) -> datetime:
    """Since when the one that waits longest waits, which came by `heard_at`."""
    first = read(select(func.min(_event.received_at)).where(_event.state == "pending")).scalar_one()
    return heard_at if first is None else min(heard_at, first)


def _settle(event: Row[Any], **values: Any) -> None:
    statement = update(StripeEvent).where(_event.id == event.id, _event.state == "pending").values(**values)
    transact(lambda: run(statement))


def waiting() -> tuple[int, int]:
    """How many events are pending, and how many are parked."""
    states = ("pending", "parked")
    counted = dict.fromkeys(states, 0)
    by_state = select(_event.state, func.count().label("n")).group_by(_event.state)
    for row in read(by_state.where(_event.state.in_(states))):
        counted[row.state] = row.n
    return counted["pending"], counted["parked"]


def _sync_for(kind: str) -> Callable[[str, datetime], str | None] | None:
    return next((wanted for start, wanted in SYNCS if kind.startswith(start)), None)
