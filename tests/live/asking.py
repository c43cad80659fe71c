"""What is asked of Stripe besides, as scripts: refunds, customers, keys, cards, settings."""

from typing import Any

import pytest
import stripe

from tests.live.side import PREFIX, Side, payment_of
from tests.stripe_standin import VERSION


def refund(side: Side) -> None:
    anna = side.customer()
    made = side.subscribe(anna, side.price(500))
    bill = side.subscription(made.id).latest_invoice
    intent = payment_of(side, bill.id)
    of = {"type": "payment_intent", "payment_intent": intent.id}
    assert [one.invoice for one in side.v1.invoice_payments.list({"payment": of}).data] == [bill.id]
    back = side.v1.refunds.create({"payment_intent": intent.id, "amount": 200})
    assert (back.status, back.amount) == ("succeeded", 200)
    side.events(anna, "charge.refunded")
    told = [one.data.object.id for one in side.v1.events.list({"types": ["refund.created"]}).data]
    assert back.id in told
    assert side.v1.charges.retrieve(intent.latest_charge).amount_refunded == 200
    with pytest.raises(stripe.InvalidRequestError):
        side.v1.refunds.create({"payment_intent": intent.id, "amount": 301})
    assert side.subscription(made.id).status == "active"


def deleted_customer(side: Side) -> None:
    anna, price = side.customer(), side.price(500)
    made = side.subscribe(anna, price)
    side.v1.customers.delete(anna)
    assert side.v1.customers.retrieve(anna).deleted
    assert side.subscription(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.session(anna, price)
    assert (refused.value.code, refused.value.param) == ("resource_missing", "customer")


def missing(side: Side) -> None:
    with pytest.raises(stripe.InvalidRequestError) as by_path:
        side.v1.subscriptions.retrieve("sub_nowhere")
    with pytest.raises(stripe.InvalidRequestError) as by_parameter:
        side.subscribe("cus_nowhere", side.price(500))
    assert (by_path.value.http_status, by_path.value.code) == (404, "resource_missing")
    assert (by_parameter.value.http_status, by_parameter.value.code) == (400, "resource_missing")


def expanding(side: Side) -> None:
    anna, price = side.customer(), side.price(500)
    made = side.subscribe(anna, price)
    side.v1.subscription_schedules.create({"from_subscription": made.id})
    whole = side.v1.subscriptions.retrieve(
        made.id, {"expand": ["latest_invoice", "schedule.phases.items.price"]}
    )
    assert whole.schedule.phases[0]["items"][0].price.unit_amount == 500
    listed = side.v1.subscriptions.list({"customer": anna, "expand": ["data.latest_invoice"]}).data
    assert [one.latest_invoice.status for one in listed] == ["paid"]


def lookup_key(side: Side) -> None:
    key = f"{PREFIX}:{side.clock}"
    first = side.price(500, lookup_key=key)
    with pytest.raises(stripe.InvalidRequestError):
        side.price(600, lookup_key=key)
    side.v1.prices.update(first, {"active": False})
    assert [one.id for one in side.v1.prices.list({"lookup_keys": [key]}).data] == [first]
    second = side.price(600, lookup_key=key, transfer_lookup_key=True)
    assert [one.id for one in side.v1.prices.list({"lookup_keys": [key]}).data] == [second]
    assert side.v1.prices.retrieve(first).lookup_key is None


def keys_once(side: Side) -> None:
    key = {"idempotency_key": f"{PREFIX}:{side.clock}"}
    asked = {"name": PREFIX, "test_clock": side.clock}
    first, again = side.v1.customers.create(asked, key), side.v1.customers.create(asked, key)
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as refused:
        side.v1.customers.create(asked | {"name": "somebody else"}, key)
    assert refused.value.http_status == 400


def one_card_one_fingerprint(side: Side) -> None:
    found = []
    for card in ("pm_card_visa", "pm_card_visa", "pm_card_mastercard"):
        made = side.subscribe(anna := side.customer(card), side.price(500))
        method = side.v1.payment_methods.list({"customer": anna}).data[0].id
        side.v1.subscriptions.update(made.id, {"default_payment_method": method})
        whole = side.v1.subscriptions.retrieve(made.id, {"expand": ["default_payment_method"]})
        found.append(whole.default_payment_method.card.fingerprint)
    assert found[0] == found[1] != found[2]


def portal_settings(side: Side) -> None:
    mark = {"site": f"{PREFIX}:{side.clock}"}
    features: Any = {"payment_method_update": {"enabled": True}, "invoice_history": {"enabled": True}}
    made = side.v1.billing_portal.configurations.create({"metadata": mark, "features": features})
    side.later(lambda: side.v1.billing_portal.configurations.update(made.id, {"active": False}))
    listed = side.v1.billing_portal.configurations.list({"active": True, "limit": 100}).data
    assert [one.id for one in listed if one.metadata.to_dict() == mark] == [made.id]
    opened = side.v1.billing_portal.sessions.create(
        {
            "customer": side.customer(),
            "configuration": made.id,
            "return_url": "https://shop.example/",
            "flow_data": {"type": "payment_method_update"},
        }
    )
    assert opened.url.startswith("http")


def webhook_secret_once(side: Side) -> None:
    made = side.v1.webhook_endpoints.create(
        {
            "url": "https://example.com/billing/events",
            "enabled_events": ["invoice.paid"],
            "api_version": VERSION,
            "metadata": {"site": PREFIX},
        }
    )
    side.later(lambda: side.v1.webhook_endpoints.delete(made.id))
    assert made.secret.startswith("whsec_")
    (found,) = [one for one in side.v1.webhook_endpoints.list({"limit": 100}).data if one.id == made.id]
    assert getattr(found, "secret", None) is None
    assert (found.api_version, found.metadata.to_dict()) == (VERSION, {"site": PREFIX})
