"""How a subscription is paid, and what a bill of it pays for, as Stripe's own objects say it; a subscription fetched
with its customer (`gateway.WHOLE`).

What a payment method or a deleted customer does not have is not there at all, so each part is asked for.
"""

from typing import Any

from portal.billing.shapes import balance_of


def charged(found: Any) -> Any:
    """The payment method that is charged: its own, or the id of what its customer has; None without one, and once it
    is over. A source of the old kind would be charged before what is the customer's."""
    if (
        found.default_payment_method
        or found.default_source
        or found.status in ("canceled", "incomplete_expired")
    ):
        return found.default_payment_method
    return _of_customer(found)


def paid_with(method: Any) -> tuple[str | None, str | None]:
    """Stripe's fingerprint of what is charged, and its make (of what is no card, the way it is paid) and last digits.

    A payment method has the part of its own type alone: one of Link's has no card, and neither digits nor fingerprint.
    """
    way = getattr(method, "type", None)
    if way is None:
        return None, None
    details = getattr(method, way, None)
    make, digits = getattr(details, "brand", None) or way, getattr(details, "last4", None)
    return getattr(details, "fingerprint", None), f"{make} {digits}" if digits else make


def needs_card(found: Any) -> bool:
    """Whether it is a trial that Stripe ends by itself for want of a card, its own or its customer's, or is paused and
    has none to go on with."""
    own = found.default_payment_method or found.default_source
    any_card = own or _of_customer(found) or getattr(found.customer, "default_source", None)
    if found.status == "paused":
        return not any_card
    settings = found.trial_settings
    if found.status != "trialing" or settings is None:
        return False
    return settings.end_behavior.missing_payment_method == "cancel" and not any_card


def is_undecided(found: Any) -> bool:
    """Whether it is called active, and its first bill is still to be paid by what is charged by itself: a bank that
    decides on a debit for days. Nothing is hers until it has come (decision 0016)."""
    bill, charged_by_itself = found.latest_invoice, found.collection_method == "charge_automatically"
    first = getattr(bill, "billing_reason", None) == "subscription_create" and bill.status == "open"
    return found.status in ("active", "past_due") and charged_by_itself and first


def is_discounted(found: Any) -> bool:
    """Whether a discount runs, of its own or of its customer."""
    return bool(found.discounts or getattr(found.customer, "discount", None))


def differs(found: Any) -> bool:
    """Whether the next bill may come to something else than the price: by a discount, or by what stands on the
    customer's balance, in her favour or against it."""
    return is_discounted(found) or balance_of(found.customer) != 0


def begins_period(lines: list[Any]) -> bool:
    """Whether a bill has a line for a whole period of a plan, or asks for what is left of one and credits nothing. A
    change within a period credits the time that it charges for: all its lines are prorations."""
    rest = bool(lines)
    for line in lines:
        item = getattr(line.parent, "subscription_item_details", None)
        added = getattr(line.parent, "invoice_item_details", None)
        if item is not None and not item.proration:
            return True
        rest = rest and getattr(item or added, "proration", False) and line.amount > 0
    return rest


def credit_of(invoice: Any) -> int:
    """What a bill took of what its customer had with the shop, as Stripe counts it: nothing before it is finalized.
    What a customer owes, and what is too little for a card, is no part of that."""
    before, after = int(invoice.starting_balance), invoice.ending_balance
    return 0 if after is None else max(0, min(0, int(after)) - min(0, before))


def _of_customer(found: Any) -> Any:
    """What is charged where a subscription has nothing of its own."""
    settings = getattr(found.customer, "invoice_settings", None)
    return getattr(settings, "default_payment_method", None)
