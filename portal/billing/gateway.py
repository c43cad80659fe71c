"""The only door to Stripe: one client at one version, our own shapes out, four kinds of failure.

What is asked about a subscription that runs stands in `running`, about money that went back in `returns`; nothing of
Stripe's own objects leaves the three.
Amounts are minor units of our table (Stripe counts some currencies otherwise), instants are aware UTC, and whatever is
asked for carries the key that makes it once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import stripe

from portal import config
from portal.billing.shapes import (
    Bill,
    Busy,
    Checkout,
    Declined,
    Forged,
    Metadata,
    Missing,
    Planned,
    Rejected,
    Subscribed,
    Told,
    Unavailable,
    Waiting,
    from_stripe,
    to_stripe,
)

VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = (5, 20)  # to connect, and between two bytes: a web worker waits for nobody longer
RETRIES = 2
WHOLE = ["latest_invoice", "schedule.phases.items.price"]  # what has to come along with a subscription


class Gateway:
    """Stripe, as the portal uses it. Every call raises Missing, Unavailable or Rejected."""

    def __init__(self, key: str, api_base: str) -> None:
        self.livemode = key.split("_")[1:2] == ["live"]
        self.client = stripe.StripeClient(
            key,
            stripe_version=VERSION,
            max_network_retries=RETRIES,  # the client itself would not try again (stripe.md 1.3)
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            base_addresses={"api": api_base} if api_base else None,
        )

    def read_event(self, body: bytes, signature: str | None, secret: str) -> Told:
        """What a webhook says. Raises Forged for what is not signed with `secret`, is old, or is no event."""
        try:
            event = self.client.construct_event(body, signature, secret)
            return _told(event)
        except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, TypeError) as error:
            raise Forged(type(error).__name__) from error

    def undelivered(self, since: datetime) -> list[Told]:
        """Events since then that reached nobody."""
        with failures():
            listed = self.client.v1.events.list(
                {"delivery_success": False, "created": {"gte": int(since.timestamp())}, "limit": 100}
            )
            return [_told(event) for event in listed.auto_paging_iter()]

    def make_customer(self, email: str | None, name: str | None, metadata: Metadata, key: str) -> str:
        """A new customer; its id. The same `key` again is the same customer."""
        params: stripe.params.CustomerCreateParams = {"metadata": metadata}
        if email:
            params["email"] = email
        if name:
            params["name"] = name
        with failures():
            return self.client.v1.customers.create(params, {"idempotency_key": key}).id

    def customer_is_gone(self, customer_id: str) -> bool:
        """Whether a customer was deleted."""
        try:
            with failures():
                return bool(getattr(self.client.v1.customers.retrieve(customer_id), "deleted", False))
        except Missing:
            return True

    def price(self, lookup_key: str, label: str, amount_minor: int, currency: str, interval: str) -> str:
        """The id of the price under this key; it is made, with its product, where there is none in force."""
        amount = to_stripe(amount_minor, currency)
        with failures():
            known = self.client.v1.prices.list({"lookup_keys": [lookup_key], "limit": 1}).data
            if known and known[0].active and known[0].unit_amount == amount:
                return known[0].id
            product = self.client.v1.products.create(
                {"name": label, "metadata": {"lookup_key": lookup_key}},
                {"idempotency_key": f"product:{lookup_key}"},
            )
            params: stripe.params.PriceCreateParams = {
                "product": product.id,
                "currency": currency.lower(),
                "unit_amount": amount,
                "tax_behavior": "inclusive",
                "lookup_key": lookup_key,
                "transfer_lookup_key": True,
                "metadata": {"lookup_key": lookup_key},  # which stays with it when another takes the key
            }
            if interval == "month":
                params["recurring"] = {"interval": "month"}
            elif interval == "year":
                params["recurring"] = {"interval": "year"}
            key = ":".join(
                ["price", product.id, *(old.id for old in known)]
            )  # one that was put away stays so
            return self.client.v1.prices.create(params, {"idempotency_key": key}).id

    def open_checkout(
        self,
        *,
        customer_id: str,
        price_id: str,
        for_life: bool,
        trial_days: int,
        tax: bool,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        metadata: Metadata,
        key: str,
    ) -> Checkout:
        """A new checkout session, for one price. Trials need no card, and end by themselves without one."""
        params: stripe.params.checkout.SessionCreateParams = {
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
        if tax:
            params["automatic_tax"] = {"enabled": True}
            params["customer_update"] = {"address": "auto", "name": "auto"}
        if for_life:
            params["invoice_creation"] = {"enabled": True}
            params["payment_intent_data"] = {"metadata": metadata}
        else:
            params["subscription_data"] = {"metadata": metadata, "billing_mode": {"type": "flexible"}}
        if trial_days and not for_life:
            params["subscription_data"]["trial_period_days"] = trial_days
            params["subscription_data"]["trial_settings"] = {
                "end_behavior": {"missing_payment_method": "cancel"}
            }
            params["payment_method_collection"] = "if_required"
        with failures():
            return _checkout(self.client.v1.checkout.sessions.create(params, {"idempotency_key": key}))

    def checkout(self, session_id: str) -> Checkout:
        """A checkout session as it is now."""
        with failures():
            return _checkout(self.client.v1.checkout.sessions.retrieve(session_id))

    def checkout_of(self, customer_id: str, op: str) -> Checkout | None:
        """The session that was made for an operation, where its answer never arrived."""
        with failures():
            listed = self.client.v1.checkout.sessions.list({"customer": customer_id, "limit": 100})
            found = (_checkout(session) for session in listed.data)
            return next((one for one in found if one.metadata.get("op") == op), None)

    def expire_checkout(self, session_id: str) -> None:
        """End an open session; Rejected where it is open no longer."""
        with failures():
            self.client.v1.checkout.sessions.expire(session_id)

    def subscription(self, subscription_id: str) -> Subscribed:
        """A subscription as it is now, with its latest invoice."""
        with failures():
            found = self.client.v1.subscriptions.retrieve(subscription_id, {"expand": WHOLE})
            return subscribed(found)

    def subscriptions(self, since: datetime | None = None) -> Iterator[Subscribed]:
        """Every subscription of the Stripe side, ended ones too; with `since` those made from then on."""
        params: stripe.params.SubscriptionListParams = {
            "status": "all", "limit": 100, "expand": ["data.latest_invoice"],
        }  # fmt: skip
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        with failures():
            for found in self.client.v1.subscriptions.list(params).auto_paging_iter():
                # What it becomes lies too deep for a list: Stripe expands four levels.
                yield subscribed(found) if found.schedule is None else self.subscription(found.id)

    def bill(self, invoice_id: str) -> Bill:
        """An invoice as it is now."""
        with failures():
            return _bill(self.client.v1.invoices.retrieve(invoice_id))

    def portal_url(self, customer_id: str, return_url: str, site: str, *, change_card: bool) -> str:
        """Where a member looks at her card and invoices at Stripe; `change_card` goes straight to the card."""
        with failures():
            params: stripe.params.billing_portal.SessionCreateParams = {
                "customer": customer_id,
                "return_url": return_url,
                "configuration": self._portal_configuration(site),
            }
            if change_card:
                params["flow_data"] = {
                    "type": "payment_method_update",
                    "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}},
                }
            return self.client.v1.billing_portal.sessions.create(params).url

    def _portal_configuration(self, site: str) -> str:
        """Cards, invoices and the address are Stripe's; ending and changing a plan are ours."""
        known = self.client.v1.billing_portal.configurations.list({"active": True, "limit": 100})
        for one in known.data:
            if one.metadata is not None and one.metadata.to_dict().get("site") == site:
                return one.id
        return self.client.v1.billing_portal.configurations.create(
            {
                "metadata": {"site": site},
                "features": {
                    "payment_method_update": {"enabled": True},
                    "invoice_history": {"enabled": True},
                    "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
                    "subscription_cancel": {"enabled": False},
                    "subscription_update": {"enabled": False},
                },
            },
            {"idempotency_key": f"portal:{site}"},
        ).id


def gateway() -> Gateway:
    """Stripe by the settings of this process."""
    settings = config.current()
    return _made(settings.stripe_secret_key, settings.stripe_api_base)


@lru_cache(maxsize=4)
def _made(key: str, api_base: str) -> Gateway:
    return Gateway(key, api_base)


@contextmanager
def failures() -> Iterator[None]:
    """Stripe's errors as ours."""
    try:
        yield
    except stripe.CardError as error:
        raise Declined(error.code or "card_error") from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unavailable(type(error).__name__) from error
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise Missing(_kind(error.param)) from error
        if _kind(error.param) == "price" and "inactive" in (error.user_message or ""):
            raise Missing("price") from error
        raise Rejected(error.user_message or "invalid request") from error
    except stripe.APIError as error:
        raise (Busy if error.http_status == 409 else Unavailable)(f"status {error.http_status}") from error
    except stripe.StripeError as error:  # the key, its rights, or one key for two wishes
        raise Rejected(f"{type(error).__name__}: {error.user_message}") from error


def _kind(param: str | None) -> str:
    """What a parameter names: only a missing customer may be made anew, never because of a missing price."""
    named = param or ""
    return "price" if "price" in named else named or "object"


def _told(event: stripe.Event) -> Told:
    found = event.data.object
    object_id = str(found["id"]) if "id" in found else ""  # what is only announced has none
    return Told(
        event.id, event.type, object_id, event.api_version or "", event.livemode, instant(event.created)
    )


def _checkout(session: stripe.checkout.Session) -> Checkout:
    currency = (session.currency or "").upper()
    return Checkout(
        id=session.id,
        status=session.status or "",
        paid=session.payment_status in ("paid", "no_payment_required"),
        url=session.url,
        customer_id=id_of(session.customer),
        subscription_id=id_of(session.subscription),
        payment_intent=id_of(session.payment_intent),
        amount_minor=from_stripe(session.amount_total or 0, currency),
        currency=currency,
        metadata=metadata_of(session.metadata),
    )


def subscribed(found: stripe.Subscription) -> Subscribed:
    """A subscription in our shape; it has to be fetched with `WHOLE`, or have no schedule."""
    item = found["items"].data[0]
    price, currency = item.price, found.currency.upper()
    ends_at = found.cancel_at
    if ends_at is None and found.cancel_at_period_end:
        ends_at = item.current_period_end
    pause = found.pause_collection
    return Subscribed(
        id=found.id,
        customer_id=id_of(found.customer) or "",
        status=found.status,
        item_id=item.id,
        price_id=price.id,
        lookup_key=metadata_of(price.metadata).get("lookup_key", ""),
        interval=price.recurring.interval if price.recurring is not None else "",
        amount_minor=from_stripe((price.unit_amount or 0) * (item.quantity or 1), currency),
        currency=currency,
        started_at=instant(found.start_date),
        period_start=instant(item.current_period_start),
        period_end=instant(item.current_period_end),
        has_trial=found.trial_end is not None,
        ends_at=instant_or_none(ends_at),
        ended_at=instant_or_none(found.ended_at),
        collection_paused=pause is not None,
        resumes_at=instant_or_none(pause.resumes_at if pause is not None else None),
        schedule_id=id_of(found.schedule),
        planned=_planned(found.schedule, price.id, currency),
        waiting=_waiting(found.pending_update),
        metadata=metadata_of(found.metadata),
        bill=_bill(found.latest_invoice) if isinstance(found.latest_invoice, stripe.Invoice) else None,
    )


def _planned(schedule: Any, price_id: str, currency: str) -> Planned | None:
    """The first phase to come that has another price."""
    if not isinstance(schedule, stripe.SubscriptionSchedule) or schedule.current_phase is None:
        return None
    for phase in schedule.phases:
        item = phase["items"][0]
        if phase.start_date >= schedule.current_phase.end_date and item.price.id != price_id:
            amount = from_stripe((item.price.unit_amount or 0) * (item.quantity or 1), currency)
            return Planned(item.price.id, amount, instant(phase.start_date))
    return None


def _waiting(pending: Any) -> Waiting | None:
    if pending is None or not pending.subscription_items:
        return None
    return Waiting(pending.subscription_items[0].price.id, instant(pending.expires_at))


def _bill(found: stripe.Invoice) -> Bill:
    parent, currency = found.parent, found.currency.upper()
    details = parent.subscription_details if parent is not None else None
    moments = found.status_transitions
    return Bill(
        id=found.id,
        customer_id=id_of(found.customer) or "",
        subscription_id=id_of(details.subscription) if details is not None else None,
        number=found.number,
        status=found.status or "",
        reason=found.billing_reason or "",
        currency=currency,
        total_minor=from_stripe(found.total, currency),
        due_minor=from_stripe(found.amount_due, currency),
        made_at=instant(found.created),
        finalized_at=instant_or_none(moments.finalized_at),
        paid_at=instant_or_none(moments.paid_at),
        hosted_url=found.hosted_invoice_url,
    )


def id_of(found: Any) -> str | None:
    """The id of what is named or brought along."""
    return None if found is None else found if isinstance(found, str) else str(found.id)


def metadata_of(found: Any) -> Metadata:
    """What we wrote on an object, as text."""
    named: Mapping[str, Any] = {} if found is None else found.to_dict()
    return {name: str(value) for name, value in named.items()}


def instant(seconds: int) -> datetime:
    """A moment as Stripe writes it."""
    return datetime.fromtimestamp(seconds, UTC)


def instant_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else instant(seconds)
