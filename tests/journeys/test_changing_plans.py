"""Journeys of a plan that changes: dearer, cheaper, paused, ended and kept, unpaid; with a tap too many each time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.billing.shop import Desk
from tests.journeys.plans import (
    desk,
    environ,
    held_since,
    pages,
    pay,
    stripe_standin,
    tap_twice,
    to_membership,
)
from tests.journeys.steps import follow, go_back, look, main, press
from tests.notices.mailbox import Mailbox

__all__ = ["desk", "environ", "stripe_standin"]

pytestmark = pytest.mark.usefixtures("programme", "clock")


def paid(desk: Desk) -> list[int]:
    """What Stripe took, newest first, in pence."""
    return [one.amount_paid for one in desk.at_stripe("invoices") if one.amount_paid]


@pytest.mark.script_on_and_off
def test_a_dearer_plan_takes_what_was_shown_and_a_cheaper_one_comes_later_unless_it_is_undone(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    held_since(desk, days=10.3)
    to_membership(phone, mailbox)
    look(phone, "Plus")
    follow(phone, "Change the plan")
    look(phone, "Change your plan")
    phone.get_by_label("By year").check()
    press(phone, "See what it costs")
    look(phone, "Plus by year?")
    button = phone.get_by_role("button", name=re.compile("^Pay "))
    words = button.inner_text()
    (amount,) = re.findall(r"£\d+\.\d\d", words)
    expect(main(phone)).to_contain_text(re.compile(rf"Today\s*{amount}"))
    go_back(phone)
    look(phone, "Change your plan")
    phone.get_by_label("By year").check()
    press(phone, "See what it costs")
    tap_twice(phone, words)
    look(phone, "Plus")
    expect(main(phone)).to_contain_text(f"Plus is on. You paid {amount}.")
    expect(main(phone)).to_contain_text("£30.00 on 20 June 2037")
    pence = int(amount[1:].replace(".", ""))
    assert paid(desk) == [pence, 300]
    go_back(phone)
    look(phone, "Plus")  # what was done is not shown again
    assert paid(desk) == [pence, 300]

    follow(phone, "Change the plan")
    phone.get_by_label("By month").check()
    press(phone, "See what it costs")
    look(phone, "Plus by month?")
    expect(main(phone)).to_contain_text(re.compile(r"Today\s*nothing"))
    tap_twice(phone, "Change on 20 June 2037")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("By month from 20 June 2037.")
    expect(main(phone)).to_contain_text("£3.00 on 20 June 2037")
    tap_twice(phone, "Undo")
    look(phone, "Plus")
    expect(main(phone)).not_to_contain_text("By month")
    expect(main(phone)).to_contain_text("£30.00 on 20 June 2037")
    assert paid(desk) == [pence, 300]


@pytest.mark.script_on_and_off
def test_a_plan_is_paused_and_goes_on_is_ended_and_kept_however_often_it_is_tapped(
    phone: Page, script: bool, mailbox: Mailbox, desk: Desk
) -> None:
    held_since(desk, days=3)
    to_membership(phone, mailbox)
    follow(phone, "Pause Plus")
    look(phone, "Pause Plus?")
    tap_twice(phone, "Pause it today")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Plus is paused.")
    go_back(phone)
    look(phone, re.compile("Plus"))
    phone.goto("/membership")
    tap_twice(phone, "Go on with Plus, nothing to pay")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("£3.00 on 10 July 2036")

    follow(phone, "End Plus")
    look(phone, "End Plus?")
    tap_twice(phone, "End it on 10 July 2036")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Ends on 10 July 2036.")
    go_back(phone)
    look(phone, re.compile("Plus"))
    phone.goto("/membership")
    tap_twice(phone, "Keep Plus")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("£3.00 on 10 July 2036")
    assert desk.status() == "active"
    assert paid(desk) == [300]


def test_a_card_is_declined_at_the_renewal_nothing_ends_and_one_payment_puts_it_right(
    phone: Page, mailbox: Mailbox, desk: Desk
) -> None:
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert desk.perks()
    to_membership(phone, mailbox)
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("Plus stays on until 17 July 2036 while it is tried again.")
    follow(phone, "Pay £3.00 now")
    assert phone.url.startswith(pages(desk.stripe))
    go_back(phone)
    look(phone, "Plus")
    follow(phone, "Pay £3.00 now")
    pay(phone, "4242", "Pay")
    desk.tell()
    phone.goto("/membership")
    look(phone, "Plus")
    expect(main(phone)).to_contain_text("It is on, and renews by itself.")
    expect(main(phone)).to_contain_text("£3.00 on 10 August 2036")
    assert desk.mails("plan_failed") == 1
    assert paid(desk) == [300, 300]
