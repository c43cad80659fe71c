"""The page that a form leads back to when it came too late keeps its query, at both doors: at the desk it names the
member."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page

from portal import clock as portal_clock
from portal import people, signin
from portal.db import transact
from portal.web.guards import page_of_form
from tests.home.doors import ANNA, join, step_in
from tests.notices.mailbox import programme
from tests.page import Visit, read
from tests.support.acts import hire

__all__ = ["programme"]
pytestmark = pytest.mark.usefixtures("anna")

AT_THE_DESK = (
    "/staff/stops/new?member=c-1",
    "/staff/stops/lift?member=c-1",
    "/staff/visits/new?member=c-1",
    "/staff/plan-grants/new?member=c-1",
)
ODD = "/board/new?why=%2F%2Fevil.example&x=<b>&y=%0d%0a"


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


def stale(visit: Visit, path: str) -> tuple[int, str]:
    """Send a form of this address whose token is good no longer; the status, and where its page leads a browser to: an
    empty address is the same page, a lone "?" the same without its query."""
    answer = visit.client.post(path, data={"csrf_token": "of yesterday"})
    (again,) = [one["href"] for one in read(answer.text).all("a") if one.text == "Open the form anew"]
    return answer.status_code, {"": path, "?": path.partition("?")[0]}.get(again, again)


@pytest.mark.parametrize("path", AT_THE_DESK)
def test_a_form_at_the_desk_that_was_open_for_too_long_is_opened_anew_for_its_member(app: Flask, path: str):
    desk = hire(app)
    assert stale(desk, path) == (403, path)
    assert "Anna Bell" in desk.open(path).text


def test_a_form_of_a_members_that_was_open_for_too_long_is_opened_anew_as_it_was(app: Flask):
    assert stale(step_in(app), "/board/new?kind=idea") == (403, "/board/new?kind=idea")
    assert stale(step_in(app), "/board/new") == (403, "/board/new")


@pytest.mark.parametrize("path", AT_THE_DESK)
def test_whose_session_has_ended_at_the_desk_comes_back_to_the_form_of_the_same_member(
    app: Flask, clock, path: str
):
    desk = hire(app)
    clock.shift(timedelta(minutes=31))  # nobody was at the desk
    answer = desk.client.post(path, data={"reason": "A long and careful reason"})
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/staff/sign-in")
    assert parse_qs(urlsplit(answer.location).query)["next"] == [path]


def test_whose_session_has_ended_comes_back_to_the_form_as_it_was(app: Flask):
    visit = step_in(app)
    member = people.by_email(people.address_hash(ANNA))
    transact(lambda: signin.end_sessions(member.id, portal_clock.now()))
    answer = visit.client.post("/board/new?kind=idea")
    assert (answer.status_code, urlsplit(answer.location).path) == (303, "/sign-in")
    assert parse_qs(urlsplit(answer.location).query)["next"] == ["/board/new?kind=idea"]


def test_who_has_to_show_first_that_it_is_she_comes_back_with_the_query_too(app: Flask):
    answer = step_in(app).client.post("/you/leave?from=you")
    assert parse_qs(urlsplit(answer.location).query)["next"] == ["/you/leave?from=you"]


def test_nobody_is_led_to_another_site_and_the_address_of_an_error_page_stands_nowhere_in_it(app: Flask):
    visit = step_in(app)
    assert stale(visit, ODD) == (403, ODD)
    answer = visit.client.post(ODD, data={"csrf_token": "of yesterday"})
    assert not [said for said in ("/board/new", "evil.example", "why=") if said in answer.text]


def test_a_browser_opens_the_form_of_the_same_member_anew(app: Flask, phone: Page):
    cookies = hire(app).client._cookies.values()
    phone.context.add_cookies(
        [{"name": one.key, "value": one.value, "domain": "localhost", "path": one.path} for one in cookies]
    )
    phone.goto(AT_THE_DESK[0])
    phone.evaluate("document.querySelector('main input[name=csrf_token]').value = 'of yesterday'")
    phone.get_by_label("Reason").fill("A long and careful reason")
    phone.get_by_role("button", name="Stop her card").click()
    phone.wait_for_load_state()  # by then its own address is settled, and what comes is the link's
    with phone.expect_navigation() as anew:
        phone.get_by_role("link", name="Open the form anew").click()
    assert (anew.value.status, anew.value.request.method) == (200, "GET")
    assert phone.url.endswith(AT_THE_DESK[0])
    assert "Anna Bell" in phone.inner_text("main")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("query", "back"),
    [
        (b"", "/you/leave"),
        (b"a=1", "/you/leave?a=1"),
        (b"a=1?", "/you/leave?a=1?"),
        (b"next=//evil.example", "/you/leave?next=//evil.example"),
        (b"a=\x01", "/you/leave"),
        (b"a=b c", "/you/leave"),
        (b"a=\\", "/you/leave"),
        (b"a=\xff", "/you/leave?a=\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_only_a_query_that_a_browser_sends_is_kept(app: Flask, method: str, query: bytes, back: str):
    environ = {"QUERY_STRING": query.decode("latin-1")}
    with app.test_request_context("/you/leave", method=method, environ_overrides=environ):
        assert page_of_form() == back
