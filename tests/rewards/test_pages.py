"""The pages of rewards as a member walks through them without JavaScript."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal import ledger, rewards
from portal import programme as programmes
from portal.db import transact
from tests import make
from tests.home.doors import everything, join, step_in
from tests.ledger import shop
from tests.page import Visit
from tests.programme.texts import small
from tests.rewards.conftest import sound, use

PRICE = "\nprice = 1000\n"


@pytest.fixture
def anna(app: Flask, clock: time_machine.Traveller, publish: Callable[[str], int]) -> str:
    """A member of the demonstration's programme with 1,300 points, 100 of them of welcome; her id."""
    publish(programmes.load("demo").source + SLIDER)
    member_id = join()
    shop.give(member_id, 1200)
    return member_id


SLIDER = """
[[rewards]]
key = "money-off"
label = "Money off"
kind = "money-off"
slider = { minimum = 100, step = 100 }
"""


@pytest.fixture
def visit(app: Flask, anna: str) -> Visit:
    """Her browser."""
    return step_in(app)


def reprice(price: str) -> None:
    """The programme changes while a page is open."""
    text = programmes.load("demo").source + SLIDER
    transact(lambda: programmes.publish(text.replace(PRICE, price, 1), make.NOW))


def mine(anna: str) -> list[rewards.Taken]:
    return rewards.held(anna, make.NOW.date())


def test_what_she_can_have_stands_first_then_what_is_near(visit):
    page = visit.open("/rewards")
    assert "You have 1,300 points." in page.text
    words = page.text
    assert (
        words.index("Yours to take now")
        < words.index("£10.00 off")
        < words.index("What you can look forward to")
    )
    assert words.index("What you can look forward to") < words.index("A seat at a makers' evening")
    assert "For Silver, Gold, Platinum · 12 left" in words
    assert "with thanks" not in words, "what is only ever given is not for sale"


def test_before_spending_the_page_says_what_stays_and_until_when(visit):
    visit.open("/rewards")
    page = visit.follow("£10.00 off Online or in the shop, once, on anything but gift cards. 1,000 points")
    assert visit.path == "/rewards/ten-off"
    for words in (
        "1,000 of your 1,300 points; 300 stay.",
        "10 June 2027",
        "You can undo it until you use it.",
    ):
        assert words in page.text


def test_it_is_taken_and_the_code_survives_a_reload(visit, anna):
    visit.open("/rewards/ten-off")
    page = visit.submit("Take it")
    (taken,) = mine(anna)
    assert visit.path == f"/rewards/taken/{taken.id}"
    assert rewards.grouped(taken.code).replace("-", " ") in page.text
    assert page.all("svg")
    assert visit.open(visit.path).text == page.text
    assert taken.code not in visit.path
    assert "Ready to use" in visit.open("/rewards").text
    sound()


def test_a_double_tap_takes_once(visit, anna):
    visit.open("/rewards/ten-off")
    first = visit.page
    visit.submit("Take it")
    visit.page, visit.path = first, "/rewards/ten-off"
    visit.submit("Take it")
    assert len(mine(anna)) == 1
    assert shop.buckets(anna) == (300, 0, 0)
    sound()


def test_undo_says_where_the_points_went(visit, anna):
    visit.open("/rewards/ten-off")
    visit.submit("Take it")
    page = visit.submit("Undo")
    for words in ("Undone on 10 June 2026", "1,000 points came back", "1,000 points that never expire"):
        assert words in page.text
    assert mine(anna)[0].code not in page.text
    assert "Undo" not in [button.text for button in page.all("button")]
    page = visit.follow("See it in your activity")
    assert "Undone: £10.00 off" in page.text
    assert "You gave it back unused" in page.text
    assert shop.buckets(anna) == (1300, 0, 0)
    sound()


def test_the_activity_line_of_a_reward_opens_to_its_price(visit, anna):
    visit.open("/rewards/ten-off")
    visit.submit("Take it")
    page = visit.open("/activity/3")
    assert "−1,000 points £10.00 off" in page.text
    assert "1,000 points that never expire" in page.text


def test_a_price_that_changed_between_page_and_tap_is_shown_and_nothing_is_written(visit, anna):
    visit.open("/rewards/ten-off")
    reprice("\nprice = 1100\n")
    before = everything()
    page = visit.submit("Take it", status=409)
    assert "the price is 1,100 points now, it was 1,000 points" in page.text
    assert "1,100 of your 1,300 points; 200 stay." in page.text
    assert everything() | {"attempt": []} == before, "that she tried is counted, and nothing else"
    visit.submit("Take it")
    assert shop.buckets(anna) == (200, 0, 0)


def test_points_that_went_in_another_tab_are_told_as_what_there_is_now(visit, anna):
    visit.open("/rewards/ten-off")
    shop.spend(anna, 700, kind="donated")
    page = visit.submit("Take it", status=422)
    assert "Nothing was taken: you have fewer points now" in page.text
    assert "1,000 points. You have 600." in page.text
    assert "400 points to go" in page.text
    assert not mine(anna)


def test_a_reward_that_sold_out_between_page_and_tap_says_so(visit, anna):
    shop.tell("200.00", placed_at="2026-06-10T09:00:00Z", member="c-1")
    shop.give(anna, 1000, "more")
    visit.open("/rewards/makers-evening")
    for number in range(6):
        bea = shop.join(f"other-{number}")
        shop.give(bea, 3000)
        for ref in "ab":
            shop.tell("200.00", number=f"s{number}", member=f"other-{number}") if ref == "a" else None
            take_for(bea, f"{number}{ref}")
    page = visit.submit("Take it", status=409)
    assert "somebody else was faster, and there is none left" in page.text
    assert "All taken" in page.text
    assert not mine(anna)
    sound()


def take_for(member_id: str, ref: str) -> None:
    transact(lambda: rewards.redeem(member_id, "makers-evening", ref=ref, at=make.NOW, actor="test"))


def test_who_owes_or_is_below_the_tier_finds_no_button(visit, anna):
    page = visit.open("/rewards/makers-evening")
    assert "For Silver, Gold, Platinum" in page.text
    assert not [button for button in page.all("button") if button.text == "Take it"]
    shop.take_back(anna, 1400)
    page = visit.open("/rewards/free-coffee")
    assert "Once what is owed is filled" in page.text
    assert not [button for button in page.all("button") if button.text == "Take it"]
    assert "100 points are owed after a refund" in visit.open("/rewards").text


def test_a_slider_takes_an_amount_on_its_steps_and_says_what_is_wrong_with_another(visit, anna):
    page = visit.open("/rewards/money-off")
    assert "£1.00 for every 100 points. You have 1,300 points." in page.text
    for points in ("150", "-100", "0", "99999999999999999999"):
        page = visit.submit("Take it", status=422, points=points)
        assert "Choose 100 points or more, in steps of 100." in page.text
        assert not mine(anna)
    for points in ("", "abc", "700.00", "7e2"):
        page = visit.submit("Take it", status=422, points=points)
        assert "Type a whole number." in page.text
        assert not mine(anna)
    page = visit.submit("Take it", points="700")
    (taken,) = mine(anna)
    assert (taken.value_minor, shop.buckets(anna)) == (700, (600, 0, 0))
    sound()


def test_a_form_that_no_page_of_ours_made_is_shown_again(visit, anna):
    visit.open("/rewards/ten-off")
    for key in ("", "short", "x" * 27, "é" * 26):
        visit.submit("Take it", status=422, key=key)
    visit.submit("Take it", price="a lot")  # a page that showed no price bought at the price that stands
    assert shop.buckets(anna) == (300, 0, 0)


def test_what_was_used_says_where_and_cannot_be_undone(visit, anna):
    visit.open("/rewards/ten-off")
    page = visit.submit("Take it")
    (taken,) = mine(anna)
    use(taken, "1182", 400)
    page = visit.submit("Undo", status=409)
    assert "It stays taken: the code has been used." in page.text
    assert "Order 1182" in page.text
    assert "£6.00 of £10.00 are left." in page.text
    assert "£6.00 left" in visit.open("/rewards").text
    use(taken, "1183")
    page = visit.open(f"/rewards/taken/{taken.id}")
    assert "Used on 10 June 2026" in page.text
    assert taken.code not in page.text


def test_attack_26_another_members_reward_is_as_missing_as_none(visit, anna, app):
    shop.join("c-2", "bea@example.com", proved=True)
    visit.open("/rewards/ten-off")
    visit.submit("Take it")
    (taken,) = mine(anna)
    other = step_in(app, "bea@example.com")
    other.open(f"/rewards/taken/{taken.id}", 404)
    other.open("/rewards/taken/nothing", 404)
    other.open("/rewards/nothing", 404)
    other.open("/rewards/friend-five", 404)
    assert mine(anna)[0].state == "available"


def test_all_of_hers_are_listed_with_what_became_of_them(visit, anna):
    assert "What you take stands here with its code" in visit.open("/rewards/taken").text
    for key in ("ten-off", "free-coffee"):
        visit.open(f"/rewards/{key}")
        visit.submit("Take it")
    visit.submit("Undo")
    page = visit.open("/rewards/taken")
    assert "Use it until 10 June 2027" in page.text
    assert "Undone on 10 June 2026" in page.text
    assert not any(taken.code in page.text.replace(" ", "") for taken in mine(anna))


def test_a_code_that_expired_shows_its_points_come_back(visit, anna, clock):
    from portal import jobs

    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    (taken,) = mine(anna)
    clock.shift(timedelta(days=366))
    late = step_in(visit.client.application)
    assert "Expired after 10 June 2027" in late.open(f"/rewards/taken/{taken.id}").text
    jobs.nightly()
    page = late.open(f"/rewards/taken/{taken.id}")
    assert "200 points came back" in page.text
    page = late.follow("See it in your activity")
    assert "It expired unused, so its points came back by themselves" in page.text
    assert ledger.wallet(anna).spent == 0


STILL = "You already have one that you can still use."


def test_who_has_one_that_is_not_used_is_told_before_she_takes_another(visit, anna):
    assert STILL not in visit.open("/rewards/free-coffee").text
    visit.submit("Take it")
    (taken,) = mine(anna)
    assert STILL not in visit.open("/rewards/five-off").text, "it is another reward"
    assert STILL in visit.open("/rewards/free-coffee").text
    visit.follow("See it")
    assert visit.path == f"/rewards/taken/{taken.id}"
    visit.submit("Undo")
    assert STILL not in visit.open("/rewards/free-coffee").text
    sound()


def test_another_may_still_be_taken_and_the_one_that_ends_first_is_shown(visit, anna, clock):
    for _ in "12":
        visit.open("/rewards/free-coffee")
        visit.submit("Take it")
        clock.shift(timedelta(days=1))
    newer, older = mine(anna)
    assert newer.expires_on > older.expires_on
    visit.open("/rewards/free-coffee")
    visit.follow("See it")
    assert visit.path == f"/rewards/taken/{older.id}"


def test_one_that_was_used_or_is_over_is_not_told_of(visit, anna, clock):
    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    (taken,) = mine(anna)
    clock.shift(taken.expires_on - make.NOW.date())
    visit = step_in(visit.client.application)
    assert STILL in visit.open("/rewards/free-coffee").text, "on its last day"
    clock.shift(timedelta(days=1))
    assert STILL not in visit.open("/rewards/free-coffee").text
    visit.open("/rewards/five-off")
    visit.submit("Take it")
    use(mine(anna)[0], "1182")
    assert STILL not in visit.open("/rewards/five-off").text


def test_one_of_another_member_is_not_told_of(visit, anna, app):
    bea = shop.join("c-2", "bea@example.com", proved=True)
    shop.give(bea, 1000, "hers")
    visit.open("/rewards/free-coffee")
    visit.submit("Take it")
    assert STILL not in step_in(app, "bea@example.com").open("/rewards/free-coffee").text


def test_where_the_balance_is_money_a_slider_takes_money(app, anna, publish):
    publish(
        small(SLIDER.replace("minimum = 100, step = 100", "minimum = 100, step = 50, maximum = 1000"))
        .replace('value = { points = 1, amount = "0.01" }', 'kind = "money"')
    )  # fmt: skip
    visit = step_in(app)
    page = visit.open("/rewards/money-off")
    assert "You have £13.00." in page.text
    assert "From £1.00 to £10.00, in steps of £0.50." in page.text
    (field,) = page.all("input", name="points")
    assert (field["type"], field["inputmode"], field["value"]) == ("text", "decimal", "1.00")
    for typed in ("2.75", "250", "0.50", "10.50", "-2.50"):
        page = visit.submit("Take it", status=422, points=typed)
        assert "Choose from £1.00 to £10.00, in steps of £0.50." in page.text, typed
    page = visit.submit("Take it", status=422, points="2.505")
    assert "Type at most 2 decimals, such as 5.00." in page.text
    for typed in ("", "lots", "2e1"):
        assert "Type an amount, such as 5.00." in visit.submit("Take it", status=422, points=typed).text
    assert not mine(anna)
    visit.submit("Take it", points="2,50")
    assert [(taken.value_minor, taken.points) for taken in mine(anna)] == [(250, 250)]
    assert shop.buckets(anna) == (1050, 0, 0)
    sound()
