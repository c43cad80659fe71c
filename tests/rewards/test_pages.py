"""The pages of rewards as a member walks through them without JavaScript."""

from portal import rewards
from tests.home.doors import everything, step_in
from tests.ledger import shop
from tests.programme.texts import small
from tests.rewards.conftest import sound
from tests.rewards.walking import SLIDER, anna, mine, reprice, take_for, visit

__all__ = ["anna", "visit"]


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
