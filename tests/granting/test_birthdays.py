"""Birthdays: in the member's own zone, told before or on the day, once a year (Readings 2, 33 and 37)."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal import giving, granting, people
from portal import programme as programmes
from portal.db import read, transact
from portal.granting.agenda import AGENDA
from tests.granting.hands import (
    GIFTS,
    change,
    have,
    issued_on,
    join,
    live,
    points,
    publish_money,
    run,
    sound,
    state,
    told,
)
from tests.ledger import shop

pytestmark = pytest.mark.both_engines
GRANT = (
    '\n[[grants]]\nkey = "cake"\nlabel = "Happy birthday"\non = "birthday"\ngives = { reward = "treat" }\n'
)
ACTIVITY = '\n[[activities]]\nkey = "birthday"\nlabel = "Happy birthday"\npoints = 200\n'
SECOND = timedelta(seconds=1)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.fixture
def small(app: Flask) -> None:
    """A programme in London that gives a treat on birthdays."""
    shop.publish(GRANT, GIFTS)


def passes(member_id: str, instants: list[datetime]) -> list[int]:
    """How many rewards she has after what is due was done at each of these instants."""
    found = []
    for at in instants:
        run(member_id, at)
        found.append(len(issued_on(member_id)))
    return found


def test_a_birthday_told_on_joining_is_kept_at_midnight_of_the_day_year_after_year(small):
    anna = join("2026-01-15", birthday="06-14")
    midnight = utc(2026, 6, 13, 23)  # London has summer time
    assert passes(anna, [midnight - SECOND, midnight, midnight, midnight + timedelta(days=30)]) == [
        0,
        1,
        1,
        1,
    ]
    assert have(anna, "2026-06-14") == [("treat", "available", "birthday")]
    live("2028-12-31")
    assert issued_on(anna) == ["2026-06-14", "2027-06-14", "2028-06-14"]
    sound()


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Pacific/Auckland", utc(2027, 2, 27, 11)),
        ("Pacific/Kiritimati", utc(2027, 2, 27, 10)),
        ("America/Los_Angeles", utc(2027, 2, 28, 8)),
        ("Pacific/Pago_Pago", utc(2027, 2, 28, 11)),
        ("America/New_York", utc(2027, 2, 28, 5)),
    ],
)
def test_least_19_a_birthday_of_29_february_begins_on_the_28th_in_her_own_zone_in_common_years(
    app, zone, begins
):
    shop.publish(ACTIVITY, timezone='"America/New_York"')
    anna = join("2026-01-15", birthday="02-29", timezone=zone)
    _, active = programmes.active()
    assert granting.next_due_at(active) is not None
    live("2026-12-31")
    assert points(anna) == 200  # the one of 2026
    assert granting.next_due_at(active) == begins
    assert granting.early_members(active, begins - SECOND, "", 9) == []
    run(anna, begins - SECOND)
    assert points(anna) == 200
    listed = granting.early_members(active, begins, "", 9) + granting.due_members(active.day(begins), "", 9)
    assert listed == [anna]
    run(anna, begins)
    run(anna, begins)
    assert points(anna) == 400
    sound()


def test_least_19_in_a_leap_year_it_is_the_29th_and_who_looks_once_a_day_still_meets_the_day(app):
    shop.publish(ACTIVITY, timezone='"Pacific/Auckland"')
    anna = join("2026-06-15", birthday="02-29")
    assert live("2029-01-01") == ["2027-02-28", "2028-02-29"]
    assert points(anna) == 400
    entries = read(shop.text("SELECT source, source_ref, on_day FROM entry ORDER BY seq")).all()
    assert [(row.source, row.source_ref) for row in entries] == [
        ("activity", "birthday/2027"),
        ("activity", "birthday/2028"),
    ]
    sound()


def test_least_19_told_five_days_before_it_counts_this_year(app):
    shop.publish(ACTIVITY, timezone='"Pacific/Auckland"')
    anna = join("2026-06-15")
    change(anna, "2027-02-23", birthday="02-29")
    assert live("2027-12-31") == ["2027-02-28"]
    assert points(anna) == 200


@pytest.mark.parametrize(("day", "at_once", "this_year"), [("06-13", 0, 0), ("06-14", 1, 1), ("06-15", 0, 1)])
def test_told_on_the_day_it_counts_at_once_and_told_the_day_after_next_year(small, day, at_once, this_year):
    anna = join("2026-01-15")
    change(anna, "2026-06-14", birthday=day)
    assert len(issued_on(anna)) == at_once
    live("2026-12-31")
    assert len(issued_on(anna)) == this_year
    sound()


@pytest.mark.parametrize(
    ("at", "given"),
    [
        (utc(2026, 6, 14, 6, 59), 0),  # still the 13th there: it comes with the day
        (utc(2026, 6, 14, 7), 1),
        (utc(2026, 6, 15, 6, 59), 1),
        (utc(2026, 6, 15, 7), 0),  # over
    ],
)
def test_the_day_on_which_it_is_told_is_that_of_her_own_zone(small, at, given):
    anna = join("2026-01-15", timezone="America/Los_Angeles")
    change(anna, at, birthday="06-14")
    assert len(issued_on(anna)) == given
    live("2027-12-31")
    assert len(issued_on(anna)) == (2 if at < utc(2026, 6, 15, 7) else 1)


def test_no_birthday_before_joining_and_the_one_of_the_day_of_joining_counts(small):
    late, same = join("2026-06-15", birthday="06-14"), join("2026-06-14", "c-2", birthday="06-14")
    assert live("2026-12-31") == []
    assert (issued_on(late), issued_on(same)) == ([], ["2026-06-14"])


def test_a_birthday_that_is_moved_gives_no_second_one_in_the_calendar_year(small):
    anna = join("2026-01-15", birthday="03-10")
    live("2026-03-10")
    change(anna, "2026-03-11", birthday="12-31")
    live("2027-12-30")
    assert issued_on(anna) == ["2026-03-10"]
    live("2027-12-31")
    assert issued_on(anna) == ["2026-03-10", "2027-12-31"]
    sound()


@pytest.mark.parametrize(("moved_to", "given"), [("10-27", 0), ("10-28", 0), ("10-29", 1)])
def test_after_a_change_none_within_330_days(small, moved_to, given):
    """From 2 December to 28 October are 330 days."""
    anna = join("2026-01-15", birthday="12-02")
    live("2026-12-02")
    change(anna, "2026-12-03", birthday=moved_to)
    live("2027-12-31")
    assert len(issued_on(anna)) == 1 + given


def test_a_zone_that_is_changed_in_the_last_30_days_moves_no_birthday_and_before_it_does(small):
    anna = join("2026-01-15", birthday="06-14", timezone="Europe/London")
    change(anna, "2026-05-14", timezone="Pacific/Auckland")  # 31 days before
    change(anna, "2026-05-15", timezone="America/Los_Angeles")  # 30 days before
    begins = utc(2026, 6, 13, 12)
    assert passes(anna, [begins - SECOND, begins]) == [0, 1]
    live("2026-12-31")
    assert len(issued_on(anna)) == 1
    begins = utc(2027, 6, 14, 7)
    assert passes(anna, [begins - SECOND, begins]) == [1, 2]


def test_a_zone_changed_on_the_day_itself_gives_no_second_day(small):
    anna = join("2026-01-15", birthday="06-14", timezone="Pacific/Auckland")
    run(anna, utc(2026, 6, 13, 12))
    change(anna, utc(2026, 6, 13, 13), timezone="Pacific/Pago_Pago")
    live("2026-12-31")
    assert len(issued_on(anna)) == 1


def test_a_change_of_the_birthday_keeps_what_is_overdue(small):
    anna = join("2026-01-15", birthday="06-14")
    change(anna, "2026-06-16", birthday="06-20")  # nothing has run since
    assert len(issued_on(anna)) == 1
    live("2026-12-31")
    assert len(issued_on(anna)) == 1


def test_money_that_a_programme_of_money_gives_goes_to_the_balance(app):
    publish_money(GRANT.replace('reward = "treat"', 'points = "3.00"'))
    anna = join("2026-01-15", birthday="06-14")
    live("2026-12-31")
    assert points(anna) == 300
    sound()


def test_points_of_the_birthday_wait_where_the_file_says_so(app):
    shop.publish(ACTIVITY + "pending_days = 14\n")
    anna = join("2026-01-15", birthday="06-14")
    live("2026-06-14")
    assert shop.buckets(anna) == (0, 200, 0)
    sound()


def test_the_activity_of_the_birthday_moves_its_counter_and_gives_what_the_programme_pays(app):
    shop.publish(
        ACTIVITY + 'counter = "cakes"\n',
        '\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n',
        '\n[[funding]]\nkey = "one"\nlabel = "One"\non = "activity"\nactivity = "birthday"\ncharity = "trees"\n'
        'amount = "1.00"\n',
    )
    anna = join("2026-01-15", birthday="06-14")
    live("2027-12-31")
    assert state(anna, "2027-12-31").counters == {"cakes": 2}
    assert giving.funded_totals() == {"trees": 200}
    sound()


def test_no_activity_that_a_shop_names_stands_in_the_way_of_a_birthday(app):
    shop.publish(ACTIVITY)
    anna = join("2026-01-15", birthday="06-14")
    shop.give(anna, 5, "activity/birthday/2026")
    live("2026-12-31")
    assert points(anna) == 205


def test_a_grant_for_a_tier_and_the_activity_come_on_one_day_and_once(app):
    shop.publish(GRANT + 'tiers = ["silver"]\n', ACTIVITY, shop.tiers("200.00"), GIFTS)
    anna = join("2026-01-15", birthday="06-14")
    live("2026-12-31")
    assert (points(anna), issued_on(anna)) == (200, [])


def test_a_programme_that_begins_to_keep_birthdays_finds_every_member(app):
    shop.publish(GIFTS)
    anna, ben = join("2026-01-15", birthday="06-14"), join("2026-01-16", "c-2")
    assert (granting.next_due(), granting.due_members(shop.TODAY, "", 9)) == (None, [])
    shop.publish(GRANT, GIFTS)
    assert granting.due_members(shop.TODAY, "", 1) == [anna]
    assert granting.due_members(shop.TODAY, anna, 9) == [ben]
    for member_id in (anna, ben):
        run(member_id, utc(2026, 6, 10, 9))
    assert granting.due_members(shop.TODAY, "", 9) == []
    assert live("2026-12-31") == ["2026-06-14"]
    assert len(issued_on(anna)) == 1


CHILDREN = GRANT.replace('"birthday"', '"child-birthday"')


def put_children(member_id: str, on: str, **birthdays: str) -> None:
    _, active = programmes.active()
    when = told(on)

    def put() -> None:
        profiles = [people.Child(one, one.title(), day.replace("_", "-")) for one, day in birthdays.items()]
        people.put_children(member_id, profiles)
        granting.plan_ahead(member_id, active, when["day"], at=when["at"], actor="test")

    transact(put)


def test_a_childs_birthday_is_kept_for_the_adult_once_for_each_profile_and_year(app):
    shop.publish(CHILDREN, GIFTS)
    anna = join("2026-01-15")
    put_children(anna, "2026-03-01", mia="06-14", tom="06-14", zoe="03-01")
    assert issued_on(anna) == ["2026-03-01"]
    live("2026-12-31")
    assert issued_on(anna) == ["2026-03-01", "2026-06-14", "2026-06-14"]
    put_children(anna, "2026-12-31", mia="12-31", tom="06-14", zoe="01-05")
    live("2027-12-31")
    assert issued_on(anna)[3:] == ["2027-06-14", "2027-12-31"]  # of Zoe's none within 330 days
    sound()


def test_a_child_that_is_taken_out_has_no_birthday_and_more_than_five_in_a_year_are_not_kept(app):
    shop.publish(CHILDREN, GIFTS)
    anna = join("2026-01-15")
    put_children(anna, "2026-02-01", **{f"kid{n}": "03-01" for n in range(4)}, gone="03-02")
    put_children(anna, "2026-02-02", **{f"kid{n}": "03-01" for n in range(4)})
    live("2026-03-31")
    assert issued_on(anna) == ["2026-03-01"] * 4
    put_children(anna, "2026-04-01", a="05-01", b="05-02", c="05-03")
    live("2026-12-31")
    assert issued_on(anna)[4:] == ["2026-05-01"]
    sound()


def test_each_member_has_one_row_for_each_thing_to_come(app):
    shop.publish(GRANT, CHILDREN.replace('"cake"', '"cup"'), ACTIVITY, GIFTS)
    anna = join("2026-01-15", birthday="06-14")
    put_children(anna, "2026-02-01", mia="06-14")
    live("2027-12-31")
    rows = read(AGENDA.select()).all()
    assert sorted((row.kind, str(row.on_day)) for row in rows) == [
        ("birthday", "2028-06-14"),
        ("child-birthday", "2028-06-14"),
    ]
