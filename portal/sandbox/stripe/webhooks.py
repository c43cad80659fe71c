"""Webhook endpoints as the API makes them, and the body and signature of a delivery."""

import hashlib
import hmac
import json
from urllib.parse import urlsplit

from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import VERSION, Complaint, visible
from portal.sandbox.stripe.world import DAY, World, merge_metadata

EVENTS_KEPT = 30 * DAY


def create(world: World, params: Obj, secret: str | None = None) -> Obj:
    """`POST /webhook_endpoints`; the answer alone has the secret."""
    if urlsplit(params["url"]).scheme not in ("http", "https"):
        raise Complaint("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    if params.get("api_version", VERSION) != VERSION:
        raise Complaint(f"The stand-in speaks {VERSION} only.", param="api_version")
    endpoint = world.add(
        "webhook_endpoint",
        "we",
        api_version=params.get("api_version"),
        application=None,
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata") or {},
        status="enabled",
        url=params["url"],
        _secret=secret or world.new_id("whsec", 32),
    )
    return endpoint | {"secret": endpoint["_secret"]}


def update(world: World, params: Obj, id: str) -> Obj:
    """`POST /webhook_endpoints/{id}`."""
    endpoint = world.get("webhook_endpoint", id, "webhook_endpoint", 404)
    for name in ("url", "enabled_events", "description"):
        endpoint[name] = params.get(name, endpoint[name])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    merge_metadata(endpoint, params.get("metadata"))
    return endpoint


def delete(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /webhook_endpoints/{id}`: nothing is sent there any more."""
    endpoint = world.get("webhook_endpoint", id, "webhook_endpoint", 404)
    endpoint |= {"_deleted": True, "status": "disabled"}
    world.store.run("UPDATE deliveries SET state = 'dropped' WHERE endpoint = ? AND state = 'pending'", id)
    return endpoint


def pending(world: World, event: Obj) -> Obj:
    """The event with the number of endpoints that have not taken it yet."""
    rows = world.store.run(
        "SELECT count(*) FROM deliveries WHERE event = ? AND state IN ('pending', 'failed')", event["id"]
    )
    return event | {"pending_webhooks": rows[0][0]}


def listed(world: World, params: Obj) -> list[Obj]:
    """The events of the last 30 days that fit `type`, `types` and `delivery_success`, newest first."""
    wanted = set(params.get("types") or []) | ({params["type"]} if "type" in params else set())
    found = []
    for event in world.all("event"):
        if event["created"] < world.now - EVENTS_KEPT or (wanted and not _fits(event["type"], wanted)):
            continue
        event = pending(world, event)
        if params.get("delivery_success", event["pending_webhooks"] == 0) == (event["pending_webhooks"] == 0):
            found.append(event)
    return found


def _fits(type: str, wanted: set[str]) -> bool:
    families = {name[:-1] for name in wanted if name.endswith(".*")}
    return type in wanted or any(type.startswith(family) for family in families)


def body(event: Obj) -> bytes:
    """The bytes of a delivery, as Stripe writes them: indented JSON."""
    return json.dumps(visible(event), indent=2).encode()


def sign(body: bytes, secrets: list[str], at: int) -> str:
    """The `Stripe-Signature` header at an instant; two secrets make two signatures, as while one is replaced."""
    signatures = [
        hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest() for secret in secrets
    ]
    return ",".join([f"t={at}", *(f"v1={signature}" for signature in signatures)])
