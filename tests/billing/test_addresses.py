"""A member's address at Stripe follows hers, however it changed; nothing is told twice."""

import pytest
from sqlalchemy import update

from portal import nightly, people
from portal.billing import addresses, customers
from portal.billing.models import StripeCustomer
from portal.billing.shapes import Rejected
from portal.db import run, transact
from tests.billing.shop import Desk, now
from tests.home.doors import join, step_in

pytestmark = pytest.mark.both_engines


def at_stripe(desk: Desk) -> list[str]:
    return [one.email for one in desk.at_stripe("customers")]


def test_a_changed_address_is_told_to_stripe_once(desk: Desk):
    desk.join()
    assert at_stripe(desk) == ["anna@example.com"]
    assert addresses.follow(now()) == 0, "it was told when the customer was made"
    transact(lambda: people.prove_address(desk.member, "anna.bell@example.com", now()))
    nightly.run(now())
    assert at_stripe(desk) == ["anna.bell@example.com"]
    assert addresses.follow(now()) == 0


def test_one_made_before_addresses_were_noted_is_told_once(desk: Desk):
    desk.join()
    transact(lambda: run(update(StripeCustomer).values(address_hash=None)))
    assert [addresses.follow(now()), addresses.follow(now())] == [1, 0]


def test_a_customer_who_is_gone_at_stripe_is_told_nothing_more(desk: Desk):
    desk.join()
    transact(lambda: people.prove_address(desk.member, "anna.bell@example.com", now()))
    desk.stripe.bare_client().v1.customers.delete(desk.at_stripe("customers")[0].id)
    assert [addresses.follow(now()), addresses.follow(now())] == [1, 0]


def test_who_has_left_is_told_of_no_more(desk: Desk):
    desk.join()
    transact(lambda: people.leave(desk.member))
    assert addresses.follow(now()) == 0


def test_an_address_that_stripe_refuses_is_in_no_other_addresses_way(desk: Desk, monkeypatch):
    desk.join()
    ben = Desk(
        **vars(desk)
        | {"member": join("c-2", "ben@example.com"), "visit": step_in(desk.app, "ben@example.com")}
    )
    ben.join()
    tell, refused = customers.tell_address, []

    def picky(customer_id: str, email: str) -> None:
        if not refused:
            refused.append(customer_id)
            raise Rejected("Invalid email address")
        tell(customer_id, email)

    monkeypatch.setattr(customers, "tell_address", picky)
    transact(lambda: run(update(StripeCustomer).values(address_hash=None)))
    assert [addresses.follow(now()), addresses.follow(now())] == [2, 1], "the refused one is told again"
