"""Case 19 of stripe.md: what a shop has tried out with a test key is over under its live key, and can be had anew."""

from typing import Any

import pytest
from sqlalchemy import select, update

from portal import billing, clock
from portal.billing.gateway import gateway
from portal.billing.models import StripeCustomer, Subscription
from portal.db import read, run, transact
from tests.billing.shop import Desk

MADE = "('customer', 'subscription', 'invoice', 'invoice_payment', 'payment_intent', 'price', 'product', 'event')"


def forget_all(desk: Desk) -> None:
    """The side of the account that the key opens knows nothing of what the other one has."""
    desk.stripe.stand_in.store.run(f"DELETE FROM objects WHERE kind IN {MADE}")


@pytest.fixture
def live(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Anna has joined by a test key, and the shop sets its live one."""
    desk.join()
    desk.tell()
    forget_all(desk)
    monkeypatch.setattr(gateway(), "livemode", True)
    return desk


def statuses() -> set[str]:
    return set(read(select(Subscription.__table__.c.status)).scalars())


def compare(desk: Desk) -> billing.Report:
    desk.pass_time(hours=1)
    return billing.reconcile(clock.now(), everything=True)


def test_case_19_who_tried_a_plan_in_test_mode_joins_under_the_live_key(live: Desk) -> None:
    report = compare(live)
    assert (len(report.drift), report.unread) == (1, [])
    assert (live.perks(), live.status()) == (False, "ended")
    assert compare(live).drift == []
    live.join()
    assert (live.perks(), statuses()) == (True, {"canceled", "active"})
    (customer,) = read(select(StripeCustomer.__table__)).all()
    assert customer.livemode


def test_her_page_sees_that_it_is_over_once_its_days_are(live: Desk) -> None:
    live.pass_time(days=60)
    page = live.visit.open("/membership").text
    assert "We are checking" not in page
    assert statuses() == {"canceled"}


def test_an_end_that_she_asks_for_is_done(live: Desk) -> None:
    live.visit.open("/membership/cancel")
    live.visit.submit(next(b.text for b in live.visit.page.all("button") if b.text.startswith("End")))
    assert statuses() == {"canceled"}
    assert not any(op.state == "new" for op in wishes())


def wishes() -> list[Any]:
    from portal.billing.models import BillingOperation

    return list(read(select(BillingOperation.__table__)).all())


@pytest.mark.parametrize("mistake", ["a test key in a live shop", "the live key of another shop"])
def test_a_key_that_was_mistyped_ends_nobodys_plan(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    desk.join()
    desk.tell()
    transact(lambda: run(update(StripeCustomer).values(livemode=True)))
    forget_all(desk)
    monkeypatch.setattr(gateway(), "livemode", mistake.startswith("the live"))
    assert len(compare(desk).unread) == 1
    assert desk.perks()
