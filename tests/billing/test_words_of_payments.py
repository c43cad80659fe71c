"""What the page says of payments and of what they bring is so: renewals, currencies, plans that are sold no longer."""

from datetime import timedelta

import pytest

from portal import billing, clock, tiers
from portal import programme as programmes
from portal.billing import reminding, sync
from portal.billing.gateway import gateway
from tests.billing import shelf
from tests.billing.pages import plan_text, post, publish, words
from tests.programme.texts import small


@pytest.mark.both_engines
def test_a_plan_that_goes_on_beside_one_for_life_is_shown_with_its_end(desk, monkeypatch):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    desk.pay(desk.choose("gold-life"))
    desk.tell()
    billing.work_off(clock.now())
    page = post(desk, "/membership/keep")
    assert "goes on beside it: £15.00 on 10 July 2026" in words(page)
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    assert desk.subscription().ends_on is not None


def test_a_plan_that_is_sold_no_longer_is_reachable_and_reminded_of(desk):
    publish(small(plan_text("g-y", "Gold", "year", "50.00")))
    desk.join("g-y")
    desk.tell()
    publish(small())
    page = desk.visit.open("/you")
    assert "/membership" in [link["href"] for link in page.all("a")]
    desk.pass_time(days=340)
    desk.tell()
    assert reminding.remind(clock.now()) == 1
    assert desk.mails("plan_renewing") == 1


def test_amounts_are_in_the_currency_that_is_paid_and_no_change_crosses_currencies(desk):
    monthly, yearly = plan_text("g-m", "Gold", "month", "5.00"), plan_text("g-y", "Gold", "year", "50.00")
    publish(small(monthly + yearly))
    desk.join("g-m")
    desk.tell()
    publish(small(monthly + yearly, currency='"EUR"'))
    assert "£5.00 on 10 July 2026" in words(desk.visit.open("/membership"))
    page = desk.visit.open("/membership/change")
    assert "You pay for Gold in GBP, and plans are sold in another currency now." in words(page)
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post("/membership/change", data={"csrf_token": token, "plan": "g-y"})
    assert answer.status_code == 409


def test_a_literal_amount_is_told_in_the_currency_of_the_programme_that_runs(desk):
    env = desk.app.jinja_env
    drawn = env.from_string("{{ 0|money }} {{ 5|points_unit }}")
    with desk.app.test_request_context():
        assert drawn.render() == "£0.00 5 points"
    publish(small(currency='"EUR"'))
    with desk.app.test_request_context():
        assert drawn.render().startswith("€0.00")


@pytest.mark.both_engines
def test_an_older_look_at_a_bill_does_not_make_its_payment_two_months(desk, monkeypatch):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    open_bill = gateway().bill(desk.at_stripe("invoices")[0].id)
    desk.stripe.pay_invoice(desk.subscription().pay_url.rsplit("/", 1)[1], "4242")
    looks, real = [], type(gateway()).bill

    def look(self, invoice_id):
        looks.append(1)
        return open_bill if len(looks) == 1 else real(self, invoice_id)

    monkeypatch.setattr(type(gateway()), "bill", look)
    for _ in range(3):
        desk.clock.shift(timedelta(seconds=1))
        sync.sync_bill(open_bill.id, clock.now())
        assert tiers.paid_months(desk.member, "plus-monthly") == 2


def test_the_bank_is_not_accused_of_a_renewal_that_nobody_told(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=31, hours=3)
    page = desk.visit.open("/membership")
    assert "Your bank did not let the last payment through." not in page.text
    assert "It is on, and renews by itself." in page.text


def test_where_stripe_is_silent_about_a_renewal_the_page_says_that_it_is_checked(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=31, hours=3)
    desk.stripe.fault("500", "/v1/subscriptions/*", times=10)
    page = desk.visit.open("/membership")
    assert "Your bank did not let the last payment through." not in page.text
    assert "We are checking the last payment." in page.text


def test_the_meter_names_what_is_not_counted_also_where_the_plan_opens_a_tier_that_gives_it_too(desk):
    by_spend = '{ metric = "spend", amount = "200.00" }'
    source = programmes.load("demo").source.replace(by_spend, f'{by_spend}, {{ metric = "plan" }}', 1)
    silver = source.index('key = "silver"')
    first = source.index("perks = [", silver) + len("perks = [")
    publish(source[:first] + '"free-shipping", ' + source[first:])
    desk.join()
    desk.tell()
    from portal.billing import benefits

    _, active = programmes.active()
    meter = benefits.meter_of(desk.member, active, active.day(clock.now()))
    assert meter is not None
    assert "Free delivery on every order" in meter.uncounted
