"""Subscriptions as the API makes, cancels, pauses and resumes them. Changes of what is bought are in `changes`."""

from portal.sandbox.stripe import collection, discounts, invoices, renewals, terms
from portal.sandbox.stripe.cards import card_to_charge, declined
from portal.sandbox.stripe.periods import end_after, share
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import DAY, World, snapshot

NO_DETAILS = {"comment": None, "feedback": None, "reason": None}


def make(
    world: World,
    customer: Obj,
    items: list[tuple[Obj, int]],
    params: Obj,
    *,
    chosen: list[Obj],
    session: str | None = None,
) -> Obj:
    """A subscription over (price, quantity) with a draft of its first bill, which is not asked for yet.

    `params` are those of `POST /subscriptions`, which Checkout calls `subscription_data`; `chosen` the coupons.
    """
    trial_end = params.get("trial_end") or None
    if "trial_period_days" in params:
        trial_end = world.now + params["trial_period_days"] * DAY
    anchor = trial_end or world.now
    stop = trial_end or end_after(anchor, anchor, items[0][0]["recurring"])
    id = world.new_id("sub")
    lines = [terms.new_item(world, id, price, quantity, world.now, stop) for price, quantity in items]
    mode = (params.get("billing_mode") or {"type": "flexible"})["type"]
    flexible = {"proration_discounts": "included"} if mode == "flexible" else None
    tax = (params.get("automatic_tax") or {}).get("enabled", False)
    subscription = world.add(
        "subscription",
        "sub",
        id=id,
        application=None,
        application_fee_percent=None,
        automatic_tax={
            "disabled_reason": None,
            "enabled": tax,
            "liability": {"type": "self"} if tax else None,
        },
        billing_cycle_anchor=anchor,
        billing_cycle_anchor_config=None,
        billing_mode={"flexible": flexible, "type": mode},
        billing_schedules=[],
        billing_thresholds=None,
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        cancellation_details=dict(NO_DETAILS),
        collection_method="charge_automatically",
        currency=items[0][0]["currency"],
        customer=customer["id"],
        customer_account=None,
        days_until_due=None,
        default_payment_method=params.get("default_payment_method"),
        default_source=None,
        default_tax_rates=[],
        description=params.get("description"),
        discounts=discounts.hang(world, chosen, customer["id"], id, session),
        ended_at=None,
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items={
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={id}",
        },
        latest_invoice=None,
        metadata=params.get("metadata") or {},
        next_pending_invoice_item_invoice=None,
        on_behalf_of=None,
        pause_collection=None,
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "on_subscription",
        },
        pending_invoice_item_interval=None,
        pending_setup_intent=None,
        pending_update=None,
        schedule=None,
        start_date=world.now,
        status="trialing" if trial_end else "incomplete",
        status_details=None,
        test_clock=None,
        transfer_data=None,
        trial_end=trial_end,
        trial_settings=params.get("trial_settings")
        or {"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=world.now if trial_end else None,
    )
    customer["currency"] = customer["currency"] or subscription["currency"]
    world.emit("customer.subscription.created", subscription)
    invoices.make(
        world,
        customer,
        terms.lines_for(world, lines, world.now, stop, trial=trial_end is not None),
        "subscription_create",
        subscription=subscription,
        hung=subscription["discounts"] if trial_end is None else [],
    )
    collection.reschedule(subscription)
    return subscription


def first_invoice(world: World, subscription: Obj) -> Obj:
    """The bill that `make` has drafted."""
    return world.get("invoice", subscription["latest_invoice"], "invoice")


def create(world: World, params: Obj) -> Obj:
    """`POST /subscriptions`: billed at once from the default card, or left incomplete until its bill is paid."""
    customer = world.get("customer", params["customer"], "customer")
    items = []
    for place, item in enumerate(params["items"]):
        price = terms.price_for(world, item.get("price"), f"items[{place}][price]", customer["currency"])
        items.append((price, item.get("quantity", 1)))
    subscription = make(
        world, customer, items, params, chosen=discounts.given(world, params.get("discounts") or [])
    )
    behaviour = params.get("payment_behavior", "allow_incomplete")
    invoice = first_invoice(world, subscription)
    if (
        card_to_charge(world, customer, subscription) is None
        and invoice["amount_due"]
        and behaviour != "default_incomplete"
    ):
        raise Complaint(
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method.",
            code="resource_missing",
        )
    if behaviour == "default_incomplete":
        invoices.finalize(world, invoice)
        if invoice["status"] == "paid":
            collection.paid(world, invoice)
    elif collection.bill(world, invoice) != "ok" and behaviour == "error_if_incomplete":
        refuse_payment()
    return subscription


def refuse_payment() -> None:
    """`error_if_incomplete`: the card error is the answer, and nothing of the request stays."""
    complaint = declined("generic_decline")
    complaint.keep = False
    raise complaint


def living(world: World, id: str) -> Obj:
    """A subscription that is not over. Over ones are told as missing, as Stripe does when they are cancelled again."""
    subscription = world.get("subscription", id, "id", 404)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise Complaint(f"No such subscription: '{id}'", status=404, code="resource_missing", param="id")
    return subscription


def cancel(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /subscriptions/{id}`: over now."""
    subscription = living(world, id)
    details = {k: v for k, v in (params.get("cancellation_details") or {}).items() if v != ""}
    subscription["cancellation_details"] |= details | {"reason": "cancellation_requested"}
    if params.get("prorate"):
        lines = terms.unused_lines(world, subscription, world.now)
        customer = world.get("customer", subscription["customer"], "customer")
        if lines and params.get("invoice_now"):
            draft = invoices.make(world, customer, lines, "subscription_update", subscription=subscription)
            invoices.finalize(world, draft)
    collection.end(world, subscription)
    return subscription


def pause(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscriptions/{id}/pause`: no bills and no new periods until it is resumed."""
    subscription = living(world, id)
    if subscription["billing_mode"]["type"] != "flexible":
        raise Complaint("Only subscriptions with flexible billing mode can be paused.")
    if subscription["schedule"]:
        raise Complaint(
            "You cannot pause a subscription that has a schedule attached. Release the schedule first."
        )
    if subscription["status"] != "active":
        raise Complaint(f"You cannot pause a subscription that is `{subscription['status']}`.")
    before = snapshot(subscription)
    unused = ((params.get("bill_for") or {}).get("unused_time_from") or {}).get("type", "now")
    subscription["_credited"] = unused != "none"
    if unused != "none":
        at = world.now if unused == "now" else terms.period(subscription)[0]
        lines = terms.unused_lines(world, subscription, at)
        if lines and params.get("invoicing_behavior") == "invoice":
            customer = world.get("customer", subscription["customer"], "customer")
            draft = invoices.make(world, customer, lines, "subscription_update", subscription=subscription)
            collection.bill(world, draft)
        else:
            subscription["_pending_lines"] = (subscription.get("_pending_lines") or []) + lines
    renewals.pause(subscription, "pause_requested")
    world.emit("customer.subscription.paused", subscription)
    world.emit("customer.subscription.updated", subscription, before)
    return subscription


def resume(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscriptions/{id}/resume`: a new period from now, or the rest of the running one."""
    subscription = living(world, id)
    if subscription["status"] != "paused":
        raise Complaint(f"You cannot resume a subscription that is `{subscription['status']}`.")
    if (params.get("billing_cycle_anchor") or {}).get("type", "now") == "now":
        each = terms.recurring(subscription)
        start, stop = world.now, end_after(world.now, world.now, each)
        lines = terms.lines_for(world, subscription["items"]["data"], start, stop)
    else:
        start, stop, lines = _rest(world, subscription, params)
    subscription["_resume_period"] = [start, stop]
    lines = (subscription.pop("_pending_lines", None) or []) + lines
    if not lines:
        collection.resumed(world, subscription)
        return subscription
    customer = world.get("customer", subscription["customer"], "customer")
    hung = subscription["discounts"]
    draft = invoices.make(world, customer, lines, "subscription_update", subscription=subscription, hung=hung)
    if params.get("payment_behavior", "resume_on_payment_attempt") == "resume_on_payment_success":
        subscription["_resuming"] = draft["id"]
        subscription["_resume_by"] = world.now + collection.PENDING_SECONDS
        collection.bill(world, draft)
        collection.reschedule(subscription)
    else:
        collection.resumed(world, subscription)
        collection.bill(world, draft)
    return subscription


def _rest(world: World, subscription: Obj, params: Obj) -> tuple[int, int, list[Obj]]:
    """The period that runs now on the old rhythm, and what is left of it at its price."""
    start, stop = terms.period(subscription)
    credited = subscription.get("_credited", True)
    at = params.get("proration_date", world.now)
    while stop <= world.now:
        start, stop = (
            stop,
            end_after(subscription["billing_cycle_anchor"], stop, terms.recurring(subscription)),
        )
        credited = True
    if not credited or params.get("proration_behavior") == "none":
        return start, stop, []
    lines = terms.lines_for(world, subscription["items"]["data"], max(at, start), stop)
    for line in lines:
        line["amount"] = line["subtotal"] = share(line["amount"], stop - max(at, start), stop - start)
        line["parent"]["subscription_item_details"]["proration"] = True
    return start, stop, lines
