"""The stand-in's Checkout: paying, declines, 3-D Secure, promotion codes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.sandbox.conftest import MONTH, Shop
from tests.sandbox.looking import fetch


def test_a_session_expires_in_real_time_wherever_the_clock_was_moved_to(shop: Shop):
    real = shop.standin.now()
    shop.standin.advance(days=7)
    session = shop.session(expires_at=real + 3600)
    assert shop.standin.pay(session.id).status == 303
    with pytest.raises(stripe.InvalidRequestError):
        shop.session(expires_at=shop.standin.now() + 3600)


@pytest.mark.parametrize("way", ["link", "sepa_debit"])
def test_who_pays_without_a_card_has_a_payment_method_without_one(shop: Shop, way: str):
    session = shop.session()
    assert shop.standin.pay(session.id, "3201" if way == "sepa_debit" else way).status == 303
    found = shop.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["subscription.default_payment_method"]}
    )
    method = found.subscription.default_payment_method
    assert (method.type, way in method, "card" in method) == (way, True, False)


def test_where_cards_alone_are_taken_nothing_else_is(shop: Shop):
    session = shop.session(allowed_payment_method_types=["card"])
    assert "Link" not in fetch(shop, session.url)
    assert shop.standin.pay(session.id, "link").status == 422
    assert shop.standin.pay(session.id).status == 303


def test_a_card_that_works_subscribes_and_leads_back(shop: Shop):
    session = shop.session(metadata={"op": "1"}, subscription_data={"metadata": {"op": "1"}})
    answer = shop.standin.pay(session.id)
    assert answer.status == 303
    assert answer.location == f"http://localhost/billing/return?session_id={session.id}"
    paid = shop.v1.checkout.sessions.retrieve(
        session.id,
        {"expand": ["subscription", "line_items", "invoice.payments.data.payment.payment_intent"]},
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.subscription.status, paid.subscription.metadata["op"]) == ("active", "1")
    assert paid.subscription.billing_mode.type == "flexible"
    assert not hasattr(paid.subscription, "current_period_end")
    assert paid.invoice.parent.subscription_details.subscription == paid.subscription.id
    assert paid.invoice.payments.data[0].payment.payment_intent.status == "succeeded"
    assert [line.amount_total for line in paid.line_items.data] == [500]


def test_a_session_that_is_paid_or_expired_says_so_when_it_is_used_again(shop: Shop):
    session = shop.session()
    shop.standin.pay(session.id)
    again = shop.standin.pay(session.id)
    assert "has been made already" in again.page.text
    late = shop.session()
    shop.v1.checkout.sessions.expire(late.id)
    assert "nothing was charged" in shop.standin.pay(late.id).page.text
    assert len(shop.v1.subscriptions.list({"customer": shop.anna, "status": "all"}).data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        shop.v1.checkout.sessions.expire(session.id)


def test_a_double_click_pays_once(shop: Shop):
    session = shop.session()
    with ThreadPoolExecutor(4) as clicks:
        statuses = sorted(clicks.map(lambda _: shop.standin.pay(session.id).status, range(4)))
    assert statuses[0] in (200, 303)
    assert len(shop.v1.subscriptions.list({"customer": shop.anna, "status": "all"}).data) == 1
    assert len(shop.v1.charges.list({"customer": shop.anna}).data) == 1


def test_a_page_left_open_expires_by_the_clock(shop: Shop):
    session = shop.session(expires_at=shop.standin.now() + 3600)
    shop.standin.advance(days=1)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert "checkout.session.expired" in shop.types()


def test_a_declined_card_leaves_the_session_open_and_nothing_bought(shop: Shop):
    session = shop.session()
    answer = shop.standin.pay(session.id, "0002")
    assert (answer.status, "Your card was declined." in answer.page.text) == (422, True)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert not shop.v1.subscriptions.list({"customer": shop.anna, "status": "all"}).data
    assert "charge.failed" in shop.types()
    assert shop.standin.pay(session.id, "4242").status == 303


def test_3d_secure_may_fail_first_and_succeed_then(shop: Shop):
    session = shop.session()
    failed = shop.standin.pay(session.id, "3155", bank="fail")
    assert "unable to authenticate" in shop.standin.open(failed.location).page.text or failed.status == 303
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    done = shop.standin.pay(session.id, "3155")
    assert done.location.startswith("http://localhost/billing/return")
    subscription = shop.v1.checkout.sessions.retrieve(session.id).subscription
    shop.standin.advance(days=MONTH)
    assert [bill.status for bill in shop.bills(subscription)] == ["paid", "paid"]


def test_once_for_life_makes_a_bill_and_a_payment(shop: Shop):
    price = shop.price("platinum-life", 50_000)
    session = shop.session(
        price,
        mode="payment",
        invoice_creation={"enabled": True},
        payment_intent_data={"metadata": {"kind": "lifetime"}},
    )
    assert shop.standin.pay(session.id).status == 303
    paid = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["invoice", "payment_intent"]})
    assert (paid.payment_status, paid.payment_intent.metadata["kind"]) == ("paid", "lifetime")
    assert (paid.invoice.status, paid.invoice.total, paid.invoice.parent) == ("paid", 50_000, None)
    found = shop.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": paid.payment_intent.id}}
    )
    assert [one.invoice for one in found.data] == [paid.invoice.id]


def test_a_trial_may_begin_without_a_card(shop: Shop):
    session = shop.session(
        payment_method_collection="if_required",
        subscription_data={
            "trial_period_days": 14,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        },
    )
    assert not shop.standin.open(session.url).page.all("input", name="card")
    assert shop.standin.pay(session.id, None).status == 303
    paid = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (paid.payment_status, paid.subscription.status) == ("no_payment_required", "trialing")


def test_a_promotion_code_takes_its_part_off_the_first_bill(shop: Shop):
    coupon = shop.v1.coupons.create({"percent_off": 20, "duration": "once"})
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "TEA20"})
    session = shop.session(allow_promotion_codes=True)
    wrong = shop.standin.submit(f"/pay/{session.id}", "redeem", promotion_code="NOPE")
    assert "This code is invalid." in wrong.page.text
    assert shop.standin.pay(session.id, promotion_code="tea20").status == 303
    paid = shop.v1.checkout.sessions.retrieve(session.id)
    assert (paid.amount_total, paid.total_details.amount_discount) == (400, 100)
    shop.standin.advance(days=MONTH)
    assert [bill.total for bill in shop.bills(paid.subscription)] == [400, 500]
    assert shop.v1.promotion_codes.list({"code": "TEA20"}).data[0].times_redeemed == 1


def test_yen_are_shown_and_charged_as_they_are(shop: Shop):
    price = shop.price("gold-yen", 500, "month", "jpy")
    session = shop.session(price)
    assert "500 JPY" in shop.standin.open(session.url).page.text
    shop.standin.pay(session.id)
    assert shop.v1.checkout.sessions.retrieve(session.id).amount_total == 500


@pytest.mark.parametrize(
    "params",
    [
        {"mode": "payment"},
        {"expires_at": 1_900_000_000},
        {"success_url": "not an address"},
        {"line_items": []},
        {"allow_promotion_codes": True, "discounts": [{"coupon": "c"}]},
        {"automatic_tax": {"enabled": True}},
        {"invoice_creation": {"enabled": True}},
        {"managed_payments": {"enabled": True}},
    ],
)
def test_a_session_that_stripe_would_not_open_is_refused(shop: Shop, params):
    with pytest.raises(stripe.InvalidRequestError):
        shop.session(**params)


def test_tax_needs_an_address_or_leave_to_save_one(shop: Shop):
    params = {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto", "name": "auto"}}
    shop.standin.pay(shop.session(**params).id)
    assert shop.v1.customers.retrieve(shop.anna).address.country == "GB"
