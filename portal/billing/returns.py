"""What Stripe is asked about money that came, and that goes back: payments, refunds, disputes.

A part of `gateway`, whose failures every call raises. Amounts are minor units of our table.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from portal.billing.gateway import failures, gateway, id_of, metadata_of
from portal.billing.shapes import Back, Dispute, Paid, Rejected, from_stripe, to_stripe

About = Literal["charge", "refund", "dispute"]
Why = Literal["duplicate", "requested_by_customer"]
GONE = ("succeeded", "pending")  # what a bank did not take comes back to us, and has not gone
OPEN = ("needs_response", "under_review")  # a mere question of the bank's (`warning_...`) moves no money


def payment_of(about: About, object_id: str) -> str | None:
    """The payment that a charge, a refund or a dispute is about; None for one that has none."""
    v1 = gateway().client.v1
    with failures():
        if about == "charge":
            return id_of(v1.charges.retrieve(object_id).payment_intent)
        if about == "refund":
            return id_of(v1.refunds.retrieve(object_id).payment_intent)
        return id_of(v1.disputes.retrieve(object_id).payment_intent)


def payment(payment_id: str) -> Paid:
    """A payment, with the bill that it paid."""
    v1 = gateway().client.v1
    with failures():
        found = v1.payment_intents.retrieve(payment_id)
        of = v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": payment_id}, "limit": 1}
        ).data
    invoice_id = id_of(of[0].invoice) if of else None
    return Paid(found.id, id_of(found.customer), invoice_id, metadata_of(found.metadata))


def payments_of(invoice_id: str) -> list[str]:
    """The payments of a bill that succeeded."""
    with failures():
        paid = gateway().client.v1.invoice_payments.list(
            {"invoice": invoice_id, "status": "paid", "limit": 100}
        )
        found = [id_of(one.payment.payment_intent) for one in paid.auto_paging_iter()]
    return [one for one in found if one is not None]


def back(payment_ids: Iterable[str]) -> Back:
    """What went back of payments, and what the bank says of them: a loss before what is open, that before a win."""
    minor, words = 0, set[Dispute]()
    v1 = gateway().client.v1
    with failures():
        for payment_id in payment_ids:
            refunds = v1.refunds.list({"payment_intent": payment_id, "limit": 100})
            for refund in refunds.auto_paging_iter():
                if refund.status in GONE:
                    minor += from_stripe(refund.amount, refund.currency.upper())
            disputes = v1.disputes.list({"payment_intent": payment_id, "limit": 100})
            for dispute in disputes.auto_paging_iter():
                if dispute.status == "lost":
                    minor += from_stripe(dispute.amount, dispute.currency.upper())
                    words.add("lost")
                elif dispute.status in OPEN:
                    words.add("open")
                elif dispute.status == "won":
                    words.add("won")
    order: tuple[Dispute, ...] = ("lost", "open", "won")
    return Back(minor, next((word for word in order if word in words), None))


def recent(since: datetime | None) -> list[str]:
    """The payments of which something went back, or was disputed, from `since` on; of all time without it."""
    v1, first = gateway().client.v1, 0 if since is None else int(since.timestamp())
    seen: dict[str | None, None] = {}
    with failures():
        refunds = v1.refunds.list({"limit": 100, "created": {"gte": first}})
        seen |= dict.fromkeys(id_of(one.payment_intent) for one in refunds.auto_paging_iter())
        disputes = v1.disputes.list({"limit": 100, "created": {"gte": first}})
        seen |= dict.fromkeys(id_of(one.payment_intent) for one in disputes.auto_paging_iter())
    return [one for one in seen if one is not None]


def checkout_of(payment_id: str) -> str | None:
    """The checkout by which something was paid once; None for a payment of a subscription's."""
    with failures():
        found = gateway().client.v1.checkout.sessions.list({"payment_intent": payment_id, "limit": 1}).data
    return found[0].id if found else None


def give_back(payment_ids: Iterable[str], why: Why, key: str) -> None:
    """Refund what is left of payments. What went back wholly is left alone, and so is what a bank looks into, or has:
    whether all of it is back, the caller looks at."""
    for number, payment_id in enumerate(payment_ids):
        try:
            with failures():
                gateway().client.v1.refunds.create(
                    {"payment_intent": payment_id, "reason": why},
                    {"idempotency_key": f"{key}:{number}"},
                )
        except Rejected:
            if not _is_settled(payment_id):
                raise


def give_back_part(payment_id: str, minor: int, currency: str, key: str) -> None:
    """Refund `minor` of a payment, once for `key`. Raises Rejected where less is left of it."""
    with failures():
        gateway().client.v1.refunds.create(
            {
                "payment_intent": payment_id,
                "amount": to_stripe(minor, currency),
                "reason": "requested_by_customer",
            },
            {"idempotency_key": key},
        )


def _is_settled(payment_id: str) -> bool:
    """Whether nothing of a payment is left to refund, or the bank has it."""
    with failures():
        charges = gateway().client.v1.charges.list({"payment_intent": payment_id, "limit": 100}).data
    return all(one.refunded or one.disputed for one in charges if one.paid)
