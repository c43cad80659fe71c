"""The way in when something comes between: Enter after a slip, a second tab, a page that was open too long."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.keys import PHONE, Authenticator, sign_in_able
from tests.journeys.steps import ANNA, ask_for_code, enter, follow, look, press, sign_in

pytestmark = pytest.mark.usefixtures("anna")


def second_tab(phone: Page, path: str) -> Page:
    """The same browser, with this page in another tab."""
    tab = phone.context.new_page()
    tab.goto(path)
    return tab


def sign_out(tab: Page) -> None:
    tab.goto("/you")
    press(tab, "Sign out on this device")
    expect(tab.get_by_role("heading", level=1)).to_have_text("You are signed out")


@pytest.mark.script_on_and_off
def test_enter_after_a_corrected_slip_sends_the_code_to_what_she_typed(phone, mailbox, script):
    phone.goto("/sign-in")
    ask_for_code(phone, "anna@gmial.com")
    expect(phone.get_by_text("Did you mean anna@gmail.com?")).to_be_visible()
    field = phone.get_by_label("E-mail")
    field.fill(ANNA)
    field.press("Enter")
    look(phone, "Look in your mail")
    assert [mail["To"] for mail in mailbox] == [ANNA]


@pytest.mark.script_on_and_off
def test_another_address_begins_where_she_was(phone, mailbox, script):
    phone.goto("/activity")
    ask_for_code(phone, "ana@example.com")
    follow(phone, "Use another address")
    expect(phone.get_by_label("E-mail")).to_have_value("ana@example.com")
    sign_in(phone, mailbox)
    expect(phone).to_have_url("/activity")


def test_the_passkey_button_of_a_page_that_is_too_old_opens_it_anew(phone, mailbox):
    tab = phone.context.new_page()  # its own: a refusal that its script meets is no fault here
    tab.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    Authenticator(tab, PHONE)
    tab.goto("/home")
    sign_in_able(tab, mailbox)
    press(tab, "Set it up")
    expect(tab).to_have_url("/home")
    sign_out(phone)
    tab.goto("/sign-in?next=/card")
    phone.goto("/home")
    sign_in(phone, mailbox)
    expect(phone).to_have_url("/home")
    press(tab, "Use a passkey")
    expect(tab).to_have_url("/card")
    sign_out(phone)
    tab.goto("/sign-in?next=/card")
    sign_in(second_tab(phone, "/home"), mailbox)
    expect(phone).to_have_url("/signed-out")
    sign_out(phone)
    with tab.expect_navigation():
        press(tab, "Use a passkey")
    look(tab, "Sign in")
    press(tab, "Use a passkey")
    expect(tab).to_have_url("/card")


def test_a_second_tab_signs_out_too_and_its_sign_in_page_keeps_what_she_types(phone, mailbox):
    waiting = second_tab(phone, "/sign-in?next=/card")
    phone.goto("/home")
    sign_in(phone, mailbox)
    expect(phone).to_have_url("/home")
    you = second_tab(phone, "/you")
    sign_out(phone)
    press(you, "Sign out on this device")
    look(you, "You are signed out")
    ask_for_code(waiting, ANNA)
    expect(waiting.get_by_text(re.compile("open for too long"))).to_be_visible()
    look(waiting, "Sign in")
    press(waiting, "Send the code")
    enter(waiting, mailbox.code(ANNA))
    expect(waiting).to_have_url("/card")
