"""What a page, a mail and a consent say of what comes is what comes: trials, planned changes, days that nobody paid."""

import re

import pytest

from portal import clock, jobs, nightly
from tests.billing import shelf
from tests.billing.test_promotion import words
from tests.billing.test_terms import kept
from tests.billing.test_trials_without_a_card import leave_a_card

FREE = "Gold is free for 14 days, once for each person and card"


@pytest.mark.both_engines
def test_a_trial_that_asks_for_no_card_agrees_to_a_payment_with_a_card_alone(desk):
    shelf.fill(clock.now(), trial_days=14)
    shown = words(desk, "/plans")
    desk.choose("gold-monthly")
    (agreed,) = kept()
    assert agreed["text"].startswith(
        f"{FREE}, and ends by itself then, unless you have left a card. "
        "With a card you agree to pay £5.00 after that, each month until you end it. You can end it"
    )
    assert agreed["text"] in shown


def test_a_trial_that_asks_for_a_card_agrees_to_the_payment_after_it(desk):
    shelf.fill(clock.now(), trial_days=14, asks_card=True)
    desk.choose("gold-yearly")
    assert kept()[0]["text"].startswith(
        f"{FREE}. After that you agree to pay £50.00 each year until you end it."
    )


@pytest.mark.both_engines
def test_a_change_in_a_trial_without_a_card_agrees_to_a_payment_with_a_card_alone(desk):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly", card=None)
    desk.tell()
    desk.visit.open("/membership/change")
    shown = " ".join(desk.visit.submit("See what it costs", plan="platinum-monthly").text.split())
    desk.visit.submit("Change now")
    agreed = kept("change")[0]["text"]
    assert agreed.startswith(
        "Without a card it ends by itself on 24 June 2026, and you agree to no payment. "
        "With a card this holds: You agree to pay £15.00 for Platinum on 24 June 2026"
    )
    assert agreed in shown


@pytest.mark.parametrize("asks_card", [True, False])
def test_the_mail_before_a_trial_ends_knows_whether_there_is_a_card(desk, asks_card):
    shelf.fill(clock.now(), trial_days=14, asks_card=asks_card)
    desk.join("gold-monthly", card="4242" if asks_card else None)
    desk.tell()
    for _ in range(12):
        desk.pass_time(days=1)
        nightly.run(clock.now())
    jobs.wake()
    mail = desk.mail("Your free time with Gold ends on 24 June 2026")
    assert ("If you have left a card" in mail) is not asks_card
    assert ("The first payment of £5.00 is on that day. If you would rather not" in mail) is asks_card


def test_in_a_trial_the_list_of_other_plans_names_no_difference_and_its_end_no_payment(desk):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly", card=None)
    desk.tell()
    page = words(desk, "/membership/change")
    assert "at once, free until 24 June 2026" in page
    assert "for the difference" not in page
    leave_a_card(desk)
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 24 June 2026")
    page = words(desk, "/membership")
    assert "Free until 24 June 2026" in page
    assert "Paid until" not in page


@pytest.mark.both_engines
def test_a_change_that_is_planned_is_told_as_one_on_home_and_by_mail(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="gold-yearly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    home = words(desk, "/home")
    assert "Your plan changes to Gold, £50.00" in home
    assert "renews" not in home
    desk.pass_time(days=2)
    nightly.run(clock.now())
    jobs.wake()
    mail = re.sub(r"\s+", " ", desk.mail("Your plan changes to Gold on 10 July 2026 for £50.00"))
    assert (
        "On 10 July 2026 your plan changes from Platinum to Gold, and we charge £50.00 for a year of it."
        in mail
    )
    assert "End Platinum: " in mail
    assert "another year" not in mail
    desk.visit.open("/membership")
    desk.visit.submit("Undo")
    assert "Platinum renews, £15.00" in words(desk, "/home")
