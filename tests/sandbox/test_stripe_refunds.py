"""Money that goes back on the stand-in: refunds and disputes."""

import pytest
import stripe

from tests.sandbox.conftest import Shop


def test_refunds_in_part_and_in_whole(shop: Shop):
    subscription = shop.join()
    payment = shop.v1.invoice_payments.list(
        {"invoice": shop.bills(subscription)[0].id, "status": "paid"}
    ).data[0]
    intent = payment.payment.payment_intent
    key = {"idempotency_key": "refund:1"}
    first = shop.v1.refunds.create(
        {"payment_intent": intent, "amount": 200, "reason": "requested_by_customer"}, key
    )
    assert shop.v1.refunds.retrieve(first.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        shop.v1.refunds.create({"payment_intent": intent, "amount": 301})
    shop.v1.refunds.create({"payment_intent": intent})
    charge = shop.v1.charges.retrieve(first.charge, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, len(charge.refunds.data)) == (True, 500, 2)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert shop.types().count("charge.refunded") == 2


def test_refunds_and_disputes_are_listed_from_a_moment_on_and_by_payment(shop: Shop):
    first = shop.v1.invoice_payments.list({"invoice": shop.bills(shop.join())[0].id}).data[0]
    refund = shop.v1.refunds.create({"payment_intent": first.payment.payment_intent}).id
    then = shop.standin.advance(days=1)
    second = shop.v1.invoice_payments.list({"invoice": shop.bills(shop.join())[0].id}).data[0]
    dispute = shop.standin.dispute(second.payment.payment_intent)
    opened = shop.v1.disputes.retrieve(dispute).created
    for since, refunds, disputes in ((0, [refund], [dispute]), (then, [], [dispute]), (opened + 1, [], [])):
        asked = {"created": {"gte": since}}
        assert [one.id for one in shop.v1.refunds.list(asked).data] == refunds
        assert [one.id for one in shop.v1.disputes.list(asked).data] == disputes
    of_first = {"payment_intent": first.payment.payment_intent}
    assert [one.id for one in shop.v1.refunds.list(of_first).data] == [refund]
    assert not shop.v1.disputes.list(of_first).data


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_opened_and_closed(shop: Shop, outcome: str):
    subscription = shop.join()
    payment = shop.v1.invoice_payments.list({"invoice": shop.bills(subscription)[0].id}).data[0]
    dispute = shop.standin.dispute(payment.payment.payment_intent)
    assert shop.v1.disputes.retrieve(dispute, {"expand": ["payment_intent"]}).payment_intent.amount == 500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.refunds.create({"payment_intent": payment.payment.payment_intent})
    assert refused.value.code == "charge_disputed"
    shop.standin.close_dispute(dispute, outcome)
    assert shop.v1.disputes.retrieve(dispute).status == outcome
    assert [name for name in shop.types() if name in ("charge.dispute.created", "charge.dispute.closed")] == [
        "charge.dispute.created",
        "charge.dispute.closed",
    ]
