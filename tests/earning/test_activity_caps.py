"""Caps of an activity: the part that is left, when they begin anew, and the room that taking back makes."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import ledger
from tests import make
from tests.earning.activities import activity, do, earned, on, reviews
from tests.ledger import shop
from tests.ledger.shop import sound

__all__ = ["reviews"]

pytestmark = pytest.mark.both_engines


def test_a_cap_gives_the_part_that_is_left_and_says_so(anna):
    shop.publish(activity("review", points="30", caps='[{ per = "month", points = 75 }]'))
    done = [do(anna, "review", f"a-{n}") for n in range(4)]
    assert [(one.points, one.capped) for one in done] == [(30, False), (30, False), (15, True), (0, True)]
    assert done[2].trace["capped"] == {"per": "month", "points": 75, "asked": 30}
    assert ledger.newest_entries(anna)[0].trace["capped"]["asked"] == 30
    assert (do(anna, "review", "a-3").capped, shop.rows("entry")) == (True, 3), "asked again, the same"
    assert earned(anna) == 75
    sound()


@pytest.mark.parametrize(
    ("per", "zone", "midnight"),
    [
        ("day", "Pacific/Kiritimati", datetime(2026, 6, 10, 10, tzinfo=UTC)),
        ("day", "Pacific/Niue", datetime(2026, 6, 10, 11, tzinfo=UTC)),
        ("day", "Europe/London", datetime(2026, 10, 26, tzinfo=UTC)),  # after a day of 25 hours
        ("month", "Europe/London", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("year", "America/New_York", datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_a_cap_begins_anew_at_midnight_of_the_programmes_zone(anna, per, zone, midnight):
    shop.publish(
        activity("goal", points="3", caps=f'[{{ per = "{per}", points = 3 }}]'), timezone=f'"{zone}"'
    )
    assert do(anna, "goal", "a-1", at=midnight - timedelta(hours=10)).points == 3
    assert do(anna, "goal", "a-2", at=midnight - timedelta(seconds=1)).points == 0
    assert do(anna, "goal", "a-3", at=midnight).points == 3


@pytest.mark.parametrize(
    ("per", "days"),
    [
        ("month", ("2026-05-01", "2026-05-16", "2026-05-31")),
        ("year", ("2026-01-02", "2026-03-31", "2026-06-09")),
        ("lifetime", ("2024-06-01", "2025-01-01", "2026-06-09")),
    ],
)
def test_a_cap_is_filled_by_all_days_of_its_period_in_whatever_order_they_are_told(anna, per, days):
    shop.publish(activity("goal", points="3", caps=f'[{{ per = "{per}", points = 7 }}]'))
    for told in (days, days[::-1]):
        done = [do(anna, "goal", f"{told[0]}-{n}", at=on(day), now=make.NOW) for n, day in enumerate(told)]
        assert [one.points for one in done] == ([3, 3, 1] if told is days else [0, 0, 0])
    sound()


def test_the_tightest_of_several_caps_counts(anna):
    caps = '[{ per = "day", points = 50 }, { per = "lifetime", points = 60 }]'
    shop.publish(activity("share", points="40", caps=caps))
    given = [do(anna, "share", f"a-{n}", at=on(f"2026-06-{n:02}")) for n in (1, 2, 3)]
    assert [one.points for one in given] == [40, 20, 0]
    assert given[1].trace["capped"] == {"per": "lifetime", "points": 60, "asked": 40}


def test_what_is_taken_back_makes_room_in_the_month_it_was_given_in(reviews):
    for n in range(3):
        do(reviews, "review", f"a-{n}", at=on("2026-05-20"))
    do(reviews, "review", "back", at=on("2026-06-02"), quantity=-1)
    for n in range(4):
        do(reviews, "review", f"b-{n}", at=on("2026-06-03"))
    assert earned(reviews) == 50 + 75, "June has its own 75 and no more"
    assert do(reviews, "review", "late", at=on("2026-05-21"), now=on("2026-06-04")).points == 25
    sound()
