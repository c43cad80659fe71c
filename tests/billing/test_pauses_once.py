"""Pausing and going on happen once: with two taps, lost answers, power cuts, and an end that overtakes them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from portal import billing, clock
from portal.billing import operations, pausing
from tests.billing.changing import paid
from tests.billing.pages import operations as states
from tests.billing.pages import pause
from tests.billing.shop import everything


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
def test_going_on_that_is_overtaken_by_an_end_is_settled_and_stands_in_nobodys_way(desk):
    desk.join()
    pause(desk)
    desk.pass_time(days=45)
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
