"""Stripe repeats a failure under its key for a day: the next try has a key of its own, and looks for what was made."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock, people
from portal.billing import checkout, customers, queries
from portal.billing.terms import Terms
from portal.db import run, transact
from portal.errors import Refused
from tests.billing.shop import Desk, joining
from tests.billing.test_trials import another

AGREED = Terms("You agree to pay.", "en_GB")


def tap(desk: Desk, plan: str = "plus-monthly") -> int:
    """Tap Join; the status of the answer."""
    page = desk.visit.open("/plans")
    return desk.visit.client.post("/billing/checkout", data=joining(page, plan)).status_code


@pytest.mark.parametrize("kind", ["500", "lost"])
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/prices", "/v1/products"])
def test_one_failure_is_one_failed_try_and_no_more(desk, path, kind):
    desk.stripe.fault(kind, path, method="POST")
    assert [tap(desk), tap(desk)] == [503, 303]
    assert len(desk.at_stripe("customers")) == len(desk.at_stripe("prices")) == 1
    assert len(desk.at_stripe("checkout.sessions")) == 1


def test_a_price_that_could_not_be_made_for_one_is_made_for_the_next(desk):
    desk.stripe.fault("500", "/v1/prices", method="POST")
    assert tap(desk) == 503
    assert tap(another(desk)) == 303


def test_a_checkout_of_the_next_hour_begins_with_keys_of_its_own(desk):
    desk.stripe.fault("500", "/v1/customers", method="POST")
    assert tap(desk) == 503
    desk.pass_time(hours=6)
    assert tap(desk) == 303


def test_who_is_called_otherwise_after_an_answer_that_was_lost_is_the_same_customer(desk):
    desk.stripe.fault("lost", "/v1/customers", method="POST")
    assert tap(desk) == 503
    who = people.Member.__table__
    transact(lambda: run(update(who).where(who.c.id == desk.member).values(name="Anna Bell-Carr")))
    assert tap(desk) == 303
    (customer,) = desk.at_stripe("customers")
    assert queries.customer_of(desk.member) == customer.id


def test_of_two_customers_that_were_made_at_once_one_is_used(app, desk, monkeypatch):
    make, made = customers.make, []

    def slowly(*how):
        own = make(*how)
        made.append(own)
        if len(made) == 1:  # another tap, a try later, was faster
            op = queries.open_checkout(desk.member)
            transact(lambda: checkout._note_failure(op, "Unavailable"))
            with app.app_context(), suppress(Refused):
                monkeypatch.setattr(customers, "find", lambda *_: None)
                checkout.begin_checkout(people.by_ref("c-1"), "plus-monthly", "GBP", AGREED, clock.now())
        return own

    monkeypatch.setattr(customers, "make", slowly)
    tap(desk)
    desk.visit.open(desk.pay(desk.choose()))
    (session,) = [one for one in desk.at_stripe("checkout.sessions") if one.status == "complete"]
    assert len(made) == 2
    assert queries.customer_of(desk.member) == session.customer
    assert desk.status() == "active"


@pytest.mark.parametrize("path", ["/v1/billing_portal/configurations", "/v1/billing_portal/sessions"])
def test_a_card_can_be_changed_after_a_failure(desk, path):
    desk.join()
    desk.stripe.fault("500", path, method="POST")
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "to": "card"}
    desk.visit.client.post("/billing/portal", data=form)
    desk.clock.shift(timedelta(minutes=1))
    answer = desk.visit.client.post("/billing/portal", data=form)
    assert answer.status_code == 303
    assert answer.location.startswith(desk.stripe.url)
