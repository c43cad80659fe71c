"""Journey: take a reward. Price and limits before spending, a code that survives reload, undo, and using it."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal import earning, ledger, people, rewards
from tests import make
from tests.journeys.steps import TODAY, Till, follow, look, main, press, sign_in
from tests.notices.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("programme")


@pytest.mark.script_on_and_off
def test_a_member_takes_a_reward_undoes_it_takes_it_again_and_uses_it(
    phone: Page, script: bool, mailbox: Mailbox, till: Till, anna: None, clock
) -> None:
    placed = TODAY.replace(day=1, month=5).isoformat()
    till.put("/orders/1", make.order("220.00", placed_at=placed))
    phone.goto("/rewards")
    sign_in(phone, mailbox)
    look(phone, "Rewards")
    expect(main(phone)).to_contain_text("You have 1,200 points.")
    follow(phone, re.compile("^£10.00 off"))
    look(phone, "£10.00 off")
    expect(main(phone)).to_contain_text("1,000 of your 1,200 points; 200 stay.")
    expect(main(phone)).to_contain_text("You can undo it until you use it.")

    press(phone, "Take it")
    look(phone, "£10.00 off")
    code = code_on(phone)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code)
    expect(phone.get_by_role("img", name="The code of this reward")).to_be_visible()
    phone.reload()
    assert code_on(phone) == code

    press(phone, "Undo")
    look(phone, "£10.00 off")
    expect(main(phone)).to_contain_text("1,000 points came back")
    follow(phone, "Your rewards")
    look(phone, "Your rewards")
    expect(main(phone)).to_contain_text("Undone on 10 June 2036")

    phone.goto("/rewards/ten-off")
    press(phone, "Take it")
    second = code_on(phone)
    assert second != code
    order = make.order("30.00", placed_at=TODAY.isoformat(), paid_by_rewards="10.00", codes=[second, code])
    told = till.put("/orders/1182", order)
    assert [one["problem"] for one in told["codes"]] == [None, "undone"]
    phone.reload()
    look(phone, "£10.00 off")
    expect(main(phone)).to_contain_text("Order 1182")
    expect(main(phone)).not_to_contain_text(second[:4])

    till.put("/orders/1182", order | {"version": 2, "status": "cancelled"})
    phone.goto("/rewards")
    expect(main(phone)).to_contain_text("You have 1,200 points.")
    anna_now = people.by_ref("c-1")
    assert anna_now is not None
    assert ledger.wallet(anna_now.id).spent == 0
    assert not ledger.faults() + earning.faults() + rewards.faults()


def code_on(phone: Page) -> str:
    """The code that the page shows, without its gaps."""
    return re.sub(r"\s", "", phone.locator(".groups").inner_text())
