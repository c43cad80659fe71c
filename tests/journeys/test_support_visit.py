"""Journey: help. Support finds a member, looks at her pages without being able to change them, puts her points right;
she reads of all of it on her own page."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import clock as portal_clock
from portal import ledger, people, support
from portal.db import transact
from tests import make
from tests.browser import new_phone
from tests.home.doors import enter_desk
from tests.journeys.steps import ANNA, Till, follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme")

SAM = "sam@example.com"
REASON = "She cannot see her order 1182"
WORDS = "For the late parcel, with our apology"
DESK: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}, "is_mobile": False, "has_touch": False}


@pytest.fixture
def sam(app: Flask, anna: None, till: Till) -> None:
    """Somebody of support, and a member with an order."""
    till.put("/orders/1182", make.order("20.00", placed_at=portal_clock.now().isoformat()))
    transact(lambda: people.add_staff(SAM, "support", portal_clock.now()))


def to_the_desk(page: Page, app: Flask, site: str) -> None:
    """In this browser somebody of support has signed in by a passkey, a moment ago (test_staff_door.py shows how)."""
    cookie = enter_desk(app, SAM).client.get_cookie("staff")
    page.context.add_cookies([{"name": "staff", "value": cookie.value, "url": site}])
    page.goto("/staff/")
    look(page, "Find a member")


def begin_visit(page: Page) -> None:
    """From the member at the desk to her pages."""
    follow(page, "Look at her pages")
    look(page, "Look at the pages of Anna Bell")
    page.get_by_label("Ticket").fill("T-17")
    page.get_by_label("Reason").fill(REASON)
    press(page, "Begin the visit")
    look(page, "Hello, Anna Bell")


@pytest.mark.script_on_and_off
@pytest.mark.parametrize("where", ["phone", "desk"])
def test_support_looks_changes_nothing_and_puts_points_right_in_its_own_name(
    app: Flask,
    chromium: Browser,
    site: str,
    script: bool,
    where: str,
    mailbox: Mailbox,
    sam: None,
    clock: object,
) -> None:
    settings = DESK if where == "desk" else {}
    with new_phone(chromium, site, script, **settings) as page:
        to_the_desk(page, app, site)
        for words in ("bell", "1182", ANNA):
            page.get_by_label("Find a member").fill(words)
            press(page, "Find")
            expect(main(page)).to_contain_text("a•••@example.com")
        follow(page, "Anna Bell")
        look(page, "Anna Bell")
        begin_visit(page)
        band = page.get_by_role("region", name="Visit")
        for place, heading in (
            ("All activity", "Activity"),
            ("You", "You"),
            ("Help and contact", "Help and contact"),
        ):
            follow(page, place)
            look(page, heading)
            expect(band).to_contain_text("You are looking at the pages of Anna Bell. 15 minutes left.")
            expect(band).to_contain_text(f"{SAM} · T-17 · {REASON}")
        page.goto("/staff/visit/you")
        expect(main(page)).not_to_contain_text(ANNA)
        page.get_by_label("news", exact=False).first.check()
        press(page, "Save")
        look(page, "Not during a visit")
        expect(main(page)).to_contain_text("Nothing was written")
        page.goto("/staff/visit/card")
        look(page, "Not during a visit")
        press(page, "Stop the visit")
        look(page, "Anna Bell")
        expect(main(page)).to_contain_text("The visit has ended.")
        page.goto("/staff/visit/home")
        look(page, "The visit has ended")
        page.goto("/staff/members/c-1")

        follow(page, "Put points right")
        look(page, "Put the points of Anna Bell right")
        page.get_by_label("How much").fill("50")
        page.get_by_label("What the member reads").fill(WORDS)
        page.get_by_label("Reason").fill("The parcel came two weeks late")
        page.get_by_label("Ticket").fill("T-17")
        press(page, "See what it comes to")
        look(page, "Is this right?")
        expect(main(page)).to_contain_text("100 points")
        expect(main(page)).to_contain_text("150 points")
        press(page, "Add 50 points")
        look(page, "Anna Bell")
        expect(main(page)).to_contain_text("Put right by support")

    with new_phone(chromium, site, script) as hers:
        hers.goto("/you/visits")
        sign_in(hers, mailbox)
        look(hers, "When support looked")
        expect(main(hers)).to_contain_text(REASON)
        expect(main(hers)).to_contain_text("ticket T-17")
        hers.get_by_label("Support may look at my pages.").uncheck()
        press(hers, "Save")
        expect(main(hers)).to_contain_text("Support can no longer look at your pages.")
        hers.goto("/activity")
        follow(hers, re.compile("Put right by support"))
        expect(main(hers)).to_contain_text(WORDS)
        expect(main(hers)).not_to_contain_text("two weeks late")
    assert any("looks at your pages" in mail["Subject"] for mail in mailbox.to(ANNA))
    assert not people.consents(people.by_ref("c-1").id)[-1].given
    assert ledger.faults() == support.faults() == []


@pytest.mark.script_on_and_off
def test_a_visit_past_its_time_writes_nothing_and_the_page_says_how_to_begin_another(
    app: Flask, phone: Page, site: str, script: bool, sam: None, clock: time_machine.Traveller
) -> None:
    to_the_desk(phone, app, site)
    phone.goto("/staff/members/c-1")
    begin_visit(phone)
    phone.goto("/staff/visit/you")
    clock.shift(timedelta(minutes=15))
    phone.get_by_label("news", exact=False).first.check()
    press(phone, "Save")
    look(phone, "The visit has ended")
    expect(main(phone)).to_contain_text("Nothing was written.")
    follow(phone, "Begin another visit")
    look(phone, "Look at the pages of Anna Bell")
    follow(phone, "Prove that it is you")
    look(phone, "Is it still you?")
    expect(phone.get_by_role("button", name="Send the code")).to_have_count(0)
    anna = people.by_ref("c-1")
    assert anna is not None
    assert not anna.marketing
    assert len(support.visits_of(anna.id, portal_clock.now())) == 1, "the other needs a proof first"
