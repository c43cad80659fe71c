"""Money that moves: payment intents and their charges, refunds, disputes."""

from portal.sandbox.stripe import cards
from portal.sandbox.stripe.cards import MESSAGES, Outcome, card_of
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible
from portal.sandbox.stripe.world import DAY, World, merge_metadata, snapshot


def intend(world: World, customer: Obj, amount: int, currency: str, description: str, metadata: Obj) -> Obj:
    """A payment intent over `amount` minor units, which no card has been asked for yet."""
    intent = world.add(
        "payment_intent",
        "pi",
        amount=amount,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        application=None,
        application_fee_amount=None,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        confirmation_method="automatic",
        currency=currency,
        customer=customer["id"],
        customer_account=None,
        description=description,
        last_payment_error=None,
        latest_charge=None,
        metadata=dict(metadata),
        next_action=None,
        on_behalf_of=None,
        payment_method=None,
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
        processing=None,
        receipt_email=None,
        review=None,
        setup_future_usage=None,
        shipping=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="requires_payment_method",
        transfer_data=None,
        transfer_group=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{world.new_id('s', 16)[2:]}"
    world.emit("payment_intent.created", intent)
    return intent


def confirm(world: World, intent: Obj, method: Obj, *, here: bool, authenticated: bool = False) -> Outcome:
    """Ask the card. `here`: the customer is at the page; `authenticated`: she has just passed 3-D Secure."""
    card = card_of(method)
    outcome = card.here if here else card.later
    if outcome == "asks" and authenticated:
        outcome = "ok"
    intent["payment_method"] = method["id"]
    if outcome == "asks":
        _ask(world, intent)
    elif outcome == "declined":
        _decline(world, intent, method, card.decline_code)
    else:
        _succeed(world, intent, method)
    return outcome


def _ask(world: World, intent: Obj) -> None:
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": None, "url": f"{world.base_url}/three-d-secure/{intent['id']}"},
    }
    world.emit("payment_intent.requires_action", intent)


def decline_unauthenticated(world: World, intent: Obj) -> None:
    """She failed 3-D Secure, or left it: the intent waits for another card."""
    intent["status"], intent["next_action"] = "requires_payment_method", None
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "message": cards.NOT_AUTHENTICATED,
        "type": "invalid_request_error",
    }
    intent["payment_method"] = None
    world.emit("payment_intent.payment_failed", intent)


def _decline(world: World, intent: Obj, method: Obj, decline_code: str) -> None:
    charge = _charge(world, intent, method, decline_code)
    error = cards.declined(decline_code, charge=charge["id"], payment_method=visible(method)).body["error"]
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "latest_charge": charge["id"],
        "last_payment_error": error,
    }
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def _succeed(world: World, intent: Obj, method: Obj) -> None:
    charge = _charge(world, intent, method, None)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)


def _charge(world: World, intent: Obj, method: Obj, decline_code: str | None) -> Obj:
    paid = decline_code is None
    outcome = {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None if paid else "05",
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": decline_code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete." if paid else "The bank did not return any further details.",
        "type": "authorized" if paid else "issuer_declined",
    }
    return world.add(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=method["billing_details"],
        calculated_statement_descriptor=None,
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=None if paid else "card_declined",
        failure_message=None if decline_code is None else MESSAGES[decline_code],
        fraud_details={},
        metadata=dict(intent["metadata"]),
        on_behalf_of=None,
        outcome=outcome,
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=None,
        receipt_email=None,
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        review=None,
        shipping=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="succeeded" if paid else "failed",
        transfer_data=None,
        transfer_group=None,
    )


def refund(world: World, params: Obj) -> Obj:
    """`POST /refunds` of a payment intent or a charge, wholly or in part. At most what is left of it."""
    charge = _charge_of(world, params)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["refunded"]:
        raise Complaint(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if any(one["status"] != "won" for one in world.all("dispute", charge=charge["id"])):
        raise Complaint(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Complaint(message if amount > 0 else "Invalid positive integer", param="amount")
    before = snapshot(charge)
    made = world.add(
        "refund",
        "re",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={
            "type": "card",
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
        },
        metadata=params.get("metadata") or {},
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        receipt_number=None,
        source_transfer_reversal=None,
        status="succeeded",
        transfer_reversal=None,
    )
    del made["livemode"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit("refund.created", made)
    world.emit("charge.refunded", charge, before)
    world.emit("refund.updated", made)
    return made


def update_refund(world: World, params: Obj, id: str) -> Obj:
    """`POST /refunds/{id}`: its metadata."""
    made = world.get("refund", id, "refund", 404)
    merge_metadata(made, params.get("metadata"))
    world.emit("refund.updated", made)
    return made


def _charge_of(world: World, params: Obj) -> Obj:
    if "charge" in params:
        charge = world.get("charge", params["charge"], "charge")
    elif "payment_intent" in params:
        intent = world.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise Complaint(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        charge = world.get("charge", intent["latest_charge"], "payment_intent")
    else:
        raise Complaint(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    return charge


def open_dispute(world: World, params: Obj) -> Obj:
    """The cardholder's bank takes the money back; the shop may answer."""
    charge = _charge_of(world, params)
    if charge["disputed"]:
        raise Complaint(f"Charge {charge['id']} is disputed already.")
    before = snapshot(charge)
    charge["disputed"] = True
    dispute = world.add(
        "dispute",
        "du",
        amount=params.get("amount", charge["amount"]),
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details={
            "due_by": world.now + 7 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=params.get("reason", "fraudulent"),
        status="needs_response",
    )
    world.emit("charge.dispute.created", dispute)
    world.emit("charge.dispute.funds_withdrawn", dispute)
    world.emit("charge.updated", charge, before)
    return dispute


def close_dispute(world: World, params: Obj, id: str) -> Obj:
    """The bank decides: `won` gives the money back to the shop, `lost` does not."""
    dispute = world.get("dispute", id, "dispute", 404)
    if dispute["status"] in ("won", "lost"):
        raise Complaint(f"This dispute is closed: {dispute['status']}.")
    before = snapshot(dispute)
    dispute["status"] = params["outcome"]
    if params["outcome"] == "won":
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute, before)
    return dispute
