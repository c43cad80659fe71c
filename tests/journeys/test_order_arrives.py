"""Journey 3, an order arrives while she looks: points wait, are taken back, become hers, are owed."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal import clock as portal_clock
from portal import earning, jobs, ledger
from tests import make
from tests.journeys.steps import TODAY, Till, follow, look, main, sign_in, spend
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme")

NUMBER = "/orders/1182"


def expect_facts(phone: Page, *facts: str) -> None:
    for fact in facts:
        expect(main(phone)).to_contain_text(fact)


@pytest.mark.script_on_and_off
def test_a_member_watches_an_order_come_go_and_come_again(
    phone: Page, script: bool, mailbox: Mailbox, till: Till, anna: None, clock
) -> None:
    phone.goto("/home")
    sign_in(phone, mailbox)
    look(phone, "Hello, Anna Bell")
    expect_facts(phone, "100 points", "£200.00 to Silver")

    order = make.order("210.00", placed_at=TODAY.isoformat(), shipping="3.95")
    till.put(NUMBER, order)
    phone.reload()
    look(phone, "Hello, Anna Bell")
    expect_facts(
        phone, "Silver", "1,050 points more on the way", "1,050 points become yours", "24 June 2036", "+1,050",
        "Silver is yours until 31 December 2037", "£290.00 to Gold",
    )  # fmt: skip
    follow(phone, "Order 1182 10 Jun · yours on 24 June 2036 +1,050")
    look(phone, "+1,050 points Order 1182")
    expect_facts(
        phone, "£213.95", "−£3.95", "£210.00", "5 points for every £1.00, rounded down", "1,050 points"
    )

    clock.shift(timedelta(hours=2))
    refund = make.refund("60.00", at=portal_clock.now().isoformat())
    order |= {"version": 2, "refunds": [refund]}
    till.put(NUMBER, order)
    phone.goto("/home")
    expect_facts(
        phone, "750 points more on the way", "750 points become yours", "Refund of order 1182", "−300"
    )
    expect_facts(phone, "Silver")
    phone.get_by_role("link", name="Refund of order 1182").click()
    look(phone, "−300 points Refund of order 1182")
    expect_facts(
        phone, "−£60.00", "£150.00", "Points the order keeps", "750 points", "1,050 points", "300 points"
    )

    clock.move_to(TODAY + timedelta(days=14))
    phone.goto("/home")
    expect_facts(phone, "850 points", "worth £8.50")
    jobs.nightly()
    phone.reload()
    look(phone, "Hello, Anna Bell")
    expect_facts(phone, "850 points", "Order 1182: points are yours", "750")

    spend(800)
    order |= {
        "version": 3,
        "refunds": [refund, make.refund("150.00", "r2", at=portal_clock.now().isoformat())],
    }
    till.put(NUMBER, order)
    phone.reload()
    look(phone, "Hello, Anna Bell")
    expect_facts(phone, "0 points", "700 points are owed after a refund", "−750")
    phone.get_by_role("link", name="Refund of order 1182").first.click()
    look(phone, "−750 points Refund of order 1182")
    expect_facts(phone, "50 points", "700 points", "owed")

    till.put("/orders/1200", make.order("160.00", placed_at=portal_clock.now().isoformat()))
    clock.shift(timedelta(days=14))
    jobs.nightly()
    phone.goto("/home")
    expect_facts(phone, "100 points", "700 points went to what was owed")
    expect(main(phone)).not_to_contain_text("are owed after a refund")
    assert not ledger.faults() + earning.faults()
