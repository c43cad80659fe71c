"""Children on the page You, where their birthdays bring something (Reading 37)."""

from datetime import UTC, datetime

import pytest

from portal import clock as portal_clock
from portal import nightly, people, rewards
from tests.home.doors import enter, join

PIP = {"nickname": "Pip", "birthday_day": "14", "birthday_month": "06"}


@pytest.fixture
def anna(app, clock, publish) -> str:
    """A member of the children's club; her id."""
    publish("barnes-noble-kids-club")
    return join()


def named(member_id: str) -> list[tuple[str, str]]:
    """Nickname and birthday of each child."""
    return sorted((row.nickname, row.birthday) for row in people.children(member_id))


@pytest.mark.both_engines
def test_a_child_is_named_and_taken_off_again(app, anna):
    visit = enter(app)
    visit.open("/you")
    page = visit.submit("Add", **PIP)
    assert "Pip is on the list." in page.text
    assert "Pip June 14 Remove" in page.text.replace("14 June", "June 14")
    visit.submit("Add", nickname="  Minnie  Mae ", birthday_day="29", birthday_month="02")
    assert named(anna) == [("Minnie Mae", "02-29"), ("Pip", "06-14")]
    page = visit.submit("Remove")
    assert "Taken off the list." in page.text
    assert len(named(anna)) == 1


def test_a_second_tap_is_the_same_child(app, anna):
    visit = enter(app)
    page = visit.open("/you")
    (form,) = [one for one in page.all("form") if one["action"].startswith("/you/children")]
    fields = {one["name"]: one["value"] for one in form.all("input") if one["name"]} | PIP
    for _tap in range(2):
        assert visit.client.post("/you/children", data=fields).status_code == 303
    assert named(anna) == [("Pip", "06-14")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"nickname": ""}, "Type a nickname."),
        ({"nickname": "   "}, "Type a nickname."),
        ({"nickname": "x" * 61}, "That nickname is too long."),
        ({"birthday_day": ""}, "Choose the day and the month."),
        ({"birthday_month": ""}, "Choose the day and the month."),
        ({"birthday_day": "30", "birthday_month": "02"}, "That month has no such day."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(app, anna, changes, said):
    visit = enter(app)
    visit.open("/you")
    assert said in visit.submit("Add", 422, **PIP | changes).text
    assert named(anna) == []


def test_five_are_the_most(app, anna):
    visit = enter(app)
    page = visit.open("/you")
    (form,) = [one for one in page.all("form") if one["action"].startswith("/you/children")]
    token = form.all("input", name="csrf_token")[0]["value"]
    for number in range(5):
        visit.open("/you")
        visit.submit("Add", **PIP | {"nickname": f"Child {number}"})
    assert not [one for one in visit.page.all("button") if one.text == "Add"]
    sent = {"csrf_token": token, "child": f"{5:026}", **PIP}
    answer = visit.client.post("/you/children", data=sent)
    assert answer.status_code == 422
    assert len(named(anna)) == 5


def test_the_birthday_of_a_child_brings_its_present_and_home_says_when(app, anna, clock):
    visit = enter(app)
    visit.open("/you")
    visit.submit("Add", **PIP)
    assert "Happy birthday to your child" in visit.open("/home").text
    clock.move_to(datetime(2026, 6, 14, 12, tzinfo=UTC))
    nightly.run(portal_clock.now())
    held = [
        one.terms.key for one in rewards.held(anna, portal_clock.now().date()) if one.state == "available"
    ]
    assert "birthday-cupcake" in held


def test_where_no_birthday_of_a_child_brings_anything_nobody_asks_for_one(app, clock, publish):
    publish("southwest")
    join()
    visit = enter(app)
    page = visit.open("/you")
    assert "children" not in page.text
    token = page.all("input", name="csrf_token")[0]["value"]
    sent = {"csrf_token": token, "child": "0" * 26, **PIP}
    assert visit.client.post("/you/children", data=sent).status_code == 404
    assert visit.client.post("/you/children/remove", data=sent).status_code == 404
