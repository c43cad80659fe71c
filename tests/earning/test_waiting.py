"""Points that wait for their day: what a refund takes first, and when they arrive."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import make
from tests.earning.orders import nightly
from tests.ledger import shop
from tests.ledger.shop import buckets, later, sound, spend, tell, wallet

pytestmark = pytest.mark.both_engines


def test_points_wait_for_their_day_and_a_refund_takes_what_waits_first(anna):
    shop.publish(shop.pending(14))
    answer = tell("50.00")
    assert (answer.pending, answer.kept) == (50, 50)
    shop.give(anna, 100)
    answer = tell("50.00", version=2, refunds=[make.refund("20.00")])
    assert (answer.pending, answer.kept, answer.reversed) == (30, 30, 20)
    assert buckets(anna) == (100, 30, 0)
    nightly(anna, later(13))
    assert buckets(anna) == (100, 30, 0)
    nightly(anna, later(14))
    assert buckets(anna) == (130, 0, 0)
    tell("50.00", version=3, at=later(15), refunds=[make.refund("20.00"), make.refund("30.00", "r2")])
    assert buckets(anna) == (100, 0, 0)
    sound()


def test_a_refund_leaves_what_waits_of_other_orders_alone(anna):
    tell("50.00")
    spend(anna, 50)
    shop.publish(shop.pending(14))
    tell("70.00", number="2")
    tell("50.00", version=2, refunds=[make.refund("50.00")])
    assert buckets(anna) == (0, 70, 50)
    nightly(anna, later(14))
    assert buckets(anna) == (20, 0, 0)
    sound()


def test_whatever_touches_the_member_first_lets_arrive_what_was_due(anna):
    shop.publish(shop.pending(14))
    tell("50.00")
    tell("10.00", number="2", at=later(14), placed_at=later(14).isoformat())
    assert buckets(anna) == (50, 10, 0)
    sound()


def test_an_order_told_after_its_waiting_is_over_is_available_at_once(anna):
    shop.publish(shop.pending(14))
    placed = (make.NOW - timedelta(days=14)).isoformat()
    assert tell("50.00", placed_at=placed).pending == 0
    assert buckets(anna) == (50, 0, 0)


def test_an_unpaid_order_waits_from_its_day_and_not_from_its_payment(anna):
    shop.publish(shop.pending(14))
    tell("50.00", status="pending")
    assert tell("50.00", version=2, at=later(10)).pending == 50
    nightly(anna, later(14))
    assert buckets(anna) == (50, 0, 0)


@pytest.mark.parametrize(
    ("placed_at", "day"),
    [
        ("2026-10-20T10:00:00+01:00", date(2026, 11, 3)),
        ("2026-10-19T23:30:00Z", date(2026, 11, 3)),  # half past midnight of the 20th in London
        ("2026-10-25T00:30:00Z", date(2026, 11, 8)),  # the day with the hour that comes twice
        ("2026-10-24T22:59:59Z", date(2026, 11, 7)),
        ("2026-10-24T23:00:00Z", date(2026, 11, 8)),
    ],
)
def test_days_of_waiting_are_days_of_the_programme_also_when_the_clocks_change(app, placed_at, day):
    shop.publish(shop.pending(14))
    anna = shop.join()
    told = datetime.fromisoformat(placed_at) + timedelta(minutes=1)
    answer = tell("50.00", at=told, placed_at=placed_at)
    assert answer.trace["matures_on"] == str(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)  # winter time is UTC
    nightly(anna, midnight - timedelta(seconds=1))
    assert buckets(anna) == (0, 50, 0)
    nightly(anna, midnight)
    assert buckets(anna) == (50, 0, 0)
    sound()


def test_the_nightly_work_can_be_done_any_number_of_times(anna):
    shop.publish(shop.pending(1))
    tell("50.00")
    for _ in range(3):
        nightly(anna, later(1))
    assert wallet(anna).seq == 2
    sound()
