"""Going on after a pause, a dearer plan, and an end that Stripe has not answered yet: nothing is charged beside it."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.in_vain import live, refunds
from tests.billing.pages import bills, operations
from tests.billing.shop import Desk


def paused(desk: Desk, days: int) -> None:
    """She pauses her plan today, and looks at it again some days later."""
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.pass_time(days=days)
    desk.tell()


def silence(desk: Desk) -> None:
    desk.stripe.fault("500", "*", times=10_000)


def work_off(desk: Desk, *, minutes: int = 3) -> None:
    desk.clock.shift(timedelta(minutes=minutes))
    billing.work_off(clock.now())
    desk.tell()


def buttons(desk: Desk) -> list[str]:
    return [one.spoken_name for one in desk.visit.open("/membership").all("button")]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("days", "due", "button", "then"),
    [(45, "300", "End it today", "canceled"), (5, "0", "End it on 10 July 2026", "active")],
)
def test_while_an_end_is_on_its_way_a_paused_plan_does_not_go_on(desk, days, due, button, then):
    paused(desk, days)
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    desk.visit.open("/membership/cancel")
    silence(desk)
    desk.visit.submit(button)
    desk.stripe.heal()
    assert not [one for one in buttons(desk) if one.startswith("Go on")]
    desk.visit.client.post("/membership/resume", data={"csrf_token": token, "due": due})
    page = desk.visit.open("/membership")
    assert "Something else is under way. Nothing was charged." in page.text
    work_off(desk)
    assert (bills(desk), refunds(desk), live(desk)) == ([("paid", 300)], [], [then])
    assert desk.status() == ("ended" if then == "canceled" else "cancelling")


@pytest.mark.both_engines
def test_going_on_that_stripe_has_not_answered_comes_to_nothing_once_she_asks_for_the_end(desk):
    paused(desk, 45)
    desk.visit.open("/membership")
    desk.stripe.fault("500", "/v1/subscriptions/*/resume", method="POST", times=10_000)
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.visit.open("/membership/cancel")
    silence(desk)
    desk.visit.submit("End it today")
    desk.stripe.heal()
    for _ in range(3):
        work_off(desk)
    assert (operations("resume"), operations("end")) == (["failed"], ["done"])
    assert (bills(desk), refunds(desk), live(desk)) == ([("paid", 300)], [], ["canceled"])


def test_a_dearer_plan_that_stripe_has_not_answered_comes_to_nothing_once_she_asks_for_the_end(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="plus-yearly")
    silence(desk)
    desk.visit.submit("Pay £27.00 and change now")
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.stripe.heal()
    for _ in range(3):
        work_off(desk)
    assert (operations("change"), operations("end")) == (["failed"], ["done"])
    assert desk.mails("plan_not_done") == 0, "she wants none of it any more"
    assert (bills(desk), desk.status()) == ([("paid", 300)], "cancelling")


def test_a_month_that_is_paused_beside_a_year_that_went_back_can_go_on(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-yearly")
    desk.tell()
    desk.visit.open("/membership/withdraw")
    desk.visit.submit("Withdraw and get £50.00 back")
    desk.tell()
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=2)
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.tell()
    assert desk.status() == "paused"
    assert "Go on with Gold, nothing to pay" in buttons(desk)
    assert "has ended" not in desk.visit.page.text
