"""What the pages say of a gift that is used: it is what was shown, and kept while anything else may be charged."""

from datetime import date, timedelta

import pytest

from portal import clock, people, programme
from portal.billing import gifts, wishes
from portal.billing.shapes import Back
from portal.db import transact
from tests.billing.giving import BERTA, berta, buy, charges, grants, open_code, row, standing, use
from tests.billing.shop import Desk
from tests.home.doors import step_in
from tests.page import Element

__all__ = ["berta"]

LOOK = "This has changed since you looked."


def words(page: Element) -> str:
    return " ".join(page.text.split())


def fail_renewal(desk: Desk, days: int) -> None:
    """Her card is refused at the renewal, and so many days go by."""
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=31)
    desk.tell()
    desk.pass_time(days=days)
    desk.tell()


@pytest.mark.both_engines
def test_no_code_and_no_link_of_a_gift_is_shown_while_her_points_are_stopped(desk):
    code = buy(desk)
    path = f"/gifts/{row().id}"
    transact(lambda: people.freeze(desk.member, clock.now()))
    page = desk.visit.open(path)
    assert "Your points are stopped, so no code is shown for now. It stays yours." in page.text
    assert page.all("a", href="/safety/stop")
    for secret in (code, code.replace("-", "")):
        assert secret not in desk.visit.response.text
    transact(lambda: people.lift_freeze(desk.member))
    assert code in desk.visit.open(path).text


@pytest.mark.both_engines
@pytest.mark.parametrize("days", [1, 8])
def test_a_code_is_kept_while_a_bill_is_open_and_works_once_that_plan_is_ended(desk, days):
    code = buy(desk, "plus-monthly-1")
    fail_renewal(desk, days)
    assert desk.perks() == (days < 8)
    page = open_code(desk.visit, code)
    assert "A payment of your own plan is still open." in page.text
    assert not [one for one in page.all("button") if "Use it" in one.text]
    desk.visit.follow("See your plan")
    assert desk.visit.path == "/membership"
    wishes.ask_to_end(desk.member, None, clock.now())
    desk.tell()
    assert "Use it, until" in desk.visit.open("/gift").text


def test_a_code_is_kept_while_her_own_plan_is_paused_and_loses_no_paid_day(desk):
    code = buy(desk, "plus-monthly-1")
    desk.join()
    desk.tell()
    wishes.ask_to_pause(desk.member, clock.now())
    assert not desk.perks()
    page = open_code(desk.visit, code)
    assert "You have a plan of your own already" in page.text
    assert "Use it, until" not in page.text
    desk.visit.client.post("/gift/use")
    assert grants() == []


@pytest.mark.both_engines
def test_a_code_is_kept_while_a_payment_page_is_open_and_works_once_it_is_left(desk):
    code = buy(desk, "plus-monthly-1")
    open_code(desk.visit, code)
    shown = desk.visit.page
    url = desk.choose()
    desk.visit.page = shown
    page = desk.visit.submit("Use it, until 10 July 2026")
    assert "its payment page is still open" in page.text
    assert grants() == []
    desk.visit.follow("Look at the plans")
    desk.visit.submit("Choose something else")
    desk.visit.open("/gift")
    desk.visit.submit("Use it, until 10 July 2026")
    assert len(grants()) == 1
    assert desk.pay(url) is None, "what was left cannot be paid any more"
    assert charges(desk) == [300]


def test_who_signs_out_leaves_no_gift_to_the_next_one_at_that_browser(app, desk, berta):
    hers = step_in(app, BERTA)
    assert "Use it" in open_code(hers, buy(desk)).text
    hers.open("/you")
    hers.submit("Sign out on this device")
    assert hers.client.get_cookie("gift") is None
    assert "Use it" not in hers.open("/gift").text


def test_a_button_uses_the_gift_that_stood_above_it_and_no_other(app, desk, berta):
    year, month = buy(desk, "plus-yearly-12"), buy(desk, "plus-monthly-1")
    hers = step_in(app, BERTA)
    open_code(hers, year)
    shown = hers.page
    hers.open(f"/gift/{month}")
    hers.submit("Open it")  # in another tab
    hers.page = shown
    page = hers.submit("Use it, until 10 June 2027")
    assert LOOK in page.text
    assert "Plus for 1 month" in page.text
    assert grants() == []
    hers.submit("Use it, until 10 July 2026")
    assert grants()[0].until == date(2026, 7, 10)


def test_a_page_of_yesterday_is_shown_again_with_the_days_of_today(app, desk, berta):
    code = buy(desk, "plus-monthly-1")
    hers = step_in(app, BERTA)
    open_code(hers, code)
    desk.clock.shift(timedelta(days=1))
    page = hers.submit("Use it, until 10 July 2026")
    assert LOOK in page.text
    assert grants() == []
    hers.submit("Use it, until 11 July 2026")
    assert grants()[0].until == date(2026, 7, 11)
    assert hers.client.post("/gift/use", data={"until": "soon"}).status_code in (303, 403)


@pytest.mark.both_engines
def test_with_a_gift_in_force_an_open_bill_stands_below_it(desk):
    """Somebody else's gift, used before the card failed for good."""
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=31)
    desk.tell()
    desk.pass_time(days=8)
    desk.tell()
    give(desk)
    page = desk.visit.open("/membership")
    said = words(page)
    assert said.index("It is yours until") < said.index("One payment for Plus is still open.")
    assert "has ended" not in said
    assert "Nothing is charged for it." in said
    assert [one.text for one in page.all("a") if one.text in ("End it", "Pay £3.00 now", "End Plus")] == [
        "Pay £3.00 now", "End it",
    ]  # fmt: skip


def test_with_a_gift_in_force_a_paused_plan_stands_below_it_and_can_go_on(desk):
    desk.join()
    desk.tell()
    wishes.ask_to_pause(desk.member, clock.now())
    give(desk)
    said = words(desk.visit.open("/membership"))
    assert said.index("It is yours until") < said.index("Plus is paused.")
    desk.visit.submit("Go on with Plus, nothing to pay")
    said = words(desk.visit.open("/membership"))
    assert "renews by itself" in said
    assert "It runs beside what you pay for" in said


def give(desk: Desk) -> None:
    """Staff give her a month of Plus, which waits for nothing."""
    from portal.billing import granted

    now = clock.now()
    until = programme.active()[1].day(now) + timedelta(days=30)
    transact(
        lambda: granted.give_plan(desk.member, "plus-monthly", until=until, source="staff", ref="one", at=now)
    )


def test_a_gift_to_come_stands_on_the_page_and_follows_no_day_that_is_over(app, desk, berta):
    first, second = buy(desk, "plus-monthly-1"), buy(desk, "plus-monthly-3")
    third = buy(desk, "plus-monthly-1")
    paid = {one: gifts.by_code(one).payment_intent for one in (first, second)}
    use(berta, first)
    use(berta, second)
    hers = step_in(app, BERTA)
    page = words(open_code(hers, third))
    assert (
        "You have been given a plan until 11 October 2026. This one follows it: from 12 October 2026" in page
    )
    desk.clock.shift(timedelta(days=1))
    transact(lambda: gifts.write_back(paid[first], Back(300, None), clock.now()))
    found = words(hers.open("/membership"))
    left = next(one for one in grants() if one.ended_on is None)
    assert f"Plus until {left.until.day} {left.until:%B %Y}" in found or "It is yours until" in found
    assert "given a plan until 10 June" not in words(hers.open("/gift"))
    assert standing(berta, left.until).perks
