"""What Stripe is asked about a customer: who pays there, where it writes to her, and its page of cards and invoices.

A part of `gateway`, whose failures every call raises.
"""

import contextlib
import logging

from portal.billing.gateway import CustomerParams, PortalParams, failures, gateway, metadata_of
from portal.billing.shapes import Metadata, Missing, balance_of, to_stripe

log = logging.getLogger("portal.billing")
MARK = "refund"  # in the metadata of what is given back: the bill that had taken it


def make(email: str | None, name: str | None, metadata: Metadata, key: str) -> str:
    """A new customer; its id. The same `key` again is the same customer."""
    params: CustomerParams = {"metadata": metadata}
    if email:
        params["email"] = email
    if name:
        params["name"] = name
    with failures():
        return gateway().client.v1.customers.create(params, {"idempotency_key": key}).id


def find(email: str, metadata: Metadata) -> str | None:
    """The customer with this address and these marks; None without one."""
    with failures():
        listed = gateway().client.v1.customers.list({"email": email, "limit": 100}).data
        return next((one.id for one in listed if metadata.items() <= metadata_of(one.metadata).items()), None)


def tell_address(customer_id: str, email: str) -> None:
    """The address that Stripe writes to from now on; the same one again is nothing."""
    with failures():
        gateway().client.v1.customers.update(customer_id, {"email": email})


def is_gone(customer_id: str) -> bool:
    """Whether a customer was deleted."""
    try:
        with failures():
            return bool(getattr(gateway().client.v1.customers.retrieve(customer_id), "deleted", False))
    except Missing:
        return True


def forgive(customer_id: str) -> None:
    """Let go of what a customer owes: with nothing running nothing of it is asked for, so a new plan begins without it.
    What she has with the shop stays hers, and whoever is not there owes nothing."""
    with contextlib.suppress(Missing), failures():
        customers = gateway().client.v1.customers
        owed = balance_of(customers.retrieve(customer_id))
        if owed > 0:
            customers.update(customer_id, {"balance": 0})
            log.warning("customer %s owed %s from an earlier plan, which is let go", customer_id, owed)


def has_back(customer_id: str, mark: str) -> bool:
    """Whether what the bill `mark` took was given back to what a customer has with the shop."""
    with failures():
        listed = gateway().client.v1.customers.balance_transactions.list(customer_id, {"limit": 100})
        return any(metadata_of(one.metadata).get(MARK) == mark for one in listed.auto_paging_iter())


def give_back(customer_id: str, minor: int, currency: str, mark: str, key: str) -> None:
    """Add to what a customer has with the shop, once for `key`; `mark` is kept with it (`has_back`)."""
    with failures():
        gateway().client.v1.customers.balance_transactions.create(
            customer_id,
            {
                "amount": -to_stripe(minor, currency),
                "currency": currency.lower(),
                "metadata": {MARK: mark},
            },
            {"idempotency_key": key},
        )


def portal_url(customer_id: str, return_url: str, configuration: str, *, change_card: bool) -> str:
    """Where a member looks at her card and invoices at Stripe; `change_card` goes straight to the card.

    `configuration` is the id of what she may do there (`offered.portal_configuration`).
    """
    with failures():
        params: PortalParams = {
            "customer": customer_id,
            "return_url": return_url,
            "configuration": configuration,
        }
        if change_card:
            params["flow_data"] = {
                "type": "payment_method_update",
                "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}},
            }
        return gateway().client.v1.billing_portal.sessions.create(params).url
