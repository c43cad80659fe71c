"""Where somebody stands who was given a plan: decisions from facts alone."""

from datetime import date, timedelta

import pytest

from portal.billing import rules

TODAY, LAST = date(2026, 6, 10), date(2026, 9, 9)


def given(plan: str = "plus", since: date = TODAY, until: date = LAST, **facts) -> rules.Holding:
    return rules.Holding(plan, "given", from_on=since, ends_on=until, given="gift", **facts)


PAID = rules.Holding("gold", "active", paid_until=date(2026, 7, 10), amount_minor=300)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (TODAY - timedelta(1), None),
        (TODAY, ("active", True)),
        (LAST, ("active", True)),
        (LAST + timedelta(1), ("ended", False)),
    ],
)
def test_a_given_plan_is_on_from_its_first_day_to_its_last(day, found):
    one = rules.standing([given()], day)
    assert (one and (one.status, one.perks)) == found
    if one is not None:
        assert (one.last_day, one.next_charge_on, one.amount_minor, one.given) == (LAST, None, 0, "gift")


def test_taken_back_it_ends_the_day_before_and_before_it_began_it_never_was():
    back = given(ended_on=date(2026, 7, 1))
    assert rules.standing([back], date(2026, 6, 30)).perks
    assert rules.standing([back], date(2026, 7, 1)).status == "ended"
    assert rules.standing([given(ended_on=TODAY)], TODAY) is None


def test_what_is_paid_goes_first_and_benefits_are_the_union():
    life = rules.Holding("life", "paid", for_life=True)
    assert rules.standing([given(), PAID], TODAY).in_force == ("gold", "plus")
    assert rules.standing([given(), PAID, life], TODAY).in_force == ("life", "gold", "plus")
    paused = rules.Holding("gold", "paused", paid_until=LAST)
    assert rules.standing([given(), paused], TODAY).plan == "plus", "what stands still gives nothing"
    assert rules.standing([given(), PAID], date(2026, 10, 1)).plan == "gold"


@pytest.mark.parametrize(
    ("since", "last"),
    [
        (LAST, date(2026, 12, 31)),
        (LAST + timedelta(1), date(2026, 12, 31)),
        (LAST + timedelta(2), LAST),
    ],
)
def test_given_plans_without_a_gap_are_one(since, last):
    second = given(since=since, until=date(2026, 12, 31))
    for both in ([given(), second], [second, given()]):
        assert rules.standing(both, TODAY).last_day == last
        assert rules.standing(both, date(2026, 12, 31)).perks


def test_a_second_one_inside_the_first_ends_nothing_sooner():
    assert rules.standing([given(), given(until=date(2026, 7, 1))], TODAY).last_day == LAST


@pytest.mark.parametrize("interval", ["month", "year", "life"])
def test_who_was_given_a_plan_may_join(interval):
    assert rules.may_join([given()], interval, TODAY)
    assert rules.may_join([given(), PAID], interval, TODAY) == (interval == "life")
