"""Acceptance case 13: a pause stops benefits and bills, going on takes its payment first; a pause set at Stripe."""

from datetime import date, timedelta

import pytest

from portal import billing, clock, tiers
from tests.billing import shelf
from tests.billing.changing import paid
from tests.billing.pages import operations as states
from tests.billing.pages import pause


@pytest.mark.both_engines
def test_case_13_paused_brings_no_benefits_and_no_bill_and_going_on_takes_payment_first(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    page = desk.visit.follow("Pause Plus")
    for words in (
        "Stops today", "Free delivery on every order", "All payments, until you go on", "1 paid month in a row",
        "Until 10 July 2026 it costs nothing", "From then on it costs £3.00.",
    ):  # fmt: skip
        assert words in page.text
    page = desk.visit.submit("Pause it today")
    assert "It is paused. Nothing is charged until you go on." in page.text
    assert desk.status() == "paused"
    assert not desk.perks()
    assert "Plus is paused." in page.text
    desk.tell()
    desk.pass_time(days=75)
    desk.tell()
    assert paid(desk) == [300]
    assert desk.status() == "paused"
    page = desk.visit.open("/membership")
    page = desk.visit.submit("Go on with Plus, £3.00 today")
    assert "It is on again." in page.text
    assert desk.status() == "active"
    assert desk.perks()
    assert paid(desk) == [300, 300]
    assert desk.subscription().paid_until == date(2026, 9, 24)
    assert "Next payment £3.00 on 24 September 2026" in page.text
    assert tiers.paid_months(desk.member, "plus-monthly") == 2, "a pause neither adds nor breaks (Reading 15)"
    desk.tell(times=2)
    assert tiers.paid_months(desk.member, "plus-monthly") == 2


def test_case_13_going_on_in_the_time_that_is_paid_for_costs_nothing_and_brings_nothing_twice(desk):
    desk.join()
    pause(desk)
    desk.pass_time(days=9)
    page = desk.visit.open("/membership")
    assert "You have paid until 10 July 2026." in page.text
    page = desk.visit.submit("Go on with Plus, nothing to pay")
    assert desk.status() == "active"
    assert paid(desk) == [300]
    assert "Next payment £3.00 on 10 July 2026" in page.text
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    desk.pass_time(days=22)
    desk.tell()
    assert paid(desk) == [300, 300]


@pytest.mark.parametrize(("days", "price"), [(29, 0), (30, 300), (31, 300)])
def test_the_last_paid_day_is_the_first_on_which_going_on_costs_a_period(desk, days, price):
    desk.join()
    pause(desk)
    desk.pass_time(days=days, hours=1)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today" if price else "Go on with Plus, nothing to pay")
    assert paid(desk) == [300, *([price] if price else [])]
    assert desk.status() == "active"


def test_case_13_a_pause_that_was_set_in_the_dashboard_is_shown_as_one(desk):
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    one = desk.subscription().id
    until = int((clock.now() + timedelta(days=100)).timestamp())
    client.subscriptions.update(one, {"pause_collection": {"behavior": "void", "resumes_at": until}})
    desk.tell()
    assert desk.status() == "paused"
    assert desk.perks(), "what is paid for stays"
    page = desk.visit.open("/membership")
    assert "Plus is paused." in page.text
    assert "What you paid for stays on until 10 July 2026." in page.text
    assert "It goes on by itself on 18 September 2026." in page.text
    assert not [b for b in page.all("button") if b.text.startswith("Go on")], "who set it lifts it"
    assert "Go on with it first" in desk.visit.open("/membership/change").text
    desk.pass_time(days=31)
    desk.tell()
    assert not desk.perks()
    assert paid(desk) == [300]
    desk.pass_time(days=92)
    desk.tell()
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_a_card_that_is_declined_leaves_it_paused_and_the_bill_can_be_paid(desk):
    desk.join()
    pause(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "0341")
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    page = desk.visit.submit("Go on with Plus, £3.00 today")
    assert "Your bank did not let the payment through yet." in page.text
    assert desk.status() == "paused"
    assert not desk.perks()
    assert not [b for b in page.all("button") if b.text.startswith("Go on")], "never a second bill"
    link = next(one for one in page.all("a") if one.text == "Pay £3.00 now")
    desk.stripe.pay_invoice(link["href"].rsplit("/", 1)[1], "4242")
    desk.tell(times=2)
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]
    assert states("resume") == ["done"]


def test_a_bill_of_going_on_that_nobody_pays_is_void_after_a_day_and_it_can_be_tried_again(desk):
    desk.join()
    pause(desk)
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.set_card(customer, "0341")
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.pass_time(days=1, hours=1)
    billing.work_off(clock.now())
    assert states("resume") == ["abandoned"]
    desk.stripe.set_card(customer, "4242")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_a_planned_change_falls_away_with_a_pause_and_the_page_says_so(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = desk.visit.follow("Pause Platinum")
    assert "The change to Gold that was planned falls away." in page.text
    page = desk.visit.submit("Pause it today")
    assert "Platinum is paused." in page.text
    assert desk.subscription().next_plan is None
    assert desk.at_stripe("subscription_schedules")[0].status == "released"


@pytest.mark.parametrize("moment", ["ending", "trying out", "failed"])
def test_what_ends_is_tried_out_or_is_not_paid_is_not_paused(desk, moment):
    if moment == "trying out":
        shelf.fill(clock.now(), trial_days=14)
    desk.join(
        "gold-monthly" if moment == "trying out" else "plus-monthly", "0341" if moment == "failed" else "4242"
    )
    if moment == "failed":
        desk.pass_time(days=30, hours=2)
    elif moment == "ending":
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    before = desk.status()
    page = desk.visit.open("/membership")
    assert not [one for one in page.all("a") if one.text.startswith("Pause")]
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post("/membership/pause", data={"csrf_token": token})
    assert answer.location == "/membership"
    assert desk.status() == before
