"""What goes over to the new plan with a change: gifts by month of a year, and months in a row; none comes twice."""

import re
from datetime import timedelta

import pytest

from portal import billing, clock, granting, nightly, tiers
from portal import programme as programmes
from portal.billing import withdrawing
from portal.db import transact
from tests.billing import shelf
from tests.billing.boxes import give
from tests.billing.paying_back import GIFTS, refund, vouchers, wallet
from tests.billing.shop import Desk

YEARLY = ("gold-yearly", "platinum-yearly")


def gives(*plans: str, extra: str = "") -> None:
    """Gold and Platinum are sold; each payment of `plans` brings 600 points and a voucher."""
    shelf.fill(clock.now())
    source = programmes.source_of(programmes.active()[0])
    named = ", ".join(f'"{plan}"' for plan in plans)
    grants = re.sub(r"plans = \[.*\]", f"plans = [{named}]", GIFTS) + extra
    transact(
        lambda: programmes.publish(source.replace("[[charities]]", f"{grants}[[charities]]", 1), clock.now())
    )


def change(desk: Desk, plan: str) -> None:
    """Change at once for what it costs."""
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan=plan)
    pay = next(one.spoken_name for one in desk.visit.page.all("button") if one.spoken_name.startswith("Pay"))
    desk.visit.submit(pay)


def points(desk: Desk, months: int) -> list[int]:
    """Her points at the end of each month."""
    found = []
    for _ in range(months):
        desk.pass_time(days=31, hours=2)
        desk.tell()
        nightly.run(clock.now())
        found.append(wallet(desk).available)
    return found


def test_a_year_that_is_changed_for_a_better_one_brings_what_is_left_by_month(desk: Desk):
    gives(*YEARLY)
    desk.join("gold-yearly")
    desk.tell()
    desk.pass_time(days=5)
    change(desk, "platinum-yearly")
    desk.tell()
    assert wallet(desk).available == 700, "what a change costs is no payment"
    assert points(desk, 4) == [1300, 1900, 2500, 3100]
    assert points(desk, 8)[-1] == 700 + 11 * 600 + 600, "eleven more, and the renewal"


@pytest.mark.parametrize("plans", [YEARLY[:1], YEARLY[1:]])
def test_what_comes_is_what_the_plan_brings_that_she_has_by_then(desk: Desk, plans):
    gives(*plans)
    desk.join("gold-yearly")
    desk.tell()
    points(desk, 1)
    before = wallet(desk).available
    change(desk, "platinum-yearly")
    desk.tell()
    brings = 600 * (plans == YEARLY[1:])
    assert points(desk, 2) == [before + brings, before + 2 * brings]


@pytest.mark.both_engines
def test_what_came_after_a_change_goes_with_the_payment_of_the_year(desk: Desk):
    gives(*YEARLY)
    desk.join("gold-yearly")
    desk.tell()
    (payment,) = [one.id for one in desk.at_stripe("payment_intents")]
    change(desk, "platinum-yearly")
    desk.tell()
    assert points(desk, 2) == [1300, 1900]
    refund(desk, payment=payment)
    desk.tell()
    billing.work_off(clock.now())
    assert wallet(desk).available == 100
    assert points(desk, 2) == [100, 100]


def test_a_year_of_which_nobody_told_brings_its_gifts_to_the_plan_that_runs(desk: Desk):
    gives(*YEARLY)
    desk.join("gold-yearly")
    desk.stripe.drop()
    change(desk, "platinum-yearly")
    desk.stripe.drop()
    billing.reconcile(clock.now(), everything=True)
    assert wallet(desk).available == 700
    assert points(desk, 2) == [1300, 1900]


def test_months_in_a_row_go_over_and_stay_with_no_plan_of_the_old_name_that_was_given(desk: Desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    give(desk.member, "gold-monthly", clock.now().date() + timedelta(days=100))
    desk.pass_time(days=3)
    change(desk, "gold-yearly")
    desk.tell()
    assert {plan: tiers.paid_months(desk.member, plan) for plan in ("gold-monthly", "gold-yearly")} == {
        "gold-monthly": 0,
        "gold-yearly": 13,
    }
    _, active = programmes.active()
    (found,) = withdrawing.open_to(desk.member, active, clock.now().date())
    withdrawing.withdraw(desk.member, found.of, found.minor, clock.now())
    desk.tell()
    billing.work_off(clock.now())
    assert tiers.plans_on(desk.member, clock.now().date()) == ("gold-monthly",)
    assert tiers.paid_months(desk.member, "gold-monthly") == 0


def from_month_to_year(desk: Desk, *, days: int = 0) -> None:
    """She joins by month, and pays by year so many days later; all of it is told."""
    gives("gold-monthly", "gold-yearly")
    desk.join("gold-monthly")
    desk.tell()
    if days:
        desk.pass_time(days=days)
    change(desk, "gold-yearly")
    desk.tell()


@pytest.mark.both_engines
def test_from_month_to_year_on_the_day_of_the_payment_brings_the_gifts_of_one(desk: Desk):
    from_month_to_year(desk)
    assert (wallet(desk).available, vouchers(desk)) == (700, ["available", "withdrawn"])
    assert tiers.paid_months(desk.member, "gold-yearly") == 12
    assert points(desk, 2) == [1300, 1900]
    assert granting.faults() == []


@pytest.mark.both_engines
def test_what_took_the_place_of_a_month_goes_back_with_it_and_nothing_stays(desk: Desk):
    from_month_to_year(desk)
    for payment in [one.id for one in desk.at_stripe("payment_intents")]:
        refund(desk, payment=payment)
    desk.tell()
    billing.work_off(clock.now())
    assert (wallet(desk).available, tiers.paid_months(desk.member, "gold-yearly")) == (100, 0)
    assert granting.faults() == []


def test_a_month_that_went_back_after_its_place_was_taken_takes_nothing_of_the_year(desk: Desk):
    from_month_to_year(desk)
    month = next(one.id for one in desk.at_stripe("payment_intents") if one.amount == 500)
    refund(desk, payment=month)
    desk.tell()
    assert (wallet(desk).available, tiers.paid_months(desk.member, "gold-yearly")) == (700, 12)
    assert points(desk, 1) == [1300]


def test_a_month_of_which_nobody_told_before_the_year_brings_nothing(desk: Desk):
    gives("gold-monthly", "gold-yearly")
    desk.join("gold-monthly")
    change(desk, "gold-yearly")
    desk.stripe.drop()
    billing.reconcile(clock.now(), everything=True)
    assert (wallet(desk).available, tiers.paid_months(desk.member, "gold-yearly")) == (700, 12)
    assert granting.faults() == []


def test_from_month_to_year_on_another_day_is_two_payments(desk: Desk):
    from_month_to_year(desk, days=15)
    assert (wallet(desk).available, tiers.paid_months(desk.member, "gold-yearly")) == (1300, 13)
