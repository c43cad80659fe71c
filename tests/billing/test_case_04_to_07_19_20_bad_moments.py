"""Acceptance cases 4 to 7, 19 and 20: lost messages, two tabs, a power cut, what is missing, what is not ours."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from portal import billing, clock, nightly, people
from portal import programme as programmes
from portal.billing import checkout, gateway
from portal.billing.models import BillingOperation, StripeCustomer, StripeEvent, Subscription
from portal.billing.shapes import Unavailable
from portal.billing.terms import Terms
from portal.db import read, run, transact
from portal.errors import Refused
from tests.billing.shop import count, everything, joining, session_in, session_of
from tests.home.doors import join, step_in

AGREED = Terms("You agree to pay.", "en_GB")


def member(ref: str = "c-1"):
    return people.by_ref(ref)


def operations():
    return list(read(select(BillingOperation.__table__).order_by(BillingOperation.__table__.c.id)).all())


def test_case_04_browser_closed_and_every_message_lost_until_reconcile(desk, caplog):
    desk.pay(desk.choose())
    desk.stripe.drop()
    assert desk.status() is None
    report = billing.reconcile(clock.now(), everything=True)
    assert desk.status() == "active"
    assert len(report.drift) == 1
    assert "unknown -> plan plus-monthly, status active" in report.drift[0]
    assert "billing drift" in caplog.text
    assert billing.reconcile(clock.now(), everything=True).drift == []
    assert operations()[0].state == "done"


def test_the_hourly_work_finds_it_too_and_survives_a_silent_stripe(desk, caplog):
    desk.pay(desk.choose())
    desk.stripe.drop()
    desk.stripe.fault("500", "/v1/events")
    nightly.run(clock.now())
    assert desk.status() is None
    assert "could not be compared with Stripe" in caplog.text
    nightly.run(clock.now())
    assert desk.status() == "active"


def test_the_command_tells_what_it_put_right(desk, environ, monkeypatch):
    from portal.cli import portal

    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    desk.pay(desk.choose())
    desk.stripe.drop()
    told = CliRunner().invoke(portal, ["billing", "reconcile"])
    assert told.exit_code == 0, told.output
    assert "put right: member" in told.output
    assert "1 subscriptions compared, 1 put right" in told.output
    assert "0 put right" in CliRunner().invoke(portal, ["billing", "reconcile"]).output
    desk.stripe.fault("500", "*", times=5)
    assert CliRunner().invoke(portal, ["billing", "reconcile"]).exit_code == 1


@pytest.mark.both_engines
@pytest.mark.parametrize("path", ["/plans", "/membership"])
@pytest.mark.parametrize("plan", ["plus-monthly", "plus-life"])
def test_case_04_who_looks_by_herself_after_closing_the_browser_has_what_she_paid_for(desk, path, plan):
    desk.pay(desk.choose(plan))
    desk.stripe.drop()
    page = desk.visit.open(path)
    assert "You began" not in page.text
    assert ("You have Plus." if path == "/plans" else "It is on,") in page.text
    assert desk.status() == "active"
    assert desk.mails("plan_joined") == 1


def test_where_stripe_is_silent_the_page_of_plans_says_what_is_known(desk):
    desk.choose()
    desk.stripe.fault("drop", "*", times=3)
    page = desk.visit.open("/plans")
    assert "You began to join Plus" in page.text
    assert "Its payment page is still open. Nothing is charged before you pay there." in page.text


@pytest.mark.parametrize("second", ["plus-monthly", "plus-life"])
def test_case_05_and_least_11_join_in_two_tabs_is_one_subscription(app, desk, second):
    other = step_in(app)
    form = joining(other.open("/plans"), second)
    first = desk.choose("plus-monthly")
    answer = other.client.post("/billing/checkout", data=form)
    assert answer.location == first
    assert "Plus is yours" in desk.visit.open(desk.pay(first)).text
    assert "Paid already" in desk.stripe.pay(session_of(first)).page.text
    desk.tell()
    assert len(desk.at_stripe("subscriptions")) == 1
    assert len(desk.at_stripe("invoices")) == 1


@pytest.mark.both_engines
def test_least_11_twelve_taps_at_once_are_one_checkout(app, desk, anna):
    def tap(_number: int) -> str:
        with app.app_context():
            return checkout.begin_checkout(member(), "plus-monthly", "GBP", AGREED, clock.now())

    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(lambda n: _patiently(tap, n), range(12)))
    assert len(urls) == 1
    assert len(desk.at_stripe("checkout.sessions")) == 1
    assert len(desk.at_stripe("customers")) == 1


def _patiently(tap, number: int) -> str:
    """As a person whose page said to try again in a minute."""
    for _ in range(20):
        with contextlib.suppress(Refused):
            return tap(number)
    raise AssertionError("it never worked")


def test_the_open_checkout_is_offered_again_and_can_be_left_for_another(desk):
    first = desk.choose("plus-monthly")
    page = desk.visit.open("/plans")
    assert "You began to join Plus" in page.text
    assert not page.all("input", type="radio")
    desk.visit.submit("Choose something else")
    assert operations()[0].state == "abandoned"
    assert "expired" in desk.stripe.pay(session_of(first)).page.text
    second = desk.choose("plus-yearly")
    assert second != first
    desk.visit.open(desk.pay(second))
    assert desk.subscription().plan == "plus-yearly"


def without_monthly() -> None:
    """The next version of the programme sells no plan by month."""
    before, month, after = re.split(r"(?=\[\[plans\]\])", programmes.load("demo").source, maxsplit=2)
    assert "plus-monthly" in month
    transact(lambda: programmes.publish(before + after, clock.now()))


def test_a_checkout_for_what_is_sold_no_longer_gives_way_to_another(desk):
    first = desk.choose("plus-monthly")
    without_monthly()
    second = desk.choose("plus-yearly")
    assert "expired" in desk.stripe.pay(session_of(first)).page.text
    desk.visit.open(desk.pay(second))
    assert desk.subscription().plan == "plus-yearly"


@pytest.mark.parametrize(
    "path", ["/home", "/you", "/plans", "/membership", "/membership/cancel", "/you/leave"]
)
def test_a_plan_that_is_sold_no_longer_goes_on_for_who_has_it(desk, path):
    back = desk.pay(desk.choose("plus-monthly"))
    without_monthly()
    assert "plus-monthly is yours" in desk.visit.open(back).text
    desk.tell()
    desk.visit.open(path)
    desk.pass_time(days=31)
    desk.tell()
    assert desk.status() == "active"


def test_a_checkout_that_was_paid_in_another_tab_is_not_left(desk):
    url = desk.choose()
    desk.visit.open("/plans")
    desk.pay(url)
    page = desk.visit.submit("Choose something else")
    assert "You have Plus." in page.text
    assert desk.status() == "active"


def test_case_06_power_cut_between_stripe_and_our_commit_is_the_same_session(desk, monkeypatch):
    def cut(*_anything):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(checkout, "_note_session", cut)
        with pytest.raises(KeyboardInterrupt):
            checkout.begin_checkout(member(), "plus-monthly", "GBP", AGREED, clock.now())
    (left,) = desk.at_stripe("checkout.sessions")
    assert operations()[0].state == "new"
    assert session_of(desk.choose()) == left.id
    assert len(desk.at_stripe("checkout.sessions")) == 1
    assert len(operations()) == 1


@pytest.mark.parametrize("fault", ["lost", "500", "drop", "409", "429"])
def test_case_07_the_answer_is_lost_and_the_next_tap_finds_what_was_made(desk, fault):
    desk.stripe.fault(fault, "/v1/checkout/sessions", method="POST")
    desk.visit.open("/plans")
    page = desk.visit.submit("Join Plus, £3.00 a month", 503, plan="plus-monthly")
    assert "Nothing was charged. Try again in a minute." in page.text
    url = desk.choose()
    assert len(desk.at_stripe("checkout.sessions")) == 1
    assert session_of(url) == desk.at_stripe("checkout.sessions")[0].id
    assert "Plus is yours" in desk.visit.open(desk.pay(url)).text
    assert len(desk.at_stripe("invoices")) == 1


def test_stripes_own_retry_makes_one_session(desk, monkeypatch):
    monkeypatch.setattr("portal.billing.gateway.RETRIES", 2)
    gateway._made.cache_clear()
    desk.stripe.fault("lost", "/v1/checkout/sessions", method="POST")
    desk.choose()
    assert len(desk.at_stripe("checkout.sessions")) == 1


def test_a_checkout_that_nobody_finished_is_closed_when_its_time_is_over(desk):
    url = desk.choose()
    desk.pass_time(hours=1, minutes=5)
    billing.work_off(clock.now())
    assert operations()[0].state == "abandoned"
    page = desk.visit.open("/plans")
    assert "You began" not in page.text
    assert session_of(desk.choose()) != session_of(url)


def test_case_20_a_session_of_somebody_else_is_not_there(app, desk):
    path = desk.pay(desk.choose())
    before = everything()
    join("c-2", "berta@example.com", "Berta")
    berta = step_in(app, "berta@example.com")
    berta.open(path, 404)
    berta.open("/billing/return?session_id=cs_test_nothing", 404)
    berta.open("/billing/return", 404)
    assert everything() == before
    assert session_in(path).startswith("cs_")


@pytest.mark.parametrize("how", ["deleted", "of the other mode"])
def test_case_19_a_customer_whom_stripe_has_no_more_is_made_anew_once(desk, how):
    url = desk.choose()
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    (customer,) = desk.at_stripe("customers")
    if how == "deleted":
        desk.stripe.bare_client().v1.customers.delete(customer.id)
    else:  # the key was changed from test to live: what was made under the other one is missing
        transact(lambda: run(update(StripeCustomer).values(customer_id="cus_of_the_test_mode")))
    again = desk.choose()
    assert again != url
    assert len(desk.at_stripe("customers")) == (1 if how == "deleted" else 2)
    assert "Plus is yours" in desk.visit.open(desk.pay(again)).text


def test_case_19_a_price_that_was_put_away_is_made_anew_and_makes_no_customer(desk):
    desk.choose()
    desk.visit.open("/plans")
    desk.visit.submit("Choose something else")
    (price,) = desk.at_stripe("prices")
    desk.stripe.bare_client().v1.prices.update(price.id, {"active": False})
    desk.visit.open(desk.pay(desk.choose()))
    assert desk.subscription().plan == "plus-monthly"
    assert len(desk.at_stripe("customers")) == 1


@pytest.mark.both_engines
def test_a_second_live_subscription_is_told_ended_and_paid_back(desk, caplog):
    desk.join()
    (price,) = desk.at_stripe("prices")
    (customer,) = desk.at_stripe("customers")
    client = desk.stripe.bare_client().v1
    methods = client.payment_methods.list({"customer": customer.id}).data
    client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": methods[0].id}
    )
    first = desk.subscription().id
    desk.tell()
    billing.work_off(clock.now())
    assert "has a second live subscription" in caplog.text
    statuses = {one.id: one.status for one in desk.at_stripe("subscriptions", status="all")}
    assert statuses.pop(first) == "active"
    assert list(statuses.values()) == ["canceled"]
    assert [refund.amount for refund in desk.at_stripe("refunds")] == [300]
    assert desk.status() == "active"
    desk.tell(times=2)
    billing.work_off(clock.now())
    assert len(desk.at_stripe("refunds")) == 1
    assert count(Subscription) == 2


def test_case_20_what_belongs_to_another_site_of_the_same_stripe_is_left_alone(desk):
    client = desk.stripe.bare_client().v1
    client.customers.create(
        {"email": "x@example.com", "metadata": {"member_id": desk.member, "site": "elsewhere"}}
    )
    other = client.customers.create({"metadata": {"member_id": desk.member, "site": "other.example"}})
    product = client.products.create({"name": "Other"})
    price = client.prices.create(
        {"product": product.id, "currency": "gbp", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    ours = checkout.price_id(programmes.active()[1].plan("plus-monthly"), "GBP", clock.now())
    desk.stripe.set_card(other.id, "4242")
    client.subscriptions.create({"customer": other.id, "items": [{"price": price.id}]})
    client.subscriptions.create(  # of a copy of this very portal, which knows the same members
        {
            "customer": other.id,
            "items": [{"price": ours}],
            "metadata": {"member_id": desk.member, "site": "other.example"},
        }
    )
    desk.tell()
    billing.reconcile(clock.now(), everything=True)
    assert count(Subscription) == 0
    states = set(read(select(StripeEvent.__table__.c.state)).scalars())
    assert states == {"ignored"}


def test_nothing_is_half_written_when_stripe_does_not_answer_at_all(desk):
    for _ in range(3):
        desk.stripe.fault("drop", "*")
    with pytest.raises(Refused) as refused:
        checkout.begin_checkout(member(), "plus-monthly", "GBP", AGREED, clock.now())
    assert refused.value.status == 503
    assert isinstance(refused.value.__cause__, Unavailable)
