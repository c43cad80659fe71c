"""Checkout's hosted page: a code is typed, a card is chosen, and the session is paid or not."""

from typing import Literal

from portal.sandbox.stripe import (
    cards,
    checkout,
    collection,
    customers,
    discounts,
    invoices,
    payments,
    subscriptions,
    terms,
)
from portal.sandbox.stripe.cards import CARDS
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.world import World, snapshot

NO_EMAIL = "Your email is incomplete."
Paid = Literal["ok", "asks", "failed"]


def redeem(world: World, session: Obj, text: str) -> bool:
    """The customer types a promotion code; answers whether it counts."""
    code = None
    if session["allow_promotion_codes"]:
        code = discounts.redeemable(world, text, session["customer"], session["currency"])
    if code is not None:
        session["discounts"] = [{"coupon": code["promotion"]["coupon"], "promotion_code": code["id"]}]
        checkout.reckon(world, session)
    return code is not None


def needs_card(session: Obj) -> bool:
    """Whether the page asks for a card."""
    always = session["mode"] == "subscription" and session["payment_method_collection"] == "always"
    return bool(always or session["amount_total"] > 0)


def pay(
    world: World, session: Obj, last4: str | None, *, email: str = "", authenticated: bool = False
) -> tuple[Paid, str]:
    """The customer presses the button with this card; answers what came of it, and words where it failed."""
    customer = world.peek(session["customer"])
    if customer is None:
        address = session["customer_email"] or email
        if "@" not in address:
            return "failed", NO_EMAIL
        customer = customers.create(world, {"email": address})
        session["customer"] = customer["id"]
    if customer.get("_deleted"):
        return "failed", "This customer is gone. Go back and begin again."
    if last4 is None:
        if needs_card(session):
            return "failed", "Choose a card."
    else:
        card = CARDS[last4]
        if card.type not in session["payment_method_types"]:
            return "failed", "Choose another way to pay."
        if card.here == "declined":
            _decline(world, session, customer, last4)
            return "failed", cards.MESSAGES[card.decline_code]
        if card.here == "asks" and not authenticated:
            return "asks", ""
    method = cards.attach(world, last4, customer) if last4 else None
    if session["mode"] == "subscription":
        _subscribe(world, session, customer, method, authenticated)
    else:
        _pay_once(world, session, customer, method, authenticated)
    _complete(world, session, customer)
    return "ok", ""


def _intent(world: World, session: Obj, customer: Obj) -> Obj:
    """The session's payment intent, made when a card is first asked for."""
    intent = world.peek(session["payment_intent"])
    if intent is None:
        words = session["_data"].get("description") or "Checkout"
        metadata = session["_data"].get("metadata") or {}
        intent = payments.intend(
            world, customer, session["amount_total"], session["currency"], words, metadata
        )
        session["payment_intent"] = intent["id"]
    return intent


def _decline(world: World, session: Obj, customer: Obj, last4: str) -> None:
    """Note the declined charge. A subscription is made only when it is paid, so nothing else stays of the try."""
    if session["amount_total"] == 0:
        return
    method = cards.type_in(world, last4, customer)
    if session["mode"] == "payment":
        intent = _intent(world, session, customer)
    else:
        intent = payments.intend(
            world, customer, session["amount_total"], session["currency"], "Subscription creation", {}
        )
    payments.confirm(world, intent, method, here=True)


def _subscribe(world: World, session: Obj, customer: Obj, method: Obj | None, authenticated: bool) -> None:
    params = session["_data"] | {"automatic_tax": session["automatic_tax"]}
    if method is not None:
        params["default_payment_method"] = method["id"]
    chosen = session["discounts"]
    subscription = subscriptions.make(
        world, customer, checkout.bought(world, session), params, chosen=chosen, session=session["id"]
    )
    invoice = subscriptions.first_invoice(world, subscription)
    collection.bill(world, invoice, here=True, authenticated=authenticated)
    session |= {"subscription": subscription["id"], "invoice": invoice["id"]}


def _pay_once(world: World, session: Obj, customer: Obj, method: Obj | None, authenticated: bool) -> None:
    if not session["invoice_creation"]["enabled"]:
        if method is not None and session["amount_total"]:
            payments.confirm(
                world, _intent(world, session, customer), method, here=True, authenticated=authenticated
            )
        return
    lines = [
        terms.line(
            world,
            price=price,
            amount=price["unit_amount"] * quantity,
            quantity=quantity,
            description=terms.product_name(world, price),
            start=world.now,
            end=world.now,
        )
        for price, quantity in checkout.bought(world, session)
    ]
    for line in lines:
        line["parent"] = {
            "invoice_item_details": {
                "invoice_item": world.new_id("ii"),
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": None,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    hung = discounts.hang(world, session["discounts"], customer["id"], None, session["id"])
    metadata = session["invoice_creation"]["invoice_data"]["metadata"]
    invoice = invoices.make(world, customer, lines, "manual", hung=hung, metadata=metadata)
    invoice["_intent_metadata"] = session["_data"].get("metadata") or {}
    collection.bill(world, invoice, here=True, authenticated=authenticated, method=method)
    session["invoice"] = invoice["id"]
    if invoices.payment_of(world, invoice):
        session["payment_intent"] = invoices.intent_of(world, invoice)["id"]


def _complete(world: World, session: Obj, customer: Obj) -> None:
    before = snapshot(customer)
    session |= {
        "status": "complete",
        "payment_status": "paid" if session["amount_total"] else "no_payment_required",
        "url": None,
        "customer_details": {
            "address": dict(cards.ADDRESS) | {"country": "GB"},
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "_due": None,
    }
    if session["automatic_tax"]["enabled"] and not customer["address"]:
        customer["address"] = dict(cards.ADDRESS) | {"country": "GB"}
        world.emit("customer.updated", customer, before)
    world.emit("checkout.session.completed", session)
