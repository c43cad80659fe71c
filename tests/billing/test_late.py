"""Months of messages that come late and in any order: each payment brings what comes with it once, for its month."""

from itertools import permutations

import pytest
from sqlalchemy import select

from portal import billing, clock, ledger, tiers
from portal.billing.models import Invoice
from portal.db import read
from tests.billing import lives
from tests.billing.shop import Desk, everything

JOINED, GIFT = 100, 600


@pytest.fixture
def unheard(desk) -> Desk:
    """Anna has paid Gold for three months, and no message has arrived."""
    lives.publish()
    desk.pay(desk.choose("gold-monthly"))
    for _ in range(2):
        desk.pass_time(days=31)
        desk.pass_time(hours=2)
    return desk


def points(desk: Desk) -> int:
    return ledger.wallet(desk.member).available - JOINED


def months(desk: Desk) -> tuple[int, list[int]]:
    bills = read(select(Invoice.__table__).order_by(Invoice.__table__.c.paid_at)).all()
    return tiers.paid_months(desk.member, "gold-monthly"), [bill.streak for bill in bills]


@pytest.mark.both_engines
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_three_payments_that_are_told_late_bring_three_gifts_in_any_order(unheard, order):
    paid = unheard.stripe.events("invoice.paid")
    for place in order:
        assert unheard.stripe.deliver_to(unheard.client, [paid[place]], times=2) == [200, 200]
    assert points(unheard) == 3 * GIFT
    assert months(unheard) == (3, [1, 2, 3])
    assert unheard.mails("plan_receipt") == 3


@pytest.mark.parametrize("which", [0, 1, 2], ids=["first", "second", "third"])
@pytest.mark.parametrize("told_first", [True, False], ids=["refund first", "payments first"])
def test_a_payment_that_went_back_takes_its_own_gift_and_month_alone(unheard, which, told_first):
    v1 = unheard.stripe.bare_client().v1
    paid = [one.id for one in v1.payment_intents.list({"limit": 10}).data if one.status == "succeeded"][::-1]
    v1.refunds.create({"payment_intent": paid[which]})
    events = unheard.stripe.events("charge.refunded"), unheard.stripe.events("invoice.paid")
    for some in events if told_first else events[::-1]:
        unheard.stripe.deliver_to(unheard.client, some, times=2)
    assert points(unheard) == 2 * GIFT
    assert months(unheard)[0] == 2
    given = {row.paid_until for row in read(select(Invoice.__table__)) if row.refunded_minor == 0}
    assert len(given) == 2, "each pays for a month of its own"


def test_reconcile_alone_finds_every_payment_that_no_message_told(unheard):
    unheard.stripe.drop()
    billing.reconcile(clock.now(), everything=True)
    assert points(unheard) == 3 * GIFT
    assert months(unheard) == (3, [1, 2, 3])
    assert unheard.mails("plan_receipt") == 3
    before = everything()
    assert billing.reconcile(clock.now(), everything=True).drift == []
    assert everything() == before


@pytest.mark.parametrize(("which", "ends"), [(0, False), (2, True)], ids=["an older one", "the last one"])
def test_a_lost_dispute_ends_the_plan_by_what_was_paid_and_not_by_what_was_heard(unheard, which, ends):
    v1 = unheard.stripe.bare_client().v1
    paid = [one.id for one in v1.payment_intents.list({"limit": 10}).data if one.status == "succeeded"][::-1]
    unheard.stripe.close_dispute(unheard.stripe.dispute(paid[which]), "lost")
    unheard.stripe.deliver_to(unheard.client, unheard.stripe.events("charge.dispute.closed"))
    billing.work_off(clock.now())
    (plan,) = v1.subscriptions.list({"status": "all"}).data
    assert (plan.status == "canceled") is ends
    assert plan.cancel_at_period_end is not ends


def test_reconcile_and_then_the_messages_of_before_bring_nothing_twice(unheard):
    billing.reconcile(clock.now(), everything=True)
    unheard.stripe.deliver_to(unheard.client, unheard.stripe.events()[::-1], times=2)
    assert points(unheard) == 3 * GIFT
    assert months(unheard)[0] == 3
