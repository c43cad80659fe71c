"""Tiers that come with something held, on both engines: they begin with it and end with it, at once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from portal import programme as programmes
from portal import tiers
from portal.db import transact
from portal.errors import Refused
from tests.ledger import shop
from tests.tiers.ladders import PLANS, STEPS, day, rules, spend, step
from tests.tiers.test_counting import count, review, stands

pytestmark = pytest.mark.both_engines
PLUS = step("plus", '{ metric = "plan", plans = ["monthly", "life"] }')
VIP = step("vip", '{ metric = "paid-months", count = 6 }')
CARD = step("card", '{ metric = "attribute", attribute = "store_card" }')


@pytest.fixture
def anna(app: Flask) -> str:
    """A member where tiers come by buying, with a plan, with six paid months and with a card."""
    shop.publish(rules(), PLANS, *STEPS, PLUS, VIP, CARD)
    return shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))


def hold(
    member_id: str, on: str, until: str | None, months: int = 1, plan: str = "monthly", since: str = ""
) -> None:
    at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    transact(
        lambda: tiers.hold_plan(
            member_id,
            programmes.active()[1],
            plan,
            since=day(since or on),
            until=until and day(until),
            months=months,
            at=at,
            day=day(on),
        )
    )


def follow(
    member_id: str,
    on: str,
    *,
    holds: bool,
    since: str = "",
    until: str | None = None,
    name: str = "store_card",
) -> None:
    at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    transact(
        lambda: tiers.follow_attribute(
            member_id,
            programmes.active()[1],
            name,
            holds=holds,
            since=day(since or on),
            until=until and day(until),
            at=at,
            day=day(on),
        )
    )


def test_a_tier_by_plan_lasts_with_the_plan_as_it_is_told(anna):
    hold(anna, "2026-06-10", "2026-07-18")
    assert stands(anna, "2026-06-09")[0] == "member"
    assert stands(anna, "2026-06-10") == ("plus", "2026-06-10", "2026-07-18")
    hold(anna, "2026-07-10", "2026-08-18", 2)
    assert stands(anna, "2026-07-19") == ("plus", "2026-06-10", "2026-08-18")
    hold(anna, "2026-07-20", "2026-08-10", 2)  # she wants it to end
    assert stands(anna, "2026-08-10")[0] == "plus"
    assert stands(anna, "2026-08-11")[0] == "member"
    assert tiers.plans_on(anna, date(2026, 8, 10)) == ("monthly",)
    assert tiers.plans_on(anna, date(2026, 8, 11)) == ()


def test_what_is_told_twice_is_told_once(anna):
    def told() -> Any:
        return sorted(map(repr, tiers.grants(anna))), tiers.plans_on(anna, day("2026-06-10"))

    hold(anna, "2026-06-10", "2026-07-18", 6)
    follow(anna, "2026-06-10", holds=True)
    before = told()
    hold(anna, "2026-06-10", "2026-07-18", 6)
    follow(anna, "2026-06-10", holds=True)
    assert told() == before
    assert len(tiers.grants(anna)) == 3


def test_a_plan_that_ended_ends_its_tiers_at_once_and_is_never_told_longer(anna):
    hold(anna, "2026-06-10", "2026-07-18", 6)
    assert stands(anna, "2026-06-10")[0] == "vip"
    hold(anna, "2026-06-20", "2026-06-19", 6)
    assert stands(anna, "2026-06-19")[0] == "vip"
    assert stands(anna, "2026-06-20")[0] == "member"
    hold(anna, "2026-06-25", "2026-06-24", 6)  # told again later
    assert stands(anna, "2026-06-20")[0] == "member"
    assert tiers.plans_on(anna, day("2026-06-20")) == ()


def test_a_plan_that_began_and_ended_on_one_day_gave_nothing(anna):
    hold(anna, "2026-06-10", "2026-07-18")
    hold(anna, "2026-06-10", "2026-06-09")
    assert stands(anna, "2026-06-10")[0] == "member"
    hold(anna, "2026-06-10", "2026-07-18")
    assert stands(anna, "2026-06-10") == ("plus", "2026-06-10", "2026-07-18")


def test_a_plan_that_was_never_held_and_has_ended_is_nothing(anna):
    hold(anna, "2026-06-20", "2026-06-19")
    assert (tiers.grants(anna), tiers.paid_months(anna, "monthly")) == ([], 0)


def test_a_tier_that_a_newer_version_gives_no_more_stays_to_the_last_day_that_was_told(anna):
    hold(anna, "2026-06-01", "2026-07-09")
    shop.publish(rules(), PLANS, *STEPS, step("plus", spend("9000.00")), VIP, CARD)
    hold(anna, "2026-07-01", "2026-08-09")  # it is renewed
    assert [stands(anna, on)[0] for on in ("2026-07-09", "2026-07-10")] == ["plus", "member"]
    hold(anna, "2026-07-05", "2026-07-04")  # it has ended
    assert stands(anna, "2026-07-05")[0] == "member"


def test_a_pause_takes_the_tier_and_going_on_gives_it_from_that_day(anna):
    hold(anna, "2026-06-10", "2026-07-18", 7)
    hold(anna, "2026-06-20", "2026-06-19", 7)
    hold(anna, "2026-07-01", "2026-08-18", 7, since="2026-06-10")
    assert [stands(anna, on)[0] for on in ("2026-06-19", "2026-06-20", "2026-06-30", "2026-07-01")] == [
        "vip", "member", "member", "vip",
    ]  # fmt: skip
    assert stands(anna, "2026-07-01")[1] == "2026-07-01"
    assert tiers.paid_months(anna, "monthly") == 7


def test_the_sixth_payment_in_a_row_makes_the_tier_and_a_new_start_counts_from_one(anna):
    for month in range(1, 6):
        hold(anna, f"2026-0{month}-10", f"2026-0{month + 1}-18", month)
    assert stands(anna, "2026-05-10")[0] == "plus"
    hold(anna, "2026-06-10", "2026-07-18", 6)
    assert stands(anna, "2026-06-09")[0] == "plus"
    assert stands(anna, "2026-06-10") == ("vip", "2026-06-10", "2026-07-18")
    assert stands(anna, "2026-07-19")[0] == "member"  # nobody told of anything: it ended by itself
    hold(anna, "2026-07-19", "2026-08-27", 1)
    assert stands(anna, "2026-07-18")[0] == "vip"
    assert stands(anna, "2026-07-19")[0] == "plus"


def test_a_year_counts_twelve(anna):
    hold(anna, "2026-06-10", "2027-06-18", 12, "yearly")
    assert stands(anna, "2026-06-10") == ("vip", "2026-06-10", "2027-06-18")


def test_of_two_plans_the_longer_one_holds_the_tier(anna):
    hold(anna, "2026-06-10", "2026-07-18")
    hold(anna, "2026-06-20", None, 0, "life")
    assert stands(anna, "2030-01-01") == ("plus", "2026-06-10", None)
    assert tiers.plans_on(anna, day("2026-07-18")) == ("life", "monthly")
    hold(anna, "2026-06-25", "2026-06-24", 0, "life")
    assert stands(anna, "2026-06-25") == ("plus", "2026-06-10", "2026-07-18")


def test_a_card_gives_its_tier_and_takes_it_on_the_very_day_and_the_earned_one_stands_beneath(anna):
    count(anna, "2026-06-01", 20_000)
    follow(anna, "2026-06-10", holds=True)
    assert stands(anna, "2026-06-10") == ("card", "2026-06-10", None)
    follow(anna, "2026-08-01", holds=False)
    assert stands(anna, "2026-07-31")[0] == "card"
    assert stands(anna, "2026-08-01") == ("silver", "2026-06-01", "2027-12-31")
    follow(anna, "2026-09-01", holds=True)
    assert stands(anna, "2026-09-01") == ("card", "2026-09-01", None)
    assert stands(anna, "2026-08-15")[0] == "silver"  # what was is not changed
    assert review(anna, "2028-01-01") == ["silver"]


def test_a_fact_may_begin_later_and_end_by_itself(anna):
    follow(anna, "2026-06-10", holds=True, since="2026-07-01", until="2026-07-31")
    assert [stands(anna, on)[0] for on in ("2026-06-30", "2026-07-01", "2026-07-31", "2026-08-01")] == [
        "member", "card", "card", "member",
    ]  # fmt: skip
    follow(anna, "2026-07-10", holds=True, until="2026-08-31")
    assert stands(anna, "2026-08-31") == ("card", "2026-07-01", "2026-08-31")
    follow(anna, "2026-07-20", holds=False, since="2026-08-15")
    assert [stands(anna, on)[0] for on in ("2026-08-14", "2026-08-15")] == ["card", "member"]


def test_another_fact_gives_nothing_and_takes_nothing(anna):
    follow(anna, "2026-06-10", holds=True, name="veteran")
    assert tiers.grants(anna) == []
    follow(anna, "2026-06-10", holds=True)
    follow(anna, "2026-06-11", holds=False, name="veteran")
    assert stands(anna, "2026-06-11")[0] == "card"


def test_two_facts_that_give_one_tier_end_each_by_itself(app):
    shop.publish(
        rules(),
        step("card", *(f'{{ metric = "attribute", attribute = "{one}" }}' for one in ("blue", "green"))),
    )
    anna = shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))
    for colour in ("blue", "green"):
        follow(anna, "2026-06-10", holds=True, name=colour)
    follow(anna, "2026-06-20", holds=False, name="blue")
    assert stands(anna, "2026-06-20") == ("card", "2026-06-10", None)
    follow(anna, "2026-06-30", holds=False, name="green")
    assert stands(anna, "2026-06-30")[0] == "member"


def paused(member_id: str, on: str) -> str:
    at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    return str(transact(lambda: tiers.pause(member_id, programmes.active()[1], at=at, day=day(on))))


def refusal(member_id: str, on: str) -> str:
    with pytest.raises(Refused) as refused:
        paused(member_id, on)
    return refused.value.code


def pausing(*parts: str, **said: str) -> str:
    shop.publish(rules(pause="{ days = 180, once_in_months = 24 }", **said), *(parts or STEPS))
    return shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_pause_lets_the_tier_last_longer_and_moves_its_end_and_not_the_look_at_its_own_year(app):
    anna = pausing()
    count(anna, "2026-06-10", 20_000)
    assert paused(anna, "2026-07-01") == "2028-06-28"
    assert paused(anna, "2026-07-01") == "2028-06-28", "a second tap is the same wish"
    assert tiers.next_due() == day("2027-01-01")
    assert review(anna, "2028-06-28") == []
    assert stands(anna, "2028-06-28") == ("silver", "2026-06-10", "2028-06-28")
    assert review(anna, "2028-06-29") == ["silver"]


def test_a_pause_of_rolling_months_moves_the_review(app):
    anna = pausing(period="rolling-12-months")
    count(anna, "2026-06-10", 20_000)
    assert paused(anna, "2027-06-09") == "2027-12-06"
    assert tiers.next_due() == day("2027-12-07")


@pytest.mark.parametrize(("again", "code"), [("2028-06-30", "limit_reached"), ("2028-07-01", None)])
def test_a_second_pause_comes_after_its_months_and_not_a_day_before(app, again, code):
    anna = pausing()
    count(anna, "2026-06-10", 20_000)
    paused(anna, "2026-07-01")
    for placed in ("2027-06-10", "2028-06-10"):
        count(anna, placed, 20_000)
    if code:
        assert refusal(anna, again) == code
    else:
        assert paused(anna, again) == "2030-06-29"


def test_there_is_nothing_to_pause_without_an_earned_tier_that_ends_or_where_the_programme_has_no_pause(app):
    anna = pausing(*STEPS, CARD)
    assert refusal(anna, "2026-07-01") == "not_allowed"
    follow(anna, "2026-06-10", holds=True)
    assert refusal(anna, "2026-07-01") == "not_allowed"
    count(anna, "2026-06-10", 20_000)
    assert paused(anna, "2026-07-01") == "2028-06-28"  # the earned one, beneath
    assert refusal(anna, "2028-06-30") == "not_allowed"  # it has ended
    shop.publish(rules(), *STEPS)
    count(anna, "2028-07-01", 20_000)
    assert refusal(anna, "2028-07-02") == "not_allowed"


def test_a_tier_for_life_has_no_clock(app):
    shop.publish(rules(period="life"), step("silver", spend("200.00")))
    anna = shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))
    count(anna, "2026-06-10", 20_000)
    assert refusal(anna, "2026-07-01") == "not_allowed"
