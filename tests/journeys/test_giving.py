"""Journey: give. From the causes to a receipt, and what became of it."""

import pytest
from playwright.sync_api import Page, expect

from portal import earning, giving, ledger, people
from portal import programme as programmes
from portal.db import transact
from tests.giving.hands import earn
from tests.journeys.steps import TODAY, follow, go_back, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme", "clock")


@pytest.mark.script_on_and_off
def test_a_member_gives_points_and_sees_what_became_of_them(
    phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    phone.goto("/give")
    sign_in(phone, mailbox)
    look(phone, "Give")
    expect(main(phone)).to_contain_text("You have 100 points")
    expect(phone.get_by_label("How much")).to_have_value("100")
    expect(main(phone)).to_contain_text("worth £1.00")
    if script:
        phone.get_by_role("button", name="More").click()
        expect(phone.get_by_label("How much")).to_have_value("100")  # she has no more
        phone.get_by_label("How much").fill("50")
        expect(phone.locator("output")).to_have_text("worth £0.50")
    phone.get_by_label("How much").fill("150")
    phone.get_by_label("Books for Schools").check()
    press(phone, "Continue")
    look(phone, "Give")
    expect(main(phone)).to_contain_text("150 points are more than the 100 points you have now")
    press(phone, "Give all: 100 points")
    look(phone, "Give 100 points to Books for Schools?")
    expect(main(phone)).to_contain_text("A gift cannot be taken back.")
    follow(phone, "Change it")
    expect(phone.get_by_label("Books for Schools")).to_be_checked()
    press(phone, "Continue")
    press(phone, "Give 100 points")
    look(phone, "Thank you")
    for fact in ("£1.00 go to Books for Schools", "10 June 2036", "100 points", "£1.00 in 1 gift"):
        expect(main(phone)).to_contain_text(fact)
    go_back(phone)
    look(phone, "Give")
    expect(main(phone)).to_contain_text("100 points are more than the 0 points you have now")
    expect(main(phone)).to_contain_text("£1.00 from everybody")
    expect(main(phone)).to_contain_text("You can give from 100 points on. You have 0 points.")
    follow(phone, "Books for Schools 10 June 2036 · 100 points £1.00")
    look(phone, "Your gift")
    follow(phone, "See it in your activity")
    look(phone, "−100 points Given to Books for Schools")
    expect(main(phone)).to_contain_text("at £0.01 for 1 point")
    assert giving.totals()["schools"].gifts == 1
    assert not ledger.faults() + giving.faults() + earning.faults()


@pytest.mark.script_on_and_off
def test_where_the_balance_is_money_the_amount_is_typed_and_stepped_as_money(
    phone: Page, script: bool, mailbox: Mailbox, anna: None
) -> None:
    text = programmes.load("demo").source.replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    transact(lambda: programmes.publish(text, TODAY))
    earn(people.by_ref("c-1").id, 900)
    phone.goto("/give")
    sign_in(phone, mailbox)
    look(phone, "Give")
    amount = phone.get_by_label("How much")
    expect(main(phone)).to_contain_text("You have £10.00. From £1.00, in steps of £0.50.")
    expect(amount).to_have_value("1.00")
    expect(phone.locator("output")).to_have_text("£1.00")
    if script:
        more, fewer = (phone.get_by_role("button", name=name) for name in ("More", "Fewer"))
        for button, value in ((more, "1.50"), (fewer, "1.00"), (fewer, "1.00")):
            button.click()
            expect(amount).to_have_value(value)
        amount.fill("9,75")
        expect(phone.locator("output")).to_have_text("£9.75")
        for value in ("10,00", "10,00"):  # she has no more
            more.click()
            expect(amount).to_have_value(value)
        amount.fill("2.505")
        expect(phone.locator("output")).to_have_text("")
    amount.fill("2,505")
    press(phone, "Continue")
    look(phone, "Give")
    expect(main(phone)).to_contain_text("£2,505.00 are more than the £10.00 you have now")
    amount.fill("2,50")
    press(phone, "Continue")
    look(phone, "Give £2.50 to Hedgerow Wildlife?")
    press(phone, "Give £2.50")
    look(phone, "Thank you")
    expect(main(phone)).to_contain_text("£2.50 in 1 gift")
    go_back(phone)
    look(phone, "Give £2.50 to Hedgerow Wildlife?")
    expect(main(phone)).to_contain_text("You gave exactly this a moment ago.")
    assert not ledger.faults() + giving.faults() + earning.faults()
