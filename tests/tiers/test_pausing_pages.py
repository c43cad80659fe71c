"""More time for a tier: the member's two steps, the same answer twice, and a day named where it is not possible."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock as portal_clock
from portal import ledger, people, tiers
from portal import programme as programmes
from portal.db import transact
from tests import make
from tests.home.doors import join, step_in
from tests.programme.texts import small
from tests.tiers.ladders import STEPS, day, rules, spend, step

PAUSE = "{ days = 180, once_in_months = 24 }"
PAGE = "/you/tier-pause"
ROW = "More time for your tier"


@pytest.fixture
def put(publish, clock):
    """Publishes a ladder with a pause, or what is said."""

    def put_in_force(*parts: str, pause: str = PAUSE, **said: str | int) -> None:
        more = {"pause": pause} if pause else {}
        publish(small(rules(**more, **said), *(parts or STEPS)))

    return put_in_force


@pytest.fixture
def anna(app, put) -> str:
    """A member with Silver until the end of 2027; her id."""
    put()
    member_id = join()
    count(member_id, 20_000)
    return member_id


def count(member_id: str, minor: int) -> None:
    now, active = portal_clock.now(), programmes.active()[1]

    def counted() -> None:
        ledger.lock(member_id)
        tiers.count(
            member_id, active, tiers.Counters(spend=minor), placed_on=active.day(now),
            standing_grants=tiers.grants(member_id), reached_by="test", at=now,
        )  # fmt: skip

    transact(counted)


def until(member_id: str) -> str:
    active = programmes.active()[1]
    now = tiers.standing(active, tiers.grants(member_id), active.day(portal_clock.now()), day("2020-01-01"))
    return f"{now.tier.key} {now.until}"


def test_she_finds_the_page_reads_what_it_does_and_says_yes(app, anna):
    visit = step_in(app)
    visit.open("/you")
    page = visit.follow(f"{ROW} when you buy less for a while")
    for words in ("180 days longer", "Once in 24 months", "until 31 December 2027", "until 28 June 2028"):
        assert words in page.text
    page = visit.submit("Give it more time")
    assert "Silver lasts until 28 June 2028, not 31 December 2027." in page.text
    assert "You can do this again from 10 June 2028." in page.text
    assert until(anna) == "silver 2027-12-31", "nothing is done before the second button"
    page = visit.submit("Yes, until 28 June 2028")
    assert visit.path == PAGE
    assert "Done. Your tier lasts until 28 June 2028." in page.text
    assert "You can do it again from 10 June 2028." in page.text
    assert not page.all("form", method="post"), "there is nothing more to send"
    assert until(anna) == "silver 2028-06-28"


@pytest.mark.both_engines
def test_a_second_tap_is_the_same_answer_also_after_midnight(app, anna, clock):
    visit = step_in(app)
    visit.open(PAGE)
    visit.submit("Give it more time")
    form, pressed = visit._form_with("Yes, until 28 June 2028")
    sent = {field["name"]: field["value"] for field in form.all("input")} | {
        pressed["name"]: pressed["value"]
    }
    for hours in (0, 0, 20):
        clock.shift(timedelta(hours=hours))
        answer = visit.client.post(PAGE, data=sent)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert "Done. Your tier lasts until 28 June 2028." in visit.open(PAGE).text
        assert until(anna) == "silver 2028-06-28"


def test_a_page_that_was_overtaken_shows_the_new_days_before_anything_is_done(app, anna):
    visit = step_in(app)
    visit.open(PAGE)
    visit.submit("Give it more time")
    count(anna, 30_000)
    page = visit.submit("Yes, until 28 June 2028")
    assert visit.path == PAGE
    assert "Done." in page.text or "Gold lasts until" in page.text
    assert until(anna).startswith("gold")


@pytest.mark.parametrize(("today", "possible"), [("2028-06-09", False), ("2028-06-10", True)])
def test_it_is_possible_again_after_its_months_and_the_page_names_the_day(app, anna, clock, today, possible):
    visit = step_in(app)
    visit.open(PAGE)
    visit.submit("Give it more time")
    visit.submit("Yes, until 28 June 2028")
    clock.move_to(datetime.fromisoformat(today).replace(hour=12, tzinfo=UTC))
    page = step_in(app).open(PAGE)
    assert ("You did this on 10 June 2026 for Silver" in page.text) is not possible
    assert ("You can do it again from 10 June 2028." in page.text) is not possible
    assert bool(page.all("button")) is possible or not possible


def test_who_has_no_earned_tier_is_told_kindly_and_has_no_row_for_it(app, put):
    put()
    join()
    visit = step_in(app)
    assert ROW not in visit.open("/you").text
    page = visit.open(PAGE)
    assert "You have no tier at the moment that would end." in page.text
    assert "Give it more time" not in page.text


def test_a_tier_that_a_review_has_taken_is_not_made_longer_in_its_grace(app, put, clock):
    put(grace_days=30)
    anna = join()
    count(anna, 20_000)
    clock.move_to(datetime(2028, 1, 1, 12, tzinfo=UTC))
    transact(lambda: tiers.review(anna, programmes.active()[1], day("2028-01-01")))
    assert until(anna) == "silver 2028-01-30"
    page = step_in(app).open(PAGE)
    assert "The last review has ended Silver" in page.text
    assert "It stays yours until 30 January 2028." in page.text
    with pytest.raises(Exception, match="not_allowed"):
        transact(lambda: tiers.pause(anna, programmes.active()[1], at=make.NOW, day=day("2028-01-02")))


def test_where_the_programme_has_no_pause_there_is_no_page_and_no_row(app, put):
    put(pause="")
    count(join(), 20_000)
    visit = step_in(app)
    assert ROW not in visit.open("/you").text
    visit.open(PAGE, 404)


def test_a_tier_for_life_needs_no_more_time(app, put):
    put(step("silver", spend("200.00")), period="life", pause=PAUSE)
    count(join(), 20_000)
    assert "You have no tier at the moment that would end." in step_in(app).open(PAGE).text


def test_a_stranger_is_led_to_the_door(client, put):
    put()
    assert client.get(PAGE).status_code == 303
    assert people.by_ref("c-1") is None
