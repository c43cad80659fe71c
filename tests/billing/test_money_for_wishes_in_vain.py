"""Money that goes back for a wish that Stripe took late, or not at all: every mail names what really went."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs
from portal.billing import wishes
from tests.billing.in_vain import cheaper_in_vain, refunds
from tests.billing.pages import operations, words
from tests.home.doors import step_in

SUBJECT = "£10.00 was paid back for Platinum"
WENT = "Your plan renewed before it could be carried out. So £10.00 was paid back, the way you paid it."
SCHEDULES = "/v1/subscription_schedules*"


def answers_again(desk) -> None:
    """Stripe is back eight hours later, the plan has renewed, and the worker comes by."""
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()


def work(desk, times: int = 3, hours: int = 1) -> None:
    for _ in range(times):
        desk.clock.shift(timedelta(hours=hours))
        billing.work_off(clock.now())
    jobs.wake()


@pytest.fixture
def halfway(desk):
    """What the renewal took beyond Gold is back, and Stripe takes no plan for the next period."""
    cheaper_in_vain(desk)
    answers_again(desk)
    desk.stripe.fault("500", SCHEDULES, times=2000)
    work(desk, times=1)
    assert (operations("later"), refunds(desk)) == (["new"], [1000])
    return desk


@pytest.mark.both_engines
def test_a_change_for_which_money_went_back_is_not_given_up(halfway):
    work(halfway, times=10, hours=13)
    assert (operations("later"), refunds(halfway), halfway.mails("plan_not_done")) == (["new"], [1000], 0)
    halfway.visit = step_in(halfway.app)
    assert "You asked for another plan, and Stripe has not taken it yet." in words(
        halfway.visit.open("/membership")
    )
    halfway.stripe.heal()
    work(halfway, times=1, hours=13)
    assert (operations("later"), refunds(halfway), halfway.mails("plan_changed_late")) == (
        ["done"],
        [1000],
        1,
    )
    assert halfway.subscription().next_plan == "gold-monthly"


def test_one_that_another_renewal_has_overtaken_is_told_with_what_went_back(halfway):
    halfway.pass_time(days=31, hours=2)
    halfway.stripe.heal()
    work(halfway)
    assert (operations("later"), refunds(halfway)) == (["failed"], [1000])
    mail = halfway.mail(SUBJECT)
    assert f"That could not be carried out, and your plan stays as it is. We are sorry. {WENT}" in mail
    assert "nothing was changed" not in mail


@pytest.mark.both_engines
@pytest.mark.parametrize("wish", ["pause", "end"])
def test_what_went_back_for_a_change_is_told_where_she_asks_for_something_else_since(halfway, wish):
    halfway.stripe.heal()
    if wish == "pause":
        wishes.ask_to_pause(halfway.member, clock.now())
    else:
        wishes.ask_to_end(halfway.member, None, clock.now())
    work(halfway)
    assert (operations("later"), operations(wish), refunds(halfway)) == (["abandoned"], ["done"], [1000])
    assert f"You have asked for something else since, so that falls away. {WENT}" in halfway.mail(SUBJECT)
    assert halfway.mails("plan_not_done") == 1
