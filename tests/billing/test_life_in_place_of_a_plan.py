"""A plan for life in place of one that renews: what that still takes is said, what it was not to take goes back."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import billing, clock, jobs
from tests.billing import shelf
from tests.billing.pages import operations
from tests.billing.shop import Desk, now
from tests.home.doors import step_in


def paid(desk: Desk) -> list[int]:
    """What was paid, oldest first."""
    return [one.amount_paid for one in reversed(desk.at_stripe("invoices")) if one.status == "paid"]


def to_renewal(desk: Desk, **after: float) -> None:
    """To the moment at which her plan renews, and so long after it."""
    (found,) = desk.at_stripe("subscriptions")
    at = datetime.fromtimestamp(found["items"].data[0].current_period_end, UTC) + timedelta(**after)
    desk.clock.shift(at - now())
    desk.visit = step_in(desk.app)
    desk.stripe.advance(to=int(now().timestamp()))


@pytest.mark.both_engines
@pytest.mark.parametrize("heard", [True, False])
def test_in_the_hour_of_a_renewal_page_and_mail_name_the_bill_that_is_still_charged(desk, heard):
    desk.join()
    desk.tell()
    to_renewal(desk, minutes=5)
    if heard:
        desk.tell()
    page = desk.join("plus-life")
    assert (
        "£3.00 for the period that has just begun is being charged now, and is the last payment" in page.text
    )
    assert "nothing more is charged for it" not in page.text
    billing.work_off(clock.now())
    desk.tell()
    mail = " ".join(desk.mail("Plus ends on 10 August 2026").split())
    assert "£3.00 for the period that has just begun is being charged now, and is the last one." in mail
    desk.pass_time(hours=2)
    desk.tell()
    billing.work_off(clock.now())
    desk.pass_time(days=40)
    desk.tell()
    assert sorted(paid(desk)) == [300, 300, 9000]
    assert desk.at_stripe("refunds") == []
    assert desk.status() == "active"


def test_at_any_other_time_nothing_more_is_charged(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=5)
    page = desk.join("plus-life")
    assert "nothing more is charged for it" in page.text
    billing.work_off(clock.now())
    desk.tell()
    assert "nothing more is charged for it" in desk.mail("Plus ends on 10 July 2026")
    desk.pass_time(days=40)
    desk.tell()
    jobs.wake()
    mail = " ".join(desk.mail("Your payments for Plus have ended").split())
    assert "You have a plan for life in its place. Nothing more is charged." in mail
    assert "as you asked" not in mail


def test_a_renewal_before_the_end_could_be_carried_out_goes_back(desk):
    desk.join()
    desk.tell()
    to_renewal(desk, hours=-4)
    path = desk.pay(desk.choose("plus-life"))
    for method in ("POST", "DELETE"):
        desk.stripe.fault("500", "/v1/subscriptions/*", method=method, times=10000)
    assert "nothing more is charged for it" in desk.visit.open(path).text
    billing.work_off(clock.now())
    for _ in range(8):
        desk.pass_time(hours=1)
        billing.work_off(clock.now())
    assert sorted(paid(desk)) == [300, 300, 9000]
    desk.stripe.heal()
    for _ in range(3):
        desk.pass_time(hours=5)
        desk.tell()
        billing.work_off(clock.now())
    assert [one.amount for one in desk.at_stripe("refunds")] == [300]
    assert desk.at_stripe("subscriptions") == []
    assert desk.status() == "active"
    mail = " ".join(desk.mail("Your payments for Plus have ended").split())
    assert "£3.00 was paid back" in mail
    assert "you have it for life" in mail


@pytest.mark.both_engines
def test_a_wish_to_keep_it_that_was_noted_before_is_dropped_with_the_plan_for_life(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    desk.visit.open("/membership")
    desk.stripe.fault("500", "*", times=10000)
    desk.visit.submit("Keep Plus")
    desk.stripe.heal()
    page = desk.join("plus-life")
    assert "ends on 10 July 2026, and nothing more is charged for it" in page.text
    for _ in range(3):
        desk.pass_time(hours=5)
        billing.work_off(clock.now())
        desk.tell()
    assert (operations("keep"), operations("end")) == (["abandoned"], ["done", "done"])
    desk.pass_time(days=40)
    desk.tell()
    assert sorted(paid(desk)) == [300, 9000]


def test_an_end_is_asked_for_anew_where_only_the_answer_to_keep_was_lost(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    desk.visit.open("/membership")
    desk.stripe.fault("lost", "/v1/subscriptions/*", method="POST", times=10000)
    desk.visit.submit("Keep Plus")
    desk.stripe.heal()
    (found,) = desk.at_stripe("subscriptions")
    assert not found.cancel_at_period_end
    path = desk.pay(desk.choose("plus-life"))
    desk.stripe.fault("500", "/v1/subscriptions/*", method="GET", times=10000)
    assert "and nothing more is charged for it" in desk.visit.open(path).text
    desk.stripe.heal()
    desk.pass_time(minutes=2)
    billing.work_off(clock.now())
    desk.pass_time(days=40)
    desk.tell()
    assert sorted(paid(desk)) == [300, 9000]


@pytest.mark.parametrize("asked", [False, True])
def test_the_end_of_a_trial_is_not_told_as_an_end_of_payments(desk, asked):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly")
    desk.tell()
    if asked:
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 24 June 2026")
        desk.tell()
    desk.join("gold-life")
    billing.work_off(clock.now())
    desk.pass_time(days=15)
    desk.tell()
    jobs.wake()
    mail = " ".join(desk.mail("Your free time with Gold is over").split())
    why = "It ended as you asked." if asked else "You have a plan for life in its place."
    assert f"Your free time with Gold is over. {why} Nothing more is charged." in mail
    assert "Gold stays yours all the same: you have it for life." in mail
    assert "payments" not in mail.split("Look at your plan")[0]
