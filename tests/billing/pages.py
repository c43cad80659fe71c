"""What she does and reads on the pages of her plan, and what each side has written down of it."""

import re
from datetime import timedelta

from portal import clock
from portal import programme as programmes
from portal.billing.models import BillingOperation
from portal.db import read, transact
from tests.home.doors import step_in


def operations(kind: str) -> list[str]:
    """The states of her operations of a kind."""
    table = BillingOperation.__table__
    return [row.state for row in read(table.select().where(table.c.kind == kind).order_by(table.c.id))]


def words(page) -> str:
    """What stands on a page, in one line."""
    return re.sub(r"\s+", " ", page.all("main")[0].text)


def bills(desk) -> list[tuple[str, int]]:
    """The states of her bills at Stripe and what is due of each, newest first."""
    return [(one.status, one.amount_due) for one in desk.at_stripe("invoices")]


def post(desk, path: str, **values: str):
    """Tap a button of a page; the page that comes of it."""
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post(path, data={"csrf_token": token, **values})
    return desk.visit.open(answer.location)


def choose(desk, plan: str):
    """Choose another plan; the page of its amounts."""
    desk.visit.open("/membership/change")
    return desk.visit.submit("See what it costs", plan=plan)


def pause(desk):
    """Pause in two taps; the page after it."""
    desk.visit.open("/membership")
    desk.visit.follow("Pause Plus")
    return desk.visit.submit("Pause it today")


def to_boundary(desk, **span: float) -> None:
    """Time goes by at Stripe, and nothing that it tells arrives."""
    desk.clock.shift(timedelta(**span))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.visit = step_in(desk.app)


def publish(text: str) -> None:
    """Another programme, from now on."""
    transact(lambda: programmes.publish(text, clock.now()))


def plan_text(key: str, label: str, interval: str, price: str) -> str:
    """Part of a programme: one plan."""
    head = f'\n[[plans]]\nkey = "{key}"\nlabel = "{label}"\ninterval = "{interval}"\n'
    return head + f'price = "{price}"\nperks = ["Tea"]\n'
