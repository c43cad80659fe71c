"""An activity that is taken back: never below nothing, once, the newest first, at the rate that gave the points."""

import pytest
from sqlalchemy import text

from portal import ledger
from portal.db import read
from tests.earning.activities import activity, counter, do, earned, reviews
from tests.ledger import shop
from tests.ledger.shop import buckets, sound

__all__ = ["reviews"]

pytestmark = pytest.mark.both_engines


def test_taking_back_never_goes_below_nothing_and_is_once(reviews):
    do(reviews, "review", "a-1")
    first = do(reviews, "review", "r-1", quantity=-2)
    assert (first.points, first.trace["counted"]) == (-25, -1)
    again = do(reviews, "review", "r-1", quantity=-2)
    assert (again.points, again.repeated) == (-25, True)
    assert do(reviews, "review", "r-2", quantity=-1).points == 0
    assert buckets(reviews) == (0, 0, 0)
    sound()


def test_points_that_were_spent_are_owed_when_they_are_taken_back(reviews):
    do(reviews, "review")
    shop.spend(reviews, 20)
    do(reviews, "review", "r-1", quantity=-1)
    assert buckets(reviews) == (0, 0, 20)
    entry = ledger.newest_entries(reviews)[0]
    assert (entry.kind, entry.source_ref, entry.trace["reversed"], entry.trace["points"]) == (
        "refunded", "a-1", True, -25,
    )  # fmt: skip
    sound()


def test_taking_back_reaches_over_several_the_newest_first(anna):
    shop.publish(activity("visit", points="10", quantity="true", counter='"visits"'))
    do(anna, "visit", "v-1", quantity=2)
    do(anna, "visit", "v-2", quantity=1)
    assert do(anna, "visit", "r-1", quantity=-2).points == -20
    rows = read(
        text("SELECT id, quantity, points FROM activity WHERE member_id = :id ORDER BY id"), {"id": anna}
    )
    assert [tuple(row) for row in rows] == [("r-1", 0, 0), ("v-1", 1, 10), ("v-2", 0, 0)]
    assert (earned(anna), counter(anna, "visits")) == (10, 1)
    sound()


def test_the_rate_that_gave_the_points_takes_them_back(anna):
    shop.publish(activity("visit", points="20"))
    do(anna, "visit", "v-1", quantity=2)
    shop.publish(activity("visit", points="5"))
    assert do(anna, "visit", "r-1", quantity=-1).points == -20
    assert earned(anna) == 20
    sound()
