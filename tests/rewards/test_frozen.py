"""A wallet that stands still: nothing goes out, whatever it costs, and everything comes in."""

import pytest

from portal import ledger, rewards
from portal.db import transact
from portal.errors import Refused
from tests.ledger import shop
from tests.rewards.conftest import REWARDS, give, sound, take, undo, use

FREE = """
[[rewards]]
key = "free"
label = "For nothing"
price = 0
kind = "thing"
limit = { per = "lifetime", count = 1 }
"""


def freeze(member_id: str) -> None:
    transact(lambda: ledger.freeze(member_id))


def refused(verb) -> str:
    with pytest.raises(Refused) as caught:
        verb()
    return caught.value.code


@pytest.mark.both_engines
def test_nothing_is_taken_while_it_is_frozen_also_not_for_nothing(anna):
    shop.publish(REWARDS, FREE, shop.tiers("200.00"))
    freeze(anna)
    freeze(anna)
    before = ledger.wallet(anna)
    for reward in ("coffee", "free"):
        assert refused(lambda reward=reward: take(anna, reward, ref=reward)) == "frozen"
    assert refused(lambda: take(anna, "slider", points=100, ref="s")) == "frozen"
    assert ledger.wallet(anna) == before
    transact(lambda: ledger.unfreeze(anna))
    assert take(anna, "free", ref="free").state == "available"
    assert take(anna, "coffee", ref="coffee").state == "available"
    sound()


def test_what_was_taken_before_stands_is_used_and_is_undone(anna):
    first, second = take(anna, "ten-off"), take(anna, "coffee", ref="r2")
    freeze(anna)
    assert take(anna, "ten-off").repeated, "the same wish again answers what stands"
    assert use(first, amount=1000).redemption.state == "used"
    assert undo(anna, "r2").state == "undone"
    assert second.points == 100
    sound()


def test_points_and_rewards_that_are_given_come_in(anna):
    freeze(anna)
    before = ledger.wallet(anna).available
    shop.give(anna, 50, key="more")
    assert ledger.wallet(anna).available == before + 50
    assert give(anna).state == "available"
    assert rewards.faults() == []


def test_another_members_wallet_is_not_touched(anna):
    berta = shop.join("c-2")
    shop.give(berta, 500)
    freeze(anna)
    assert take(berta, ref="r9").state == "available"
