"""What is owed back of a payment is paid back in the end, whatever Stripe, her bank or she herself does meanwhile;
until then nothing says that it was."""

from datetime import timedelta

import pytest

from portal import billing, clock
from portal.billing import pausing, returns, running, wishes
from portal.errors import Refused
from tests.billing import shelf
from tests.billing.in_vain import (
    IN_VAIN,
    answers_again,
    buttons,
    cheaper_in_vain,
    heard_too_late,
    live,
    on_the_eve,
    pause_in_vain,
    refunds,
    silence,
    too_low,
    work,
    work_without_refunds,
)
from tests.billing.pages import bills, operations, words
from tests.billing.shop import Desk, leave

OWED = "goes back to you, the way you paid it: that is not done yet, and we go on trying until it is."
SUBJECTS = {"pause": "Plus is paused", "end": "Plus has ended"}


@pytest.mark.both_engines
@pytest.mark.parametrize("then", ["ends", "leaves"])
def test_what_is_owed_for_a_late_pause_goes_back_whatever_she_asks_for_next(desk, then):
    heard_too_late(desk, pause_in_vain)
    desk.stripe.fault("500", "/v1/refunds", method="POST", times=100)
    work(desk)
    assert (operations("pause"), operations("refund"), refunds(desk)) == (["done"], ["open"], [])
    assert f"So £3.00 {OWED}" in desk.mail("Plus is paused")
    assert "£3.00 goes back to you" in words(desk.visit.open("/membership"))
    if then == "leaves":
        leave(desk)
    else:
        wishes.ask_to_end(desk.member, None, clock.now())
    desk.stripe.heal()
    for _ in range(3):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
    assert (operations("refund"), refunds(desk)) == (["done"], [300])
    assert len(bills(desk)) == 2


@pytest.mark.both_engines
@pytest.mark.parametrize("wish", IN_VAIN)
def test_a_refund_that_stripe_refuses_is_asked_for_until_it_is_taken(desk, monkeypatch, wish):
    heard_too_late(desk, IN_VAIN[wish])
    work_without_refunds(desk, monkeypatch, times=10, hours=13)
    assert (operations(wish), operations("refund"), refunds(desk)) == (["done"], ["new"], [])
    assert desk.mails("plan_not_done") == 0
    mail = desk.mail(SUBJECTS[wish])
    assert OWED in mail
    assert "was paid back" not in mail
    work(desk, times=1, hours=13)
    assert (operations("refund"), refunds(desk)) == (["done"], [300])
    assert "goes back to you" not in words(desk.visit.open("/membership"))


@pytest.mark.parametrize("wish", IN_VAIN)
@pytest.mark.parametrize(("decision", "back"), [("won", [300]), ("lost", [])])
def test_what_a_bank_looks_into_goes_back_once_it_has_decided_for_the_shop(desk, wish, decision, back):
    heard_too_late(desk, IN_VAIN[wish])
    dispute = desk.stripe.dispute(newest(desk))
    work(desk, times=3)
    assert (operations(wish), operations("refund"), refunds(desk)) == (["done"], ["new"], [])
    assert "was paid back" not in desk.mail(SUBJECTS[wish])
    desk.stripe.close_dispute(dispute, decision)
    work(desk, times=2, hours=13)
    assert (operations("refund"), refunds(desk)) == (["done"], back)


def newest(desk: Desk) -> str:
    return str(desk.at_stripe("payment_intents")[0].id)


@pytest.mark.both_engines
def test_who_goes_on_before_it_went_back_has_the_time_for_it_and_nothing_goes_back(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    work_without_refunds(desk, monkeypatch)
    text = words(desk.visit.open("/membership"))
    assert "If you go on with Plus before, it pays for that, and does not go back." in text
    desk.visit.submit("Go on with Plus, nothing to pay")
    work(desk, times=2, hours=13)
    assert (operations("refund"), refunds(desk), len(bills(desk))) == (["abandoned"], [], 2)
    assert (live(desk), desk.perks()) == (["active"], True)


def test_while_stripe_may_be_paying_it_back_she_cannot_go_on_for_it(desk):
    heard_too_late(desk, pause_in_vain)
    desk.stripe.fault("500", "/v1/refunds", method="POST", times=100)
    work(desk)
    assert not [one for one in buttons(desk) if one.startswith("Go on")]
    desk.visit.open("/membership")
    with pytest.raises(Refused) as refused:
        pausing.resume(desk.member, 0, clock.now())
    assert refused.value.code == "under_way"
    desk.stripe.heal()
    work(desk, times=2, hours=13)
    assert refunds(desk) == [300]
    assert "Go on with Plus, £3.00 today" in buttons(desk)


def test_money_that_no_bank_takes_is_told_to_a_person_and_still_pays_for_its_time(desk, caplog):
    heard_too_late(desk, pause_in_vain)
    work(desk)
    (refund,) = desk.at_stripe("refunds")
    desk.stripe.patch(refund.id, status="failed")
    desk.clock.shift(timedelta(minutes=1))
    billing.reconcile(clock.now(), everything=True)
    assert operations("refund") == ["failed"]
    assert "did not arrive: pay it back by hand" in caplog.text
    assert "Go on with Plus, nothing to pay" in buttons(desk)


def test_a_pause_that_stripe_does_not_take_owes_nothing_for_the_time_that_she_has(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    monkeypatch.setattr(running, "pause", too_low)
    work(desk, times=2)
    assert (operations("pause"), operations("refund"), live(desk)) == (["failed"], ["abandoned"], ["active"])
    assert (refunds(desk), desk.perks()) == ([], True)


@pytest.mark.both_engines
def test_what_is_owed_for_a_late_change_goes_back_though_she_ends_the_plan(desk):
    heard_too_late(desk, cheaper_in_vain)
    desk.stripe.fault("500", "/v1/refunds", method="POST", times=100)
    work(desk)
    assert (operations("later"), refunds(desk)) == (["done"], [])
    mail = desk.mail("£10.00 goes back to you for your change to Gold")
    assert "It is not done yet, and we go on trying until it is." in mail
    wishes.ask_to_end(desk.member, None, clock.now())
    desk.stripe.heal()
    work(desk, times=2, hours=13)
    assert (refunds(desk), desk.status()) == ([1000], "cancelling")


def test_a_late_change_that_stripe_refuses_says_what_goes_back_all_the_same(desk, monkeypatch):
    heard_too_late(desk, cheaper_in_vain)
    monkeypatch.setattr(running, "change_later", too_low)
    work(desk)
    assert (operations("later"), refunds(desk)) == (["failed"], [1000])
    mail = desk.mail("£10.00 was paid back for Platinum")
    assert "your plan stays as it is" in mail
    assert "nothing was changed" not in mail


@pytest.mark.both_engines
def test_a_cheaper_plan_waits_for_a_renewal_that_failed_and_its_difference_goes_back(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly", card="0341")
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="gold-monthly")
    silence(desk)
    desk.visit.submit("Change on 10 July 2026")
    answers_again(desk)
    work(desk, times=24)
    assert (operations("later"), desk.status(), desk.mails("plan_not_done")) == (["new"], "past_due", 0)
    text = words(desk.visit.open("/membership"))
    assert "Once that is paid, what it takes beyond the other plan goes back to you" in text
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    work(desk, times=2, hours=72)
    assert (operations("later"), refunds(desk)) == (["done"], [1000])
    assert desk.subscription().next_plan == "gold-monthly"


@pytest.mark.both_engines
@pytest.mark.parametrize("why", ["refused", "disputed"])
def test_who_withdraws_reads_that_it_was_paid_back_once_it_was(desk, monkeypatch, why):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/withdraw")
    dispute = desk.stripe.dispute(newest(desk)) if why == "disputed" else None
    with monkeypatch.context() as low:
        if dispute is None:
            low.setattr(returns, "give_back", too_low)
        text = words(desk.visit.submit("Withdraw and get £3.00 back"))
    assert "£3.00 goes back to you, the way you paid it. That is not done yet" in text
    desk.tell()
    assert f"£3.00 {OWED}" in desk.mail("Plus has ended")
    assert (refunds(desk), live(desk), desk.mails("plan_ended")) == ([], ["canceled"], 1)
    if dispute is not None:
        desk.stripe.close_dispute(dispute, "won")
    work(desk, times=2, hours=13)
    assert (operations("refund"), refunds(desk)) == (["done"], [300])
