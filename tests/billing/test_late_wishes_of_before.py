"""Ends and pauses that came late before what is owed back was an operation of its own: their money is found."""

import importlib.util
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import delete, select, update

from portal import billing, clock
from portal.billing.models import BillingOperation
from portal.db import db, read, run, transact
from tests.billing.in_vain import IN_VAIN, answers_again, live, refunds, work, work_without_refunds
from tests.billing.pages import bills, operations
from tests.billing.shop import Desk

FILE = Path(__file__).parents[2] / "migrations" / "versions" / "0037_late_wishes_of_before.py"
_operation = BillingOperation.__table__.c


def migrate() -> None:
    spec = importlib.util.spec_from_file_location("migration_0037", FILE)
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with (
        db.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
        Operations.context(MigrationContext.configure(connection)),
    ):
        migration.upgrade()


def as_before(desk: Desk, monkeypatch, wish: str, state: str = "done") -> None:
    """The wish came late, Stripe took no refund, and nothing but the wish itself says so."""
    IN_VAIN[wish](desk)
    answers_again(desk)
    work_without_refunds(desk, monkeypatch)
    assert refunds(desk) == []

    def write() -> None:
        (op,) = read(select(BillingOperation.__table__).where(_operation.kind == wish)).all()
        run(delete(BillingOperation).where(_operation.kind == "refund"))
        more = {"back_until": "2026-08-10"} if wish == "pause" else {}
        values = {"facts": op.facts | more, "state": state, "due_at": None}
        run(update(BillingOperation).where(_operation.id == op.id).values(**values))

    transact(write)


@pytest.mark.both_engines(every_case=True)
@pytest.mark.parametrize(("wish", "state"), [("end", "done"), ("pause", "done"), ("pause", "failed")])
def test_what_stripe_refused_then_goes_back_once(desk, monkeypatch, wish, state):
    as_before(desk, monkeypatch, wish, state)
    for _ in range(2):
        migrate()
        work(desk, times=3)
        assert (operations("refund"), refunds(desk)) == (["done"], [300])
    assert (operations(wish), desk.mails("plan_not_done")) == ([state], 0)


def test_what_somebody_refunded_since_goes_back_no_second_time(desk, monkeypatch):
    as_before(desk, monkeypatch, "end")
    payment = desk.at_stripe("payment_intents")[0].id
    desk.stripe.bare_client().v1.refunds.create({"payment_intent": payment})
    migrate()
    work(desk, times=3)
    assert (operations("refund"), refunds(desk)) == (["done"], [300])


@pytest.mark.parametrize("state", ["done", "failed"])
def test_time_that_she_has_all_the_same_is_hers_and_paid(desk, monkeypatch, state):
    as_before(desk, monkeypatch, "pause", state)
    (there,) = desk.at_stripe("subscriptions", status="all")
    unchanged = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    desk.stripe.bare_client().v1.subscriptions.resume(there.id, unchanged)
    desk.tell()
    migrate()
    work(desk, times=3)
    assert (live(desk), operations("refund"), refunds(desk)) == (["active"], [], [])


def test_what_was_paid_to_go_on_after_the_pause_stays_and_a_silent_stripe_is_asked_later(desk, monkeypatch):
    as_before(desk, monkeypatch, "pause")
    transact(lambda: run(update(BillingOperation).where(_operation.kind == "pause").values(due_at=None)))
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.tell()
    desk.pass_time(days=31, hours=2)
    desk.tell()
    assert bills(desk) == [("paid", 300)] * 4
    migrate()
    desk.stripe.fault("500", "*", times=1000)
    billing.work_off(clock.now())
    assert operations("refund") == []
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=1))
    work(desk, times=3)
    assert (operations("refund"), refunds(desk)) == (["done"], [300])
