"""What goes back is found where messages are lost, late, twice, forged or another site's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import billing, clock
from portal.billing.models import StripeEvent
from portal.db import read, transact
from tests.billing.paying_back import (
    JOINED,
    WITH_GIFT,
    bills,
    gifted,
    gifts,
    intents,
    purchase,
    refund,
    told_again_in_any_order_changes_nothing,
    vouchers,
    wallet,
    whole,
)
from tests.stripe_standin import EVENTS_PATH, SECRET

__all__ = ["gifted", "gifts"]


@pytest.mark.both_engines
@pytest.mark.parametrize("what", ["refunded", "disputed", "lost"])
def test_reconcile_finds_what_no_message_told(gifted, what, caplog):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    if what == "refunded":
        refund(desk)
    else:
        dispute = desk.stripe.dispute(intents(desk)[0])
        if what == "lost":
            desk.stripe.close_dispute(dispute, "lost")
    desk.stripe.drop()
    assert purchase().state == "paid"
    report = billing.reconcile(clock.now(), everything=False)
    assert purchase().state == what
    assert any(purchase().id in line and f"-> {what}" in line for line in report.drift), report.drift
    assert "billing drift" in caplog.text
    assert billing.reconcile(clock.now(), everything=True).drift == []


def test_a_dispute_that_is_closed_months_later_without_a_word_is_found_by_the_nightly_work(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    desk.pass_time(days=70)
    desk.stripe.close_dispute(dispute, "won")
    desk.stripe.drop()
    billing.nightly(clock.now())
    assert (purchase().state, wallet(desk).frozen) == ("paid", False)


def test_a_refund_that_a_bank_did_not_take_counts_no_longer(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    made = refund(desk)
    desk.tell()
    assert not desk.perks()
    desk.stripe.patch(made, status="failed")
    billing.reconcile(clock.now(), everything=True)
    assert (purchase().state, purchase().refunded_minor) == ("paid", 0)
    assert desk.perks()
    assert (wallet(desk).available, vouchers(desk)) == (WITH_GIFT, ["available", "withdrawn"])
    told_again_in_any_order_changes_nothing(desk)


@pytest.mark.both_engines
def test_six_workers_on_one_refund_take_back_once(app, gifted):
    from portal.billing import refunds

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    (payment,) = intents(desk)

    def look(_number: int) -> str | None:
        with app.app_context():
            return refunds.sync_payment(payment, clock.now()).owner

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(look, range(6))) == {desk.member}
    assert (purchase().state, wallet(desk).available) == ("refunded", JOINED)
    assert desk.mails("plan_ended") == 1


def test_a_look_that_is_older_than_what_stands_is_dropped(gifted):
    from portal.billing import refunds
    from portal.billing.shapes import Back

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    (payment,), (bill,), then = intents(desk), bills(), clock.now()
    nothing = Back(0, None)
    desk.clock.shift(5)
    refund(desk)
    desk.tell()
    before = whole(desk)
    transact(lambda: refunds._write(payment, bill.id, nothing, nothing, then))
    assert whole(desk) == before


def test_stripe_is_silent_about_the_refund_and_the_message_waits(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    before = whole(desk)
    desk.stripe.fault("500", "/v1/refunds", method="GET")
    assert set(desk.tell("charge.refunded")) == {200}
    assert whole(desk) == before
    desk.clock.shift(timedelta(minutes=2))
    billing.work_off(clock.now())
    assert purchase().state == "refunded"


def test_a_refund_of_another_site_on_the_same_stripe_is_ignored(gifted):
    desk = gifted
    desk.join("plus-life")
    desk.tell()
    client = desk.stripe.bare_client().v1
    other = client.customers.create({"metadata": {"member_id": desk.member, "site": "other.example"}})
    product = client.products.create({"name": "Other"})
    price = client.prices.create(
        {"product": product.id, "currency": "gbp", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    desk.stripe.set_card(other.id, "4242")
    client.subscriptions.create({"customer": other.id, "items": [{"price": price.id}]})
    desk.tell()
    before = whole(desk)
    theirs = [one for one in desk.at_stripe("payment_intents") if one.customer == other.id]
    client.refunds.create({"payment_intent": theirs[0].id})
    desk.tell()
    assert whole(desk) == before
    event = StripeEvent.__table__.c
    states = read(select(event.state).where(event.type.in_(("charge.refunded", "refund.updated")))).scalars()
    assert set(states) == {"ignored"}


def test_a_forged_refund_is_not_looked_into(gifted):
    import stripe

    desk = gifted
    desk.join("plus-life")
    desk.tell()
    refund(desk)
    assert set(desk.tell("charge.refunded", tamper=True)) == {400}
    header = stripe.WebhookSignature.generate_signature_header(b"\xff".decode("latin-1"), SECRET, 1)
    answer = desk.client.post(EVENTS_PATH, data=b"\xff", headers={"Stripe-Signature": header})
    assert answer.status_code == 400
    assert purchase().state == "paid"
