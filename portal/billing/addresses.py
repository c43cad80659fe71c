"""A member's address at Stripe, which writes its receipts there: told again when hers has changed, however it did.

An edge of its own: each customer is committed as Stripe has taken it.
"""

import logging
from datetime import datetime
from functools import partial

from sqlalchemy import exists, or_, select, update

from portal import people
from portal.billing import customers, sync
from portal.billing.models import StripeCustomer
from portal.billing.shapes import Barred, Missing, Rejected, Unreadable
from portal.db import read, run, transact

log = logging.getLogger("portal.billing")
MANY = 200  # at a time; the rest are told the next time
_customer, _member = StripeCustomer.__table__.c, people.Member.__table__.c


def follow(now: datetime) -> int:
    """Tell Stripe each address that is not the one it was told last; how many there were.

    Raises Unavailable as Stripe says; what was told until then stays told. One that Stripe does not take is told to
    whoever reads the log, and is in no other's way.
    """
    known = people.Directory.__table__.c
    same = exists().where(
        known.kind == "email", known.owner == _customer.member_id, known.key == _customer.address_hash
    )
    changed = (
        select(_customer.member_id, _customer.customer_id, _member.email)
        .join(people.Member, _member.id == _customer.member_id)
        .where(
            _customer.deleted_at.is_(None),
            _member.email.is_not(None),
            or_(_customer.address_hash.is_(None), ~same),
        )
        .order_by(_customer.member_id)
        .limit(MANY)
    )
    rows = read(changed).all()
    for row in rows:
        try:
            customers.tell_address(row.customer_id, row.email)
        except Missing:
            transact(partial(sync.forget_customer, row.customer_id, now))
        except Barred:
            raise
        except (Unreadable, Rejected) as error:
            log.error("the address of customer %s was not taken: %s", row.customer_id, error)
        else:
            transact(partial(_note, row.customer_id, people.address_hash(row.email)))
    return len(rows)


def _note(customer_id: str, address_hash: str) -> None:
    run(update(StripeCustomer).where(_customer.customer_id == customer_id).values(address_hash=address_hash))
