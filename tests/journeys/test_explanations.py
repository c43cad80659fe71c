"""Every line read aloud: an order with everything in it, two rules with a multiplier in another currency, a refund."""

from collections.abc import Callable

import pytest

from portal import programme as programmes
from portal.db import transact
from tests import make
from tests.journeys.steps import ANNA, TODAY, Till
from tests.notices.mailbox import Mailbox
from tests.page import Element, Visit

TEA_SHOP = """
key = "tea"
name = "Tea shop"
timezone = "Europe/London"
currency = "EUR"
[unit]
value = { points = 1, amount = "0.01" }
[contact]
email = "hello@shop.example"
[orders]
pending_days = 14
rounding = "half-up"
[[currencies]]
code = "ZAR"
rate = "0.058824"
[[earn]]
key = "all"
label = "Every purchase"
points = 5
per = "1.00"
[[earn]]
key = "tea"
label = "Tea and coffee"
points = 10
per = "1.00"
when = { categories = ["tea"] }
[[multipliers]]
key = "app"
label = "Ordered in the app"
factor = "1.5"
adds = true
when = { channels = ["app"] }
[[multipliers]]
key = "summer"
label = "Double points in June"
factor = "2"
when = { from = 2036-06-01, until = 2036-06-30 }
[[multipliers]]
key = "winter"
label = "Triple points in winter"
factor = "3"
when = { from = 2036-12-01, until = 2037-02-28 }
[[tiers]]
key = "member"
label = "Member"
"""


pytestmark = pytest.mark.usefixtures("anna")


@pytest.fixture
def read(visit: Visit, mailbox: Mailbox) -> Callable[[int], Element]:
    """Anna opens a line by its number."""

    def open_line(number: int) -> Element:
        visit.open(f"/activity/{number}")
        if visit.path == "/sign-in":
            visit.submit("Send the code", email=ANNA)
            visit.submit("Continue", code=mailbox.code(ANNA))
        return visit.page

    return open_line


def arithmetic(page: Element) -> list[str]:
    """The rows of what was worked out, top to bottom."""
    return [row.text for row in page.all("li") if row["class"].startswith("step")]


def test_an_order_with_everything_in_it_and_its_refund(till: Till, read: Callable[[int], Element]) -> None:
    lines = [make.line("38.50", "1"), make.line("25.00", "2", kind="gift-card"), make.line("12.49", "3")]
    order = make.order(placed_at=TODAY.isoformat(), lines=lines, shipping="3.95", discount="5.00")
    order["paid_by_rewards"] = "2.00"
    till.put("/orders/1182", order)
    page = read(2)
    assert arithmetic(page) == [
        "What the order came to before the discount £79.94",
        "Delivery is left out −£3.95",
        "Discount −£5.00",
        "Gift cards are left out, less their share of the discount −£23.35",
        "Paid by rewards −£2.00",
        "Counted £45.64",
        "5 points for every £1.00, rounded down",
        "Points 228 points",
    ]
    assert "Rule “Every purchase”, version 1" in page.text

    refund = make.refund("12.49", line="3", at=TODAY.isoformat())
    till.put("/orders/1182", order | {"version": 2, "refunds": [refund]})
    assert arithmetic(read(3))[5:] == [
        "Refunded, as far as it had counted −£11.18",
        "Counted £34.46",
        "5 points for every £1.00, rounded down",
        "Points the order keeps 172 points",
        "The order had given before 228 points",
        "Taken back −56 points",
        "from points that were not yours to spend yet 56 points",
    ]


def test_two_rules_and_two_multipliers_in_another_currency(
    till: Till, read: Callable[[int], Element]
) -> None:
    transact(lambda: programmes.publish(TEA_SHOP, TODAY))
    lines = [make.line("1700.00", "1"), make.line("255.50", "2", category="tea")]
    till.put(
        "/orders/A1",
        make.order(placed_at=TODAY.isoformat(), currency="ZAR", channel="app", lines=lines, shipping="60.00"),
    )
    page = read(2)
    assert arithmetic(page) == [
        "What the order came to ZAR2,015.50",
        "Delivery is left out −ZAR60.00",
        "Counted ZAR1,955.50",
        "In EUR at the rate of that day €115.03",
        "Every purchase, €100.00: 5 points for every €1.00, rounded to the nearest 500 points",
        "Times 2: Double points in June 1,000 points",
        "Plus 0.5 times: Ordered in the app 1,250 points",
        "Tea and coffee, €15.03: 10 points for every €1.00, rounded to the nearest 150 points",
        "Times 2: Double points in June 300 points",
        "Plus 0.5 times: Ordered in the app 375 points",
        "Together 1,625 points",
    ]
    assert "Why not more? 1 rule did not apply" in page.text
    assert "Triple points in winter: not at that time" in page.text


def test_an_order_that_is_not_paid_or_is_called_off_tells_what_becomes_of_it(
    till: Till, read: Callable[[int], Element]
) -> None:
    order = make.order("20.00", placed_at=TODAY.isoformat())
    till.put("/orders/7", order)
    till.put("/orders/7", order | {"version": 2, "status": "cancelled"})
    page = read(3)
    assert arithmetic(page) == [
        "The order was cancelled: it keeps no points.",
        "Taken back −100 points",
        "from points that were not yours to spend yet 100 points",
    ]
