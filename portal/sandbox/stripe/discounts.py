"""Coupons, promotion codes, and discounts as they hang on a subscription or a bill."""

from portal.sandbox.stripe.periods import add, share
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint
from portal.sandbox.stripe.world import World, merge_metadata, snapshot


def create_coupon(world: World, params: Obj) -> Obj:
    """`POST /coupons`: a percentage or an amount off, once, for some months, or for ever."""
    if ("percent_off" in params) == ("amount_off" in params):
        raise Complaint("You must pass exactly one of percent_off and amount_off.", param="percent_off")
    if "amount_off" in params and "currency" not in params:
        raise Complaint("You must pass currency when passing amount_off.", param="currency")
    duration = params.get("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in params):
        raise Complaint("duration_in_months goes with duration=repeating.", param="duration_in_months")
    if "id" in params and world.peek(params["id"]):
        raise Complaint("Coupon already exists.", code="resource_already_exists", param="id")
    coupon = world.add(
        "coupon",
        "co",
        id=params.get("id"),
        amount_off=params.get("amount_off"),
        currency=params.get("currency"),
        duration=duration,
        duration_in_months=params.get("duration_in_months"),
        max_redemptions=params.get("max_redemptions"),
        metadata=params.get("metadata") or {},
        name=params.get("name"),
        percent_off=params.get("percent_off"),
        redeem_by=params.get("redeem_by"),
        times_redeemed=0,
        valid=True,
    )
    world.emit("coupon.created", coupon)
    return coupon


def update_coupon(world: World, params: Obj, id: str) -> Obj:
    """`POST /coupons/{id}`: its name and metadata; what it takes off never changes."""
    coupon = world.get("coupon", id, "coupon", 404)
    before = snapshot(coupon)
    coupon["name"] = params.get("name", coupon["name"]) or None
    merge_metadata(coupon, params.get("metadata"))
    world.emit("coupon.updated", coupon, before)
    return coupon


def delete_coupon(world: World, params: Obj, id: str) -> Obj:
    """`DELETE /coupons/{id}`: nobody new gets it; discounts in force stay."""
    coupon = world.get("coupon", id, "coupon", 404)
    coupon["_deleted"] = True
    world.emit("coupon.deleted", coupon)
    return coupon


def create_code(world: World, params: Obj) -> Obj:
    """`POST /promotion_codes`: words that a customer types for a coupon."""
    coupon = world.get("coupon", params["promotion"].get("coupon"), "promotion[coupon]")
    text = params.get("code") or world.new_id("code", 8)[5:].upper()
    if any(code["code"].lower() == text.lower() for code in world.all("promotion_code", active=True)):
        raise Complaint("An active promotion code with this code already exists.", param="code")
    code = world.add(
        "promotion_code",
        "promo",
        active=params.get("active", True),
        code=text,
        customer=params.get("customer"),
        customer_account=None,
        expires_at=params.get("expires_at"),
        max_redemptions=params.get("max_redemptions"),
        metadata=params.get("metadata") or {},
        promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions={
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
        },
        times_redeemed=0,
    )
    world.emit("promotion_code.created", code)
    return code


def update_code(world: World, params: Obj, id: str) -> Obj:
    """`POST /promotion_codes/{id}`: switch it on or off, metadata."""
    code = world.get("promotion_code", id, "promotion_code", 404)
    before = snapshot(code)
    code["active"] = params.get("active", code["active"])
    merge_metadata(code, params.get("metadata"))
    world.emit("promotion_code.updated", code, before)
    return code


def redeemable(world: World, text: str, customer: str | None, currency: str) -> Obj | None:
    """The promotion code that the customer typed, while it may be used on something in this currency."""
    for code in world.all("promotion_code", active=True):
        spent = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
        late = code["expires_at"] is not None and code["expires_at"] <= world.now
        coupon = world.get("coupon", code["promotion"]["coupon"], "coupon")
        foreign = code["customer"] not in (None, customer) or coupon["currency"] not in (None, currency)
        if code["code"].lower() == text.strip().lower() and not (spent or late or foreign):
            return code
    return None


def given(world: World, params: list[Obj] | str, at: str = "discounts") -> list[Obj]:
    """What `discounts` names, each as `{"coupon": id, "promotion_code": id | None}`."""
    found = []
    for place, one in enumerate(params or []):
        assert isinstance(one, dict)
        if "promotion_code" in one:
            code = world.get("promotion_code", one["promotion_code"], f"{at}[{place}][promotion_code]")
            found.append({"coupon": code["promotion"]["coupon"], "promotion_code": code["id"]})
        elif "discount" in one:
            kept = world.get("discount", one["discount"], f"{at}[{place}][discount]")
            found.append({"coupon": kept["source"]["coupon"], "promotion_code": kept["promotion_code"]})
        else:
            coupon = world.get("coupon", one.get("coupon"), f"{at}[{place}][coupon]")
            found.append({"coupon": coupon["id"], "promotion_code": None})
    return found


def hang(
    world: World, chosen: list[Obj], customer: str, subscription: str | None, session: str | None
) -> list[str]:
    """Discounts for these choices, counted as redeemed; answers their ids."""
    made = []
    for choice in chosen:
        coupon = world.peek(choice["coupon"])
        assert coupon is not None
        end = None
        if coupon["duration"] == "repeating":
            end = add(world.now, "month", coupon["duration_in_months"])
        discount = world.add(
            "discount",
            "di",
            checkout_session=session,
            customer=customer,
            customer_account=None,
            end=end,
            invoice=None,
            invoice_item=None,
            promotion_code=choice["promotion_code"],
            source={"type": "coupon", "coupon": coupon["id"]},
            start=world.now,
            subscription=subscription,
            subscription_item=None,
        )
        del discount["livemode"], discount["created"]
        coupon["times_redeemed"] += 1
        if code := world.peek(choice["promotion_code"]):
            code["times_redeemed"] += 1
        made.append(discount["id"])
    return made


def off(coupon: Obj, amount: int, whole: int) -> int:
    """What the coupon takes from one line of `amount`, where all lines come to `whole`, in minor units."""
    if coupon["percent_off"] is not None:
        return share(amount, round(coupon["percent_off"] * 100), 10_000)
    return share(min(coupon["amount_off"], whole), amount, whole) if amount > 0 and whole > 0 else 0


def live(world: World, ids: list[str], at: int | None = None) -> list[Obj]:
    """Those of the discounts that still count, now or at an instant to come; one that counts once is gone after its
    first bill."""
    found, at = [world.peek(id) for id in ids], world.now if at is None else at
    return [one for one in found if one and not one.get("_used") and (one["end"] is None or one["end"] > at)]


def use(world: World, ids: list[str]) -> None:
    """A bill was made: discounts that count once have counted."""
    for discount in live(world, ids):
        coupon = world.peek(discount["source"]["coupon"])
        if coupon and coupon["duration"] == "once":
            discount["_used"] = True
