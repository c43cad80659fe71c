"""Mails of a paid membership: each thing once however often Stripe tells it, with exact amounts, days and addresses."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from portal import billing, clock, jobs, notices, people
from portal import programme as programmes
from portal.billing import reminding, telling
from portal.billing.shapes import Bill
from portal.db import read, run, transact

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
WELCOME = "The next payment of £3.00 is on 10 July 2026."


def sell(source: str) -> None:
    transact(lambda: programmes.publish(source, clock.now()))


def bill(total: int = 300, currency: str = "GBP", **changes: Any) -> Bill:
    facts: dict[str, Any] = {
        "id": "in_1", "customer_id": "cus_1", "subscription_id": None, "number": "A-1", "status": "paid",
        "reason": "subscription_cycle", "currency": currency, "total_minor": total, "due_minor": total,
        "made_at": NOON, "finalized_at": NOON, "paid_at": NOON, "hosted_url": "https://pay.example/in_1",
    }  # fmt: skip
    return Bill(**(facts | changes))


def lives_in(member: str, zone: str) -> None:
    transact(lambda: run(update(people.Member).where(people.Member.id == member).values(timezone=zone)))


@pytest.mark.both_engines
def test_the_first_payment_brings_a_welcome_and_a_receipt_once_however_often_it_is_told(desk):
    desk.join()
    events = desk.stripe.events()
    for _ in range(3):
        assert set(desk.stripe.deliver_to(desk.client, reversed(events))) == {200}
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt")) == (1, 1)
    jobs.wake()
    (invoice,) = desk.at_stripe("invoices")
    words = desk.mail("Your receipt: £3.00 for Plus")
    assert "We received £3.00 for Plus on 10 June 2026." in words
    assert f"The invoice has the number {invoice.number}." in words
    assert invoice.hosted_invoice_url in words
    assert "Days in this message" not in words
    assert WELCOME in desk.mail("Plus is yours")


def test_each_renewal_has_a_receipt_of_its_own(desk):
    desk.join()
    desk.pass_time(days=31)
    desk.tell(times=2)
    assert desk.mails("plan_receipt") == 2
    assert desk.mails("plan_joined") == 1


def test_a_plan_for_life_has_one_receipt(desk):
    desk.join("plus-life")
    desk.tell(times=2)
    assert desk.mails("plan_receipt") == 1
    jobs.wake()
    assert "We received £90.00 for Plus on 10 June 2026." in desk.mail("Your receipt: £90.00 for Plus")


def test_a_receipt_tells_the_day_of_her_own_zone_and_names_it(desk):
    lives_in(desk.member, "Pacific/Auckland")
    transact(lambda: telling.tell_paid(desk.member, bill(), clock.now()))
    jobs.wake()
    words = desk.mail("Your receipt: £3.00 for Plus")
    assert "on 11 June 2026" in words
    assert "Days in this message are those of Pacific/Auckland." in words


def test_a_last_day_is_the_programmes_and_its_zone_is_named_where_hers_is_another(desk):
    lives_in(desk.member, "Pacific/Auckland")
    transact(
        lambda: telling.tell_ending(
            desk.member, "plus-monthly", key="k", ends_on=date(2026, 7, 10), why="asked", now=clock.now()
        )
    )
    jobs.wake()
    words = desk.mail("Plus ends on 10 July 2026")
    assert "Days in this message are those of Europe/London." in words


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(500, "JPY", "JP¥500"), (12345, "KWD", "KWD12.345"), (1234, "EUR", "€12.34")],
)
def test_an_amount_has_as_many_decimals_as_its_currency(desk, minor, currency, shown):
    transact(lambda: telling.tell_paid(desk.member, bill(minor, currency), clock.now()))
    jobs.wake()
    assert f"We received {shown} for Plus" in desk.mailbox.words("anna@example.com")


def test_a_mail_is_queued_in_the_language_of_its_member(desk):
    who = people.Member
    transact(lambda: run(update(who).where(who.id == desk.member).values(locale="ko-KR")))
    transact(lambda: telling.tell_paid(desk.member, bill(), clock.now()))
    notice = notices.Notice.__table__.c
    assert read(select(notice.locale).where(notice.kind == "plan_receipt")).scalar_one() == "ko-KR"


def test_a_failed_renewal_is_told_once_for_its_bill_and_its_end_as_unpaid(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=31)
    desk.tell(times=3)
    assert desk.mails("plan_failed") == 1
    for _ in range(3):
        desk.pass_time(days=5)
        desk.tell(times=2)
    assert desk.mails("plan_failed") == 1
    jobs.wake()
    assert "stays on until 17 July 2026" in desk.mail("A payment for Plus did not go through")
    assert desk.mails("plan_ended") == 1
    assert "No payment came through" in desk.mail("Plus has ended")


def test_an_end_that_she_asked_for_is_confirmed_and_told_when_it_comes(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell(times=2)
    assert (desk.mails("plan_ending"), desk.mails("plan_ended")) == (1, 0)
    desk.pass_time(days=31)
    desk.tell(times=3)
    assert desk.mails("plan_ended") == 1
    jobs.wake()
    assert "It ended as you asked. Nothing more is charged." in desk.mail("Plus has ended")


def test_a_pause_that_was_set_at_stripe_is_told_and_so_is_its_end(desk):
    desk.join()
    desk.tell()
    one = desk.subscription().id
    at_stripe = desk.stripe.bare_client().v1.subscriptions
    at_stripe.update(one, {"pause_collection": {"behavior": "void"}})
    desk.tell(times=2)
    assert desk.mails("plan_paused") == 1
    at_stripe.update(one, {"pause_collection": ""})
    desk.tell(times=2)
    assert (desk.mails("plan_paused"), desk.mails("plan_resumed")) == (1, 1)
    jobs.wake()
    assert "What you paid for stays on until 10 July 2026." in desk.mail("Plus is paused")
    assert WELCOME in desk.mail("Plus goes on")


def test_another_price_is_told_before_it_is_charged(desk):
    desk.join()
    desk.tell()
    one = desk.subscription().id
    stripe = desk.stripe.bare_client().v1
    item = stripe.subscriptions.retrieve(one)["items"].data[0]
    dearer = stripe.prices.create(
        {
            "product": item.price.product, "currency": "gbp", "unit_amount": 400, "recurring": {"interval": "month"},
        }
    )  # fmt: skip
    stripe.subscriptions.update(
        one, {"items": [{"id": item.id, "price": dearer.id}], "proration_behavior": "none"}
    )
    desk.tell(times=3)
    assert desk.mails("plan_price") == 1
    jobs.wake()
    words = desk.mail("Plus costs £4.00 from 10 July 2026 on")
    assert "Until now a payment for Plus was £3.00. From 10 July 2026 on it is £4.00." in words
    assert "http://localhost/membership/cancel" in words


@pytest.mark.both_engines
def test_a_yearly_renewal_is_told_once_thirty_days_before_with_amount_day_and_the_way_out(desk):
    desk.join("plus-yearly")
    desk.tell()
    desk.pass_time(days=334)
    billing.nightly(clock.now())
    assert desk.mails("plan_renewing") == 0
    desk.pass_time(days=1)
    for _ in range(3):
        billing.nightly(clock.now())
    assert desk.mails("plan_renewing") == 1
    jobs.wake()
    words = desk.mail("Plus renews on 10 June 2027 for £30.00")
    assert "On 10 June 2027 we charge £30.00 for another year of Plus." in words
    assert "So far" not in words, "free delivery was all, and nobody told what it saved"
    assert "End Plus: http://localhost/membership/cancel" in words
    desk.pass_time(days=31)
    desk.tell()
    billing.nightly(clock.now())
    assert desk.mails("plan_renewing") == 1
    desk.pass_time(days=335)
    assert reminding.remind(clock.now()) == 1


def test_a_renewal_that_will_not_come_and_a_plan_by_month_have_no_reminder(desk):
    desk.join("plus-yearly")
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 June 2027")
    desk.pass_time(days=340)
    assert reminding.remind(clock.now()) == 0


def test_a_plan_by_month_renews_without_a_reminder(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=20)
    assert reminding.remind(clock.now()) == 0


def test_a_trial_that_ends_is_told_three_days_before_and_its_end_without_a_card_as_one(desk):
    source = programmes.load("demo").source
    sell(source.replace('interval = "month"', 'interval = "month"\ntrial_days = 14', 1))
    desk.join(card=None)
    desk.tell()
    assert desk.mails("plan_receipt") == 0, "nothing was paid"
    desk.pass_time(days=10)
    assert reminding.remind(clock.now()) == 0
    desk.pass_time(days=1)
    assert [reminding.remind(clock.now()) for _ in range(2)] == [1, 0]
    jobs.wake()
    words = desk.mail("Your free time with Plus ends on 24 June 2026")
    assert "the first payment of £3.00 is on that day" in words
    desk.pass_time(days=4)
    desk.tell(times=2)
    assert desk.mails("plan_ended") == 1
    jobs.wake()
    assert "Your free time with it is over, and nothing was charged." in desk.mail("Plus has ended")


def test_a_second_subscription_that_is_paid_back_brings_no_receipt(desk):
    desk.join()
    desk.tell()
    stripe, (customer,) = desk.stripe.bare_client().v1, desk.at_stripe("customers")
    price = stripe.subscriptions.retrieve(desk.subscription().id)["items"].data[0].price
    card = stripe.customers.payment_methods.list(customer.id).data[0]
    stripe.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
    )
    desk.tell(times=2)
    assert (desk.mails("plan_joined"), desk.mails("plan_receipt")) == (1, 1)


def test_who_has_no_address_is_written_to_nowhere(desk):
    who = people.Member
    transact(lambda: run(update(who).where(who.id == desk.member).values(email=None)))
    transact(lambda: telling.tell_paid(desk.member, bill(), clock.now()))
    assert desk.mails("plan_receipt") == 0


@pytest.mark.parametrize(("gave", "line"), [(4210, "comes to £42.10."), (0, "comes to £0.00.")])
def test_a_reminder_says_what_was_paid_and_what_can_be_counted(desk, gave, line):
    transact(
        lambda: telling.tell_renewing(
            desk.member, "plus-yearly", key="k", amount_minor=3000, currency="GBP", renews=date(2026, 7, 10),
            paid_minor=3000, gave_minor=gave, now=clock.now(),
        )
    )  # fmt: skip
    jobs.wake()
    words = desk.mail("Plus renews on 10 July 2026 for £30.00")
    assert f"So far you have paid £30.00 for it, and what we can count of what it gave you {line}" in words
