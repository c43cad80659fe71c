"""Journey 1, join free: from the first page to the card with its welcome points."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import earning, ledger
from tests.browser import new_phone
from tests.journeys.steps import ANNA, ask_for_code, enter, follow, look, main, press
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme")

SLIP, MEANT = "anna@gmial.com", "anna@gmail.com"


@pytest.mark.script_on_and_off
def test_a_visitor_works_out_what_it_brings_and_joins_with_the_mailed_code(
    phone: Page, script: bool, mailbox: Mailbox, clock
) -> None:
    phone.goto("/")
    look(phone, re.compile(r"\w"))
    phone.get_by_label("I spend about this much a month").fill("40")
    press(phone, "Work it out")
    found = phone.locator("#calculator")
    for fact in ("2,400 points a year", "worth £24.00", "200 points a month", "Silver", "£10.00 off"):
        expect(found).to_contain_text(fact)
    look(phone, re.compile(r"\w"))

    follow(phone, "Join free")
    look(phone, "Where shall we send your code?")
    ask_for_code(phone, SLIP)
    expect(main(phone)).to_contain_text(f"Did you mean {MEANT}?")
    look(phone, "Where shall we send your code?")
    assert not mailbox, "nothing goes to an address that looks like a slip"
    press(phone, f"Yes, send it to {MEANT}")

    look(phone, "Look in your mail")
    first = mailbox.code(MEANT)
    clock.shift(31)
    phone.reload()
    press(phone, "Send it again")
    expect(main(phone)).to_contain_text("A new code is on its way.")
    code = mailbox.code(MEANT)
    assert len(mailbox.to(MEANT)) == 2
    wrong = next(one for one in ("111111", "222222", "333333") if one not in (first, code))
    enter(phone, wrong)
    expect(main(phone)).to_contain_text("That is not the code of the last mail.")
    look(phone, "Look in your mail")
    enter(phone, code)

    look(phone, "Whose card is it?")
    phone.get_by_label("Name").fill("Anna Bell")
    press(phone, "Join")
    expect(main(phone)).to_contain_text("Agree to the terms to join.")
    expect(phone.get_by_label("Name")).to_have_value("Anna Bell")
    look(phone, "Whose card is it?")
    phone.get_by_label("I agree to the terms").check()
    press(phone, "Join")

    look(phone, "Welcome, Anna Bell")
    for fact in (
        "100 points",
        "worth £1.00",
        "100 points to A coffee and a bun",
        "Your first points are on it",
    ):
        expect(main(phone)).to_contain_text(fact)
    assert "card is ready" in str(mailbox[-1]["Subject"])
    assert not ledger.faults() + earning.faults()


@pytest.mark.script_on_and_off
def test_a_visitor_joins_by_the_mailed_link_in_another_browser(
    chromium: Browser, site: str, phone: Page, script: bool, mailbox: Mailbox, clock
) -> None:
    phone.goto("/sign-in?join=1")
    ask_for_code(phone, ANNA)
    look(phone, "Look in your mail")
    with new_phone(chromium, site, script) as other:
        other.goto(mailbox.link(ANNA))
        look(other, "One tap and you are in")
        expect(main(other)).to_contain_text("You asked for this link in another browser")
        press(other, "Sign in as a•••@example.com on this device")
        look(other, "Whose card is it?")
        other.get_by_label("Name").fill("Anna Bell")
        other.get_by_label("Day").select_option("29")
        other.get_by_label("Month").select_option("February")
        other.get_by_label("Send me news").check()
        other.get_by_label("I agree to the terms").check()
        press(other, "Join")
        look(other, "Welcome, Anna Bell")
        follow(other, "You")
        look(other, "You")
        expect(main(other)).to_contain_text("29 February")
        expect(other.get_by_label("Send me news")).to_be_checked()
    phone.goto("/home")
    look(phone, "Sign in")


def test_an_address_that_only_looks_like_a_slip_is_taken_as_typed(phone: Page, mailbox: Mailbox) -> None:
    phone.goto("/sign-in?join=1")
    ask_for_code(phone, SLIP)
    press(phone, "No, it is right as I typed it")
    look(phone, "Look in your mail")
    assert [str(mail["To"]) for mail in mailbox] == [SLIP]


def test_the_calculator_tells_kindly_what_it_cannot_read(phone: Page, app: Flask) -> None:
    phone.goto("/")
    phone.get_by_label("I spend about this much a month").fill("plenty")
    press(phone, "Work it out")
    expect(main(phone)).to_contain_text("That is not an amount. Type digits, such as 40.")
    look(phone, re.compile(r"\w"))
