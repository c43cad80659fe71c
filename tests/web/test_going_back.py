"""Going back to the page that answered a form, or loading it anew, asks for the form's page and sends nothing again."""

from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.home.doors import join, step_in
from tests.journeys.steps import go_back
from tests.notices.mailbox import programme
from tests.page import Visit, read

__all__ = ["programme"]
pytestmark = pytest.mark.usefixtures("anna")


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


def behind(visit: Visit, path: str, **headers: str) -> str | None:
    """What the page that answers a form without its proof names as the form's page."""
    answer = visit.client.post(path, data={"csrf_token": "of yesterday"}, headers=headers)
    assert answer.status_code == 403
    (html,) = read(answer.text).all("html")
    return html.attributes.get("data-page")


def test_the_answer_to_a_form_names_the_page_of_the_form_and_never_its_own_address(app: Flask):
    visit = step_in(app)
    assert behind(visit, "/your-day") == ""
    assert behind(visit, "/board/new?kind=idea") == ""
    assert behind(visit, "/give/standing") is None, (
        "it is only posted to, and the browser does not say from where"
    )
    assert behind(visit, "/give/standing", Referer="http://localhost/give?amount=200") == "/give?amount=200"
    assert behind(visit, "/give/gifts", Referer="http://localhost/give/gifts?") is None, "it opens no page"
    assert behind(visit, "/give/standing", Referer="http://evil.example/give") is None
    assert behind(visit, "/give/standing", Referer='http://localhost/give?"><b>') == '/give?"><b>'
    for page in ("/your-day", "/give"):
        assert read(visit.client.get(page).text).all("html")[0].attributes.get("data-page") is None


def pages_asked(phone: Page) -> list[str]:
    """How the phone asks for pages from now on."""
    asked: list[str] = []
    phone.on("request", lambda one: asked.append(one.method) if one.is_navigation_request() else None)
    return asked


def test_back_and_reload_open_the_page_of_a_refused_form(phone: Page):
    phone.goto("/sign-in")
    asked = pages_asked(phone)
    phone.get_by_label("E-mail").fill("anna at example")
    phone.get_by_role("button", name="Send the code").click()
    phone.locator("input[aria-invalid=true]").wait_for()
    phone.reload()
    expect(phone.get_by_label("E-mail")).to_have_value("")
    phone.get_by_label("E-mail").fill("anna at example")
    phone.get_by_role("button", name="Send the code").click()
    phone.locator("input[aria-invalid=true]").wait_for()
    phone.goto("/help")
    go_back(phone)
    expect(phone.get_by_label("E-mail")).to_have_value("")
    assert asked == ["POST", "GET", "POST", "GET", "GET"]


def test_after_a_slip_in_the_address_back_and_reload_keep_the_invitation_of_a_friend(phone: Page, anna: str):
    invited = f"/join?from={anna[:4]}"
    phone.goto(f"/sign-in?join=1&next={quote(invited)}")
    phone.get_by_label("E-mail").fill("zoe at example")
    phone.get_by_role("button", name="Send the code").click()
    phone.locator("input[aria-invalid=true]").wait_for()
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Where shall we send your code?")
    phone.get_by_label("E-mail").fill("zoe@gmial.com")
    phone.get_by_role("button", name="Send the code").click()
    phone.locator("button[name=as_typed]").click()
    phone.wait_for_url("**/sign-in/code")
    go_back(phone)
    assert phone.locator("main form input[name=next]").first.get_attribute("value") == invited
    assert phone.locator("main form input[name=join]").get_attribute("value") == "1"


def test_back_and_reload_open_the_page_she_came_from_where_the_answer_has_none_of_its_own(
    app: Flask, phone: Page
):
    for one in step_in(app).client._cookies.values():
        where = {"name": one.key, "value": one.value, "domain": "localhost", "path": one.path}
        phone.context.add_cookies([where])
    phone.goto("/give")
    asked = pages_asked(phone)
    phone.evaluate("document.querySelectorAll('input[name=csrf_token]').forEach(one => one.value = 'old')")
    phone.locator("form[action='/give/standing']").evaluate("form => form.submit()")
    phone.get_by_role("heading", name="This page was open for too long").wait_for()
    assert phone.url.endswith("/give")
    phone.reload()
    assert phone.get_by_role("heading", level=1).inner_text() == "Give"
    assert asked == ["POST", "GET"]
