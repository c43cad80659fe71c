"""A shop with rewards of every kind, and a member with points; the ledger's shop does the rest."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal import earning, ledger, rewards
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.notices.mailbox import mailbox

__all__ = ["mailbox"]

REWARDS = """
[[rewards]]
key = "ten-off"
label = "Ten off"
price = 1000
kind = "money-off"
value = "10.00"
minimum = "20.00"
detail = "Online or in the shop."

[[rewards]]
key = "coffee"
label = "A coffee"
price = 100
kind = "thing"

[[rewards]]
key = "slider"
label = "Money off"
kind = "money-off"
slider = { minimum = 50, step = 50, maximum = 500 }

[[rewards]]
key = "evening"
label = "An evening"
price = 10
kind = "thing"
stock = 12
limit = { per = "year", count = 2 }

[[rewards]]
key = "last-one"
label = "The last one"
price = 10
kind = "thing"
stock = 1

[[rewards]]
key = "silver-only"
label = "For Silver"
price = 10
kind = "percent-off"
percent = 20
tiers = ["silver"]

[[rewards]]
key = "thanks"
label = "With thanks"
kind = "money-off"
value = "5.00"
"""


def take(member_id: str, reward: str = "coffee", ref: str = "r1", **more: Any) -> rewards.Taken:
    """Redeem in a write of its own."""
    at = more.pop("at", make.NOW)
    return transact(lambda: rewards.redeem(member_id, reward, ref=ref, at=at, actor="test", **more))


def undo(member_id: str, ref: str = "r1", at: datetime = make.NOW) -> rewards.Taken:
    """Undo in a write of its own."""
    return transact(lambda: rewards.undo(member_id, ref, at=at, actor="test"))


def give(member_id: str, reward: str = "thanks", reason: str = "thanks", **more: Any) -> rewards.Taken:
    """Issue in a write of its own."""
    at = more.pop("at", make.NOW)
    return transact(lambda: rewards.issue(member_id, reward, reason=reason, at=at, actor="test", **more))


def use(found: rewards.Taken, order: str = "1", amount: int | None = None, **more: Any) -> rewards.Use:
    """Use a code in a write of its own."""
    at = more.get("at", make.NOW)
    return transact(
        lambda: rewards.use(code=found.code, shop="main", order=order, amount_minor=amount, at=at)
    )


def state(found: rewards.Taken, at: datetime = make.NOW) -> rewards.Taken:
    """A reward as it stands now."""
    now = rewards.by_id(found.id, at.date())
    assert now is not None
    return now


def sound() -> None:
    """Everything that `portal check` asks of points, orders and rewards."""
    assert ledger.faults() == []
    assert earning.faults() == []
    assert rewards.faults() == []


@pytest.fixture
def anna(app: Flask) -> str:
    """A member with 2,000 points; her id."""
    shop.publish(REWARDS, shop.tiers("200.00"))
    member_id = shop.join()
    shop.give(member_id, 2000)
    return member_id


@pytest.fixture
def reprice(app: Flask) -> Callable[[str, str], int]:
    """Publish the programme with a text of the rewards replaced by another."""
    return lambda old, new: shop.publish(REWARDS.replace(old, new, 1), shop.tiers("200.00"))
