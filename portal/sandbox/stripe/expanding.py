"""`expand`: ids replaced by their objects, and the lists that are told only when they are asked for."""

from typing import Any

from portal.sandbox.stripe import checkout, invoices
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible
from portal.sandbox.stripe.world import World

MOST_DEPTH = 4


def _secret(world: World, invoice: Obj) -> Obj | None:
    if invoices.payment_of(world, invoice) is None:
        return None
    return {"client_secret": invoices.intent_of(world, invoice)["client_secret"], "type": "payment_intent"}


def _subscriptions(world: World, customer: Obj) -> Obj:
    found = [
        visible(one)
        for one in world.all("subscription", customer=customer["id"])
        if one["status"] not in ("canceled", "incomplete_expired")
    ]
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/subscriptions"}


def _refunds(world: World, charge: Obj) -> Obj:
    found = [visible(one) for one in world.all("refund", charge=charge["id"])]
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}


ASKED_FOR = {
    ("invoice", "payments"): invoices.payments_list,
    ("invoice", "confirmation_secret"): _secret,
    ("checkout.session", "line_items"): checkout.line_items,
    ("customer", "subscriptions"): _subscriptions,
    ("charge", "refunds"): _refunds,
}


def expand(world: World, answer: Obj, paths: list[str]) -> Obj:
    """The answer with each path expanded, such as `data.customer` or `payments.data.payment.payment_intent`."""
    for path in paths:
        names = path.split(".")
        if len([name for name in names if name != "data"]) > MOST_DEPTH:
            raise Complaint(
                f"You cannot expand more than {MOST_DEPTH} levels of a property: {path}", param="expand"
            )
        _expand(world, answer, names, path)
    return answer


def _expand(world: World, here: Any, names: list[str], path: str) -> None:
    if isinstance(here, list):
        for one in here:
            _expand(world, one, names, path)
        return
    if not names or here is None:
        return
    name, rest = names[0], names[1:]
    made = ASKED_FOR.get((here.get("object"), name))
    if made is not None and not isinstance(here.get(name), dict):
        source = world.peek(here["id"])
        here[name] = made(world, source) if source else None
    if name not in here:
        raise Complaint(f"This property cannot be expanded ({name}). Path: {path}", param="expand")
    value = here[name]
    if isinstance(value, str):
        found = world.peek(value)
        if found is None:
            raise Complaint(f"This property cannot be expanded ({name}). Path: {path}", param="expand")
        here[name] = value = visible(found)
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        here[name] = value = [visible(found) for one in value if (found := world.peek(one))]
    _expand(world, value, rest, path)
