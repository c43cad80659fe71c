"""Customers, products and prices: what the API makes first."""

from portal.sandbox.stripe import cards, collection
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import World, merge_metadata, snapshot

CUSTOMER_FIELDS = ("description", "email", "name", "phone")


def create(world: World, params: Obj) -> Obj:
    """`POST /customers`."""
    customer = world.add(
        "customer",
        "cus",
        id=world.new_id("cus", 14),
        address=_address(params.get("address")),
        balance=params.get("balance", 0),
        currency=None,
        customer_account=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_prefix=world.new_id("p", 8)[2:].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata=params.get("metadata") or {},
        next_invoice_sequence=1,
        preferred_locales=params.get("preferred_locales", []),
        shipping=None,
        tax_exempt=params.get("tax_exempt", "none"),
        test_clock=params.get("test_clock"),
        **{name: params.get(name) or None for name in CUSTOMER_FIELDS},
    )
    if "payment_method" in params:
        _take_card(world, customer, params["payment_method"])
    _settings(world, customer, params)
    world.emit("customer.created", customer)
    return customer


def update(world: World, params: Obj, id: str) -> Obj:
    """`POST /customers/{id}`."""
    customer = world.get("customer", id, "id", 404)
    before = snapshot(customer)
    for name in CUSTOMER_FIELDS:
        if name in params:
            customer[name] = params[name] or None
    for name in ("balance", "preferred_locales", "tax_exempt"):
        customer[name] = params.get(name, customer[name])
    if "address" in params:
        customer["address"] = _address(params["address"])
    merge_metadata(customer, params.get("metadata"))
    _settings(world, customer, params)
    world.emit("customer.updated", customer, before)
    return customer


def add_to_balance(world: World, params: Obj, id: str) -> Obj:
    """`POST /customers/{id}/balance_transactions`: below zero it is money that she has with the shop."""
    customer = world.get("customer", id, "customer", 404)
    before = snapshot(customer)
    customer["balance"] += params["amount"]
    made = world.add(
        "customer_balance_transaction",
        "cbtxn",
        amount=params["amount"],
        checkout_session=None,
        credit_note=None,
        currency=params["currency"],
        customer=id,
        customer_account=None,
        description=params.get("description"),
        ending_balance=customer["balance"],
        invoice=None,
        metadata=params.get("metadata") or {},
        type="adjustment",
    )
    world.emit("customer.updated", customer, before)
    return made


def _address(given: Obj | str | None) -> Obj | None:
    return dict(cards.ADDRESS) | {k: v or None for k, v in given.items()} if isinstance(given, dict) else None


def _take_card(world: World, customer: Obj, id: str) -> Obj:
    return cards.attach_call(world, {"customer": customer["id"]}, id)


def _settings(world: World, customer: Obj, params: Obj) -> None:
    given = (params.get("invoice_settings") or {}).get("default_payment_method")
    if not given:
        return
    if given in cards.TOKENS:
        method = _take_card(world, customer, given)
    else:
        method = world.get("payment_method", given, "invoice_settings[default_payment_method]")
    if method["customer"] != customer["id"]:
        raise Complaint(
            f"The customer does not have a payment method with the ID {given}. The payment method must be attached "
            "to the customer.",
            code="resource_missing",
            param="invoice_settings[default_payment_method]",
        )
    customer["invoice_settings"]["default_payment_method"] = method["id"]


def delete(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /customers/{id}`: her subscriptions are over at once, and her id is of no use any more."""
    customer = world.get("customer", id, "id", 404)
    for subscription in world.all("subscription", customer=id):
        if subscription["status"] not in ("canceled", "incomplete_expired"):
            collection.end(world, subscription)
    customer["_deleted"] = True
    world.emit("customer.deleted", customer)
    return customer


def retrieve(world: World, params: Obj, id: str) -> Obj:
    """`GET /customers/{id}`: one that was deleted is told as such."""
    customer = world.peek(id)
    if customer is not None and customer["object"] == "customer":
        return customer
    return world.get("customer", id, "id", 404)


def create_product(world: World, params: Obj) -> Obj:
    """`POST /products`."""
    if "id" in params and world.peek(params["id"]):
        raise Complaint("Product already exists.", code="resource_already_exists", param="id")
    product = world.add(
        "product",
        "prod",
        id=params.get("id") or world.new_id("prod", 14),
        active=params.get("active", True),
        default_price=None,
        description=params.get("description") or None,
        images=params.get("images") or [],
        marketing_features=[],
        metadata=params.get("metadata") or {},
        name=params["name"],
        package_dimensions=None,
        shippable=None,
        statement_descriptor=params.get("statement_descriptor"),
        tax_code=params.get("tax_code") or None,
        unit_label=params.get("unit_label") or None,
        updated=world.now,
        url=params.get("url") or None,
    )
    world.emit("product.created", product)
    return product


def update_product(world: World, params: Obj, id: str) -> Obj:
    """`POST /products/{id}`."""
    product = world.get("product", id, "id", 404)
    before = snapshot(product)
    for name in (
        "active",
        "description",
        "name",
        "tax_code",
        "statement_descriptor",
        "unit_label",
        "url",
        "images",
    ):
        if name in params:
            product[name] = params[name] if params[name] != "" else None
    if "default_price" in params:
        product["default_price"] = world.get("price", params["default_price"], "default_price")["id"]
    merge_metadata(product, params.get("metadata"))
    product["updated"] = world.now
    world.emit("product.updated", product, before)
    return product


def delete_product(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /products/{id}`: only of one that never had a price."""
    product = world.get("product", id, "product", 404)
    if world.all("price", product=id):
        raise Complaint("This product cannot be deleted because it has one or more user-created prices.")
    product["_deleted"] = True
    world.emit("product.deleted", product)
    return product


def create_price(world: World, params: Obj) -> Obj:
    """`POST /prices`, per unit: recurring by interval, or for once."""
    if "unit_amount" not in params or params["unit_amount"] < 0:
        raise Complaint(
            "The stand-in takes only prices with a `unit_amount` of 0 or more.", param="unit_amount"
        )
    if ("product" in params) == ("product_data" in params):
        raise Complaint("You must pass exactly one of product and product_data.", param="product")
    if "product" in params:
        product = world.get("product", params["product"], "product")
    else:
        product = create_product(world, params["product_data"])
    recurring = None
    if "recurring" in params:
        recurring = {"interval_count": 1, "meter": None, "usage_type": "licensed"} | params["recurring"]
    price = world.add(
        "price",
        "price",
        active=params.get("active", True),
        billing_scheme="per_unit",
        currency=params["currency"].lower(),
        custom_unit_amount=None,
        lookup_key=None,
        metadata=params.get("metadata") or {},
        nickname=params.get("nickname"),
        product=product["id"],
        recurring=recurring,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=params["unit_amount"],
        unit_amount_decimal=str(params["unit_amount"]),
    )
    _look_up(world, price, params)
    world.emit("price.created", price)
    return price


def update_price(world: World, params: Obj, id: str) -> Obj:
    """`POST /prices/{id}`: an amount never changes; it is archived and another one takes its lookup key."""
    price = world.get("price", id, "price", 404)
    before = snapshot(price)
    price["active"] = params.get("active", price["active"])
    if "nickname" in params:
        price["nickname"] = params["nickname"] or None
    if "tax_behavior" in params:
        price["tax_behavior"] = params["tax_behavior"]
    merge_metadata(price, params.get("metadata"))
    _look_up(world, price, params)
    world.emit("price.updated", price, before)
    return price


def _look_up(world: World, price: Obj, params: Obj) -> None:
    """A lookup key belongs to one active price; `transfer_lookup_key` takes it from the other."""
    key = params.get("lookup_key")
    if key is None:
        return
    for other in world.all("price", lookup_key=key) if key else []:
        if other is price:
            continue
        if not params.get("transfer_lookup_key"):
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise Complaint(message, code="resource_already_exists", param="lookup_key")
        other["lookup_key"] = None
    price["lookup_key"] = key or None
