"""Bills: made, finalized, paid or given up. What that does to a subscription is told by `collection`."""

from portal.sandbox.stripe import discounts, payments
from portal.sandbox.stripe.cards import Outcome
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import visible
from portal.sandbox.stripe.world import HOUR, World, nothing, snapshot

# The smallest amounts that a card can be charged.
LEAST = {"gbp": 30, "usd": 50, "eur": 50, "cad": 50, "aud": 50, "chf": 50, "jpy": 50, "sek": 300, "dkk": 250}
DRAFT_SECONDS = HOUR  # a renewal can be corrected for an hour before it is finalized


def make(
    world: World,
    customer: Obj,
    lines: list[Obj],
    reason: str,
    *,
    subscription: Obj | None = None,
    hung: list[str] | None = None,
    preview: bool = False,
    metadata: Obj | None = None,
) -> Obj:
    """A draft over these lines. `hung` are the discounts that count; `preview` makes one that is not kept."""
    currency = lines[0]["currency"]
    fields = _fields(world, customer, lines, reason, subscription, currency) | {"metadata": metadata or {}}
    if preview:
        invoice: Obj = {
            "id": world.new_id("upcoming_in"),
            "object": "invoice",
            "created": world.now,
            "livemode": False,
        } | fields
    else:
        invoice = world.add("invoice", "in", **fields)
    for line in lines:
        line["invoice"] = invoice["id"]
    _discount(world, invoice, hung or [])
    _balance(invoice, customer["balance"])
    if not preview:
        discounts.use(world, hung or [])
        if subscription is not None:
            subscription["latest_invoice"] = invoice["id"]
        world.emit("invoice.created", invoice)
    return invoice


def _fields(
    world: World, customer: Obj, lines: list[Obj], reason: str, subscription: Obj | None, currency: str
) -> Obj:
    parent = None
    if subscription is not None:
        parent = {
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        }
    subtotal = sum(line["amount"] for line in lines)
    empty = nothing(
        "account_tax_ids application automatically_finalizes_at custom_fields customer_account "
        "customer_address customer_phone customer_shipping default_payment_method default_source "
        "description due_date effective_at ending_balance footer from_invoice hosted_invoice_url "
        "invoice_pdf last_finalization_error latest_revision next_payment_attempt number on_behalf_of "
        "receipt_number rendering shipping_cost shipping_details statement_descriptor test_clock "
        "webhooks_delivered_at"
    )
    return empty | {
        "account_country": "GB",
        "account_name": "Stand-in",
        "amount_due": subtotal,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": subtotal,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": {"object": "list", "data": lines, "has_more": False, "url": "/v1/invoices/lines"},
        "parent": parent,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": max(line["period"]["end"] for line in lines) if subscription is None else world.now,
        "period_start": world.now if subscription is None else _begun(subscription, world.now),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "total": subtotal,
        "total_discount_amounts": [],
        "total_excluding_tax": subtotal,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def _begun(subscription: Obj, now: int) -> int:
    items = subscription["items"]["data"]
    return min(int(items[0]["current_period_start"]), now)


def _discount(world: World, invoice: Obj, hung: list[str]) -> None:
    invoice["discounts"] = [discount["id"] for discount in discounts.live(world, hung)]
    for discount in discounts.live(world, hung):
        coupon = world.peek(discount["source"]["coupon"])
        assert coupon is not None
        whole = sum(line["amount"] for line in invoice["lines"]["data"] if line["amount"] > 0)
        for line in invoice["lines"]["data"]:
            amount = discounts.off(coupon, line["amount"], whole)
            line["discounts"].append(discount["id"])
            line["discount_amounts"].append({"amount": amount, "discount": discount["id"]})
        total = sum(line["discount_amounts"][-1]["amount"] for line in invoice["lines"]["data"])
        invoice["total_discount_amounts"].append({"amount": total, "discount": discount["id"]})
        invoice["total"] -= total
    invoice["total_excluding_tax"] = invoice["total"]


def _balance(invoice: Obj, balance: int) -> None:
    """What the customer's balance does to the bill: below zero it is money that she has with the shop."""
    total = invoice["total"]
    due = max(total + balance, 0)
    if due < LEAST.get(invoice["currency"], 0):
        due = 0  # it stays in the balance, and the next bill takes it
    invoice |= {
        "starting_balance": balance,
        "ending_balance": total + balance - due,
        "amount_due": due,
        "amount_remaining": due,
    }


def finalize(world: World, invoice: Obj) -> None:
    """From draft to open, with a number, a page and, where money is due, a payment intent; nothing due is paid."""
    customer = world.peek(invoice["customer"])
    assert customer is not None
    _balance(invoice, customer["balance"])
    customer["balance"] = invoice["ending_balance"]
    number = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = number + 1
    invoice |= {
        "status": "open",
        "number": f"{customer['invoice_prefix']}-{number:04d}",
        "effective_at": world.now,
        "hosted_invoice_url": f"{world.base_url}/invoice/{invoice['id']}",
        "invoice_pdf": f"{world.base_url}/invoice/{invoice['id']}/pdf",
        "automatically_finalizes_at": None,
        "_due": None,
    }
    invoice["status_transitions"]["finalized_at"] = world.now
    world.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        mark_paid(world, invoice)
        return
    subscription = subscription_id(invoice)
    words = (
        "Subscription creation"
        if invoice["billing_reason"] == "subscription_create"
        else "Subscription update"
    )
    intent = payments.intend(
        world,
        customer,
        invoice["amount_due"],
        invoice["currency"],
        words if subscription else f"Payment for invoice {invoice['number']}",
        invoice.get("_intent_metadata") or {},
    )
    world.add(
        "invoice_payment",
        "inpay",
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def ask_card(world: World, invoice: Obj, method: Obj, *, here: bool, authenticated: bool) -> Outcome:
    """Try to take an open bill from a card, and note the attempt on the bill."""
    intent = intent_of(world, invoice)
    outcome = payments.confirm(world, intent, method, here=here, authenticated=authenticated)
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    if outcome == "ok":
        mark_paid(world, invoice)
    elif outcome == "asks":
        world.emit("invoice.payment_action_required", invoice)
    if outcome == "declined" or (outcome == "asks" and not here):
        world.emit("invoice.payment_failed", invoice)
    return outcome


def mark_paid(world: World, invoice: Obj, off_stripe: bool = False) -> None:
    """The bill is paid (`invoice.paid`, and `invoice.payment_succeeded` for the same fact)."""
    before = snapshot(invoice)
    payment = payment_of(world, invoice)
    invoice |= {
        "status": "paid",
        "attempted": True,
        "amount_paid": 0 if off_stripe else invoice["amount_due"],
        "amount_paid_off_stripe": invoice["amount_due"] if off_stripe else 0,
        "amount_remaining": 0,
        "auto_advance": False,
        "next_payment_attempt": None,
        "_due": None,
    }
    invoice["status_transitions"]["paid_at"] = world.now
    if payment is not None and not off_stripe:
        payment |= {"status": "paid", "amount_paid": invoice["amount_paid"]}
        payment["status_transitions"]["paid_at"] = world.now
        world.emit("invoice_payment.paid", payment)
    world.emit("invoice.updated", invoice, before)
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def give_up(world: World, invoice: Obj, status: str) -> None:
    """`void` or `uncollectible`: nobody is charged for it any more."""
    before = snapshot(invoice)
    invoice |= {"status": status, "auto_advance": False, "next_payment_attempt": None, "_due": None}
    name = {"void": "voided", "uncollectible": "marked_uncollectible"}[status]
    invoice["status_transitions"][f"{name}_at"] = world.now
    payment = payment_of(world, invoice)
    if payment is not None and status == "void":
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = world.now
        intent = intent_of(world, invoice)
        intent |= {"status": "canceled", "canceled_at": world.now, "cancellation_reason": "void_invoice"}
        world.emit("payment_intent.canceled", intent)
    world.emit(f"invoice.{name}", invoice)
    world.emit("invoice.updated", invoice, before)


def subscription_id(invoice: Obj) -> str | None:
    """The subscription that the bill is for."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None


def payment_of(world: World, invoice: Obj) -> Obj | None:
    """The bill's own payment, which its payment intent belongs to."""
    return next(iter(world.all("invoice_payment", invoice=invoice["id"])), None)


def intent_of(world: World, invoice: Obj) -> Obj:
    """The payment intent of a finalized bill with something due."""
    payment = payment_of(world, invoice)
    assert payment is not None, invoice["id"]
    return world.get("payment_intent", payment["payment"]["payment_intent"], "payment_intent")


def payments_list(world: World, invoice: Obj) -> Obj:
    """`invoice.payments`, which is told only when it is asked for by `expand`."""
    found = [visible(payment) for payment in world.all("invoice_payment", invoice=invoice["id"])]
    url = "/v1/invoice_payments"
    return {"object": "list", "data": found, "has_more": False, "url": url}
