"""What an order freezes of its member, and what follows from it: caps, quantities, goals, gifts, ends of lots."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal import earning, giving, granting, people, tiers
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, later, lots, sound, tell

pytestmark = pytest.mark.both_engines
PLUS = '\n[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\n'


def more(when: str, points: int = 2) -> str:
    return f'\n[[earn]]\nkey = "more"\nlabel = "More"\npoints = {points}\nper = "1.00"\nwhen = {{ {when} }}\n'


def campaign(gives: str, cap: str = "") -> str:
    capped = f"cap = {{ {cap} }}\n" if cap else ""
    return (
        '\n[[campaigns]]\nkey = "june"\nlabel = "June"\nfrom = 2026-05-01\nuntil = 2026-06-30\n'
        f"{gives}\n{capped}"
    )


def bought(number: str, amount: str, placed_at: datetime = make.NOW, **changes: Any) -> int:
    """Points that an order keeps which is told when it is placed."""
    return tell(amount, number=number, placed_at=placed_at.isoformat(), at=placed_at, **changes).kept


def used(member: str) -> dict[str, int]:
    """What campaigns with a cap have given, by period."""
    rows = read(text("SELECT period, points FROM campaign_use WHERE member_id = :id"), {"id": member})
    return {row.period: row.points for row in rows if row.points}


def has(member: str, name: str, since: date, until: date | None = None, *, holds: bool = True) -> None:
    transact(lambda: people.set_attribute(member, name, holds, since=since, until=until, at=make.NOW))


def pays(member: str, plan: str, since: date, until: date | None) -> None:
    programme = programmes.active()[1]
    transact(
        lambda: tiers.hold_plan(
            member, programme, plan, since=since, until=until, months=1, at=make.NOW, day=TODAY
        )
    )


# --- what is frozen


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


# --- campaigns with a cap


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


# --- ends of lots


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


# --- quantities and what else counts


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


GOAL = (
    '\n[[goals]]\nkey = "three"\nlabel = "Three in a month"\nmetric = "orders"\ncount = 3\nper = "month"\n'
    "gives = { points = 100 }\n"
)


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


# --- gifts that the programme pays


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


# --- what was due before


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


# --- together


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
