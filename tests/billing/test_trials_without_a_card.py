"""A trial without a card ends by itself: no page and no mail of it names a payment before she leaves one."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs, nightly
from tests.billing import shelf
from tests.billing.test_promotion import words

ENDS = "Gold is free until 24 June 2026 and ends by itself then, unless you leave a card."
FIRST = "If you leave one, the first payment of £5.00 is on that day."


@pytest.fixture
def tried(desk):
    """Gold, free for 14 days, and no card with it."""
    shelf.fill(clock.now(), trial_days=14)
    desk.page = desk.join("gold-monthly", card=None)
    desk.tell()
    return desk


def leave_a_card(desk) -> None:
    """On Stripe's page, which makes it the card of the customer, and of what runs without a word of it to us."""
    (customer,) = desk.at_stripe("customers")
    v1 = desk.stripe.bare_client().v1
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})


@pytest.mark.both_engines
def test_page_mail_and_home_name_its_end_and_no_payment(tried):
    joined = " ".join(tried.page.text.split())
    for page in (joined, words(tried, "/membership")):
        assert f"{ENDS} {FIRST}" in page
        assert "Next payment" not in page
    assert "Leave a card" in [one.spoken_name for one in tried.visit.page.all("button")]
    home = words(tried, "/home")
    assert "Last day of Gold, unless you leave a card" in home
    assert "renews" not in home
    told = " ".join(tried.mail("Gold is yours").split())
    assert "It is free until 24 June 2026 and ends by itself then, unless you leave a card." in told
    assert FIRST in told
    assert "renews by itself" not in told
    assert "/membership" in told


def test_the_button_opens_the_page_for_a_card_and_coming_back_names_the_payment(tried):
    tried.visit.open("/membership")
    token = tried.visit.page.all("input", name="csrf_token")[0]["value"]
    answer = tried.visit.client.post("/billing/portal", data={"csrf_token": token, "to": "card"})
    assert answer.location.startswith(f"{tried.stripe.url}/portal/")
    leave_a_card(tried)
    page = words(tried, "/membership")
    assert "It is on, and free until 24 June 2026." in page
    assert "Next payment £5.00 on 24 June 2026" in page
    assert "Gold renews, £5.00" in words(tried, "/home")
    tried.pass_time(days=15)
    tried.tell()
    assert (tried.status(), tried.subscription().needs_card) == ("active", False)


def test_a_card_of_the_customer_from_before_is_one(desk):
    desk.join("plus-monthly")
    desk.tell()
    (customer,) = desk.at_stripe("customers")
    (method,) = desk.at_stripe("payment_methods", customer=customer.id)
    v1 = desk.stripe.bare_client().v1
    v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
    v1.subscriptions.cancel(desk.at_stripe("subscriptions")[0].id)
    desk.tell()
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly", card=None)
    assert "Next payment" in words(desk, "/membership")


def test_what_was_left_and_not_looked_at_is_found_by_the_comparison_of_the_night(tried):
    leave_a_card(tried)
    billing.reconcile(clock.now(), everything=True)
    assert not tried.subscription().needs_card


def test_while_stripe_is_silent_the_page_says_what_is_known(tried):
    tried.stripe.fault("500", "*", times=100)
    assert ENDS in words(tried, "/membership")


def test_it_ends_on_its_day_though_nobody_tells(tried):
    tried.stripe.fault("500", "*", times=10000)
    tried.clock.shift(timedelta(days=15))
    assert tried.status() == "ended"


def test_a_short_trial_has_one_mail_before_its_end_and_that_one_is_true(desk):
    shelf.fill(clock.now(), trial_days=3)
    desk.join("gold-monthly", card=None)
    desk.tell()
    for _ in range(5):
        desk.pass_time(days=1)
        nightly.run(clock.now())
        desk.tell()
    jobs.wake()
    told = [one["Subject"] for one in desk.mailbox if "Gold" in one["Subject"]]
    assert told == ["Gold is yours", "Gold has ended"]
    assert "It is free until 13 June 2026 and ends by itself then" in " ".join(
        desk.mail("Gold is yours").split()
    )


def test_who_asked_for_the_end_is_not_asked_for_a_card(tried):
    tried.visit.open("/membership/cancel")
    tried.visit.submit("End it on 24 June 2026")
    page = words(tried, "/membership")
    assert "Ends on 24 June 2026." in page
    assert "leave a card" not in page


def test_a_change_in_it_says_that_a_card_is_wanted(tried):
    tried.visit.open("/membership/change")
    page = tried.visit.submit("See what it costs", plan="platinum-monthly")
    assert "It ends by itself on that day, unless you leave a card." in " ".join(page.text.split())


def test_a_plan_for_life_in_its_place_does_not_say_that_it_was_paid_for(tried):
    tried.join("gold-life")
    billing.work_off(clock.now())
    tried.tell()
    ends = "ends on 24 June 2026, and nothing more is charged for it."
    assert f"What you had before {ends}" in words(tried, "/membership")
    told = " ".join(tried.mail("Gold ends on 24 June 2026").split())
    assert "Gold, which you had before, ends on 24 June 2026." in told
    assert "paid for before" not in told


def test_a_trial_that_was_paused_for_want_of_a_card_asks_for_one_and_for_no_bank(tried):
    """As somebody may set it at Stripe."""
    pauses = {"trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
    tried.stripe.bare_client().v1.subscriptions.update(tried.subscription().id, pauses)
    tried.tell()
    tried.pass_time(days=15)
    tried.tell()
    page = words(tried, "/membership")
    assert "Gold is paused." in page
    assert "There is no card to pay with. Once you have left one, you can go on for £5.00." in page
    assert "Go on with Gold" not in page
    assert "Leave a card" in [one.spoken_name for one in tried.visit.page.all("button")]
    leave_a_card(tried)
    tried.visit.open("/membership")
    assert "It is on again." in tried.visit.submit("Go on with Gold, £5.00 today").text
    assert tried.status() == "active"
