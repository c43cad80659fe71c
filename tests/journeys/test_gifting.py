"""Journey of a gift: Anna pays for a plan for her friend, who opens the mail, joins, and has it without a card."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.billing.models import PlanGift, PlanGrant
from portal.db import read
from tests.billing.shop import count
from tests.browser import check_width, new_phone
from tests.journeys.plans import environ, pages, pay, stripe_standin, tap_twice
from tests.journeys.steps import follow, go_back, look, main, press, sign_in
from tests.notices.mailbox import Mailbox
from tests.stripe_standin import StripeStandIn

__all__ = ["environ", "stripe_standin"]

pytestmark = pytest.mark.usefixtures("programme", "clock", "anna")
ZOE = "zoe@example.com"


def begin(phone: Page, mailbox: Mailbox) -> None:
    """To the page of gifts, as she comes there from the plans."""
    phone.goto("/plans")
    follow(phone, "Sign in")
    sign_in(phone, mailbox)
    follow(phone, "Give it to a friend")
    look(phone, "Give Plus to a friend")


@pytest.mark.script_on_and_off
def test_a_gift_is_bought_opened_by_a_friend_who_joins_and_used_without_a_card(
    phone: Page, script: bool, chromium: Browser, site: str, mailbox: Mailbox, stripe_standin: StripeStandIn
) -> None:
    begin(phone, mailbox)
    phone.get_by_label("3 months").check()
    press(phone, "Go on to the payment")
    assert phone.url.startswith(pages(stripe_standin))
    go_back(phone)
    look(phone, "Give Plus to a friend")
    phone.get_by_label("6 months").check()
    phone.get_by_label("Your friend's e-mail address").fill(ZOE)
    phone.get_by_label("A line from you").fill("Happy birthday, Zoe.")
    tap_twice(phone, "Go on to the payment")
    check_width(phone)
    pay(phone, "4242", "Pay")
    look(phone, "Plus for 6 months")
    expect(main(phone)).to_contain_text("It is paid. Thank you.")
    expect(main(phone)).to_contain_text("£18.00 on 10 June 2036")
    assert count(PlanGift) == 1
    assert (
        len(
            [
                one
                for one in stripe_standin.bare_client().v1.payment_intents.list().data
                if one.amount_received
            ]
        )
        == 1
    )
    follow(phone, "Your gifts")
    look(phone, "Your gifts")
    expect(main(phone)).to_contain_text("not used yet")

    mail = next(one for one in mailbox.to(ZOE) if "gives you" in str(one["Subject"]))
    link = urlsplit(re.search(r"https?://\S+/gift/\S+", str(mail.get_body(("plain",)).get_content()))[0]).path
    with new_phone(
        chromium, site, script, color_scheme="dark", viewport={"width": 320, "height": 640}
    ) as hers:
        hers.goto(link)
        look(hers, "A gift for you")
        press(hers, "Open it")
        look(hers, "Anna gives you Plus for 6 months")
        assert urlsplit(hers.url).path == "/gift"
        expect(main(hers)).to_contain_text("“Happy birthday, Zoe.”")
        follow(hers, "Join free and use it")
        sign_in(hers, mailbox, ZOE)
        hers.get_by_label("Name").fill("Zoe")
        hers.get_by_label(re.compile("I agree")).check()
        press(hers, "Join")
        look(hers, "Anna gives you Plus for 6 months")
        tap_twice(hers, "Use it, until 10 December 2036")
        look(hers, "Plus")
        expect(main(hers)).to_contain_text("10 December 2036")
        go_back(hers)
        expect(hers.get_by_role("heading", level=1)).to_have_text(re.compile("Plus|Open a gift"))
    assert count(PlanGrant) == 1
    phone.reload()
    expect(main(phone)).to_contain_text("used")
    assert read(PlanGift.__table__.select()).one().state == "redeemed"


@pytest.mark.script_on_and_off
def test_a_code_is_typed_and_a_wrong_one_is_told(phone: Page, script: bool) -> None:
    phone.goto("/gift")
    look(phone, "Open a gift")
    press(phone, "Open it")
    expect(main(phone)).to_contain_text("Type the code.")
    phone.get_by_label("The code of your gift").fill("K7QM-2XRD-9TVB-4HNC")
    press(phone, "Open it")
    look(phone, "Open a gift")
    expect(main(phone)).to_contain_text("We do not know this code.")
