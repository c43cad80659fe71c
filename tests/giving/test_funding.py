"""Gifts that the programme pays: once for each thing, waiting for a choice, withdrawn with what brought them."""

from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from portal import giving, people, programme
from portal.db import read, run, transact
from portal.programme import Funding
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, at_once

pytestmark = pytest.mark.both_engines

CHARITIES = "".join(
    f'\n[[charities]]\nkey = "{key}"\nlabel = "{key.title()}"\n' for key in ("rivers", "trees")
)

MEETING = '\n[[activities]]\nkey = "meeting"\nlabel = "A meeting"\n'


def funding(key: str = "five", on: str = "joining", amount: str = "5.00", **more: str) -> str:
    told = "".join(f"{name} = {value}\n" for name, value in more.items())
    return f'\n[[funding]]\nkey = "{key}"\nlabel = "A gift"\non = "{on}"\namount = "{amount}"\n{told}'


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish(
        CHARITIES,
        MEETING,
        funding(),
        funding("tree", "activity", "0.50", activity='"meeting"', charity='"trees"'),
    )
    return shop.join()


@pytest.fixture(autouse=True)
def _totals_are_sums(app: Flask) -> Any:
    yield
    assert giving.faults() == []


def rule(key: str = "five") -> Funding:
    return next(one for one in programme.active()[1].funding if one.key == key)


def fund(member: str, key: str = "five", ref: str = "joining", times: int = 1) -> None:
    transact(lambda: giving.fund(member, rule(key), ref=ref, times=times, at=make.NOW, day=TODAY))


def unfund(member: str, ref: str) -> None:
    transact(lambda: giving.unfund(member, ref, at=make.NOW, day=TODAY))


def choose(member: str, charity: str) -> None:
    transact(lambda: giving.choose(member, charity, make.NOW))


def waiting() -> int:
    sums = text(
        "SELECT COALESCE(SUM(amount_minor), 0) FROM funded_gift WHERE charity IS NULL AND withdrawn_on IS NULL"
    )
    return int(read(sums).scalar_one())


def test_a_gift_waits_until_she_picks_a_cause_and_goes_there(anna):
    fund(anna)
    assert (giving.funded_totals(), waiting()) == ({}, 500)
    choose(anna, "rivers")
    assert (giving.funded_totals(), waiting()) == ({"rivers": 500}, 0)
    choose(anna, "trees")
    assert giving.funded_totals() == {"rivers": 500}, "what is given stays given"


def test_a_gift_of_her_own_is_a_choice_too(anna):
    fund(anna)
    shop.give(anna, 100)
    transact(lambda: giving.donate(anna, "trees", 100, ref="g-1", at=make.NOW, actor="member"))
    assert giving.funded_totals() == {"trees": 500}


def test_who_has_picked_before_waits_for_nothing(anna):
    choose(anna, "rivers")
    fund(anna)
    assert giving.funded_totals() == {"rivers": 500}


def test_a_cause_that_the_programme_has_no_longer_gets_nothing_new(anna):
    choose(anna, "rivers")
    shop.publish('\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n', funding())
    fund(anna)
    assert (giving.funded_totals(), waiting()) == ({}, 500)


def test_the_same_thing_is_paid_for_once_and_the_next_again(anna):
    for ref in ("m-1", "m-1", "m-2"):
        fund(anna, "tree", ref, times=3)
    assert giving.funded_totals() == {"trees": 300}


def test_many_at_once_are_each_one(app, anna):
    at_once(app, [lambda n=n: fund(anna, "tree", f"m-{n % 4}") for n in range(16)])
    assert giving.funded_totals() == {"trees": 200}


def test_what_is_withdrawn_is_gone_and_may_come_again(anna):
    fund(anna, "tree", "order/1")
    for _ in range(2):
        unfund(anna, "order/1")
        assert giving.funded_totals() == {}
    fund(anna, "tree", "order/1", times=2)
    assert giving.funded_totals() == {"trees": 100}
    unfund(anna, "nothing")
    assert giving.funded_totals() == {"trees": 100}


def test_what_is_withdrawn_while_it_waits_is_not_given_by_a_choice(anna):
    fund(anna)
    unfund(anna, "joining")
    choose(anna, "rivers")
    assert giving.funded_totals() == {}


@pytest.mark.parametrize(
    ("on", "more", "given"),
    [
        ("joining", {}, {"rivers": 500}),
        ("activity", {"activity": "meeting", "times": 4}, {"trees": 200}),
        ("activity", {"activity": "other"}, {}),
        ("order", {}, {}),
        ("plan", {"plan": "yearly"}, {}),
    ],
)
def test_the_file_says_what_is_paid_for(anna, on, more, given):
    choose(anna, "rivers")
    active = programme.active()[1]
    for _ in range(2):
        transact(lambda: giving.fund_all(anna, active, on, ref="x", at=make.NOW, day=TODAY, **more))
    assert giving.funded_totals() == given


@pytest.mark.parametrize(("plans", "given"), [(None, 500), ('["yearly"]', 500), ('["monthly"]', None)])
def test_a_gift_for_a_plan_may_name_the_plans(anna, plans, given):
    parts = "".join(
        f'\n[[plans]]\nkey = "{key}"\nlabel = "P"\ninterval = "month"\nprice = "3.00"\n'
        for key in ("yearly", "monthly")
    )
    shop.publish(
        CHARITIES, parts, funding("plan", "plan", charity='"rivers"', **({"plans": plans} if plans else {}))
    )
    active = programme.active()[1]
    transact(lambda: giving.fund_all(anna, active, "plan", plan="yearly", ref="plan", at=make.NOW, day=TODAY))
    assert giving.funded_totals().get("rivers") == given


@pytest.mark.parametrize(
    ("part", "left"), [(Fraction(1, 5), 200), (Fraction(3, 5), 100), (Fraction(1), None)]
)
@pytest.mark.both_engines(every_case=True)
def test_a_part_of_what_it_was_paid_for_takes_that_part_back(anna, part, left):
    active = programme.active()[1]
    transact(
        lambda: giving.fund_all(
            anna, active, "activity", activity="meeting", times=5, ref="m-1", at=make.NOW, day=TODAY
        )
    )
    transact(lambda: giving.unfund_all(anna, "m-1", at=make.NOW, day=TODAY, part=part))
    assert giving.funded_totals().get("trees") == left


def test_the_check_finds_a_total_that_was_tampered_with(anna):
    fund(anna, "tree", "m-1")
    transact(lambda: run(update(giving.FundedTotal).values(amount_minor=51)))
    (fault,) = giving.faults()
    assert "what the programme gave" in fault
    transact(lambda: run(update(giving.FundedTotal).values(amount_minor=50)))


def test_who_leaves_takes_nothing_back(anna):
    fund(anna, "tree", "m-1")
    transact(lambda: people.leave(anna))
    assert giving.funded_totals() == {"trees": 50}
