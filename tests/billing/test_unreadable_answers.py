"""One member's answer of Stripe's that cannot be read is in no other member's way."""

import pytest
from sqlalchemy import select

from portal import billing, clock
from portal.billing import queries
from portal.billing.models import StripeEvent
from portal.db import read
from tests.billing.shop import Desk
from tests.home.doors import join, step_in

BEN = "ben@example.com"


@pytest.fixture
def two(desk) -> tuple[Desk, Desk]:
    """Anna, whose subscription is of another shape than we know, and Ben; both have paid, and nobody has told of it."""
    desk.pay(desk.choose())
    (hers,) = desk.at_stripe("subscriptions")
    desk.stripe.patch(hers.id, start_date="some day")
    member = join("c-2", BEN, "Ben Cole")
    ben = Desk(desk.app, member, step_in(desk.app, BEN), desk.client, desk.stripe, desk.clock, desk.mailbox)
    ben.pay(ben.choose())
    return desk, ben


@pytest.mark.both_engines
def test_messages_of_others_are_looked_into_and_hers_wait(two):
    anna, ben = two
    anna.tell()
    assert (anna.status(), ben.status()) == (None, "active")
    event = StripeEvent.__table__.c
    waits = read(select(event.error).where(event.state == "pending")).scalars().all()
    assert waits
    assert all(error.startswith("Unreadable") for error in waits)
    assert queries.open_checkout(anna.member) is not None, "nothing else can be begun, and paid"


@pytest.mark.both_engines
def test_comparing_goes_on_and_names_what_it_could_not_look_at(two):
    anna, ben = two
    report = billing.reconcile(clock.now(), everything=True)
    assert (anna.status(), ben.status()) == (None, "active")
    assert report.unread
    assert all(line.startswith(f"member {anna.member}, ") for line in report.unread), report.unread


def test_the_page_that_she_comes_back_to_says_that_it_is_being_confirmed(two):
    anna, _ = two
    page = anna.visit.open(f"/billing/return?session_id={queries.open_checkout(anna.member).session_id}")
    assert "Confirming your payment" in page.text
