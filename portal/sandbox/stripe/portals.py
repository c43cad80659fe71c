"""Stripe's own portal: its configurations, its sessions, and what a customer does there."""

from typing import Any

from portal.sandbox.stripe import changes, collection, terms
from portal.sandbox.stripe.cards import CARDS, MESSAGES, attach, make_default
from portal.sandbox.stripe.paying import Paid
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import HOUR, World, merge_metadata, snapshot

OPEN_SECONDS = HOUR
REASONS = (
    *("customer_service", "low_quality", "missing_features", "other"),
    *("switched_service", "too_complex", "too_expensive", "unused"),
)


def default_configuration(world: World) -> Obj:
    """The settings that somebody has saved in the Dashboard: card and bills, no cancellation, no change of plan."""
    found = world.all("billing_portal.configuration", is_default=True)
    features = {
        "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
    }
    return found[0] if found else configure(world, {"features": features}, is_default=True)


def configure(world: World, params: Obj, is_default: bool = False) -> Obj:
    """`POST /billing_portal/configurations`."""
    configuration = world.add(
        "billing_portal.configuration",
        "bpc",
        active=True,
        application=None,
        business_profile={"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
        | (params.get("business_profile") or {}),
        default_return_url=params.get("default_return_url") or None,
        features=_features({}, params["features"]),
        is_default=is_default,
        login_page={"enabled": False, "url": None},
        metadata=params.get("metadata") or {},
        name=params.get("name") or None,
        updated=world.now,
    )
    world.emit("billing_portal.configuration.created", configuration)
    return configuration


def reconfigure(world: World, params: Obj, id: str) -> Obj:
    """`POST /billing_portal/configurations/{id}`."""
    configuration = world.get("billing_portal.configuration", id, "configuration", 404)
    before = snapshot(configuration)
    configuration["features"] = _features(configuration["features"], params.get("features") or {})
    for name in ("active", "default_return_url", "name"):
        configuration[name] = params.get(name, configuration[name])
    merge_metadata(configuration, params.get("metadata"))
    configuration["updated"] = world.now
    world.emit("billing_portal.configuration.updated", configuration, before)
    return configuration


def _features(had: Obj, given: Obj) -> Obj:
    off: Obj = {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": False},
        "payment_method_update": {"enabled": False, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": list(REASONS)},
            "enabled": False,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "products": None,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }
    return {name: off[name] | had.get(name, {}) | given.get(name, {}) for name in off}


def open_session(world: World, params: Obj) -> Obj:
    """`POST /billing_portal/sessions`: an address for this customer, for an hour."""
    customer = world.get("customer", params["customer"], "customer")
    if "configuration" in params:
        configuration = world.get("billing_portal.configuration", params["configuration"], "configuration")
    else:
        configuration = default_configuration(world)
    flow = _flow(world, params, configuration)
    id = world.new_id("bps")
    return world.add(
        "billing_portal.session",
        "bps",
        id=id,
        configuration=configuration["id"],
        customer=customer["id"],
        customer_account=None,
        flow=flow,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url") or configuration["default_return_url"],
        url=f"{world.base_url}/portal/{id}",
    )


def _flow(world: World, params: Obj, configuration: Obj) -> Obj | None:
    given: Any = params.get("flow_data")
    if not given:
        return None
    feature = {"payment_method_update": "payment_method_update", "subscription_cancel": "subscription_cancel"}
    name = feature.get(given["type"])
    if name is None:
        raise Complaint(f"The stand-in has no flow `{given['type']}`.", param="flow_data[type]")
    if not configuration["features"][name]["enabled"]:
        raise Complaint(
            f"The `{name}` feature is not enabled in this configuration.", param="flow_data[type]"
        )
    after = {"hosted_confirmation": None, "redirect": None} | (
        given.get("after_completion") or {"type": "portal_homepage"}
    )
    cancel = given.get("subscription_cancel")
    if cancel:
        world.get("subscription", cancel["subscription"], "flow_data[subscription_cancel][subscription]")
        cancel = {"retention": None, "subscription": cancel["subscription"]}
    return {
        "after_completion": after,
        "subscription_cancel": cancel,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": given["type"],
    }


def is_open(world: World, session: Obj) -> bool:
    """Whether the address still works."""
    customer = world.peek(session["customer"])
    return bool(world.now < session["created"] + OPEN_SECONDS and customer and not customer.get("_deleted"))


def allows(world: World, session: Obj, feature: str) -> bool:
    """Whether the configuration of this visit lets the customer do this."""
    configuration = world.get("billing_portal.configuration", session["configuration"], "configuration")
    return bool(configuration["features"][feature]["enabled"])


def change_card(world: World, session: Obj, last4: str, authenticated: bool) -> tuple[Paid, str]:
    """A new card for everything from now on. An open bill is not tried before its next date."""
    card = CARDS[last4]
    if card.here == "declined":
        return "failed", MESSAGES[card.decline_code]
    if card.here == "asks" and not authenticated:
        return "asks", ""
    customer = world.get("customer", session["customer"], "customer")
    make_default(world, customer, attach(world, last4, customer))
    return "ok", ""


def cancel(world: World, session: Obj, subscription_id: str, feedback: str) -> None:
    """She cancels there: a flexible subscription gets `cancel_at` and keeps `cancel_at_period_end` false."""
    subscription = world.get("subscription", subscription_id, "subscription")
    if subscription["customer"] != session["customer"] or subscription["status"] in (
        "canceled",
        "incomplete_expired",
    ):
        return
    configuration = world.get("billing_portal.configuration", session["configuration"], "configuration")
    before = snapshot(subscription)
    subscription["cancellation_details"] |= {"feedback": feedback or None, "reason": "cancellation_requested"}
    if configuration["features"]["subscription_cancel"]["mode"] == "immediately":
        collection.end(world, subscription)
        return
    flexible = subscription["billing_mode"]["type"] == "flexible"
    changes.end_on(world, subscription, terms.period(subscription)[1], at_period_end=not flexible)
    world.emit("customer.subscription.updated", subscription, before)


def keep(world: World, session: Obj, subscription_id: str) -> None:
    """She takes her cancellation back."""
    subscription = world.get("subscription", subscription_id, "subscription")
    if subscription["customer"] == session["customer"] and subscription["cancel_at"]:
        changes.update(world, {"cancel_at": ""}, subscription_id)
