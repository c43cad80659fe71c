"""What a page, a mail and a consent say of what comes is what comes: trials, planned changes, days that nobody paid."""

import pytest

from portal import clock
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
