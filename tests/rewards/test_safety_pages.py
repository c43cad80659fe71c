"""The day's limit, the stop and the wait on pages: the demonstration gives 10.00 off for 1,000 points, 20.00 a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal import clock as portal_clock
from portal import people, rewards
from portal import programme as programmes
from portal.db import transact
from tests import make
from tests.home.doors import ANNA, everything, join, step_in
from tests.ledger import shop
from tests.page import Visit
from tests.rewards.conftest import give, sound, use
from tests.rewards.conftest import take as take_for_shop

SLIDER = """
[[rewards]]
key = "money-off"
label = "Money off"
kind = "money-off"
slider = { minimum = 100, step = 100 }
"""


@pytest.fixture
def berta(app: Flask, clock: time_machine.Traveller, publish: Callable[[str], int]) -> str:
    """A member of the demonstration's programme with 5,100 points; her id."""
    publish(programmes.load("demo").source + SLIDER)
    member_id = join()
    shop.give(member_id, 5000)
    return member_id


@pytest.fixture
def visit(app: Flask, berta: str) -> Visit:
    """Her browser, signed in by a mailed link: a session that is basic."""
    return step_in(app)


def prove(visit: Visit, mailbox) -> None:
    """On the page of the proof: by a new mailed code."""
    visit.submit("Send the code")
    visit.submit("Continue", code=mailbox.code(ANNA))


def test_22_taking_above_the_day_s_limit_asks_for_a_proof_and_comes_back_with_what_was_chosen(
    visit, berta, mailbox
):
    visit.open("/rewards/money-off")
    visit.submit("Take it", points="2100")
    assert visit.path == "/proof"
    assert rewards.held(berta, make.NOW.date()) == []
    prove(visit, mailbox)
    assert visit.path == "/rewards/money-off"
    assert [one["value"] for one in visit.page.all("input", name="points")] == ["2100"]
    page = visit.submit("Take it")
    (taken,) = rewards.held(berta, make.NOW.date())
    assert (taken.value_minor, shop.buckets(berta)) == (2100, (3000, 0, 0))
    assert rewards.grouped(taken.code).replace("-", " ") in page.text
    sound()


def test_22_a_proof_of_five_minutes_ago_is_too_old_and_the_limit_itself_needs_none(
    visit, berta, mailbox, clock
):
    visit.open("/rewards/money-off")
    visit.submit("Take it", points="2000")
    assert shop.buckets(berta) == (3100, 0, 0)
    visit.open("/rewards/money-off")
    visit.submit("Take it", points="100")
    assert visit.path == "/proof"
    prove(visit, mailbox)
    clock.shift(timedelta(minutes=5, seconds=1))
    visit.submit("Take it")
    assert visit.path == "/proof"
    assert shop.buckets(berta) == (3100, 0, 0)


def test_an_address_that_asks_for_what_the_slider_does_not_take_begins_with_the_fewest(visit):
    for points in ("150", "-100", "x", "9" * 40, ""):
        page = visit.open(f"/rewards/money-off?points={points}")
        assert [one["value"] for one in page.all("input", name="points")] == ["100"], points


def test_37_a_basic_session_opens_a_code_by_a_button_and_the_one_that_it_took_is_open(visit, berta, app):
    given = give(berta, "friend-five")
    page = visit.open(f"/rewards/taken/{given.id}")
    assert given.code not in page.text.replace(" ", "")
    assert "svg" not in str(page.all("div", role="img"))
    before = everything()
    page = visit.submit("Show the code")
    assert rewards.grouped(given.code).replace("-", " ") in page.text
    assert everything() | {"attempt": []} == before
    again = visit.open(f"/rewards/taken/{given.id}")
    assert rewards.grouped(given.code).replace("-", " ") in again.text, (
        "a reload shows it, and counts nothing"
    )
    other = step_in(app)
    assert given.code not in other.open(f"/rewards/taken/{given.id}").text.replace(" ", "")


def test_37_ten_codes_a_day_are_opened_and_the_eleventh_tomorrow(visit, berta, clock):
    given = [give(berta, "friend-five", reason=f"r{n}") for n in range(11)]
    for one in given[:10]:
        visit.open(f"/rewards/taken/{one.id}")
        assert one.code in visit.submit("Show the code").text.replace(" ", "")
    visit.open(f"/rewards/taken/{given[10].id}")
    page = visit.submit("Show the code", 429)
    assert "You have opened many codes today." in page.text
    assert given[10].code not in page.text.replace(" ", "")
    assert given[0].code in visit.open(f"/rewards/taken/{given[0].id}").text.replace(" ", "")
    clock.shift(timedelta(hours=24, seconds=-1))
    visit.open(f"/rewards/taken/{given[10].id}")
    visit.submit("Show the code", 429)
    clock.shift(timedelta(seconds=1))
    visit.open(f"/rewards/taken/{given[10].id}")
    assert given[10].code in visit.submit("Show the code").text.replace(" ", "")


def test_37_another_members_code_is_as_missing_as_none(visit, app):
    join("c-2", "berta@example.com")
    other = step_in(app, "berta@example.com")
    mine = give(people.by_ref("c-1").id, "friend-five")
    other.open("/rewards")
    token = other.client.get("/give").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    for redemption in (mine.id, "nothing"):
        answer = other.client.post(f"/rewards/taken/{redemption}/code", data={"csrf_token": token})
        assert answer.status_code == 404


def test_ten_are_taken_in_an_hour_and_twenty_in_a_day(visit, berta, clock):
    def tap(status: int = 200) -> str:
        visit.open("/rewards/money-off")
        return visit.submit("Take it", status, points="100").text

    for _ in range(10):
        tap()
    assert "Try again in 60 minutes." in tap(429)
    clock.shift(timedelta(hours=1, seconds=-1))
    assert "Try again in 1 minute." in tap(429)
    clock.shift(timedelta(seconds=1))
    for _ in range(10):
        tap()
    clock.shift(timedelta(hours=1))
    assert "that was a lot for one day. Try again in 22 hours." in tap(429)
    assert len(rewards.held(berta, make.NOW.date())) == 20
    clock.shift(timedelta(hours=22, seconds=-1))
    assert "Try again in 1 minute." in tap(429)
    clock.shift(timedelta(seconds=1))
    tap()


def test_22_stopped_pages_say_so_calmly_and_show_no_code(visit, berta):
    visit.open("/rewards/money-off")
    visit.submit("Take it", points="100")
    (taken,) = rewards.held(berta, make.NOW.date())
    visit.open("/rewards/ten-off")
    transact(lambda: people.freeze(berta, portal_clock.now()))
    page = visit.submit("Take it", 422)
    assert "Nothing was taken: your points are stopped." in page.text
    for path in ("/home", "/rewards", "/rewards/ten-off", f"/rewards/taken/{taken.id}"):
        page = visit.open(path)
        assert "Your points are stopped" in page.text, path
        assert [one["href"] for one in page.all("a") if one.text == "What lets them move again"] == [
            "/safety/stop"
        ]
        assert taken.code not in page.text.replace(" ", "")
        assert "Take it" not in [one.text for one in page.all("button")]
    assert "Not while your points are stopped" in visit.open("/home").text
    assert "You have enough" not in visit.open("/home").text
    transact(lambda: people.lift_freeze(berta))
    assert "stopped" not in visit.open("/rewards").text


def test_22_what_is_as_good_as_money_says_until_when_it_waits(visit, berta):
    given, coffee = give(berta, "friend-five"), give(berta, "free-coffee")
    transact(lambda: people.begin_wait(berta, portal_clock.now()))
    words = visit.open("/rewards").text
    assert "wait until 13 Jun 2026, 10:30" in words
    assert "From 13 Jun 2026, 10:30" in words
    assert "It is yours to take from 13 Jun 2026, 10:30." in visit.open("/rewards/ten-off").text
    page = visit.open(f"/rewards/taken/{given.id}")
    assert "The code is shown from 13 Jun 2026, 10:30." in page.text
    assert "Show the code" not in [one.text for one in page.all("button")]
    visit.open(f"/rewards/taken/{coffee.id}")
    assert coffee.code in visit.submit("Show the code").text.replace(" ", "")
    visit.open("/rewards/free-delivery")
    visit.submit("Take it")
    assert visit.path.startswith("/rewards/taken/")


def test_at_the_till_a_stopped_code_is_not_used_and_what_was_paid_with_it_stands(anna):
    from portal.merchant import redeeming
    from portal.merchant.reward_shapes import UseBody

    first, second = take_for_shop(anna, "ten-off"), take_for_shop(anna, "coffee", ref="r2")
    use(first, "1", 400)
    transact(lambda: people.freeze(anna, make.NOW))
    code = second.code
    assert redeeming.code_state(code, amount=None, currency=None, at=make.NOW)["why_not"] == "stopped"

    def use_at_till(found: rewards.Taken, order: str, amount: str | None = None) -> dict:
        body = UseBody.model_validate({"order": order} | ({"amount": amount} if amount else {}))
        return transact(lambda: redeeming.use(found.code, body, shop="main", at=make.NOW))

    assert shop.refused(use_at_till, second, "2").code == "stopped"
    assert use_at_till(first, "1", "4.00")["left"]["amount"] == "6.00", "the same again answers what stands"
    transact(lambda: people.lift_freeze(anna))
    assert use_at_till(second, "2")["state"] == "used"
    sound()
