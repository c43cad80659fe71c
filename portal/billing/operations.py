"""Rows of operations: what is asked of Stripe is written down first, carried out, tried again, and settled.

Verbs inside the caller's write; only `claim` is called by the worker alone.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from portal.billing.models import BillingOperation
from portal.db import new_id, read, run, upsert

log = logging.getLogger("portal.billing")
_operation = BillingOperation.__table__.c
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 720))
BACK = ("withdraw", "recall")  # a plan of her own, and a gift that nobody used
CHARGES = ("change", "resume")  # who is charged later than within the hour would be surprised
SOON = WAITS[:4]
LOOKED_AT = (*CHARGES, "keep", "later", "pause", "stay")  # it may have been done though no answer said so
LOOKS, A_MOMENT = 30, 0.1  # seconds: three altogether
LOOK_AGAIN = timedelta(minutes=10)
DECIDED = timedelta(hours=1)  # between two looks at a payment that is decided later; messages tell sooner
# Who ends a plan is not to pay on because Stripe did not answer, and who withdraws has a right to her money.
NEVER_GIVEN_UP = ("end", "extra", "refund", *BACK)


def note(
    member_id: str,
    kind: str,
    plan: str,
    facts: dict[str, Any],
    *,
    key: str,
    now: datetime,
    due_at: datetime | None,
    state: str = "new",
) -> str | None:
    """Write down something that Stripe is to be asked for; its id, None when this key stands already."""
    op_id = new_id()
    values = {
        "member_id": member_id, "id": op_id, "kind": kind, "plan": plan, "facts": facts, "idempotency_key": key,
        "state": state, "tries": 0, "created_at": now, "due_at": due_at,
    }  # fmt: skip
    statement = upsert(BillingOperation).values(**values).on_conflict_do_nothing()
    return op_id if run(statement).rowcount else None


def mine(op: Row[Any]) -> tuple[Any, ...]:
    """The conditions that find this operation."""
    return _operation.member_id == op.member_id, _operation.id == op.id


def one(member_id: str, op_id: str) -> Row[Any] | None:
    """A member's own operation; None for another's."""
    return read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id, _operation.id == op_id[:26]
        )
    ).one_or_none()


def settled(member_id: str, op_id: str) -> Row[Any]:
    """An operation that another tap has begun, once Stripe has answered that one; as it stands, after three seconds or
    where the first try was in vain.

    The page of the last tap comes to be shown in place of the first one's, so it waits for what that one waits for.
    """
    op = one(member_id, op_id)
    for _ in range(LOOKS):
        if op is None or op.state != "new" or op.tries:
            break
        time.sleep(A_MOMENT)
        op = one(member_id, op_id)
    assert op is not None, "operations are kept"
    return op


def withdrawal(member_id: str, of: str) -> Row[Any] | None:
    """The wish to have a subscription or a purchase of this id paid back; None where there is none, or it came to
    nothing."""
    found = read(
        select(BillingOperation.__table__).where(
            _operation.member_id == member_id, _operation.kind.in_(BACK), _operation.state != "failed"
        )
    )
    return next((op for op in found if op.facts["of"] == of), None)


def late_end(member_id: str, subscription_id: str) -> Row[Any] | None:
    """The wish to end that could be carried out only after a renewal, with what goes back in its facts; None without
    one."""
    mine = (
        _operation.member_id == member_id,
        _operation.kind == "end",
        _operation.state.in_(("new", "done")),
    )
    found = read(select(BillingOperation.__table__).where(*mine))
    return next(
        (op for op in found if op.facts["subscription"] == subscription_id and "back_minor" in op.facts), None
    )


def was_asked(op: Row[Any]) -> bool:
    """Whether an end is a member's own wish, and does not follow from something else that happened."""
    return "paid_until" in op.facts and "follows" not in op.facts


def settle(op: Row[Any], state: str, error: str | None) -> None:
    """Write down what became of an operation that is under way."""
    under_way = _operation.state.in_(("new", "open"))
    values = {"state": state, "due_at": None, "error": error and error[:200]}
    run(update(BillingOperation).where(*mine(op), under_way).values(**values))


def came_back(member_id: str, of: str) -> None:
    """The money that was sent back of `of` has come back to us, for no bank took it: a withdrawal from it that was done
    has come to nothing, and may be asked for again. A person has to look."""
    asked = withdrawal(member_id, of)
    if asked is None or asked.state != "done":
        return
    done = (*mine(asked), _operation.state == "done")
    error = "the money that was sent back has come back to us"
    run(update(BillingOperation).where(*done).values(state="failed", error=error))
    log.error("%s was withdrawn from, and its money did not arrive: pay it back by hand", of)


def settle_checkout(member_id: str, op_id: str | None, state: str) -> None:
    """Write down what became of the checkout of this id, if it is under way."""
    under_way = (
        _operation.member_id == member_id,
        _operation.id == op_id,
        _operation.state.in_(("new", "open")),
    )
    run(update(BillingOperation).where(*under_way).values(state=state, due_at=None))


def give_up_checkout(member_id: str, op_id: str | None) -> Row[Any] | None:
    """Write down that the checkout of this id came to nothing, if it is under way; the operation where its payment was
    being decided until now (`await_payment`), so that she is waiting to hear of it."""
    op = one(member_id, op_id or "")
    settle_checkout(member_id, op_id, "abandoned")
    return op if op is not None and is_awaited(op) else None


def await_payment(member_id: str, op_id: str | None, now: datetime) -> None:
    """Write down that the checkout of this id is done, and its payment is decided later: its page is there no more."""
    under_way = (_operation.member_id == member_id, _operation.id == op_id, _operation.state == "open")
    run(update(BillingOperation).where(*under_way).values(url=None, due_at=now + DECIDED))


def is_awaited(op: Row[Any]) -> bool:
    """Whether a checkout is done and its payment is being decided (`await_payment`)."""
    return op.state == "open" and op.url is None


def plan_again(op: Row[Any], now: datetime) -> None:
    """Have the change that was planned before this one planned again: this one came to nothing, and it fell away with
    it."""
    planned = op.facts.get("planned")
    if planned is None:
        return
    same = ("subscription", "from_plan", "from_price_id", "currency", "at", "trial", "period_end")
    facts = {name: op.facts[name] for name in same} | {
        "price_id": planned["price_id"], "due_minor": 0, "next_minor": planned["next_minor"],
        "next_on": planned["next_on"], "discounted": op.facts.get("discounted", True),
        "again": _asked_at(op, planned["plan"]).isoformat(),
    }  # fmt: skip
    note(op.member_id, "later", planned["plan"], facts, key=f"again:{op.id}", now=now, due_at=now)


def _asked_at(op: Row[Any], plan: str) -> datetime:
    """When she asked for the change to `plan` that `op` took the place of; one that a person planned at Stripe is known
    since `op`."""
    mine = (_operation.member_id == op.member_id, _operation.kind == "later", _operation.plan == plan)
    before = (_operation.state == "done", _operation.id < op.id)
    found = select(_operation.facts, _operation.created_at).where(*mine, *before)
    asked: Any = read(found.order_by(_operation.id.desc()).limit(1)).one_or_none()
    if asked is None or asked.facts["subscription"] != op.facts["subscription"]:
        asked = op
    again = asked.facts.get("again")
    return asked.created_at if again is None else datetime.fromisoformat(again)


def last_of(member_id: str, kinds: tuple[str, ...]) -> str:
    """The id of the newest operation of these kinds, for the key of what is told of it; "" where there is none."""
    mine = (_operation.member_id == member_id, _operation.kind.in_(kinds))
    found = read(
        select(_operation.id).where(*mine).order_by(_operation.id.desc()).limit(1)
    ).scalar_one_or_none()
    return str(found or "")


def try_later(op: Row[Any], error: str, now: datetime) -> None:
    """Let the worker try again, or give up; what would charge a card is given up within the hour, an end and a
    withdrawal never, nor a change for which money is paid back. What may have been done all the same is looked at until
    Stripe answers (`only_looks`)."""
    waits = _waits(op)
    due_at = now + waits[min(op.tries, len(waits) - 1)]
    if op.tries >= len(waits) and (op.kind in NEVER_GIVEN_UP or op.facts.get("back_minor")):
        log.error("the wish %s is not carried out after %s tries: a person has to look", op.id, op.tries + 1)
    elif only_looks(op):
        log.error("whether the wish %s was carried out is not known after %s tries", op.id, op.tries + 1)
        due_at = now + LOOK_AGAIN
    elif op.tries >= len(waits):
        log.error("the wish %s is given up after %s tries", op.id, op.tries + 1)
        settle(op, "failed", error)
        return
    values = {"tries": op.tries + 1, "due_at": due_at, "error": error[:200]}
    run(update(BillingOperation).where(*mine(op), _operation.state == "new").values(**values))


def only_looks(op: Row[Any]) -> bool:
    """Whether Stripe is asked for a wish no more, and only looked at: an answer that was lost may have been a yes, so
    nothing is told of it before."""
    return op.kind in LOOKED_AT and op.tries >= len(_waits(op)) and not op.facts.get("back_minor")


def _waits(op: Row[Any]) -> tuple[timedelta, ...]:
    return SOON if op.kind in CHARGES else WAITS


def look_again(op: Row[Any], now: datetime) -> None:
    """Let the worker look in an hour, however often it has: it waits for what her bank decides."""
    under_way = (*mine(op), _operation.state == "new")
    run(update(BillingOperation).where(*under_way).values(due_at=now + DECIDED))


def claim(now: datetime) -> Row[Any] | None:
    """Take the longest due operation for the length of the lease."""
    op = run(
        select(BillingOperation.__table__)
        .where(_operation.due_at <= now)
        .order_by(_operation.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if op is not None:
        run(update(BillingOperation).where(*mine(op)).values(due_at=now + LEASE))
    return op
