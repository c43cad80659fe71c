"""An end that Stripe does not take in time: the day on which she asked counts, and what came after it goes back."""

import re
from datetime import timedelta

import pytest

from portal import billing, clock, tiers
from tests.billing import shelf
from tests.billing.in_vain import end_in_vain, live, refunds
from tests.billing.pages import bills, operations, to_boundary, words
from tests.billing.paying_back import (
    gifted,
    gifts,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
)
from tests.billing.shop import Desk, leave
from tests.home.doors import step_in

__all__ = ["gifted", "gifts"]
NEXT_TRY = timedelta(hours=13)


def stripe_is_back(desk: Desk) -> None:
    desk.stripe.heal()
    desk.clock.shift(NEXT_TRY)
    billing.work_off(clock.now())


@pytest.mark.both_engines
def test_what_renewed_after_she_had_ended_it_is_paid_back_and_it_ends_at_once(gifted):
    desk = gifted
    desk.join()
    desk.tell()
    before = (wallet(desk).available, vouchers(desk))
    desk.clock.shift(timedelta(days=29, hours=20))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.visit = step_in(desk.app)
    end_in_vain(desk)
    desk.clock.shift(timedelta(hours=20))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    assert "What is charged for a new period meanwhile goes back to you." in words(late_page(desk))
    stripe_is_back(desk)
    assert bills(desk) == [("paid", 300), ("paid", 300)]
    assert (refunds(desk), live(desk), operations("end")) == ([300], ["canceled"], ["done"])
    desk.tell()
    assert (desk.status(), desk.mails("plan_ended")) == ("ended", 1)
    assert "So £3.00 was paid back, the way you paid it." in desk.mail("Plus has ended")
    assert desk.mails("plan_ending") == 0
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert wallet(desk).available == before[0]
    assert vouchers(desk)[0] == before[1][0], "what the period before brought stays"
    told_again_in_any_order_changes_nothing(desk)


def late_page(desk: Desk):
    """The page of her plan after some tries in vain."""
    for _ in range(6):
        desk.clock.shift(timedelta(minutes=20))
        billing.work_off(clock.now())
    return desk.visit.open("/membership")


@pytest.mark.parametrize("fault", ["500", "lost", "drop"])
@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/subscriptions/*", "/v1/invoices"])
def test_whatever_is_not_answered_on_the_way_is_done_once_in_the_end(desk, fault, path):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=20)
    end_in_vain(desk)
    desk.clock.shift(timedelta(hours=20))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    desk.stripe.fault(fault, path)
    desk.stripe.fault(fault, path, method="POST" if "refunds" in path else "DELETE")
    for _ in range(4):
        desk.clock.shift(NEXT_TRY)
        billing.work_off(clock.now())
    assert (refunds(desk), live(desk), operations("end")) == ([300], ["canceled"], ["done"])
    desk.tell()
    assert re.search(r"So £3.00 (was paid back|goes back to you)", desk.mail("Plus has ended"))
    told_again_in_any_order_changes_nothing(desk)


def test_a_renewal_that_is_still_a_draft_is_never_charged(desk):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=58)
    end_in_vain(desk)
    desk.clock.shift(timedelta(minutes=5))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    billing.work_off(clock.now())
    assert live(desk) == ["canceled"]
    desk.pass_time(days=3)
    desk.tell()
    assert (refunds(desk), bills(desk)) == ([], [("draft", 300), ("paid", 300)])
    assert "It ended as you asked." in desk.mail("Plus has ended")


def test_two_renewals_in_the_meantime_both_go_back(desk):
    desk.join()
    desk.tell()
    end_in_vain(desk)
    desk.clock.shift(timedelta(days=62))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    stripe_is_back(desk)
    assert (refunds(desk), live(desk)) == ([300, 300], ["canceled"])
    desk.tell()
    assert "So £6.00 was paid back" in desk.mail("Plus has ended")


def test_a_renewal_that_staff_gave_back_meanwhile_is_not_given_back_twice(desk):
    desk.join()
    desk.tell()
    end_in_vain(desk)
    desk.clock.shift(timedelta(days=31))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    refund(desk, 300)
    stripe_is_back(desk)
    assert (refunds(desk), live(desk), operations("end")) == ([300], ["canceled"], ["done"])


def test_an_end_of_a_period_that_has_begun_lasts_to_its_end_and_nothing_goes_back(desk):
    """The bill in the making was named on the page as the last one."""
    desk.join()
    desk.tell()
    desk.pass_time(days=30, minutes=5)
    desk.tell()
    end_in_vain(desk, "End it on 10 August 2026")
    desk.clock.shift(timedelta(hours=2))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    stripe_is_back(desk)
    assert (refunds(desk), live(desk), desk.status()) == ([], ["active"], "cancelling")
    assert desk.subscription().ends_on.isoformat() == "2026-08-10"


def test_an_end_that_comes_late_in_the_same_period_is_an_end_like_any_other(desk):
    desk.join()
    desk.tell()
    end_in_vain(desk)
    desk.clock.shift(timedelta(days=29))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    stripe_is_back(desk)
    assert (refunds(desk), desk.status(), bills(desk)) == ([], "cancelling", [("paid", 300)])


def test_a_trial_that_was_ended_in_time_costs_nothing(desk):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly")
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    end_in_vain(desk, "End it on 24 June 2026")
    desk.clock.shift(timedelta(days=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    stripe_is_back(desk)
    assert bills(desk)[0] == ("paid", 500)
    assert (refunds(desk), live(desk)) == ([500], ["canceled"])


def test_a_plan_whose_card_failed_and_was_taken_after_she_had_ended_it_is_paid_back(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    url = desk.subscription().pay_url.rsplit("/", 1)[1]
    end_in_vain(desk, "End it today")
    desk.stripe.heal()
    desk.stripe.pay_invoice(url, "4242")
    stripe_is_back(desk)
    assert (refunds(desk), live(desk)) == ([300], ["canceled"])


@pytest.mark.both_engines
def test_whoever_left_before_a_renewal_gets_it_back(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("500", "*", times=10_000)
    leave(desk)
    desk.clock.shift(timedelta(days=31))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    stripe_is_back(desk)
    assert (refunds(desk), live(desk)) == ([300], ["canceled"])


def test_ending_what_has_ended_is_done_and_a_second_plan_is_paid_back_all_the_same(desk):
    """The answer to the end of the second one is lost; it is asked for again, and its money still goes back."""
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    (price,) = (one.id for one in desk.at_stripe("prices") if one.unit_amount == 300)
    (customer,) = desk.at_stripe("customers")
    card = client.payment_methods.list({"customer": customer.id}).data[0].id
    client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price}], "default_payment_method": card}
    )
    desk.tell()
    desk.stripe.fault("lost", "/v1/subscriptions/*", method="DELETE")
    for _ in range(3):
        billing.work_off(clock.now())
        desk.clock.shift(timedelta(minutes=5))
    assert (operations("extra"), refunds(desk)) == (["done"], [300])
    assert sorted(live(desk)) == ["active", "canceled"]


def test_leaving_a_plan_that_ended_at_stripe_is_done_and_not_noted_as_a_fault(desk, caplog):
    desk.join()
    desk.tell()
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    leave(desk)
    assert operations("end") == ["done"]
    assert "was not taken" not in caplog.text
