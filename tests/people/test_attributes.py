"""Outside facts: from when to when they hold, and since when they first did."""

from datetime import date, timedelta

import pytest
from flask import Flask

from portal import people
from portal.db import transact
from tests import make
from tests.ledger import shop

pytestmark = pytest.mark.both_engines
TODAY = make.NOW.date()


def day(number: int) -> date:
    """The day so many days after today."""
    return TODAY + timedelta(days=number)


@pytest.fixture
def anna(app: Flask) -> str:
    shop.publish()
    return shop.join("c-1", "anna@example.com", proved=True)


def put(
    member: str,
    holds: bool = True,
    since: int = 0,
    until: int | None = None,
    told: int = 0,
    name: str = "store_card",
) -> None:
    """Told so many days after today."""
    end = None if until is None else day(until)
    transact(
        lambda: people.set_attribute(
            member, name, holds, since=day(since), until=end, at=make.NOW + timedelta(days=told)
        )
    )


def on(member: str, number: int) -> dict[str, int]:
    return people.attributes_on(member, day(number))


def test_a_fact_holds_from_its_day_to_the_end_of_its_last_one(anna):
    put(anna, since=0, until=9)
    assert [on(anna, n) for n in (-1, 0, 9, 10)] == [{}, {"store_card": 1}, {"store_card": 10}, {}]
    assert on(shop.join("c-2"), 0) == {}


def test_a_fact_without_a_last_day_holds_until_it_is_false(anna):
    put(anna)
    assert on(anna, 4000) == {"store_card": 4001}
    put(anna, holds=False, since=5, told=5)
    assert on(anna, 5) == {}
    assert on(anna, 4000) == {}


def test_given_again_it_counts_from_the_day_it_first_held(anna):
    put(anna)
    put(anna, holds=False, since=10, told=10)
    put(anna, since=40, told=40)
    assert on(anna, 40) == {"store_card": 41}


def test_one_that_never_began_leaves_no_first_day(anna):
    put(anna, since=10)
    assert on(anna, 0) == {}
    put(anna, holds=False, told=5, since=5)
    put(anna, since=20, told=6)
    assert on(anna, 20) == {"store_card": 1}


def test_a_beginning_that_is_moved_before_it_has_come_moves_the_first_day(anna):
    put(anna, since=10)
    put(anna, since=20, told=1)
    assert [on(anna, 10), on(anna, 20)] == [{}, {"store_card": 1}]


def test_a_beginning_told_to_be_earlier_is_the_first_day(anna):
    put(anna)
    put(anna, since=-29)
    assert on(anna, 0) == {"store_card": 30}


def test_told_twice_is_once_and_facts_do_not_mix(anna):
    put(anna)
    put(anna, until=3, name="student")
    put(anna)
    assert on(anna, 0) == {"store_card": 1, "student": 1}
    assert shop.rows("attribute") == 2


def test_mail_comes_back_while_the_fact_holds(anna):
    assert not people.mail_bounces(anna, TODAY)
    put(anna, name="mail_bounces")
    assert people.mail_bounces(anna, TODAY)
    put(anna, holds=False, name="mail_bounces")
    assert not people.mail_bounces(anna, TODAY)


# --- children


def child(id: str = "k1", nickname: str = "Bo", birthday: str = "02-29") -> people.Child:
    return people.Child(id, nickname, birthday)


def children(member: str, *profiles: people.Child) -> bool:
    return transact(lambda: people.put_children(member, profiles))


def told(member: str) -> list[tuple[str, str, str]]:
    return [(row.id, row.nickname, row.birthday) for row in people.children(member)]


def test_children_are_those_that_were_told_last(anna):
    assert children(anna, child(), child("k2", "Cy", "06-14"))
    assert not children(anna, child("k2", "Cy", "06-14"), child())
    assert told(anna) == [("k1", "Bo", "02-29"), ("k2", "Cy", "06-14")]
    assert children(anna, child("k2", "Cy", "06-15"))
    assert told(anna) == [("k2", "Cy", "06-15")]
    assert children(anna)
    assert told(anna) == []


def test_there_are_five_at_most_and_each_id_is_one_child(anna):
    five = [child(f"k{n}") for n in range(5)]
    children(anna, *five)
    for wrong in ([*five, child("k6")], [child(), child()]):
        refusal = shop.refused(children, anna, *wrong)
        assert (refusal.code, refusal.pointer) == ("bad_value", "/profiles")
    assert len(told(anna)) == 5


def test_who_leaves_is_forgotten_with_her_children_and_what_was_told_of_her(anna):
    bea = shop.join("c-2")
    for member in (anna, bea):
        put(member)
        children(member, child())
    transact(lambda: people.leave(anna))
    assert (on(anna, 0), told(anna)) == ({}, [])
    assert (on(bea, 0), told(bea)) == ({"store_card": 1}, [("k1", "Bo", "02-29")])
