"""The stand-in's other pages: the portal, one bill, the desk; all of them whole."""

from tests.sandbox.conftest import MONTH, Shop
from tests.sandbox.looking import asked, faults, fetch, intent_of


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
