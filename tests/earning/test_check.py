"""Earning's part of `portal check` can fail: each invariant is broken by hand, and is named."""

import pytest
from sqlalchemy import text

from portal import earning, people
from portal.db import run, transact
from portal.earning.check import INVARIANTS
from tests import make
from tests.ledger import shop
from tests.ledger.shop import sound, tell

pytestmark = pytest.mark.both_engines

DAMAGE = (
    ("each order keeps what its entries add up to", "UPDATE shop_order SET kept = kept + 1 WHERE number = '1'"),
    ("each order keeps what its entries add up to", "UPDATE shop_order SET number = '9' WHERE number = '1'"),
    ("nobody keeps points of an order that is not hers", "DELETE FROM shop_order WHERE number = '1'"),
    ("each order is in the directory under its owner", "UPDATE directory SET owner = 'x' WHERE key = 'main/1'"),
    ("each order is in the directory under its owner", "UPDATE directory SET owner = 'x' WHERE key = 'main/3'"),
    ("each order is in the directory under its owner", "DELETE FROM directory WHERE kind = 'order'"),
    ("tier counters equal the orders of their year", "UPDATE tier_counter SET spend_minor = spend_minor + 1"),
    ("tier counters equal the orders of their year", "UPDATE tier_counter SET orders = orders + 1"),
    ("tier counters equal the orders of their year", "UPDATE tier_counter SET year = year - 1"),
    ("tier counters equal the orders of their year", "DELETE FROM tier_counter"),
    ("tier counters equal the orders of their year", "UPDATE shop_order SET counted_minor = 0 WHERE number = '1'"),
    ("points that count for tiers equal what orders and activities gave",
     "UPDATE tier_counter SET points_earned = points_earned + 1"),
    ("points that count for tiers equal what orders and activities gave", "DELETE FROM activity"),
)  # fmt: skip


class Enough(Exception):
    """The damage was seen; it is undone."""


def faults_after(statement: str) -> list[str]:
    found: list[str] = []

    def damaged() -> None:
        assert run(text(statement)).rowcount > 0, statement
        found.extend(earning.faults())
        raise Enough

    with pytest.raises(Enough):
        transact(damaged)
    return found


def test_every_invariant_sees_the_damage_it_is_there_for(anna):
    shop.publish('\n[[activities]]\nkey = "account"\nlabel = "Joining"\npoints = 100\n')
    transact(lambda: earning.record_activity(anna, "account", record_id="j-1", at=make.NOW, actor="test"))
    tell("50.00", number="1")
    tell("20.00", number="2", refunds=[make.refund("5.00")])
    tell("20.00", number="3", member=None, guest=True, email="guest@example.com")
    sound()
    for name, statement in DAMAGE:
        found = faults_after(statement)
        assert any(fault.startswith(f"{name}: member ") for fault in found), (name, statement, found)
    sound()


def test_there_is_damage_for_every_invariant():
    assert {name for name, _ in DAMAGE} == set(INVARIANTS)


def test_an_order_that_is_forgotten_by_the_directory_is_named_with_its_owner(anna):
    tell("50.00")
    transact(lambda: people.move("order", "main/1", "somebody else"))
    (fault,) = earning.faults()
    assert anna in fault
    assert "main/1" in fault
