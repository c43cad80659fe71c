"""Journey of paying: the plans, Stripe's page and back, the plan one has, its end, and taking that back."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import billing, people
from portal.billing.models import Subscription
from portal.db import read
from tests.billing.shop import count
from tests.browser import check_width
from tests.journeys.plans import environ, pages, pay, stripe_standin
from tests.journeys.steps import ANNA, follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox
from tests.stripe_standin import StripeStandIn

__all__ = ["environ", "stripe_standin"]

pytestmark = pytest.mark.usefixtures("programme", "clock", "anna")


@pytest.mark.script_on_and_off
def test_a_member_joins_by_year_sees_what_she_has_ends_it_and_keeps_it(
    phone: Page, script: bool, mailbox: Mailbox, stripe_standin: StripeStandIn, clock
) -> None:
    phone.goto("/plans")
    look(phone, "Free, and as much more as you like")
    expect(main(phone)).to_contain_text("Free delivery on every order")
    expect(phone.get_by_role("link", name="Join free first")).to_be_visible()
    follow(phone, "Sign in")
    sign_in(phone, mailbox)

    look(phone, "Free, and as much more as you like")
    expect(phone.get_by_role("button", name="Join Plus", exact=False)).to_have_count(1)
    expect(phone.get_by_role("button", name="Join Plus, £3.00 a month")).to_be_visible()
    phone.get_by_label("By year").check()
    press(phone, "Join Plus, £30.00 a year")
    assert phone.url.startswith(pages(stripe_standin))
    check_width(phone)
    pay(phone, "0002", "Subscribe")
    expect(main(phone)).to_contain_text("declined")
    pay(phone, "3155", "Subscribe")
    press(phone, "Complete")
    look(phone, "Plus is yours")
    expect(main(phone)).to_contain_text("£30.00 on 10 June 2037")
    assert stripe_standin.events(pending=True), "nobody has told us yet"

    follow(phone, "Look at Plus")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("It is on, and renews by itself.")
    follow(phone, "End Plus")
    look(phone, "End Plus?")
    expect(main(phone)).to_contain_text("Plus itself until 10 June 2037")
    phone.get_by_text("Tell us why, if you like").click()
    phone.get_by_label("What is the reason?").select_option("It costs too much")
    press(phone, "End it on 10 June 2037")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Ends on 10 June 2037.")
    press(phone, "Keep Plus")
    expect(main(phone)).to_contain_text("It goes on as before.")
    expect(main(phone)).to_contain_text("£30.00 on 10 June 2037")

    press(phone, "Card and invoices")
    assert phone.url.startswith(f"{pages(stripe_standin)}/portal/")
    stripe_standin.release()
    phone.goto("/membership")
    look(phone, "Plus")
    member = people.by_ref("c-1")
    assert member is not None
    standing = billing.standing(member.id, clock_day())
    assert standing is not None
    assert standing.status == "active"
    assert count(Subscription) == 1
    assert [str(mail["Subject"]) for mail in mailbox.to(ANNA) if "Plus" in str(mail["Subject"])]


@pytest.mark.script_on_and_off
def test_who_goes_back_from_stripes_page_is_asked_whether_to_go_on(
    phone: Page, script: bool, mailbox: Mailbox, stripe_standin: StripeStandIn
) -> None:
    phone.goto("/membership")
    sign_in(phone, mailbox)
    look(phone, "Your plan")
    follow(phone, "Look at the plans")
    press(phone, "Join Plus, £3.00 a month")
    follow(phone, re.compile("Back"))
    look(phone, "Free, and as much more as you like")
    expect(main(phone)).to_contain_text("You began to join Plus")
    press(phone, "Choose something else")
    expect(main(phone)).not_to_contain_text("You began")
    phone.get_by_label("Once, for life").check()
    press(phone, "Have Plus for life, £90.00 once")
    pay(phone, "4242", "Pay")
    look(phone, "Plus is yours")
    expect(main(phone)).to_contain_text("once, for life")


@pytest.mark.script_on_and_off
def test_a_payment_that_is_not_confirmed_yet_confirms_itself(
    phone: Page, script: bool, mailbox: Mailbox, stripe_standin: StripeStandIn
) -> None:
    phone.goto("/plans")
    follow(phone, "Sign in")
    sign_in(phone, mailbox)
    press(phone, "Join Plus, £3.00 a month")
    stripe_standin.fault("drop", "/v1/checkout/sessions/*", method="GET", times=3)
    pay(phone, "4242", "Subscribe")
    look(phone, "Confirming your payment")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Plus is yours", timeout=20_000)
    assert not read(Subscription.__table__.select().where(Subscription.__table__.c.status != "active")).all()


def clock_day():
    """Today, by the programme."""
    from portal import clock, programme

    return programme.active()[1].day(clock.now())
