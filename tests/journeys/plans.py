"""What the journeys of paid plans share: a portal that sells them, Stripe's pages, what happened before, and taps."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from portal import people
from tests.billing.shop import Desk
from tests.home.doors import enter
from tests.journeys.steps import sign_in
from tests.notices.mailbox import Mailbox
from tests.stripe_standin import StripeStandIn, stripe_standin

__all__ = ["desk", "environ", "stripe_standin"]


@pytest.fixture
def environ(environ: dict[str, str], clock: object, stripe_standin: StripeStandIn) -> dict[str, str]:
    """The settings of a portal that sells plans; pages and API at two addresses, as in the demonstration."""
    return environ | stripe_standin.settings | {"PORTAL_DEMO_STRIPE_URL": pages(stripe_standin)}


@pytest.fixture
def desk(
    app: Flask,
    client: FlaskClient,
    anna: None,
    stripe_standin: StripeStandIn,
    clock: object,
    mailbox: Mailbox,
) -> Desk:
    """What has happened before Anna takes her phone, and what happens elsewhere meanwhile."""
    member = people.by_ref("c-1")
    assert member is not None
    return Desk(app, member.id, enter(app), client, stripe_standin, clock, mailbox)


def pages(stripe_standin: StripeStandIn) -> str:
    """Where a browser finds Stripe's pages."""
    found = stripe_standin.url.replace("127.0.0.1", "localhost")
    stripe_standin._server.stand_in.base_url = found
    return found


def pay(phone: Page, card: str, words: str) -> None:
    """On Stripe's page: choose a card and pay."""
    phone.get_by_role("radio", name=re.compile(card)).check()
    phone.get_by_role("button", name=re.compile(f"^{words}")).click()


def tap_twice(phone: Page, words: str) -> None:
    """Tap the button with these words, and once more before anything has come of it.

    Without script both taps are sent, and the first is cut off by the second: only what comes to be shown counts.
    """
    with phone.expect_event("framenavigated"):
        phone.get_by_role("button", name=words, exact=True).dblclick()
    phone.wait_for_load_state("load")


def held_since(desk: Desk, days: float, plan: str = "plus-monthly") -> None:
    """A plan was joined, and days went by."""
    desk.join(plan)
    desk.tell()
    desk.pass_time(days=days)
    desk.tell()


def to_membership(phone: Page, mailbox: Mailbox) -> None:
    """Sign in on the way to the plan that one has."""
    phone.goto("/membership")
    sign_in(phone, mailbox)
