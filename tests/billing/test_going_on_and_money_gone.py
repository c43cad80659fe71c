"""Going on after a late pause, where its money has gone or is still to go: one of the two is hers, never both."""

import pytest

from portal.billing import running
from tests.billing.in_vain import (
    answers_again,
    buttons,
    heard_too_late,
    live,
    on_the_eve,
    pause_in_vain,
    refunds,
    silence,
    work,
    work_without_refunds,
)
from tests.billing.pages import operations
from tests.billing.paying_back import refund
from tests.billing.shop import Desk


def go_on(desk: Desk) -> str:
    """What the button says that lets her plan go on."""
    return next(one for one in buttons(desk) if one.startswith("Go on"))


@pytest.mark.both_engines
def test_what_a_person_paid_back_before_stripe_did_is_not_paid_for(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    work_without_refunds(desk, monkeypatch)
    refund(desk)
    desk.tell()
    assert (operations("refund"), refunds(desk)) == (["new"], [300])
    assert go_on(desk) == "Go on with Plus, £3.00 today"


def test_a_renewal_that_is_paid_while_the_pause_is_made_goes_back(desk, monkeypatch):
    desk.join(card="0341")
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership/pause")
    silence(desk)
    desk.visit.submit("Pause it today")
    answers_again(desk)
    pause = running.pause

    def paid_first(subscription_id: str, key: str):
        for bill in desk.at_stripe("invoices", status="open"):
            desk.stripe.pay_invoice(bill.id, "4242")
        return pause(subscription_id, key)

    monkeypatch.setattr(running, "pause", paid_first)
    work(desk, times=3, hours=3)
    assert (live(desk), operations("refund"), refunds(desk)) == (["paused"], ["done"], [300])


def test_a_period_that_cost_nothing_after_one_that_went_back_stays_hers(desk):
    heard_too_late(desk, pause_in_vain)
    work(desk)
    v1 = desk.stripe.bare_client().v1
    free = v1.coupons.create({"percent_off": 100, "duration": "once"}).id
    v1.subscriptions.update(desk.subscription().id, {"discounts": [{"coupon": free}]})
    desk.tell()
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, nothing to pay")
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    desk.tell()
    assert (live(desk), go_on(desk)) == (["paused"], "Go on with Plus, nothing to pay")
