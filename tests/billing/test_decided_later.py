"""A payment that is decided later: nothing is hers before, nothing is in her way after."""

from datetime import timedelta
from functools import wraps

import pytest
from sqlalchemy import select
from stripe.checkout import SessionService

from portal import billing, clock, jobs, people
from portal.billing import outcome
from portal.billing.models import BillingOperation
from portal.db import read, transact
from tests.billing.shop import Desk, session_in


def states() -> list[str]:
    """What has become of each operation, oldest first."""
    op = BillingOperation.__table__.c
    return list(read(select(op.state).order_by(op.id)).scalars())


def debit(desk: Desk, status: str = "processing") -> tuple[str, str]:
    """She pays for life by a way that is decided later; the session, and its payment."""
    session = session_in(str(desk.pay(desk.choose("plus-life"))))
    payment = desk.stripe.bare_client().v1.checkout.sessions.retrieve(session).payment_intent
    desk.stripe.patch(session, payment_status="unpaid")
    desk.stripe.patch(payment, status=status)
    return session, payment


def test_for_life_is_paid_by_card_alone_and_what_renews_by_every_way_that_is_switched_on(desk, monkeypatch):
    asked, create = [], SessionService.create

    @wraps(create)
    def listening(service, params, options):
        asked.append(params.get("allowed_payment_method_types"))
        return create(service, params, options)

    monkeypatch.setattr(SessionService, "create", listening)
    desk.choose("plus-life")
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    desk.choose("plus-monthly")
    assert asked == [["card"], None]


@pytest.mark.both_engines
def test_while_it_is_decided_the_pages_say_so_and_nothing_else_begins(desk):
    session, payment = debit(desk)
    page = desk.visit.open(f"/billing/return?session_id={session}")
    assert "Confirming your payment" in page.text
    page = desk.visit.open("/plans")
    assert "Your payment for Plus is being confirmed" in page.text
    assert not page.all("input", name="plan"), "nothing can be chosen"
    token = desk.visit.open("/you").all("input", name="csrf_token")[0]["value"]
    for plan in ("plus-life", "plus-monthly"):
        form = {"csrf_token": token, "plan": plan, "currency": "GBP"}
        answer = desk.visit.client.post("/billing/checkout", data=form)
        assert answer.location == "/plans"
    assert "You need not pay again." in desk.visit.open("/plans").text
    desk.stripe.patch(session, payment_status="paid")
    desk.stripe.patch(payment, status="succeeded")
    billing.reconcile(clock.now(), everything=True)
    assert (desk.status(), states()) == ("active", ["done"])


@pytest.mark.parametrize("how", ["requires_payment_method", "canceled"])
def test_a_payment_that_fails_days_later_leaves_all_to_be_chosen_again(desk, how):
    session, payment = debit(desk)
    desk.visit.open(f"/billing/return?session_id={session}")
    desk.pass_time(days=3)
    billing.work_off(clock.now())
    assert states() == ["open"]
    desk.stripe.patch(payment, status=how)
    desk.pass_time(hours=2)
    billing.work_off(clock.now())
    assert states() == ["abandoned"]
    page = desk.visit.open(f"/billing/return?session_id={session}")
    assert "The payment did not come through, and nothing was charged." in page.text
    assert "being confirmed" not in desk.visit.open("/plans").text
    desk.join("plus-monthly")
    assert desk.status() == "active"


NOT_THROUGH = "Your payment for Plus did not go through"


@pytest.mark.both_engines
def test_of_a_payment_that_fails_days_later_she_hears_by_mail_once(desk):
    session, payment = debit(desk)
    desk.visit.open(f"/billing/return?session_id={session}")
    desk.pass_time(days=3)
    desk.stripe.patch(payment, status="requires_payment_method")
    for _ in range(2):
        outcome.sync_checkout(session, clock.now())  # as the message of Stripe's has it
        desk.visit.open(f"/billing/return?session_id={session}")
        billing.reconcile(clock.now(), everything=True)
    jobs.wake()
    assert desk.mails("plan_not_paid") == 1
    told = " ".join(desk.mail(NOT_THROUGH).split())
    said = "your bank has decided since: it did not let your payment of £90.00 through."
    assert f"{said} Nothing was charged, and Plus is not on." in told
    assert "Choose again: http://localhost" in told
    assert desk.mails("plan_joined") == 0


@pytest.mark.parametrize("how", ["paid", "left", "declined"])
def test_who_has_paid_or_was_told_at_the_till_gets_no_such_mail(desk, how):
    if how == "paid":
        session, payment = debit(desk)
        desk.visit.open(f"/billing/return?session_id={session}")
        desk.stripe.patch(session, payment_status="paid")
        desk.stripe.patch(payment, status="succeeded")
    else:
        desk.pay(desk.choose("plus-life"), "0002") if how == "declined" else desk.choose("plus-life")
        desk.pass_time(hours=2)
    billing.reconcile(clock.now(), everything=True)
    assert (states(), desk.mails("plan_not_paid")) == (["done" if how == "paid" else "abandoned"], 0)


def test_a_subscription_whose_first_payment_never_comes_is_in_nobodys_way(desk):
    path = str(desk.pay(desk.choose("plus-monthly")))
    (found,) = desk.at_stripe("subscriptions", status="all")
    desk.stripe.patch(found.id, status="incomplete")
    desk.stripe.patch(found.latest_invoice, status="open", amount_paid=0)
    desk.stripe.patch(session_in(path), payment_status="unpaid")
    assert "Confirming your payment" in desk.visit.open(path).text
    assert "Your payment for Plus is being confirmed" in desk.visit.open("/plans").text
    desk.stripe.patch(found.id, status="incomplete_expired", _due=None)
    desk.stripe.patch(found.latest_invoice, status="void")
    desk.pass_time(hours=2)
    billing.work_off(clock.now())
    assert states() == ["abandoned"]
    assert "The payment did not come through" in desk.visit.open(path).text
    assert "being confirmed" not in desk.visit.open("/plans").text
    jobs.wake()
    assert "did not let your payment of £3.00 through" in " ".join(desk.mail(NOT_THROUGH).split())
    billing.reconcile(clock.now(), everything=True)
    assert desk.mails("plan_not_paid") == 1
    assert desk.choose("plus-yearly")


def test_the_worker_asks_once_an_hour_and_not_each_time_for_a_stopped_card(desk):
    from portal.billing import queries

    session, _ = debit(desk)
    desk.visit.open(f"/billing/return?session_id={session}")
    transact(lambda: people.freeze(desk.member, clock.now()))
    assert queries.pages_of_stopped() == []
    (due_at,) = read(select(BillingOperation.__table__.c.due_at)).scalars()
    assert due_at >= clock.now() + timedelta(minutes=59)


def test_a_plan_that_is_called_active_is_hers_once_its_first_bill_is_paid(desk):
    session = session_in(str(desk.pay(desk.choose())))
    (plan,) = desk.at_stripe("subscriptions")
    desk.stripe.patch(session, payment_status="unpaid")
    desk.stripe.patch(plan.latest_invoice, status="open")
    desk.tell()
    jobs.wake()
    assert (plan.status, desk.status(), desk.perks()) == ("active", None, False)
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt"), states()) == (0, 0, ["open"])
    assert "is being confirmed" in desk.visit.open("/plans").text
    desk.stripe.patch(session, payment_status="paid")
    desk.stripe.patch(plan.latest_invoice, status="paid")
    desk.pass_time(hours=2)
    billing.reconcile(clock.now(), everything=True)
    assert (desk.status(), desk.perks(), states()) == ("active", True, ["done"])
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt")) == (1, 1)
