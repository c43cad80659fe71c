"""The page of the chosen day (Reading 24): what it says, choosing, moving, and why a day cannot be hers."""

from datetime import UTC, date, datetime

import pytest

from portal import clock as portal_clock
from portal import earning, people, tiers
from portal.db import run, transact
from tests import make
from tests.home.doors import enter, join
from tests.page import Visit

pytestmark = pytest.mark.usefixtures("programme")

TODAY = date(2026, 6, 10)  # of make.NOW, in London


def buy(amount: str, number: str, placed_at: str) -> None:
    """A paid order of the member."""
    body = earning.OrderBody.model_validate(make.order(amount, placed_at=placed_at))
    now = portal_clock.now()
    transact(lambda: earning.record_order(body, shop="main", number=number, at=now, actor="shop:main"))


@pytest.fixture
def anna(programme) -> str:
    """A member who is Gold since yesterday; her id."""
    member_id = join()
    buy("500.00", "gold", "2026-06-09T12:00:00Z")
    return member_id


def choose(visit: Visit, day: str, status: int = 200) -> str:
    """The words of the page after asking for a day."""
    visit.open("/your-day")
    return visit.submit("Choose this day", status, date=day).text


@pytest.mark.both_engines
def test_a_day_is_chosen_and_moved_and_home_leads_to_it(app, anna):
    visit = enter(app)
    visit.open("/home")
    page = visit.follow("Your day: three times the points Choose your day")
    assert "brings 3 times the points" in page.text
    assert page.text.count("not chosen yet") == 2
    assert "Your day is 15 August 2026." in choose(visit, "2026-08-15")
    assert earning.chosen_days(anna) == {"2026": date(2026, 8, 15)}
    assert "You can move it until you buy something on it." in visit.open("/your-day").text
    assert visit.page.all("input", name="date")[0]["value"] == "2026-08-15"
    choose(visit, "2026-08-16")
    choose(visit, "2027-01-01")
    assert earning.chosen_days(anna) == {"2026": date(2026, 8, 16), "2027": date(2027, 1, 1)}
    home = visit.open("/home").text
    assert "Your day: three times the points 16 August 2026" in home


def test_a_page_that_is_sent_again_does_not_move_the_day_back(app, anna):
    visit, other = enter(app), enter(app)
    old = visit.open("/your-day")
    fields = {one["name"]: one["value"] for one in old.all("input") if one["name"]}
    choose(other, "2026-08-15")
    answer = visit.client.post("/your-day", data=fields | {"date": "2026-07-01"})
    assert answer.status_code == 422
    assert "You chose another day in the meantime" in answer.text
    twice = visit.client.post("/your-day", data=fields | {"date": "2026-08-15"})
    assert twice.status_code == 303, "a second tap finds what it wanted"
    assert earning.chosen_days(anna) == {"2026": date(2026, 8, 15)}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-06-09", "That day is over."),
        ("2028-01-01", "Choose a day up to 31 December 2027."),
        ("", "Choose a day."),
        ("soon", "Choose a day."),
        ("2026-02-30", "Choose a day."),
    ],
)
def test_a_day_that_cannot_be_is_said_kindly_and_nothing_is_chosen(app, anna, day, said):
    assert said in choose(enter(app), day, 422)
    assert earning.chosen_days(anna) == {}


@pytest.mark.parametrize("day", ["2026-06-10", "2027-12-31"])
def test_the_first_and_the_last_day_that_can_be(app, anna, day):
    choose(enter(app), day)
    assert list(earning.chosen_days(anna).values()) == [date.fromisoformat(day)]


def test_today_can_be_hers_until_something_is_bought_today(app, anna):
    buy("5.00", "today", "2026-06-10T09:00:00Z")
    assert "You have bought something today already." in choose(enter(app), "2026-06-10", 422)


def test_a_day_on_which_something_was_bought_stays(app, anna, clock):
    choose(enter(app), "2026-06-11")
    clock.move_to(datetime(2026, 6, 11, 12, tzinfo=UTC))
    buy("5.00", "that-day", "2026-06-11T11:00:00Z")
    visit = enter(app)
    assert "You bought something on it, so it stays." in visit.open("/your-day").text
    assert "You bought something on 11 June 2026, so that day stays yours." in choose(
        visit, "2026-07-01", 422
    )
    choose(visit, "2027-07-01")
    assert earning.chosen_days(anna) == {"2026": date(2026, 6, 11), "2027": date(2027, 7, 1)}


@pytest.mark.parametrize(
    ("zone", "first", "named"),
    [
        ("Pacific/Auckland", "2026-06-11", True),
        ("Pacific/Honolulu", "2026-06-10", True),
        ("Europe/London", "2026-06-10", False),
    ],
)
def test_the_date_is_that_of_her_own_zone(app, anna, clock, zone, first, named):
    clock.move_to(datetime(2026, 6, 10, 12, 0, tzinfo=UTC))
    member = people.Member.__table__
    transact(lambda: run(member.update().where(member.c.id == anna).values(timezone=zone)))
    page = enter(app).open("/your-day")
    assert page.all("input", name="date")[0]["min"] == first
    assert (zone in page.text) is named


def test_whoever_has_no_such_tier_is_told_what_brings_it_and_cannot_choose(app, clock):
    join()
    visit = enter(app)
    assert "Your day" not in visit.open("/home").text
    page = visit.open("/your-day")
    assert "It comes with Gold or Platinum." in page.text
    assert not page.all("input", name="date")
    token = visit.open("/you").all("input", name="csrf_token")[0]["value"]
    answer = visit.client.post("/your-day", data={"csrf_token": token, "date": "2026-08-15", "shown": ""})
    assert answer.status_code == 422


def test_a_tier_that_ends_before_the_day_does_not_carry_it(app, clock):
    member_id = join()
    transact(
        lambda: tiers.grant(
            member_id,
            "gold",
            "courtesy",
            period="",
            since=TODAY,
            until=date(2026, 7, 1),
            review_on=None,
            reached_by="test",
            at=make.NOW,
        )
    )
    visit = enter(app)
    assert "Your tier ends before that day. Choose an earlier one." in choose(visit, "2026-07-02", 422)
    choose(visit, "2026-07-01")


def test_a_programme_without_a_chosen_day_has_no_such_page(app, anna, publish):
    publish("southwest")
    visit = enter(app)
    visit.open("/your-day", 404)
    assert "Your day" not in visit.open("/home").text
