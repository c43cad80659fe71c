"""A plan that is given until a day: what it brings, paid beside it, taken back, told of."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal import billing, granting, home, joining, ledger, nightly, people, tiers
from portal import clock as portal_clock
from portal import programme as programmes
from portal.billing import granted, queries
from portal.billing.models import PlanGrant
from portal.db import db, read, transact
from portal.errors import Refused
from tests.home.doors import join
from tests.ledger.shop import at_once
from tests.programme.texts import small

TODAY, LAST = date(2026, 6, 10), date(2026, 9, 9)
SHOP = """
[[perks]]
key = "delivery"
label = "Free delivery"
kind = "free-shipping"

[[plans]]
key = "plus"
label = "Plus"
interval = "month"
price = "3.00"
perks = ["delivery"]

[[plans]]
key = "gold"
label = "Gold"
interval = "year"
price = "50.00"
perks = ["Tea with the makers"]

[[tiers]]
key = "inner"
label = "Inner circle"
entry = [{ metric = "plan", plans = ["plus"] }]

[[tiers]]
key = "vip"
label = "VIP"
entry = [{ metric = "paid-months", count = 2 }]

[[grants]]
key = "paid"
label = "With each payment"
on = "payment"
plans = ["plus"]
gives = { points = 500 }

[[grants]]
key = "monthly"
label = "Each month"
on = "month"
plans = ["plus"]
gives = { points = 7 }
"""


@pytest.fixture
def anna(app, publish, clock) -> str:
    """A member of a shop with two plans, on the 10th of June, and no Stripe anywhere; her id."""
    publish(small(SHOP))
    return join()


def give(member_id: str, plan: str = "plus", until: date = LAST, ref: str = "staff/1", **how) -> bool:
    told = {"source": "staff", "at": portal_clock.now()} | how
    return transact(lambda: billing.give_plan(member_id, plan, until=until, ref=ref, **told))


def take_back(member_id: str, ref: str = "staff/1") -> bool:
    return transact(lambda: billing.end_given(member_id, ref, portal_clock.now()))


def pay(member_id: str, plan: str = "plus", change: str = "started", **how) -> None:
    transact(lambda: billing.record_plan_change(member_id, plan, change, at=portal_clock.now(), **how))


def tier(member_id: str, day: date) -> str:
    active = programmes.active()[1]
    return tiers.standing(active, tiers.grants(member_id), day, TODAY).tier.key


def points(member_id: str) -> int:
    return ledger.wallet(member_id).available


def perks(member_id: str, day: date) -> list[str]:
    active = programmes.active()[1]
    return [one.perk.label for one in home.perks_of(home.facts_of(member_id, TODAY, active, day), active)]


def mails(kind: str) -> list[str]:
    notice = db.metadata.tables["notice"].c
    return list(read(select(notice.key).where(notice.kind == kind)).scalars())


@pytest.mark.both_engines
def test_it_brings_perks_and_tier_from_today_to_its_last_day(app, anna):
    assert give(anna)
    assert billing.standing(anna, TODAY).given == "staff"
    assert perks(anna, LAST) == ["Free delivery"]
    assert perks(anna, LAST + timedelta(1)) == []
    assert [tier(anna, day) for day in (LAST, LAST + timedelta(1))] == ["inner", "member"]
    assert points(anna) == 507, "what comes each month with holding it, and what its payments bring"
    assert tiers.paid_months(anna, "plus") == 0, "it is no payment"
    assert ledger.faults() + granting.faults() == []


@pytest.mark.both_engines
def test_twice_is_once_and_another_thing_under_the_same_key_is_refused(app, anna, clock):
    assert [give(anna), give(anna)] == [True, False]
    clock.shift(timedelta(days=3))
    assert not give(anna), "told again days later"
    for changed in ({"until": LAST + timedelta(1)}, {"plan": "gold"}, {"source": "gift"}):
        with pytest.raises(Refused) as refused:
            give(anna, **changed)
        assert refused.value.code == "conflict"
    assert len(queries.given(anna, TODAY)) == 1
    assert len(mails("plan_given")) == 1


@pytest.mark.both_engines
def test_told_by_two_at_once_it_is_given_once(app, engine, anna):
    assert sorted(at_once(app, [lambda: give(anna)] * 2)) == [False, True]
    assert points(anna) == 507


def test_what_cannot_be_given_is_refused(app, anna):
    for changed, code in (
        ({"plan": "silver"}, "unknown_key"),
        ({"until": TODAY - timedelta(1)}, "bad_value"),
        ({"from_on": TODAY - timedelta(1)}, "bad_value"),
        ({"from_on": LAST + timedelta(1)}, "bad_value"),
    ):
        with pytest.raises(Refused) as refused:
            give(anna, **changed)
        assert refused.value.code == code
    give(anna, until=TODAY)
    assert billing.standing(anna, TODAY).last_day == TODAY, "for a day it may be"


@pytest.mark.both_engines
def test_taken_back_it_is_over_at_once_and_again_is_nothing(app, anna, clock):
    give(anna)
    clock.shift(timedelta(days=20))
    assert [take_back(anna), take_back(anna), take_back(anna, "staff/2")] == [True, False, False]
    day = date(2026, 6, 30)
    assert billing.standing(anna, day).status == "ended"
    assert (perks(anna, day), tier(anna, day), tiers.plans_on(anna, day)) == ([], "member", ())
    assert len(mails("plan_given_over")) == 1


def test_after_its_last_day_there_is_nothing_left_to_take_back(app, anna, clock):
    give(anna)
    clock.move_to("2026-09-10T12:00:00Z")
    assert not take_back(anna)


@pytest.mark.both_engines
def test_one_that_begins_later_brings_its_benefits_on_its_day(app, anna, clock):
    give(anna, from_on=date(2026, 7, 1))
    assert billing.standing(anna, TODAY) is None
    assert nightly.next_due() == programmes.active()[1].midnight(date(2026, 7, 1))
    clock.move_to("2026-06-30T22:59:00Z")
    nightly.run(portal_clock.now())
    assert (points(anna), tiers.plans_on(anna, date(2026, 7, 1))) == (0, ())
    clock.move_to("2026-06-30T23:00:00Z")  # 0:00 in London
    nightly.run(portal_clock.now())
    nightly.run(portal_clock.now())
    assert (points(anna), tier(anna, date(2026, 7, 1))) == (507, "inner")


def test_taken_back_before_it_began_it_never_was(app, anna, clock):
    give(anna, from_on=date(2026, 7, 1))
    assert take_back(anna)
    clock.move_to("2026-07-02T12:00:00Z")
    nightly.run(portal_clock.now())
    assert billing.standing(anna, date(2026, 7, 2)) is None
    assert tiers.plans_on(anna, date(2026, 7, 2)) == ()


@pytest.mark.both_engines
def test_the_next_gift_follows_the_last_one_without_a_gap(app, anna, clock):
    give(anna)
    begins = granted.free_from(anna, TODAY)
    assert begins == LAST + timedelta(1)
    give(anna, until=date(2026, 12, 9), ref="gift/2", source="gift", from_on=begins)
    assert billing.standing(anna, TODAY).last_day == date(2026, 12, 9)
    assert tier(anna, begins) == "inner", "on the stroke of midnight, before anybody has worked"


@pytest.mark.both_engines
def test_who_pays_while_it_runs_has_both_and_loses_no_day(app, anna, clock):
    give(anna)
    pay(anna)
    assert (billing.standing(anna, TODAY).given, points(anna)) == ("", 1007)
    pay(anna, change="ended")
    found = billing.standing(anna, TODAY)
    assert (found.given, found.last_day, tier(anna, LAST)) == ("staff", LAST, "inner")


def test_a_given_plan_beside_another_that_is_paid_brings_both_perks(app, anna):
    pay(anna, "gold")
    give(anna)
    assert perks(anna, TODAY) == ["Tea with the makers", "Free delivery"]


@pytest.mark.both_engines
def test_months_in_a_row_are_those_that_are_paid(app, anna, clock):
    pay(anna, paid_until=date(2026, 7, 9))
    clock.move_to("2026-07-09T12:00:00Z")
    pay(anna, change="renewed", paid_until=date(2026, 8, 9))
    assert tier(anna, date(2026, 7, 9)) == "vip"
    give(anna, until=date(2027, 7, 9))
    assert tiers.paid_months(anna, "plus") == 2, "a given plan beside it neither adds nor breaks"
    pay(anna, change="ended")
    take_back(anna)
    clock.move_to("2026-10-01T12:00:00Z")
    give(anna, until=date(2027, 7, 9), ref="staff/2")
    assert tiers.paid_months(anna, "plus") == 0
    assert tier(anna, date(2026, 10, 1)) == "inner", "two months that were paid long ago make no VIP"
    pay(anna)
    assert tiers.paid_months(anna, "plus") == 1


def test_a_week_before_its_last_day_she_is_told_once(app, anna, clock):
    give(anna)
    clock.move_to("2026-09-01T12:00:00Z")
    nightly.run(portal_clock.now())
    assert mails("plan_given_ending") == []
    clock.move_to("2026-09-02T00:00:00+01:00")
    for _ in range(2):
        nightly.run(portal_clock.now())
    assert len(mails("plan_given_ending")) == 1
    clock.move_to("2026-09-30T12:00:00Z")
    nightly.run(portal_clock.now())
    assert len(mails("plan_given_ending")) == 1
    assert nightly.next_due() is None or nightly.next_due() > portal_clock.now()


def test_nights_without_work_are_made_up_for_to_its_last_day(app, anna, clock):
    give(anna)
    clock.move_to("2026-09-09T12:00:00Z")
    nightly.run(portal_clock.now())
    assert len(mails("plan_given_ending")) == 1


@pytest.mark.parametrize(("days", "told"), [(7, 0), (8, 1)])
def test_one_of_a_week_or_less_was_told_of_when_it_began(app, anna, clock, days, told):
    give(anna, until=TODAY + timedelta(days))
    for _ in range(days):
        clock.shift(timedelta(days=1))
        nightly.run(portal_clock.now())
    assert len(mails("plan_given_ending")) == told


def test_who_goes_on_with_the_same_plan_is_not_told_that_it_ends(app, anna, clock):
    give(anna)
    pay(anna, paid_until=date(2026, 12, 31))
    give(anna, "gold", ref="staff/2")
    give(anna, "gold", until=date(2026, 12, 9), ref="gift/3", source="gift", from_on=LAST + timedelta(1))
    clock.move_to("2026-09-05T12:00:00Z")
    nightly.run(portal_clock.now())
    assert mails("plan_given_ending") == []


def test_a_plan_that_was_taken_back_is_not_told_of_again(app, anna, clock):
    give(anna)
    take_back(anna)
    clock.move_to("2026-09-05T12:00:00Z")
    nightly.run(portal_clock.now())
    assert mails("plan_given_ending") == []


@pytest.mark.both_engines
def test_whoever_leaves_takes_nothing_with_her_and_is_given_nothing_more(app, anna):
    give(anna, note="Sorry for the parcel")
    member = people.Member.__table__
    row = read(select(member).where(member.c.id == anna)).one()
    transact(lambda: joining.leave(row, actor="member", now=portal_clock.now(), proof=portal_clock.now()))
    assert read(select(PlanGrant.__table__)).all() == []
    assert tiers.plans_on(anna, TODAY) == ()
    assert mails("plan_given_over") == []
    with pytest.raises(Refused) as refused:
        give(anna, ref="staff/2")
    assert refused.value.code == "unknown_member"
    assert ledger.faults() + granting.faults() == []
