"""Journey: share. Two phones: a member passes her link on, a friend joins by it, and both are thanked."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import clock as portal_clock
from portal import earning, jobs, ledger, people, referrals, rewards
from tests import make
from tests.browser import new_phone
from tests.journeys.steps import ANNA, TODAY, Till, ask_for_code, enter, follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme", "clock")

BEN = "ben@example.com"


@pytest.mark.script_on_and_off
def test_a_friend_joins_by_a_members_link_and_both_are_thanked(
    chromium: Browser, site: str, phone: Page, script: bool, mailbox: Mailbox, till: Till, anna: None, clock
) -> None:
    phone.goto("/share")
    sign_in(phone, mailbox)
    look(phone, "Share")
    expect(main(phone)).to_contain_text("£5.00 off, with thanks")
    expect(main(phone)).to_contain_text("Nobody has joined by your link yet.")
    share = phone.get_by_role("button", name="Share the link")
    expect(share).to_be_visible() if script else expect(share).to_be_hidden()
    link = phone.get_by_role("group", name="Your link").inner_text()
    code = phone.locator(".share-code").inner_text()
    assert link == f"{site}/r/{code}"
    expect(phone.get_by_role("link", name="Send it by e-mail")).to_have_attribute("href", _mailto(link))

    with new_phone(chromium, site, script) as bens:
        bens.goto(link)
        look(bens, "Anna invites you to Pennywren Rewards")
        expect(main(bens)).to_contain_text("£5.00 off, with thanks")
        follow(bens, "Join free")
        ask_for_code(bens, BEN)
        enter(bens, mailbox.code(BEN))
        look(bens, "Whose card is it?")
        expect(main(bens)).to_contain_text("Anna invited you: £5.00 off, with thanks is yours on joining.")
        expect(bens.get_by_label("Code of a friend")).to_have_value(code)
        bens.get_by_label("Name").fill("Ben Hill")
        bens.get_by_label("I agree to the terms").check()
        press(bens, "Join")
        look(bens, "Welcome, Ben Hill")
        bens.goto("/share")
        look(bens, "Share")
        expect(main(bens)).to_contain_text("Anna invited you")
        expect(main(bens)).to_contain_text("Is thanked 30 days after your first order")

        ben = people.by_email(people.address_hash(BEN))
        assert ben is not None
        placed_at = portal_clock.now().isoformat()
        till.put("/orders/77", make.order("25.00", member=ben.ref, placed_at=placed_at))
        bens.reload()
        expect(main(bens)).to_contain_text("Is thanked on 10 July 2036, if you keep your order")
        phone.reload()
        expect(main(phone)).to_contain_text("Ben")
        expect(main(phone)).to_contain_text("Yours on 10 July 2036, if the order is kept")
        bens.goto(link)
        look(bens, "You are a member already")

    phone.goto(link)
    look(phone, "This is your own link")
    phone.goto("/r/nobody-222")
    look(phone, "Nobody has this link")

    clock.move_to(TODAY + timedelta(days=30))
    jobs.nightly()
    jobs.wake()
    assert "Ben's first order stands" in str(mailbox.to(ANNA)[-1]["Subject"])
    phone.goto("/share")
    look(phone, "Share")
    expect(main(phone)).to_contain_text("Yours since 10 July 2036")
    assert not ledger.faults() + rewards.faults() + referrals.faults() + earning.faults()


def _mailto(link: str) -> re.Pattern[str]:
    """The link stands in the mail that the phone would write."""
    return re.compile(r"^mailto:\?subject=.*" + re.escape(quote(link, safe="/")))
