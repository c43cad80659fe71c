"""Withdrawing from a plan that was tried out first: nothing to give back in the trial, all of it in the 14 days after
the first payment."""

import pytest

from portal import clock
from tests.billing import shelf
from tests.billing.test_withdrawing import LINK, live, operations, refunded
from tests.home.doors import step_in

TRIAL = 14


@pytest.fixture
def tried(desk):
    """Anna tries Gold by month, with a card, since an hour."""
    shelf.fill(clock.now(), trial_days=TRIAL)
    desk.join("gold-monthly")
    desk.tell()
    assert desk.status() == "trialing"
    return desk


def test_in_a_trial_there_is_nothing_to_give_back_and_its_end_costs_nothing(tried):
    tried.pass_time(days=3)
    assert LINK not in tried.visit.open("/membership").text
    tried.visit.open("/membership/withdraw")
    assert tried.visit.path == "/membership"
    token = tried.visit.page.all("input", name="csrf_token")[0]["value"]
    data = {"csrf_token": token, "of": tried.subscription().id, "minor": "0"}
    assert tried.visit.client.post("/membership/withdraw", data=data).status_code == 303
    assert (operations(), live(tried)) == ([], ["trialing"])
    tried.visit.open("/membership/cancel")
    tried.visit.submit("End it on 24 June 2026")
    tried.pass_time(days=40)
    tried.tell()
    assert (refunded(tried), live(tried)) == ([], ["canceled"])
    assert not [one for one in tried.at_stripe("invoices") if one.amount_paid]


@pytest.mark.both_engines
def test_after_the_first_payment_of_a_trial_there_are_fourteen_days(tried):
    tried.pass_time(days=TRIAL, hours=2)
    tried.tell()
    assert tried.status() == "active"
    tried.pass_time(days=1)
    tried.visit.open("/membership")
    page = tried.visit.follow(LINK)
    assert "You can until 8 July 2026, without a reason." in page.text
    tried.visit.submit("Withdraw and get £5.00 back")
    assert (refunded(tried), live(tried), tried.status()) == ([500], ["canceled"], "ended")
    tried.tell(times=2)
    assert tried.mails("plan_ended") == 1
    tried.pass_time(days=70)
    tried.tell()
    assert sum(one.amount_paid for one in tried.at_stripe("invoices")) == 500, "nothing more is charged"


@pytest.mark.parametrize(("days", "offered"), [(14, True), (15, False)])
def test_the_fourteenth_day_after_that_payment_is_the_last(tried, days, offered):
    tried.pass_time(days=TRIAL, hours=2)
    tried.tell()
    tried.pass_time(days=days)
    tried.tell()
    tried.visit = step_in(tried.app)
    assert (LINK in tried.visit.open("/membership").text) is offered
