"""Orders that change what they hang on: their day, currency or member; they are taken wholly and counted anew."""

from datetime import UTC, datetime

import pytest

from portal import tiers
from tests import make
from tests.earning.orders import guest, nightly, prove, spend_of
from tests.ledger import shop
from tests.ledger.shop import buckets, later, refused, sound, spend, tell

pytestmark = pytest.mark.both_engines


def test_an_order_that_changes_its_day_is_taken_wholly_and_counted_anew(anna):
    tell("50.00")
    shop.publish(shop.EARN.replace("points = 1", "points = 2"))
    answer = tell("50.00", version=2, placed_at="2026-06-09T09:00:00Z")
    assert answer.kept == 100
    assert (answer.earned, answer.reversed) == (150, 50)
    assert buckets(anna) == (100, 0, 0)
    sound()


def test_an_order_that_changes_its_year_moves_between_the_counters(anna):
    shop.publish(shop.tiers("100.00"))
    tell("150.00")
    moved = tell("150.00", version=2, placed_at="2026-05-20T09:00:00Z")
    assert moved.kept == 150
    assert spend_of(anna) == {2026: (15000, 1, 150)}
    old = shop.join("c-2", at=datetime(2025, 6, 1, tzinfo=UTC))
    tell("150.00", number="2", member="c-2")
    tell("150.00", number="2", member="c-2", version=2, placed_at="2025-12-31T23:59:59Z")
    assert spend_of(old) == {2026: (0, 0, 0), 2025: (15000, 1, 150)}
    sound()


def test_an_order_that_changes_its_currency_is_counted_anew(anna):
    shop.publish('\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n')
    tell("50.00")
    answer = tell("50.00", version=2, currency="EUR")
    assert answer.kept == 45
    assert buckets(anna) == (45, 0, 0)
    assert spend_of(anna) == {2026: (4500, 1, 45)}
    assert tell("50.00", version=3, currency="EUR", refunds=[make.refund("50.00")]).kept == 0
    sound()


def test_the_rate_of_an_order_is_frozen_whatever_the_refund_is_told_later(anna):
    shop.publish('\n[[currencies]]\ncode = "ZAR"\nrate = "0.05"\n')
    assert tell("1700.00", currency="ZAR").kept == 85
    shop.publish('\n[[currencies]]\ncode = "ZAR"\nrate = "0.04"\n')
    assert (
        tell("1700.00", currency="ZAR", version=2, at=later(30), refunds=[make.refund("1700.00")]).kept == 0
    )
    assert buckets(anna) == (0, 0, 0)
    assert spend_of(anna) == {2026: (0, 0, 0)}
    sound()


def test_an_order_that_names_another_member_is_taken_from_the_first(anna):
    bea = shop.join("c-2")
    tell("50.00")
    answer = tell("50.00", version=2, member="c-2")
    assert (answer.member_ref, answer.earned, answer.reversed, answer.kept) == ("c-2", 50, 0, 50)
    assert (buckets(anna), buckets(bea)) == ((0, 0, 0), (50, 0, 0))
    assert (spend_of(anna), spend_of(bea)) == ({2026: (0, 0, 0)}, {2026: (5000, 1, 50)})
    tell("50.00", version=3)
    tell("50.00", version=4, member="c-2")
    assert (buckets(anna), buckets(bea)) == ((0, 0, 0), (50, 0, 0))
    assert refused(tell, "50.00", version=3).code == "stale_version"
    sound()


def test_the_first_member_owes_what_she_has_spent_of_an_order_that_is_anothers(anna):
    bea = shop.join("c-2")
    tell("50.00")
    spend(anna, 40)
    tell("50.00", version=2, member="c-2")
    assert (buckets(anna), buckets(bea)) == ((0, 0, 30 + 10), (50, 0, 0))
    sound()


def test_a_members_order_can_become_a_guests(anna):
    tell("50.00")
    assert guest("50.00", version=2).member_ref is None
    assert buckets(anna) == (0, 0, 0)
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert buckets(bea) == (50, 0, 0)
    sound()


def test_what_was_scheduled_for_the_first_member_has_run_before_her_order_is_taken(app):
    shop.publish(shop.tiers("100.00"))
    old = shop.join("c-1", at=datetime(2025, 1, 1, tzinfo=UTC))
    shop.join("c-2", at=datetime(2025, 1, 1, tzinfo=UTC))
    placed = "2025-06-01T09:00:00Z"
    tell("150.00", at=datetime(2025, 6, 1, 10, tzinfo=UTC), placed_at=placed)
    # The review of 1 January confirms her tier; what is told after it touches it no longer (Reading 7).
    tell("150.00", at=datetime(2026, 1, 2, tzinfo=UTC), placed_at=placed, version=2, member="c-2")
    nightly(old, datetime(2026, 1, 3, tzinfo=UTC))
    (grant,) = tiers.grants(old)
    assert str(grant.until) == "2026-12-31"
    sound()
