"""Each of the rewards' invariants is broken by hand, and is named."""

import pytest
from sqlalchemy import text

from portal import rewards
from portal.db import db, run, transact
from portal.rewards.check import INVARIANTS
from tests.ledger import shop
from tests.rewards.conftest import give, sound, take, undo, use

pytestmark = pytest.mark.both_engines

PAID = "each reward that was bought has the entry that paid for it"
THERE = "nobody paid for a reward that is not there"
BACK = "points came back for what was undone or expired unused, and for nothing else"
LEFT = "what is left of a reward is what its uses left"
ORDER = "a used reward names its order"
STOCK = "the stock that is taken is what members hold"
FOUND = "each reward is found by its ref and its code"
DAMAGE = (
    (PAID, "UPDATE redemption SET points = points + 1 WHERE reward = 'coffee'"),
    (PAID, "UPDATE redemption SET points = 5 WHERE reward = 'thanks'"),
    (THERE, "DELETE FROM redemption WHERE ref = 'undone'"),
    (BACK, "UPDATE redemption SET state = 'undone', ended_on = issued_on WHERE ref = 'kept'"),
    (BACK, "UPDATE redemption SET state = 'expired', ended_on = issued_on WHERE ref = 'kept'"),
    (BACK, "UPDATE redemption SET state = 'available', ended_on = NULL WHERE ref = 'undone'"),
    (LEFT, "UPDATE redemption SET left_minor = left_minor - 1 WHERE ref = 'part'"),
    (LEFT, "UPDATE redemption_use SET amount_minor = amount_minor + 1 WHERE amount_minor > 0"),
    (LEFT, "UPDATE redemption SET state = 'used', ended_on = issued_on WHERE ref = 'part'"),
    (ORDER, "UPDATE redemption_use SET undone_at = at WHERE number = 'coffee'"),
    (STOCK, "UPDATE reward_stock SET taken = taken + 1 WHERE reward = 'evening' AND chunk = 0"),
    (STOCK, "UPDATE redemption SET stock_chunk = NULL WHERE reward = 'evening'"),
    (FOUND, "DELETE FROM directory WHERE kind = 'code'"),
    (FOUND, "UPDATE directory SET owner = 'nobody' WHERE kind = 'redemption'"),
)


class Enough(Exception):
    """The damage was seen; it is undone."""


def test_every_invariant_is_broken_by_some_damage():
    assert {name for name, _statement in DAMAGE} == set(INVARIANTS)


@pytest.mark.parametrize(("name", "statement"), DAMAGE, ids=[statement[:70] for _, statement in DAMAGE])
@pytest.mark.both_engines(every_case=True)
def test_damage_is_seen_and_named(anna, name, statement):
    take(anna, "coffee", "kept")
    use(take(anna, "coffee", "used"), "coffee")
    use(take(anna, "slider", "part", points=500), "1", 200)
    take(anna, "coffee", "undone")
    undo(anna, "undone")
    take(anna, "evening", "limited")
    give(anna)
    sound()
    found: list[str] = []

    def damaged() -> None:
        if db.engine.dialect.name == "sqlite":
            run(text("PRAGMA defer_foreign_keys = ON"))  # to a commit that never comes
        assert run(text(statement)).rowcount > 0, statement
        found.extend(rewards.faults())
        raise Enough

    with pytest.raises(Enough):
        transact(damaged)
    assert any(fault.startswith(name) for fault in found), found
    assert shop.rows("redemption") == 6
    sound()
