"""Checkout sessions as the API has them: made, reckoned, listed, and over without payment."""

from urllib.parse import urlsplit

from portal.sandbox.stripe import customers, discounts, terms
from portal.sandbox.stripe.cards import CARDS
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible
from portal.sandbox.stripe.world import HOUR, World, merge_metadata, nothing

SHORTEST, LONGEST = HOUR // 2, 24 * HOUR
WAYS = sorted({card.type for card in CARDS.values()})


def create(world: World, params: Obj) -> Obj:
    """`POST /checkout/sessions` in the modes `subscription` and `payment`."""
    mode = params["mode"]
    _sensible(world, params, mode)
    items = _items(world, params.get("line_items") or [], mode)
    expires_at = params.get("expires_at", world.real_now + LONGEST)
    if not SHORTEST <= expires_at - world.real_now <= LONGEST:
        raise Complaint(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    customer = world.get("customer", params["customer"], "customer") if "customer" in params else None
    chosen = discounts.given(world, params.get("discounts") or [])
    id = world.new_id("cs_test", 56)
    tax = (params.get("automatic_tax") or {}).get("enabled", False)
    empty = nothing(
        "after_expiration billing_address_collection client_secret collected_information consent "
        "consent_collection currency_conversion customer_account customer_details invoice locale "
        "origin_context payment_intent payment_link payment_method_configuration_details permissions "
        "recovered_from saved_payment_method_options setup_intent shipping_address_collection "
        "shipping_cost submit_type subscription wallet_options"
    )
    session = world.add(
        "checkout.session",
        "cs_test",
        id=id,
        **empty,
        adaptive_pricing={"enabled": False},
        allow_promotion_codes=params.get("allow_promotion_codes"),
        automatic_tax={
            "enabled": tax,
            "liability": {"type": "self"} if tax else None,
            "provider": "stripe" if tax else None,
            "status": "complete" if tax else None,
        },
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=items[0][0]["currency"],
        custom_fields=[],
        custom_text=dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        customer=customer and customer["id"],
        customer_creation=None
        if customer or mode == "subscription"
        else params.get("customer_creation", "if_required"),
        customer_email=params.get("customer_email"),
        discounts=chosen,
        expires_at=expires_at,
        invoice_creation=_invoice_creation(params) if mode == "payment" else None,
        managed_payments={"enabled": False},
        metadata=params.get("metadata") or {},
        mode=mode,
        payment_method_collection=params.get(
            "payment_method_collection", "always" if mode == "subscription" else "if_required"
        ),
        payment_method_options={},
        payment_method_types=params.get("allowed_payment_method_types") or WAYS,
        payment_status="unpaid",
        phone_number_collection={"enabled": False},
        shipping_options=[],
        status="open",
        success_url=params["success_url"],
        ui_mode="hosted_page",
        url=f"{world.base_url}/pay/{id}",
        _items=[{"price": price["id"], "quantity": quantity} for price, quantity in items],
        _data=params.get(f"{'subscription' if mode == 'subscription' else 'payment_intent'}_data") or {},
        _due=expires_at + world.now - world.real_now,
    )
    reckon(world, session)
    return session


def _sensible(world: World, params: Obj, mode: str) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params and urlsplit(params[name]).scheme not in ("http", "https"):
            raise Complaint("Not a valid URL", code="url_invalid", param=name)
    if params.get("allow_promotion_codes") and "discounts" in params:
        raise Complaint("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if "customer" in params and "customer_email" in params:
        raise Complaint("You may only specify one of these parameters: customer, customer_email.")
    for name, wanted in (
        ("subscription_data", "subscription"),
        ("invoice_creation", "payment"),
        ("payment_intent_data", "payment"),
    ):
        if name in params and mode != wanted:
            raise Complaint(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    saves_address = (params.get("customer_update") or {}).get("address") == "auto"
    if (params.get("automatic_tax") or {}).get("enabled") and "customer" in params and not saves_address:
        customer = world.get("customer", params["customer"], "customer")
        if not (customer["address"] or {}).get("country"):
            raise Complaint(
                "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address "
                "to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` "
                "to 'auto'.",
                code="customer_tax_location_invalid",
            )
    if (params.get("managed_payments") or {}).get("enabled"):
        raise Complaint("The stand-in has no Managed Payments.", param="managed_payments[enabled]")


def _items(world: World, given: list[Obj], mode: str) -> list[tuple[Obj, int]]:
    if not given:
        raise Complaint("Missing required param: line_items.", code="parameter_missing", param="line_items")
    items = []
    for place, item in enumerate(given):
        at = f"line_items[{place}][price]"
        if ("price" in item) == ("price_data" in item):
            raise Complaint(f"Missing required param: {at}.", code="parameter_missing", param=at)
        # A price that is named here alone is made with the session, and put away: nobody else can use it.
        data = item.get("price_data", {}) | {"active": False}
        price = (
            world.get("price", item["price"], at) if "price" in item else customers.create_price(world, data)
        )
        if "price" in item and not price["active"]:
            raise Complaint(
                "The price specified is inactive. This field only accepts active prices.", param=at
            )
        if mode == "payment" and price["recurring"]:
            raise Complaint(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or "
                "use only one-time prices.",
                param="mode",
            )
        items.append((price, item.get("quantity", 1)))
    if mode == "subscription" and any(price["recurring"] is None for price, _ in items):
        raise Complaint(
            "The stand-in takes only recurring prices in `subscription` mode.", param="line_items"
        )
    if len({price["currency"] for price, _ in items}) > 1:
        raise Complaint("All prices must have the same currency.", param="line_items")
    return items


def _invoice_creation(params: Obj) -> Obj:
    given = params.get("invoice_creation") or {"enabled": False}
    data = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    )
    data |= {"metadata": {}} | (given.get("invoice_data") or {})
    return {"enabled": given["enabled"], "invoice_data": data}


def bought(world: World, session: Obj) -> list[tuple[Obj, int]]:
    """The prices and quantities of the session."""
    return [(world.get("price", item["price"], "price"), item["quantity"]) for item in session["_items"]]


def has_trial(session: Obj) -> bool:
    """Whether nothing is due today because a trial comes first."""
    return "trial_period_days" in session["_data"] or bool(session["_data"].get("trial_end"))


def reckon(world: World, session: Obj) -> None:
    """Work out what is due today."""
    today = [
        0 if has_trial(session) else price["unit_amount"] * quantity
        for price, quantity in bought(world, session)
    ]
    off = 0
    for choice in session["discounts"]:
        coupon = world.get("coupon", choice["coupon"], "coupon")
        off += sum(discounts.off(coupon, amount, sum(today)) for amount in today)
    session["_off"] = off
    session |= {"amount_subtotal": sum(today), "amount_total": sum(today) - off}
    session["total_details"] = {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}


def line_items(world: World, session: Obj) -> Obj:
    """`line_items` of a session, which is told only when it is asked for."""
    data = []
    for place, (price, quantity) in enumerate(bought(world, session)):
        amount = 0 if has_trial(session) else price["unit_amount"] * quantity
        off = session["_off"] if place == 0 else 0
        data.append(
            {
                "id": f"li_{session['id'][-20:]}{place}",
                "object": "item",
                "amount_discount": off,
                "amount_subtotal": amount,
                "amount_tax": 0,
                "amount_total": amount - off,
                "currency": price["currency"],
                "description": terms.product_name(world, price),
                "metadata": {},
                "price": visible(price),
                "quantity": quantity,
            }
        )
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": data, "has_more": False, "url": url}


def update(world: World, params: Obj, id: str) -> Obj:
    """`POST /checkout/sessions/{id}`: its metadata."""
    session = world.get("checkout.session", id, "session", 404)
    merge_metadata(session, params.get("metadata"))
    return session


def expire(world: World, params: Obj, id: str) -> Obj:
    """`POST /checkout/sessions/{id}/expire`: nobody can pay it any more."""
    session = world.get("checkout.session", id, "session", 404)
    if session["status"] != "open":
        raise Complaint(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    turn(world, session)
    return session


def turn(world: World, session: Obj) -> None:
    """The session is over without payment (`checkout.session.expired`)."""
    session |= {"status": "expired", "url": None, "_due": None}
    world.emit("checkout.session.expired", session)
