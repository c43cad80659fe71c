"""What stands at Stripe so that plans can be bought: prices, the settings of its portal, and where its messages go.

A part of `gateway`, whose failures every call raises. It is made when it is first needed, or by `setting_up` before.
Stripe repeats a failure under its key for a day, and whatever is made here is looked for first: so each attempt to make
it has a key of its own (`attempt`, a new one without it).
Amounts are minor units of our table. Whatever is made carries the site whose it is; what another site made stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.billing.gateway import VERSION, failures, gateway, metadata_of
from portal.billing.shapes import Metadata, from_stripe, to_stripe
from portal.db import new_id
from portal.money import to_major

# What the inbox looks into (stripe.md 4.3), each by its name: a wildcard would bring what nobody reads.
EVENTS: tuple[Any, ...] = (
    *(f"checkout.session.{what}" for what in ("completed", "expired")),
    *(f"checkout.session.async_payment_{what}" for what in ("succeeded", "failed")),
    *(f"customer.subscription.{what}" for what in ("created", "updated", "deleted", "paused", "resumed")),
    *(f"customer.subscription.pending_update_{what}" for what in ("applied", "expired")),
    *("customer.subscription.trial_will_end", "customer.updated", "customer.deleted"),
    *(f"payment_method.{what}" for what in ("automatically_updated", "detached")),
    *(f"invoice.{what}" for what in ("paid", "payment_failed", "payment_action_required")),
    *(f"invoice.{what}" for what in ("voided", "marked_uncollectible")),
    *("charge.refunded", "refund.updated", "refund.failed"),
    *(f"charge.dispute.{what}" for what in ("created", "closed")),
)
ALL = "*"  # how Stripe writes that an endpoint tells whatever there is
FEATURES: Any = {
    "payment_method_update": {"enabled": True},
    "invoice_history": {"enabled": True},
    "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
    "subscription_cancel": {"enabled": False},
    "subscription_update": {"enabled": False},
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as Stripe is to sell it; `interval` is month, year or life. `earlier_key` is the one that prices were made
    under before the rhythm was part of it."""

    lookup_key: str
    earlier_key: str
    site: str
    label: str
    amount_minor: int
    currency: str
    interval: str


@dataclass(frozen=True, slots=True)
class Priced:
    """The price that stands under a lookup key: what it sells, whose it is, and what is not as offered, in words."""

    id: str
    product_id: str
    name: str
    site: str
    differs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings of Stripe's portal for this site, and which of them are not as they should be."""

    id: str
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place to which Stripe sends messages. `version` None is whatever the Stripe side has as its default."""

    id: str
    url: str
    site: str
    version: str | None
    events: frozenset[str]
    enabled: bool


def find_price(offer: Offer) -> Priced | None:
    """What stands under the offer's lookup key; or under its earlier one, where that is just as offered."""
    keys = [offer.lookup_key, offer.earlier_key]
    asked: Any = {"lookup_keys": keys, "limit": 2, "expand": ["data.product"]}
    with failures():
        known = {one.lookup_key: one for one in gateway().client.v1.prices.list(asked).data}
    found = known.get(offer.lookup_key) or known.get(offer.earlier_key)
    if found is None:
        return None
    product = found.product
    assert not isinstance(product, str), "it was asked for whole"
    differs = dict(_differences(found, product, offer))
    if differs and offer.lookup_key not in known:
        return None
    return Priced(
        id=found.id,
        product_id=product.id,
        name=product.name,
        site=metadata_of(found.metadata).get("site", ""),
        differs=differs,
    )


def _differences(found: Any, product: Any, offer: Offer) -> Iterator[tuple[str, str]]:
    currency, every = found.currency.upper(), found.recurring
    interval = "life" if every is None else every.interval
    if not product.active:
        yield "product", "what it sells was put away"
    if not found.active:
        yield "active", "it was put away"
    if currency != offer.currency:
        yield "currency", f"it is in {currency}"
    elif found.unit_amount != to_stripe(offer.amount_minor, currency):
        yield (
            "amount",
            f"it is {to_major(from_stripe(found.unit_amount or 0, currency), currency)} {currency}",
        )
    if interval != offer.interval or (every is not None and every.interval_count != 1):
        yield "interval", f"it is paid by {interval}"
    if found.tax_behavior == "exclusive":
        yield "tax", "its tax comes on top"
    elif found.tax_behavior != "inclusive":
        yield "tax", "it does not say that its tax is in it"


def make_price(offer: Offer, found: Priced | None, attempt: str | None = None) -> str:
    """The id of a new price; the lookup key goes over to it from the one that was found, and the product stays."""
    v1, once = gateway().client.v1, attempt or new_id()
    marks: Metadata = {"lookup_key": offer.lookup_key, "site": offer.site}
    with failures():
        if found is None or "product" in found.differs:
            replaces = f":{found.id}" if found is not None else ""
            key = f"product:{offer.lookup_key}{replaces}:{once}"
            product_id = (
                _find_product(marks)
                or v1.products.create({"name": offer.label, "metadata": marks}, {"idempotency_key": key}).id
            )
        else:
            product_id = found.product_id
        params: Any = {
            "product": product_id,
            "currency": offer.currency.lower(),
            "unit_amount": to_stripe(offer.amount_minor, offer.currency),
            "tax_behavior": "inclusive",
            "lookup_key": offer.lookup_key,
            "transfer_lookup_key": True,
            "metadata": marks,  # which stay with it when another takes the key
        }
        if offer.interval != "life":
            params["recurring"] = {"interval": offer.interval}
        replaced = [found.id] if found is not None else []  # one that was put away stays so
        key = ":".join(["price", product_id, *replaced, once])
        return v1.prices.create(params, {"idempotency_key": key}).id


def _find_product(marks: Metadata) -> str | None:
    """A product that was made for this lookup key, where the answer was lost before it had a price."""
    newest = gateway().client.v1.products.list({"active": True, "limit": 100}).data
    return next((one.id for one in newest if marks.items() <= metadata_of(one.metadata).items()), None)


def price(offer: Offer, attempt: str | None = None) -> str:
    """The id of the price under the offer's key; it is made, with its product, where there is none in force."""
    found = find_price(offer)
    return found.id if found is not None and not found.differs else make_price(offer, found, attempt)


def rename_product(product_id: str, label: str) -> None:
    """What is sold gets the name that the plan has now; Stripe shows it at the till and on bills."""
    with failures():
        gateway().client.v1.products.update(product_id, {"name": label})


def portal_configuration(site: str) -> str:
    """The id of the site's settings of Stripe's portal; they are made where there are none."""
    found = find_configuration(site)
    return found.id if found is not None else make_configuration(site)


def find_configuration(site: str) -> Configured | None:
    """The settings of Stripe's portal that carry the site's mark."""
    with failures():
        known = gateway().client.v1.billing_portal.configurations.list({"active": True, "limit": 100})
        for one in known.auto_paging_iter():
            if metadata_of(one.metadata).get("site") == site:
                features = one.features.to_dict()
                wrong = [name for name, wanted in FEATURES.items() if not _fits(features[name], wanted)]
                return Configured(one.id, tuple(wrong))
    return None


def _fits(feature: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a feature is set as wanted, whatever else it says; the order of a list is Stripe's own."""
    return all(
        sorted(feature[word] or ()) == value if isinstance(value, list) else feature[word] == value
        for word, value in wanted.items()
    )


def make_configuration(site: str) -> str:
    """Cards, invoices and the address are Stripe's; ending and changing a plan are ours."""
    with failures():
        return (
            gateway()
            .client.v1.billing_portal.configurations.create(
                {"metadata": {"site": site}, "features": FEATURES},
                {"idempotency_key": f"portal:{site}:{new_id()}"},
            )
            .id
        )


def mend_configuration(configuration_id: str) -> None:
    """Set what a page of Stripe's portal lets a member do back to what it should be."""
    with failures():
        gateway().client.v1.billing_portal.configurations.update(configuration_id, {"features": FEATURES})


def endpoints() -> list[Endpoint]:
    """Every place to which this Stripe side sends messages, other sites' too."""
    with failures():
        listed = gateway().client.v1.webhook_endpoints.list({"limit": 100})
        return [
            Endpoint(
                one.id,
                one.url,
                metadata_of(one.metadata).get("site", ""),
                one.api_version,
                frozenset(one.enabled_events),
                one.status == "enabled",
            )
            for one in listed.auto_paging_iter()
        ]


def make_endpoint(url: str, site: str) -> str:
    """A new place for messages, in the version that we read; its signing secret, which Stripe tells only now."""
    with failures():
        made = gateway().client.v1.webhook_endpoints.create(
            {
                "url": url,
                "api_version": VERSION,
                "enabled_events": list(EVENTS),
                "description": "Plans of the member portal",
                "metadata": {"site": site},
            }
        )
    return str(made.secret)


def mend_endpoint(endpoint_id: str, url: str, site: str) -> None:
    """An endpoint with this address, our mark and exactly our events, switched on. Its version cannot be changed."""
    with failures():
        gateway().client.v1.webhook_endpoints.update(
            endpoint_id,
            {"url": url, "enabled_events": list(EVENTS), "disabled": False, "metadata": {"site": site}},
        )
