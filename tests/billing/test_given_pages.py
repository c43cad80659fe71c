"""A given plan where plans are sold: joining beside it, ending what is paid, the mail before it ends."""

from datetime import date, timedelta

from portal import billing, jobs, merchant, nightly
from portal import clock as portal_clock
from portal.db import transact
from tests.billing.shop import Desk

LAST = date(2026, 9, 9)


def give(desk: Desk, until: date = LAST, source: str = "gift") -> None:
    now = portal_clock.now()
    transact(
        lambda: billing.give_plan(
            desk.member, "plus-monthly", until=until, source=source, ref=f"{source}:1", at=now
        )
    )


def test_the_plans_page_says_that_it_is_hers_and_that_joining_pays_from_today(desk):
    give(desk)
    page = desk.visit.open("/plans")
    assert "Plus is yours until 9 September 2026, a gift. If you join now you pay from today." in page.text
    desk.join()
    page = desk.visit.open("/membership")
    assert "It is on, and renews by itself." in page.text
    assert "£3.00 on 10 July 2026" in page.text
    assert "Plus until 9 September 2026" in page.text
    assert "It runs beside what you pay for, and nothing is charged for it." in page.text
    page = desk.visit.open("/plans")
    assert "a gift" not in page.text
    assert "You have Plus." in page.text


def test_what_goes_on_as_a_gift_is_not_said_to_end_with_the_payments(desk):
    give(desk)
    desk.join()
    page = desk.visit.open("/membership/cancel")
    assert "Free delivery on every order" not in page.text
    assert "Only the payments: what it brings stays yours." in page.text
    desk.visit.submit("End it on 10 July 2026")
    desk.pass_time(days=31)
    desk.tell()
    page = desk.visit.open("/membership")
    assert "It is yours until 9 September 2026. Nothing is charged." in page.text
    assert desk.perks()
    jobs.wake()
    told = desk.mail("Your payments for Plus have ended")
    assert "It ended as you asked. Nothing more is charged." in told
    assert "Plus stays yours until 9 September 2026 all the same: it was given to you." in told
    assert "Join again" not in told


def test_payments_that_end_because_it_is_hers_for_life_are_told_as_that(desk):
    desk.join()
    desk.tell()
    desk.join("plus-life")
    desk.pass_time(days=31)
    desk.tell()
    jobs.wake()
    told = desk.mail("Your payments for Plus have ended")
    assert "Plus stays yours all the same: you have it for life." in told


def test_an_end_that_somebody_made_at_stripe_is_not_told_as_hers(desk):
    desk.join()
    desk.tell()
    stripe = desk.stripe.bare_client().v1
    stripe.subscriptions.update(desk.subscription().id, {"cancel_at_period_end": True})
    desk.tell()
    jobs.wake()
    told = desk.mail("Plus ends on 10 July 2026")
    assert "Changed your mind?" not in told
    assert "Look at your plan:" in told


def test_shops_read_the_last_day_of_a_given_plan(desk):
    give(desk)
    state = merchant.member_state("c-1", portal_clock.now())
    assert state["plan"] == {"key": "plus-monthly", "status": "active", "paid_until": "2026-09-09"}


def test_what_is_paid_for_longer_than_the_gift_lasts_ends_with_its_own_day(desk):
    give(desk, until=date(2026, 7, 10))
    desk.join()
    page = desk.visit.open("/membership/cancel")
    assert "Free delivery on every order" in page.text, "both end on the same day"


def test_a_failed_card_asks_for_its_money_though_a_gift_keeps_the_benefits(desk):
    give(desk)
    desk.join(card="0341")
    desk.pass_time(days=30, hours=1)
    desk.tell()
    page = desk.visit.open("/membership")
    assert "Your bank did not let the last payment through." in page.text
    assert "Plus until 9 September 2026" in page.text
    desk.pass_time(days=8)
    assert desk.perks(), "the window is over, and the gift is not"


def test_refunded_what_was_paid_is_over_and_the_gift_stays(desk):
    give(desk)
    desk.join()
    billed = desk.at_stripe("charges")[0]
    desk.stripe.bare_client().v1.refunds.create({"charge": billed.id})
    desk.tell()
    assert desk.perks()
    assert desk.perks(LAST)
    assert not desk.perks(LAST + timedelta(1))


def test_a_week_before_it_ends_she_reads_what_going_on_costs_and_no_pleading(desk):
    give(desk, source="staff")
    desk.clock.move_to("2026-09-02T12:00:00Z")
    nightly.run(portal_clock.now())
    jobs.wake()
    mail = desk.mail("Plus ends on 9 September 2026")
    for words in (
        "ends by itself, and nothing is charged",
        "\n- £3.00 a month\n- £30.00 a year\n- £90.00 once, for life\n\n",
    ):
        assert words in mail
    assert mail.count("Plus ends on") == 1
    told = desk.mail("Plus is yours until 9 September 2026")
    assert "It comes from Pennywren Rewards. Nothing is charged, and it ends by itself." in told


def test_taken_back_she_is_told_that_it_has_ended_and_that_nothing_is_charged(desk):
    give(desk)
    transact(lambda: billing.end_given(desk.member, "gift:1", portal_clock.now()))
    jobs.wake()
    told = desk.mail("The Plus you were given has ended")
    assert "The payment for the gift went back, so it ended today. You are charged nothing." in told
