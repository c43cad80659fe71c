"""Journeys of a paid plan where something goes wrong at Stripe: what a member reads, and what she has after it.

The numbers are those of the acceptance cases of paid plans.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import billing, clock
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.journeys.plans import desk, environ, held_since, pages, pay, stripe_standin, to_membership
from tests.journeys.steps import follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

__all__ = ["desk", "environ", "stripe_standin"]

pytestmark = pytest.mark.usefixtures("programme", "clock")
PLANS = "Free, and as much more as you like"


def to_plans(phone: Page, mailbox: Mailbox) -> None:
    """Sign in on the way to the plans."""
    phone.goto("/plans")
    follow(phone, "Sign in")
    sign_in(phone, mailbox)
    look(phone, PLANS)


def paid(desk: Desk) -> list[int]:
    """What Stripe took, newest first, in pence."""
    return [one.amount_paid for one in desk.at_stripe("invoices") if one.amount_paid]


def test_case_04_who_closes_the_browser_after_paying_finds_her_plan_when_she_looks_again(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    to_plans(phone, mailbox)
    press(phone, "Join Plus, £3.00 a month")
    phone.wait_for_url(re.compile("/pay/"))
    desk.stripe.pay(phone.url.rsplit("/", 1)[1])
    desk.stripe.drop()
    phone.goto("/membership")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("It is on, and renews by itself.")
    assert paid(desk) == [300]


def test_case_05_two_tabs_share_one_payment_page_and_one_charge(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    to_plans(phone, mailbox)
    tab = phone.context.new_page()
    tab.goto("/plans")
    tab.get_by_label("Once, for life").check()
    press(phone, "Join Plus, £3.00 a month")
    phone.wait_for_url(re.compile("/pay/"))
    press(tab, "Have Plus for life, £90.00 once")
    tab.wait_for_url(re.compile("/pay/"))
    assert tab.url == phone.url  # what was begun first
    pay(phone, "4242", "Subscribe")
    look(phone, "Plus is yours")
    pay(tab, "4242", "Subscribe")
    expect(tab.locator("body")).to_contain_text("Nothing more was charged.")
    assert paid(desk) == [300]


@pytest.mark.script_on_and_off
def test_case_06_and_07_an_answer_that_is_lost_says_that_nothing_was_charged_and_the_next_tap_pays_once(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    to_plans(phone, mailbox)
    desk.stripe.fault("lost", "/v1/checkout/sessions", method="POST", times=3)
    press(phone, "Join Plus, £3.00 a month")
    look(phone, PLANS)
    expect(phone.get_by_role("alert")).to_contain_text("Nothing was charged. Try again in a minute.")
    press(phone, "Join Plus, £3.00 a month")
    assert phone.url.startswith(pages(desk.stripe))
    pay(phone, "4242", "Subscribe")
    look(phone, "Plus is yours")
    assert paid(desk) == [300]
    assert len(desk.at_stripe("checkout.sessions")) == 1


def test_case_08_a_payment_that_the_bank_does_not_confirm_brings_nothing_until_one_is(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    to_plans(phone, mailbox)
    press(phone, "Join Plus, £3.00 a month")
    pay(phone, "3155", "Subscribe")
    phone.get_by_role("button", name=re.compile("^Fail")).click()
    expect(phone.locator("body")).to_contain_text("unable to authenticate")
    assert not desk.perks()
    tab = phone.context.new_page()
    tab.goto("/membership")
    expect(main(tab)).to_contain_text("You have no plan")
    pay(phone, "3155", "Subscribe")
    press(phone, "Complete")
    look(phone, "Plus is yours")
    assert paid(desk) == [300]


def test_case_09_a_trial_without_a_card_ends_in_nothing_and_is_not_offered_again(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    shelf.fill(clock.now(), trial_days=14)
    to_plans(phone, mailbox)
    press(phone, "Try Gold free for 14 days")
    phone.wait_for_url(re.compile("/pay/"))
    desk.stripe.pay(phone.url.rsplit("/", 1)[1], None)
    desk.tell()
    phone.goto("/membership")
    look(phone, "Gold")
    said = "Gold is free until 24 June 2036 and ends by itself then, unless you leave a card."
    expect(main(phone)).to_contain_text(said)
    expect(main(phone)).not_to_contain_text("Next payment")
    expect(phone.get_by_role("button", name="Leave a card")).to_be_visible()
    desk.clock.shift(12 * 86_400)
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.tell()
    billing.nightly(clock.now())
    assert desk.mails("plan_trial_ending") == 1
    desk.clock.shift(3 * 86_400)
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.tell()
    phone.goto("/membership")
    look(phone, "Gold")
    expect(main(phone)).to_contain_text("Gold has ended.")
    follow(phone, "Look at the plans")
    look(phone, PLANS)
    expect(main(phone)).not_to_contain_text("Try Gold free")
    expect(phone.get_by_role("button", name="Join Gold, £5.00 a month")).to_be_visible()
    assert paid(desk) == []


def test_case_10_a_dearer_plan_comes_only_once_the_bank_has_confirmed_what_was_shown(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    shelf.fill(clock.now())
    held_since(desk, 15, "gold-monthly")
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    to_membership(phone, mailbox)
    follow(phone, "Change the plan")
    phone.locator("section").filter(has_text="Platinum").get_by_label("By month").check()
    press(phone, "See what it costs")
    look(phone, "Change to Platinum?")
    words = phone.get_by_role("button", name=re.compile("^Pay ")).inner_text()
    (amount,) = re.findall(r"£\d+\.\d\d", words)
    press(phone, words)
    look(phone, "Gold")
    expect(main(phone)).to_contain_text("Platinum waits for its payment.")
    follow(phone, f"Confirm {amount}")
    pay(phone, "3184", "Pay")
    press(phone, "Complete")
    desk.tell()
    phone.goto("/membership")
    look(phone, "Platinum")
    assert paid(desk)[0] == int(amount[1:].replace(".", ""))


def test_case_18_a_payment_for_life_that_is_disputed_and_then_lost_is_told_on_the_page_of_the_plan(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    held_since(desk, 1, "plus-life")
    dispute = desk.stripe.dispute(desk.at_stripe("payment_intents")[0].id)
    desk.tell()
    to_membership(phone, mailbox)
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Your bank is looking into a payment of yours.")
    expect(main(phone)).to_contain_text("It is on, and has no end.")
    desk.stripe.close_dispute(dispute, "lost")
    desk.tell()
    phone.reload()
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Plus has ended. Your points and your tier are as they were.")
    expect(main(phone)).not_to_contain_text("Your bank is looking")


@pytest.mark.script_on_and_off
def test_case_19_where_stripe_has_deleted_her_the_button_explains_and_joining_again_works_once(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    held_since(desk, 1)
    desk.stripe.bare_client().v1.customers.delete(desk.at_stripe("customers")[0].id)
    to_membership(phone, mailbox)
    look(phone, "Plus")
    press(phone, "Card and invoices")
    look(phone, "Plus")
    expect(phone.get_by_role("alert")).to_contain_text(
        "Stripe has no card of yours any more. It asks for one when you next join."
    )
    desk.tell()
    phone.goto("/membership")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Plus has ended.")
    follow(phone, "Look at the plans")
    press(phone, "Join Plus, £3.00 a month")
    pay(phone, "4242", "Subscribe")
    look(phone, "Plus is yours")
    assert paid(desk) == [300, 300]


def test_case_20_the_way_back_of_somebody_else_leads_nowhere(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    path = desk.pay(desk.choose())
    assert path is not None
    session = path.partition("=")[2]
    phone.goto("/billing/return?session_id=cs_test_of_nobody")
    sign_in(phone, mailbox)
    look(phone, "This page is not here")
    phone.goto(f"/billing/return?session_id={session}x")
    look(phone, "This page is not here")
    phone.goto(path)
    look(phone, "Plus is yours")


def test_case_20_yen_are_shown_and_charged_without_decimals(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    shelf.fill(clock.now(), abroad="\n")
    to_plans(phone, mailbox)
    follow(phone, "Japanese yen")
    look(phone, PLANS)
    press(phone, "Join Gold, JP¥900 a month")
    expect(phone.locator("body")).to_contain_text("Due today900 JPY")
    pay(phone, "4242", "Subscribe")
    look(phone, "Gold is yours")
    expect(main(phone)).to_contain_text("JP¥900 on 10 July 2036")
    assert paid(desk) == [900]
