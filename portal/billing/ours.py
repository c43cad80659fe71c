"""What at Stripe is ours, and which plan it is for: the same seller may sell more there, and to the same customers."""

import logging

from sqlalchemy import select

from portal import people
from portal.billing import operations, queries
from portal.billing.models import StripeCustomer, StripePrice
from portal.billing.shapes import Metadata, Subscribed
from portal.db import read

log = logging.getLogger("portal.billing")
_customer = StripeCustomer.__table__.c


def owner(customer_id: str | None, metadata: Metadata) -> str | None:
    """Whose an object of Stripe's is: by our customer, or by our own mark on it. None for what is another's."""
    if customer_id:
        known = read(
            select(_customer.member_id).where(_customer.customer_id == customer_id)
        ).scalar_one_or_none()
        if known is not None:
            return str(known)
    if metadata.get("site") != queries.site():
        return None
    member = people.Member.__table__.c
    found = read(select(member.id).where(member.id == metadata.get("member_id", ""))).scalar_one_or_none()
    return None if found is None else str(found)


def is_marked(member_id: str, metadata: Metadata) -> bool:
    """Whether a checkout of hers here made it: more may be sold to the same customer than plans."""
    return (
        metadata.get("site") == queries.site()
        or operations.one(member_id, metadata.get("op", "")) is not None
    )


def is_plan(member_id: str, found: Subscribed) -> bool:
    """Whether one that is not known yet is for a plan: by a price of ours, or by the mark of a checkout of hers."""
    if plan_of_price(found.price_id) or _plan_in(found.lookup_key):
        return True
    return bool(found.metadata.get("plan")) and is_marked(member_id, found.metadata)


def plan_of(found: Subscribed) -> str:
    """The plan of a price of ours; a price that a person made at Stripe is known by the mark of the checkout."""
    plan = plan_of_price(found.price_id) or _plan_in(found.lookup_key) or found.metadata.get("plan", "")
    if not plan:
        log.error("subscription %s is for a price that is no plan's: %s", found.id, found.price_id)
    return str(plan)


def _plan_in(lookup_key: str) -> str:
    """The plan in a key of ours, for a price that was put away (checkout.py makes them)."""
    mark = f"portal:{queries.site()}:"
    return lookup_key.removeprefix(mark).split(":")[0] if lookup_key.startswith(mark) else ""


def plan_of_price(price_id: str) -> str | None:
    """The plan that a price of ours is for; None for another's."""
    price = StripePrice.__table__.c
    return read(select(price.plan).where(price.price_id == price_id)).scalar_one_or_none()
