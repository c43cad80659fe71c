"""Acceptance cases 8 and 12, and a card that fails: what a member reads, and for how long her plan stays."""

from datetime import date

import pytest

from portal import billing, clock, people
from portal.billing.models import BillingOperation
from portal.db import transact
from tests.billing.shop import count, everything, leave


def test_case_08_declined_then_not_confirmed_then_confirmed(desk):
    url = desk.choose()
    assert desk.pay(url, "0002") is None
    desk.tell()
    assert not desk.perks()
    assert desk.pay(url, "3155", bank="fail") is None
    desk.tell()
    assert not desk.perks()
    assert "Free, and as much more" in desk.visit.open("/plans").text
    path = desk.pay(url, "3155")
    assert "Plus is yours" in desk.visit.open(path).text
    assert desk.perks()


@pytest.mark.parametrize(
    "how", ["our page", "stripe's portal", "a call that sets the date", "a call that sets the flag"]
)
def test_case_12_three_ways_to_end_and_each_can_be_kept(desk, how):
    desk.join()
    desk.tell()
    one = desk.subscription().id
    client = desk.stripe.bare_client().v1
    if how == "our page":
        desk.visit.open("/membership")
        page = desk.visit.follow("End Plus")
        for words in (
            "You keep",
            "Ends on 10 July 2026",
            "Free delivery on every order",
            "£3.00 on 10 June 2026",
        ):
            assert words in page.text
        page = desk.visit.submit("End it on 10 July 2026", reason="unused")
        assert "It ends, and nothing more is charged." in page.text
        assert client.subscriptions.retrieve(one).cancellation_details.feedback == "unused"
    elif how == "stripe's portal":
        settings = client.billing_portal.configurations.create(
            {"features": {"subscription_cancel": {"enabled": True}, "invoice_history": {"enabled": True}}}
        )
        customer = desk.at_stripe("customers")[0].id
        door = client.billing_portal.sessions.create({"customer": customer, "configuration": settings.id})
        desk.stripe.cancel_in_portal(door.url, one)
    elif how == "a call that sets the date":
        item = client.subscriptions.retrieve(one)["items"].data[0]
        client.subscriptions.update(one, {"cancel_at": item.current_period_end})
    else:
        client.subscriptions.update(one, {"cancel_at_period_end": True})
    desk.tell()
    assert desk.status() == "cancelling"
    page = desk.visit.open("/membership")
    assert "Ends on 10 July 2026." in page.text
    assert desk.mails("plan_ending") == 1
    page = desk.visit.submit("Keep Plus")
    assert "It goes on as before." in page.text
    assert desk.status() == "active"
    assert "Next payment £3.00 on 10 July 2026" in page.text

    desk.visit.follow("End Plus")
    desk.visit.submit("End it on 10 July 2026")
    assert desk.status(date(2026, 7, 10)) == "cancelling"
    assert desk.perks(date(2026, 7, 10))
    desk.pass_time(days=30, hours=1)
    desk.tell()
    assert desk.subscription().status == "canceled"
    assert desk.perks(), "the tenth is paid for to its end"
    desk.pass_time(days=1)
    assert desk.status() == "ended"
    assert not desk.perks()
    page = desk.visit.open("/membership")
    assert "Plus has ended. Your points and your tier are as they were." in page.text
    assert len(desk.at_stripe("invoices")) == 1


def test_ending_twice_is_once_and_a_wish_that_stripe_does_not_hear_is_carried_out_later(desk):
    desk.join()
    desk.tell()
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST")
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "carried out as soon as payments can be reached" in page.text
    assert "That is carried out within minutes." in page.text
    assert desk.status() == "active"
    desk.clock.shift(120)
    billing.work_off(clock.now())
    assert desk.status() == "cancelling"
    before = everything()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    assert everything() == before


def test_keeping_right_after_an_end_that_was_not_carried_out_wins(desk):
    from portal.billing import wishes

    desk.join()
    desk.tell()
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST")
    assert wishes.ask_to_end(desk.member, None, clock.now()) == "noted"
    assert wishes.ask_to_keep(desk.member, clock.now()) == "done"
    desk.pass_time(hours=1)
    billing.work_off(clock.now())
    assert desk.status() == "active"
    assert count(BillingOperation) == 3


def test_a_failed_card_keeps_the_plan_for_seven_days_and_one_mail_is_sent(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell(times=2)
    assert desk.status() == "past_due"
    assert desk.subscription().failed_on == date(2026, 7, 10)
    assert desk.mails("plan_failed") == 1
    page = desk.visit.open("/membership")
    assert "stays on until 17 July 2026 while it is tried again" in page.text
    pay = next(link for link in page.all("a") if link.text == "Pay £3.00 now")
    assert pay["href"].startswith(desk.stripe.url)
    assert desk.perks(date(2026, 7, 17))
    assert not desk.perks(date(2026, 7, 18))
    assert desk.status(date(2026, 7, 18)) == "ended"

    invoice = desk.at_stripe("invoices")[0].id
    desk.pass_time(days=4)
    desk.stripe.pay_invoice(invoice)
    desk.tell()
    assert desk.status() == "active"
    assert desk.subscription().paid_until == date(2026, 8, 10)
    assert desk.mails("plan_failed") == 1


def test_who_never_pays_is_free_on_the_eighth_day_and_can_join_again(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    desk.pass_time(days=60)
    desk.tell()
    assert desk.subscription().status == "canceled"
    assert desk.status() == "ended"
    assert desk.mails("plan_failed") == 1
    desk.visit.open("/plans")
    assert "Plus is yours" in desk.join().text


def test_who_ends_a_plan_whose_card_failed_is_charged_no_more(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it today")
    assert desk.status() == "ended"
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.set_card(customer, "4242")
    desk.pass_time(days=40)
    desk.tell()
    paid = [one for one in desk.at_stripe("invoices") if one.status == "paid"]
    assert len(paid) == 1


def test_the_card_is_changed_on_stripes_page_and_the_portal_offers_no_ending(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    token = desk.visit.page.all("input", name="csrf_token")[0]["value"]
    for to, where in (("card", "/card"), ("all", "")):
        answer = desk.visit.client.post("/billing/portal", data={"csrf_token": token, "to": to})
        assert answer.status_code == 303
        assert answer.location.startswith(f"{desk.stripe.url}/portal/"), where
    assert len(desk.at_stripe("billing_portal.configurations")) == 2, "Stripe's own, and ours once"
    opened = desk.stripe.open(answer.location)
    assert "Cancel" not in opened.page.text


def test_bills_are_told_and_not_linked_while_her_card_is_stopped(desk):
    """A bill at Stripe shows her address to whoever opens its link."""
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    page = desk.visit.open("/membership")
    links = [link for link in page.all("a") if link["href"].startswith(desk.stripe.url)]
    assert sorted(link.text for link in links) == [
        "Invoice 10 July 2026",
        "Invoice 10 June 2026",
        "Pay £3.00 now",
    ]
    rows = [row.text.replace("Invoice 10 July 2026 ", "") for row in page.all("li", **{"class": "row"})]
    transact(lambda: people.freeze(desk.member, clock.now()))
    page = desk.visit.open("/membership")
    assert desk.stripe.url not in str([link["href"] for link in page.all("a")])
    assert "/billing/portal" not in [form["action"] for form in page.all("form")]
    assert "stay closed: they show your address" in page.text
    assert [link["href"] for link in page.all("a") if link.text == "See what lifts the stop"] == [
        "/safety/stop"
    ]
    assert [row.text for row in page.all("li", **{"class": "row"})] == [
        row.replace("Invoice 10 June 2026 ", "") for row in rows
    ]
    transact(lambda: people.lift_freeze(desk.member))
    page = desk.visit.open("/membership")
    assert "stay closed" not in page.text
    assert len([link for link in page.all("a") if link["href"].startswith(desk.stripe.url)]) == 3


@pytest.mark.both_engines
@pytest.mark.parametrize("to", ["card", "all"])
def test_stripes_pages_stay_shut_while_her_points_are_stopped(desk, to):
    desk.join()
    desk.tell()
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    transact(lambda: people.freeze(desk.member, clock.now()))
    answer = desk.visit.client.post("/billing/portal", data={"csrf_token": token, "to": to})
    assert answer.status_code == 422
    assert "Not while your card is stopped" in answer.text
    assert 'href="/safety/stop"' in answer.text
    assert "/portal/" not in answer.text
    transact(lambda: people.lift_freeze(desk.member))
    answer = desk.visit.client.post("/billing/portal", data={"csrf_token": token, "to": to})
    assert answer.location.startswith(f"{desk.stripe.url}/portal/")


def test_case_19_the_portal_explains_itself_when_the_customer_is_gone(desk):
    desk.join()
    desk.tell()
    (customer,) = desk.at_stripe("customers")
    desk.stripe.bare_client().v1.customers.delete(customer.id)
    desk.visit.open("/membership")
    page = desk.visit.submit("Card and invoices", 409)
    assert "Stripe has no card of yours any more" in page.text
    assert desk.status() == "ended"


@pytest.mark.parametrize("moment", ["running", "failed", "ending"])
def test_who_leaves_is_charged_no_more(desk, moment):
    desk.join(card="0341" if moment == "failed" else "4242")
    desk.tell()
    if moment == "failed":
        desk.pass_time(days=30, hours=2)
        desk.tell()
    elif moment == "ending":
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
    leave(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "4242")
    desk.pass_time(days=70)
    desk.tell()
    assert desk.subscription().status == "canceled"
    assert len([one for one in desk.at_stripe("invoices") if one.status == "paid"]) == 1


def test_who_leaves_with_an_open_checkout_cannot_pay_it(desk):
    url = desk.choose()
    leave(desk)
    assert desk.pay(url) is None
    assert not desk.at_stripe("subscriptions")
