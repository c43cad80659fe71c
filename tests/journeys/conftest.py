"""A shop that is open: the demonstration's programme at a time of its own, a mailbox, and a till with a key."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from tests import make
from tests.journeys.steps import ANNA, TODAY, Till
from tests.notices.mailbox import mailbox, programme

__all__ = ["mailbox", "programme"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still at TODAY until a test moves it."""
    with time_machine.travel(TODAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def till(app: Flask, site: str) -> Till:
    """The shop's system."""
    from portal import merchant
    from portal.db import transact

    scopes = ("orders", "members", "read")
    _id, secret = transact(lambda: merchant.create_key("Till", merchant.MAIN, scopes, TODAY))
    return Till(site, secret)


@pytest.fixture
def anna(programme: object, clock: object, till: Till) -> None:
    """A member whom the shop has known for a hundred days, as c-1, and whose address it vouches for."""
    joined = (TODAY - timedelta(days=100)).isoformat()
    till.put("/members/c-1", make.member(ANNA, email_verified=True, joined_at=joined))
