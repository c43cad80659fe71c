"""The stand-in's hosted pages: paying, declines, 3-D Secure, promotion codes, the portal, one bill."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
import stripe

from tests.page import lint, read
from tests.sandbox.conftest import Shop

MONTH = 31


def fetch(shop: Shop, path: str) -> str:
    """The HTML of a page as it is."""
    answer = asked(shop, urlsplit(path).path)
    assert answer.status_code in (200, 404)
    return answer.text


def asked(shop: Shop, path: str) -> requests.Response:
    """What its server answers, over a real connection."""
    return requests.get(f"{shop.standin.url}{path}", allow_redirects=False, timeout=10)


def intent_of(shop: Shop, bill: str) -> str:
    """The payment intent of a bill."""
    return str(shop.v1.invoice_payments.list({"invoice": bill}).data[0].payment.payment_intent)


def faults(html: str) -> list[str]:
    """What is wrong with a page of the stand-in: like ours, and it says what it is."""
    found = lint(html)
    return (
        found
        if "Stand-in for Stripe" in read(html).text
        else [*found, "it does not say that it is a stand-in"]
    )


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


def test_a_new_card_in_the_portal_is_charged_from_then_on(shop: Shop):
    subscription = shop.join("0341")
    opened = shop.v1.billing_portal.sessions.create(
        {
            "customer": shop.anna,
            "return_url": "http://localhost/plans",
            "flow_data": {
                "type": "payment_method_update",
                "after_completion": {
                    "type": "redirect",
                    "redirect": {"return_url": "http://localhost/plans?card=new"},
                },
            },
        }
    )
    assert shop.standin.open(opened.url).location.endswith("/card")
    assert "declined" in shop.standin.change_card(opened.url, "0002").page.text
    assert shop.standin.change_card(opened.url, "3155").location == "http://localhost/plans?card=new"
    shop.standin.advance(days=MONTH)
    assert [bill.status for bill in shop.bills(subscription)] == ["paid", "paid"]


def test_cancelling_in_the_portal_needs_leave_and_sets_an_instant(shop: Shop):
    subscription = shop.join()
    opened = shop.v1.billing_portal.sessions.create(
        {"customer": shop.anna, "return_url": "http://localhost/plans"}
    )
    assert "This page has ended" in shop.standin.cancel_in_portal(opened.url, subscription).page.text
    allowed = shop.v1.billing_portal.configurations.create(
        {"features": {"subscription_cancel": {"enabled": True}, "invoice_history": {"enabled": True}}}
    )
    opened = shop.v1.billing_portal.sessions.create(
        {"customer": shop.anna, "return_url": "http://localhost/plans", "configuration": allowed.id}
    )
    shop.standin.cancel_in_portal(opened.url, subscription, "too_expensive")
    found = shop.subscription(subscription)
    item = found["items"].data[0]
    assert (found.cancel_at, found.cancel_at_period_end) == (item.current_period_end, False)
    assert found.cancellation_details.feedback == "too_expensive"
    shop.v1.subscriptions.update(subscription, {"cancel_at_period_end": False})
    assert shop.subscription(subscription).cancel_at is not None, "the boolean takes back only itself"
    shop.v1.subscriptions.update(subscription, {"cancel_at": ""})
    assert shop.subscription(subscription).cancel_at is None


def test_the_portal_of_an_hour_ago_has_ended(shop: Shop):
    opened = shop.v1.billing_portal.sessions.create(
        {"customer": shop.anna, "return_url": "http://localhost/plans"}
    )
    assert "Your billing" in shop.standin.open(opened.url).page.text
    shop.standin.advance(days=1)
    assert "This page has ended" in shop.standin.open(opened.url).page.text


def test_an_open_bill_is_paid_at_its_own_page(shop: Shop):
    subscription = shop.join("0341")
    shop.standin.advance(days=MONTH)
    bill = shop.bills(subscription)[-1]
    assert (bill.status, shop.subscription(subscription).status) == ("open", "past_due")
    assert shop.standin.pay_invoice(bill.id, "0002").status == 422
    assert shop.standin.pay_invoice(bill.id, "3184", bank="fail").location.endswith("failed=3ds")
    shop.standin.pay_invoice(bill.id, "3184")
    assert (shop.bills(subscription)[-1].status, shop.subscription(subscription).status) == ("paid", "active")
    assert "Thank you" in shop.standin.open(bill.hosted_invoice_url).page.text


def test_a_form_of_another_site_or_an_earlier_start_does_nothing(shop: Shop):
    session = shop.session()
    answer = shop.standin.send(f"/pay/{session.id}", {"act": "pay", "card": "4242"})
    assert "from an earlier start" in answer.page.text
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_every_page_is_whole_and_says_that_it_is_a_stand_in(shop: Shop):
    coupon = shop.v1.coupons.create({"amount_off": 100, "currency": "gbp", "duration": "forever"})
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "TEA"})
    session = shop.session(allow_promotion_codes=True)
    pages = {"pay": fetch(shop, session.url)}
    shop.standin.pay(session.id, "0341", promotion_code="TEA")
    pages["over"] = fetch(shop, f"/pay/{session.id}")
    pages["unknown"] = fetch(shop, "/pay/cs_test_nothing")
    pages["bank"] = asked(shop, f"/pay/{shop.session().id}/three-d-secure?card=3155").text
    allowed = shop.v1.billing_portal.configurations.create(
        {
            "features": {
                "subscription_cancel": {"enabled": True},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
            }
        }
    )
    opened = shop.v1.billing_portal.sessions.create(
        {"customer": shop.anna, "return_url": "http://localhost/", "configuration": allowed.id}
    )
    subscription = shop.v1.checkout.sessions.retrieve(session.id).subscription
    pages["portal"] = fetch(shop, opened.url)
    pages["card"] = fetch(shop, f"{opened.url}/card")
    pages["cancel"] = fetch(shop, f"{opened.url}/cancel/{subscription}")
    shop.standin.cancel_in_portal(opened.url, subscription)
    pages["ending"] = fetch(shop, opened.url)
    shop.v1.subscriptions.update(subscription, {"cancel_at": ""})
    shop.standin.advance(days=MONTH)
    bill = shop.bills(subscription)[-1]
    pages["bill"] = fetch(shop, f"/invoice/{bill.id}")
    pages["bank of a bill"] = shop.standin.pay_invoice(bill.id, "3184", bank="leave") and fetch(
        shop, f"/three-d-secure/{intent_of(shop, bill.id)}"
    )
    pages["waiting"] = fetch(shop, f"/invoice/{bill.id}")
    shop.standin.pay_invoice(bill.id, "4242")
    pages["paid"] = fetch(shop, f"/invoice/{bill.id}")
    shop.standin.dispute(shop.v1.charges.list({"customer": shop.anna, "limit": 1}).data[0].payment_intent)
    pages["desk"] = fetch(shop, "/")
    found = {name: faults(html) for name, html in pages.items() if faults(html)}
    assert not found
    assert "Don’t cancel" in pages["ending"]
    assert "Confirm payment" in pages["waiting"]
    assert "needs_response" in pages["desk"]


def test_the_pages_may_send_only_where_the_payment_leads(shop: Shop):
    session = shop.session()
    policy = asked(shop, f"/pay/{session.id}").headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost;" in policy
    assert "script-src" not in policy
    css = asked(shop, "/static/stripe.css")
    kind = css.headers["Content-Type"].split(";")[0]
    assert (css.status_code, kind, ".cards" in css.text) == (200, "text/css", True)
    assert asked(shop, "/static/tokens.css").status_code == 404


def test_the_desk_moves_the_clock_and_holds_events(shop: Shop):
    subscription = shop.join()
    was = shop.standin.now()
    shop.standin.submit("/", "advance:month")
    assert shop.standin.now() >= was + MONTH * 86_400
    assert len(shop.bills(subscription)) == 2
    shop.standin.submit("/", "next:")
    assert shop.standin.submit("/", "next").status == 303
    assert len(shop.bills(subscription)) == 3
    shop.standin.submit("/", "hold:off")
    assert "Delivered as they come" in shop.standin.open("/").page.text
    shop.standin.submit("/", "hold:on")
    assert shop.standin.send("/", {"act": "hold:off"}).status == 422
    assert "Held" in shop.standin.open("/").page.text
