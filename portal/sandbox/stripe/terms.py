"""What a subscription says: its items, the lines of a bill for a period, and what a change in between costs."""

from portal.sandbox.stripe.periods import end_after, money, on, share
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible
from portal.sandbox.stripe.world import World, snapshot


def price_for(world: World, id: object, at: str, currency: str | None = None) -> Obj:
    """An active recurring price, in the subscription's currency when there is one."""
    price = world.get("price", id, at)
    if not price["active"]:
        raise Complaint("The price specified is inactive. This field only accepts active prices.", param=at)
    if price["recurring"] is None:
        raise Complaint(
            f"The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: "
            f"{price['id']}",
            param=at,
        )
    if currency and price["currency"] != currency:
        raise Complaint(
            f"The price specified only supports `{price['currency']}`, this expects `{currency}`.", param=at
        )
    return price


def new_item(world: World, subscription_id: str, price: Obj, quantity: int, start: int, end: int) -> Obj:
    """One item of a subscription with its own period."""
    return {
        "id": world.new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "price": visible(price),
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def period(subscription: Obj) -> tuple[int, int]:
    """Start and end of the present period."""
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def set_period(subscription: Obj, start: int, end: int) -> None:
    """Every item of a subscription here has the same period."""
    for item in subscription["items"]["data"]:
        item["current_period_start"], item["current_period_end"] = start, end


def recurring(subscription: Obj) -> Obj:
    """The interval of the subscription."""
    interval: Obj = subscription["items"]["data"][0]["price"]["recurring"]
    return interval


def changed_items(world: World, subscription: Obj, changes: list[Obj]) -> list[Obj]:
    """The items as they will be: known by id, else added; `deleted` takes one away."""
    items = {item["id"]: snapshot(item) for item in subscription["items"]["data"]}
    for place, change in enumerate(changes):
        at = f"items[{place}]"
        if change.get("deleted"):
            items.pop(change.get("id", ""), None)
            continue
        known = items.get(change.get("id", ""))
        if "id" in change and known is None:
            raise Complaint(
                f"No such subscription item: '{change['id']}'", code="resource_missing", param=f"{at}[id]"
            )
        if "price" in change:
            price = price_for(world, change["price"], f"{at}[price]", subscription["currency"])
            if known is None:
                start, end = period(subscription)
                item = new_item(world, subscription["id"], price, change.get("quantity", 1), start, end)
                items[item["id"]] = item
                continue
            known["price"] = visible(price)
        assert known is not None
        known["quantity"] = change.get("quantity", known["quantity"])
    if not items:
        raise Complaint("A subscription must have at least one active plan.", param="items")
    if (
        len(
            {
                (i["price"]["recurring"]["interval"], i["price"]["recurring"]["interval_count"])
                for i in items.values()
            }
        )
        > 1
    ):
        raise Complaint("The stand-in knows no subscription with two intervals.", param="items")
    return list(items.values())


def line(
    world: World,
    *,
    price: Obj,
    amount: int,
    quantity: int,
    description: str,
    start: int,
    end: int,
    item: Obj | None = None,
    proration: bool = False,
) -> Obj:
    """One line of a bill over `amount` minor units; `item` is the subscription item that it is for."""
    parent = None
    if item is not None:
        parent = {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": proration,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        }
    return {
        "id": world.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not proration,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": {"start": start, "end": end},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
        "subtotal": amount,
        "taxes": [],
    }


def product_name(world: World, price: Obj) -> str:
    """What people call what is sold."""
    product = world.peek(price["product"])
    return str(product["name"]) if product else str(price["product"])


def lines_for(world: World, items: list[Obj], start: int, end: int, *, trial: bool = False) -> list[Obj]:
    """The bill of one period: the whole price of each item, or nothing while it is a trial."""
    lines = []
    for item in items:
        price = item["price"]
        name, each = product_name(world, price), price["recurring"]
        rate = money(price["unit_amount"], price["currency"])
        words = f"{item['quantity']} × {name} (at {rate} / {each['interval']})"
        amount = 0 if trial else price["unit_amount"] * item["quantity"]
        lines.append(
            line(
                world,
                price=price,
                amount=amount,
                quantity=item["quantity"],
                description=f"Trial period for {name}" if trial else words,
                start=start,
                end=end,
                item=item,
            )
        )
    return lines


def proration_lines(world: World, subscription: Obj, items: list[Obj], at: int) -> list[Obj]:
    """What a change at `at` costs: the rest of the period back at the old price, and charged at the new one.

    Counted by seconds. A new interval begins a whole period of its own.
    """
    start, end = period(subscription)
    if subscription["status"] == "trialing" or not start <= at < end:
        return []
    old = {item["id"]: item for item in subscription["items"]["data"]}
    new = {item["id"]: item for item in items}
    restart = changes_interval(subscription, items)
    lines = []
    for id, item in old.items():
        if restart or _worth(new.get(id)) != _worth(item):
            amount = -share(_worth(item)[1], end - at, end - start)
            words = f"Unused time on {product_name(world, item['price'])} after {on(at)}"
            lines.append(_prorated(world, item, amount, words, at, end))
    if restart:
        until = end_after(at, at, items[0]["price"]["recurring"])
        return lines + lines_for(world, items, at, until)
    for id, item in new.items():
        if _worth(old.get(id)) != _worth(item):
            amount = share(_worth(item)[1], end - at, end - start)
            words = f"Remaining time on {product_name(world, item['price'])} after {on(at)}"
            lines.append(_prorated(world, item, amount, words, at, end))
    return lines


def changes_interval(subscription: Obj, items: list[Obj]) -> bool:
    """Whether the change is between month and year, which begins a period at once."""
    new, old = items[0]["price"]["recurring"], recurring(subscription)
    return (new["interval"], new["interval_count"]) != (old["interval"], old["interval_count"])


def unused_lines(world: World, subscription: Obj, at: int) -> list[Obj]:
    """The rest of the period back, for what is paused or ended at `at`."""
    start, end = period(subscription)
    return [
        _prorated(
            world,
            item,
            -share(_worth(item)[1], end - at, end - start),
            f"Unused time on {product_name(world, item['price'])} after {on(at)}",
            at,
            end,
        )
        for item in subscription["items"]["data"]
        if start <= at < end
    ]


def _worth(item: Obj | None) -> tuple[str, int]:
    return (item["price"]["id"], item["price"]["unit_amount"] * item["quantity"]) if item else ("", 0)


def _prorated(world: World, item: Obj, amount: int, words: str, start: int, end: int) -> Obj:
    return line(
        world,
        price=item["price"],
        amount=amount,
        quantity=item["quantity"],
        description=words,
        start=start,
        end=end,
        item=item,
        proration=True,
    )
