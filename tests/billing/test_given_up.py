"""What is given up though Stripe may have done it: it is looked at before anybody is told, and not asked for again."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.billing.test_ends_that_come_late import live
from tests.billing.test_true_words import bills, choose, operations
from tests.billing.test_wishes_that_come_late import silence
from tests.home.doors import step_in

POST = "/v1/subscriptions/*"


def hours_of_silence(desk: Desk, hours: int) -> None:
    """Stripe is out of reach, and the worker looks every hour."""
    silence(desk)
    for _ in range(hours):
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())


def back_again(desk: Desk) -> None:
    desk.stripe.heal()
    desk.clock.shift(timedelta(minutes=30))
    billing.work_off(clock.now())
    jobs.wake()


@pytest.mark.both_engines
@pytest.mark.parametrize(("fault", "state", "mails"), [("lost", "done", 0), ("500", "failed", 1)])
def test_a_dearer_plan_is_told_as_not_done_only_once_stripe_shows_that_it_was_not(desk, fault, state, mails):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    page = choose(desk, "platinum-monthly")
    desk.stripe.fault(fault, POST, method="POST")
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    hours_of_silence(desk, 6)
    assert (operations("change"), desk.mails("plan_not_done")) == (["new"], 0)
    back_again(desk)
    assert (operations("change"), desk.mails("plan_not_done")) == ([state], mails)
    plan = "platinum-monthly" if state == "done" else "gold-monthly"
    assert (desk.subscription().plan, len(bills(desk))) == (plan, 2 if state == "done" else 1)


@pytest.mark.parametrize(("fault", "state", "mails"), [("lost", "done", 0), ("500", "failed", 1)])
def test_so_is_going_on_for_money(desk, fault, state, mails):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.pass_time(days=45)
    desk.visit.open("/membership")
    desk.stripe.fault(fault, f"{POST}/resume", method="POST")
    desk.visit.submit("Go on with Plus, £3.00 today")
    hours_of_silence(desk, 6)
    assert (operations("resume"), desk.mails("plan_not_done")) == (["new"], 0)
    back_again(desk)
    assert (operations("resume"), desk.mails("plan_not_done")) == ([state], mails)
    assert len(bills(desk)) == (2 if state == "done" else 1)


@pytest.mark.parametrize("wish", ["pause", "keep", "later", "stay"])
@pytest.mark.parametrize(("fault", "state", "mails"), [("lost", "done", 0), ("500", "failed", 1)])
def test_so_is_a_wish_that_costs_nothing(desk, wish, fault, state, mails):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    if wish == "keep":
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
    elif wish in ("later", "stay"):
        choose(desk, "gold-monthly")
    if wish == "stay":
        desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    path = {"later": "/v1/subscription_schedules/*", "stay": "/v1/subscription_schedules/*"}.get(wish, POST)
    if wish == "pause":
        desk.visit.open("/membership/pause")
    elif wish != "later":
        desk.visit.open("/membership")
    desk.stripe.fault(fault, path, method="POST")
    button = {
        "pause": "Pause it today",
        "keep": "Keep Platinum",
        "later": "Change on 10 July 2026",
        "stay": "Undo",
    }
    desk.visit.submit(button[wish])
    hours_of_silence(desk, 24)
    assert (operations(wish)[-1], desk.mails("plan_not_done")) == ("new", 0)
    back_again(desk)
    desk.tell()
    assert (operations(wish)[-1], desk.mails("plan_not_done")) == (state, mails)
    assert live(desk) == ["paused" if (wish, state) == ("pause", "done") else "active"]


def test_once_stripe_answers_again_she_can_choose_anew(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    page = choose(desk, "platinum-monthly")
    silence(desk)
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    hours_of_silence(desk, 20)
    back_again(desk)
    desk.visit = step_in(desk.app)
    assert "Change to Platinum?" in choose(desk, "platinum-monthly").text
