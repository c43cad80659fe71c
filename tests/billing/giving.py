"""A plan bought for a friend, step by step as she does it, and what is written down of it."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal import billing, clock, ledger
from portal.billing import gifts
from portal.billing.models import BillingOperation, PlanGift, PlanGrant
from portal.db import read, transact
from tests.billing.shop import Desk, session_of
from tests.home.doors import join
from tests.page import Visit

BERTA = "berta@example.com"
CARLA = "carla@example.com"
ACTIVITY = '\n[[activities]]\nkey = "gift-subscription"\nlabel = "A plan given as a gift"\npoints = 200\n'


@pytest.fixture
def berta(desk) -> str:
    """Anna's friend, who is a member too; her id."""
    return join("c-2", BERTA, "Berta Crane")


def choose(desk: Desk, choice: str = "plus-monthly-3", visit: Visit | None = None, **fields: str) -> str:
    """Fill in the page of gifts and send it; the address of Stripe's page."""
    one = visit or desk.visit
    one.open("/gifts/new")
    return send(one, choice, **fields)


def send(visit: Visit, choice: str = "plus-monthly-3", status: int = 303, **fields: str) -> str:
    """Send the page of gifts as it is shown, once more."""
    form = next(f for f in visit.page.all("form") if f.all("input", name="once"))
    hidden = {one["name"]: one["value"] for one in form.all("input", type="hidden")}
    answer = visit.client.post("/gifts", data=hidden | {"choice": choice} | fields)
    assert answer.status_code == status, answer.text
    return str(answer.location)


def pay(desk: Desk, url: str, card: str = "4242") -> str:
    """Pay there; the path that the browser is sent back to."""
    answer = desk.stripe.pay(session_of(url), card)
    parts = urlsplit(answer.location)
    assert (answer.status, parts.path) == (303, "/gifts/return")
    return f"{parts.path}?{parts.query}"


def buy(desk: Desk, choice: str = "plus-monthly-3", **fields: str) -> str:
    """A gift that is paid, and Anna back from Stripe; its code."""
    desk.visit.open(pay(desk, choose(desk, choice, **fields)))
    return code_on(desk.visit)


def code_on(visit: Visit) -> str:
    """The code that is shown."""
    return re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", visit.page.text)[0]


def row():
    """The one gift, as it is written down."""
    return read(select(PlanGift.__table__)).one()


def grants() -> list:
    """The plans that came of codes, in order."""
    return list(read(select(PlanGrant.__table__).order_by(PlanGrant.__table__.c.from_on)).all())


def stands(desk: Desk) -> list[object]:
    """All that must be as it was, after whatever is told again."""
    gift = {name: value for name, value in row()._mapping.items() if name != "money_at"}
    return [gift, grants(), desk.mails("plan_given_over"), ledger.wallet(desk.member)]


def operations(kind: str = "gift") -> list:
    """What is written down of her wishes of a kind."""
    kept = BillingOperation.__table__.c
    return list(read(select(BillingOperation.__table__).where(kept.kind == kind)).all())


def charges(desk: Desk) -> list[int]:
    """What Stripe took, newest first."""
    return [one.amount for one in desk.at_stripe("payment_intents") if one.status == "succeeded"]


def open_code(visit: Visit, code: str, status: int = 200):
    """Type a code."""
    visit.open("/gift")
    return visit.submit("Open it", status=status, code=code)


def standing(member_id: str, day: date):
    """A member's plan on a day."""
    return billing.standing(member_id, day)


def use(member_id: str, code: str):
    """She uses a code."""
    return transact(lambda: gifts.redeem(member_id, code, clock.now()))
