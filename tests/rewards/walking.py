"""A member with points on the pages of rewards."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from portal import programme as programmes
from portal import rewards
from portal.db import transact
from tests import make
from tests.home.doors import join, step_in
from tests.ledger import shop
from tests.page import Visit

PRICE = "\nprice = 1000\n"
SLIDER = """
[[rewards]]
key = "money-off"
label = "Money off"
kind = "money-off"
slider = { minimum = 100, step = 100 }
"""


@pytest.fixture
def anna(app: Flask, clock: time_machine.Traveller, publish: Callable[[str], int]) -> str:
    """A member of the demonstration's programme with 1,300 points, 100 of them of welcome; her id."""
    publish(programmes.load("demo").source + SLIDER)
    member_id = join()
    shop.give(member_id, 1200)
    return member_id


@pytest.fixture
def visit(app: Flask, anna: str) -> Visit:
    """Her browser."""
    return step_in(app)


def reprice(price: str) -> None:
    """The programme changes while a page is open."""
    text = programmes.load("demo").source + SLIDER
    transact(lambda: programmes.publish(text.replace(PRICE, price, 1), make.NOW))


def mine(anna: str) -> list[rewards.Taken]:
    """The rewards that she has."""
    return rewards.held(anna, make.NOW.date())


def take_for(member_id: str, ref: str) -> None:
    """Somebody takes a place of which there are few."""
    transact(lambda: rewards.redeem(member_id, "makers-evening", ref=ref, at=make.NOW, actor="test"))
