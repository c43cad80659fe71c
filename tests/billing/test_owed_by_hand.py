"""What is owed back and Stripe never takes is not promised for ever: a person pays it another way, and says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import billing, clock, support
from portal.billing import returns
from portal.db import read, transact
from portal.errors import Refused
from tests.billing.in_vain import (
    answers_again,
    buttons,
    end_of_the_eve,
    live,
    pause_in_vain,
    refunds,
    too_low,
    work,
)
from tests.billing.pages import bills, operations, words
from tests.billing.shop import Desk
from tests.cli.conftest import cli
from tests.home.doors import step_in

__all__ = ["cli"]
BY_HAND = "£3.00 is owed to you, and cannot go back the way you paid it. We pay it another way: write to us"
TRYING = "we go on trying until it is"


def page(desk: Desk) -> str:
    desk.visit = step_in(desk.app)
    return words(desk.visit.open("/membership"))


def paid_in_cash(desk: Desk) -> None:
    """She ended it in time, which came late, and what renewed meanwhile was paid in the shop."""
    end_of_the_eve(desk, card="0341")
    answers_again(desk)
    (bill,) = desk.at_stripe("invoices", status="open")
    desk.stripe.bare_client().v1.invoices.pay(bill.id, {"paid_out_of_band": True})
    work(desk)


def refused_for(desk: Desk, monkeypatch, days: int) -> None:
    """Stripe answers again, and takes no refund for so long."""
    answers_again(desk)
    with monkeypatch.context() as low:
        low.setattr(returns, "give_back", too_low)
        for _ in range(2 * days):
            desk.clock.shift(timedelta(hours=12, minutes=5))
            billing.work_off(clock.now())


@pytest.mark.both_engines
def test_what_was_paid_in_cash_is_for_a_person_at_once(desk, caplog):
    paid_in_cash(desk)
    assert (live(desk), operations("end"), operations("refund")) == (["canceled"], ["done"], ["failed"])
    assert "pay it back by hand" in caplog.text
    mail = desk.mail("Plus has ended")
    for text in (page(desk), mail):
        assert (BY_HAND.partition("£3.00")[2] in text, TRYING in text) == (True, False)
    assert "go back with it" not in mail, "nobody tells of what was paid another way"
    (owing,) = billing.owing()
    assert transact(lambda: billing.settle_by_hand(owing.id)) == owing
    assert transact(lambda: billing.settle_by_hand(owing.id)) is None
    assert (operations("refund"), refunds(desk), billing.owing()) == (["done"], [], [])
    assert BY_HAND not in page(desk)


def test_the_command_lists_and_settles_it(desk, cli):
    paid_in_cash(desk)
    listed = cli("billing", "paid-back")
    op_id = listed.out.split(": ")[1].split()[0]
    assert (listed.code, "pay it by hand: " in listed.out, "3.00 GBP of in_" in listed.out) == (0, True, True)
    said = cli("billing", "reconcile")
    assert (said.code, f"pay it back by hand: {op_id}" in said.err) == (1, True)
    assert [cli("billing", "paid-back", op_id).code for _ in range(2)] == [0, 0]
    assert cli("billing", "paid-back").out == "Nothing is owed back.\n"
    assert cli("billing", "reconcile").code == 0
    (kept,) = read(select(support.Audit.__table__)).all()
    assert (kept.what, kept.member_id, kept.facts["minor"]) == ("paid_back", desk.member, 300)
    assert (kept.facts["operation"], support.faults()) == (op_id, [])


@pytest.mark.both_engines
def test_what_stripe_refuses_for_a_week_is_for_a_person(desk, monkeypatch):
    end_of_the_eve(desk)
    refused_for(desk, monkeypatch, days=6)
    assert (operations("refund"), TRYING in page(desk)) == (["new"], True)
    (owing,) = billing.owing()
    with pytest.raises(Refused, match=r"Stripe is still asked for it\."):
        transact(lambda: billing.settle_by_hand(owing.id))
    refused_for(desk, monkeypatch, days=2)
    assert operations("refund") == ["failed"]
    text = page(desk)
    assert (BY_HAND in text, TRYING in text) == (True, False)
    work(desk, times=2, hours=13)
    assert refunds(desk) == [], "nobody pays it twice"


def test_a_stripe_that_is_silent_is_asked_for_ever(desk):
    end_of_the_eve(desk)
    answers_again(desk)
    desk.stripe.fault("500", "/v1/refunds", method="POST", times=100)
    for _ in range(40):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
    assert operations("refund") == ["open"]
    desk.stripe.heal()
    work(desk, times=2, hours=13)
    assert (operations("refund"), refunds(desk)) == (["done"], [300])


def test_what_was_refunded_at_stripe_after_all_is_no_more_for_a_person(desk, cli, monkeypatch):
    end_of_the_eve(desk)
    refused_for(desk, monkeypatch, days=8)
    (owing,) = billing.owing()
    payment = desk.at_stripe("payment_intents")[0].id
    desk.stripe.bare_client().v1.refunds.create({"payment_intent": payment})
    desk.tell()
    assert (billing.owing(), BY_HAND in page(desk)) == ([], False)
    refused = cli("billing", "paid-back", owing.id)
    assert (refused.code, "nothing is left to pay" in refused.err) == (1, True)
    assert cli("billing", "paid-back", "0" * 26).code == 1


@pytest.mark.parametrize("who", ["she", "somebody at Stripe"])
def test_who_goes_on_for_what_a_person_would_pay_is_owed_nothing(desk, monkeypatch, who):
    pause_in_vain(desk)
    refused_for(desk, monkeypatch, days=8)
    assert operations("refund") == ["failed"]
    text = page(desk)
    assert f"{BY_HAND}, and say how. If you go on with Plus before, it pays for that" in text
    assert "Go on with Plus, nothing to pay" in buttons(desk)
    if who == "she":
        desk.visit.submit("Go on with Plus, nothing to pay")
    else:
        (there,) = desk.at_stripe("subscriptions", status="all")
        unchanged = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
        desk.stripe.bare_client().v1.subscriptions.resume(there.id, unchanged)
    desk.tell()
    assert (operations("refund"), BY_HAND in page(desk), len(bills(desk))) == (["abandoned"], False, 2)
