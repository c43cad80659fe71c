"""Activities as the member and the ledger notice them: once for each id, by whose word, when, and by themselves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal import earning, ledger
from portal.db import read, transact
from portal.errors import Refused
from tests import make
from tests.earning.activities import REVIEW, activity, do, earned, on, reviews
from tests.ledger import shop
from tests.ledger.shop import at_once, buckets, lots, refused, sound

__all__ = ["reviews"]

pytestmark = pytest.mark.both_engines


def test_an_activity_gives_its_points_and_says_why(reviews):
    done = do(reviews, "review")
    assert (done.points, done.capped, done.repeated) == (25, False, False)
    assert buckets(reviews) == (25, 0, 0)
    (entry,) = ledger.newest_entries(reviews)
    assert (entry.source, entry.source_ref, entry.kind) == ("activity", "a-1", "earned")
    assert entry.trace == done.trace
    assert (done.trace["activity"]["key"], done.trace["counted"], done.trace["each"]) == ("review", 1, 25)
    sound()


def test_the_same_id_again_is_nothing_whatever_its_instant(reviews):
    first = do(reviews, "review", attributes={"stars": 5})
    again = do(reviews, "review", attributes={"stars": 5}, at=make.NOW + timedelta(days=40))
    assert (again.points, again.trace, again.repeated) == (first.points, first.trace, True)
    assert buckets(reviews) == (25, 0, 0)


@pytest.mark.parametrize(
    "other", [{"key": "follow"}, {"quantity": 2}, {"quantity": -1}, {"attributes": {"stars": 4}}]
)
def test_an_id_that_stands_for_something_else_is_refused(anna, other):
    shop.publish(REVIEW, activity("follow", points="10"))
    do(anna, "review", attributes={"stars": 5})
    asked: dict[str, Any] = {"key": "review", "attributes": {"stars": 5}} | other
    assert refused(do, anna, **asked).code == "conflict"
    assert buckets(anna) == (25, 0, 0)


def test_an_id_is_one_members_in_the_whole_programme(reviews):
    bea = shop.join("c-2")
    do(reviews, "review")
    assert refused(do, bea, "review").code == "conflict"
    assert buckets(bea) == (0, 0, 0)


def test_one_that_arrives_many_times_at_once_is_one(app, reviews):
    bea = shop.join("c-2")
    answers = at_once(app, [lambda who=who: do(who, "review") for who in [reviews] * 6 + [bea] * 6])
    done = [one for one in answers if isinstance(one, earning.Done)]
    assert len(done) == 6
    assert sum(not one.repeated for one in done) == 1
    assert {one.code for one in answers if isinstance(one, Refused)} == {"conflict"}
    assert earned(reviews) + earned(bea) == 25
    sound()


def test_different_ones_at_once_stay_within_the_cap(app, reviews):
    at_once(app, [lambda n=n: do(reviews, "review", f"a-{n}") for n in range(12)])
    assert buckets(reviews) == (75, 0, 0)
    sound()


@pytest.mark.parametrize(
    ("key", "code"), [("account", "not_allowed"), ("birthday", "not_allowed"), ("x", "unknown_key")]
)
def test_what_happens_by_itself_and_what_nobody_knows_is_refused(anna, key, code):
    shop.publish(activity("account", points="100"))
    assert refused(do, anna, key).code == code


def test_an_instant_more_than_a_day_ahead_is_refused_and_one_of_long_ago_is_taken(reviews):
    now = make.NOW
    late = refused(do, reviews, "review", at=now + timedelta(days=1, seconds=1), now=now)
    assert (late.code, late.pointer) == ("in_the_future", "/at")
    assert do(reviews, "review", at=now + timedelta(days=1), now=now).points == 25
    assert do(reviews, "review", "a-2", at=now - timedelta(days=400), now=now).points == 25


def test_whose_word_is_enough_is_said_by_the_file(anna):
    shop.publish(
        activity("review", points="25", proof='"staff"'), activity("follow", points="10", proof='"none"')
    )
    assert refused(do, anna, "review").code == "not_allowed"
    assert do(anna, "review", word="staff").points == 25
    assert do(anna, "follow", "a-2").points == 10


def test_points_of_an_activity_may_wait_and_count_for_tiers_at_once(anna):
    ladder = '\n[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "earned", count = 25 }]\n'
    shop.publish(activity("review", points="25", pending_days="14"), ladder)
    assert do(anna, "review").trace["matures_on"] == "2026-06-24"
    assert buckets(anna) == (0, 25, 0)
    granted = read(text("SELECT tier FROM tier_grant WHERE member_id = :id"), {"id": anna}).scalars().all()
    assert granted == ["gold"]
    do(anna, "review", "a-2", quantity=-1)
    assert buckets(anna) == (0, 0, 0)
    sound()


def test_points_that_end_go_into_the_lot_of_the_day_it_was_done(anna):
    shop.publish(
        activity("review", points="25"), '\n[expiry]\nkind = "month-end"\nmonths = 6\nnotices = []\n'
    )
    do(anna, "review", at=on("2026-05-31"), now=make.NOW)
    assert lots(anna) == {"2026-11-30": 25}
    do(anna, "review", "a-2")
    do(anna, "review", "a-3", at=on("2026-05-30"), now=make.NOW)
    assert lots(anna) == {"2026-11-30": 50, "2026-12-31": 25}


def test_an_activity_is_a_sign_of_life_where_points_end_without_one(anna):
    shop.publish(activity("meeting"), '\n[expiry]\nkind = "inactivity"\ndays = 365\nnotices = []\n')
    do(anna, "meeting")
    assert str(shop.wallet(anna).active_on) == "2026-06-10"


def give(member: str, key: str) -> int:
    return transact(lambda: earning.give_activity(member, key, at=make.NOW, actor="test"))


def test_the_newsletter_is_given_once_in_a_lifetime_however_it_comes(anna):
    shop.publish(activity("newsletter", points="50"))
    assert [give(anna, "newsletter"), give(anna, "newsletter")] == [50, 0]
    sent = do(anna, "newsletter", "n-1")
    assert (sent.points, sent.capped) == (0, False)
    bea = shop.join("c-2")
    assert [do(bea, "newsletter", "n-2", quantity=3).points, do(bea, "newsletter", "n-3").points] == [50, 0]
    assert give(bea, "newsletter") == 0
    do(bea, "newsletter", "back", quantity=-1)
    assert (give(bea, "newsletter"), earned(bea)) == (0, 0)
    sound()


def test_an_id_like_the_activitys_own_name_is_no_trouble(anna):
    shop.publish(activity("newsletter", points="50"))
    give(anna, "newsletter")
    assert do(anna, "newsletter", "newsletter").repeated
    assert earned(anna) == 50
