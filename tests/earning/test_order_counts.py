"""What an order counts beside points: rentals, goals, and what these bring."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from portal import earning, granting, tiers
from portal import programme as programmes
from portal.db import read
from tests import make
from tests.earning.following import GOAL, bought, campaign, used
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, sound, tell

pytestmark = pytest.mark.both_engines


def rentals() -> str:
    entry = (
        '{ metric = "orders", count = 3 }, { metric = "quantity", count = 5, categories = ["rental-day"] }'
    )
    return f'\n[[tiers]]\nkey = "silver"\nlabel = "Silver"\nentry = [{entry}]\n'


def rented(number: str, days: int, version: int = 1, **changes: Any) -> earning.Answer:
    line = make.line("100.00", category="rental-day", quantity=days)
    other = make.line("10.00", "2", category="insurance", quantity=40)
    return tell(number=number, version=version, lines=[line, other], **changes)


def test_days_of_rentals_count_for_the_tier_and_a_refund_takes_them_back(app):
    shop.publish(shop.EARN, rentals())
    member = shop.join()

    def days() -> int:
        return sum(year.quantity for year in tiers.counters(member).values())

    assert rented("1", 4).risen == ()
    assert days() == 4
    rented("1", 4, 2, refunds=[make.refund("100.00", line="1")])
    assert days() == 0
    rented("2", 4, refunds=[make.refund("99.99", line="1")])
    assert days() == 4, "something of the line is left"
    assert rented("3", 1).risen == ("silver",)
    rented("3", 1, 2, status="cancelled")
    assert days() == 4
    sound()


def test_three_orders_in_a_month_reach_the_goal_and_a_return_takes_it_back(app):
    shop.publish(shop.EARN, GOAL)
    member = shop.join(at=later(-30))
    bought("0", "10.00", datetime(2026, 5, 31, 22, 59, 59, tzinfo=UTC))  # the last second of May
    bought("1", "10.00")
    bought("2", "10.00")
    assert buckets(member) == (30, 0, 0)
    bought("3", "10.00")
    assert buckets(member) == (140, 0, 0)
    tell("10.00", number="3", version=2, refunds=[make.refund("9.99")])
    assert buckets(member) == (130, 0, 0), "a penny that counts is left, and the order with it"
    tell("10.00", number="3", version=3, refunds=[make.refund("9.99"), make.refund("0.01", "r2")])
    assert buckets(member) == (30, 0, 0)
    sound()


def test_an_order_that_is_anothers_takes_its_part_of_a_goal_along(app):
    shop.publish(shop.EARN, GOAL)
    anna, bea = shop.join(), shop.join("c-2")
    for number in "123":
        bought(number, "10.00")
    assert buckets(anna) == (130, 0, 0)
    tell("10.00", number="3", version=2, member="c-2")
    assert (buckets(anna), buckets(bea)) == ((20, 0, 0), (10, 0, 0))
    day, programme = TODAY, programmes.active()[1]
    assert [granting.state(who, programme, day).goals[0]["have"] for who in (anna, bea)] == [2, 1]
    sound()


def test_what_an_order_brought_is_kept_with_it_and_the_same_state_again_tells_nothing(app):
    shop.publish(shop.EARN, GOAL, campaign("bonus = 50", 'per = "year", points = 70'))
    member = shop.join()
    for _ in range(2):
        tell("10.00")
        assert used(member) == {"2026": 50}
        assert granting.state(member, programmes.active()[1], TODAY).goals[0]["have"] == 1
    measured = read(text("SELECT measured FROM shop_order")).scalar_one()
    assert measured == '{"goal:three":1,"campaign:june":50}'


def test_an_order_of_a_plain_programme_keeps_no_measures(anna):
    tell("10.00")
    assert read(text("SELECT measured FROM shop_order")).scalar_one() is None


def test_points_of_a_goal_count_for_tiers_and_the_order_says_what_rose(app):
    shop.publish(
        shop.EARN,
        GOAL,
        '\n[[tiers]]\nkey = "silver"\nlabel = "Silver"\nentry = [{ metric = "earned", count = 130 }]\n',
    )
    member = shop.join()
    for number in "123":
        bought(number, "10.00")
    standing = tiers.standing(programmes.active()[1], tiers.grants(member), TODAY, TODAY)
    assert standing.tier.key == "silver"
    sound()


@pytest.mark.parametrize("period", ["calendar-year", "rolling-12-months"])
@pytest.mark.both_engines(every_case=True)
def test_rentals_told_together_count_as_those_told_alone(app, period):
    shop.publish(shop.EARN, rentals(), f'\n[tier_rules]\nperiod = "{period}"\n')
    together, alone = shop.join(), shop.join("c-2")
    line = make.line("100.00", category="rental-day", quantity=3)
    answers = shop.tell_together([(str(number), make.order(lines=[line])) for number in range(2)])
    assert [answer.risen for answer in answers if isinstance(answer, earning.Answer)] == [(), ("silver",)]
    assert [tell(number=f"a{n}", member="c-2", lines=[line]).risen for n in range(2)] == [(), ("silver",)]
    assert tiers.counters(together) == tiers.counters(alone)
    sound()
