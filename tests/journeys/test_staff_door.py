"""Journey: the way in of who works here: the one-time link, a passkey, and for a till one page that only scans."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from portal import clock as portal_clock
from portal import people, rewards, signin
from portal.db import transact
from tests.giving.hands import earn
from tests.journeys.keys import PHONE, Authenticator
from tests.journeys.steps import follow, look, main, press

pytestmark = pytest.mark.usefixtures("anna")

SAM = "sam@example.com"


def arrive(phone: Page, role: str) -> Authenticator:
    """By the link that `portal staff add` prints, to a passkey."""
    # Nothing is shown at a field here, which DevTools' phone would pick by itself: only the button asks.
    phone.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    device = Authenticator(phone, PHONE)
    transact(lambda: people.add_staff(SAM, role, portal_clock.now()))
    phone.goto(transact(lambda: signin.make_link(SAM, "staff", portal_clock.now(), 60)))
    look(phone, "Welcome to the team")
    press(phone, "Sign in as s•••@example.com on this device")
    look(phone, "Next time just look at your phone")
    press(phone, "Set it up")
    expect(main(phone).get_by_role("status").first).to_contain_text("From now on this device signs you in")
    return device


def test_a_colleague_comes_by_the_link_once_and_by_a_passkey_from_then_on(
    phone: Page, clock: time_machine.Traveller
) -> None:
    device = arrive(phone, "support")
    look(phone, "Safety")
    assert [one["rpId"] for one in device.passkeys] == ["localhost"]
    press(phone, "Sign out")
    look(phone, "You are signed out")
    follow(phone, "Sign in again")
    look(phone, "Sign in to the desk")
    device.recognise(False)
    press(phone, "Sign in")
    expect(main(phone)).to_contain_text("That did not work")
    device.recognise(True)
    press(phone, "Sign in")
    look(phone, "Find a member")
    clock.shift(timedelta(minutes=6))
    phone.goto("/staff/visits/new?member=c-1")
    follow(phone, "Prove that it is you")
    look(phone, "Is it still you?")
    press(phone, "Use your passkey")
    look(phone, "Look at the pages of Anna Bell")
    clock.shift(timedelta(minutes=31))
    phone.goto("/staff/members?q=c-1")
    look(phone, "Sign in to the desk")
    press(phone, "Sign in")
    look(phone, "Find a member")
    expect(main(phone)).to_contain_text("Anna Bell")


def test_a_till_scans_a_card_and_a_code_and_opens_nothing_else(app: Flask, phone: Page) -> None:
    member = people.by_ref("c-1")
    earn(member.id, 2000)
    now = portal_clock.now()
    taken = transact(lambda: rewards.redeem(member.id, "five-off", ref="r", at=now, actor="shop:main"))
    arrive(phone, "till")
    phone.goto("/staff/")
    look(phone, "Till")
    expect(phone.get_by_label("Card or code")).to_be_focused()
    phone.keyboard.type(member.number)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=2)).to_have_text("Anna")
    look(phone, "Till")
    expect(main(phone)).not_to_contain_text("Bell")
    phone.get_by_label("Card or code").fill(rewards.grouped(taken.code))
    press(phone, "Look it up")
    expect(main(phone)).to_contain_text("£5.00 of £5.00 are left.")
    look(phone, "Till")
    phone.get_by_label("How much is taken off").fill("2.50")
    press(phone, "Mark it used")
    expect(main(phone)).to_contain_text("£2.50 are left on it.")
    phone.goto("/staff/members")
    look(phone, "Your role does not do this")
    follow(phone, "Back to the desk")
    look(phone, "Till")
