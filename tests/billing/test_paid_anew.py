"""The same plan paid for anew after its payment went back, on the same day too: she has what that payment brings."""

import pytest

from portal import billing, clock, rewards, tiers
from portal import programme as programmes
from portal.billing import withdrawing
from portal.db import transact
from tests.billing.in_vain import eight_hours_of_silence, end_of_the_eve, pause_in_vain
from tests.billing.pages import operations
from tests.billing.paying_back import (
    JOINED,
    WITH_GIFT,
    gifted,
    gifts,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
)
from tests.billing.shop import Desk
from tests.billing.test_gifts_after_changes import change, gives, points

__all__ = ["gifted", "gifts"]


def withdraw(desk: Desk) -> None:
    """She withdraws from what can be withdrawn from; all of it is told."""
    _, active = programmes.active()
    (found,) = withdrawing.open_to(desk.member, active, clock.now().date())
    withdrawing.withdraw(desk.member, found.of, found.minor, clock.now())
    desk.tell()


@pytest.mark.both_engines
@pytest.mark.parametrize(("plan", "days"), [("plus-monthly", 0), ("plus-life", 60)])
def test_who_withdraws_and_joins_again_has_the_gifts_of_the_payment_that_stands(gifted, plan, days):
    desk = gifted
    desk.join(plan)
    desk.tell()
    withdraw(desk)
    assert (wallet(desk).available, vouchers(desk)) == (JOINED, ["withdrawn"])
    if days:
        desk.pass_time(days=days)
    desk.join(plan)
    desk.tell()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available", "withdrawn"])
    assert tiers.paid_months(desk.member, plan) == {"plus-monthly": 1, "plus-life": 1200}[plan]
    told_again_in_any_order_changes_nothing(desk)
    if plan == "plus-life":
        return
    withdraw(desk)
    assert (wallet(desk).available, vouchers(desk)) == (JOINED, ["withdrawn", "withdrawn"])


def test_a_year_that_is_paid_again_on_the_same_day_brings_its_gifts_by_month_too(desk: Desk):
    gives("gold-yearly")
    desk.join("gold-yearly")
    desk.tell()
    withdraw(desk)
    desk.join("gold-yearly")
    desk.tell()
    assert wallet(desk).available == WITH_GIFT
    assert points(desk, 3) == [1300, 1900, 2500]


def test_a_refund_that_is_heard_of_after_the_payment_in_its_place_takes_nothing_of_that(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    (first,) = [one.id for one in desk.at_stripe("payment_intents")]
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    refund(desk, payment=first)
    desk.pass_time(minutes=5)
    desk.join()
    desk.tell("invoice.paid", "customer.subscription.created")
    assert wallet(desk).available == WITH_GIFT
    desk.tell()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available"])
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    told_again_in_any_order_changes_nothing(desk)


def test_a_voucher_that_was_used_before_the_payment_went_back_is_not_given_twice(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    (held,) = [one for one in rewards.held(desk.member, clock.now().date()) if one.terms.key == "friend-five"]
    transact(lambda: rewards.use(ref=held.ref, shop="main", order="1", amount_minor=500, at=clock.now()))
    withdraw(desk)
    desk.join()
    desk.tell()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["used"])


def test_who_joins_again_on_the_day_of_a_late_end_has_the_gifts_of_her_payment(gifted):
    desk = gifted
    end_of_the_eve(desk)
    eight_hours_of_silence(desk)
    assert (operations("end"), wallet(desk).available) == (["done"], WITH_GIFT)
    desk.join()
    desk.tell()
    assert (wallet(desk).available, tiers.paid_months(desk.member, "plus-monthly")) == (1300, 1)


@pytest.mark.both_engines
def test_going_on_after_a_late_pause_is_a_payment_on_the_same_day_too(gifted):
    desk = gifted
    pause_in_vain(desk)
    eight_hours_of_silence(desk)
    assert (wallet(desk).available, tiers.paid_months(desk.member, "plus-monthly")) == (WITH_GIFT, 1)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.tell()
    assert (wallet(desk).available, tiers.paid_months(desk.member, "plus-monthly")) == (1300, 2)
    told_again_in_any_order_changes_nothing(desk)


def test_what_a_change_costs_in_a_period_whose_payment_went_back_is_no_payment(desk: Desk):
    gives("gold-monthly", "platinum-monthly")
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=5)
    refund(desk)
    desk.tell()
    billing.work_off(clock.now())
    assert wallet(desk).available == JOINED
    change(desk, "platinum-monthly")
    desk.tell()
    assert wallet(desk).available == JOINED
