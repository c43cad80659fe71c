"""The same order from many sides at once: one award, and the newest state stands."""

import random
import time
from collections.abc import Callable

import pytest
from flask import Flask

from portal import earning, ledger, people, tiers
from portal.db import transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.ledger.shop import at_once, buckets, sound, tell

pytestmark = pytest.mark.both_engines


def codes(answers: list[object]) -> set[str]:
    return {answer.code for answer in answers if isinstance(answer, Refused)}


def test_the_same_state_ten_times_at_once_is_one_award(app: Flask, anna):
    answers = at_once(app, [lambda: tell("50.00")] * 10)
    assert codes(answers) == set()
    assert sum(not answer.repeated for answer in answers if not isinstance(answer, Refused)) == 1
    assert buckets(anna) == (50, 0, 0)
    assert tiers.counters(anna)[2026] == tiers.Counters(5000, 1, 50)
    sound()


@pytest.mark.parametrize("seed", range(2))
def test_versions_at_once_in_any_order_leave_the_newest(app: Flask, anna, seed):
    calls = [lambda v=v: tell(f"{v * 10}.00", version=v) for v in range(1, 6)] * 3
    random.Random(seed).shuffle(calls)
    answers = at_once(app, calls)
    assert codes(answers) <= {"stale_version"}
    assert buckets(anna) == (50, 0, 0)
    assert tiers.counters(anna)[2026] == tiers.Counters(5000, 1, 50)
    sound()


def test_many_orders_of_one_member_at_once_are_each_counted(app: Flask, anna):
    shop.publish(shop.tiers("100.00", "250.00"))
    answers = at_once(app, [lambda n=n: tell("10.00", number=str(n)) for n in range(30)])
    assert codes(answers) == set()
    assert buckets(anna) == (300, 0, 0)
    assert [tier for answer in answers if not isinstance(answer, Refused) for tier in answer.risen] in (
        ["silver", "gold"],
        ["gold", "silver"],
    )
    sound()


def in_the_middle_of(app: Flask, held: Callable[[], object], *others: Callable[[], object]) -> list[object]:
    """Carry out `held` as one write that takes its time, and the others while it is under way."""

    def slow() -> object:
        done = held()
        time.sleep(0.6)
        return done

    def after(call: Callable[[], object], place: int) -> Callable[[], object]:
        def waits() -> object:
            time.sleep(0.2 + 0.1 * place)
            return call()

        return waits

    calls = [lambda: transact(slow), *(after(call, place) for place, call in enumerate(others))]
    return list(at_once(app, calls))


def record(version: int, amount: str, member: str) -> earning.Answer:
    body = earning.OrderBody.model_validate(make.order(amount, version=version, member=member))
    return earning.record_order(body, shop="main", number="1", at=make.NOW, actor="shop:main")


def test_an_order_that_moves_while_its_first_member_hears_of_it_leaves_nothing_behind(app: Flask, anna):
    bea = shop.join("c-2")
    tell("20.00")
    answers = in_the_middle_of(
        app, lambda: record(2, "30.00", "c-1"), lambda: tell("30.00", version=3, member="c-2")
    )
    assert codes(answers) == set()
    assert (buckets(anna), buckets(bea)) == ((0, 0, 0), (30, 0, 0))
    sound()


def test_an_order_that_two_members_are_given_at_once_is_only_the_last_ones(app: Flask, anna):
    bea, cat = shop.join("c-2"), shop.join("c-3")
    tell("20.00")
    answers = in_the_middle_of(
        app,
        lambda: ledger.lock(anna),
        lambda: tell("30.00", version=2, member="c-2"),
        lambda: tell("40.00", version=3, member="c-3"),
    )
    assert codes(answers) <= {"stale_version"}
    assert (buckets(anna), buckets(bea), buckets(cat)) == ((0, 0, 0), (0, 0, 0), (40, 0, 0))
    sound()


def test_an_order_moved_back_and_forth_at_once_ends_where_its_newest_state_says(app: Flask, anna):
    bea = shop.join("c-2")
    calls = [lambda v=v: tell(f"{v}.00", version=v, member=f"c-{1 + v % 2}") for v in range(1, 13)]
    random.Random(5).shuffle(calls)
    answers = at_once(app, calls, threads=6)
    assert codes(answers) <= {"stale_version"}
    assert (buckets(anna), buckets(bea)) == ((12, 0, 0), (0, 0, 0))
    sound()


def test_two_orders_that_change_places_at_once_change_places(app: Flask, anna):
    bea = shop.join("c-2")
    tell("10.00", number="1", member="c-1")
    tell("20.00", number="2", member="c-2")
    calls = []
    for version in range(2, 6):
        there = version % 2 == 0
        calls += [
            lambda v=version, m="c-2" if there else "c-1": tell("10.00", number="1", version=v, member=m),
            lambda v=version, m="c-1" if there else "c-2": tell("20.00", number="2", version=v, member=m),
        ]
    assert codes(list(at_once(app, calls, threads=4))) <= {"stale_version"}
    assert (buckets(anna), buckets(bea)) == ((10, 0, 0), (20, 0, 0))
    sound()


def test_a_purse_that_is_claimed_while_its_order_changes_is_credited_once(app: Flask, anna):
    bea = shop.join("c-2", "bea@example.com")
    guest = {"member": None, "guest": True, "email": "bea@example.com"}
    for number in range(6):
        tell("20.00", number=str(number), **guest)

    def prove() -> object:
        def proved() -> object:
            people.prove_address(bea, "bea@example.com", make.NOW)
            return earning.claim_purse("c-2", "bea@example.com", at=make.NOW, actor="test")

        return transact(proved)

    calls = [prove, prove, *(lambda n=n: tell("30.00", number=str(n), version=2, **guest) for n in range(6))]
    answers = at_once(app, calls, threads=8)
    assert codes(list(answers)) == set()
    prove()
    assert buckets(bea) == (180, 0, 0)
    assert shop.rows("purse_order") == 0
    sound()


def test_two_who_join_under_one_address_at_once_are_one(app: Flask, anna):
    answers = at_once(
        app, [lambda n=n: shop.join(f"n-{n}", "dora@example.com", proved=True) for n in range(8)]
    )
    assert sum(not isinstance(answer, Refused) for answer in answers) == 1
    assert codes(list(answers)) == {"conflict"}
    assert shop.rows("member") == 2
