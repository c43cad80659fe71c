"""Changes of a subscription: what is bought, when it ends, how it is collected; and the preview of the next bill."""

from typing import Any

from portal.sandbox.stripe import collection, discounts, invoices, renewals, schedules, subscriptions, terms
from portal.sandbox.stripe.periods import end_after
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import World, merge_metadata, snapshot

# With `pending_if_incomplete` nothing else may change in the same call.
PENDING_MAY_CHANGE = {
    *(
        "items",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
        "billing_cycle_anchor",
        "trial_end",
    ),
    *("trial_from_plan", "discounts", "add_invoice_items", "off_session"),
}
OVER_MAY_CHANGE = {"metadata", "cancellation_details"}


def update(world: World, params: Obj, id: str) -> Obj:
    """`POST /subscriptions/{id}`: what is named changes; answers the subscription as it is then."""
    subscription = world.get("subscription", id, "id", 404)
    _allowed(subscription, params)
    before = snapshot(subscription)
    merge_metadata(subscription, params.get("metadata"))
    if "default_payment_method" in params:
        method = world.get("payment_method", params["default_payment_method"], "default_payment_method")
        subscription["default_payment_method"] = method["id"]
    for name in ("description", "trial_settings"):
        subscription[name] = params.get(name, subscription[name]) or None
    if "discounts" in params:
        chosen = discounts.given(world, params["discounts"])
        subscription["discounts"] = discounts.hang(world, chosen, subscription["customer"], id, None)
    _end(world, subscription, params)
    if "pause_collection" in params:
        given = params["pause_collection"]
        subscription["pause_collection"] = (
            given and {"behavior": given["behavior"], "resumes_at": given.get("resumes_at")}
        ) or None
    collection.reschedule(subscription)
    if params.get("trial_end"):
        _trial(world, subscription, params["trial_end"])
    if "items" in params:
        _buy(world, subscription, terms.changed_items(world, subscription, params["items"]), params)
    elif (params.get("billing_cycle_anchor") or {}).get("type") == "now":
        raise Complaint(
            "The stand-in resets the billing cycle only with another interval.", param="billing_cycle_anchor"
        )
    if snapshot(subscription) != before:
        world.emit("customer.subscription.updated", subscription, before)
    return subscription


def _allowed(subscription: Obj, params: Obj) -> None:
    named = set(params) - {"expand"}
    if subscription["status"] in ("canceled", "incomplete_expired") and named - OVER_MAY_CHANGE:
        raise Complaint("A canceled subscription can only update its cancellation_details and metadata.")
    if params.get("payment_behavior") == "pending_if_incomplete" and named - PENDING_MAY_CHANGE:
        names = ", ".join(sorted(named - PENDING_MAY_CHANGE))
        raise Complaint(f"`payment_behavior=pending_if_incomplete` cannot be used together with: {names}.")
    if "cancel_at" in params and "cancel_at_period_end" in params:
        raise Complaint("You may only specify one of these parameters: cancel_at_period_end, cancel_at.")
    if subscription["schedule"] and named & {"cancel_at", "cancel_at_period_end"}:
        raise Complaint(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead."
        )


def _end(world: World, subscription: Obj, params: Obj) -> None:
    """When it ends. The boolean takes back only itself; an instant that the portal has set is taken back by ''."""
    details = {k: v or None for k, v in (params.get("cancellation_details") or {}).items()}
    subscription["cancellation_details"] |= details
    _, stop = terms.period(subscription)
    wanted: Any = None
    if params.get("cancel_at_period_end"):
        wanted = stop
    elif params.get("cancel_at"):
        wanted = stop if params["cancel_at"] in ("min_period_end", "max_period_end") else params["cancel_at"]
    elif params.get("cancel_at") == "" or (
        "cancel_at_period_end" in params and subscription["cancel_at_period_end"]
    ):
        subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        subscription["cancellation_details"] = dict(subscriptions.NO_DETAILS)
        return
    if wanted is not None:
        end_on(world, subscription, wanted, bool(params.get("cancel_at_period_end")))


def end_on(world: World, subscription: Obj, instant: int, at_period_end: bool) -> None:
    """It will end then; she may still keep it."""
    subscription |= {"cancel_at": instant, "cancel_at_period_end": at_period_end, "canceled_at": world.now}
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    collection.reschedule(subscription)


def _trial(world: World, subscription: Obj, trial_end: object) -> None:
    if trial_end == "now":
        if subscription["status"] == "trialing":
            subscription["trial_end"] = subscription["billing_cycle_anchor"] = world.now
            terms.set_period(subscription, terms.period(subscription)[0], world.now)
            renewals.end_trial(world, subscription)
        return
    assert isinstance(trial_end, int)
    if trial_end <= world.now:
        raise Complaint(
            "Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end"
        )
    subscription |= {
        "status": "trialing",
        "trial_start": subscription["trial_start"] or world.now,
        "trial_end": trial_end,
        "billing_cycle_anchor": trial_end,
        "_told": False,
    }
    terms.set_period(subscription, terms.period(subscription)[0], trial_end)
    collection.reschedule(subscription)


def _buy(world: World, subscription: Obj, items: list[Obj], params: Obj) -> None:
    """Change the items; what the rest of the period costs is billed now, with the next bill, or not at all."""
    if subscription["pending_update"]:
        collection.drop_pending(world, subscription)
    lines, at_once = _prorated(world, subscription, items, params)
    if not at_once or not lines:
        subscription["_pending_lines"] = (subscription.get("_pending_lines") or []) + lines
        collection.put_items(world, subscription, items)
        return
    behaviour = params.get("payment_behavior", "allow_incomplete")
    waits = behaviour == "pending_if_incomplete"
    if not waits:
        collection.put_items(world, subscription, items)
    customer = world.get("customer", subscription["customer"], "customer")
    hung = subscription["discounts"]
    lines = (subscription.pop("_pending_lines", None) or []) + lines
    draft = invoices.make(world, customer, lines, "subscription_update", subscription=subscription, hung=hung)
    draft["parent"]["subscription_details"]["subscription_proration_date"] = params.get(
        "proration_date", world.now
    )
    if behaviour == "default_incomplete":
        invoices.finalize(world, draft)
        return
    subscription["_trying"] = draft["id"] if waits else None
    paid = collection.bill(world, draft) == "ok"
    subscription["_trying"] = None
    if paid and waits:
        collection.put_items(world, subscription, items)
    elif waits:
        collection.wait_for_payment(world, subscription, items, draft)
    elif not paid and behaviour == "error_if_incomplete":
        subscriptions.refuse_payment()


def _prorated(world: World, subscription: Obj, items: list[Obj], params: Obj) -> tuple[list[Obj], bool]:
    """The lines of a change, and whether they are billed at once."""
    at = params.get("proration_date", world.now)
    start, stop = terms.period(subscription)
    if not start <= at <= stop:
        raise Complaint(
            "Cannot specify `proration_date` outside of the subscription's current period.",
            param="proration_date",
        )
    behaviour = params.get("proration_behavior", "create_prorations")
    restart = subscription["status"] != "trialing" and terms.changes_interval(subscription, items)
    if behaviour == "none" and restart:
        until = end_after(at, at, items[0]["price"]["recurring"])
        return terms.lines_for(world, items, at, until), True
    if behaviour == "none":
        return [], False
    return terms.proration_lines(world, subscription, items, at), behaviour == "always_invoice" or restart


def preview(world: World, params: Obj) -> Obj:
    """`POST /invoices/create_preview`: the bill that a change would make, or the next one; nothing is kept."""
    details = params.get("subscription_details") or {}
    if "schedule" in params:
        schedule = world.get("subscription_schedule", params["schedule"], "schedule")
        params = params | {"subscription": schedule["subscription"]}
    if "subscription" not in params:
        return _preview_new(world, params, details)
    subscription = snapshot(world.get("subscription", params["subscription"], "subscription"))
    resumes = subscription["status"] == "paused" and "resume_at" in details
    if subscription["status"] in ("canceled", "incomplete_expired", "incomplete", "paused") and not resumes:
        raise _nothing_next(subscription["customer"])
    customer = world.get("customer", subscription["customer"], "customer")
    waiting = subscription.get("_pending_lines") or []
    if resumes:
        stop = end_after(world.now, world.now, terms.recurring(subscription))
        lines = terms.lines_for(world, subscription["items"]["data"], world.now, stop)
        return _shown(world, customer, waiting + lines, subscription)
    items, hung = schedules.next_terms(world, subscription)
    if "discounts" in params:
        hung = subscription["discounts"] = schedules.listed(world, params["discounts"] or [], "discounts")
    if "items" in details:
        items = terms.changed_items(world, subscription, details["items"])
        lines, at_once = _prorated(world, subscription, items, details)
        if at_once and lines:
            return _shown(world, customer, waiting + lines, subscription)
        waiting = waiting + lines
    _end(
        world, subscription, {name: value for name, value in details.items() if name.startswith("cancel_at")}
    )
    _, start = terms.period(subscription)
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= start:
        raise _nothing_next(subscription["customer"])
    each = items[0]["price"]["recurring"]
    anchor = start if each != terms.recurring(subscription) else subscription["billing_cycle_anchor"]
    stop = end_after(anchor, start, each)
    lines = waiting + terms.lines_for(world, items, start, stop)
    subscription["discounts"] = [one["id"] for one in discounts.live(world, hung, start)]
    return _shown(world, customer, lines, subscription)


def _preview_new(world: World, params: Obj, details: Obj) -> Obj:
    """The first bill of a subscription that does not exist yet."""
    customer = world.get("customer", params.get("customer"), "customer")
    if not details.get("items"):
        raise _nothing_next(customer["id"])
    items = []
    for place, item in enumerate(details["items"]):
        price = terms.price_for(world, item.get("price"), f"subscription_details[items][{place}][price]")
        stop = end_after(world.now, world.now, price["recurring"])
        items.append(terms.new_item(world, "sub_preview", price, item.get("quantity", 1), world.now, stop))
    trial = details.get("trial_end") not in (None, "now")
    stop = details["trial_end"] if trial else items[0]["current_period_end"]
    return _shown(world, customer, terms.lines_for(world, items, world.now, stop, trial=trial), None)


def _shown(world: World, customer: Obj, lines: list[Obj], subscription: Obj | None) -> Obj:
    hung = subscription["discounts"] if subscription else []
    return invoices.make(
        world,
        customer,
        snapshot({"lines": lines})["lines"],
        "upcoming",
        subscription=subscription,
        hung=hung,
        preview=True,
    )


def _nothing_next(customer: str) -> Complaint:
    message = f"No upcoming invoices for customer: {customer}"
    return Complaint(message, status=404, code="invoice_upcoming_none")
