"""The test cards, two ways to pay without one, and what is known of what a customer has given."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import MAP, Complaint
from portal.sandbox.stripe.world import World, merge_metadata, snapshot

Outcome = Literal["ok", "declined", "asks"]


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: what happens while the customer is there, and later when she is not.

    Where `type` is not `card`, it is another way to pay, whose payment method has no card. What Stripe itself looks at,
    a debit in euros alone and decided days later, is left out.
    """

    number: str
    brand: str
    words: str
    here: Outcome
    later: Outcome
    decline_code: str = "generic_decline"
    type: str = "card"

    @property
    def last4(self) -> str:
        """The digits by which people and this stand-in name the card."""
        return self.number[-4:]

    @property
    def shown(self) -> str:
        """How its pages name it."""
        if self.type == "link":
            return self.brand
        return f"{self.brand.capitalize() if self.type == 'card' else self.brand} …{self.last4}"


CARDS = {
    card.last4: card
    for card in (
        Card("4242424242424242", "visa", "works", "ok", "ok"),
        Card("5555555555554444", "mastercard", "works", "ok", "ok"),
        Card("4000000000000002", "visa", "is declined", "declined", "declined"),
        Card("4000000000009995", "visa", "has no money", "declined", "declined", "insufficient_funds"),
        Card("4000002500003155", "visa", "asks for 3-D Secure once", "asks", "ok"),
        Card("4000002760003184", "visa", "asks for 3-D Secure every time", "asks", "asks"),
        Card("4000000000000341", "visa", "works now and fails at the next renewal", "ok", "declined"),
        Card("link", "Link", "pays without telling the shop any card", "ok", "ok", type="link"),
        Card("AT611904300234573201", "SEPA", "is taken from a bank account", "ok", "ok", type="sepa_debit"),
    )
}
TOKENS = {
    "pm_card_visa": "4242",
    "pm_card_mastercard": "4444",
    "pm_card_chargeDeclined": "0002",
    "pm_card_chargeDeclinedInsufficientFunds": "9995",
    "pm_card_authenticationRequiredOnSetup": "3155",
    "pm_card_authenticationRequired": "3184",
    "pm_card_chargeCustomerFail": "0341",
}
# A card's own token, which becomes a payment method before anybody has it.
CARD_TOKENS = {name.replace("pm_card_", "tok_"): last4 for name, last4 in TOKENS.items()}
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def card_of(method: Obj) -> Card:
    """The test card behind a payment method."""
    return CARDS[method["_card"]]


def attach(world: World, last4: str, customer: Obj) -> Obj:
    """A payment method of this test card, saved with the customer (`payment_method.attached`)."""
    method = type_in(world, last4, customer)
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def type_in(world: World, last4: str, customer: Obj) -> Obj:
    """A payment method of this test card, which nobody has saved."""
    card = CARDS[last4]
    return world.add(
        "payment_method",
        "pm",
        allow_redisplay="limited",
        billing_details={
            "address": dict(ADDRESS),
            "email": customer["email"],
            "name": customer["name"],
            "phone": None,
            "tax_id": None,
        },
        customer=None,
        customer_account=None,
        metadata={},
        type=card.type,
        _card=last4,
        **{card.type: _details(card, customer)},
    )


def _details(card: Card, customer: Obj) -> Obj:
    """What a payment method says of itself, under the name of its type."""
    fingerprint = hashlib.sha256(card.number.encode()).hexdigest()[:16]
    if card.type == "link":
        return {"email": customer["email"]}
    if card.type == "sepa_debit":
        return {
            "bank_code": "19043",
            "branch_code": "",
            "country": "AT",
            "fingerprint": fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": card.last4,
        }
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def make_default(world: World, customer: Obj, method: Obj) -> None:
    """The card for everything of this customer from now on: as Stripe's portal does it."""
    before = snapshot(customer)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    world.emit("customer.updated", customer, before)
    for subscription in world.all("subscription", customer=customer["id"]):
        if subscription["status"] not in ("canceled", "incomplete_expired"):
            was = snapshot(subscription)
            subscription["default_payment_method"] = method["id"]
            world.emit("customer.subscription.updated", subscription, was)


def card_to_charge(world: World, customer: Obj, subscription: Obj | None = None) -> Obj | None:
    """The payment method that a bill is taken from: the subscription's, else the customer's; None without any."""
    own = subscription["default_payment_method"] if subscription else None
    return world.peek(own or customer["invoice_settings"]["default_payment_method"])


def create_call(world: World, params: Obj) -> Obj:
    """`POST /payment_methods`: of a test card's token, which nobody has yet."""
    token = params["card"]["token"]
    if token not in CARD_TOKENS:
        raise Complaint(f"No such token: '{token}'", code="resource_missing", param="card[token]")
    return type_in(world, CARD_TOKENS[token], {"email": None, "name": None})


def attach_call(world: World, params: Obj, id: str) -> Obj:
    """`POST /payment_methods/{id}/attach`, for the test tokens and for what was detached."""
    customer = world.get("customer", params["customer"], "customer")
    if id in TOKENS:
        card = CARDS[TOKENS[id]]
        if card.here == "declined":
            raise declined(card.decline_code)
        return attach(world, card.last4, customer)
    method = world.get("payment_method", id, "payment_method", 404)
    method["customer"] = customer["id"]
    world.emit("payment_method.attached", method)
    return method


def detach_call(world: World, params: Obj, id: str) -> Obj:
    """`POST /payment_methods/{id}/detach`: nobody can be charged with it any more."""
    method = world.get("payment_method", id, "payment_method", 404)
    before = snapshot(method)
    customer = world.peek(method["customer"])
    if customer and customer["invoice_settings"]["default_payment_method"] == id:
        customer["invoice_settings"]["default_payment_method"] = None
    for subscription in world.all("subscription", default_payment_method=id):
        subscription["default_payment_method"] = None
    method["customer"] = None
    world.emit("payment_method.detached", method, before)
    return method


def update_call(world: World, params: Obj, id: str) -> Obj:
    """`POST /payment_methods/{id}`: its metadata."""
    method = world.get("payment_method", id, "payment_method", 404)
    merge_metadata(method, params.get("metadata"))
    return method


def declined(decline_code: str, **facts: Any) -> Complaint:
    """The error of a card that was not charged, as `CardError`: 402."""
    code = "authentication_required" if decline_code == "authentication_required" else "card_declined"
    return Complaint(
        MESSAGES[decline_code],
        status=402,
        type="card_error",
        code=code,
        keep=True,
        decline_code=decline_code,
        **facts,
    )


CREATE: dict[str, object] = {"type!": ("card",), "card!": {"token!": str}, "metadata": MAP}
ATTACH: dict[str, object] = {"customer!": str}
UPDATE: dict[str, object] = {"metadata": MAP}
