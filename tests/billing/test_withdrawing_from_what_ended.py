"""Withdrawing from a plan that has ended within its 14 days: the right to the money outlasts the plan."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs
from portal.billing.models import BillingOperation
from portal.db import read
from tests.billing import shelf
from tests.billing.in_vain import end_in_vain, live, refunds, too_low, work
from tests.billing.pages import bills, operations, words
from tests.billing.paying_back import intents, told_again_in_any_order_changes_nothing
from tests.billing.shop import Desk

LINK = "Withdraw from Plus (each month) and get £3.00 back"


def ended(desk: Desk) -> None:
    """Her plan is ended at Stripe by a person, and nothing goes back."""
    desk.join()
    desk.tell()
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()


def refund_rows() -> list[str]:
    table = BillingOperation.__table__
    return [row.facts["wish"] for row in read(table.select().where(table.c.kind == "refund"))]


@pytest.mark.both_engines
def test_the_page_offers_it_where_no_plan_runs_and_it_goes_back_once_with_a_mail(desk):
    ended(desk)
    desk.visit.open("/membership")
    page = words(desk.visit.follow(LINK))
    assert "Ends today" not in page
    assert "Goes back with it What your payments brought" in page
    desk.visit.submit("Withdraw and get £3.00 back")
    desk.tell()
    assert (refunds(desk), live(desk), operations("withdraw")) == ([300], ["canceled"], ["done"])
    assert desk.mails("plan_ended") == 2, "that it ended, and what goes back"
    mail = " ".join(desk.mail("You have withdrawn from Plus").split())
    assert "£3.00 was paid back" in mail
    assert "Nothing more is charged" not in mail, "another plan may run by now"
    assert "Withdraw" not in words(desk.visit.open("/membership"))
    told_again_in_any_order_changes_nothing(desk)


def test_beside_a_plan_that_runs_it_is_named_and_what_runs_stays(desk):
    ended(desk)
    desk.join("plus-yearly")
    desk.tell()
    page = desk.visit.open("/membership")
    assert [one.text for one in page.all("a") if one.text.startswith("Withdraw from")] == [
        "Withdraw from Plus (each year) and get £30.00 back", LINK,
    ]  # fmt: skip
    page = words(desk.visit.follow(LINK))
    assert "Plus, paid until 10 June 2027" in page
    desk.visit.submit("Withdraw and get £3.00 back")
    desk.tell()
    assert (refunds(desk), live(desk)) == ([300], ["active", "canceled"])
    assert desk.status() == "active"


@pytest.mark.parametrize("fault", ["500", "lost", "drop"])
def test_whatever_stripe_does_not_answer_is_carried_on_and_told_once(desk, fault):
    ended(desk)
    desk.visit.open("/membership/withdraw")
    desk.stripe.fault(fault, "*", method="*", times=3)
    desk.visit.submit("Withdraw and get £3.00 back")
    desk.stripe.heal()
    for _ in range(3):
        desk.clock.shift(timedelta(minutes=3))
        billing.work_off(clock.now())
        desk.tell()
    assert (refunds(desk), operations("withdraw"), desk.mails("plan_ended")) == ([300], ["done"], 2)


def test_what_is_still_to_go_back_is_said_in_the_mail_and_not_offered_again(desk, monkeypatch):
    ended(desk)
    desk.visit.open("/membership/withdraw")
    with monkeypatch.context() as low:
        low.setattr("portal.billing.returns.give_back", too_low)
        desk.visit.submit("Withdraw and get £3.00 back")
    jobs.wake()
    assert "that is not done yet" in desk.mail("You have withdrawn from Plus")
    assert "Withdraw" not in words(desk.visit.open("/membership"))
    work(desk)
    assert (refunds(desk), desk.mails("plan_ended")) == ([300], 2)


def test_a_first_bill_that_goes_back_with_a_late_end_is_not_offered_beside_that(desk, monkeypatch):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=13, hours=20)
    desk.tell()
    end_in_vain(desk, "End it on 24 June 2026")
    desk.pass_time(hours=8)
    desk.stripe.heal()
    with monkeypatch.context() as low:
        low.setattr("portal.billing.returns.give_back", too_low)
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())
        desk.tell()
        assert (live(desk), bills(desk)[0][0], operations("refund")) == (["canceled"], "paid", ["new"])
        assert "Withdraw" not in words(desk.visit.open("/membership"))
    work(desk)
    assert (len(refunds(desk)), len(refund_rows())) == (1, 1)
    assert "Withdraw" not in words(desk.visit.open("/membership"))


def test_what_her_bank_took_back_is_not_offered(desk):
    desk.join()
    desk.tell()
    desk.stripe.close_dispute(desk.stripe.dispute(intents(desk)[0]), "lost")
    desk.tell()
    work(desk)
    assert live(desk) == ["canceled"]
    assert "Withdraw" not in words(desk.visit.open("/membership"))


def test_after_the_fourteenth_day_it_is_over(desk):
    ended(desk)
    desk.pass_time(days=15)
    assert "Withdraw" not in words(desk.visit.open("/membership"))
