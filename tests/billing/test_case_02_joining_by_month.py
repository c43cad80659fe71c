"""Acceptance cases 1 to 3: free costs nothing; a plan is there when the member comes back, whoever was faster."""

from datetime import date

import pytest

from portal.billing.models import BillingOperation, Purchase, StripeCustomer, Subscription
from tests.billing.shop import count, everything, session_in
from tests.support.acts import HERS, begin, hire


def test_case_01_joining_free_makes_no_customer(anna, stripe_standin, desk):
    page = desk.visit.open("/plans")
    assert "It stays free" in page.text
    assert not desk.at_stripe("customers")
    assert count(StripeCustomer) == 0
    assert desk.status() is None


@pytest.mark.both_engines
def test_case_02_messages_before_the_redirect(desk):
    url = desk.choose()
    assert desk.status() is None
    path = desk.pay(url)
    assert set(desk.tell()) == {200}
    assert desk.status() == "active"
    page = desk.visit.open(path)
    assert "Plus is yours" in page.text
    assert "£3.00 on 10 July 2026" in page.text
    assert "Free delivery on every order" in page.text
    assert len(desk.at_stripe("customers")) == 1
    assert len(desk.at_stripe("checkout.sessions")) == 1
    assert len(desk.at_stripe("subscriptions")) == 1
    assert desk.mails("plan_joined") == 1
    row = desk.subscription()
    assert (row.plan, row.paid_until, row.amount_minor, row.currency) == (
        "plus-monthly", date(2026, 7, 10), 300, "GBP",
    )  # fmt: skip


def test_case_03_redirect_before_any_message_and_then_all_of_them_reversed_and_three_times(desk):
    page = desk.join()
    assert "Plus is yours" in page.text
    before = everything()
    events = desk.stripe.events()
    assert len(events) > 3
    for _ in range(3):
        assert set(desk.stripe.deliver_to(desk.client, reversed(events))) == {200}
    assert everything() == before
    assert desk.mails("plan_joined") == 1
    assert count(Subscription) == 1


def test_the_return_page_says_that_it_is_confirmed_while_stripe_does_not_answer_and_offers_no_second_payment(
    desk,
):
    path = desk.pay(desk.choose())
    desk.stripe.fault("500", "/v1/checkout/sessions/*", times=1)
    page = desk.visit.open(path)
    assert "Confirming your payment" in page.text
    assert not [form for form in page.all("form") if "checkout" in form["action"]]
    (refresh,) = page.all("meta", **{"http-equiv": "refresh"})
    assert f"session_id={session_in(path)}" in refresh["content"]
    assert "Plus is yours" in desk.visit.open(refresh["content"].split("url=")[1]).text


def test_once_for_life_is_one_payment_without_an_end(desk):
    page = desk.join("plus-life")
    assert "Plus is yours" in page.text
    assert "once, for life" in page.text
    assert (count(Purchase), count(Subscription)) == (1, 0)
    desk.tell(times=2)
    assert count(Purchase) == 1
    assert desk.status() == "active"
    assert desk.perks(date(2126, 1, 1))
    assert desk.mails("plan_joined") == 1
    assert "once, for life" in desk.visit.open("/membership").text


def test_the_mail_says_what_is_paid_next_and_how_to_end_it(desk):
    from portal import jobs

    desk.join()
    jobs.wake()
    words = desk.mail("Plus is yours")
    assert "The next payment of £3.00 is on 10 July 2026." in words
    assert "/membership" in words


def test_who_has_a_plan_cannot_buy_it_twice_and_may_buy_it_for_life(desk):
    desk.join()
    page = desk.visit.open("/plans")
    assert [one["value"] for one in page.all("input", name="plan")] == ["plus-life"]
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post("/billing/checkout", data={"csrf_token": token, "plan": "plus-yearly"})
    assert answer.location == "/membership"
    assert count(BillingOperation) == 1


def test_what_was_paid_by_month_runs_out_after_paying_for_life(desk):
    desk.join()
    desk.join("plus-life")
    desk.tell()
    row = desk.subscription()
    assert row.ends_on == date(2026, 7, 10)
    assert desk.perks(date(2030, 1, 1))
    page = desk.visit.open("/membership")
    assert "What you had before ends on 10 July 2026" in page.text
    desk.pass_time(days=31)
    desk.tell()
    assert desk.subscription().status == "canceled"
    assert len(desk.at_stripe("invoices")) == 2


def test_support_on_a_visit_reads_of_her_bills_and_cannot_open_them(desk):
    desk.join()
    assert desk.visit.open("/membership").all("a", href=desk.at_stripe("invoices")[0].hosted_invoice_url)
    colleague = hire(desk.app)
    begin(colleague)
    assert "£3.00" in colleague.open(HERS + "/membership").text
    assert "/invoice/" not in colleague.response.text


@pytest.mark.both_engines
@pytest.mark.parametrize("path", ["/membership", "/plans"])
def test_support_on_a_visit_sees_her_pages_while_a_payment_of_hers_is_untold_and_writes_nothing(desk, path):
    desk.pay(desk.choose())
    colleague = hire(desk.app)
    begin(colleague)
    colleague.open(HERS + path)
    assert colleague.path == HERS + path
    assert desk.status() is None
    desk.visit.open(path)
    assert desk.status() == "active", "her own look finds it"


def test_support_on_a_visit_sees_that_a_renewal_is_being_checked_and_does_not_ask_for_it(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=40)
    colleague = hire(desk.app)
    begin(colleague)
    assert "We are checking the last payment." in colleague.open(HERS + "/membership").text
    assert "We are checking the last payment." not in desk.visit.open("/membership").text
