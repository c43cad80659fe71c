"""The end of a plan that is paused: the time that is paid for stays, as with one that runs."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs
from tests.billing import shelf
from tests.billing.in_vain import live, refunds, silence
from tests.billing.pages import bills, operations, words
from tests.billing.shop import Desk

WITHDRAW = "Withdraw from Platinum (each year) and get £150.00 back"


def paused(desk: Desk, plan: str = "gold-yearly") -> None:
    """She joins, and pauses it the same day."""
    shelf.fill(clock.now())
    desk.join(plan)
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.tell()


def work_off(desk: Desk) -> None:
    desk.clock.shift(timedelta(minutes=3))
    billing.work_off(clock.now())
    desk.tell()


@pytest.mark.both_engines
def test_it_is_on_again_to_its_last_paid_day_and_may_still_be_withdrawn_from(desk):
    paused(desk)
    page = words(desk.visit.open("/membership/cancel"))
    assert (
        "It is paused, and paid until 10 June 2027. It is on again until then, and ends with that day."
        in page
    )
    assert "Gold itself until 10 June 2027" in page
    desk.visit.submit("End it on 10 June 2027")
    desk.tell()
    assert (live(desk), desk.status(), desk.perks()) == (["active"], "cancelling", True)
    page = words(desk.visit.open("/membership"))
    assert "Ends on 10 June 2027. It stays on until then, and nothing more is charged." in page
    assert "Withdraw and get your money back" in page
    mail = " ".join(desk.mail("Gold ends on 10 June 2027").split())
    assert "It was paused, and is on again until then, for that is paid." in mail
    assert desk.mails("plan_resumed") == 0, "it does not go on"
    desk.pass_time(days=366)
    desk.tell()
    jobs.wake()
    assert (bills(desk), refunds(desk), live(desk)) == ([("paid", 5000)], [], ["canceled"])
    assert "It ended as you asked." in desk.mail("Gold has ended")


@pytest.mark.both_engines
def test_in_place_of_one_for_life_it_keeps_its_year_and_both_may_be_withdrawn_from(desk):
    paused(desk, "platinum-yearly")
    page = words(desk.join("gold-life"))
    assert "Platinum ends on 10 June 2027, and nothing more is charged for it" in page
    work_off(desk)
    page = words(desk.visit.open("/membership"))
    assert "Platinum, which you had before, ends on 10 June 2027" in page
    assert WITHDRAW in page
    assert "It was paused, and is on again until then" in desk.mail("Platinum ends on 10 June 2027")
    assert (live(desk), desk.mails("plan_resumed"), refunds(desk)) == (["active"], 0, [])


@pytest.mark.both_engines
@pytest.mark.parametrize("fault", ["500", "lost", "drop"])
@pytest.mark.parametrize("path", ["/v1/subscriptions/*/resume", "/v1/subscriptions/*"])
def test_an_answer_that_is_lost_on_the_way_is_looked_for_and_it_ends_once(desk, fault, path):
    paused(desk)
    desk.visit.open("/membership/cancel")
    desk.stripe.fault(fault, path, method="POST")
    desk.visit.submit("End it on 10 June 2027")
    desk.tell()
    work_off(desk)
    assert (live(desk), desk.status(), operations("end")) == (["active"], "cancelling", ["done"])
    assert (desk.mails("plan_ending"), desk.mails("plan_resumed")) == (1, 0)


def test_what_stripe_hears_of_only_after_the_last_paid_day_ends_at_once(desk):
    paused(desk, "gold-monthly")
    desk.pass_time(days=20)
    desk.visit.open("/membership/cancel")
    silence(desk)
    desk.visit.submit("End it on 10 July 2026")
    desk.pass_time(days=11)
    desk.stripe.heal()
    work_off(desk)
    assert (bills(desk), live(desk), desk.status()) == ([("paid", 500)], ["canceled"], "ended")


def test_what_is_cut_off_after_it_goes_on_and_renews_goes_back(desk):
    paused(desk, "gold-monthly")
    desk.pass_time(days=20)
    desk.visit.open("/membership/cancel")
    one = desk.subscription().id
    silence(desk)
    desk.visit.submit("End it on 10 July 2026")
    desk.stripe.heal()
    desk.stripe.bare_client().v1.subscriptions.resume(
        one, {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    )
    desk.clock.shift(timedelta(days=10, hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    work_off(desk)
    assert (bills(desk), refunds(desk), live(desk)) == ([("paid", 500), ("paid", 500)], [500], ["canceled"])


def test_a_page_of_before_its_last_paid_day_is_shown_again_after_it(desk):
    paused(desk, "gold-monthly")
    desk.pass_time(days=29, hours=1)
    desk.visit.open("/membership/cancel")
    desk.clock.shift(timedelta(days=1))
    page = desk.visit.submit("End it on 10 July 2026")
    assert "Ends today" in words(page)
    assert live(desk) == ["paused"]
