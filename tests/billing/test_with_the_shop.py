"""What she has with the shop and a bill took goes back there, once, where the bill goes back."""

import pytest
from sqlalchemy import select

from portal import billing, clock
from portal.billing import customers, owed
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.db import read, transact
from tests.billing.in_vain import (
    answers_again,
    buttons,
    end_in_vain,
    live,
    on_the_eve,
    refunds,
    silence,
    too_low,
    work,
    work_without_refunds,
)
from tests.billing.pages import operations, words
from tests.billing.paying_back import WITH_GIFT, gifted, gifts, wallet
from tests.billing.shop import Desk
from tests.billing.test_balance import balance

__all__ = ["gifted", "gifts"]
STAYS = (
    "£2.00 that was taken from what you have with the shop stays yours, and is taken off what you pay next."
)


def with_the_shop(desk: Desk, minor: int) -> None:
    """She has this much with the shop, and it is known."""
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.bare_client().v1.customers.update(customer, {"balance": -minor})
    billing.reconcile(clock.now(), everything=True)


def in_vain(desk: Desk, what: str, minor: int) -> None:
    """She asks for an end or a pause on the eve of a renewal that takes what she has with the shop; Stripe is silent
    until it has."""
    desk.join()
    desk.tell()
    with_the_shop(desk, minor)
    on_the_eve(desk)
    if what == "pause":
        desk.visit.open("/membership/pause")
        silence(desk)
        desk.visit.submit("Pause it today")
    else:
        end_in_vain(desk)
    answers_again(desk)


def go_on(desk: Desk) -> str:
    return next(one for one in buttons(desk) if one.startswith("Go on"))


@pytest.mark.both_engines
def test_a_late_pause_gives_back_what_the_renewal_took_of_it(desk):
    in_vain(desk, "pause", 200)
    work(desk, times=3)
    assert (refunds(desk), balance(desk), operations("refund")) == ([100], -200, ["done", "done"])
    assert STAYS in desk.mail("Plus is paused")
    assert go_on(desk) == "Go on with Plus, £1.00 today"


def test_a_late_end_gives_back_a_renewal_that_it_paid_whole(desk):
    in_vain(desk, "end", 300)
    work(desk, times=3)
    assert (live(desk), refunds(desk), balance(desk)) == (["canceled"], [], -300)
    mail = desk.mail("Plus has ended")
    assert (
        "You asked in time, and it could be carried out only after it had renewed. £3.00 that was taken"
        in mail
    )


@pytest.mark.both_engines
def test_a_renewal_that_it_paid_whole_brings_nothing_once_it_has_gone_back(gifted):
    in_vain(gifted, "end", 300)
    work(gifted, times=3)
    assert (balance(gifted), wallet(gifted).available) == (-300, WITH_GIFT)
    assert "gifts of that payment that you have not used went back with it" in gifted.mail("Plus has ended")


def test_it_goes_back_once_for_whatever_is_asked_of_the_same_bill(desk):
    in_vain(desk, "pause", 200)
    work(desk, times=3)
    another = read(select(BillingOperation.__table__).where(BillingOperation.kind == "join")).one()
    renewal = gateway().bills_of(desk.subscription().id)[-1]
    transact(lambda: owed.note(another, renewal, clock.now()))
    work(desk, times=3)
    assert (refunds(desk), balance(desk), operations("refund")) == ([100], -200, ["done"] * 4)


def test_who_withdraws_has_it_back(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.pass_time(days=31)
    desk.tell()
    with_the_shop(desk, 200)
    desk.join()
    desk.tell()
    assert STAYS in words(desk.visit.open("/membership/withdraw"))
    desk.visit.submit("Withdraw and get £1.00 back")
    desk.tell()
    work(desk, times=3)
    assert (refunds(desk), balance(desk)) == ([100], -200)


@pytest.mark.both_engines
def test_it_goes_back_once_though_the_answer_is_lost(desk):
    in_vain(desk, "pause", 200)
    desk.stripe.fault("lost", "/v1/customers/*/balance_transactions", method="POST", times=3)
    work(desk, times=4)
    assert (balance(desk), operations("refund")) == (-200, ["done", "done"])


def test_what_has_gone_back_there_is_not_paid_for_and_her_money_still_goes(desk, monkeypatch):
    in_vain(desk, "pause", 200)
    work_without_refunds(desk, monkeypatch)
    assert (refunds(desk), balance(desk)) == ([], -200)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £1.00 today")
    desk.tell()
    work(desk, times=3, hours=13)
    assert (live(desk), refunds(desk), balance(desk)) == (["active"], [100], 0)


def test_who_goes_on_before_it_went_back_has_the_time_for_it(desk, monkeypatch):
    in_vain(desk, "pause", 300)
    with monkeypatch.context() as refused:
        refused.setattr(customers, "give_back", too_low)
        work(desk)
    text = words(desk.visit.open("/membership"))
    assert STAYS.replace("£2", "£3") + " If you go on with Plus before, it pays for that" in text
    desk.visit.submit("Go on with Plus, nothing to pay")
    desk.tell()
    work(desk, times=3, hours=13)
    assert (live(desk), balance(desk), operations("refund")) == (["active"], 0, ["abandoned"])
