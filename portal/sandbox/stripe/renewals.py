"""What happens to subscriptions and bills by the clock: renewals, ends of trials, retries, what runs out."""

from portal.sandbox.stripe import collection, invoices, terms
from portal.sandbox.stripe.cards import card_to_charge
from portal.sandbox.stripe.periods import end_after
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.world import World, snapshot


def turn_subscription(world: World, subscription: Obj) -> None:
    """Do what is due for this subscription now, one thing at a time."""
    now, status = world.now, subscription["status"]
    pause = subscription["pause_collection"]
    if subscription["pending_update"] and subscription["pending_update"]["expires_at"] <= now:
        before = snapshot(subscription)
        collection.drop_pending(world, subscription)
        world.emit("customer.subscription.pending_update_expired", subscription)
        world.emit("customer.subscription.updated", subscription, before)
    elif subscription.get("_resuming") and subscription["_resume_by"] <= now:
        bill = world.get("invoice", subscription["_resuming"], "invoice")
        invoices.give_up(world, bill, "void")
        collection.given_up(world, bill)
    elif pause and pause["resumes_at"] is not None and pause["resumes_at"] <= now:
        before = snapshot(subscription)
        subscription["pause_collection"] = None
        world.emit("customer.subscription.updated", subscription, before)
    elif status == "incomplete":
        _expire(world, subscription)
    elif subscription["cancel_at"] is not None and subscription["cancel_at"] <= now:
        collection.end(world, subscription)
    elif status == "trialing" and subscription["trial_end"] > now:
        subscription["_told"] = True
        world.emit("customer.subscription.trial_will_end", subscription)
    elif status == "trialing":
        end_trial(world, subscription)
    else:
        renew(world, subscription)
    collection.reschedule(subscription)


def renew(world: World, subscription: Obj, reason: str = "subscription_cycle") -> Obj:
    """Begin the next period with a draft of its bill, which is finalized an hour later; answers the bill."""
    before = snapshot(subscription)
    start = min(terms.period(subscription)[1], world.now)
    stop = end_after(subscription["billing_cycle_anchor"], start, terms.recurring(subscription))
    terms.set_period(subscription, start, stop)
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    items = subscription["items"]["data"]
    lines = [*(subscription.pop("_pending_lines", None) or []), *terms.lines_for(world, items, start, stop)]
    customer = world.get("customer", subscription["customer"], "customer")
    invoice = invoices.make(
        world, customer, lines, reason, subscription=subscription, hung=subscription["discounts"]
    )
    pause = subscription["pause_collection"]
    if pause is None:
        invoice["automatically_finalizes_at"] = invoice["_due"] = world.now + invoices.DRAFT_SECONDS
    elif pause["behavior"] == "keep_as_draft":
        invoice["auto_advance"] = False
    else:
        status = "void" if pause["behavior"] == "void" else "uncollectible"
        invoices.give_up(world, invoice, status)
    collection.reschedule(subscription)
    world.emit("customer.subscription.updated", subscription, before)
    return invoice


def end_trial(world: World, subscription: Obj) -> None:
    """The trial is over: the first whole period begins, or what was agreed for her who left no card."""
    customer = world.get("customer", subscription["customer"], "customer")
    without = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if without == "create_invoice" or card_to_charge(world, customer, subscription) is not None:
        renew(world, subscription)
    elif without == "cancel":
        collection.end(world, subscription)
    else:
        before = snapshot(subscription)
        pause(subscription, "trial_end_without_payment_method")
        world.emit("customer.subscription.paused", subscription)
        world.emit("customer.subscription.updated", subscription, before)


def pause(subscription: Obj, why: str) -> None:
    """No bills and no new periods from now on."""
    subscription["status"] = "paused"
    subscription["status_details"] = {"paused": {"subscription": {"type": why}}}
    collection.reschedule(subscription)


def turn_invoice(world: World, invoice: Obj) -> None:
    """Finalize a draft whose hour is over, or try an open bill again."""
    invoice["_due"] = None
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        collection.bill(world, invoice)
    elif invoice["status"] == "open" and invoice["auto_advance"]:
        collection.collect(world, invoice)


def _expire(world: World, subscription: Obj) -> None:
    """The first payment did not come within 23 hours."""
    before = snapshot(subscription)
    subscription |= {"status": "incomplete_expired", "ended_at": world.now}
    invoice = world.peek(subscription["latest_invoice"])
    if invoice is not None and invoice["status"] == "open":
        invoices.give_up(world, invoice, "void")
    world.emit("customer.subscription.updated", subscription, before)
