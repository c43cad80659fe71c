"""Grants: on joining, with a tier, each month and year, with payments; once each."""

import pytest
from flask import Flask

from portal import giving, granting, ledger, people, tiers
from portal import programme as programmes
from portal.db import transact
from tests.granting.hands import (
    GIFTS,
    PLANS,
    available,
    have,
    hold,
    instant,
    issued_on,
    join,
    live,
    pay,
    points,
    rise,
    sound,
    state,
    told,
)
from tests.ledger import shop

pytestmark = pytest.mark.both_engines


def grant(on: str, more: str = "", gives: str = 'reward = "gift"', key: str = "thanks") -> str:
    return f'\n[[grants]]\nkey = "{key}"\nlabel = "With thanks"\non = "{on}"\n{more}\ngives = {{ {gives} }}\n'


def test_a_welcome_gift_comes_with_joining_and_not_for_who_was_a_member_before(app):
    shop.publish(grant("joining"), GIFTS)
    anna, ben = join(), join(ref="c-2", first_time=False)
    assert have(anna, "2026-01-15") == [("gift", "available", "joining")]
    assert have(ben, "2026-01-15") == []
    _, active = programmes.active()
    transact(lambda: granting.joined(anna, active, first_time=True, **told("2026-01-16")))
    assert len(have(anna, "2026-01-16")) == 1
    sound()


def test_points_of_a_grant_are_earned_that_day_and_explain_themselves(app):
    shop.publish(grant("joining", gives='points = 30, badge = "New"'))
    anna = join()
    assert points(anna) == 30
    assert state(anna, "2026-01-15").badges == ["thanks"]
    (entry,) = ledger.newest_entries(anna)
    assert (entry.source, entry.source_ref, str(entry.on_day)) == ("grant", "thanks/", "2026-01-15")
    assert entry.trace == {
        "given": {"by": "grant", "key": "thanks", "label": "With thanks"},
        "points": 30,
        "on": "joining",
        "period": "",
    }
    sound()


@pytest.fixture
def gold(app: Flask) -> str:
    """A member in a programme that gives once a year of Silver."""
    shop.publish(grant("year", 'tiers = ["silver"]'), shop.tiers("200.00"), GIFTS)
    return join("2025-06-01")


def test_once_a_year_of_a_tier_on_reaching_it_and_on_each_new_years_day_while_it_is_held(gold):
    assert live("2026-12-31") == []
    rise(gold, "silver", "2026-05-20", "2028-12-31")
    assert issued_on(gold) == ["2026-05-20"]
    assert live("2030-12-31") == ["2027-01-01", "2028-01-01", "2029-01-01"]
    assert issued_on(gold) == ["2026-05-20", "2027-01-01", "2028-01-01"]
    sound()


def test_a_tier_that_was_lost_and_reached_again_in_one_year_gives_no_second_time(gold):
    rise(gold, "silver", "2026-02-01", "2026-03-01")
    rise(gold, "silver", "2026-09-01", "2026-12-31")
    assert issued_on(gold) == ["2026-02-01"]
    live("2027-06-01")
    rise(gold, "silver", "2027-06-02", "2027-12-31")
    assert issued_on(gold) == ["2026-02-01", "2027-06-02"]


def test_reaching_it_on_the_last_day_of_the_year_gives_for_both_years(gold):
    rise(gold, "silver", "2026-12-31", "2027-12-31")
    live("2027-01-01")
    assert issued_on(gold) == ["2026-12-31", "2027-01-01"]


def test_each_month_of_a_plan_from_its_beginning_to_its_end(app):
    shop.publish(grant("month", 'plans = ["monthly"]'), PLANS, GIFTS)
    anna = join()
    hold(anna, "monthly", "2026-01-31", "2026-04-01")
    assert issued_on(anna) == ["2026-01-31"]
    assert live("2026-12-31") == ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]
    assert issued_on(anna) == ["2026-01-31", "2026-02-01", "2026-03-01", "2026-04-01"]
    hold(anna, "monthly", "2026-06-15", "2026-06-30")
    assert issued_on(anna)[4:] == ["2026-06-15"]
    sound()


def test_a_tier_that_begins_or_ends_by_itself_is_followed_on_its_day(app):
    shop.publish(grant("month", 'tiers = ["silver"]'), shop.tiers("200.00", "500.00"), GIFTS)
    anna = join("2026-01-15")
    rise(anna, "silver", "2026-03-10", None, on="2026-02-01")  # told ahead
    rise(anna, "gold", "2026-04-05", "2026-06-20", on="2026-02-01")
    assert issued_on(anna) == []
    live("2026-08-01")
    silver = ["2026-03-10", "2026-04-01"]
    assert issued_on(anna) == [*silver, "2026-06-21", "2026-07-01", "2026-08-01"]
    sound()


def test_each_month_for_everybody_begins_with_joining(app):
    shop.publish(grant("month", gives="points = 5"))
    anna = join("2026-01-15")
    assert points(anna) == 5
    live("2026-04-01")
    assert points(anna) == 20
    sound()


def test_a_grant_of_a_tier_comes_once_ever_also_when_it_was_passed(app):
    shop.publish(grant("tier", 'tiers = ["silver"]'), shop.tiers("200.00", "500.00"), GIFTS)
    anna = join("2025-01-01")
    rise(anna, "silver", "2025-05-01", "2025-12-31")
    rise(anna, "gold", "2025-05-01", "2025-12-31")
    rise(anna, "silver", "2027-05-01", "2027-12-31")
    assert issued_on(anna) == ["2025-05-01"]
    ben = join("2025-01-01", "c-2")
    _, active = programmes.active()

    def passes() -> None:
        for tier in ("silver", "gold"):
            tiers.grant(
                ben, tier, "earned", period="2026", since=shop.TODAY, until=None, review_on=None, reached_by="test",
                at=instant(shop.TODAY),
            )  # fmt: skip
        granting.follow(ben, active, **told("2026-06-10"))

    transact(passes)
    assert len(issued_on(ben)) == 1
    sound()


def test_a_payment_by_month_gives_once_for_each_last_paid_day(app):
    shop.publish(grant("payment", 'plans = ["monthly"]'), PLANS, GIFTS)
    anna = join()
    hold(anna, "monthly", "2026-01-31", "2026-02-28")
    pay(anna, "monthly", "2026-01-31", "2026-02-28")
    pay(anna, "monthly", "2026-01-31", "2026-02-28")
    pay(anna, "monthly", "2026-03-01", "2026-03-31")
    assert have(anna, "2026-03-01") == [("gift", "available", "payment:thanks")] * 2
    assert live("2026-12-31") == []
    sound()


@pytest.fixture
def yearly(app: Flask) -> str:
    """A member who has paid for a year on 31 January."""
    shop.publish(grant("payment", 'plans = ["yearly"]'), PLANS, GIFTS)
    anna = join("2026-01-01")
    hold(anna, "yearly", "2026-01-31", "2027-01-31", months=12)
    pay(anna, "yearly", "2026-01-31", "2027-01-31")
    return anna


MONTHLY = [
    *("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"),
    *("2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"),
]


def test_a_payment_by_year_gives_on_twelve_monthly_days(yearly):
    assert issued_on(yearly) == MONTHLY[:1]
    live("2027-12-31")
    assert issued_on(yearly) == MONTHLY
    pay(yearly, "yearly", "2026-01-31", "2027-01-31")
    assert live("2027-12-31") == []
    sound()


def test_the_next_payment_gives_twelve_more_and_loses_none_of_the_first(yearly):
    live("2026-12-15")
    hold(yearly, "yearly", "2026-01-31", "2028-01-31", on="2026-12-20", months=24)
    pay(yearly, "yearly", "2026-12-20", "2028-01-31")
    live("2028-12-31")
    assert len(issued_on(yearly)) == 24
    assert issued_on(yearly)[10:14] == ["2026-11-30", "2026-12-20", "2026-12-31", "2027-01-20"]


def test_a_plan_that_ends_stops_the_days_to_come(yearly):
    live("2026-04-29")
    hold(yearly, "yearly", "2026-01-31", "2026-04-29", on="2026-04-30")
    live("2027-12-31")
    assert issued_on(yearly) == MONTHLY[:3]


def test_a_plan_begun_anew_counts_its_own_twelve_alone(yearly):
    live("2026-03-10")
    hold(yearly, "yearly", "2026-01-31", "2026-03-10", on="2026-03-11")
    live("2026-05-04")
    hold(yearly, "yearly", "2026-05-05", "2027-05-05", months=12)
    pay(yearly, "yearly", "2026-05-05", "2027-05-05")
    live("2028-12-31")
    days = issued_on(yearly)
    assert days[:3] == ["2026-01-31", "2026-02-28", "2026-05-05"]
    assert (len(days), days[-1]) == (14, "2027-04-05")


def test_a_payment_for_life_gives_once(app):
    shop.publish(grant("payment", 'plans = ["life"]'), PLANS, GIFTS)
    anna = join()
    hold(anna, "life", "2026-02-01", None)
    pay(anna, "life", "2026-02-01", None)
    pay(anna, "life", "2026-02-01", None)
    assert live("2030-01-01") == []
    assert issued_on(anna) == ["2026-02-01"]


def test_the_first_payment_ever_of_a_plan_brings_what_the_programme_gives_to_a_charity(app):
    shop.publish(
        PLANS,
        '\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n',
        '\n[[funding]]\nkey = "one"\nlabel = "One"\non = "plan"\nplans = ["monthly"]\ncharity = "trees"\n'
        'amount = "5.00"\n',
    )
    anna = join()
    pay(anna, "life", "2026-02-01", None)
    assert giving.funded_totals() == {}
    for day, until in (
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-31"),
        ("2026-06-01", "2026-06-30"),
    ):
        pay(anna, "monthly", day, until)
    assert giving.funded_totals() == {"trees": 500}


def test_who_has_left_is_given_nothing_more(yearly):
    transact(lambda: people.leave(yearly))
    assert live("2027-12-31") == ["2026-02-28"]
    assert available(yearly, "2026-03-01") == 1
    assert shop.rows("agenda") == shop.rows("planned") == 0
