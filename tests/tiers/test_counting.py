"""Counting and reviews on both engines: rolling months, quantity, thresholds of their own, grace, one step, pauses."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import programme as programmes
from portal import tiers
from portal.db import read, transact
from portal.tiers.models import TierCounter, TierDay, TierGrant
from tests.ledger import shop
from tests.tiers.ladders import PLANS, STEPS, THREE, day, rules, spend, step

pytestmark = pytest.mark.both_engines
ROLLING = "rolling-12-months"
JOINED = date(2020, 1, 1)
OWN = step("gold", spend("500.00"), keep=spend("300.00"), reenter=spend("400.00"))
Member = Callable[..., str]


@pytest.fixture
def member(app: Flask) -> Member:
    """Publishes a programme with these parts and rules; the id of its member."""

    def publish(*parts: str, **said: str | int) -> str:
        shop.publish(rules(**said), *(parts or STEPS))
        return shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))

    return publish


def count(member_id: str, placed: str, spend: int = 0, told: str = "", **more: Any) -> list[str]:
    """Count something that was placed on a day and told on it, or later; the tiers that rise."""
    at = datetime.fromisoformat(told or placed).replace(hour=12, tzinfo=UTC)
    since = more.pop("since", None)
    change = tiers.Counters(spend, **more)

    def counted() -> list[str]:
        found = tiers.count(
            member_id, programmes.active()[1], change, placed_on=day(placed), standing_grants=tiers.grants(member_id),
            reached_by="test", at=at, since=since and day(since),
        )  # fmt: skip
        return [one.key for one in found]

    return transact(counted)


def review(member_id: str, through: str) -> list[str]:
    return transact(lambda: tiers.review(member_id, programmes.active()[1], day(through)))


def rows(model: Any, member_id: str) -> list[str]:
    """What stands in a table of a member, without her id."""
    columns = [column for column in model.__table__.c if column.name != "member_id"]
    return sorted(map(repr, read(select(*columns).where(model.__table__.c.member_id == member_id))))


def stands(member_id: str, on: str) -> tuple[str, str, str | None]:
    found = tiers.standing(programmes.active()[1], tiers.grants(member_id), day(on), JOINED)
    return found.tier.key, str(found.since), str(found.until) if found.until else None


def test_rolling_months_count_to_the_day(member):
    anna = member(period=ROLLING)
    assert count(anna, "2025-06-10", 10_000) == []
    assert count(anna, "2026-06-10", 10_000) == []  # a year and a day of twelve months: the first has gone
    assert count(anna, "2026-06-11", 9_999) == []
    assert count(anna, "2027-06-09", 1) == ["silver"]
    assert stands(anna, "2027-06-09") == ("silver", "2027-06-09", "2028-06-08")
    assert stands(anna, "2028-06-09")[0] == "member"


def test_a_tier_of_rolling_months_is_carried_on_or_ends_at_its_review(member):
    anna = member(period=ROLLING)
    assert count(anna, "2026-06-10", 20_000) == ["silver"]
    assert count(anna, "2026-09-01", 20_000) == []  # it is held, and reviewed in time
    assert tiers.due_members(day("2027-06-09"), "", 10) == []
    assert tiers.due_members(day("2027-06-10"), "", 10) == [anna]
    assert review(anna, "2027-06-10") == []
    assert stands(anna, "2027-06-10") == ("silver", "2026-06-10", "2028-06-09")
    assert review(anna, "2028-06-10") == ["silver"]
    assert stands(anna, "2028-06-09")[0] == "silver"
    assert stands(anna, "2028-06-10")[0] == "member"
    assert tiers.next_due() is None


def test_a_refund_counts_on_the_day_of_its_order_and_takes_nothing_before_the_review(member):
    anna = member(period=ROLLING)
    count(anna, "2026-06-10", 20_000)
    count(anna, "2026-09-01", 20_000)
    assert count(anna, "2026-09-01", -1, told="2027-05-01") == []
    assert stands(anna, "2027-06-09")[0] == "silver"
    assert review(anna, "2027-06-10") == ["silver"]


def test_an_older_order_that_is_told_late_fills_the_months_up_to_now(member):
    anna = member(period=ROLLING)
    assert count(anna, "2026-06-10", 15_000) == []
    assert count(anna, "2026-05-01", 5_000, told="2026-06-20") == ["silver"]
    assert stands(anna, "2026-06-20") == ("silver", "2026-06-20", "2027-06-19")


def test_what_a_purse_brings_begins_on_the_day_it_is_claimed(member):
    anna = member(period=ROLLING)
    assert count(anna, "2026-05-01", 20_000, told="2026-06-20", since="2026-06-20") == ["silver"]
    assert stands(anna, "2026-06-20") == ("silver", "2026-06-20", "2027-06-19")


def test_quantity_and_orders_count_beside_each_other(member):
    days = '{ metric = "quantity", count = 21, categories = ["rental-day"] }'
    anna = member(step("silver", '{ metric = "orders", count = 6 }', days))
    assert count(anna, "2026-03-01", orders=1, quantity=20) == []
    assert count(anna, "2026-03-02", quantity=1) == ["silver"]
    assert tiers.counters(anna) == {2026: tiers.Counters(0, 1, 0, 21)}
    assert stands(anna, "2026-03-02") == ("silver", "2026-03-02", "2027-12-31")


def test_to_keep_a_tier_takes_less_than_to_get_in_and_to_come_back_something_between(member):
    anna = member(OWN)
    assert count(anna, "2026-06-10", 49_999) == []
    assert count(anna, "2026-06-10", 1) == ["gold"]
    review(anna, "2027-01-01")
    assert count(anna, "2027-12-31", 29_999) == []
    assert count(anna, "2027-12-31", 1) == ["gold"]
    assert review(anna, "2028-01-01") == []
    assert stands(anna, "2028-06-01") == ("gold", "2026-06-10", "2028-12-31")
    assert count(anna, "2028-06-01", 29_999) == []
    assert review(anna, "2029-01-01") == ["gold"]
    assert stands(anna, "2029-01-01")[0] == "member"
    assert count(anna, "2029-03-01", 39_999) == []
    assert count(anna, "2029-03-01", 1) == ["gold"]
    assert review(anna, "2030-01-01") == []
    assert stands(anna, "2030-12-31")[0] == "gold"


def test_who_returned_everything_does_not_come_back_in_more_cheaply(member):
    anna = member(OWN)
    count(anna, "2026-06-10", 50_000)
    count(anna, "2026-06-10", -50_000, told="2026-07-01")
    assert review(anna, "2027-01-01") == ["gold"]
    assert count(anna, "2027-03-01", 49_999) == []
    assert count(anna, "2027-03-01", 1) == ["gold"]


def test_grace_lasts_its_days_and_what_is_bought_in_it_counts_as_holding(member):
    anna = member(OWN, grace_days=30)
    count(anna, "2026-06-10", 50_000)
    assert review(anna, "2028-01-01") == ["gold"]
    assert stands(anna, "2028-01-30") == ("gold", "2026-06-10", "2028-01-30")
    assert stands(anna, "2028-01-31")[0] == "member"
    assert count(anna, "2028-01-20", 30_000) == ["gold"]
    assert stands(anna, "2028-02-01") == ("gold", "2026-06-10", "2029-12-31")


def test_in_the_grace_of_rolling_months_a_tier_is_reached_again(member):
    anna = member(period=ROLLING, grace_days=30)
    count(anna, "2026-06-10", 20_000)
    assert review(anna, "2027-06-10") == ["silver"]
    assert count(anna, "2027-06-20", 20_000) == ["silver"]
    assert stands(anna, "2028-06-19") == ("silver", "2026-06-10", "2028-06-19")


def test_another_day_of_review_lets_a_tier_last_to_the_day_before_it(member):
    anna = member(review="02-01")
    count(anna, "2026-06-10", 20_000)
    assert stands(anna, "2028-01-31") == ("silver", "2026-06-10", "2028-01-31")
    count(anna, "2026-06-10", -1, told="2027-01-31")  # a month more for refunds to be told
    assert tiers.due_members(day("2027-01-31"), "", 10) == []
    assert review(anna, "2027-02-01") == ["silver"]
    assert stands(anna, "2027-01-31")[0] == "silver"
    assert stands(anna, "2027-02-01")[0] == "member"


def test_one_step_a_year(member):
    anna = member(*THREE, step_down="one-step")
    assert count(anna, "2026-06-10", 100_000) == ["silver", "gold", "platinum"]
    assert review(anna, "2027-12-31") == []
    assert set(review(anna, "2028-01-01")) == {"platinum", "silver"}  # gold is given for a year more
    assert stands(anna, "2028-01-01") == ("gold", "2026-06-10", "2028-12-31")
    assert review(anna, "2029-01-01") == ["gold"]
    assert stands(anna, "2029-01-01")[0] == "silver"
    assert review(anna, "2030-01-01") == ["silver"]
    assert stands(anna, "2030-01-01")[0] == "member"
    assert tiers.next_due() is None


def test_many_years_without_a_look_come_to_the_same_as_a_look_each_night(member):
    anna = member(*THREE, step_down="one-step", grace_days=5)
    count(anna, "2026-06-10", 100_000)
    review(anna, "2035-01-01")
    found = [stands(anna, f"{year}-01-{night}")[0] for year in range(2028, 2031) for night in ("05", "06")]
    assert found == ["platinum", "gold", "gold", "silver", "silver", "member"]


def test_who_returned_everything_falls_all_the_way(member):
    anna = member(*THREE, step_down="one-step")
    count(anna, "2026-06-10", 100_000)
    count(anna, "2026-06-10", -100_000, told="2026-12-31")
    assert set(review(anna, "2027-01-01")) == {"silver", "gold", "platinum"}
    assert stands(anna, "2027-01-01")[0] == "member"


def test_looking_twice_changes_nothing(member):
    anna = member(*THREE, step_down="one-step", grace_days=5)
    count(anna, "2026-06-10", 100_000)
    review(anna, "2028-01-01")
    before = sorted(map(repr, tiers.grants(anna)))
    assert review(anna, "2028-01-01") == []
    assert sorted(map(repr, tiers.grants(anna))) == before


def test_a_tier_kept_by_a_plan_stays_at_its_end_while_the_plan_is_held(member):
    anna = member(PLANS, step("gold", spend("500.00"), keep='{ metric = "plan" }'))
    count(anna, "2026-06-10", 50_000)
    at = datetime(2027, 12, 20, 12, tzinfo=UTC)
    active = programmes.active()[1]
    held = {"since": at.date(), "months": 1, "at": at, "day": at.date()}
    transact(lambda: tiers.hold_plan(anna, active, "monthly", until=day("2028-01-01"), **held))
    assert review(anna, "2028-01-01") == []
    assert stands(anna, "2028-12-31")[0] == "gold"
    assert review(anna, "2029-01-01") == ["gold"]


def test_a_courtesy_tier_ends_with_its_date_and_is_not_reviewed(member):
    anna = member(step("friend", courtesy="true"), *STEPS)
    at = datetime(2026, 6, 10, tzinfo=UTC)
    transact(
        lambda: tiers.grant(
            anna,
            "friend",
            "courtesy",
            period="1",
            since=day("2026-06-10"),
            until=day("2026-09-30"),
            review_on=None,
            reached_by="staff/1",
            at=at,
        )
    )
    assert stands(anna, "2026-09-30") == ("friend", "2026-06-10", "2026-09-30")
    assert stands(anna, "2026-10-01")[0] == "member"
    assert tiers.next_due() is None


@pytest.mark.parametrize("period", ["calendar-year", "life", ROLLING])
@pytest.mark.both_engines(every_case=True)
def test_many_counted_together_are_as_one_after_the_other(member, period):
    days = '{ metric = "quantity", count = 5, categories = ["rental-day"] }'
    anna = member(step("silver", spend("200.00"), days), STEPS[1], period=period)
    bea = shop.join("c-2", at=datetime(2020, 1, 1, tzinfo=UTC))
    told = [
        ("2025-12-30", tiers.Counters(15_000, 1, 150), "2025-12-30"),
        ("2026-02-01", tiers.Counters(4_999, 1, 49), "2026-02-01"),
        ("2026-01-31", tiers.Counters(1, 1, 0), "2026-02-02"),
        ("2026-03-01", tiers.Counters(0, 1, 0, 5), "2026-03-01"),
        ("2026-03-01", tiers.Counters(40_000, 1, 400), "2026-03-01"),
        ("2026-12-30", tiers.Counters(50_000, 1, 500), "2026-12-30"),
    ]
    active = programmes.active()[1]

    def apart() -> list[list[str]]:
        return [
            count(anna, placed, c.spend, on, orders=c.orders, earned=c.earned, quantity=c.quantity)
            for placed, c, on in told
        ]

    def together() -> list[list[str]]:
        tally = tiers.Tally([bea])
        found = [
            tally.count(
                bea,
                active,
                change,
                placed_on=day(placed),
                reached_by="test",
                at=datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC),
            )
            for placed, change, on in told
        ]
        tally.write()
        return [[one.key for one in risen] for risen in found]

    assert apart() == transact(together)
    for model in (TierGrant, TierCounter, TierDay):
        assert rows(model, anna) == rows(model, bea)
    assert tiers.counters(bea)[2026].orders == 5


def test_a_year_ends_with_its_last_second_in_the_zone_of_the_programme(member):
    anna = member()
    assert count(anna, "2026-12-31", 19_999) == []
    assert count(anna, "2027-01-01", 1) == []
    assert count(anna, "2026-12-31", 1, told="2027-01-01") == ["silver"]


def test_the_last_years_of_the_calendar_come_to_an_end(member):
    anna = member(period=ROLLING)
    count(anna, "9998-12-01", 20_000)
    count(anna, "9998-12-02", 20_000)
    review(anna, "9999-12-31")
    bea = shop.join("c-2", at=datetime(2020, 1, 1, tzinfo=UTC))
    shop.publish(rules(), *STEPS)
    count(bea, "9998-12-01", 20_000)
    review(bea, "9999-12-31")


def test_a_fact_of_tiers_for_the_page_names_days_only_where_they_are_kept(member):
    anna = member(period=ROLLING)
    count(anna, "2026-06-10", 20_000, orders=1, earned=3, quantity=2)
    found = [
        (row.what, row.a, row.c, row.day, row.n1, row.n2, row.n3, row.n4, row.n5)
        for part in tiers.facts()
        for row in read(part, {"p_member": anna})
    ]
    silver = day("2026-06-10")
    assert found == [
        ("grant", "silver", "2026-06-10", silver, 0, 0, 0, 0, 0),
        ("counter", "", "", None, 2026, 20_000, 1, 3, 2),
        ("counter_day", "", "", silver, 20_000, 1, 3, 2, 0),
    ]
    late = {"p_member": anna, "p_counted_after": silver}
    assert [read(part, late).all() for part in tiers.facts()][2] == []
