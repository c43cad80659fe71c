"""The page of a plan names what is still to go back: not what went back meanwhile, and no bill twice."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.billing import operations, owed, returns
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.db import read, transact
from tests.billing.in_vain import answers_again, end_of_the_eve, refunds, too_low, work
from tests.billing.pages import words
from tests.billing.shop import Desk

NOT_DONE = "goes back to you, the way you paid it. That is not done yet"
_operation = BillingOperation.__table__.c


@pytest.fixture
def refused(desk, monkeypatch) -> Desk:
    """£3.00 are owed back, and Stripe refuses them."""
    end_of_the_eve(desk)
    answers_again(desk)
    monkeypatch.setattr(returns, "give_back", too_low)
    work(desk)
    assert f"£3.00 {NOT_DONE}" in words(desk.visit.open("/membership"))
    return desk


def test_after_a_part_went_back_by_hand_the_rest_is_named(refused, monkeypatch):
    payment = refused.at_stripe("payment_intents")[0].id
    refused.stripe.bare_client().v1.refunds.create({"payment_intent": payment, "amount": 100})
    refused.tell()
    assert f"£2.00 {NOT_DONE}" in words(refused.visit.open("/membership"))
    monkeypatch.undo()
    work(refused, times=2, hours=13)
    assert sorted(refunds(refused)) == [100, 200]
    assert NOT_DONE not in words(refused.visit.open("/membership"))


@pytest.mark.parametrize("state", ["new", "failed"])
def test_a_bill_that_is_owed_for_two_wishes_is_named_once(refused, state):
    (first,) = read(select(BillingOperation.__table__).where(_operation.kind == "refund")).all()

    def note() -> None:
        key, facts = "another", {"subscription": "sub_1"}
        operations.note(
            refused.member, "end", first.plan, facts, key=key, now=clock.now(), due_at=None, state="done"
        )
        wish = read(select(BillingOperation.__table__).where(_operation.idempotency_key == key)).one()
        owed.note(wish, gateway().bill(first.facts["bill"]), clock.now())
        if state == "failed":
            owed.refused(first, "it is too old", clock.now(), for_good=True)

    transact(note)
    text = words(refused.visit.open("/membership"))
    assert (f"£3.00 {NOT_DONE}" in text, "£6.00 goes" in text, "is owed to you" in text) == (
        True,
        False,
        False,
    )
