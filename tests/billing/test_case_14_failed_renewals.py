"""Acceptance case 14: a renewal fails; it is retried and paid on the fifth day, or never."""

from datetime import date

import pytest

from portal import jobs, tiers


@pytest.mark.both_engines
def test_case_14_retried_and_paid_on_day_five_nothing_is_lost(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell(times=2)
    page = desk.visit.open("/membership")
    assert "Your bank did not let the last payment through." in page.text
    assert "Plus stays on until 17 July 2026 while it is tried again." in page.text
    assert [one["href"] for one in page.all("a") if one.text == "Pay £3.00 now"]
    assert [one for one in page.all("button") if one.text == "Use another card"]
    assert "the benefits stop on the day after" in page.text
    assert desk.perks()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    desk.pass_time(days=5)
    desk.tell(times=2)
    assert desk.status() == "active"
    assert desk.subscription().paid_until == date(2026, 8, 10)
    assert desk.mails("plan_failed") == 1
    assert tiers.paid_months(desk.member, "plus-monthly") == 2
    assert [one.amount_paid for one in desk.at_stripe("invoices") if one.status == "paid"] == [300, 300]


@pytest.mark.both_engines
def test_case_14_never_paid_is_free_on_day_eight_and_can_join_again(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    desk.pass_time(days=7)
    desk.tell()
    assert desk.perks(date(2026, 7, 17))
    desk.pass_time(days=1)
    desk.tell()
    assert not desk.perks()
    page = desk.visit.open("/membership")
    assert "Plus has ended. Your points and your tier are as they were." in page.text
    assert "One payment is still open." in page.text
    desk.pass_time(days=20)
    desk.tell()
    assert desk.subscription().status == "canceled"
    assert desk.mails("plan_failed") == 1
    assert "Plus is yours" in desk.join().text


ASKED_AGAIN = "Your bank may be asked for it again at any time until you end Plus."


def fail(desk) -> None:
    """Her first renewal does not go through."""
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    jobs.wake()


def test_who_is_asked_again_after_the_window_was_told_so_all_along(desk):
    fail(desk)
    assert ASKED_AGAIN in " ".join(desk.mail("A payment for Plus did not go through").split())
    assert ASKED_AGAIN in desk.visit.open("/membership").text
    desk.pass_time(days=8, hours=2)
    desk.tell()
    page = desk.visit.open("/membership")
    assert "Plus has ended." in page.text
    assert ASKED_AGAIN in page.text
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    desk.pass_time(days=2)
    desk.tell()
    assert desk.status() == "active"
    assert ASKED_AGAIN not in desk.visit.open("/membership").text


def test_who_ends_it_after_the_window_is_not_asked_again(desk):
    fail(desk)
    desk.pass_time(days=8, hours=2)
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.follow("End it")
    button = next(one.spoken_name for one in desk.visit.page.all("button") if "End" in one.spoken_name)
    desk.visit.submit(button)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    desk.pass_time(days=12)
    desk.tell()
    assert [one.amount_paid for one in desk.at_stripe("invoices") if one.status == "paid"] == [300]
    assert ASKED_AGAIN not in desk.visit.open("/membership").text


def test_a_renewal_that_failed_has_begun_its_period_and_is_not_paid_for(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert (desk.status(), desk.subscription().paid_until) == ("past_due", date(2026, 7, 10))
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    desk.pass_time(days=5)
    desk.tell()
    assert (desk.status(), desk.subscription().paid_until) == ("active", date(2026, 8, 10))
