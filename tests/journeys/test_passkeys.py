"""Passkeys as a member meets them: set up after the first code, then a glance is enough."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import jobs, people, signin
from portal.db import transact
from tests.browser import new_phone
from tests.journeys.keys import NEARBY, PHONE, USB_KEY, Authenticator, sign_in_able
from tests.journeys.steps import ANNA, ask_for_code, enter, follow, look, main, press, sign_in, wait_until
from tests.signin.hands import code_in

pytestmark = pytest.mark.usefixtures("anna")
OFFER = "Next time just look at your phone"


def hers() -> list:
    """Anna's passkeys, as the portal keeps them."""
    member = people.by_ref("c-1")
    assert member is not None
    return signin.passkeys_of("member", member.id)


def by_button(phone: Page) -> None:
    """A browser that offers nothing at the field, as some do: only the button asks for a passkey."""
    phone.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")


def set_up(phone: Page, mailbox, *, offers: bool = False) -> Authenticator:
    """From the mailed code by the offer to home, with a passkey on the phone."""
    if not offers:
        by_button(phone)
    device = Authenticator(phone, PHONE)
    phone.goto("/home")
    sign_in_able(phone, mailbox)
    look(phone, OFFER)
    press(phone, "Set it up")
    expect(phone).to_have_url("/home")
    return device


def comes_to_be(phone: Page, device: Authenticator, wanted: list[str]) -> None:
    """The phone keeps passkeys of these names and no others, soon after the page has told it."""
    wait_until(phone, lambda: [one["userName"] for one in device.passkeys] == wanted)


def sign_out(phone: Page) -> None:
    phone.goto("/you")
    press(phone, "Sign out on this device")
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_after_the_first_code_a_glance_is_enough(phone, mailbox):
    device = set_up(phone, mailbox)
    expect(main(phone).get_by_role("status").first).to_contain_text("From now on this device signs you in")
    (kept,) = device.passkeys
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    assert [one.transports for one in hers()] == [["internal"]]
    sign_out(phone)
    phone.goto("/home")
    look(phone, "Sign in")
    press(phone, "Use a passkey")
    expect(phone).to_have_url("/home")


def test_the_keyboard_offers_it_for_the_address(phone, mailbox):
    set_up(phone, mailbox, offers=True)
    sign_out(phone)
    phone.goto("/sign-in?next=/rewards")
    expect(phone).to_have_url("/rewards")


def test_not_now_goes_on_and_safety_has_it_for_later(phone, mailbox):
    Authenticator(phone, PHONE)
    phone.goto("/rewards")
    sign_in_able(phone, mailbox)
    look(phone, OFFER)
    press(phone, "Not now")
    expect(phone).to_have_url("/rewards")
    phone.goto("/you")
    follow(phone, re.compile("^Safety"))
    look(phone, "Safety")
    follow(phone, "Set up a passkey")
    look(phone, OFFER)
    press(phone, "Set it up")
    look(phone, "Safety")
    assert len(hers()) == 1


def test_a_phone_that_does_not_recognise_her_opens_nothing_and_the_mail_still_does(phone, mailbox):
    device = set_up(phone, mailbox)
    sign_out(phone)
    device.recognise(False)
    phone.goto("/home")
    look(phone, "Sign in")
    press(phone, "Use a passkey")
    expect(phone.get_by_text("That did not work. Try again, or use the other way.")).to_be_visible()
    sign_in(phone, mailbox)
    expect(phone).to_have_url("/home")


def test_a_removed_passkey_is_gone_from_the_phone_as_well(phone, mailbox):
    device = set_up(phone, mailbox)
    phone.goto("/safety")
    look(phone, "Safety")
    phone.get_by_text("Rename or remove").click()
    press(phone, "Remove")
    look(phone, "Is it still you?")
    press(phone, "Use your passkey")
    look(phone, "Safety")
    expect(phone.get_by_text("It is you. Press it once more.")).to_be_visible()
    phone.get_by_text("Rename or remove").click()
    press(phone, "Remove")
    expect(phone.get_by_text("Removed.", exact=True)).to_be_visible()
    assert hers() == []
    expect(phone.get_by_text("None yet.")).to_be_visible()
    comes_to_be(phone, device, [])


def test_a_passkey_that_the_portal_does_not_know_is_taken_off_the_phone(phone, mailbox):
    device = set_up(phone, mailbox)
    sign_out(phone)
    member = people.by_ref("c-1")
    transact(lambda: signin.forget_passkeys("member", member.id))
    phone.goto("/sign-in")
    press(phone, "Use a passkey")
    expect(
        phone.get_by_text("That passkey did not work here. Your e-mail address always does.")
    ).to_be_visible()
    comes_to_be(phone, device, [])


def test_a_second_device_comes_in_by_mail_and_gets_a_passkey_of_its_own(
    phone, mailbox, chromium: Browser, site
):
    set_up(phone, mailbox)
    with new_phone(chromium, site) as tablet:
        by_button(tablet)
        Authenticator(tablet, PHONE)
        tablet.goto("/home")
        sign_in(tablet, mailbox)
        expect(tablet).to_have_url("/home")
        jobs.wake()
        assert mailbox.to(ANNA)[-1]["Subject"].startswith("A new device signed in")
        tablet.goto("/passkeys/new")
        look(tablet, "Is it still you?")
        press(tablet, "Send the code")
        enter(tablet, mailbox.code(ANNA))
        look(tablet, OFFER)
        press(tablet, "Set it up")
        look(tablet, "Safety")
        assert len(hers()) == 2
        sign_out(tablet)
        tablet.goto("/sign-in")
        press(tablet, "Use a passkey")
        expect(tablet).to_have_url("/home")


def test_a_key_to_plug_in_is_set_up_from_safety_and_proves_that_it_is_her(phone, mailbox):
    key = Authenticator(phone, USB_KEY)
    phone.goto("/safety")
    sign_in(phone, mailbox)
    look(phone, "Safety")  # a phone that keeps no passkey itself is not asked
    follow(phone, "Set up a passkey")
    press(phone, "Set it up")
    look(phone, "Safety")
    expect(phone.get_by_text("Security key")).to_be_visible()
    assert [one.may_be_copied for one in hers()] == [False]
    phone.goto("/proof?next=/activity")
    press(phone, "Use your passkey")
    expect(phone).to_have_url("/activity")
    assert [one.sign_count for one in hers()] == [key.passkeys[0]["signCount"]]


def test_a_phone_nearby_signs_in_another_device(phone, mailbox, chromium: Browser, site):
    device = set_up(phone, mailbox)
    with new_phone(chromium, site) as laptop:
        by_button(laptop)
        nearby = Authenticator(laptop, NEARBY)
        nearby.put(device.passkeys[0])
        laptop.goto("/sign-in?next=/card")
        press(laptop, "Use a passkey")
        expect(laptop).to_have_url("/card")


@pytest.mark.script_on_and_off
def test_without_passkeys_nothing_is_missing(phone, mailbox, script):
    phone.goto("/rewards")
    sign_in(phone, mailbox)
    expect(phone).to_have_url("/rewards")
    phone.goto("/safety")
    look(phone, "Safety")
    phone.goto("/proof?next=/activity")
    press(phone, "Send the code")
    enter(phone, mailbox.code(ANNA))
    expect(phone).to_have_url("/activity")


def test_after_a_change_of_address_the_phone_calls_the_passkey_by_the_new_one(phone, mailbox):
    device, new = set_up(phone, mailbox), "anna.bell@example.org"
    assert device.passkeys[0]["userName"] == ANNA
    phone.goto("/safety/address")
    look(phone, "Is it still you?")
    press(phone, "Use your passkey")
    ask_for_code(phone, new)
    code = phone.get_by_label("Code")
    expect(code).to_be_visible()
    code.fill(code_in(mailbox, new))  # pasted: the last digit sends it
    look(phone, "Safety")
    expect(phone.get_by_text(f"From now on you sign in with {new}.")).to_be_visible()
    comes_to_be(phone, device, [new])
