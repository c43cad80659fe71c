"""What she asks for while Stripe is out of reach, a few hours before her plan renews or ends, and what she is told."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs, tiers
from tests.billing import shelf
from tests.billing.in_vain import (
    cheaper_in_vain,
    eight_hours_of_silence,
    live,
    on_the_eve,
    pause_in_vain,
    refunds,
    silence,
)
from tests.billing.pages import bills, choose, operations, to_boundary
from tests.billing.shop import Desk
from tests.home.doors import step_in


@pytest.mark.both_engines
def test_a_plan_that_she_wanted_to_keep_is_not_said_to_end_as_she_asked(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership")
    silence(desk)
    desk.visit.submit("Keep Plus")
    eight_hours_of_silence(desk)
    mail = desk.mail("Plus has ended")
    assert "You asked for it to go on, and that could not be carried out before its last day." in mail
    assert "as you asked" not in mail
    assert (operations("keep"), live(desk), bills(desk)) == (["failed"], ["canceled"], [("paid", 300)])
    assert refunds(desk) == []


@pytest.mark.both_engines
def test_a_renewal_that_came_after_she_had_asked_for_a_pause_goes_back(desk):
    pause_in_vain(desk)
    eight_hours_of_silence(desk)
    assert (operations("pause"), refunds(desk), desk.status()) == (["done"], [300], "paused")
    mail = desk.mail("Plus is paused")
    assert "So £3.00 was paid back, the way you paid it." in mail
    assert "Nothing is charged until you let it go on." in mail
    desk.visit.open("/membership")
    page = desk.visit.submit("Go on with Plus, £3.00 today")
    assert "It is on again." in page.text, "what went back is not paid for"
    desk.tell()
    assert (len(bills(desk)), refunds(desk), desk.perks()) == (3, [300], True)
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    assert "Go on with Plus, nothing to pay" in [
        one.spoken_name for one in desk.visit.open("/membership").all("button")
    ]


def test_a_pause_waits_for_the_bill_that_is_being_made_and_gives_it_back(desk):
    pause_in_vain(desk)
    desk.clock.shift(timedelta(hours=4, minutes=5))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    billing.work_off(clock.now())
    assert (live(desk), operations("pause")) == (["active"], ["new"])
    desk.clock.shift(timedelta(hours=5))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    billing.work_off(clock.now())
    assert (live(desk), operations("pause"), refunds(desk)) == (["paused"], ["done"], [300])


def test_a_pause_that_comes_late_in_the_same_period_gives_nothing_back(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    silence(desk)
    desk.visit.submit("Pause it today")
    eight_hours_of_silence(desk)
    assert (live(desk), operations("pause"), refunds(desk)) == (["paused"], ["done"], [])
    assert "paid back" not in desk.mail("Plus is paused")


@pytest.mark.both_engines
def test_a_renewal_that_came_after_she_had_agreed_to_a_cheaper_plan_costs_what_that_costs(desk):
    cheaper_in_vain(desk)
    eight_hours_of_silence(desk)
    assert (operations("later"), live(desk), refunds(desk)) == (["done"], ["active"], [1000])
    mail = desk.mail("£10.00 was paid back for your change to Gold")
    assert "Your plan changes to Gold on 10 August 2026." in mail
    assert "only after Platinum had renewed. So £10.00 was paid back" in mail
    assert desk.mails("plan_not_done") == 0
    assert desk.subscription().next_plan == "gold-monthly"
    assert tiers.paid_months(desk.member, "platinum-monthly") == 2, "what is left of the payment counts whole"
    desk.pass_time(days=31, hours=2)
    desk.tell()
    assert (bills(desk).count(("paid", 500)), bills(desk).count(("paid", 1500))) == (1, 2)
    assert (refunds(desk), desk.subscription().plan) == ([1000], "gold-monthly")


def test_where_the_answer_to_the_refund_is_lost_nothing_goes_back_twice(desk):
    cheaper_in_vain(desk)
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    desk.stripe.fault("lost", "/v1/refunds", times=3)
    for _ in range(3):
        desk.clock.shift(timedelta(hours=5))
        billing.work_off(clock.now())
    desk.stripe.heal()
    for _ in range(3):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
        desk.tell()
    assert (operations("later"), refunds(desk), desk.mails("plan_changed_late")) == (["done"], [1000], 1)


def test_an_end_that_she_asked_for_meanwhile_is_not_undone_by_a_change_that_comes_late(desk):
    cheaper_in_vain(desk)
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    desk.stripe.fault("500", "/v1/subscription_schedules*", times=20)
    desk.clock.shift(timedelta(hours=1))
    billing.work_off(clock.now())
    assert (operations("later"), refunds(desk)) == (["new"], [1000])
    desk.stripe.heal()
    billing.ask_to_end(desk.member, None, clock.now())
    for _ in range(2):
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())
        desk.tell()
    row = desk.subscription()
    assert (operations("later"), refunds(desk), row.next_plan) == (["abandoned"], [1000], None)
    assert row.ends_on is not None


def test_a_renewal_of_which_something_went_back_already_is_left_to_a_person(desk):
    cheaper_in_vain(desk)
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    newest = desk.stripe.bare_client().v1.payment_intents.list({"limit": 1}).data[0]
    desk.stripe.bare_client().v1.refunds.create({"payment_intent": newest.id, "amount": 200})
    for _ in range(3):
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())
        desk.tell()
    assert (operations("later"), refunds(desk), desk.mails("plan_not_done")) == (["failed"], [200], 1)


@pytest.mark.both_engines
def test_another_rhythm_that_came_to_nothing_is_told_by_mail(desk):
    to_month_in_vain(desk)
    eight_hours_of_silence(desk)
    assert (operations("later"), live(desk), refunds(desk)) == (["failed"], ["active"], [])
    mail = desk.mail("Platinum: what you asked for was not done")
    assert "You asked for another plan on 10 June 2027." in mail
    assert "write to us" in mail
    assert desk.mails("plan_not_done") == 1


def to_month_in_vain(desk: Desk) -> None:
    shelf.fill(clock.now())
    desk.join("platinum-yearly")
    desk.tell()
    to_boundary(desk, days=364, hours=20)
    desk.visit = step_in(desk.app)
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="gold-monthly")
    silence(desk)
    desk.visit.submit("Change on 10 June 2027")


def test_a_pause_that_is_given_up_after_a_day_is_told_by_mail(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    silence(desk)
    desk.visit.submit("Pause it today")
    for _ in range(9):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=1))
    billing.work_off(clock.now())
    jobs.wake()
    assert (operations("pause"), desk.mails("plan_not_done")) == (["failed"], 1)
    assert "You asked for a pause on 10 June 2026." in desk.mail("Plus: what you asked for was not done")


@pytest.mark.parametrize("what", ["change", "resume"])
def test_a_dearer_plan_or_going_on_that_is_given_up_is_told_by_mail(desk, what):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    if what == "change":
        page = choose(desk, "platinum-monthly")
        button = next(one.text for one in page.all("button") if one.text.startswith("Pay"))
    else:
        desk.visit.open("/membership/pause")
        desk.visit.submit("Pause it today")
        desk.tell()
        button = "Go on with Gold, nothing to pay"
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST", times=10_000)
    desk.visit.submit(button)
    for _ in range(5):
        desk.clock.shift(timedelta(minutes=20))
        billing.work_off(clock.now())
    jobs.wake()
    assert (operations(what), desk.mails("plan_not_done")) == (["failed"], 1)
    mail = desk.mail("Gold: what you asked for was not done")
    asked = "for another plan on 10 June 2026." if what == "change" else "on 10 June 2026 that it goes on."
    assert f"You asked {asked}" in mail
