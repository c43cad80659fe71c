"""One Stripe side, the stand-in or Stripe itself, as a script sees it: a test clock, customers, prices, cleaning up."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import stripe

from tests.stripe_guard import guarded
from tests.stripe_standin import VERSION

PREFIX = "portal-check"
HOUR = 3600
AHEAD_SECONDS = 60  # a clock may not be behind the time at which it is made
PATIENCE_SECONDS = 180
T = TypeVar("T")


class Side:
    """Everything of one check. `v1` is the API, held to stripe-python's types; `now` is the time of its test clock."""

    def __init__(self, key: str, address: str | None) -> None:
        client = stripe.StripeClient(
            key,
            stripe_version=VERSION,
            max_network_retries=2 if address is None else 0,
            base_addresses={"api": address} if address is not None else None,
        )
        self.v1: Any = guarded(client).v1
        self.is_stripe = address is None
        self.now = int(time.time()) + AHEAD_SECONDS
        self.clock = self.v1.test_helpers.test_clocks.create({"frozen_time": self.now, "name": PREFIX}).id
        self._prices: list[str] = []
        self._tidy: list[Callable[[], Any]] = []

    def later(self, act: Callable[[], Any]) -> None:
        """Have something put away when the check is over."""
        self._tidy.append(act)

    def tidy(self) -> None:
        """Put away what the check has made: the clock with its customers, the rest one by one."""
        acts: list[Callable[[], Any]] = [
            lambda: self.v1.test_helpers.test_clocks.delete(self.clock),
            *self._tidy,
        ]
        failed: list[str] = []
        for act in acts:
            try:
                act()
            except stripe.StripeError as error:
                failed.append(str(error))
        assert not failed, f"left over at Stripe: {failed}"

    def customer(self, card: str | None = "pm_card_visa") -> str:
        """A customer on the clock, with this test card for everything."""
        params: dict[str, Any] = {"test_clock": self.clock, "name": PREFIX, "metadata": {"site": PREFIX}}
        if card is not None:
            params |= {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        return str(self.v1.customers.create(params).id)

    def new_card(self, customer: str, card: str) -> str:
        """Another card for everything from now on; its id."""
        method = self.v1.payment_methods.attach(card, {"customer": customer}).id
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
        return str(method)

    def price(self, amount: int, interval: str | None = "month", **more: Any) -> str:
        """A price in pounds, put away at the end with what it sells."""
        params: dict[str, Any] = {"currency": "gbp", "unit_amount": amount, "product_data": {"name": PREFIX}}
        if interval is not None:
            params["recurring"] = {"interval": interval}
        made = self.v1.prices.create(params | more)
        self.later(lambda: self.v1.prices.update(made.id, {"active": False}))
        self.later(lambda: self.v1.products.update(made.product, {"active": False}))
        return str(made.id)

    def subscribe(self, customer: str, price: str, **more: Any) -> Any:
        """A subscription as Checkout makes it: flexible, paid with the customer's card."""
        mode = {"billing_mode": {"type": "flexible"}, "items": [{"price": price}]}
        return self.v1.subscriptions.create({"customer": customer, **mode, **more})

    def subscription(self, id: str) -> Any:
        """A subscription as it is now, with its latest bill."""
        return self.v1.subscriptions.retrieve(id, {"expand": ["latest_invoice"]})

    def bills(self, subscription: str) -> list[Any]:
        """Its bills, oldest first."""
        return list(reversed(self.v1.invoices.list({"subscription": subscription, "limit": 100}).data))

    def session(self, customer: str, price: str, **more: Any) -> Any:
        """An open Checkout session, as the portal asks for one."""
        params = {
            "mode": "subscription", "customer": customer, "line_items": [{"price": price, "quantity": 1}],
            "success_url": "https://shop.example/?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/", "managed_payments": {"enabled": False},
        }  # fmt: skip
        return self.v1.checkout.sessions.create(params | more)

    def advance(self, to: int) -> None:
        """Set the clock forward, and wait until everything until then has happened."""
        self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": to})

        def is_ready() -> bool:
            return bool(self.v1.test_helpers.test_clocks.retrieve(self.clock).status == "ready")

        assert self.until(is_ready), "the test clock did not arrive"
        self.now = to

    def until(self, look: Callable[[], T]) -> T:
        """What `look` answers once it answers something; its last answer when that takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()) and time.monotonic() < deadline:
            time.sleep(2)
        return found

    def events(self, customer: str, *types: str) -> list[Any]:
        """Events about a customer's things, oldest first, once there is one of each type."""

        def look() -> list[Any]:
            listed = self.v1.events.list({"types": list(types), "limit": 100}).data
            mine = [one for one in reversed(listed) if _is_about(one.data.object, customer)]
            return mine if {one.type for one in mine} == set(types) else []

        found = self.until(look) if self.is_stripe else look()
        assert found, f"not all of these were told: {', '.join(types)}"
        return found


def _is_about(thing: Any, customer: str) -> bool:
    return customer in (getattr(thing, "id", None), getattr(thing, "customer", None))


def period(subscription: Any) -> tuple[int, int]:
    """From when to when a subscription is paid for."""
    item = subscription["items"].data[0]
    return item.current_period_start, item.current_period_end


def item(subscription: Any) -> str:
    """The id of its one item."""
    return str(subscription["items"].data[0].id)


def price_of(subscription: Any) -> str:
    """The id of its price."""
    return str(subscription["items"].data[0].price.id)


def discount_of(side: Side, subscription: str) -> Any:
    """Its first discount."""
    return side.v1.subscriptions.retrieve(subscription, {"expand": ["discounts"]}).discounts[0]


def payment_of(side: Side, bill: str) -> Any:
    """The payment of a bill."""
    found = side.v1.invoices.retrieve(bill, {"expand": ["payments.data.payment.payment_intent"]})
    return found.payments.data[0].payment.payment_intent
