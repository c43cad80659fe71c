"""Journeys: a phone is lost, a mailbox is lost, and somebody else got into the mailbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import clock as portal_clock
from portal import jobs, nightly, people, support
from tests.browser import new_phone
from tests.home.doors import employ
from tests.journeys.keys import sign_in_able
from tests.journeys.steps import ANNA, enter, follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme")

NEW = "anna.bell@example.org"
THIEF = "anna@example.net"
KEYS: dict[str, Any] = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@contextmanager
def phone_with_keys(chromium: Browser, site: str) -> Iterator[Page]:
    """A phone that keeps passkeys and knows its owner's face."""
    with new_phone(chromium, site) as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable", {"enableUI": False})
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEYS})
        yield page


def path_in(mailbox: Mailbox, address: str, path: str) -> str:
    """The newest link of this path in a mailbox."""
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in mailbox.to(address)]
    found = (re.search(rf"https?://\S+{path}\S+", text) for text in reversed(texts))
    return urlsplit(next(one[0] for one in found if one)).path


def code_in(mailbox: Mailbox, address: str) -> str:
    """The code in the newest mail to an address."""
    return re.search(r"^\s+([0-9]{6})$", mailbox.words(address), re.M)[1]


def set_up_passkey(phone: Page, mailbox: Mailbox) -> None:
    """Sign in by mail, and take what is offered."""
    phone.goto("/home")
    sign_in_able(phone, mailbox)
    look(phone, "Next time just look at your phone")
    press(phone, "Set it up")
    look(phone, "Hello, Anna Bell")


def prove_by_code(phone: Page, mailbox: Mailbox) -> None:
    """It is still she: by a mailed code."""
    look(phone, "Is it still you?")
    press(phone, "Send the code")
    look(phone, "Is it still you?")
    enter(phone, mailbox.code(ANNA))


def test_a_lost_phone_costs_a_mailed_code_and_its_passkey_is_taken_away(
    chromium: Browser, site: str, mailbox: Mailbox, anna: None, clock: time_machine.Traveller
) -> None:
    with phone_with_keys(chromium, site) as lost:
        set_up_passkey(lost, mailbox)
        clock.shift(timedelta(days=20))
        with new_phone(chromium, site) as phone:
            phone.goto("/home")
            sign_in(phone, mailbox)
            look(phone, "Hello, Anna Bell")
            phone.goto("/safety")
            look(phone, "Safety")
            phone.get_by_text("Rename or remove").click()
            press(phone, "Remove")
            prove_by_code(phone, mailbox)
            look(phone, "Safety")
            phone.get_by_text("Rename or remove").click()
            press(phone, "Remove")
            look(phone, "Safety")
            expect(main(phone)).to_contain_text("None yet.")
        # The lost phone offers its passkey by itself, and it opens nothing.
        with lost.expect_response(re.compile("/passkeys/")):
            lost.goto("/home")
        expect(lost.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert any("passkey was removed" in mail["Subject"] for mail in mailbox.to(ANNA))


@pytest.mark.script_on_and_off
def test_a_lost_mailbox_is_replaced_by_the_shop_after_72_hours(
    app: Flask, phone: Page, script: bool, mailbox: Mailbox, anna: None, clock: time_machine.Traveller
) -> None:
    phone.goto("/sign-in")
    follow(phone, "You cannot get into your mail any more?")
    look(phone, "You cannot get into your mail any more")
    phone.get_by_label("Card number, or your old e-mail address").fill(ANNA)
    phone.get_by_label("New e-mail address").fill(NEW)
    phone.get_by_label("What happened").fill("My provider has closed")
    press(phone, "Send the code")
    look(phone, "Look in your new mailbox")
    enter(phone, code_in(mailbox, NEW))
    look(phone, "We look into it")

    desk = employ(app)
    desk.open("/staff/recoveries")
    (link,) = (one["href"] for one in desk.page.all("a") if "/staff/recoveries/" in one["href"])
    desk.open(link)
    member = people.by_ref("c-1")
    assert member is not None
    desk.submit(
        "It is she: let it wait",
        member=member.id,
        id=True,
        card=True,
        email=NEW,
        ticket="T-9",
        reason="She came with both",
    )
    for hours in (48, 24):  # told again a day before it acts
        clock.shift(timedelta(hours=hours))
        nightly.run(portal_clock.now())
    jobs.wake()

    phone.goto("/home")
    sign_in(phone, mailbox, NEW)
    look(phone, re.compile("Next time just look at your phone|Hello, Anna Bell"))
    phone.goto("/you")
    expect(main(phone)).to_contain_text(NEW)
    assert any("was changed" in mail["Subject"] for mail in mailbox.to(ANNA))
    assert support.faults() == []


def test_a_thief_in_the_mailbox_is_stopped_and_a_passkey_lets_her_go_on(
    chromium: Browser, site: str, mailbox: Mailbox, anna: None, clock: time_machine.Traveller
) -> None:
    with phone_with_keys(chromium, site) as hers, new_phone(chromium, site) as thiefs:
        set_up_passkey(hers, mailbox)
        clock.shift(timedelta(days=31))
        thiefs.goto("/safety/address")
        sign_in(thiefs, mailbox)
        prove_by_code(thiefs, mailbox)
        look(thiefs, "Change your address")
        thiefs.get_by_label("New e-mail address").fill(THIEF)
        press(thiefs, "Send the code")
        look(thiefs, "Look in your new mailbox")
        thiefs.get_by_label("Code").fill(code_in(mailbox, THIEF))
        look(thiefs, "Safety")

        hers.goto(path_in(mailbox, ANNA, "/undo/"))
        look(hers, "Put your address back")
        press(hers, "Put a•••@example.com back")
        look(hers, "Your address is back")
        thiefs.goto("/home")
        look(thiefs, "Sign in")
        follow(hers, "Sign in")  # her phone shows the passkey by itself
        look(hers, "Your points are stopped")
        press(hers, "Let my points move again")
        look(hers, "Safety")
        expect(main(hers)).to_contain_text("Your points can move again.")
    member = people.by_ref("c-1")
    assert member is not None
    assert (member.email, member.frozen_at) == (ANNA, None)
