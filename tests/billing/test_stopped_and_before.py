"""A stopped card: who pays may still stop paying and have money back; and what becomes of what was agreed before."""

import pytest

from portal import billing
from portal.billing import wishes
from portal.errors import Refused
from tests.billing.giving import buy, choose, operations, row
from tests.billing.shop import Desk, now, session_of
from tests.billing.test_stopped import FRIEND, kinds, paid, shop, stop
from tests.home.doors import join, step_in

__all__ = ["shop"]
NOTED = "We have taken note of it."


def refunded(desk: Desk) -> list[int]:
    return [one.amount for one in desk.at_stripe("refunds")]


def change(desk: Desk) -> str:
    """Agree to the dearer plan; the words of the page after it."""
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="platinum-monthly")
    return desk.visit.submit("Pay £5.00 and change now").text


def worker(desk: Desk, *minutes: int) -> None:
    for one in minutes:
        desk.clock.shift(one * 60)
        billing.work_off(now())


# What stays


@pytest.mark.both_engines
def test_a_plan_can_be_ended_and_it_is_told_by_mail(desk):
    desk.join()
    desk.tell()
    stop(desk)
    page = desk.visit.open("/membership")
    assert "You can still end what you pay for." in page.text
    page = desk.visit.follow("End Plus")
    assert "Once that is lifted you can take this back until then." in page.text
    assert "with one tap" not in page.text
    page = desk.visit.submit("End it on 10 July 2026")
    assert "It ends, and nothing more is charged." in page.text
    desk.tell()
    assert (desk.status(), desk.mails("plan_ending")) == ("cancelling", 1)


@pytest.mark.both_engines
def test_a_plan_can_be_paused_and_it_is_told_by_mail(desk):
    desk.join()
    desk.tell()
    stop(desk)
    desk.visit.open("/membership")
    page = desk.visit.follow("Pause Plus")
    assert "Your card is stopped, so you can go on only once that is lifted." in page.text
    assert "It is paused." in desk.visit.submit("Pause it today").text
    desk.tell()
    assert (desk.status(), desk.mails("plan_paused")) == ("paused", 1)


@pytest.mark.both_engines
def test_what_was_paid_goes_back_in_the_first_days_and_it_is_told_by_mail(desk):
    desk.join()
    desk.tell()
    stop(desk)
    desk.visit.open("/membership")
    desk.visit.follow("Withdraw and get your money back")
    page = desk.visit.submit("Withdraw and get £3.00 back")
    assert "It has ended, and what you paid goes back to you." in page.text
    desk.tell()
    assert (refunded(desk), desk.mails("plan_ended")) == ([300], 1)


@pytest.mark.both_engines
def test_a_gift_that_nobody_used_is_given_back_and_it_is_told_by_mail(desk):
    buy(desk)
    stop(desk)
    desk.visit.open(f"/gifts/{row().id}")
    desk.visit.follow("Get your money back")
    assert "The code is dead" in desk.visit.submit("Get £9.00 back").text
    desk.tell()
    assert (refunded(desk), row().state, desk.mails("gift_back")) == ([900], "refunded", 1)


# What was agreed before


@pytest.mark.both_engines
def test_a_change_that_stripe_had_carried_out_before_the_stop_stands(shop):
    shop.stripe.fault("lost", "/v1/subscriptions/*", method="POST")
    assert NOTED in change(shop)
    stop(shop)
    worker(shop, 3, 5)
    assert (shop.subscription().plan, paid(shop)) == ("platinum-monthly", [500, 500])
    assert kinds()[-1] == ("change", "done")


@pytest.mark.both_engines
@pytest.mark.parametrize("fault", ["500", "drop"])
def test_a_change_that_had_not_come_to_stripe_is_dropped_and_charges_nothing(shop, fault):
    shop.stripe.fault(fault, "/v1/subscriptions/*", method="POST")
    assert NOTED in change(shop)
    stop(shop)
    worker(shop, 3, 5, 60)
    assert (shop.subscription().plan, paid(shop)) == ("gold-monthly", [500])
    assert kinds()[-1] == ("change", "failed")
    page = shop.visit.open("/membership")
    assert "You asked for another plan." not in page.text
    assert shop.status() == "active"


@pytest.mark.both_engines
@pytest.mark.parametrize(("fault", "after"), [("lost", "active"), ("500", "paused")])
def test_going_on_is_finished_where_stripe_had_begun_it_and_else_dropped(desk, fault, after):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.pass_time(days=45)
    desk.stripe.fault(fault, "/v1/subscriptions/*/resume", method="POST")
    desk.visit.open("/membership")
    assert NOTED in desk.visit.submit("Go on with Plus, £3.00 today").text
    stop(desk)
    worker(desk, 3, 5, 60)
    assert (desk.status(), paid(desk)) == (after, [300, 300] if after == "active" else [300])
    assert kinds()[-1] == ("resume", "done" if after == "active" else "failed")


@pytest.mark.both_engines
@pytest.mark.parametrize(("fault", "after"), [("lost", "active"), ("500", "cancelling")])
def test_an_end_that_was_taken_back_before_the_stop_stays_so_only_where_stripe_knows(desk, fault, after):
    desk.join()
    desk.tell()
    wishes.ask_to_end(desk.member, None, now())
    desk.stripe.fault(fault, "/v1/subscriptions/*", method="POST")
    assert wishes.ask_to_keep(desk.member, now()) == "noted"
    stop(desk)
    worker(desk, 3, 5, 60)
    assert desk.status() == after
    assert kinds()[-1][0] == "keep"
    assert kinds()[-1][1] in ("done", "failed")


@pytest.mark.both_engines
def test_an_end_that_stripe_has_not_heard_is_carried_out_though_somebody_wants_to_keep_it(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST")
    assert wishes.ask_to_end(desk.member, None, now()) == "noted"
    stop(desk)
    with pytest.raises(Refused, match="stopped"):
        wishes.ask_to_keep(desk.member, now())
    worker(desk, 3)
    assert desk.status() == "cancelling"


@pytest.mark.both_engines
@pytest.mark.parametrize("what", ["plus-monthly", "plus-life", "a gift"])
def test_a_payment_page_that_was_open_is_closed_at_the_next_look(app, desk, what):
    join("c-2", "berta@example.com", "Berta Crane")
    hers = desk.choose(visit=step_in(app, "berta@example.com"))
    url = choose(desk, friend=FRIEND) if what == "a gift" else desk.choose(what)
    stop(desk)
    desk.stripe.fault("500", "/v1/checkout/sessions/*", times=9)
    worker(desk, 0)
    assert "open" in dict(one[::-1] for one in kinds()), "it is tried again"
    desk.stripe.heal()
    worker(desk, 1)
    assert desk.stripe.pay(session_of(url), "4242").status != 303
    assert [state for kind, state in kinds()] == ["open", "abandoned"], "nobody else's is touched"
    assert FRIEND not in str([one.facts for one in operations()])
    assert len(desk.at_stripe("payment_intents")) == 0
    assert desk.stripe.pay(session_of(hers), "4242").status == 303


@pytest.mark.both_engines
def test_the_next_month_of_a_plan_that_runs_is_paid_as_ever(desk):
    """It was agreed before, and ends when she says so."""
    desk.join()
    desk.tell()
    stop(desk)
    desk.pass_time(days=31)
    desk.tell()
    assert (desk.status(), paid(desk)) == ("active", [300, 300])
