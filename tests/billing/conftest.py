"""A portal that sells plans through the Stripe stand-in, whose calls are held to stripe-python's own types."""

import pytest
import stripe

from tests.billing.shop import Desk
from tests.home.doors import join, step_in
from tests.notices.mailbox import mailbox, programme, statements
from tests.stripe_standin import StripeStandIn, stripe_standin
from tests.stripe_wire import Wire

__all__ = ["mailbox", "programme", "statements", "stripe_standin"]


@pytest.fixture
def environ(environ: dict[str, str], clock, stripe_standin: StripeStandIn) -> dict[str, str]:
    """The settings of a portal that sells plans."""
    from portal.billing.gateway import TIMEOUT_SECONDS

    stripe_standin.way = Wire(stripe_standin, stripe.RequestsClient(timeout=TIMEOUT_SECONDS))
    return environ | stripe_standin.settings


@pytest.fixture
def sells(app, programme, stripe_standin: StripeStandIn, monkeypatch) -> None:
    """The demonstration's programme, with every call to Stripe checked before it leaves."""
    from portal.billing import gateway

    monkeypatch.setattr(
        "portal.billing.gateway.RETRIES", 0
    )  # retries are Stripe's own: their waits are not ours
    gateway._made.cache_clear()
    gateway.gateway().client = stripe_standin.client()


@pytest.fixture
def anna(sells) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def desk(app, client, anna, stripe_standin, clock, mailbox) -> Desk:
    """What happens on both sides: Anna in her browser, Stripe with its clock and its messages."""
    return Desk(app, anna, step_in(app), client, stripe_standin, clock, mailbox)
