"""What Stripe is asked about checkouts: its pages on which something is paid, from the first tap to their end.

A part of `gateway`, whose failures every call raises.
"""

from datetime import datetime

from portal.billing.gateway import Session, SessionParams, failures, gateway, id_of, metadata_of
from portal.billing.shapes import Checkout, Metadata, from_stripe, to_stripe


def make(
    *,
    customer_id: str,
    price_id: str,
    for_life: bool,
    trial_days: int,
    asks_card: bool,
    takes_codes: bool,
    tax: bool,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    metadata: Metadata,
    key: str,
) -> Checkout:
    """A new checkout for one price, with a field for a promotion code where it `takes_codes`. One for life is paid by
    card alone (with the wallets that hold one): there is no plan yet while a debit is decided, for days.

    A trial needs no card but where it `asks_card`, and ends by itself without one. What costs nothing today for another
    reason asks for one all the same: it renews.
    """
    params: SessionParams = {
        "mode": "payment" if for_life else "subscription",
        "customer": customer_id,
        "client_reference_id": metadata["op"],
        "line_items": [{"price": price_id, "quantity": 1}],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "metadata": metadata,
        "managed_payments": {"enabled": False},
    }
    if takes_codes:
        params["allow_promotion_codes"] = True
    if tax:
        params["automatic_tax"] = {"enabled": True}
        params["customer_update"] = {"address": "auto", "name": "auto"}
    if for_life:
        params["allowed_payment_method_types"] = ["card"]
        params["invoice_creation"] = {"enabled": True}
        params["payment_intent_data"] = {"metadata": metadata}
    else:
        params["subscription_data"] = {"metadata": metadata, "billing_mode": {"type": "flexible"}}
    if trial_days and not for_life:
        params["subscription_data"]["trial_period_days"] = trial_days
        params["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
        params["payment_method_collection"] = "always" if asks_card else "if_required"
    with failures():
        return _checkout(gateway().client.v1.checkout.sessions.create(params, {"idempotency_key": key}))


def make_for_gift(
    *,
    customer_id: str,
    name: str,
    minor: int,
    currency: str,
    tax: bool,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    metadata: Metadata,
    key: str,
) -> Checkout:
    """A new checkout of one payment of `minor` for what is called `name`: nothing of it is ever charged again.

    By card alone (with the wallets that hold one): the code is handed out at once, so no money may come, or fail to,
    days later.
    """
    params: SessionParams = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "customer": customer_id,
        "client_reference_id": metadata["op"],
        "line_items": [
            {
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": to_stripe(minor, currency),
                    "product_data": {"name": name},
                    "tax_behavior": "inclusive",
                },
                "quantity": 1,
            }
        ],
        "payment_intent_data": {"metadata": metadata, "description": name},
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "metadata": metadata,
        "managed_payments": {"enabled": False},
    }
    if tax:
        params["automatic_tax"] = {"enabled": True}
        params["customer_update"] = {"address": "auto", "name": "auto"}
    with failures():
        return _checkout(gateway().client.v1.checkout.sessions.create(params, {"idempotency_key": key}))


def fetch(session_id: str) -> Checkout:
    """A checkout as it is now."""
    with failures():
        return _checkout(
            gateway().client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
        )


def made_for(customer_id: str, op: str) -> Checkout | None:
    """The checkout that was made for an operation, where its answer never arrived."""
    with failures():
        listed = gateway().client.v1.checkout.sessions.list({"customer": customer_id, "limit": 100})
        found = (_checkout(session) for session in listed.data)
        return next((one for one in found if one.metadata.get("op") == op), None)


def expire(session_id: str) -> None:
    """End an open checkout; Rejected where it is open no longer."""
    with failures():
        gateway().client.v1.checkout.sessions.expire(session_id)


def _checkout(session: Session) -> Checkout:
    currency = (session.currency or "").upper()
    return Checkout(
        id=session.id,
        status=session.status or "",
        paid=session.payment_status in ("paid", "no_payment_required"),
        pending=session.status == "complete" and session.payment_status == "unpaid" and _may_come(session),
        url=session.url,
        customer_id=id_of(session.customer),
        subscription_id=id_of(session.subscription),
        payment_intent=id_of(session.payment_intent),
        amount_minor=from_stripe(session.amount_total or 0, currency),
        currency=currency,
        metadata=metadata_of(session.metadata),
    )


def _may_come(session: Session) -> bool:
    """Whether the money of a checkout may still come: its payment (brought along by `fetch`) has not failed."""
    intent = session.payment_intent
    return intent is not None and getattr(intent, "status", "") not in ("requires_payment_method", "canceled")
