"""What a refund or a dispute makes of a plan that renews: its months, gifts and end, and what is frozen."""

from datetime import date

import pytest

from portal import billing, clock, programme, rewards, tiers
from portal.db import transact
from tests.billing.paying_back import (
    JOINED,
    WITH_GIFT,
    bills,
    gifted,
    gifts,
    intents,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
)
from tests.billing.shop import Desk
from tests.home.doors import step_in

__all__ = ["gifted", "gifts"]


@pytest.mark.both_engines
def test_a_payment_that_goes_back_takes_its_month_and_its_gifts_and_leaves_the_running_period(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    refund(desk)
    desk.tell()
    assert desk.status() == "active", "who is to lose it is cancelled; a refund alone is kindness"
    assert desk.perks()
    assert tiers.paid_months(desk.member, "plus-monthly") == 0
    assert (wallet(desk).available, wallet(desk).owed, vouchers(desk)) == (JOINED, 0, ["withdrawn"])
    (bill,) = bills()
    assert (bill.paid_minor, bill.refunded_minor) == (300, 300)
    told_again_in_any_order_changes_nothing(desk)
    assert "£3.00 paid back" in desk.visit.open("/membership").text
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1, "the next one counts from there"
    assert wallet(desk).available == WITH_GIFT


def test_a_tier_by_months_in_a_row_ends_with_the_running_period_when_its_months_went_back(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert silver_until(desk) == date(2026, 8, 18), "paid to 10 August, and eight days for a card that fails"
    first, second = intents(desk)[::-1]
    refund(desk, payment=first)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert vouchers(desk) == ["available", "withdrawn"], "only what that payment brought"
    assert wallet(desk).available == WITH_GIFT
    told_again_in_any_order_changes_nothing(desk)
    refund(desk, payment=second)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 0
    desk.pass_time(days=31)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert silver_until(desk) == date(2026, 8, 18), "the third payment is the first in a row"


def silver_until(desk: Desk) -> date | None:
    (until,) = [one.until for one in tiers.grants(desk.member) if one.tier == "silver"]
    return until


def test_a_payment_before_an_end_and_a_new_start_takes_no_month_of_the_new_one(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    old = intents(desk)[0]
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    desk.pass_time(days=3)
    desk.join()
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    refund(desk, payment=old)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    told_again_in_any_order_changes_nothing(desk)


def test_what_was_used_of_its_gifts_stays_and_what_was_spent_is_owed(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    (held,) = [one for one in rewards.held(desk.member, clock.now().date()) if one.terms.key == "friend-five"]
    transact(lambda: rewards.use(ref=held.ref, shop="main", order="1", amount_minor=500, at=clock.now()))
    desk.visit.open("/rewards/five-off")
    desk.visit.submit("Take it")
    assert wallet(desk).available == 200
    refund(desk)
    desk.tell()
    assert (wallet(desk).available, wallet(desk).owed) == (0, 400)
    assert vouchers(desk) == ["used"]
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.parametrize(("amount", "counts"), [(299, True), (300, False)])
def test_a_payment_counts_to_the_last_penny_and_the_meter_says_what_is_left(gifted, amount, counts):
    from portal.billing import benefits

    desk = gifted
    desk.join()
    desk.tell()
    refund(desk, amount)
    desk.tell()
    assert (tiers.paid_months(desk.member, "plus-monthly") == 1) is counts
    assert (wallet(desk).available == WITH_GIFT) is counts
    active = programme.active()[1]
    meter = benefits.meter_of(desk.member, active, active.day(clock.now()))
    assert meter is not None
    assert (meter.paid_minor, meter.fees[0].back_minor) == (300 - amount, amount)


def test_what_a_balance_paid_is_no_fee(gifted):
    from portal.billing import benefits

    desk = gifted
    desk.join()
    desk.tell()
    (customer,) = desk.at_stripe("customers")
    desk.stripe.patch(customer.id, balance=-100)
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert [(one.total_minor, one.paid_minor) for one in bills()] == [(300, 300), (300, 200)]
    active = programme.active()[1]
    meter = benefits.meter_of(desk.member, active, active.day(clock.now()))
    assert meter is not None
    assert meter.paid_minor == 500
    refund(desk)
    desk.tell()
    assert tiers.paid_months(desk.member, "plus-monthly") == 1, "all that was paid of it went back"


@pytest.mark.both_engines
@pytest.mark.parametrize("which", ["last", "earlier"])
def test_a_lost_dispute_ends_the_plan_with_what_is_paid_for_and_nothing_more_is_charged(gifted, which):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    dispute = desk.stripe.dispute(intents(desk)[0 if which == "last" else -1])
    desk.tell()
    assert (desk.status(), wallet(desk).frozen) == ("active", True)
    desk.stripe.close_dispute(dispute, "lost")
    desk.tell()
    billing.work_off(clock.now())
    desk.tell()
    assert not wallet(desk).frozen
    assert desk.status() == ("ended" if which == "last" else "cancelling")
    assert wallet(desk).available == WITH_GIFT
    told_again_in_any_order_changes_nothing(desk)
    charged = len(intents(desk))
    desk.pass_time(days=35)
    desk.tell()
    assert (len(intents(desk)), desk.status()) == (charged, "ended")


def test_a_question_of_the_bank_freezes_nothing(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.stripe.patch(desk.stripe.dispute(intents(desk)[0]), status="warning_needs_response")
    desk.tell()
    assert not wallet(desk).frozen


def test_two_disputes_freeze_until_the_second_is_settled(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    one, two = (desk.stripe.dispute(payment) for payment in intents(desk))
    desk.tell()
    desk.stripe.close_dispute(one, "won")
    desk.tell()
    assert wallet(desk).frozen
    desk.stripe.close_dispute(two, "won")
    desk.tell()
    assert not wallet(desk).frozen


def test_what_comes_in_while_it_is_frozen_comes_in(gifted, app):
    from tests.billing.past import buy

    desk = gifted
    desk.join()
    desk.tell()
    desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    before = wallet(desk).earned
    buy("1", "30.00", placed_at="2026-06-10T09:00:00Z")
    assert wallet(desk).earned > before
    step_in(app).open("/rewards")
