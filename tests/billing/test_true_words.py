"""What the page of a plan says is what is so: also where Stripe refuses, is silent, or a period has just begun."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal import billing, clock, tiers
from portal import programme as programmes
from portal.billing import changes, reminding, running, sync, wishes
from portal.billing.gateway import gateway
from portal.billing.models import BillingOperation
from portal.billing.shapes import Rejected
from portal.db import read, transact
from tests.billing import shelf
from tests.billing.shop import AGREED
from tests.home.doors import step_in
from tests.programme.texts import small


def operations(kind: str) -> list[str]:
    """The states of her operations of a kind."""
    table = BillingOperation.__table__
    return [row.state for row in read(table.select().where(table.c.kind == kind).order_by(table.c.id))]


def words(page) -> str:
    return re.sub(r"\s+", " ", page.all("main")[0].text)


def bills(desk) -> list[tuple[str, int]]:
    return [(one.status, one.amount_due) for one in desk.at_stripe("invoices")]


def post(desk, path: str, **values: str):
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post(path, data={"csrf_token": token, **values})
    return desk.visit.open(answer.location)


def choose(desk, plan: str):
    desk.visit.open("/membership/change")
    return desk.visit.submit("See what it costs", plan=plan)


def to_boundary(desk, **span: float) -> None:
    """Time goes by at Stripe, and nothing that it tells arrives."""
    desk.clock.shift(timedelta(**span))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.visit = step_in(desk.app)


def publish(text: str) -> None:
    transact(lambda: programmes.publish(text, clock.now()))


def plan_text(key: str, label: str, interval: str, price: str) -> str:
    head = f'\n[[plans]]\nkey = "{key}"\nlabel = "{label}"\ninterval = "{interval}"\n'
    return head + f'price = "{price}"\nperks = ["Tea"]\n'


def refuses(*_: object) -> None:
    raise Rejected("AuthenticationError: expired key")


@pytest.mark.both_engines
def test_an_end_that_stripe_refuses_is_told_as_not_done_and_asked_for_until_it_is(desk, monkeypatch):
    desk.join()
    desk.tell()
    taken = running.end
    monkeypatch.setattr(running, "end", refuses)
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "It has not ended: Stripe did not take it." in page.text
    assert "It ends, and nothing more is charged." not in page.text
    assert "Stripe has not taken it yet" in page.text
    for _ in range(20):
        desk.clock.shift(timedelta(hours=13))
        billing.work_off(clock.now())
        assert operations("end") == ["new"]
    monkeypatch.setattr(running, "end", taken)
    desk.clock.shift(timedelta(hours=13))
    billing.work_off(clock.now())
    assert operations("end") == ["done"]
    assert desk.status() == "cancelling"


@pytest.mark.parametrize("kind", ["pause", "keep"])
def test_a_wish_that_stripe_refuses_is_told_as_not_done(desk, monkeypatch, kind):
    desk.join()
    desk.tell()
    if kind == "keep":
        post(desk, "/membership/cancel", reason="", comment="")
    before = desk.status()
    monkeypatch.setattr(running, kind, refuses)
    page = post(desk, f"/membership/{kind}")
    assert "That was not done, and nothing was changed." in page.text
    assert desk.status() == before
    assert operations(kind) == ["failed"]


def test_an_end_that_stripe_does_not_answer_for_days_is_not_given_up(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.stripe.fault("500", "/v1/subscriptions/*", times=1000)
    desk.visit.submit("End it on 10 July 2026")
    for _ in range(12):
        desk.clock.shift(timedelta(hours=12, minutes=5))
        billing.work_off(clock.now())
    desk.visit = step_in(desk.app)
    assert "Stripe has not taken it yet" in desk.visit.open("/membership").text
    desk.stripe.heal()
    desk.clock.shift(timedelta(hours=13))
    billing.work_off(clock.now())
    assert desk.status() == "cancelling"


@pytest.mark.both_engines
def test_an_end_asked_for_over_the_renewal_is_shown_anew_with_what_is_charged(desk):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=50)
    desk.visit.open("/membership/cancel")
    desk.clock.shift(timedelta(minutes=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    page = desk.visit.submit("End it on 10 July 2026")
    assert desk.visit.path == "/membership/cancel"
    assert "A new period has begun since you looked. Nothing was changed" in page.text
    assert "£3.00 for the period that has just begun is being charged now, and is the last one." in page.text
    assert "Nothing more is charged" not in page.text
    assert desk.subscription().ends_on is None
    page = desk.visit.submit("End it on 10 August 2026")
    assert "It ends. The payment that is being made is the last one." in page.text
    assert desk.subscription().ends_on.isoformat() == "2026-08-10"


@pytest.mark.both_engines
def test_a_pause_in_the_hour_of_the_renewal_is_refused_in_words_and_possible_after_it(desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=30, minutes=5)
    desk.tell()
    desk.visit.open("/membership/pause")
    page = desk.visit.submit("Pause it today")
    assert "you can pause it in an hour" in page.text
    assert desk.status() == "active"
    desk.pass_time(hours=2)
    desk.tell()
    desk.visit.open("/membership/pause")
    desk.visit.submit("Pause it today")
    assert desk.status() == "paused"
    page = desk.visit.submit("Go on with Plus, nothing to pay")
    assert "It is on again." in page.text


def test_a_pause_asked_for_over_the_renewal_is_shown_anew(desk):
    desk.join()
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=50)
    desk.visit.open("/membership/pause")
    desk.clock.shift(timedelta(minutes=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    page = desk.visit.submit("Pause it today")
    assert "A new period has begun since you looked. Nothing was changed" in page.text
    assert desk.status() == "active"


def test_keep_of_what_has_ended_says_that_it_has(desk):
    desk.join()
    desk.tell()
    post(desk, "/membership/cancel", reason="", comment="")
    desk.tell()
    to_boundary(desk, days=30, hours=2)
    assert "It has ended already. You can join again at any time." in post(desk, "/membership/keep").text


def test_keep_and_undo_of_a_paused_plan_say_that_nothing_was_changed(desk):
    desk.join()
    desk.tell()
    post(desk, "/membership/pause")
    assert "That was not done, and nothing was changed." in post(desk, "/membership/keep").text
    assert "No change is planned. Nothing was changed." in post(desk, "/membership/stay").text
    assert desk.status() == "paused"


@pytest.mark.both_engines
def test_undo_after_the_change_says_that_it_has_changed(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    to_boundary(desk, days=30, hours=2)
    desk.visit.open("/membership")
    page = desk.visit.submit("Undo")
    assert "It has changed already: you have Gold." in page.text


def test_undo_while_a_change_is_not_answered_says_that_it_is_being_made(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    choose(desk, "platinum-monthly")
    desk.stripe.fault("500", "/v1/subscriptions/*", method="POST")
    desk.visit.submit("Pay £5.00 and change now")
    page = post(desk, "/membership/stay")
    assert "The change is being made at this moment." in page.text
    assert "Your plan stays as it is." not in page.text


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


@pytest.mark.both_engines
def test_an_upgrade_that_fails_leaves_the_downgrade_that_was_planned(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    page = choose(desk, "platinum-yearly")
    client = desk.stripe.bare_client().v1
    for price in desk.at_stripe("prices"):
        if price.unit_amount == 15000 and price.recurring:
            client.prices.update(price.id, {"active": False})
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    desk.tell()
    billing.work_off(clock.now())
    assert (desk.subscription().plan, desk.subscription().next_plan) == ("platinum-monthly", "gold-monthly")


@pytest.mark.both_engines
def test_an_upgrade_that_is_not_paid_in_time_leaves_the_downgrade_that_was_planned(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    page = choose(desk, "platinum-yearly")
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    assert desk.subscription().next_plan is None
    desk.pass_time(hours=25)
    desk.tell()
    billing.work_off(clock.now())
    assert (desk.subscription().plan, desk.subscription().next_plan) == ("platinum-monthly", "gold-monthly")


@pytest.mark.both_engines
def test_ending_a_plan_whose_card_failed_voids_its_open_bill_and_says_so(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=30, hours=2)
    desk.tell()
    page = desk.visit.open("/membership/cancel")
    assert "The payment of £3.00 that is still open falls away. Nothing more is charged." in words(page)
    desk.visit.submit("End it today")
    desk.tell()
    assert bills(desk)[0] == ("void", 300)
    assert "not paid yet" not in desk.visit.open("/membership").text


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


def test_a_planned_change_to_a_plan_that_is_sold_no_longer_is_shown_with_its_undo(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.tell()
    publish(small(plan_text("platinum-monthly", "Platinum", "month", "15.00")))
    page = desk.visit.open("/membership")
    assert "Changes to Gold on 10 July 2026." in words(page)
    page = desk.visit.submit("Undo")
    assert "Your plan stays as it is." in page.text


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


def test_a_change_that_stripe_has_not_dropped_in_time_is_looked_at_once_in_a_while(desk, monkeypatch):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=10)
    desk.tell()
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "3184")
    page = choose(desk, "platinum-monthly")
    desk.visit.submit(next(one.text for one in page.all("button") if one.text.startswith("Pay")))
    found, looks = gateway().subscription(desk.subscription().id), []

    def look(_self, _id):
        looks.append(1)
        assert len(looks) < 5
        return found

    monkeypatch.setattr(type(gateway()), "subscription", look)
    desk.clock.shift(timedelta(hours=24, minutes=1))
    billing.work_off(clock.now())
    assert len(looks) == 1


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


def test_a_wish_that_was_begun_before_another_look_is_written_down_all_the_same(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    begun = clock.now()
    op = changes.show(desk.member, "gold-monthly", begun)
    desk.clock.shift(timedelta(seconds=5))
    sync.sync_subscription(desk.subscription().id, clock.now())
    changes.agree(desk.member, op, begun, AGREED)
    assert desk.subscription().next_plan == "gold-monthly"


@pytest.mark.both_engines
def test_ended_kept_and_ended_again_is_confirmed_each_time(desk):
    desk.join()
    for _ in range(2):
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
        desk.tell(times=2)
        desk.visit.submit("Keep Plus")
        desk.tell(times=2)
    assert desk.mails("plan_ending") == 2
    for _ in range(2):
        desk.visit.open("/membership/pause")
        desk.visit.submit("Pause it today")
        desk.tell(times=2)
        desk.visit.submit("Go on with Plus, nothing to pay")
        desk.tell(times=2)
    assert (desk.mails("plan_paused"), desk.mails("plan_resumed")) == (2, 2)


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


def test_a_plan_paused_in_the_dashboard_and_then_ended_shows_its_end_and_keep(desk):
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    client.subscriptions.update(desk.subscription().id, {"pause_collection": {"behavior": "void"}})
    desk.tell()
    desk.visit.open("/membership/cancel")
    page = desk.visit.submit("End it on 10 July 2026")
    assert "Ends on 10 July 2026." in words(page)
    assert "Keep Plus" in [one.text for one in page.all("button")]


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


def test_a_second_tap_waits_for_what_stripe_answers_the_first_and_both_pages_say_it(app, desk):
    desk.join()
    desk.stripe.fault("sleep", "/v1/subscriptions/*", method="POST", seconds=0.5)

    def tap(_number: int) -> str:
        with app.app_context():
            return wishes.ask_to_end(desk.member, None, clock.now())

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tap, range(2))) == ["already", "done"]
    assert desk.status() == "cancelling"
