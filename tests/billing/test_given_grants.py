"""What a given plan brings, as its payments would: to its last day, and no more once it is taken back."""

from datetime import date, timedelta

import pytest

from portal import clock, granting, jobs, nightly, people, programme, rewards, tiers
from portal.billing import gifts
from portal.db import run, transact
from portal.granting.rules import days_given
from tests.billing.boxes import (
    AUGUST,
    BERTA,
    JULY,
    JUNE,
    SEPTEMBER,
    berta,
    boxes,
    buy,
    carepass,
    give,
    held,
    issued,
    night,
    paid_back,
    points,
    sound,
    states,
    take_back,
    use,
)
from tests.billing.shelf import fill

__all__ = ["berta", "boxes", "carepass"]


@pytest.mark.parametrize(
    ("first", "until", "days"),
    [
        ("2026-06-10", "2026-09-10", ["2026-06-10", "2026-07-10", "2026-08-10"]),  # three months
        ("2026-06-10", "2026-09-11", ["2026-06-10", "2026-07-10", "2026-08-10", "2026-09-10"]),
        ("2026-06-10", "2026-09-09", ["2026-06-10", "2026-07-10", "2026-08-10"]),
        ("2026-06-10", "2026-07-25", ["2026-06-10", "2026-07-10"]),  # 45 days
        ("2026-06-10", "2026-07-10", ["2026-06-10"]),
        ("2026-06-10", "2026-06-10", ["2026-06-10"]),
        ("2027-01-31", "2027-04-30", ["2027-01-31", "2027-02-28", "2027-03-31"]),  # three months
    ],
)
def test_a_month_that_is_given_brings_what_a_month_that_is_paid_does(first, until, days):
    assert [str(day) for day in days_given(date.fromisoformat(first), date.fromisoformat(until))] == days


@pytest.mark.both_engines
def test_a_gift_of_three_months_brings_the_three_rewards_that_its_page_promises(desk, berta, carepass):
    use(berta, buy(desk, "carepass-monthly", 3))
    assert issued(berta) == [JUNE]
    night(desk, JULY - timedelta(days=1))
    assert issued(berta) == [JUNE]
    for day in (JULY, AUGUST, SEPTEMBER, date(2026, 11, 1)):
        night(desk, day)
    assert issued(berta) == [JUNE, JULY, AUGUST]
    assert tiers.paid_months(berta, "carepass-monthly") == 0, "it is no payment"
    sound()


@pytest.mark.both_engines
def test_a_gift_that_is_paid_back_takes_what_is_unused_and_brings_nothing_more(desk, berta, boxes):
    code = buy(desk, "box-monthly", 3)
    before = points(berta)
    use(berta, code)
    night(desk, JULY)
    assert (points(berta), states(berta, "friend-five")) == (before + 1200, ["available"] * 2)
    first = held(berta, "friend-five")[0]
    transact(lambda: rewards.use(ref=first.ref, shop="main", order="o-1", at=clock.now()))
    for _ in range(2):
        paid_back(code, 1500)
    assert (points(berta), states(berta, "friend-five")) == (before, ["used", "withdrawn"])
    night(desk, SEPTEMBER)
    assert (points(berta), len(issued(berta, "friend-five"))) == (before, 2)
    sound()


@pytest.mark.both_engines
def test_a_penny_less_paid_back_takes_nothing(desk, berta, boxes):
    code = buy(desk, "box-monthly", 3)
    before = points(berta)
    use(berta, code)
    paid_back(code, 1499)
    night(desk, JULY)
    assert points(berta) == before + 1200
    sound()


def test_a_gift_that_is_paid_back_after_its_last_day_takes_what_is_unused_too(desk, berta, boxes):
    code = buy(desk, "box-monthly", 1)
    before = points(berta)
    use(berta, code)
    night(desk, date(2026, 7, 11))
    assert points(berta) == before + 600
    paid_back(code, 1500)
    assert points(berta) == before
    assert not take_back(berta, gifts.ref_of(gifts.by_code(code))), "nothing of it was left"
    sound()


@pytest.mark.both_engines
def test_staff_give_45_days_and_two_rewards_come(desk, carepass):
    for _ in range(2):
        give(desk.member, "carepass-monthly", JUNE + timedelta(days=45))
    for day in (JULY, AUGUST, SEPTEMBER):
        night(desk, day)
    assert issued(desk.member) == [JUNE, JULY]
    sound()


@pytest.mark.both_engines
def test_what_staff_take_back_leaves_what_came_and_brings_nothing_more(desk, boxes):
    before = points(desk.member)
    give(desk.member, "box-monthly", SEPTEMBER)
    give(desk.member, "box-monthly", SEPTEMBER, ref="staff:2")  # so that the plan itself goes on
    assert points(desk.member) == before + 1200
    night(desk, JULY - timedelta(days=1))
    assert take_back(desk.member)
    assert states(desk.member, "friend-five") == ["available"] * 2
    night(desk, JULY)
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + 2400, "what came stays, and the other one went on"
    sound()


@pytest.mark.parametrize(("plan", "times"), [("box-yearly", 3), ("box-life", 1)])
def test_a_plan_by_year_brings_it_each_month_and_one_for_life_once(desk, boxes, plan, times):
    before = points(desk.member)
    give(desk.member, plan, SEPTEMBER)
    night(desk, JULY)
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + times * 600


@pytest.mark.both_engines
def test_one_that_begins_later_brings_it_from_its_first_day_on(desk, boxes):
    before = points(desk.member)
    give(desk.member, "box-monthly", SEPTEMBER, from_on=JULY)
    night(desk, JULY - timedelta(days=1))
    assert points(desk.member) == before
    night(desk, JULY)
    nightly.run(clock.now())
    assert points(desk.member) == before + 600
    night(desk, SEPTEMBER)
    assert points(desk.member) == before + 1200
    sound()


@pytest.mark.both_engines
def test_a_payment_that_ends_on_the_same_day_is_another_thing(desk, boxes):
    before, monthly = points(desk.member), "box-monthly"
    give(desk.member, monthly, AUGUST)
    _, active = programme.active()
    told = {"at": clock.now(), "day": JUNE, "actor": "test"}
    transact(
        lambda: granting.paid(desk.member, active, monthly, paid_on=JUNE, until=AUGUST, **told)
    )  # on the day on which the given one began: its monthly days stay
    assert points(desk.member) == before + 1200
    transact(lambda: granting.unpaid(desk.member, active, monthly, until=AUGUST, **told))
    assert points(desk.member) == before + 600
    night(desk, JULY)
    assert points(desk.member) == before + 1200
    sound()


def test_the_mail_before_the_end_quotes_what_she_would_pay_in_her_own_currency(desk, berta):
    fill(clock.now(), abroad="\n")
    who = people.Member.__table__
    transact(lambda: run(who.update().where(who.c.id == berta).values(country="FR")))
    give(berta, "gold-monthly", JULY)
    night(desk, date(2026, 7, 4))
    jobs.wake()
    (mail,) = [one for one in desk.mailbox.to(BERTA) if "ends on" in str(one["Subject"])]
    for kind in ("plain", "html"):
        text = str(mail.get_body((kind,)).get_content())
        assert "€6.00 a month" in text
        assert "€60.00 a year" in text
        assert "£" not in text
