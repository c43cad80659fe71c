"""Journey 2, see: what is there, where it came from, and the card for the till."""

import re
from datetime import datetime, timedelta

import pytest
import segno
from playwright.sync_api import Page, expect

from portal import earning
from portal.db import transact
from tests import make
from tests.journeys.steps import TODAY, follow, go_back, look, main, sign_in, spend
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme", "clock")

ORDERS = 66
SPENT = 300


@pytest.fixture
def a_long_history(anna: None) -> None:
    """An order of £3.00 each day, one of them sent back in half, and points spent."""

    def buy() -> None:
        for number in range(ORDERS):
            at = TODAY - timedelta(days=ORDERS - number)
            body = make.order("3.00", placed_at=at.isoformat())
            record(body, number, at)
            if number == 40:
                record(body | {"version": 2, "refunds": [make.refund("1.50", at=at.isoformat())]}, number, at)

    def record(body: make.Body, number: int, at: datetime) -> None:
        order = earning.OrderBody.model_validate(body)
        earning.record_order(order, shop="main", number=str(1000 + number), at=at, actor="test")

    transact(buy)
    spend(SPENT)


def numbers_shown(phone: Page) -> list[int]:
    """The lines on this page of the list, by their numbers, from top to bottom."""
    addresses = main(phone).get_by_role("listitem").get_by_role("link").all()
    return [int(str(link.get_attribute("href")).rsplit("/", 1)[1]) for link in addresses]


@pytest.mark.script_on_and_off
def test_a_member_sees_what_she_has_and_every_line_opens_to_its_reason(
    phone: Page, script: bool, mailbox: Mailbox, a_long_history: None
) -> None:
    phone.goto("/home")
    sign_in(phone, mailbox)
    look(phone, "Hello, Anna Bell")
    wallet = 100 + 53 * 15 - 8 - SPENT  # 53 are 14 days old; half of £3.00 keeps 7 of 15 points
    wallet += 3 * 100  # three orders in a month, in each of three months
    for fact in (f"{wallet} points", f"worth £{wallet / 100:.2f}", "195 points more on the way", "11 June 2036",
                 "£3.50 to Silver", "by 31 December 2036", "£5.00 off", "You have enough"):  # fmt: skip
        expect(main(phone)).to_contain_text(fact)

    follow(phone, "All activity")
    look(phone, "Activity")
    pages = [numbers_shown(phone)]
    while phone.get_by_role("link", name="Older").count():
        follow(phone, "Older")
        pages.append(numbers_shown(phone))
    look(phone, "Activity")
    everything = [number for page in pages for number in page]
    assert everything == list(range(len(everything), 0, -1)), "each line once, newest first"
    assert len(everything) > 60
    assert [len(page) for page in pages[:-1]] == [25] * (len(pages) - 1)
    for _page in pages[1:]:
        go_back(phone)
    assert numbers_shown(phone) == pages[0]

    for title, reasons in {
        "Points spent": ["−300 points"],
        "Order 1065": [
            "+15 points",
            "yours on 23 June 2036",
            "£3.00",
            "5 points for every £1.00",
            "15 points",
        ],
        "Order 1051: points are yours": [
            "15 points",
            "came with order 1051 and waited until 9 June 2036",
            "never expire",
        ],
    }.items():
        follow(phone, re.compile(f"^{title} "))
        look(phone, re.compile(title))
        for reason in reasons:
            expect(main(phone)).to_contain_text(reason)
        expect(phone.get_by_role("link", name="Something wrong? Ask about this line")).to_be_visible()
        phone.get_by_role("link", name="Activity").first.click()


@pytest.mark.script_on_and_off
def test_the_card_carries_the_number_for_the_till(
    phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    phone.goto("/card")
    sign_in(phone, mailbox)
    look(phone, "Anna Bell")
    drawing = main(phone).get_by_role("img", name="The code of your card")
    spoken = re.search(r"[0-9 ]{14}$", str(drawing.get_attribute("aria-label")))
    assert spoken is not None
    number = spoken[0].replace(" ", "")
    groups = main(phone).locator(".groups").inner_text()
    assert groups.split() == spoken[0].split(), "what is read out is what is scanned"
    expected = segno.make(number, error="m", micro=False).svg_inline(border=0, scale=8, omitsize=True)
    assert drawing.locator("path").get_attribute("d") == re.search(r' d="([^"]+)"', expected)[1]
    size = drawing.locator("svg").bounding_box()
    assert size is not None
    assert size["width"] > 200, "large enough for a scanner"
