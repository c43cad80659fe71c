"""Fifty random sequences of commands, messages and faults, the same in every run (make evidence runs 500 others); and
what such sequences have found, in the fewest steps."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import billing, clock, tiers
from portal.billing import gifts
from portal.billing.models import Invoice
from portal.db import read
from tests.billing import machine, mirror
from tests.billing.giving import choose, pay
from tests.billing.ground import Ground
from tests.billing.shop import Desk


def test_whatever_happens_comparing_with_stripe_makes_all_as_it_is_there(
    database_url: str, tmp_path: Path, clock
):
    empty = tmp_path / "portal.sqlite"
    assert database_url.endswith(str(empty))
    with Ground(tmp_path, empty, clock) as ground:
        machine.run(ground, 50, steps=12)


def test_a_plan_that_ends_while_collecting_stands_still_gives_nothing_any_more(desk: Desk):
    desk.join()
    desk.tell()
    one = desk.subscription().id
    stripe = desk.stripe.bare_client().v1
    stripe.subscriptions.update(one, {"pause_collection": {"behavior": "void"}})
    stripe.subscriptions.cancel(one)
    desk.tell()
    assert not desk.perks()
    assert desk.status() == "ended"
    assert tiers.plans_on(desk.member, clock.now().date()) == ()


def test_a_bill_of_which_every_message_was_lost_is_found_by_comparing(desk: Desk):
    desk.join("plus-life")
    desk.stripe.drop()
    assert not bills()
    report = billing.reconcile(clock.now(), everything=False)
    assert [one.status for one in bills()] == ["paid"]
    assert [line.rpartition(": ")[2] for line in report.drift] == ["unknown -> paid"]
    assert not billing.reconcile(clock.now(), everything=True).drift
    assert desk.mails("plan_receipt") == 1


@pytest.mark.both_engines
def test_a_plan_for_life_and_a_gift_whose_messages_were_all_lost_are_found_by_comparing(desk: Desk):
    desk.pay(desk.choose("plus-life"))
    pay(desk, choose(desk))
    desk.stripe.drop()
    assert desk.status() is None
    report = billing.reconcile(clock.now(), everything=False)
    assert desk.status() == "active"
    assert [one.state for one in gifts.bought(desk.member)] == ["open"]
    found = sorted(line.rpartition(": ")[2] for line in report.drift)
    assert found == ["open -> done", "open -> done", "unknown -> paid"], "a gift has no bill of its own"
    assert desk.mails("plan_receipt") == 1
    assert not billing.reconcile(clock.now(), everything=True).drift


@pytest.mark.both_engines
def test_what_goes_back_of_a_payment_of_her_earlier_customer_is_noted_all_the_same(desk: Desk):
    desk.join()
    desk.tell()
    stripe = desk.stripe.bare_client().v1
    (paid,) = desk.at_stripe("payment_intents")
    stripe.customers.delete(desk.at_stripe("customers")[0].id)
    desk.tell()
    desk.join("plus-yearly")
    stripe.refunds.create({"payment_intent": paid.id})
    desk.clock.shift(timedelta(seconds=1))
    desk.tell()
    billing.work_off(clock.now())
    assert sorted(one.refunded_minor for one in bills()) == [0, 300]
    assert mirror.differences(desk.stripe) == []


def bills() -> list:
    return list(read(select(Invoice.__table__)).all())
