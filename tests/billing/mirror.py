"""What the portal has written down of paid plans against the stand-in's own objects, field by field.

Written from Stripe's fields alone, and with nothing of the portal's own reading of them.
"""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.stripe_standin import StripeStandIn

Row = dict[str, Any]
At = dict[str, dict[str, Row]]
KINDS = (
    "subscription",
    "invoice",
    "invoice_payment",
    "checkout.session",
    "refund",
    "dispute",
    "price",
    "customer",
)
ZONE = ZoneInfo("Europe/London")


def objects(stripe: StripeStandIn, kind: str) -> dict[str, Row]:
    """The stand-in's objects of a kind by id, oldest first, deleted ones too."""
    store = stripe.stand_in.store
    rows = store.run("SELECT body FROM objects WHERE kind = ? ORDER BY seq", kind)
    return {one["id"]: one for one in (json.loads(body) for (body,) in rows)}


def differences(stripe: StripeStandIn) -> list[str]:
    """Each field that is not as it is at Stripe, in words; empty when all is."""
    at = _all(stripe)
    # Also those that a newer one has taken the place of: each is marked with whose it is.
    customers = {
        one["id"]: one["metadata"]["member_id"]
        for one in objects(stripe, "customer").values()
        if "member_id" in one["metadata"]
    }
    plans = {row["price_id"]: row["plan"] for row in _table("stripe_price")}

    def ours(kind: str) -> list[Row]:
        return [one for one in at[kind].values() if one["customer"] in customers]

    bought = [
        one
        for one in ours("checkout.session")
        if one["mode"] == "payment" and one["status"] == "complete" and one["metadata"].get("kind") != "gift"
    ]
    expected = {
        "subscription": {one["id"]: (one, _subscription(one, at, plans)) for one in ours("subscription")},
        "invoice": {one["id"]: (one, _invoice(one, at)) for one in ours("invoice")},
        "purchase": {one["id"]: (one, _purchase(one, at)) for one in bought},
    }
    found = []
    for table, wanted in expected.items():
        stored = {row["id"]: row for row in _table(table)}
        found += [f"{table} {id}: not written down" for id in wanted.keys() - stored.keys()]
        found += [f"{table} {id}: not at Stripe" for id in stored.keys() - wanted.keys()]
        for id in wanted.keys() & stored.keys():
            one, fields = wanted[id]
            found += [
                f"{table} {id}: {name} is {stored[id][name]!r}, at Stripe {value!r}"
                for name, value in (fields | {"member_id": customers[one["customer"]]}).items()
                if stored[id][name] != value
            ]
    return sorted(found)


def _all(stripe: StripeStandIn) -> At:
    return {kind: objects(stripe, kind) for kind in KINDS}


def _table(name: str) -> list[Row]:
    from portal.db import db, read

    return [dict(row._mapping) for row in read(db.metadata.tables[name].select())]


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, ZONE).date()


def _subscription(one: Row, at: At, plans: dict[str, str]) -> Row:
    item = one["items"]["data"][0]
    bill = at["invoice"][one["latest_invoice"]]
    runs = one["status"] in ("active", "trialing") and one["pause_collection"] is None
    unpaid = bill["status"] != "paid" and bill["billing_reason"] != "subscription_update"
    last = item["current_period_start"] if unpaid and not runs else item["current_period_end"]
    ended_on = None
    if one["status"] == "canceled":
        whole = one["ended_at"] >= item["current_period_end"]
        ended_on = _day(last) + timedelta(days=1) if whole else _day(one["ended_at"])
    failed = one["status"] in ("past_due", "unpaid")
    price = _price(item, at)
    return {
        "plan": plans[price["id"]],
        "amount_minor": price["unit_amount"] * item["quantity"],
        "currency": one["currency"].upper(),
        "status": one["status"],
        "since": _day(one["start_date"]),
        "paid_until": _day(last),
        "trial": one["trial_end"] is not None,
        "needs_card": _needs_card(one, at),
        "failed_on": _day(bill["status_transitions"]["finalized_at"]) if failed else None,
        "ends_on": None if one["cancel_at"] is None else _day(one["cancel_at"]),
        "ended_on": ended_on,
        "collection_paused": one["pause_collection"] is not None,
        "pay_minor": bill["amount_due"] if bill["status"] == "open" else None,
    }


def _needs_card(one: Row, at: At) -> bool:
    if one["status"] != "trialing" or one["default_payment_method"]:
        return False
    customer_has_one = (
        at["customer"][one["customer"]]["invoice_settings"]["default_payment_method"] is not None
    )
    return (
        one["trial_settings"]["end_behavior"]["missing_payment_method"] == "cancel" and not customer_has_one
    )


def _price(item: Row, at: At) -> Row:
    named = item["price"]
    return at["price"][named if isinstance(named, str) else named["id"]]


def _invoice(one: Row, at: At) -> Row:
    paid = one["status"] == "paid"
    refunded, dispute = _back(at, _payments(one, at))
    when = one["status_transitions"]["paid_at"]
    return {
        "subscription_id": _subscription_of(one),
        "number": one["number"],
        "status": "kept" if one["status"] == "draft" and not one["auto_advance"] else one["status"],
        "currency": one["currency"].upper(),
        "total_minor": one["total"],
        "made_at": datetime.fromtimestamp(one["created"], ZONE),
        "paid_at": None if when is None else datetime.fromtimestamp(when, ZONE),
        "paid_minor": one["amount_due"] if paid else 0,
        "refunded_minor": min(refunded, one["amount_due"]) if paid else 0,
        "dispute": dispute,
    }


def _subscription_of(invoice: Row) -> str | None:
    parent = invoice["parent"]
    return parent and parent["subscription_details"] and parent["subscription_details"]["subscription"]


def _payments(invoice: Row, at: At) -> list[str]:
    return [
        one["payment"]["payment_intent"]
        for one in at["invoice_payment"].values()
        if one["invoice"] == invoice["id"] and one["status"] == "paid"
    ]


def _back(at: At, payments: list[str]) -> tuple[int, str | None]:
    """What went back of payments, and the gravest word of a bank."""
    refunds = [
        one["amount"]
        for one in at["refund"].values()
        if one["payment_intent"] in payments and one["status"] in ("succeeded", "pending")
    ]
    states = Counter[str]()
    for one in at["dispute"].values():
        if one["payment_intent"] in payments:
            states[one["status"]] += one["amount"]
    minor = sum(refunds) + states["lost"]
    if states["lost"]:
        return minor, "lost"
    if states["needs_response"] + states["under_review"]:
        return minor, "open"
    return minor, "won" if states["won"] else None


def _purchase(one: Row, at: At) -> Row:
    refunded, dispute = _back(at, [one["payment_intent"]])
    state = "part_refunded" if refunded else "paid"
    if dispute == "open":
        state = "disputed"
    if refunded >= one["amount_total"]:
        state = "refunded"
    if dispute == "lost":
        state = "lost"
    return {
        "payment_intent": one["payment_intent"],
        "plan": one["metadata"]["plan"],
        "amount_minor": one["amount_total"],
        "currency": one["currency"].upper(),
        "state": state,
        "refunded_minor": min(refunded, one["amount_total"]),
    }


def without_cause(
    stripe: StripeStandIn, given: int, plans_that_give: tuple[str, ...], joined_with: int
) -> list[str]:
    """Receipts and points that are too many or too few for what was paid at Stripe, by member, in words.

    `given` points come with each payment of `plans_that_give` that nobody took back, beside the `joined_with` that each
    member has had before.
    """
    at = _all(stripe)
    members = {row["customer_id"]: row["member_id"] for row in _table("stripe_customer")}
    plans = {row["price_id"]: row["plan"] for row in _table("stripe_price")}
    receipts, points = Counter[str](), Counter[str]()
    for one in at["invoice"].values():
        if one["status"] == "paid" and one["total"] > 0 and one["customer"] in members:
            member = members[one["customer"]]
            receipts[member] += 1
            price = one["lines"]["data"][0]["pricing"]["price_details"]["price"]
            stands = _back(at, _payments(one, at))[0] < one["amount_due"]
            points[member] += given * (stands and plans[price] in plans_that_give)
    mailed = Counter(row["member_id"] for row in _table("notice") if row["kind"] == "plan_receipt")
    wallets = {row["member_id"]: row for row in _table("wallet")}
    found = [
        f"member {member}: {mailed[member]} receipts for {receipts[member]} payments"
        for member in wallets
        if mailed[member] != receipts[member]
    ]
    for member, wallet in wallets.items():
        has = wallet["available"] + wallet["pending"] + wallet["held"] - wallet["owed"] - joined_with
        if has != points[member]:
            found.append(f"member {member}: {has} points for payments that give {points[member]}")
    for row in _table("held_plan"):
        for one in at["subscription"].values():
            if members.get(one["customer"]) == row["member_id"] and one["status"] == "active":
                in_a_row = _months_in_a_row(one, at)
                if row["months"] != in_a_row:
                    found.append(f"member {row['member_id']}: {row['months']} months in a row of {in_a_row}")
    return sorted(found)


def _months_in_a_row(subscription: Row, at: At) -> int:
    """The months of the payments that stand, back from the newest to where nothing was paid for eight days."""
    price = _price(subscription["items"]["data"][0], at)
    each = 12 if price["recurring"]["interval"] == "year" else 1
    months, begins = 0, None
    bills = [one for one in at["invoice"].values() if _subscription_of(one) == subscription["id"]]
    for one in sorted(bills, key=lambda one: -one["created"]):
        if one["status"] != "paid" or not one["total"]:
            continue
        if begins is not None and begins > _day(one["lines"]["data"][0]["period"]["end"]) + timedelta(days=8):
            break
        months += each * (_back(at, _payments(one, at))[0] < one["amount_due"])
        begins = _day(one["status_transitions"]["paid_at"])
    return months
