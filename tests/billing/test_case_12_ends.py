"""Acceptance case 12, the page of an end: what she keeps, what ends and when, in her own words if she likes."""

import pytest

from portal import clock, programme, tiers
from portal.db import transact
from tests.billing import shelf
from tests.billing.shop import everything


def test_case_12_two_taps_end_it_and_stripe_is_told_why(desk):
    desk.join()
    desk.visit.open("/membership")
    desk.visit.follow("End Plus")
    page = desk.visit.submit("End it on 10 July 2026", reason="unused", comment="  I order once a year. ")
    assert "It ends, and nothing more is charged." in page.text
    found = desk.stripe.bare_client().v1.subscriptions.retrieve(desk.subscription().id).cancellation_details
    assert (found.feedback, found.comment) == ("unused", "I order once a year.")


def test_more_words_than_stripe_takes_are_refused_and_end_nothing(desk):
    desk.join()
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026", 422, comment="x" * 501)
    assert "At most 500 characters, please." in page.text
    assert desk.status() == "active"


def test_the_tier_that_was_earned_stays_and_the_one_by_the_plan_ends(desk):
    by_spend = '{ metric = "spend", amount = "200.00" }'
    source = programme.load("demo").source.replace(by_spend, f'{by_spend}, {{ metric = "plan" }}', 1)
    transact(lambda: programme.publish(source, clock.now()))
    desk.join()
    desk.tell()
    page = desk.visit.open("/membership/cancel")
    assert "Your tier by the plan: Silver" in page.text
    assert "Your tier: Member" in page.text
    day = programme.active()[1].day(clock.now())
    transact(
        lambda: tiers.grant(
            desk.member, "gold", "courtesy", period="2026", since=day, until=None, review_on=None,
            reached_by="staff", at=clock.now(),
        )
    )  # fmt: skip
    page = desk.visit.open("/membership/cancel")
    assert "Your tier: Gold" in page.text
    assert "Your tier by the plan" not in page.text


@pytest.mark.both_engines
def test_ending_and_keeping_twice_in_two_tabs_is_once(desk):
    desk.join()
    desk.tell()
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    for path, status in (("/membership/cancel", "cancelling"), ("/membership/keep", "active")):
        for again in range(3):
            before = everything() if again else None
            answer = desk.visit.client.post(path, data={"csrf_token": token, "reason": "", "comment": ""})
            assert (answer.status_code, answer.location) == (303, "/membership")
            assert desk.status() == status
            assert before is None or everything() == before


def test_the_last_payment_is_the_one_that_was_made_and_not_the_price(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="platinum-monthly")
    desk.visit.submit("Pay £5.00 and change now")
    page = desk.visit.open("/membership/cancel")
    assert "£5.00 on 25 June 2026 was the last one." in page.text
