"""Acceptance case 13: a pause stops benefits and bills, going on takes its payment first; a pause set at Stripe."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from portal import billing, clock, tiers
from portal.billing import operations, pausing
from portal.billing.models import BillingOperation
from portal.db import read
from tests.billing import shelf
from tests.billing.shop import everything


def pause(desk):
    """Pause in two taps; the page after it."""
    desk.visit.open("/membership")
    desk.visit.follow("Pause Plus")
    return desk.visit.submit("Pause it today")


def paid(desk) -> list[int]:
    """What Stripe took, oldest first."""
    bills = desk.at_stripe("invoices")
    return [one.amount_paid for one in reversed(bills) if one.status == "paid" and one.amount_paid]


def states(kind: str) -> list[str]:
    table = BillingOperation.__table__
    return [row.state for row in read(table.select().order_by(table.c.id)) if row.kind == kind]


@pytest.mark.both_engines
def test_case_13_paused_brings_no_benefits_and_no_bill_and_going_on_takes_payment_first(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership")
    page = desk.visit.follow("Pause Plus")
    for words in (
        "Stops today", "Free delivery on every order", "All payments, until you go on", "1 paid month in a row",
        "Until 10 July 2026 it costs nothing", "From then on it costs £3.00.",
    ):  # fmt: skip
        assert words in page.text
    page = desk.visit.submit("Pause it today")
    assert "It is paused. Nothing is charged until you go on." in page.text
    assert desk.status() == "paused"
    assert not desk.perks()
    assert "Plus is paused." in page.text
    desk.tell()
    desk.pass_time(days=75)
    desk.tell()
    assert paid(desk) == [300]
    assert desk.status() == "paused"
    page = desk.visit.open("/membership")
    page = desk.visit.submit("Go on with Plus, £3.00 today")
    assert "It is on again." in page.text
    assert desk.status() == "active"
    assert desk.perks()
    assert paid(desk) == [300, 300]
    assert desk.subscription().paid_until == date(2026, 9, 24)
    assert "Next payment £3.00 on 24 September 2026" in page.text
    assert tiers.paid_months(desk.member, "plus-monthly") == 2, "a pause neither adds nor breaks (Reading 15)"
    desk.tell(times=2)
    assert tiers.paid_months(desk.member, "plus-monthly") == 2


def test_case_13_going_on_in_the_time_that_is_paid_for_costs_nothing_and_brings_nothing_twice(desk):
    desk.join()
    pause(desk)
    desk.pass_time(days=9)
    page = desk.visit.open("/membership")
    assert "You have paid until 10 July 2026." in page.text
    page = desk.visit.submit("Go on with Plus, nothing to pay")
    assert desk.status() == "active"
    assert paid(desk) == [300]
    assert "Next payment £3.00 on 10 July 2026" in page.text
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    desk.pass_time(days=22)
    desk.tell()
    assert paid(desk) == [300, 300]


@pytest.mark.parametrize(("days", "price"), [(29, 0), (30, 300), (31, 300)])
def test_the_last_paid_day_is_the_first_on_which_going_on_costs_a_period(desk, days, price):
    desk.join()
    pause(desk)
    desk.pass_time(days=days, hours=1)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today" if price else "Go on with Plus, nothing to pay")
    assert paid(desk) == [300, *([price] if price else [])]
    assert desk.status() == "active"


def test_case_13_a_pause_that_was_set_in_the_dashboard_is_shown_as_one(desk):
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    one = desk.subscription().id
    until = int((clock.now() + timedelta(days=100)).timestamp())
    client.subscriptions.update(one, {"pause_collection": {"behavior": "void", "resumes_at": until}})
    desk.tell()
    assert desk.status() == "paused"
    assert desk.perks(), "what is paid for stays"
    page = desk.visit.open("/membership")
    assert "Plus is paused." in page.text
    assert "What you paid for stays on until 10 July 2026." in page.text
    assert "It goes on by itself on 18 September 2026." in page.text
    assert not [b for b in page.all("button") if b.text.startswith("Go on")], "who set it lifts it"
    assert "Go on with it first" in desk.visit.open("/membership/change").text
    desk.pass_time(days=31)
    desk.tell()
    assert not desk.perks()
    assert paid(desk) == [300]
    desk.pass_time(days=92)
    desk.tell()
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_a_card_that_is_declined_leaves_it_paused_and_the_bill_can_be_paid(desk):
    desk.join()
    pause(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "0341")
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    page = desk.visit.submit("Go on with Plus, £3.00 today")
    assert "Your bank did not let the payment through yet." in page.text
    assert desk.status() == "paused"
    assert not desk.perks()
    assert not [b for b in page.all("button") if b.text.startswith("Go on")], "never a second bill"
    link = next(one for one in page.all("a") if one.text == "Pay £3.00 now")
    desk.stripe.pay_invoice(link["href"].rsplit("/", 1)[1], "4242")
    desk.tell(times=2)
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]
    assert states("resume") == ["done"]


def test_a_bill_of_going_on_that_nobody_pays_is_void_after_a_day_and_it_can_be_tried_again(desk):
    desk.join()
    pause(desk)
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.set_card(customer, "0341")
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.pass_time(days=1, hours=1)
    billing.work_off(clock.now())
    assert states("resume") == ["abandoned"]
    desk.stripe.set_card(customer, "4242")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_a_planned_change_falls_away_with_a_pause_and_the_page_says_so(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = desk.visit.follow("Pause Platinum")
    assert "The change to Gold that was planned falls away." in page.text
    page = desk.visit.submit("Pause it today")
    assert "Platinum is paused." in page.text
    assert desk.subscription().next_plan is None
    assert desk.at_stripe("subscription_schedules")[0].status == "released"


@pytest.mark.parametrize("moment", ["ending", "trying out", "failed"])
def test_what_ends_is_tried_out_or_is_not_paid_is_not_paused(desk, moment):
    if moment == "trying out":
        shelf.fill(clock.now(), trial_days=14)
    desk.join(
        "gold-monthly" if moment == "trying out" else "plus-monthly", "0341" if moment == "failed" else "4242"
    )
    if moment == "failed":
        desk.pass_time(days=30, hours=2)
    elif moment == "ending":
        desk.visit.open("/membership/cancel")
        desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    before = desk.status()
    page = desk.visit.open("/membership")
    assert not [one for one in page.all("a") if one.text.startswith("Pause")]
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post("/membership/pause", data={"csrf_token": token})
    assert answer.location == "/membership"
    assert desk.status() == before


@pytest.mark.both_engines
def test_pausing_and_going_on_twice_is_once(desk):
    desk.join()
    desk.visit.open("/membership/pause")
    token = desk.visit.page.all("input", name="csrf_token")[0]["value"]
    for _ in range(3):
        assert desk.visit.client.post("/membership/pause", data={"csrf_token": token}).status_code == 303
    assert states("pause") == ["done"]
    desk.pass_time(days=45)
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    for _ in range(3):
        answer = desk.visit.client.post("/membership/resume", data={"csrf_token": token, "due": "300"})
        assert answer.status_code == 303
    assert states("resume") == ["done"]
    assert paid(desk) == [300, 300]


@pytest.mark.parametrize("fault", ["lost", "500", "drop", "429"])
def test_an_answer_that_is_lost_ends_in_one_pause_and_one_payment(desk, fault):
    desk.join()
    desk.stripe.fault(fault, "/v1/subscriptions/*/pause", method="POST")
    assert "We have taken note of it." in pause(desk).text
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert desk.status() == "paused"
    desk.pass_time(days=45)
    desk.stripe.fault(fault, "/v1/subscriptions/*/resume", method="POST")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]
    assert states("resume") == ["done"]


@pytest.mark.parametrize("due", ["0", "299", "-1", "x", "", "9" * 40])
def test_going_on_for_another_amount_than_it_costs_charges_nothing(desk, due):
    desk.join()
    pause(desk)
    desk.pass_time(days=45)
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    desk.visit.client.post("/membership/resume", data={"csrf_token": token, "due": due})
    assert "Nothing was charged: look again." in desk.visit.open("/membership").text
    assert desk.status() == "paused"
    assert paid(desk) == [300]


def test_ending_a_paused_plan_is_at_once_and_takes_its_open_bill_with_it(desk):
    desk.join()
    pause(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "0341")
    desk.pass_time(days=40)
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.visit.follow("End Plus")
    desk.visit.submit("End it today")
    assert desk.status() == "ended"
    assert desk.at_stripe("invoices")[0].status == "void"
    desk.tell()
    before = everything()
    desk.tell(times=2)
    assert everything() == before
    assert states("resume") == ["abandoned"]


@pytest.mark.both_engines
@pytest.mark.parametrize("days", [9, 45])
def test_going_on_that_is_overtaken_by_an_end_is_settled_and_stands_in_nobodys_way(desk, days):
    desk.join()
    pause(desk)
    desk.pass_time(days=days)
    desk.stripe.fault("500", "/v1/subscriptions/*/resume", method="POST")
    page = desk.visit.open("/membership")
    words = next(one.spoken_name for one in page.all("button") if one.spoken_name.startswith("Go on with"))
    desk.visit.submit(words)
    assert states("resume") == ["new"]
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it today")
    assert desk.status() == "ended"
    assert states("resume") == ["abandoned"]
    desk.join()
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_going_on_that_stripe_did_not_answer_is_done_where_its_payment_is_seen_after_the_end(desk):
    desk.join()
    pause(desk)
    desk.pass_time(days=45)
    desk.stripe.fault("lost", "/v1/subscriptions/*/resume", method="POST")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert states("resume") == ["done"]
    assert paid(desk) == [300, 300]


def test_going_on_that_somebody_else_has_begun_and_her_bank_refused_is_not_asked_for_again(desk):
    desk.join()
    pause(desk)
    one, customer = desk.subscription().id, desk.at_stripe("customers")[0].id
    desk.pass_time(days=5)
    desk.stripe.fault("500", "/v1/subscriptions/*/resume", method="POST")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, nothing to pay")
    desk.stripe.bare_client().v1.subscriptions.resume(
        one, {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    )
    desk.stripe.set_card(customer, "0341")
    desk.pass_time(days=26, hours=2)
    billing.work_off(clock.now())
    assert desk.status() == "past_due"
    assert states("resume") == ["failed"]


def test_a_power_cut_between_stripes_answer_and_our_commit_is_one_payment(desk, monkeypatch):
    def cut(*_anything):
        raise KeyboardInterrupt

    desk.join()
    pause(desk)
    desk.pass_time(days=45)
    with monkeypatch.context() as broken:
        broken.setattr(operations, "settle", cut)
        with pytest.raises(KeyboardInterrupt):
            pausing.resume(desk.member, 300, clock.now())
    assert desk.status() == "paused"
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


@pytest.mark.both_engines
def test_twelve_taps_at_once_go_on_once(app, desk):
    desk.join()
    pause(desk)
    desk.pass_time(days=45)

    def tap(_number: int) -> str:
        with app.app_context():
            return pausing.resume(desk.member, 300, clock.now())

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(tap, range(12))) <= {"done", "noted"}
    assert desk.status() == "active"
    assert paid(desk) == [300, 300]


def test_a_lost_answer_of_a_card_that_was_declined_makes_no_second_bill(desk):
    desk.join()
    pause(desk)
    desk.stripe.set_card(desk.at_stripe("customers")[0].id, "0341")
    desk.pass_time(days=40)
    desk.stripe.fault("lost", "/v1/subscriptions/*/resume", method="POST")
    desk.visit.open("/membership")
    desk.visit.submit("Go on with Plus, £3.00 today")
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert [one.status for one in desk.at_stripe("invoices")] == ["open", "paid"]
    assert states("resume") == ["open"]
    assert desk.visit.open("/membership").all("a", href=desk.subscription().pay_url)
