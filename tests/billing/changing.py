"""Anna, who holds Gold by month and looks at other plans: what she is shown, and what Stripe took."""

import re

import pytest

from portal import clock
from portal.billing.models import BillingOperation
from portal.db import read
from tests.billing import shelf


@pytest.fixture
def shop(desk):
    """Anna holds Gold by month since half a month."""
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    return desk


def choose(desk, plan: str):
    """Choose another plan; the page of its amounts."""
    desk.visit.open("/membership")
    desk.visit.follow("Change the plan")
    return desk.visit.submit("See what it costs", plan=plan)


def pounds(page) -> list[int]:
    """The amounts of a page, in pence."""
    return [int(whole) * 100 + int(part) for whole, part in re.findall(r"£(\d+)\.(\d\d)", page.text)]


def paid(desk) -> list[int]:
    """What Stripe took, oldest first."""
    bills = desk.at_stripe("invoices")
    return [one.amount_paid for one in reversed(bills) if one.status == "paid" and one.amount_paid]


def operations():
    """What is written down of her wishes, oldest first."""
    table = BillingOperation.__table__
    return list(read(table.select().order_by(table.c.id)).all())
