"""What an order freezes of its member, what the programme pays for it, and what is due before it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import earning, giving
from portal.db import transact
from tests import make
from tests.earning.following import GOAL, PLUS, bought, campaign, has, more, pays
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, sound, tell

pytestmark = pytest.mark.both_engines


def test_an_order_earns_by_the_plan_she_had_when_it_was_told(app):
    shop.publish(shop.EARN, more('plans = ["plus"]'), PLUS)
    member = shop.join()
    assert bought("0", "10.00") == 10
    pays(member, "plus", TODAY, later(1).date())
    assert [bought("1", "10.00"), bought("2", "10.00", later(1)), bought("3", "10.00", later(2))] == [
        20,
        20,
        10,
    ]
    # The plan has ended, and the order keeps its rule.
    state = {"version": 2, "placed_at": make.NOW.isoformat(), "at": later(3)}
    assert tell("10.00", number="1", refunds=[make.refund("5.00")], **state).kept == 10
    sound()


def test_thirty_days_of_an_outside_fact_are_counted_from_the_first_time_it_held(app):
    shop.publish(
        shop.EARN,
        more('attributes = ["store_card"], held_days = 30', 10),
        more('channels = ["x"]').replace('"more"', '"x"'),
    )
    member = shop.join(at=later(-60))
    has(member, "store_card", TODAY)
    assert [bought("1", "10.00", later(29)), bought("2", "10.00", later(30))] == [100, 10]
    has(member, "store_card", TODAY, holds=False)
    assert bought("3", "10.00") == 10
    has(member, "store_card", later(20).date())  # it is given again: no new window
    assert [bought("4", "10.00", later(29)), bought("5", "10.00", later(30))] == [100, 10]


def test_an_order_of_before_she_had_it_is_outside_the_window_though_she_has_it_when_it_is_told(app):
    shop.publish(shop.EARN, more('attributes = ["store_card"], held_days = 30', 10))
    member = shop.join(at=later(-60))
    has(member, "store_card", TODAY)
    assert tell("10.00", number="1", placed_at=later(-1).isoformat()).kept == 10
    assert tell("10.00", number="2", placed_at=make.NOW.isoformat(), at=later(40)).kept == 100


def test_an_outside_fact_ends_with_its_last_day_and_a_refund_does_not_ask_again(app):
    shop.publish(shop.EARN, more('attributes = ["student"]'))
    member = shop.join()
    has(member, "student", TODAY, later(5).date())
    assert [bought("1", "10.00", later(5)), bought("2", "10.00", later(6))] == [20, 10]
    refunded = {"version": 2, "placed_at": later(5).isoformat(), "refunds": [make.refund("5.00")]}
    assert tell("10.00", number="1", at=later(6), **refunded).kept == 10


def test_the_welcome_window_is_counted_in_the_programmes_days(app):
    shop.publish(shop.EARN, more("joined_days = 2"), timezone='"Pacific/Auckland"')
    joined = datetime(2026, 6, 10, 11, 30, tzinfo=UTC)  # 23:30 in Auckland
    shop.join(at=joined)
    moments = [joined, joined + timedelta(hours=24), joined + timedelta(hours=24, minutes=29, seconds=59),
               joined + timedelta(hours=24, minutes=30)]  # fmt: skip
    assert [bought(str(number), "10.00", at) for number, at in enumerate(moments)] == [20, 20, 20, 10]


FUNDED = (
    '\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n'
    '\n[[funding]]\nkey = "a-tree"\nlabel = "A tree"\non = "order"\ncharity = "trees"\namount = "0.50"\n'
)


def test_an_order_plants_its_tree_once_and_takes_it_along_when_nothing_is_left(app):
    shop.publish(shop.EARN, FUNDED)
    shop.join()
    tell("10.00", status="pending")
    assert giving.funded_totals() == {}
    tell("10.00", version=2)
    tell("10.00", version=2)
    tell("10.00", version=3, refunds=[make.refund("9.99")])
    assert giving.funded_totals() == {"trees": 50}
    tell("10.00", version=4, refunds=[make.refund("9.99"), make.refund("0.01", "r2")])
    assert giving.funded_totals() == {}
    tell("10.00", number="2")
    tell("10.00", number="3")
    tell("10.00", number="3", version=2, status="cancelled")
    assert giving.funded_totals() == {"trees": 50}
    tell("10.00", number="3", version=3)
    assert giving.funded_totals() == {"trees": 100}


def test_what_her_agenda_has_is_given_before_an_order_is_told(app):
    monthly = (
        '\n[[grants]]\nkey = "monthly"\nlabel = "Monthly"\non = "month"\ntiers = ["silver"]\n'
        "gives = { points = 7 }\n"
    )
    shop.publish(shop.EARN, shop.tiers("100.00"), monthly)
    member = shop.join()
    bought("1", "100.00")
    assert buckets(member) == (107, 0, 0), "silver begins, and this month with it"
    bought("2", "10.00", later(5))
    assert buckets(member) == (117, 0, 0)
    bought("3", "10.00", datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))
    assert buckets(member) == (127, 0, 0)
    bought("4", "10.00", datetime(2026, 6, 30, 23, tzinfo=UTC))
    assert buckets(member) == (144, 0, 0)
    sound()


def test_orders_from_which_more_follows_are_told_alone_and_those_of_plain_programmes_together(app):
    shop.publish(shop.EARN, GOAL)
    shop.join()
    orders = [(str(number), make.order("10.00")) for number in range(3)]
    tellings = [
        earning.Telling(earning.OrderBody.model_validate(body), "main", number, make.NOW, "shop:main")
        for number, body in orders
    ]
    assert transact(lambda: earning.record_fresh(tellings)) == [None] * 3
    shop.publish(shop.EARN, campaign('factor = "2"'), '\n[expiry]\nkind = "days"\ndays = 10\n')
    assert [answer.kept for answer in transact(lambda: earning.record_fresh(tellings)) if answer] == [20] * 3
    sound()
