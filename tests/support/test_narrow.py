"""The desk on a narrow phone: points stay at the end of their line, a sentence under a notice keeps its distance."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import check_width, new_phone
from tests.page import Visit
from tests.support.acts import hire

pytestmark = pytest.mark.usefixtures("programme")

UNDER_A_NOTICE = """main => {
  const [around, notice, words] = ["div", "div", "p"].map(tag => document.createElement(tag));
  [around.className, notice.className, words.textContent] = ["section", "notice", "It is on."];
  around.append(notice); main.append(around, words);
  return words.getBoundingClientRect().top - around.getBoundingClientRect().bottom;
}"""
FROM_THE_END = "b => b.closest('summary').getBoundingClientRect().right - b.getBoundingClientRect().right"


@pytest.fixture
def narrow(chromium: Browser, site: str) -> Iterator[Page]:
    """A phone of 320 pixels."""
    with new_phone(chromium, site, viewport={"width": 320, "height": 700}) as page:
        yield page


def take_over(phone: Page, visit: Visit) -> None:
    """The phone goes on with the session of this browser."""
    for cookie in visit.client._cookies.values():
        phone.context.add_cookies([
            {"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": cookie.path}
        ])  # fmt: skip


def test_points_of_the_timeline_stand_at_the_end_of_their_line(app, anna, mailbox, narrow):
    take_over(narrow, hire(app))
    narrow.goto("/staff/members/c-1")
    points = narrow.locator("details summary b").first
    assert points.inner_text() == "+100"
    assert 0 <= points.evaluate(FROM_THE_END) < 1
    check_width(narrow)


def test_a_sentence_under_a_notice_keeps_its_distance(narrow):
    narrow.goto("/sign-in")
    assert narrow.locator("main").evaluate(UNDER_A_NOTICE) >= 12
