"""Journeys of what a plan costs: in another currency and with a code, and free days that a card has had before."""

import pytest
from playwright.sync_api import Page, expect

from portal import clock
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.home.doors import enter, join
from tests.journeys.plans import desk, environ, pay, stripe_standin
from tests.journeys.steps import follow, go_back, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

__all__ = ["desk", "environ", "stripe_standin"]

pytestmark = pytest.mark.usefixtures("programme", "clock")
PLANS = "Free, and as much more as you like"


def to_plans(phone: Page, mailbox: Mailbox) -> None:
    phone.goto("/plans")
    follow(phone, "Sign in")
    sign_in(phone, mailbox)
    look(phone, PLANS)


@pytest.mark.script_on_and_off
def test_a_member_chooses_her_currency_types_a_code_and_pays_what_she_was_told(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    shelf.fill(clock.now(), also="promotion_codes = true", abroad="\n")
    v1 = desk.stripe.bare_client().v1
    coupon = v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 3})
    v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "TEA50"})
    to_plans(phone, mailbox)
    follow(phone, "euros")
    look(phone, PLANS)
    expect(main(phone)).to_contain_text("If you have a promotion code, type it there.")
    gold = main(phone).locator("section").filter(has=phone.get_by_role("heading", name="Gold", exact=True))
    gold.get_by_label("By month").check()
    gold.get_by_role("button", name="Join Gold, €6.00 a month", exact=True).click()
    expect(main(phone)).to_contain_text("6.00 EUR every month")
    phone.get_by_label("Promotion code").fill("tea50")
    press(phone, "Apply")
    expect(main(phone)).to_contain_text("Due today3.00 EUR")
    pay(phone, "4242", "Subscribe")
    look(phone, "Gold is yours")
    expect(main(phone)).to_contain_text("€3.00 on 10 July 2036")
    follow(phone, "Look at Gold")
    look(phone, "Gold")
    expect(main(phone)).to_contain_text("€3.00 on 10 July 2036")
    assert [(one.amount_paid, one.currency) for one in desk.at_stripe("invoices")] == [(300, "eur")]


@pytest.mark.script_on_and_off
def test_free_days_that_a_card_has_had_do_not_begin_and_she_joins_without_them(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    shelf.fill(clock.now(), trial_days=14, asks_card=True)
    bea = join("c-2", "bea@example.com", "Bea Carr")
    visit = enter(desk.app, "bea@example.com")
    Desk(desk.app, bea, visit, visit.client, desk.stripe, desk.clock, desk.mailbox).join("gold-monthly")
    to_plans(phone, mailbox)
    expect(main(phone)).to_contain_text("free for 14 days, once for each person and card")
    gold = main(phone).locator("section").filter(has=phone.get_by_role("heading", name="Gold", exact=True))
    gold.get_by_label("By month").check()
    gold.get_by_role("button", name="Try Gold free for 14 days", exact=True).click()
    pay(phone, "4242", "Start")
    look(phone, "Nothing was charged")
    expect(main(phone)).to_contain_text("This card has had its free days before")
    go_back(phone)
    phone.goto("/membership")
    expect(main(phone)).to_contain_text("You have no plan.")
    follow(phone, "Look at the plans")
    look(phone, PLANS)
    expect(main(phone)).not_to_contain_text("free for 14 days")
    gold.get_by_label("By month").check()
    gold.get_by_role("button", name="Join Gold, £5.00 a month", exact=True).click()
    pay(phone, "4242", "Subscribe")
    look(phone, "Gold is yours")
    assert sum(one.amount_paid for one in desk.at_stripe("invoices")) == 500
