"""The rest of the fault list: a crash after a message was stored, two workers, a locked database, a silent Stripe."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal import billing, clock
from portal.billing import inbox, sync
from portal.billing.gateway import Gateway
from portal.billing.models import StripeEvent
from portal.db import db, read
from tests.billing.shop import count, everything


@pytest.fixture
def unlooked(monkeypatch):
    """Messages are stored, and nobody looks into them until a test says so."""
    monkeypatch.setattr("portal.jobs.wake", lambda: None)


def states() -> list[tuple[str, int]]:
    return [(row.state, row.tries) for row in read(select(StripeEvent.__table__))]


def told(desk) -> str:
    """The message that her subscription was made is stored."""
    desk.pay(desk.choose())
    (one,) = desk.stripe.events("customer.subscription.created")
    assert desk.stripe.deliver_to(desk.client, [one]) == [200]
    return one


@pytest.mark.both_engines
@pytest.mark.parametrize("step", ["before the fetch", "after the commit"])
def test_a_crash_after_storing_the_message_is_looked_into_again_and_tells_once(
    desk, unlooked, monkeypatch, step
):
    told(desk)
    whole = sync.sync_subscription

    def cut(subscription_id, now):
        if step == "after the commit":
            whole(subscription_id, now)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(
            inbox, "SYNCS", tuple((start, cut) for start, _ in inbox.SYNCS if start.startswith("customer.s"))
        )
        with pytest.raises(KeyboardInterrupt):
            billing.work_off(clock.now())
    assert states() == [("pending", 1)]
    billing.work_off(clock.now())
    assert states() == [("pending", 1)], "it is leased to the one that died"
    desk.clock.shift(inbox.LEASE)
    billing.work_off(clock.now())
    assert states() == [("done", 2)]
    assert desk.status() == "active"
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt")) == (1, 1)


@pytest.mark.both_engines
def test_two_workers_on_one_message_look_once(app, desk, unlooked, monkeypatch):
    told(desk)
    looks, both = [], Barrier(2)
    fetch = Gateway.subscription
    monkeypatch.setattr(Gateway, "subscription", lambda self, id: looks.append(id) or fetch(self, id))

    def work(_number: int) -> int:
        with app.app_context():
            both.wait(10)
            return inbox.work_off(clock.now())

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 1]
    assert len(looks) == 1
    assert states() == [("done", 1)]
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt")) == (1, 1)


def test_a_locked_database_refuses_the_message_and_stripe_tells_it_again(app, desk, monkeypatch):
    desk.pay(desk.choose())
    (one,) = desk.stripe.events("customer.subscription.created")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    before = everything()
    monkeypatch.setattr("portal.db.LOCK_LOOKS", 1)
    with closing(sqlite3.connect(db.engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert desk.stripe.deliver_to(desk.client, [one]) == [503], "anything but a 2xx is told again"
        other.execute("ROLLBACK")
    assert count(StripeEvent) == 0
    assert everything() == before
    assert one in desk.stripe.events(pending=True), "Stripe has it as not taken"
    assert desk.stripe.deliver_to(desk.client, [one]) == [200]
    assert desk.status() == "active"
    assert desk.mails("plan_joined") == 1


@pytest.mark.parametrize("fault", ["drop", "lost", "409", "429", "500"])
def test_whatever_goes_wrong_when_it_is_fetched_the_message_is_taken_and_done_later(desk, fault):
    desk.pay(desk.choose())
    (one,) = desk.stripe.events("invoice.paid")
    before = everything()
    desk.stripe.fault(fault, "/v1/subscriptions/*", method="GET")
    assert desk.stripe.deliver_to(desk.client, [one]) == [200]
    assert states() == [("pending", 1)]
    assert everything() == before, "the bill alone is not written down"
    desk.clock.shift(timedelta(minutes=2))
    billing.work_off(clock.now())
    assert states() == [("done", 2)]
    assert desk.status() == "active"


def test_the_message_that_a_checkout_ran_out_frees_the_way_for_another(desk):
    first = desk.choose()
    desk.pass_time(hours=1)
    assert desk.stripe.events("checkout.session.expired")
    desk.tell()
    assert set(states()) <= {("done", 1), ("ignored", 1), ("ignored", 0)}
    assert desk.choose() != first
