"""What the pages say of a gift that is bought: what is paid is what was shown, and few are mailed."""

import re
from datetime import timedelta

import pytest

from portal import clock, programme
from portal.billing.models import PlanGift
from portal.db import transact
from tests.billing.giving import (
    BERTA,
    berta,
    buy,
    charges,
    choose,
    operations,
    pay,
    row,
    send,
    use,
)
from tests.billing.shop import count, joining
from tests.support.acts import hire

__all__ = ["berta"]

CHANGED = "The price has changed since you looked. Nothing was charged."


def sell_plus_for(price: str) -> None:
    """Plus by month costs this from now on."""
    source = programme.load("demo").source
    start = source.index('key = "plus-monthly"')
    changed = re.sub(r'price = "[0-9.]+"', f'price = "{price}"', source[start:], count=1)
    transact(lambda: programme.publish(source[:start] + changed, clock.now()))


def test_a_gift_whose_price_has_changed_is_shown_again_and_not_charged(desk):
    desk.visit.open("/gifts/new")
    shown = desk.visit.page
    sell_plus_for("4.50")
    send(desk.visit, status=409)
    assert operations() == []
    page = desk.visit.submit("Go on to the payment", status=409, choice="plus-monthly-3")
    assert CHANGED in page.text
    assert "£13.50" in page.text
    send(desk.visit)
    assert operations()[0].facts["minor"] == 1350
    desk.visit.page = shown
    send(desk.visit, "plus-monthly-1", status=409)


def test_a_gift_whose_price_did_not_change_goes_on_though_another_did(desk):
    desk.visit.open("/gifts/new")
    sell_plus_for("2.90")
    send(desk.visit, "plus-yearly-12")
    assert operations()[0].facts["minor"] == 3000


def test_a_plan_whose_price_has_changed_is_shown_again_and_nothing_is_agreed_to(desk):
    old = joining(desk.visit.open("/plans"), "plus-monthly")
    sell_plus_for("4.50")
    answer = desk.visit.client.post("/billing/checkout", data=old)
    assert answer.status_code == 409
    assert CHANGED in answer.text
    assert "£4.50" in answer.text
    assert (operations("join"), desk.at_stripe("checkout.sessions")) == ([], [])
    desk.join()
    assert charges(desk) == [450]


def test_the_way_back_to_a_payment_page_that_has_closed_begins_no_other(desk):
    desk.choose()
    waiting = joining(desk.visit.open("/plans"), "plus-monthly")
    assert "shown" not in waiting
    desk.visit.submit("Choose something else")
    answer = desk.visit.client.post("/billing/checkout", data=waiting)
    assert answer.status_code == 409
    assert "has closed. Nothing was charged." in answer.text
    assert len(operations("join")) == 1


def test_the_words_to_a_friend_name_no_address(desk):
    desk.visit.open("/gifts/new")
    page = desk.visit.submit(
        "Go on to the payment", status=422, choice="plus-monthly-1", friend=BERTA, words="Pay here: evil.example/pay"
    )  # fmt: skip
    assert "No web or e-mail addresses, please." in page.text
    assert operations() == []


def test_a_few_gifts_are_mailed_in_a_day_and_more_are_handed_on(desk):
    for _ in range(10):
        choose(desk, friend=BERTA)
    desk.visit.open("/gifts/new")
    send(desk.visit, status=429, friend="carla@example.com")
    desk.visit.open("/gifts/new")
    send(desk.visit)
    desk.clock.shift(timedelta(hours=23, minutes=59))
    desk.visit.open("/gifts/new")
    send(desk.visit, status=429, friend="carla@example.com")
    desk.clock.shift(timedelta(minutes=2))
    choose(desk, friend="carla@example.com")
    assert len(operations()) == 12


def test_a_member_buys_no_more_than_twenty_gifts_in_an_hour(desk):
    for _ in range(20):
        choose(desk)
    desk.visit.open("/gifts/new")
    page = desk.visit.submit("Go on to the payment", status=429, choice="plus-monthly-3")
    assert "That was too often. Wait 60 minutes, then try again." in page.text
    desk.clock.shift(timedelta(hours=1, seconds=1))
    choose(desk)


@pytest.mark.parametrize(("last", "status"), [("x" * 19, 303), ("x" * 20, 303), ("x" * 21, 422)])
def test_a_line_break_counts_as_one_letter_as_her_browser_counts_it(desk, last, status):
    lines = ["x" * 19] * 9 + [last]  # nine breaks: 199, 200 and 201 letters
    desk.visit.open("/gifts/new")
    send(desk.visit, status=status, words="\r\n".join(lines))


def test_a_reason_for_ending_counts_its_line_breaks_once(desk):
    desk.join()
    page = desk.visit.open("/membership/cancel")
    hidden = {one["name"]: one["value"] for one in page.all("input", type="hidden")}
    told = "\r\n".join(["x" * 99] * 5)  # 499 as she typed it, and 503 as it is sent
    answer = desk.visit.client.post("/membership/cancel", data=hidden | {"reason": "", "comment": told})
    assert (answer.status_code, answer.location) == (303, "/membership")


def test_a_gift_that_comes_back_to_the_page_of_plans_is_shown_as_a_gift(desk):
    desk.join()
    desk.tell()
    path = pay(desk, choose(desk))
    page = desk.visit.open(path.replace("/gifts/return", "/billing/return"))
    assert desk.visit.path == f"/gifts/{row().id}"
    assert "It is paid. Thank you." in page.text
    assert count(PlanGift) == 1


def test_the_desk_sees_what_she_gave_and_what_became_of_it_but_no_code(desk, berta):
    code = buy(desk)
    buy(desk, "plus-yearly-12")
    use(berta, code)
    page = hire(desk.app).open("/staff/members/c-1")
    assert "Plans she gave to others" in page.text
    assert "Plus for 3 months 10 June 2026, used £9.00" in page.text
    assert "Plus for 1 year 10 June 2026, not used yet £30.00" in page.text
    assert code not in page.text
