"""A portal that sells plans through the Stripe stand-in, whose calls are held to stripe-python's own types."""

import pytest

from tests.billing.shop import Desk
from tests.home.doors import enter, join
from tests.notices.mailbox import mailbox, programme, statements
from tests.stripe_guard import guarded
from tests.stripe_standin import StripeStandIn, stripe_standin

__all__ = ["mailbox", "programme", "statements", "stripe_standin"]


@pytest.fixture
def environ(environ: dict[str, str], clock, stripe_standin: StripeStandIn) -> dict[str, str]:
    """The settings of a portal that sells plans."""
    return environ | stripe_standin.settings


@pytest.fixture
def sells(app, programme, monkeypatch) -> None:
    """The demonstration's programme, with every call to Stripe checked before it leaves."""
    from portal.billing import gateway

    monkeypatch.setattr(
        "portal.billing.gateway.RETRIES", 0
    )  # retries are Stripe's own: their waits are not ours
    gateway._made.cache_clear()
    door = gateway.gateway()
    door.client = guarded(door.client)


@pytest.fixture
def anna(sells) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def desk(app, client, anna, stripe_standin, clock, mailbox) -> Desk:
    """What happens on both sides: Anna in her browser, Stripe with its clock and its messages."""
    return Desk(app, anna, enter(app), client, stripe_standin, clock, mailbox)
