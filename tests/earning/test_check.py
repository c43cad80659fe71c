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
    ("points that count for tiers equal what orders and activities gave", "DELETE FROM tier_counter"),
    ("each activity keeps what its entries add up to", "UPDATE activity SET points = points + 1"),
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
    transact(lambda: earning.give_activity(anna, "account", at=make.NOW, actor="test"))
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


def test_what_campaigns_gave_and_quantities_are_proved_from_the_orders(anna):
    shop.publish(
        shop.EARN,
        '\n[[campaigns]]\nkey = "june"\nlabel = "June"\nfrom = 2026-06-01\nuntil = 2026-06-30\nbonus = 50\n'
        'cap = { per = "month", points = 70 }\n',
        '\n[[tiers]]\nkey = "silver"\nlabel = "Silver"\n'
        'entry = [{ metric = "quantity", count = 9, categories = ["day"] }]\n',
    )
    tell(lines=[make.line("20.00", category="day", quantity=3)])
    sound()
    (fault,) = faults_after("UPDATE campaign_use SET points = 51")
    assert fault == (
        f"a campaign gives what its orders say: member {anna} has 51 of june in 2026-06, expected 50"
    )
    assert len(faults_after("DELETE FROM campaign_use")) == 1
    (fault,) = faults_after("UPDATE tier_counter SET quantity = 4")
    assert fault == f"tier quantities equal the orders of their year: member {anna} has 4 in 2026, expected 3"
