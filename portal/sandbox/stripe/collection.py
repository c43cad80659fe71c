"""Taking a bill's money, and what it does to the subscription: active, past due, incomplete, ended."""

from portal.sandbox.stripe import invoices, terms
from portal.sandbox.stripe.cards import Outcome, card_to_charge
from portal.sandbox.stripe.periods import end_after
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import visible
from portal.sandbox.stripe.world import DAY, HOUR, World, snapshot

RETRY_DAYS = (
    1,
    3,
    5,
    7,
    10,
    14,
)  # after the first attempt; when the last one fails the subscription is cancelled
PENDING_SECONDS = 23 * HOUR
TRIAL_NOTICE = 3 * DAY
LIVE = ("active", "trialing", "past_due")


def bill(
    world: World, invoice: Obj, *, here: bool = False, authenticated: bool = False, method: Obj | None = None
) -> Outcome:
    """Finalize a draft at once and take its money; answers what the card said, `ok` when nothing was due."""
    invoices.finalize(world, invoice)
    if invoice["status"] == "paid":
        paid(world, invoice)
        return "ok"
    return collect(world, invoice, here=here, authenticated=authenticated, method=method)


def collect(
    world: World, invoice: Obj, *, here: bool = False, authenticated: bool = False, method: Obj | None = None
) -> Outcome:
    """Try to take an open bill: from `method`, else from the card that is charged for the subscription."""
    subscription = world.peek(invoices.subscription_id(invoice))
    customer = world.get("customer", invoice["customer"], "customer")
    method = method or card_to_charge(world, customer, subscription)
    if method is None:
        invoice["attempted"] = True
        invoice["attempt_count"] += 1
        world.emit("invoice.payment_failed", invoice)
        outcome: Outcome = "declined"
    else:
        outcome = invoices.ask_card(world, invoice, method, here=here, authenticated=authenticated)
    if outcome == "ok":
        paid(world, invoice)
    elif subscription is not None:
        _failed(world, subscription, invoice)
    return outcome


def paid(world: World, invoice: Obj) -> None:
    """What a paid bill brings about: nothing is past due any more, a waiting change or pause is over."""
    subscription = world.peek(invoices.subscription_id(invoice))
    if subscription is None or subscription["status"] in ("canceled", "incomplete_expired"):
        return
    if (subscription.get("_pending") or {}).get("invoice") == invoice["id"]:
        apply_pending(world, subscription)
    if subscription.get("_resuming") == invoice["id"]:
        resumed(world, subscription)
    unpaid = [
        other
        for other in world.all("invoice", status="open")
        if invoices.subscription_id(other) == subscription["id"] and other["attempted"]
    ]
    if subscription["status"] in ("past_due", "unpaid", "incomplete") and not unpaid:
        before = snapshot(subscription)
        subscription["status"] = "active"
        world.emit("customer.subscription.updated", subscription, before)
    reschedule(subscription)


def _failed(world: World, subscription: Obj, invoice: Obj) -> None:
    reason = invoice["billing_reason"]
    waiting = invoice["id"] in (
        (subscription.get("_pending") or {}).get("invoice"),
        subscription.get("_resuming"),
        subscription.get("_trying"),
    )
    if subscription["status"] in ("incomplete", "canceled", "incomplete_expired") or waiting:
        return
    if reason in ("subscription_cycle", "subscription_update"):
        first = invoice["status_transitions"]["finalized_at"]
        later = [first + days * DAY for days in RETRY_DAYS if first + days * DAY > world.now]
        before = snapshot(subscription)
        if not later:
            invoice |= {"next_payment_attempt": None, "_due": None}
            end(world, subscription, "payment_failed")
            return
        invoice |= {"next_payment_attempt": later[0], "_due": later[0]}
        if subscription["status"] in ("active", "trialing"):
            subscription["status"] = "past_due"
            world.emit("customer.subscription.updated", subscription, before)
    reschedule(subscription)


def end(world: World, subscription: Obj, reason: str | None = None) -> None:
    """The subscription is over now (`customer.subscription.deleted`); open bills are no longer tried."""
    details = subscription["cancellation_details"]
    subscription |= {
        "status": "canceled",
        "ended_at": world.now,
        "canceled_at": subscription["canceled_at"] or world.now,
        "cancellation_details": details | {"reason": details["reason"] or reason},
        "pending_update": None,
        "_pending": None,
        "_resuming": None,
    }
    if schedule := world.peek(subscription["schedule"]):
        schedule |= {"status": "canceled", "canceled_at": world.now, "current_phase": None, "_due": None}
        world.emit("subscription_schedule.canceled", schedule)
    for invoice in world.all("invoice"):
        if invoices.subscription_id(invoice) == subscription["id"] and invoice["status"] in ("draft", "open"):
            invoice |= {"auto_advance": False, "next_payment_attempt": None, "_due": None}
    reschedule(subscription)
    world.emit("customer.subscription.deleted", subscription)


def wait_for_payment(world: World, subscription: Obj, items: list[Obj], invoice: Obj) -> None:
    """`pending_if_incomplete`: the change is done when its bill is paid, or dropped after 23 hours, at the latest with
    the period."""
    expires_at = min(world.now + PENDING_SECONDS, terms.period(subscription)[1])
    subscription["pending_update"] = {
        "billing_cycle_anchor": None,
        "discounts": None,
        "expires_at": expires_at,
        "metadata": None,
        "subscription_items": [visible(item) for item in items],
        "trial_end": None,
        "trial_from_plan": None,
    }
    subscription["_pending"] = {"invoice": invoice["id"], "items": items}
    reschedule(subscription)


def apply_pending(world: World, subscription: Obj) -> None:
    """The bill of a waiting change is paid: the change is made."""
    before = snapshot(subscription)
    items = subscription["_pending"]["items"]
    subscription |= {"pending_update": None, "_pending": None}
    put_items(world, subscription, items)
    world.emit("customer.subscription.pending_update_applied", subscription)
    world.emit("customer.subscription.updated", subscription, before)


def drop_pending(world: World, subscription: Obj) -> None:
    """A waiting change is over without payment: its bill is void, the subscription stays as it was."""
    invoice = world.get("invoice", subscription["_pending"]["invoice"], "invoice")
    subscription |= {"pending_update": None, "_pending": None}
    if invoice["status"] == "open":
        invoices.give_up(world, invoice, "void")
    reschedule(subscription)


def given_up(world: World, invoice: Obj) -> None:
    """A bill is void: the change that waited for it is dropped, and who was to go on after a pause does not."""
    subscription = world.peek(invoices.subscription_id(invoice))
    if subscription is None:
        return
    before = snapshot(subscription)
    if (subscription.get("_pending") or {}).get("invoice") == invoice["id"]:
        drop_pending(world, subscription)
        world.emit("customer.subscription.updated", subscription, before)
    elif subscription.get("_resuming") == invoice["id"]:
        subscription["_resuming"] = None
        reschedule(subscription)


def put_items(world: World, subscription: Obj, items: list[Obj]) -> None:
    """Make these the items; another interval begins a period now."""
    restart = subscription["status"] != "trialing" and terms.changes_interval(subscription, items)
    subscription["items"]["data"] = items
    if restart:
        subscription["billing_cycle_anchor"] = world.now
        terms.set_period(
            subscription, world.now, end_after(world.now, world.now, terms.recurring(subscription))
        )
    reschedule(subscription)


def resumed(world: World, subscription: Obj) -> None:
    """A pause is over (`customer.subscription.resumed`)."""
    before = snapshot(subscription)
    subscription |= {"status": "active", "status_details": None, "_resuming": None}
    start, stop = subscription.pop("_resume_period", None) or terms.period(subscription)
    if start == world.now:
        subscription["billing_cycle_anchor"] = start
    terms.set_period(subscription, start, stop)
    reschedule(subscription)
    world.emit("customer.subscription.resumed", subscription)
    world.emit("customer.subscription.updated", subscription, before)


def reschedule(subscription: Obj) -> None:
    """Note when something next happens to the subscription by itself."""
    status = subscription["status"]
    _, period_end = terms.period(subscription)
    instants = []
    if status in (*LIVE, "unpaid"):
        instants.append(period_end)
    if status not in ("canceled", "incomplete_expired"):
        instants.append(subscription["cancel_at"])
    if status == "incomplete":
        instants.append(subscription["created"] + PENDING_SECONDS)
    if status == "trialing" and not subscription.get("_told"):
        instants.append(max(subscription["trial_end"] - TRIAL_NOTICE, subscription["created"]))
    if subscription["pause_collection"]:
        instants.append(subscription["pause_collection"]["resumes_at"])
    if subscription.get("_resuming"):
        instants.append(subscription["_resume_by"])
    if subscription["pending_update"]:
        instants.append(subscription["pending_update"]["expires_at"])
    subscription["_due"] = min((instant for instant in instants if instant is not None), default=None)
    if status in ("canceled", "incomplete_expired"):
        subscription["_due"] = None
