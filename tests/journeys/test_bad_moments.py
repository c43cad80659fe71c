"""Bad moments: whatever goes wrong on the way, there is a page that says what to do, and nothing is done twice."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from portal import people
from portal.db import db, read
from tests import make
from tests.browser import new_phone
from tests.journeys.steps import (
    ANNA,
    Till,
    ask_for_code,
    enter,
    follow,
    go_back,
    look,
    main,
    press,
    sign_in,
    wait_until,
)
from tests.notices.mailbox import Mailbox
from tests.page import Visit

pytestmark = pytest.mark.usefixtures("programme", "clock")


def members() -> int:
    return int(read(select(func.count()).select_from(people.Member)).scalar_one())


def fill_in_details(phone: Page) -> None:
    phone.get_by_label("Name").fill("Anna Bell")
    phone.get_by_label("I agree to the terms").check()


@pytest.mark.script_on_and_off
def test_a_code_that_has_expired_is_replaced_with_one_tap(
    phone: Page, script: bool, mailbox: Mailbox, anna: None, clock
) -> None:
    phone.goto("/sign-in")
    ask_for_code(phone, ANNA)
    clock.shift(timedelta(minutes=11))
    enter(phone, mailbox.code(ANNA))
    look(phone, "Ask for a new code")
    expect(main(phone)).to_contain_text("This code does not work any more.")
    press(phone, "Send me a new code")
    look(phone, "Look in your mail")
    enter(phone, mailbox.code(ANNA))
    look(phone, "Hello, Anna Bell")


@pytest.mark.script_on_and_off
def test_a_used_link_says_so_and_offers_a_new_code(
    chromium: Browser, site: str, phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    phone.goto("/sign-in")
    sign_in(phone, mailbox)
    look(phone, "Hello, Anna Bell")
    phone.goto(mailbox.link(ANNA))
    look(phone, "Already used")
    follow(phone, "Go to my card")
    look(phone, "Hello, Anna Bell")
    with new_phone(chromium, site, script) as other:
        other.goto(mailbox.link(ANNA))
        look(other, "Already used")
        follow(other, "Send me a new code")
        look(other, "Sign in")


@pytest.mark.script_on_and_off
def test_a_double_tap_and_going_back_make_one_member(phone: Page, script: bool, mailbox: Mailbox) -> None:
    phone.goto("/sign-in?join=1")
    ask_for_code(phone, ANNA)
    field = phone.get_by_label("Code")
    field.press_sequentially(mailbox.code(ANNA))
    phone.get_by_role("button", name="Continue").dblclick()
    look(phone, "Whose card is it?")
    fill_in_details(phone)
    phone.get_by_role("button", name="Join", exact=True).dblclick()
    look(phone, re.compile(r"(Welcome|Hello), Anna Bell"))
    assert members() == 1
    go_back(phone)
    if phone.get_by_label("Name").count():  # the browser kept the form: she sends it again
        fill_in_details(phone)
        press(phone, "Join")
    look(phone, re.compile(r"(Welcome|Hello), Anna Bell"))
    phone.goto("/join")
    look(phone, "Hello, Anna Bell")
    assert members() == 1


@pytest.mark.script_on_and_off
def test_joining_in_two_tabs_makes_one_member(phone: Page, script: bool, mailbox: Mailbox) -> None:
    phone.goto("/sign-in?join=1")
    ask_for_code(phone, ANNA)
    enter(phone, mailbox.code(ANNA))
    look(phone, "Whose card is it?")
    second = phone.context.new_page()
    second.goto("/join")
    fill_in_details(phone)
    fill_in_details(second)
    press(phone, "Join")
    look(phone, "Welcome, Anna Bell")
    press(second, "Join")
    look(second, "Hello, Anna Bell")
    assert members() == 1


def test_a_code_that_is_typed_faster_than_the_script_comes_waits_for_the_button(
    phone: Page, mailbox: Mailbox, anna: None
) -> None:
    held: list[Route] = []
    phone.route("**/js/code.js", lambda route: held.append(route))
    phone.goto("/sign-in")
    ask_for_code(phone, ANNA)
    code, field = mailbox.code(ANNA), phone.get_by_label("Code")
    field.press_sequentially(code[:5])
    wait_until(phone, lambda: held)
    held[0].continue_()
    phone.evaluate("import(document.querySelector('[data-module*=\"js/code.js\"]').dataset.module)")
    field.press_sequentially(code[5:])
    assert (
        phone.evaluate("new Promise((over) => setTimeout(() => over(document.readyState), 300))")
        == "complete"
    )
    expect(field).to_have_value(code)
    press(phone, "Continue")
    look(phone, "Hello, Anna Bell")


def test_a_code_asked_for_in_one_tab_works_in_the_other(phone: Page, mailbox: Mailbox, anna: None) -> None:
    phone.goto("/sign-in")
    second = phone.context.new_page()
    second.goto("/sign-in")
    ask_for_code(phone, ANNA)
    ask_for_code(second, ANNA)
    enter(phone, mailbox.code(ANNA))
    look(phone, "Hello, Anna Bell")
    enter(second, mailbox.code(ANNA))
    look(second, "Hello, Anna Bell")


@pytest.mark.script_on_and_off
def test_whoever_is_signed_out_comes_back_to_the_page_she_wanted(
    phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    phone.goto("/activity/1")
    look(phone, "Sign in")
    ask_for_code(phone, "anna@exmaple")
    look(phone, "Sign in")
    sign_in(phone, mailbox)
    look(phone, "+100 points Welcome to Pennywren")


def test_the_line_of_another_member_is_as_missing_as_none(
    visit: Visit, till: Till, mailbox: Mailbox, anna: None
) -> None:
    till.put("/members/c-2", make.member("berta@example.com", email_verified=True))
    till.put("/orders/7", make.order("10.00", member="c-2", placed_at="2036-05-01T10:00:00Z"))
    visit.open("/activity/2")
    visit.submit("Send the code", email=ANNA)
    page = visit.submit("Continue", 404, code=mailbox.code(ANNA))
    assert "This page is not here" in page.text
    assert "Order" not in page.text
    visit.follow("Go to my card")
    assert "Hello, Anna Bell" in visit.page.text


def test_a_fault_of_ours_shows_the_reference_that_the_log_has(
    visit: Visit, mailbox: Mailbox, anna: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.open("/sign-in")
    visit.submit("Send the code", email=ANNA)
    visit.submit("Continue", code=mailbox.code(ANNA))

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("the programme has a fault")

    monkeypatch.setattr("portal.tiers.standing", fail)
    with structlog.testing.capture_logs() as lines:
        page = visit.open("/home", 500)
    assert "Something went wrong on our side. Nothing was changed." in page.text
    reference = page.all("code")[0].text
    told = [line for line in lines if line["request_id"] == reference]
    assert [line["event"] for line in told] == ["bug", "request"]
    assert str(told[0]["exc_info"]) == "the programme has a fault"


@pytest.mark.parametrize("member", [False, True])
def test_while_the_database_is_away_a_page_says_when_to_come_back(
    visit: Visit, mailbox: Mailbox, anna: None, member: bool
) -> None:
    visit.open("/activity")
    visit.submit("Send the code", email=ANNA)
    if member:
        visit.submit("Continue", code=mailbox.code(ANNA))
    with _no_database():
        page = visit.open("/home" if member else "/sign-in/code", 503)
        assert visit.response is not None
        assert int(visit.response.headers["Retry-After"]) <= 60
        assert "The portal cannot reach its records right now. Nothing is lost." in page.text
        assert "Try again in half a minute." in page.text
        for path in ("/", "/help", "/terms"):
            assert visit.client.get(path).status_code in (200, 503), path
    visit.open("/home")


@contextlib.contextmanager
def _no_database() -> Iterator[None]:
    """Every statement fails, as while a server restarts."""

    def fail(*_arguments: object) -> None:
        raise OperationalError("SELECT", None, sqlite3.OperationalError("unable to open database file"))

    event.listen(db.engine, "before_cursor_execute", fail)
    yield
    event.remove(db.engine, "before_cursor_execute", fail)
