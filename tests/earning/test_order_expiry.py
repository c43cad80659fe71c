"""When the points of orders end: by the day they were bought on, and by the last sign of life."""

from datetime import UTC, datetime

import pytest

from portal import earning
from portal.db import transact
from tests import make
from tests.earning.following import bought
from tests.ledger import shop
from tests.ledger.shop import buckets, later, lots, sound, tell

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        ('kind = "days"\ndays = 365', "2027-05-31"),
        ('kind = "month-end"\nmonths = 6', "2026-11-30"),
        ('kind = "year-end"\nyears = 1', "2027-12-31"),
        ('kind = "never"', "9999-12-31"),
    ],
)
def test_points_end_as_the_day_they_were_bought_on_says(app, expiry, last_day):
    shop.publish(shop.EARN, f"\n[expiry]\n{expiry}\n", shop.pending(5))
    member = shop.join()
    placed = datetime(2026, 5, 30, 23, 30, tzinfo=UTC)  # 31 May in London
    tell("10.00", placed_at=placed.isoformat(), at=later(0))
    assert lots(member) == {last_day: 10}
    tell("10.00", version=2, placed_at=placed.isoformat(), refunds=[make.refund("4.00")], at=later(20))
    assert lots(member) == {last_day: 6}
    sound()


def test_a_later_version_keeps_the_end_that_was_frozen(app):
    shop.publish(shop.EARN, '\n[expiry]\nkind = "days"\ndays = 365\n')
    member = shop.join()
    tell("10.00")
    shop.publish(shop.EARN, '\n[expiry]\nkind = "days"\ndays = 30\n')
    tell("10.00", "5.00", version=2)
    tell("8.00", number="2")
    assert lots(member) == {"2027-06-10": 15, "2026-07-10": 8}
    tell("10.00", "5.00", version=3, status="cancelled")
    assert lots(member) == {"2026-07-10": 8}
    sound()


def test_a_guests_points_end_by_the_day_they_were_bought_on(app):
    shop.publish(shop.EARN, '\n[expiry]\nkind = "days"\ndays = 365\n')
    tell("20.00", placed_at=later(-100).isoformat(), member=None, guest=True, email="anna@example.com")
    member = shop.join(email="anna@example.com", proved=True)
    transact(lambda: earning.claim_purse("c-1", "anna@example.com", at=make.NOW, actor="test"))
    assert lots(member) == {str(later(265).date()): 20}


def test_many_orders_told_together_end_as_those_told_alone(app):
    shop.publish(shop.EARN, '\n[expiry]\nkind = "days"\ndays = 10\n')
    member = shop.join()
    placed = [make.NOW, later(-1), later(-1)]
    shop.tell_together(
        [(str(n), make.order("10.00", placed_at=at.isoformat())) for n, at in enumerate(placed)]
    )
    assert lots(member) == {"2026-06-20": 10, "2026-06-19": 20}
    sound()


def test_points_that_have_ended_are_gone_before_an_order_is_told_whoever_looked(app):
    # So short a life has no notice: it ends on its day (Reading 3).
    shop.publish(shop.EARN, '\n[expiry]\nkind = "days"\ndays = 3\n')
    member = shop.join()
    bought("1", "10.00")
    bought("2", "5.00", later(3))
    assert buckets(member) == (15, 0, 0)
    bought("3", "7.00", later(4))
    assert buckets(member) == (12, 0, 0)
    assert lots(member) == {str(later(6).date()): 5, str(later(7).date()): 7}
    shop.tell_together([("4", make.order("1.00", placed_at=later(7).isoformat()))], at=later(7))
    assert buckets(member) == (8, 0, 0)
    sound()


def test_points_that_end_without_use_live_on_from_the_last_order(app):
    shop.publish(shop.EARN, '\n[expiry]\nkind = "inactivity"\ndays = 5\nnotices = []\n')
    member = shop.join(at=later(-20))
    bought("1", "10.00", later(-4))
    bought("2", "10.00")
    tell("10.00", number="3", status="pending", placed_at=later(3).isoformat(), at=later(3))
    assert buckets(member) == (20, 0, 0)
    bought("4", "1.00", later(5))
    assert buckets(member) == (21, 0, 0), "the fifth day after the last order is the last"
    bought("5", "1.00", later(11))
    assert buckets(member) == (1, 0, 0)
    sound()
