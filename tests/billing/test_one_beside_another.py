"""Two things at once, or one that was heard late: what the one has done is no surprise for the other."""

from datetime import timedelta

import pytest

from portal import billing, clock, jobs, people
from portal import programme as programmes
from portal.billing import checkout, running
from portal.billing.gateway import gateway
from portal.billing.lines import record_plan_change
from portal.db import transact
from tests.billing import giving, shelf
from tests.billing.in_vain import silence
from tests.billing.pages import choose, operations, words
from tests.billing.shop import Desk, leave, session_in
from tests.billing.test_from_test_mode import compare, live, statuses
from tests.billing.test_with_the_shop import with_the_shop

__all__ = ["live"]


def later(desk: Desk, times: int = 1) -> None:
    for _ in range(times):
        desk.clock.shift(timedelta(minutes=3))
        desk.stripe.advance(to=int(clock.now().timestamp()))
        billing.work_off(clock.now())
        desk.tell()


def undecided(desk: Desk) -> str:
    """A plan paid by a debit that the bank has not decided on: Stripe calls it active. Its bill."""
    session = session_in(str(desk.pay(desk.choose())))
    (plan,) = desk.at_stripe("subscriptions")
    desk.stripe.patch(session, payment_status="unpaid")
    desk.stripe.patch(plan.latest_invoice, status="open")
    desk.tell()
    return str(plan.latest_invoice)


@pytest.mark.parametrize("what", ["gift", "life"])
def test_a_plan_of_test_mode_ends_though_something_is_bought_before_it_is_looked_at(live, what):
    giving.buy(live) if what == "gift" else live.join("plus-life")
    live.tell()
    later(live, times=3)
    assert compare(live).unread == []
    assert statuses() == {"canceled"}


def test_a_pause_that_nobody_heard_of_does_not_take_the_days_of_the_end(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.stripe.fault("lost", "/v1/subscriptions/*/pause", method="POST")
    desk.visit.submit("Pause it today")
    silence(desk)
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.stripe.heal()
    later(desk, times=2)
    assert (desk.status(), bool(desk.perks())) == ("cancelling", True)
    assert desk.at_stripe("subscriptions")[0].status == "active"


def test_a_keep_that_was_done_is_not_told_as_not_done(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    desk.visit.open("/membership")
    desk.stripe.fault("lost", "/v1/subscriptions/*", method="POST")
    desk.visit.submit("Keep Plus")
    transact(lambda: people.freeze(desk.member, clock.now()))
    later(desk, times=2)
    jobs.wake()
    assert operations("keep") == ["done"]
    assert desk.subscription().ends_on is None
    assert not desk.mails("plan_not_done")


def test_the_mail_of_a_withdrawal_names_what_goes_back_to_her_balance(desk):
    desk.join()
    desk.tell()
    cancel = desk.stripe.bare_client().v1.subscriptions.cancel
    cancel(desk.subscription().id)
    desk.tell()
    with_the_shop(desk, 200)
    desk.join("plus-yearly")
    desk.tell()
    cancel(desk.at_stripe("subscriptions")[0].id)
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.follow(next(one.text for one in desk.visit.page.all("a") if "each year" in one.text))
    button = next(one.text for one in desk.visit.page.all("button") if one.text.startswith("Withdraw"))
    desk.visit.submit(button)
    jobs.wake()
    said = "£2.00 that was taken from what you have with the shop stays yours"
    assert said in " ".join(desk.mail("You have withdrawn from Plus").split())


def test_who_leaves_while_her_bank_decides_pays_nothing_for_it(desk):
    bill = undecided(desk)
    leave(desk)
    later(desk, times=2)
    assert desk.stripe.bare_client().v1.invoices.retrieve(bill).status == "void"


def test_a_first_debit_that_failed_brings_nothing(desk):
    undecided(desk)
    (plan,) = desk.at_stripe("subscriptions")
    desk.stripe.patch(plan.id, status="past_due")
    desk.pass_time(days=3)
    billing.reconcile(clock.now(), everything=True)
    assert not desk.perks()


def test_a_dearer_plan_that_a_person_had_planned_at_stripe_begins_at_once_all_the_same(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    price = checkout.price_id(programmes.active()[1].plan("platinum-monthly"), "GBP", clock.now())
    running.change_later(gateway().subscription(desk.subscription().id), price, "month", "by-hand")
    desk.tell()
    page = choose(desk, "platinum-monthly")
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith(("Pay", "Change"))))
    later(desk, times=2)
    assert operations("change") == ["done"]
    assert desk.subscription().plan == "platinum-monthly"


def test_a_plan_for_life_whose_price_was_put_away_meanwhile_has_its_receipt(desk):
    url = desk.choose("plus-life")
    plan = programmes.active()[1].plan("plus-life")
    transact(lambda: checkout.forget_price(plan, "GBP"))
    desk.visit.open(desk.pay(url))
    desk.tell()
    jobs.wake()
    assert desk.mails("plan_receipt") == 1


def test_a_plan_that_no_stripe_keeps_is_not_withdrawn_from(desk):
    transact(lambda: record_plan_change(desk.member, "plus-monthly", "started", at=clock.now()))
    assert "Withdraw" not in words(desk.visit.open("/membership"))
