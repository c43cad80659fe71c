"""Plans by event lines, on both engines (Reading 15): what stands on which day after them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from portal import billing
from portal.billing import wishes
from portal.errors import Refused
from tests.billing.told import anna, bea, line, rows, stands
from tests.notices.mailbox import programme

__all__ = ["anna", "bea", "programme"]

pytestmark = pytest.mark.both_engines


def test_it_starts_and_is_renewed_on_the_day_it_began(anna):
    assert stands(anna, "2026-01-31") is None
    line(anna, "started", "2026-01-31")
    assert stands(anna, "2026-02-01") == ("active", True, "2026-02-28")
    line(anna, "renewed", "2026-02-28")
    assert stands(anna, "2026-03-01") == ("active", True, "2026-03-31")


@pytest.mark.parametrize("change", ["started", "renewed"])
@pytest.mark.parametrize("until", [None, "2026-07-10"])
@pytest.mark.both_engines(every_case=True)
def test_the_same_payment_again_is_nothing(anna, change, until):
    line(anna, "started", "2026-06-10", until=until)
    before = rows()
    line(anna, change, "2026-06-10", until=until)
    assert rows() == before


def test_renewed_without_a_plan_is_started(anna):
    line(anna, "renewed", "2026-06-10", plan="plus-yearly")
    assert stands(anna, "2026-06-10") == ("active", True, "2027-06-10")


def test_a_failed_payment_keeps_everything_for_seven_days_and_recovery_leaves_no_gap(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "payment_failed", "2026-07-10")
    before = rows()
    line(anna, "payment_failed", "2026-07-12")
    assert rows() == before, "the window began with the first failure"
    assert stands(anna, "2026-07-17") == ("past_due", True, "2026-07-10")
    assert stands(anna, "2026-07-18") == ("ended", False, "2026-07-10")
    line(anna, "recovered", "2026-07-16")
    assert stands(anna, "2026-07-16") == ("active", True, "2026-08-10")
    before = rows()
    line(anna, "recovered", "2026-07-17")
    assert rows() == before


def test_after_the_window_a_payment_starts_it_anew(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "payment_failed", "2026-07-10")
    with pytest.raises(Refused, match="conflict"):
        line(anna, "recovered", "2026-07-20")
    line(anna, "renewed", "2026-07-20")
    assert stands(anna, "2026-07-20") == ("active", True, "2026-08-20")


def test_a_renewal_that_nobody_told_is_a_failure_on_the_next_day(anna):
    line(anna, "started", "2026-06-10")
    assert stands(anna, "2026-07-11") == ("past_due", True, "2026-07-10")
    line(anna, "payment_failed", "2026-07-14")
    assert stands(anna, "2026-07-18") == ("past_due", True, "2026-07-10")
    assert stands(anna, "2026-07-19")[0] == "ended"


def test_a_wish_to_end_keeps_all_to_the_last_paid_day_and_can_be_withdrawn(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "cancel_requested", "2026-06-20")
    assert stands(anna, "2026-07-10") == ("cancelling", True, "2026-07-10")
    assert stands(anna, "2026-07-11") == ("ended", False, "2026-07-10")
    line(anna, "kept", "2026-06-25")
    assert stands(anna, "2026-07-10") == ("active", True, "2026-07-10")


def test_a_wish_to_end_on_the_last_paid_day_keeps_that_day(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "cancel_requested", "2026-07-10")
    assert stands(anna, "2026-07-10") == ("cancelling", True, "2026-07-10")
    assert stands(anna, "2026-07-11") == ("ended", False, "2026-07-10")


def test_a_wish_to_end_on_the_day_after_it_ends_at_once(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "cancel_requested", "2026-07-11")
    assert stands(anna, "2026-07-11") == ("ended", False, "2026-07-10")


def test_a_pause_stops_perks_and_going_on_gives_them_back(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "paused", "2026-06-20")
    assert stands(anna, "2026-06-20") == ("paused", False, "2026-07-10")
    assert stands(anna, "2026-09-20") == ("paused", False, "2026-07-10")
    line(anna, "resumed", "2026-07-01")
    assert stands(anna, "2026-07-01") == ("active", True, "2026-07-10")


@pytest.mark.parametrize("resumes", [True, False], ids=["resumed", "paid at once"])
def test_after_a_pause_a_payment_buys_a_whole_month_from_that_day(anna, resumes):
    line(anna, "started", "2026-01-05")
    line(anna, "paused", "2026-01-20")
    if resumes:
        line(anna, "resumed", "2026-05-20")
    line(anna, "renewed", "2026-05-20")
    assert stands(anna, "2026-05-21") == ("active", True, "2026-06-20")
    line(anna, "renewed", "2026-06-20")
    assert stands(anna, "2026-06-21") == ("active", True, "2026-07-20")


@pytest.mark.parametrize(
    "change", ["payment_failed", "recovered", "cancel_requested", "kept", "paused", "ended"]
)
def test_a_line_for_a_plan_that_does_not_run_leaves_the_one_that_does(anna, change):
    line(anna, "started", "2026-06-10", plan="plus-yearly")
    before = rows()
    with pytest.raises(Refused, match="conflict"):
        line(anna, change, "2026-06-20")
    assert rows() == before


def test_a_payment_of_another_plan_for_a_time_that_is_over_ends_nothing(anna):
    line(anna, "started", "2026-06-10", plan="plus-yearly")
    line(anna, "renewed", "2026-06-20", until="2026-05-31")
    found = billing.standing(anna, date(2026, 6, 20))
    assert (found.plan, found.status, found.paid_until) == ("plus-yearly", "active", date(2027, 6, 10))


def test_a_payment_for_less_than_is_paid_takes_nothing_away(anna):
    line(anna, "started", "2026-06-10", until="2026-08-10")
    line(anna, "renewed", "2026-06-20", until="2026-05-31")
    assert stands(anna, "2026-06-21") == ("active", True, "2026-08-10")


def test_ended_stops_at_once_and_again_is_refused(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "ended", "2026-06-20")
    assert stands(anna, "2026-06-20") == ("ended", False, "2026-07-10")
    with pytest.raises(Refused, match="conflict"):
        line(anna, "ended", "2026-06-21")


@pytest.mark.parametrize(
    "change", ["payment_failed", "recovered", "cancel_requested", "kept", "paused", "resumed", "ended"]
)
def test_nothing_changes_where_nothing_runs(anna, change):
    for plan in ("plus-monthly", "plus-life"):
        with pytest.raises(Refused, match="conflict"):
            line(anna, change, "2026-06-10", plan=plan)
    assert not rows()


def test_an_unknown_plan_is_refused(anna):
    with pytest.raises(Refused, match="unknown_key"):
        line(anna, "started", "2026-06-10", plan="gold")


def test_for_life_is_paid_once_and_what_renews_beside_it_runs_out(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "started", "2026-06-15", plan="plus-life")
    before = rows()
    line(anna, "renewed", "2026-06-16", plan="plus-life")
    assert rows() == before
    assert stands(anna, "2030-01-01") == ("active", True, None)
    line(anna, "ended", "2026-06-20", plan="plus-life")
    assert stands(anna, "2026-06-20") == ("cancelling", True, "2026-07-10"), "the month is still paid for"
    assert stands(anna, "2026-07-11")[0] == "ended"


def test_another_plan_takes_the_place_of_the_one_that_runs(anna):
    line(anna, "started", "2026-06-10")
    line(anna, "started", "2026-06-20", plan="plus-yearly", until="2027-06-20")
    found = billing.standing(anna, date(2026, 6, 20))
    assert (found.plan, found.paid_until) == ("plus-yearly", date(2027, 6, 20))
    assert len(rows()) == 1


def test_each_payment_is_told_once_and_every_change_is_followed(bea, monkeypatch):
    told: list[Any] = []
    monkeypatch.setattr(
        "portal.granting.paid",
        lambda _m, _p, plan, **how: told.append((plan, str(how["paid_on"]), str(how["until"]))),
    )
    monkeypatch.setattr("portal.granting.follow", lambda *_, **how: told.append(str(how["day"])))
    line(bea, "started", "2026-06-10", plan="monthly")
    line(bea, "started", "2026-06-10", plan="monthly")
    line(bea, "paused", "2026-06-20", plan="monthly")
    line(bea, "started", "2026-06-25", plan="life")
    assert told == [
        ("monthly", "2026-06-10", "2026-07-10"), "2026-06-10", "2026-06-10", "2026-06-20",
        ("life", "2026-06-25", "None"), "2026-06-25",
    ]  # fmt: skip


def test_its_member_ends_it_and_keeps_it_by_herself_without_stripe(anna):
    line(anna, "started", "2026-01-31")
    now = datetime(2026, 2, 10, 12, tzinfo=UTC)
    assert wishes.ask_to_end(anna, None, now) == "done"
    assert stands(anna, "2026-02-11") == ("cancelling", True, "2026-02-28")
    assert wishes.ask_to_keep(anna, now) == "done"
    assert stands(anna, "2026-02-11") == ("active", True, "2026-02-28")
