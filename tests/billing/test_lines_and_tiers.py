"""Tiers that come of plans told by event lines: as long as benefits last, and by months paid in a row."""

from datetime import date, timedelta

import pytest

from portal import billing, tiers
from tests.billing.told import bea, line, stands, tier_of

__all__ = ["bea"]

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        # a renewal that nobody tells of counts as failed on 11 July, and the window is seven days more
        ([("started", "2026-06-10")], "2026-07-18"),
        ([("started", "2026-06-10"), ("renewed", "2026-07-10")], "2026-08-18"),
        ([("started", "2026-06-10"), ("payment_failed", "2026-07-10")], "2026-07-17"),
        ([("started", "2026-06-10"), ("payment_failed", "2026-07-14")], "2026-07-18"),
        ([("started", "2026-06-10"), ("payment_failed", "2026-07-10"), ("recovered", "2026-07-17")], "2026-08-18"),
        ([("started", "2026-06-10"), ("cancel_requested", "2026-06-20")], "2026-07-10"),
        ([("started", "2026-06-10"), ("cancel_requested", "2026-06-20"), ("kept", "2026-06-21")], "2026-07-18"),
        ([("started", "2026-06-10"), ("paused", "2026-06-20"), ("resumed", "2026-06-25")], "2026-07-18"),
    ],
)  # fmt: skip
@pytest.mark.both_engines(every_case=True)
def test_tiers_are_told_the_last_day_of_benefits_as_things_stand(bea, changes, until):
    for change, on in changes:
        line(bea, change, on, plan="monthly")
    last = date.fromisoformat(until)
    assert tier_of(bea, until)[0] == "plus"
    assert tier_of(bea, str(last + timedelta(days=1)))[0] == "member"
    assert (tiers.plans_on(bea, last), tiers.plans_on(bea, last + timedelta(days=1))) == (("monthly",), ())
    assert billing.standing(bea, last).perks, "what tiers are told and what perks follow is one thing"
    assert not billing.standing(bea, last + timedelta(days=1)).perks


@pytest.mark.parametrize("change", ["paused", "ended"])
@pytest.mark.both_engines(every_case=True)
def test_what_stops_at_once_stops_the_tier_on_that_day(bea, change):
    line(bea, "started", "2026-06-10", plan="monthly")
    line(bea, change, "2026-06-20", plan="monthly")
    assert tier_of(bea, "2026-06-19")[0] == "plus"
    assert tier_of(bea, "2026-06-20")[0] == "member"
    assert tiers.plans_on(bea, date(2026, 6, 20)) == ()


def pay_months(member: str, last: int) -> None:
    for month in range(1, last + 1):
        line(member, "started" if month == 1 else "renewed", f"2026-{month:02}-10", plan="monthly")


def test_the_tier_of_six_months_begins_with_the_sixth_payment(bea):
    pay_months(bea, 5)
    assert tier_of(bea, "2026-06-09")[0] == "plus"
    line(bea, "renewed", "2026-06-10", plan="monthly")
    line(bea, "renewed", "2026-06-10", plan="monthly")
    assert tiers.paid_months(bea, "monthly") == 6
    assert tier_of(bea, "2026-06-10") == ("vip", "2026-07-18")


def test_a_card_that_recovers_in_its_window_does_not_break_the_row(bea):
    pay_months(bea, 5)
    line(bea, "payment_failed", "2026-06-10", plan="monthly")
    line(bea, "recovered", "2026-06-17", plan="monthly")
    line(bea, "recovered", "2026-06-17", plan="monthly")
    assert tiers.paid_months(bea, "monthly") == 6
    assert tier_of(bea, "2026-06-17")[0] == "vip"


def test_a_lapse_of_one_day_does_and_starts_again_at_one(bea):
    pay_months(bea, 5)
    line(bea, "payment_failed", "2026-06-10", plan="monthly")
    line(bea, "renewed", "2026-06-18", plan="monthly")
    assert tiers.paid_months(bea, "monthly") == 1
    assert tier_of(bea, "2026-06-18")[0] == "plus"
    for month in range(7, 12):
        assert tier_of(bea, f"2026-{month:02}-18")[0] == "plus"
        line(bea, "renewed", f"2026-{month:02}-18", plan="monthly")
    assert tier_of(bea, "2026-11-18")[0] == "vip"


def test_a_pause_neither_adds_nor_breaks(bea):
    pay_months(bea, 5)
    line(bea, "paused", "2026-05-20", plan="monthly")
    line(bea, "resumed", "2026-09-01", plan="monthly", until="2026-09-10")
    assert tiers.paid_months(bea, "monthly") == 5
    line(bea, "renewed", "2026-09-10", plan="monthly")
    assert tiers.paid_months(bea, "monthly") == 6
    assert tier_of(bea, "2026-09-10")[0] == "vip"


def test_a_payment_that_is_told_again_in_a_pause_adds_nothing(bea):
    line(bea, "started", "2026-06-10", plan="monthly", until="2026-07-10")
    line(bea, "paused", "2026-06-20", plan="monthly")
    line(bea, "renewed", "2026-06-25", plan="monthly", until="2026-07-10")
    assert tiers.paid_months(bea, "monthly") == 1
    assert stands(bea, "2026-06-25")[0] == "active"


def test_a_year_counts_twelve_and_another_plan_carries_the_row_on(bea):
    pay_months(bea, 3)
    line(bea, "started", "2026-03-20", plan="yearly", until="2027-03-20")
    assert tiers.paid_months(bea, "yearly") == 15
    assert tiers.plans_on(bea, date(2026, 3, 20)) == ("yearly",)
    assert tier_of(bea, "2026-03-20") == ("vip", "2027-03-28")


def test_for_life_there_is_no_end_and_all_months_are_paid(bea):
    line(bea, "started", "2026-06-10", plan="life")
    assert tier_of(bea, "2026-06-10") == ("vip", None)
    line(bea, "ended", "2026-06-20", plan="life")
    assert tier_of(bea, "2026-06-19")[0] == "vip"
    assert tier_of(bea, "2026-06-20")[0] == "member"


def test_a_plan_paid_to_the_end_of_the_calendar_has_no_end(bea):
    line(bea, "started", "2026-06-10", plan="monthly", until="9999-12-31")
    assert tier_of(bea, "2026-06-10") == ("plus", None)
