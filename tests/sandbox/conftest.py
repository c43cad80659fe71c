"""The Stripe stand-in as these tests use it: a small shop on it, and all that it makes held to Stripe's types."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import stripe_schema
from tests.stripe_standin import StripeStandIn, stripe_standin

__all__ = ["Shop", "shop", "stripe_standin"]

MONTH = 31  # days
DAY = 86_400  # seconds


class Shop:
    """Gold and Platinum by month, Gold by year, Platinum once for life; and a customer, Anna."""

    def __init__(self, standin: StripeStandIn) -> None:
        self.standin = standin
        self.client = standin.client()
        self.v1 = self.client.v1
        self.gold = self.price("gold-month", 500, "month")
        self.anna = self.v1.customers.create(
            {"email": "anna@example.com", "metadata": {"member_id": "m1"}}
        ).id

    def price(self, key: str, amount: int, interval: str | None = None, currency: str = "gbp") -> str:
        """Make a price under a lookup key."""
        params: dict[str, Any] = {
            "currency": currency,
            "unit_amount": amount,
            "lookup_key": key,
            "product_data": {"name": key.split("-")[0].title()},
        }
        if interval:
            params["recurring"] = {"interval": interval}
        return str(self.v1.prices.create(params).id)

    def session(self, price: str = "", **params: Any) -> Any:
        """Open a Checkout session for Anna."""
        return self.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": self.anna,
                "line_items": [{"price": price or self.gold, "quantity": 1}],
                "success_url": "http://localhost/billing/return?session_id={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://localhost/plans",
                "managed_payments": {"enabled": False},
            }
            | params
        )

    def join(self, card: str = "4242", price: str = "", **params: Any) -> str:
        """Subscribe Anna through Checkout; answers the subscription's id."""
        session = self.session(price, **params)
        answer = self.standin.pay(session.id, card)
        assert answer.status == 303, answer.page.text
        return str(self.v1.checkout.sessions.retrieve(session.id).subscription)

    def subscription(self, id: str) -> Any:
        """A subscription as it is now."""
        return self.v1.subscriptions.retrieve(id)

    def period(self, subscription: str) -> tuple[int, int]:
        """Its present period."""
        item = self.subscription(subscription)["items"].data[0]
        return item.current_period_start, item.current_period_end

    def item(self, subscription: str) -> str:
        """The id of its one item."""
        return str(self.subscription(subscription)["items"].data[0].id)

    def bills(self, subscription: str) -> list[Any]:
        """Its bills, oldest first."""
        return list(reversed(self.v1.invoices.list({"subscription": subscription, "limit": 100}).data))

    def types(self) -> list[str]:
        """Types of all events, oldest first."""
        return [one["type"] for one in self.standin.outbox()]


@pytest.fixture
def shop(stripe_standin: StripeStandIn) -> Iterator[Shop]:
    """The shop. When the test ends, every object and event that came of it is held to Stripe's description."""
    yield Shop(stripe_standin)
    held_to_the_description(stripe_standin)


def held_to_the_description(standin: StripeStandIn) -> None:
    """Fail for every object and event of the stand-in that is not as Stripe describes it."""
    faults = set()
    with standin._server.stand_in.at_work() as world:
        made = [json.loads(row[0]) for row in world.store.run("SELECT body FROM objects WHERE body <> ''")]
    if not stripe_schema.FILE.exists():
        return  # test_stripe_payloads.py says so loudly
    for obj in made:
        shown = {name: value for name, value in obj.items() if not name.startswith("_")}
        faults |= set(stripe_schema.faults(shown))
        if obj["object"] == "event":
            faults |= set(stripe_schema.faults(obj["data"]["object"]))
    assert not faults, "\n".join(["not as Stripe describes it:", *sorted(faults)])
