"""Goals: once in each period, at once, and taken back by a refund while unused (Reading 31)."""

import pytest
from flask import Flask
from sqlalchemy import event

from portal import granting
from portal import programme as programmes
from portal.db import db
from tests.granting.hands import (
    GIFTS,
    PLANS,
    count,
    have,
    hold,
    join,
    points,
    rise,
    sound,
    state,
    told,
    use_newest,
)
from tests.ledger import shop

pytestmark = pytest.mark.both_engines


def goal(
    need: str = 'metric = "spend"\namount = "30.00"', gives: str = 'reward = "gift"', more: str = ""
) -> str:
    return f'\n[[goals]]\nkey = "month"\nlabel = "A good month"\n{need}\nper = "month"\n{more}\ngives = {{ {gives} }}\n'


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish(goal(), GIFTS)
    return join()


@pytest.mark.parametrize(("minor", "given"), [(2999, 0), (3000, 1), (3001, 1)])
def test_a_goal_is_reached_with_the_last_penny(anna, minor, given):
    count(anna, "2026-03-05", goal__month=minor)
    assert have(anna, "2026-03-05") == [("gift", "available", "goal:month")] * given
    assert [row["key"] for row in state(anna, "2026-03-05").goals] == ["month"] * (1 - given)
    sound()


def test_what_is_missing_is_shown_while_the_period_lasts_and_begins_anew_with_the_next(anna):
    count(anna, "2026-03-31", goal__month=1800)
    expected = {"key": "month", "have": "18.00", "need": "30.00", "by": "2026-03-31"}
    assert state(anna, "2026-03-31").goals == [expected]
    assert state(anna, "2026-04-01").goals == [expected | {"have": "0.00", "by": "2026-04-30"}]


def test_spend_of_two_months_reaches_no_goal_of_a_month(anna):
    count(anna, "2026-03-31", goal__month=1500)
    count(anna, "2026-04-01", goal__month=1500)
    assert have(anna, "2026-04-01") == []


def test_an_order_counts_in_the_month_in_which_it_was_placed_whenever_it_is_told(anna):
    count(anna, "2026-03-20", goal__month=2000)
    count(anna, "2026-04-02", placed_on="2026-03-31", goal__month=1000)
    assert have(anna, "2026-04-02") == [("gift", "available", "goal:month")]


def test_a_goal_gives_once_in_a_period_and_again_in_the_next(anna):
    for day in ("2026-03-05", "2026-03-06", "2026-04-05"):
        count(anna, day, goal__month=6000)
    assert len(have(anna, "2026-04-05")) == 2
    sound()


def test_a_refund_below_the_goal_takes_the_unused_reward_and_reaching_it_again_gives_another(anna):
    count(anna, "2026-03-05", goal__month=3000)
    count(anna, "2026-03-06", goal__month=-1)
    assert have(anna, "2026-03-06") == [("gift", "withdrawn", "goal:month")]
    assert state(anna, "2026-03-06").goals[0]["have"] == "29.99"
    count(anna, "2026-03-07", goal__month=1)
    assert [one for _, one, _ in have(anna, "2026-03-07")] == ["withdrawn", "available"]
    sound()


def test_a_refund_that_leaves_enough_takes_nothing(anna):
    count(anna, "2026-03-05", goal__month=4000)
    count(anna, "2026-03-06", goal__month=-1000)
    assert have(anna, "2026-03-06") == [("gift", "available", "goal:month")]


def test_a_used_reward_stands_and_the_goal_reached_again_gives_no_second_one(anna):
    count(anna, "2026-03-05", goal__month=3000)
    use_newest(anna, "2026-03-05")
    count(anna, "2026-03-06", goal__month=-3000)
    count(anna, "2026-03-07", goal__month=3000)
    assert have(anna, "2026-03-07") == [("gift", "used", "goal:month")]
    sound()


def test_a_refund_of_last_months_order_takes_last_months_prize(anna):
    count(anna, "2026-03-05", goal__month=3000)
    count(anna, "2026-04-05", goal__month=3000)
    count(anna, "2026-04-06", placed_on="2026-03-05", goal__month=-3000)
    assert [one for _, one, _ in have(anna, "2026-04-06")] == ["withdrawn", "available"]


def test_points_of_a_goal_come_at_once_and_go_again_as_often_as_it_is_reached_and_lost(app):
    shop.publish(goal('metric = "orders"\ncount = 3', "points = 100"))
    anna = join()
    count(anna, "2026-03-01", goal__month=2)
    assert points(anna) == 0
    assert state(anna, "2026-03-01").goals == [{"key": "month", "have": 2, "need": 3, "by": "2026-03-31"}]
    for _ in range(3):
        count(anna, "2026-03-02", goal__month=1)
        assert points(anna) == 100
        count(anna, "2026-03-03", goal__month=-1)
        assert points(anna) == 0
    sound()


def test_points_of_a_goal_that_were_spent_are_owed_after_a_refund(app):
    shop.publish(goal(gives="points = 100"))
    anna = join()
    count(anna, "2026-03-01", goal__month=3000)
    shop.spend(anna, 100)
    count(anna, "2026-03-02", goal__month=-3000)
    assert shop.buckets(anna) == (0, 0, 100)
    assert granting.faults() == []


def test_of_points_and_a_used_reward_the_points_go_and_come_back_and_the_reward_stands(app):
    shop.publish(goal(gives='points = 50, reward = "gift", badge = "A good month"'), GIFTS)
    anna = join()
    count(anna, "2026-03-01", goal__month=3000)
    assert (points(anna), state(anna, "2026-03-01").badges) == (50, ["month"])
    use_newest(anna, "2026-03-01")
    count(anna, "2026-03-02", goal__month=-1)
    assert (points(anna), state(anna, "2026-03-02").badges) == (0, [])
    count(anna, "2026-03-03", goal__month=1)
    assert (points(anna), state(anna, "2026-03-03").badges) == (50, ["month"])
    assert have(anna, "2026-03-03") == [("gift", "used", "goal:month")]
    sound()


def test_points_of_a_goal_count_for_tiers_and_what_comes_with_the_tier_follows(app):
    tier = '\n[[tiers]]\nkey = "silver"\nlabel = "Silver"\nentry = [{ metric = "earned", count = 100 }]\n'
    grant = '\n[[grants]]\nkey = "hello"\nlabel = "Hello"\non = "tier"\ntiers = ["silver"]\n'
    shop.publish(goal(gives="points = 100"), tier, grant + 'gives = { reward = "treat" }\n', GIFTS)
    anna = join()
    count(anna, "2026-03-01", goal__month=3000)
    assert have(anna, "2026-03-01") == [("treat", "available", "grant:hello")]
    sound()


def test_a_goal_for_a_tier_looks_at_the_tier_when_it_is_reached(app):
    shop.publish(goal(more='tiers = ["silver"]'), shop.tiers("200.00"), GIFTS)
    anna = join()
    assert state(anna, "2026-03-01").goals == []
    count(anna, "2026-03-01", goal__month=3000)
    assert have(anna, "2026-03-01") == []
    rise(anna, "silver", "2026-03-02", "2026-12-31")
    count(
        anna, "2026-03-02", goal__month=100, tier="member"
    )  # that order made her Silver, so it counts as before it
    assert have(anna, "2026-03-02") == []
    count(anna, "2026-03-03", goal__month=100)
    assert have(anna, "2026-03-03") == [("gift", "available", "goal:month")]


def test_a_goal_for_a_plan_is_open_while_the_plan_is_held(app):
    shop.publish(goal(more='plans = ["monthly"]'), PLANS, GIFTS)
    anna = join()
    count(anna, "2026-03-01", goal__month=3000)
    assert have(anna, "2026-03-01") == []
    hold(anna, "monthly", "2026-03-02", "2026-04-02")
    count(anna, "2026-03-02", goal__month=1)
    assert have(anna, "2026-03-02") == [("gift", "available", "goal:month")]


def test_counters_add_up_for_life_and_a_goal_of_one_counts_its_own_period(app):
    shop.publish(
        '\n[[activities]]\nkey = "visit"\nlabel = "A visit"\ncounter = "visits"\n',
        goal('metric = "counter"\ncounter = "visits"\ncount = 3', 'badge = "Three"'),
        goal('metric = "counter"\ncounter = "visits"\ncount = 4', 'reward = "gift"')
        .replace('"month"\nlabel', '"ever"\nlabel')
        .replace('per = "month"', ""),
        GIFTS,
    )
    anna = join()
    count(anna, "2026-03-31", counter__visits=2)
    count(anna, "2026-04-01", counter__visits=1)
    found = state(anna, "2026-04-01")
    assert found.counters == {"visits": 3}
    assert [(row["key"], row["have"], row["by"]) for row in found.goals] == [
        ("month", 1, "2026-04-30"),
        ("ever", 3, None),
    ]
    count(anna, "2026-04-02", counter__visits=2)
    assert state(anna, "2026-04-02").badges == ["month"]
    assert have(anna, "2026-04-02") == [("gift", "available", "goal:ever")]
    count(anna, "2026-04-03", counter__visits=-2)
    assert state(anna, "2026-04-03").badges == []
    assert have(anna, "2026-04-03") == [("gift", "withdrawn", "goal:ever")]
    sound()


def test_the_month_of_a_goal_is_that_of_the_programmes_zone(app):
    shop.publish(goal(), GIFTS, timezone='"Pacific/Auckland"')
    anna = join()
    count(anna, "2026-03-31", placed_on="2026-04-01", goal__month=3000)  # the caller says the day of the zone
    assert state(anna, "2026-03-31").goals[0]["have"] == "0.00"
    assert state(anna, "2026-04-30").goals == []


def test_a_goal_that_the_programme_has_no_longer_is_left_as_it_stands(anna):
    count(anna, "2026-03-05", goal__month=3000)
    shop.publish(GIFTS)
    count(anna, "2026-03-06", goal__month=-3000)
    assert have(anna, "2026-03-06") == [("gift", "available", "goal:month")]
    sound()


def test_where_a_programme_has_no_goals_and_counters_asking_for_them_runs_no_statement(app):
    shop.publish()
    anna = shop.join()
    _, active = programmes.active()
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert granting.count(anna, active, {}, placed_on=shop.TODAY, **told("2026-06-10")) is None
    assert granting.state(anna, active, active.day(shop.morning(shop.TODAY))) == granting.State()
    assert seen == []
