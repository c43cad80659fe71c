"""The pages of giving, as a person without JavaScript walks them."""

import re
from datetime import timedelta

import pytest

from portal import giving, ledger
from tests.giving.hands import earn, give
from tests.home.doors import everything, join, step_in

pytestmark = pytest.mark.usefixtures("the_books_agree")


def test_a_member_gives_and_gets_a_receipt_that_stays(app, anna):
    earn(anna, 1000)
    visit = step_in(app)
    page = visit.open("/give")
    assert "Hedgerow Wildlife" in page.text
    asked = visit.submit("Continue", charity="forests", points="500")
    assert "Give 500 points to New Forests Fund?" in asked.text
    assert "£5.00" in asked.text
    assert "600 points" in asked.text, "what she keeps"
    assert "A gift cannot be taken back" in asked.text
    assert ledger.wallet(anna).available == 1100, "nothing has happened yet"
    thanks = visit.submit("Give 500 points")
    for words in ("Thank you", "New Forests Fund", "£5.00", "10 June 2026", "£5.00 in 1 gift"):
        assert words in thanks.text
    reference = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", thanks.text)[0]
    page = visit.open("/give")
    assert "£5.00 from you" in page.text
    assert page.all("input", name="charity", value="forests")[0].attributes.get("checked") is not None, (
        "remembered"
    )
    receipt = visit.open(next(link["href"] for link in page.all("a") if "/give/gifts/" in link["href"]))
    assert reference in receipt.text
    line = visit.follow("See it in your activity")
    assert "Given to New Forests Fund" in line.text
    assert "−500" in line.text


def test_a_double_tap_gives_once(app, anna):
    earn(anna, 1000)
    visit = step_in(app)
    visit.open("/give/confirm?charity=wildlife&points=200")
    form = visit.page.all("form", method="post")[0]
    fields = {field["name"]: field["value"] for field in form.all("input")}
    first, second = (visit.client.post("/give/gifts", data=fields) for _ in "12")
    assert (first.status_code, first.headers["Location"]) == (303, second.headers["Location"])
    assert giving.totals()["wildlife"].gifts == 1


def test_everything_is_given_down_to_the_step(app, anna):
    earn(anna, 33)
    visit = step_in(app)
    visit.open("/give")
    page = visit.submit("Give all: 100 points", charity="schools")
    assert "33 points" in page.text
    assert "Thank you" in visit.submit("Give 100 points").text


def test_points_that_went_in_another_tab_are_not_given(app, anna):
    visit = step_in(app)
    visit.open("/give/confirm?charity=wildlife&points=100")
    give(anna, "schools", ref="in-the-other-tab")
    before = everything()
    page = visit.submit("Give 100 points", status=409)
    assert "Nothing was given: 100 points are more than the 0 points you have now" in page.text
    after = everything()
    before.pop("session"), after.pop("session")
    assert after == before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("charity=donkeys&points=100", "Choose who it goes to"),
        ("charity=wildlife&points=120", "in steps of 50 points"),
        ("charity=wildlife&points=-100", "Give 100 points or more"),
        ("charity=wildlife&points=" + "9" * 40, "Give 100 points or more"),
        ("charity=wildlife&points=many", "Type a whole number."),
        ("charity=wildlife&points=150", "more than the 100 points you have now"),
        ("", "Choose who it goes to"),
    ],
)
def test_what_cannot_be_given_is_told_and_nothing_is_written(app, anna, query, words):
    visit = step_in(app)
    before = everything()
    assert words in visit.open(f"/give/confirm?{query}", 422).text
    assert everything() == before


def test_a_gift_posted_by_hand_is_checked_again(app, anna):
    visit = step_in(app)
    visit.open("/give/confirm?charity=wildlife&points=100")
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    for data in (
        {"charity": "donkeys", "points": "100", "once": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE"},
        {"charity": "wildlife", "points": "101", "once": "01K1Q7T3M8Z5W2V9X4Y6B0C1DE"},
        {"charity": "wildlife", "points": "100", "once": "../x"},
        {"charity": "wildlife", "points": "100"},
    ):
        assert visit.client.post("/give/gifts", data=data | {"csrf_token": token}).status_code == 422
    assert visit.client.post("/give/gifts", data=data).status_code == 403, (
        "and not without the page's own proof"
    )
    assert ledger.wallet(anna).donated == 0


def test_too_few_points_and_no_points_are_said_with_what_is_needed(app, anna):
    give(anna)
    visit = step_in(app)
    assert "You can give from 100 points on. You have 0 points." in visit.open("/give").text
    assert not visit.page.all("input", name="points")


def test_the_receipt_of_another_member_is_as_missing_as_none(app, anna):
    give(anna, ref="mine")
    join("c-2", "berta@example.com", "Berta")
    visit = step_in(app, "berta@example.com")
    visit.open("/give/gifts/mine", 404)
    visit.open("/give/gifts/" + "x" * 300, 404)


def test_looking_at_giving_writes_nothing(app, anna):
    give(anna, ref="mine")
    visit = step_in(app)
    before = everything()
    confirm = "/give/confirm?charity=wildlife&points=100"
    for path in ("/give", confirm, "/give/gifts/mine", "/give?charity=x&points=9e9"):
        visit.client.get(path)
    assert everything() == before


def test_the_pages_ask_few_things_whatever_the_history(app, anna, statements):
    earn(anna, 10_000)
    for number in range(30):
        give(anna, "wildlife", 100, ref=f"g-{number}")
    visit = step_in(app)
    visit.open("/give")
    statements.clear()
    visit.open("/give")
    assert len(statements) <= 8, statements


AGAIN = "If you give now, it is a second gift."


def last_question(visit, charity: str = "wildlife", points: int = 200) -> str:
    return visit.open(f"/give/confirm?charity={charity}&points={points}").text


def test_going_back_after_a_gift_says_that_the_next_tap_is_a_second_one(app, anna):
    earn(anna, 1000)
    visit = step_in(app)
    assert AGAIN not in last_question(visit)
    visit.submit("Give 200 points")
    assert f"You gave exactly this a moment ago. {AGAIN}" in last_question(visit)
    visit.submit("Give 200 points")
    assert giving.totals()["wildlife"].gifts == 2, "who means it can"


def test_the_last_ten_minutes_count_and_no_second_more(app, anna, clock):
    earn(anna, 1000)
    visit = step_in(app)
    give(anna, "wildlife", 200)
    for seconds, words in (
        (59, "exactly this a moment ago."),
        (1, "exactly this 1 minute ago."),
        (119, "exactly this 2 minutes ago."),
        (421, "exactly this 10 minutes ago."),
    ):
        clock.shift(timedelta(seconds=seconds))
        assert f"You gave {words} {AGAIN}" in last_question(visit)
    clock.shift(timedelta(seconds=1))
    assert AGAIN not in last_question(visit)


def test_another_cause_another_amount_and_another_member_are_no_second_gift(app, anna):
    earn(anna, 1000)
    join("c-2", "berta@example.com", "Berta")
    give(anna, "wildlife", 200)
    give(anna, "forests", 100, ref="g-2")
    visit = step_in(app)
    for charity, points in (("forests", 200), ("wildlife", 250), ("wildlife", 150), ("wildlife", 100)):
        assert AGAIN not in last_question(visit, charity, points)
    assert AGAIN in last_question(visit), "though another gift came after it"
    assert AGAIN not in last_question(step_in(app, "berta@example.com"), points=100)
    assert AGAIN in last_question(visit, "forests", 100)


def test_the_last_question_asks_few_things_whatever_the_history(app, anna, statements):
    earn(anna, 10_000)
    for number in range(30):
        give(anna, "wildlife", 100, ref=f"g-{number}")
    visit = step_in(app)
    last_question(visit)
    statements.clear()
    last_question(visit)
    assert len(statements) <= 4, statements
