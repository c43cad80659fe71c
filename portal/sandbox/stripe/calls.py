"""The calls of the API that the stand-in knows: method, path, parameters, and the verb that answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.stripe import (
    cards,
    changes,
    checkout,
    clockwork,
    collection,
    customers,
    discounts,
    invoices,
    known,
    payments,
    portals,
    schedules,
    subscriptions,
    webhooks,
)
from portal.sandbox.stripe.expanding import expand
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, Unset, check, page, visible
from portal.sandbox.stripe.world import World

Verb = Callable[..., Obj]


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `{}` in the path stands for an id, which the verb gets after the parameters."""

    method: str
    path: str
    verb: Verb
    knows: dict[str, Any] = field(default_factory=dict)

    def fits(self, method: str, path: str) -> list[str] | None:
        """The ids in the path, or None when this is another call."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        match = re.fullmatch(pattern, path) if method == self.method else None
        return list(match.groups()) if match else None


def retrieve(kind: str, param: str) -> Verb:
    """The verb that answers one object."""
    return lambda world, params, id: world.get(kind, id, param, 404)


def listing(kind: str, url: str, **equal: str) -> Verb:
    """The verb that answers a list; `equal` are parameters with the field that they must equal."""

    def answer(world: World, params: Obj) -> Obj:
        wanted = {name: params[param] for param, name in equal.items() if param in params}
        return paged(world.all(kind, **wanted), params, url)

    return answer


def paged(found: list[Obj], params: Obj, url: str) -> Obj:
    """The page of what was found that the parameters ask for."""
    given = params.get("created", {})
    bounds = given if isinstance(given, dict) else {"gte": given, "lte": given}
    tests: dict[str, Callable[[int, int], bool]] = {
        "gt": int.__gt__,
        "gte": int.__ge__,
        "lt": int.__lt__,
        "lte": int.__le__,
    }
    kept = [obj for obj in found if all(tests[name](obj["created"], value) for name, value in bounds.items())]
    answer = page(kept, params, url)
    return answer | {"data": [visible(obj) for obj in answer["data"]]}


def _prices(world: World, params: Obj) -> Obj:
    names = ("active", "currency", "product", "type")
    found = world.all("price", **{name: params[name] for name in names if name in params})
    if "lookup_keys" in params:
        found = [price for price in found if price["lookup_key"] in params["lookup_keys"]]
    if interval := (params.get("recurring") or {}).get("interval"):
        found = [
            price for price in found if price["recurring"] and price["recurring"]["interval"] == interval
        ]
    return paged(found, params, "/v1/prices")


def _subscriptions(world: World, params: Obj) -> Obj:
    status = params.get("status")
    found = world.all("subscription", **({"customer": params["customer"]} if "customer" in params else {}))
    if "price" in params:
        found = [
            one for one in found if params["price"] in {item["price"]["id"] for item in one["items"]["data"]}
        ]
    if status is None:
        found = [one for one in found if one["status"] != "canceled"]
    elif status == "ended":
        found = [one for one in found if one["status"] in ("canceled", "incomplete_expired")]
    elif status != "all":
        found = [one for one in found if one["status"] == status]
    return paged(found, params, "/v1/subscriptions")


def _invoices(world: World, params: Obj) -> Obj:
    equal = {name: params[name] for name in ("customer", "status") if name in params}
    found = world.all("invoice", **equal)
    if "subscription" in params:
        found = [one for one in found if invoices.subscription_id(one) == params["subscription"]]
    return paged(found, params, "/v1/invoices")


def _invoice_payments(world: World, params: Obj) -> Obj:
    found = world.all("invoice_payment", **{n: params[n] for n in ("invoice", "status") if n in params})
    if "payment" in params:
        wanted = params["payment"].get("payment_intent")
        found = [one for one in found if one["payment"].get("payment_intent") == wanted]
    return paged(found, params, "/v1/invoice_payments")


def _sessions(world: World, params: Obj) -> Obj:
    names = ("customer", "status", "subscription", "payment_intent")
    found = world.all("checkout.session", **{name: params[name] for name in names if name in params})
    return paged(found, params, "/v1/checkout/sessions")


def _line_items(world: World, params: Obj, id: str) -> Obj:
    return checkout.line_items(world, world.get("checkout.session", id, "session", 404))


def _methods_of(world: World, params: Obj, id: str) -> Obj:
    world.get("customer", id, "customer", 404)
    return paged(world.all("payment_method", customer=id), params, f"/v1/customers/{id}/payment_methods")


def _balance_of(world: World, params: Obj, id: str) -> Obj:
    world.get("customer", id, "customer", 404)
    found = world.all("customer_balance_transaction", customer=id)
    return paged(found, params, f"/v1/customers/{id}/balance_transactions")


def _pay(world: World, params: Obj, id: str) -> Obj:
    invoice = world.get("invoice", id, "invoice", 404)
    if invoice["status"] == "draft":
        invoices.finalize(world, invoice)
    if invoice["status"] != "open":
        raise Complaint(f"Invoice is already {invoice['status']}", code="invoice_not_editable")
    if params.get("paid_out_of_band"):
        invoices.mark_paid(world, invoice, off_stripe=True)
        collection.paid(world, invoice)
        return invoice
    method = None
    if "payment_method" in params:
        method = world.get("payment_method", params["payment_method"], "payment_method")
    outcome = collection.collect(world, invoice, method=method)
    if outcome == "asks":
        raise cards.declined("authentication_required")
    if outcome == "declined":
        raise cards.declined("generic_decline")
    return invoice


def _give_up(status: str) -> Verb:
    def verb(world: World, params: Obj, id: str) -> Obj:
        invoice = world.get("invoice", id, "invoice", 404)
        if invoice["status"] != "open":
            raise Complaint(f"You can only do this with open invoices; this one is {invoice['status']}.")
        invoices.give_up(world, invoice, status)
        collection.given_up(world, invoice)
        return invoice

    return verb


def _events(world: World, params: Obj) -> Obj:
    return paged(webhooks.listed(world, params), params, "/v1/events")


def _event(world: World, params: Obj, id: str) -> Obj:
    return webhooks.pending(world, world.get("event", id, "id", 404))


def _list(path: str, kind: str, *names: str, knows: dict[str, Any] | None = None) -> Call:
    fields = {name: name for name in names}
    types = {name: bool if name in ("active", "is_default") else str for name in names}
    return Call("GET", path, listing(kind, path, **fields), known.LISTED | types | (knows or {}))


CALLS = (
    Call(
        "POST", "/v1/customers", customers.create, known.CUSTOMER | {"payment_method": str, "test_clock": str}
    ),
    Call("GET", "/v1/customers/{}", customers.retrieve),
    Call("POST", "/v1/customers/{}", customers.update, known.CUSTOMER),
    Call("DELETE", "/v1/customers/{}", customers.delete),
    _list("/v1/customers", "customer", "email", "test_clock"),
    Call("GET", "/v1/customers/{}/payment_methods", _methods_of, known.LISTED | {"type": ("card",)}),
    Call("POST", "/v1/customers/{}/balance_transactions", customers.add_to_balance, known.BALANCE),
    Call("GET", "/v1/customers/{}/balance_transactions", _balance_of, known.LISTED),
    Call("POST", "/v1/products", customers.create_product, known.PRODUCT | {"name!": str, "id": str}),
    Call("GET", "/v1/products/{}", retrieve("product", "id")),
    Call(
        "POST",
        "/v1/products/{}",
        customers.update_product,
        known.PRODUCT | {"name": str, "default_price": str},
    ),
    Call("DELETE", "/v1/products/{}", customers.delete_product),
    _list("/v1/products", "product", "active"),
    Call("POST", "/v1/prices", customers.create_price, known.PRICE),
    Call("GET", "/v1/prices/{}", retrieve("price", "price")),
    Call("POST", "/v1/prices/{}", customers.update_price, known.PRICE_UPDATE),
    Call("GET", "/v1/prices", _prices, known.PRICES),
    Call("POST", "/v1/coupons", discounts.create_coupon, known.COUPON),
    Call("GET", "/v1/coupons/{}", retrieve("coupon", "coupon")),
    Call("POST", "/v1/coupons/{}", discounts.update_coupon, {"name": Unset(str), "metadata": known.METADATA}),
    Call("DELETE", "/v1/coupons/{}", discounts.delete_coupon),
    _list("/v1/coupons", "coupon"),
    Call("POST", "/v1/promotion_codes", discounts.create_code, known.PROMOTION_CODE),
    Call("GET", "/v1/promotion_codes/{}", retrieve("promotion_code", "promotion_code")),
    Call(
        "POST", "/v1/promotion_codes/{}", discounts.update_code, {"active": bool, "metadata": known.METADATA}
    ),
    _list("/v1/promotion_codes", "promotion_code", "active", "code", "customer"),
    Call("POST", "/v1/checkout/sessions", checkout.create, known.SESSION),
    Call("GET", "/v1/checkout/sessions/{}", retrieve("checkout.session", "session")),
    Call("POST", "/v1/checkout/sessions/{}", checkout.update, {"metadata": known.METADATA}),
    Call("POST", "/v1/checkout/sessions/{}/expire", checkout.expire),
    Call("GET", "/v1/checkout/sessions/{}/line_items", _line_items, known.LISTED),
    Call(
        "GET",
        "/v1/checkout/sessions",
        _sessions,
        known.LISTED
        | {
            "customer": str,
            "payment_intent": str,
            "subscription": str,
            "status": ("complete", "expired", "open"),
        },
    ),
    Call(
        "POST",
        "/v1/billing_portal/configurations",
        portals.configure,
        known.CONFIGURATION | {"features!": known.FEATURES},
    ),
    Call(
        "GET",
        "/v1/billing_portal/configurations/{}",
        retrieve("billing_portal.configuration", "configuration"),
    ),
    Call(
        "POST",
        "/v1/billing_portal/configurations/{}",
        portals.reconfigure,
        known.CONFIGURATION | {"active": bool, "features": known.FEATURES},
    ),
    _list("/v1/billing_portal/configurations", "billing_portal.configuration", "active", "is_default"),
    Call("POST", "/v1/billing_portal/sessions", portals.open_session, known.PORTAL),
    Call("POST", "/v1/subscriptions", subscriptions.create, known.SUBSCRIPTION),
    Call("GET", "/v1/subscriptions/{}", retrieve("subscription", "id")),
    Call("POST", "/v1/subscriptions/{}", changes.update, known.SUBSCRIPTION_UPDATE),
    Call("DELETE", "/v1/subscriptions/{}", subscriptions.cancel, known.SUBSCRIPTION_CANCEL),
    Call("POST", "/v1/subscriptions/{}/pause", subscriptions.pause, known.PAUSE),
    Call("POST", "/v1/subscriptions/{}/resume", subscriptions.resume, known.RESUME),
    Call(
        "GET",
        "/v1/subscriptions",
        _subscriptions,
        known.LISTED | {"customer": str, "price": str, "status": str},
    ),
    Call("POST", "/v1/subscription_schedules", schedules.create, known.SCHEDULE),
    Call("GET", "/v1/subscription_schedules/{}", retrieve("subscription_schedule", "schedule")),
    Call("POST", "/v1/subscription_schedules/{}", schedules.update, known.SCHEDULE_UPDATE),
    Call("POST", "/v1/subscription_schedules/{}/release", schedules.release, {"preserve_cancel_date": bool}),
    Call(
        "POST",
        "/v1/subscription_schedules/{}/cancel",
        schedules.cancel,
        {"invoice_now": bool, "prorate": bool},
    ),
    _list("/v1/subscription_schedules", "subscription_schedule", "customer"),
    Call("POST", "/v1/invoices/create_preview", changes.preview, known.PREVIEW),
    Call("GET", "/v1/invoices/{}", retrieve("invoice", "invoice")),
    Call(
        "POST",
        "/v1/invoices/{}/pay",
        _pay,
        {"payment_method": str, "off_session": bool, "paid_out_of_band": bool},
    ),
    Call("POST", "/v1/invoices/{}/void", _give_up("void")),
    Call("POST", "/v1/invoices/{}/mark_uncollectible", _give_up("uncollectible")),
    Call(
        "GET", "/v1/invoices", _invoices, known.LISTED | {"customer": str, "status": str, "subscription": str}
    ),
    Call("GET", "/v1/invoice_payments/{}", retrieve("invoice_payment", "invoice_payment")),
    Call(
        "GET",
        "/v1/invoice_payments",
        _invoice_payments,
        known.LISTED
        | {"invoice": str, "status": str, "payment": {"type!": ("payment_intent",), "payment_intent": str}},
    ),
    Call("GET", "/v1/payment_intents/{}", retrieve("payment_intent", "intent")),
    _list("/v1/payment_intents", "payment_intent", "customer"),
    Call("POST", "/v1/payment_methods", cards.create_call, cards.CREATE),
    Call("GET", "/v1/payment_methods/{}", retrieve("payment_method", "payment_method")),
    Call("POST", "/v1/payment_methods/{}", cards.update_call, cards.UPDATE),
    Call("POST", "/v1/payment_methods/{}/attach", cards.attach_call, cards.ATTACH),
    Call("POST", "/v1/payment_methods/{}/detach", cards.detach_call),
    _list("/v1/payment_methods", "payment_method", "customer", "type"),
    Call("POST", "/v1/refunds", payments.refund, known.REFUND),
    Call("GET", "/v1/refunds/{}", retrieve("refund", "refund")),
    Call("POST", "/v1/refunds/{}", payments.update_refund, {"metadata": known.METADATA}),
    _list("/v1/refunds", "refund", "charge", "payment_intent"),
    Call("GET", "/v1/charges/{}", retrieve("charge", "id")),
    _list("/v1/charges", "charge", "customer", "payment_intent"),
    Call("GET", "/v1/disputes/{}", retrieve("dispute", "dispute")),
    _list("/v1/disputes", "dispute", "charge", "payment_intent"),
    Call("GET", "/v1/events/{}", _event),
    Call("GET", "/v1/events", _events, known.EVENTS),
    Call("POST", "/v1/webhook_endpoints", webhooks.create, known.ENDPOINT),
    Call("GET", "/v1/webhook_endpoints/{}", retrieve("webhook_endpoint", "webhook_endpoint")),
    Call("POST", "/v1/webhook_endpoints/{}", webhooks.update, known.ENDPOINT_UPDATE),
    Call("DELETE", "/v1/webhook_endpoints/{}", webhooks.delete),
    _list("/v1/webhook_endpoints", "webhook_endpoint"),
    Call("POST", "/v1/test_helpers/test_clocks", clockwork.make_clock, {"frozen_time!": int, "name": str}),
    Call("GET", "/v1/test_helpers/test_clocks/{}", retrieve("test_helpers.test_clock", "test_clock")),
    Call("DELETE", "/v1/test_helpers/test_clocks/{}", clockwork.delete),
    Call("POST", "/v1/test_helpers/test_clocks/{}/advance", clockwork.advance, {"frozen_time!": int}),
)


def find(method: str, path: str) -> tuple[Call, list[str]]:
    """The call for a request, and the ids in its path. Complains as Stripe does about a path that nobody knows."""
    for call in CALLS:
        ids = call.fits(method, path)
        if ids is not None:
            return call, ids
    message = f"Unrecognized request URL ({method}: {path}). The stand-in knows only what the portal uses."
    raise Complaint(message, status=404)


def answer(world: World, call: Call, ids: list[str], params: Obj) -> Obj:
    """Check the parameters, do it, and answer the object as the API shows it."""
    checked = check(call.knows | {"expand": [str]}, params)
    paths = checked.pop("expand", [])
    made = visible(call.verb(world, checked, *ids))
    return expand(world, made, paths)
