"""Orders from before joining and of guests: what waits in a purse, and whose it is once an address is proved."""

from datetime import timedelta

import pytest

from portal import earning, people, tiers
from portal.db import transact
from tests import make
from tests.earning.orders import guest, prove, written
from tests.ledger import shop
from tests.ledger.shop import buckets, refused, sound, tell

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize(("days", "kept"), [(0, 20), (30, 20), (31, 0)])
def test_an_order_from_before_joining_counts_if_it_is_not_more_than_thirty_days_before(anna, days, kept):
    placed = make.NOW - timedelta(days=days, hours=9)  # in the small hours of that day in London
    answer = tell(placed_at=placed.isoformat())
    assert answer.kept == kept
    assert answer.trace.get("nothing") == (None if kept else "before_joining")
    assert tell(placed_at=placed.isoformat(), version=2, status="fulfilled").kept == kept
    sound()


def test_three_guest_orders_wait_and_are_credited_once_each_after_proof(app):
    shop.publish()
    for number in ("1", "2", "3"):
        answer = guest("20.00", number=number)
        assert (answer.member_ref, answer.kept) == (None, 0)
    bea = shop.join("c-2", "bea@example.com")
    assert buckets(bea) == (0, 0, 0)  # without proof nothing is shown
    assert guest("20.00", number="1").repeated
    claimed = prove(bea, "c-2", "BEA@example.com")
    assert [answer.kept for answer in claimed] == [20, 20, 20]
    assert buckets(bea) == (60, 0, 0)
    assert prove(bea, "c-2", "bea@example.com") == []
    again = guest("20.00", number="2")
    assert again.repeated
    assert (again.member_ref, again.kept) == ("c-2", 20)
    assert buckets(bea) == (60, 0, 0)
    assert shop.rows("purse_order") == 0
    sound()


def test_a_tier_that_a_purse_reaches_begins_when_it_is_claimed(app):
    shop.publish(shop.tiers("100.00"))
    bea = shop.join("c-2", "bea@example.com")
    guest("150.00", placed_at=(make.NOW - timedelta(days=60)).isoformat())
    prove(bea, "c-2", "bea@example.com")
    (grant,) = tiers.grants(bea)
    assert (str(grant.since), str(grant.until)) == ("2026-06-10", "2027-12-31")
    sound()


def test_the_order_of_a_member_who_has_not_proved_her_address_waits(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    assert guest().member_ref is None
    assert buckets(bea) == (0, 0, 0)
    prove(bea, "c-2", "bea@example.com")
    assert guest("30.00", version=2).kept == 30
    assert buckets(bea) == (30, 0, 0)
    sound()


def test_a_guests_order_of_a_year_ago_is_credited_and_an_older_one_is_let_go(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    guest(number="old", placed_at=(make.NOW - timedelta(days=366)).isoformat())
    guest(number="year", placed_at=(make.NOW - timedelta(days=365)).isoformat())
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["year"]
    assert buckets(bea) == (20, 0, 0)
    assert transact(lambda: earning.purge_purses(make.NOW)) == 1
    assert shop.rows("purse_order") == 0
    assert people.owner_of("order", "main/old") is None, "its number is forgotten with it"
    assert people.owner_of("order", "main/year") == bea
    assert buckets(bea) == (20, 0, 0)
    sound()


def test_a_purse_has_the_newest_state_and_refuses_older_ones(app):
    shop.publish()
    guest("20.00", version=2)
    assert refused(guest, "10.00", version=1).code == "stale_version"
    assert refused(guest, "10.00", version=2).code == "conflict"
    guest("20.00", version=3, refunds=[make.refund("5.00")])
    assert refused(guest, "20.00", version=4).code == "conflict"  # the refund vanished
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert buckets(bea) == (15, 0, 0)
    sound()


def test_a_guests_order_moves_with_the_address_that_it_names(app):
    shop.publish()
    guest("20.00")
    guest("20.00", version=2, email="cat@example.com")
    bea, cat = shop.join("c-2", "bea@example.com"), shop.join("c-3", "cat@example.com")
    prove(bea, "c-2", "bea@example.com")
    prove(cat, "c-3", "cat@example.com")
    assert (buckets(bea), buckets(cat)) == ((0, 0, 0), (20, 0, 0))
    sound()


def test_one_order_that_cannot_be_counted_does_not_keep_anybody_from_joining(app):
    euro = '\n[[currencies]]\ncode = "EUR"\nrate = "0.90"\n'
    shop.publish(euro)
    guest(number="1", currency="EUR")
    guest(number="2")
    shop.publish()  # euros are accepted no longer
    bea = shop.join("c-2", "bea@example.com")
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["2"]
    assert buckets(bea) == (20, 0, 0)
    shop.publish(euro)
    assert [answer.number for answer in prove(bea, "c-2", "bea@example.com")] == ["1"]
    sound()


def test_a_guests_unpaid_order_from_long_before_joining_earns_when_it_is_paid(app):
    shop.publish()
    placed = (make.NOW - timedelta(days=60)).isoformat()
    guest("20.00", status="pending", placed_at=placed)
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    assert guest("20.00", version=2, placed_at=placed).kept == 20
    assert buckets(bea) == (20, 0, 0)
    sound()


def test_an_unknown_id_with_an_address_is_a_guest(app):
    shop.publish()
    assert tell(member={"id": "c-9", "email": "new@example.com"}).member_ref is None
    nine = shop.join("c-9")
    assert tell(version=2, member={"id": "c-9", "email": "new@example.com"}).member_ref == "c-9"
    assert buckets(nine) == (20, 0, 0)
    assert shop.rows("purse_order") == 0
    sound()


def test_the_same_state_is_the_same_answer_though_the_address_is_no_longer_hers(app):
    shop.publish()
    bea = shop.join("c-2", "bea@example.com")
    prove(bea, "c-2", "bea@example.com")
    first = guest("20.00")
    prove(bea, "c-2", "new@example.com")
    cat = shop.join("c-3")
    for somebody in (None, cat):
        if somebody:
            prove(cat, "c-3", "bea@example.com")
        before = written()
        again = guest("20.00")
        assert again.repeated
        assert (again.member_ref, again.kept) == (first.member_ref, first.kept) == ("c-2", 20)
        assert written() == before
    assert buckets(cat) == (0, 0, 0)
    sound()
