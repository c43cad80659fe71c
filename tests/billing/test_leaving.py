"""Who leaves pays for nothing: also while Stripe is silent, with a checkout open, and when it is paid all the same."""

from datetime import timedelta

import pytest

from portal import billing, clock, people
from portal.billing.gateway import Gateway
from portal.billing.shapes import Rejected
from tests.billing.shop import Desk, everything, leave
from tests.home.doors import make_fresh, step_in


def paid(desk: Desk) -> int:
    """Payments that were not given back."""
    invoices = [one for one in desk.at_stripe("invoices") if one.status == "paid"]
    return len(invoices) - len(desk.at_stripe("refunds"))


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_an_open_checkout_that_could_not_be_closed_is_closed_within_minutes(desk, fault):
    url = desk.choose()
    desk.stripe.fault(fault, "*", times=50)
    leave(desk)
    desk.stripe.heal()
    desk.clock.shift(timedelta(minutes=3))
    billing.work_off(clock.now())
    assert desk.pay(url) is None
    assert not desk.at_stripe("subscriptions")


def test_what_is_paid_after_leaving_is_ended_and_paid_back(desk, caplog):
    url = desk.choose()
    desk.stripe.fault("500", "*", times=50)
    leave(desk)
    desk.stripe.heal()
    assert desk.pay(url) is not None
    desk.tell()
    billing.work_off(clock.now())
    assert [one.status for one in desk.at_stripe("subscriptions", status="all")] == ["canceled"]
    assert paid(desk) == 0
    assert "who has left" in caplog.text
    desk.pass_time(days=70)
    desk.tell()
    assert paid(desk) == 0
    assert desk.mails("plan_joined") == 0


def test_a_life_that_is_paid_after_leaving_is_told_to_whoever_reads_the_log(desk, caplog):
    url = desk.choose("plus-life")
    desk.stripe.fault("500", "*", times=50)
    leave(desk)
    desk.stripe.heal()
    assert desk.pay(url) is not None
    desk.tell()
    assert "who has left: pay it back" in caplog.text
    assert desk.mails("plan_joined") == 0


def test_a_checkout_whose_answer_was_lost_stops_nobody_from_leaving(desk):
    desk.visit.open("/plans")
    desk.stripe.fault("lost", "/v1/checkout/sessions", times=50)
    desk.visit.submit("Join Plus", 503, plan="plus-monthly")
    desk.stripe.heal()
    desk.stripe.fault("drop", "*", times=50)
    desk.visit.open("/plans")
    leave(desk)
    desk.stripe.heal()
    desk.clock.shift(timedelta(minutes=3))
    billing.work_off(clock.now())
    assert [one.status for one in desk.at_stripe("checkout.sessions")] == ["expired"]


def test_an_end_that_was_asked_for_and_waits_is_an_end_at_once_for_who_leaves(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("500", "*", times=50)
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    leave(desk)
    desk.stripe.heal()
    desk.clock.shift(timedelta(minutes=10))
    billing.work_off(clock.now())
    desk.tell()
    assert [one.status for one in desk.at_stripe("subscriptions", status="all")] == ["canceled"]


def test_a_key_that_stripe_refuses_stops_nobody_from_leaving_and_the_plan_ends_once_it_is_taken(
    desk, monkeypatch, caplog
):
    desk.join()
    desk.tell()

    def refuse(*_args: object, **_more: object) -> None:
        raise Rejected("AuthenticationError: the key was revoked")

    with monkeypatch.context() as broken:
        broken.setattr(Gateway, "subscription", refuse)
        leave(desk)
    assert "is not at Stripe" in caplog.text
    desk.clock.shift(timedelta(days=1))
    billing.nightly(clock.now())
    billing.work_off(clock.now())
    assert [one.status for one in desk.at_stripe("subscriptions", status="all")] == ["canceled"]


@pytest.mark.both_engines
def test_a_leaving_that_fails_on_its_last_step_has_ended_nothing(desk, monkeypatch):
    """Her plan and her leaving are one write: half of it would take a plan from somebody who is still a member."""
    desk.join()
    desk.tell()

    def break_off(_member_id: str) -> None:
        raise RuntimeError("the power is gone")

    visit = make_fresh(step_in(desk.app))
    visit.open("/you/leave")
    before = everything()
    with monkeypatch.context() as broken:
        broken.setattr(people, "leave", break_off)
        visit.submit("Leave for good", 500)
    assert everything() == before
    billing.work_off(clock.now())
    assert desk.subscription().status == "active"
    leave(desk)
    assert [one.status for one in desk.at_stripe("subscriptions", status="all")] == ["canceled"]
