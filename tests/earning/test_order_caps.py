"""Campaigns with a cap: what an order takes of it, and the room that it gives back."""

from datetime import UTC, datetime

import pytest

from tests import make
from tests.earning.following import bought, campaign, used
from tests.ledger import shop
from tests.ledger.shop import later, sound, tell

pytestmark = pytest.mark.both_engines


def test_a_cap_leaves_the_part_that_is_left_and_a_refund_gives_the_room_back(app):
    shop.publish(shop.EARN, campaign('factor = "2"', 'per = "month", points = 100'))
    member = shop.join()
    assert bought("1", "70.00") == 140
    assert bought("2", "70.00") == 70 + 30
    assert bought("3", "70.00") == 70
    assert used(member) == {"2026-06": 100}
    assert tell("70.00", number="1", version=2, refunds=[make.refund("20.00")]).kept == 100
    assert used(member) == {"2026-06": 80}
    assert bought("4", "70.00") == 70 + 20
    # What the cap had cut off an order is not paid later.
    assert tell("70.00", number="2", version=2, status="fulfilled").kept == 100
    sound()


def test_cancelled_and_paid_again_an_order_takes_no_more_room_than_there_is(app):
    shop.publish(shop.EARN, campaign('factor = "2"', 'per = "lifetime", points = 100'))
    member = shop.join()
    assert tell("100.00", number="1").kept == 200
    assert tell("100.00", number="1", version=2, status="cancelled").kept == 0
    assert used(member) == {}
    assert tell("60.00", number="2").kept == 120
    assert tell("100.00", number="1", version=3).kept == 140
    assert used(member) == {"": 100}
    assert tell("60.00", number="2", version=2, status="cancelled").kept == 0
    assert tell("100.00", number="1", version=4).kept == 200
    sound()


@pytest.mark.parametrize(
    ("per", "first", "second", "fresh"),
    [
        ("day", datetime(2026, 6, 9, 22, 59, 59, tzinfo=UTC), datetime(2026, 6, 9, 23, tzinfo=UTC), True),
        ("day", datetime(2026, 6, 9, 23, tzinfo=UTC), datetime(2026, 6, 10, 9, tzinfo=UTC), False),
        ("month", datetime(2026, 5, 31, 22, 59, 59, tzinfo=UTC), datetime(2026, 5, 31, 23, tzinfo=UTC), True),
        ("month", datetime(2026, 6, 1, 9, tzinfo=UTC), datetime(2026, 6, 10, 9, tzinfo=UTC), False),
        ("year", datetime(2026, 5, 31, 9, tzinfo=UTC), datetime(2026, 6, 10, 9, tzinfo=UTC), False),
    ],
)
def test_a_cap_begins_anew_with_its_period_of_the_programme(app, per, first, second, fresh):
    shop.publish(shop.EARN, campaign("bonus = 50", f'per = "{per}", points = 50'))
    shop.join(at=later(-30))
    assert bought("1", "10.00", first) == 60
    assert bought("2", "10.00", second) == (60 if fresh else 10)
    sound()


def test_an_order_that_moves_to_another_month_gives_its_room_back(app):
    shop.publish(shop.EARN, campaign("bonus = 50", 'per = "month", points = 50'))
    member = shop.join(at=later(-30))
    assert bought("1", "10.00") == 60
    assert tell("10.00", number="1", version=2, placed_at=later(-20).isoformat()).kept == 60
    assert used(member) == {"2026-05": 50}
    sound()


def test_an_order_that_is_anothers_gives_its_room_back(app):
    shop.publish(shop.EARN, campaign("bonus = 50", 'per = "month", points = 50'))
    anna, bea = shop.join(), shop.join("c-2")
    bought("1", "10.00")
    assert tell("10.00", number="1", version=2, member="c-2").kept == 60
    assert (used(anna), used(bea)) == ({}, {"2026-06": 50})
    sound()
