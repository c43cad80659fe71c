"""Going on after a pause costs nothing while its period is paid for, and what she has with the shop is taken for a new
one; what is owed back is found again, whoever noted it."""

import pytest
from sqlalchemy import delete, select, update

from portal import billing, clock
from portal.billing import returns, running
from portal.billing.models import BillingOperation
from portal.db import read, run, transact
from tests.billing.in_vain import (
    answers_again,
    buttons,
    cheaper_in_vain,
    end_of_the_eve,
    heard_too_late,
    live,
    pause_in_vain,
    refunds,
    too_low,
    work,
)
from tests.billing.pages import bills, operations
from tests.billing.shop import Desk
from tests.billing.test_balance import balance, carried

__all__ = ["carried"]
_operation = BillingOperation.__table__.c


def go_on_button(desk: Desk) -> str:
    return next(one for one in buttons(desk) if one.startswith("Go on"))


def as_noted_before(kind: str, **facts: object) -> None:
    """The wish as it was kept before what is owed had rows of its own."""

    def write() -> None:
        (wish,) = read(select(BillingOperation.__table__).where(_operation.kind == kind)).all()
        run(delete(BillingOperation).where(_operation.kind == "refund"))
        run(update(BillingOperation).where(_operation.id == wish.id).values(facts=wish.facts | facts))

    transact(write)


@pytest.mark.both_engines
def test_money_with_the_shop_is_taken_for_the_period_that_begins(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.tell()
    desk.pass_time(days=45)
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.bare_client().v1.customers.update(customer, {"balance": -300})
    billing.reconcile(clock.now(), everything=True)
    page = desk.visit.open("/membership")
    assert "Nothing is taken from your card now, and a new period begins." in page.text
    desk.visit.submit("Go on with Plus, nothing to pay")
    desk.tell()
    assert (live(desk), balance(desk), len(bills(desk))) == (["active"], 0, 2)


@pytest.mark.both_engines
def test_a_pause_of_before_whose_money_went_back_is_paid_to_go_on(desk):
    heard_too_late(desk, pause_in_vain)
    work(desk)
    assert refunds(desk) == [300]
    as_noted_before("pause", back_until="2026-08-10")
    assert go_on_button(desk) == "Go on with Plus, £3.00 today"


def test_money_that_no_bank_took_and_the_shop_sent_again_is_not_paid_for(desk):
    heard_too_late(desk, pause_in_vain)
    work(desk)
    transact(lambda: run(update(BillingOperation).where(_operation.kind == "refund").values(state="failed")))
    assert go_on_button(desk) == "Go on with Plus, £3.00 today"


@pytest.mark.both_engines
def test_a_cheaper_plan_of_before_has_its_money_back(desk):
    heard_too_late(desk, cheaper_in_vain)
    bill = desk.at_stripe("invoices")[0].id
    as_noted_before("later", back_of=bill, back_minor=1000, next_on="2026-08-10")
    work(desk, times=3)
    assert (operations("refund"), refunds(desk)) == (["done"], [1000])


@pytest.mark.both_engines
def test_a_plan_that_somebody_let_go_on_keeps_what_paid_for_it(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    with monkeypatch.context() as low:
        low.setattr(returns, "give_back", too_low)
        work(desk)
        (there,) = desk.at_stripe("subscriptions", status="all")
        unchanged = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
        desk.stripe.bare_client().v1.subscriptions.resume(there.id, unchanged)
        desk.tell()
    work(desk, times=3, hours=13)
    assert (live(desk), operations("refund"), refunds(desk)) == (["active"], ["abandoned"], [])


def test_what_was_paid_while_a_late_end_was_carried_out_goes_back(desk, monkeypatch):
    end_of_the_eve(desk, card="0341")
    answers_again(desk)
    end = running.end_now

    def paid_first(subscription_id: str, key: str):
        for bill in desk.at_stripe("invoices", status="open"):
            desk.stripe.pay_invoice(bill.id, "4242")
        return end(subscription_id, key)

    monkeypatch.setattr(running, "end_now", paid_first)
    work(desk, times=3, hours=3)
    assert (live(desk), refunds(desk)) == (["canceled"], [300])


def test_looking_at_the_page_for_life_leaves_what_is_open_of_a_plan_that_runs(carried):
    carried.choose("gold-life")
    assert balance(carried) == 27
