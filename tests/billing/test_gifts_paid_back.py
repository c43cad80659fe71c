"""The money of a gift goes back: what that leaves of its code, of the friend's plan and of the buyer's points."""

from datetime import date, timedelta

import pytest

from portal import billing, clock, ledger, programme, tiers
from portal.billing import wishes
from portal.db import transact
from portal.errors import Refused
from tests.billing.giving import (
    ACTIVITY,
    BERTA,
    berta,
    buy,
    choose,
    operations,
    pay,
    row,
    standing,
    stands,
    use,
)
from tests.billing.paying_back import TOLD, refund
from tests.home.doors import make_fresh, step_in

__all__ = ["berta"]


@pytest.mark.both_engines
def test_a_full_refund_kills_a_code_that_nobody_used(desk, berta):
    code = buy(desk)
    desk.tell()
    refund(desk)
    desk.tell()
    assert (row().state, row().refunded_minor) == ("refunded", 900)
    with pytest.raises(Refused, match="cannot be used"):
        use(berta, code)
    assert "paid back" in desk.visit.open("/gifts").text


@pytest.mark.both_engines
def test_a_penny_less_and_it_stands_a_full_refund_ends_what_is_left_once(desk, berta):
    code = buy(desk)
    use(berta, code)
    desk.tell()
    refund(desk, 899)
    desk.tell()
    assert (row().state, row().refunded_minor) == ("redeemed", 899)
    assert standing(berta, date(2026, 6, 10)).perks
    desk.pass_time(days=3)
    refund(desk, 1)
    desk.tell()
    assert row().state == "refunded"
    assert standing(berta, date(2026, 6, 12)).perks, "what she had of it stays"
    assert not standing(berta, date(2026, 6, 13)).perks
    assert tiers.plans_on(berta, date(2026, 6, 13)) == ()
    before = stands(desk)
    for order in (desk.stripe.events(*TOLD), desk.stripe.events(*TOLD)[::-1]):
        assert set(desk.stripe.deliver_to(desk.client, order, times=2)) == {200}
    assert stands(desk) == before
    assert desk.mails("plan_given_over") == 1


@pytest.mark.both_engines
@pytest.mark.parametrize(("outcome", "state"), [("won", "open"), ("lost", "refunded")])
def test_a_code_waits_while_a_bank_looks_and_dies_if_the_dispute_is_lost(desk, berta, outcome, state):
    code = buy(desk)
    desk.tell()
    dispute = desk.stripe.dispute(row().payment_intent)
    desk.tell()
    with pytest.raises(Refused) as refused:
        use(berta, code)
    assert refused.value.code == "disputed"
    desk.stripe.close_dispute(dispute, outcome)
    desk.tell()
    assert row().state == state
    if outcome == "won":
        assert use(berta, code).state == "redeemed"


def test_a_refund_that_is_heard_of_before_the_payment_leaves_a_dead_code(desk, berta):
    pay(desk, choose(desk))
    refund(desk)
    assert set(desk.stripe.deliver_to(desk.client, desk.stripe.events("charge.refunded"))) == {200}
    billing.work_off(clock.now())
    desk.tell()
    assert row().state == "refunded"


@pytest.mark.both_engines
def test_within_14_days_the_buyer_takes_an_unused_gift_back(desk, berta):
    code = buy(desk)
    desk.tell()
    desk.visit.open(f"/gifts/{row().id}/withdrawal")
    page = desk.visit.submit("Get £9.00 back")
    assert "what you paid goes back to you" in page.text
    assert [one.amount for one in desk.at_stripe("refunds")] == [900]
    assert (row().state, operations("recall")[0].state) == ("refunded", "done")
    with pytest.raises(Refused):
        use(berta, code)


@pytest.mark.parametrize(("days", "may"), [(14, True), (15, False)])
def test_the_right_to_take_it_back_ends_with_the_fourteenth_day_and_with_its_use(desk, berta, days, may):
    code = buy(desk)
    desk.pass_time(days=days)
    shown = "Get your money back" in desk.visit.open(f"/gifts/{row().id}").text
    assert shown is may
    use(berta, code)
    token = desk.visit.open("/gifts/new").all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "minor": "900"}
    desk.visit.client.post(f"/gifts/{row().id}/withdrawal", data=form)
    assert (row().state, desk.at_stripe("refunds")) == ("redeemed", [])


def test_a_withdrawal_that_stripe_does_not_answer_closes_the_code_at_once(desk, berta):
    code = buy(desk)
    desk.tell()
    desk.visit.open(f"/gifts/{row().id}/withdrawal")
    desk.stripe.fault("500", "/v1/refunds", times=1)
    desk.visit.submit("Get £9.00 back")
    with pytest.raises(Refused) as refused:
        use(berta, code)
    assert refused.value.code == "paid_back"
    assert "You withdrew" not in desk.visit.open("/membership").text, "her own plan is another matter"
    desk.clock.shift(timedelta(minutes=2))
    wishes.carry_on(clock.now())
    assert row().state == "refunded"


@pytest.mark.both_engines
def test_where_a_programme_thanks_for_gifts_the_buyer_has_the_points_once_and_a_refund_takes_them(desk):
    source = programme.load("demo").source
    transact(
        lambda: programme.publish(
            source.replace("[[charities]]", f"{ACTIVITY}\n[[charities]]", 1), clock.now()
        )
    )
    before = ledger.wallet(desk.member).available
    buy(desk)
    desk.tell(times=2)
    assert ledger.wallet(desk.member).available == before + 200
    refund(desk, 300)
    desk.tell()
    assert ledger.wallet(desk.member).available == before + 200
    refund(desk, 600)
    desk.tell(times=2)
    assert ledger.wallet(desk.member).available == before


def test_a_refund_after_the_friend_has_left_ends_nothing_and_breaks_nothing(app, desk, berta):
    use(berta, buy(desk))
    hers = make_fresh(step_in(app, BERTA))
    hers.open("/you/leave")
    hers.submit(next(one.spoken_name for one in hers.page.all("button") if "eave" in one.spoken_name))
    desk.tell()
    refund(desk)
    desk.tell()
    assert row().state == "refunded"
