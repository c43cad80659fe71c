"""Plans by event lines, on both engines (Reading 15): what stands on which day after them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import billing, tiers
from portal import programme as programmes
from portal.billing import wishes
from portal.billing.models import Purchase, Subscription
from portal.db import read, transact
from portal.errors import Refused
from tests.home.doors import join
from tests.ledger import shop
from tests.notices.mailbox import programme
from tests.tiers.ladders import PLANS, step

__all__ = ["programme"]

pytestmark = pytest.mark.both_engines


@pytest.fixture
def anna(programme) -> str:
    return join()


def line(member: str, change: str, on: str, plan: str = "plus-monthly", until: str | None = None) -> None:
    at = datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)
    paid_until = None if until is None else date.fromisoformat(until)
    transact(lambda: billing.record_plan_change(member, plan, change, at=at, paid_until=paid_until))


def stands(member: str, on: str) -> tuple[str, bool, str | None] | None:
    found = billing.standing(member, date.fromisoformat(on))
    return (
        None
        if found is None
        else (found.status, found.perks, str(found.paid_until) if found.paid_until else None)
    )


def rows() -> list[str]:
    return [repr(row) for model in (Subscription, Purchase) for row in read(select(model.__table__)).all()]


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


def tier_of(member: str, on: str) -> tuple[str, str | None]:
    """Her tier on a day, and its last day as things stand."""
    _, active = programmes.active()
    found = tiers.standing(active, tiers.grants(member), date.fromisoformat(on), date(2020, 1, 1))
    return found.tier.key, str(found.until) if found.until else None


LADDER = (
    step("plus", '{ metric = "plan", plans = ["monthly", "yearly"] }'),
    step("vip", '{ metric = "paid-months", count = 6 }'),
)


@pytest.fixture
def bea(app) -> str:
    """A member where a plan gives a tier, and six paid months the next."""
    shop.publish(PLANS, *LADDER)
    return shop.join(at=datetime(2020, 1, 1, tzinfo=UTC))


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
