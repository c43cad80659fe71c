"""A change of plan is made and charged once: with two taps and tabs, lost answers and power cuts, and by her alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from portal import billing, clock
from portal.billing import changes
from portal.billing.models import BillingOperation
from tests.billing import shelf
from tests.billing.changing import choose, operations, paid, shop
from tests.billing.shop import AGREED, count, everything, joining, session_of
from tests.home.doors import join, step_in

__all__ = ["shop"]


def test_two_taps_and_two_tabs_are_one_change(app, shop):
    other = step_in(app)
    choose(shop, "platinum-monthly")
    path = shop.visit.path
    other.open("/membership/change")
    other.submit("See what it costs", plan="platinum-yearly")
    shop.visit.submit("Pay £5.00 and change now")
    before = everything()
    shop.visit.open("/membership")
    token = shop.visit.page.all("input", name="csrf_token")[0]["value"]
    again = shop.visit.client.post(path, data={"csrf_token": token})
    assert (again.status_code, again.location) == (303, "/membership")
    assert everything() == before
    page = other.submit(next(b.text for b in other.page.all("button") if b.text.startswith("Pay")))
    assert "look at the amounts again" in page.text
    assert paid(shop) == [500, 500]


@pytest.mark.both_engines
def test_twelve_taps_at_once_are_one_charge(app, shop):
    op_id = changes.show(shop.member, "platinum-monthly", clock.now())

    def tap(_number: int) -> str:
        with app.app_context():
            return str(changes.agree(shop.member, op_id, clock.now(), AGREED).state)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(tap, range(12))) <= {"new", "done"}
    assert paid(shop) == [500, 500]
    assert shop.subscription().plan == "platinum-monthly"


def test_case_05_a_change_and_a_plan_for_life_in_two_tabs_are_never_both_charged(app, shop):
    other = step_in(app)
    choose(shop, "platinum-monthly")
    url = shop.choose("gold-life", other)
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "Something else is under way. Nothing was charged." in page.text
    shop.stripe.pay(session_of(url))
    shop.tell()
    assert paid(shop) == [500, 15000]
    assert shop.subscription().ends_on == date(2026, 7, 10)


def test_case_05_while_a_change_waits_for_its_payment_nothing_else_is_sold(shop):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "3184")
    choose(shop, "platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    page = shop.visit.open("/plans")
    answer = shop.visit.client.post("/billing/checkout", data=joining(page, "gold-life"))
    assert answer.location == "/membership"
    assert "A change of your plan is under way." in shop.visit.open("/membership").text
    assert len(shop.at_stripe("checkout.sessions")) == 1


@pytest.mark.parametrize("fault", ["lost", "500", "drop", "409", "429"])
def test_an_answer_that_is_lost_ends_in_one_change_and_one_charge(shop, fault):
    choose(shop, "platinum-monthly")
    shop.stripe.fault(fault, "/v1/subscriptions/*", method="POST")
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "We have taken note of it." in page.text or fault == "409"
    for minutes in (3, 5):
        shop.clock.shift(minutes * 60)
        billing.work_off(clock.now())
    assert shop.subscription().plan == "platinum-monthly"
    assert paid(shop) == [500, 500]
    assert [one.state for one in operations() if one.kind == "change"] == ["done"]


@pytest.mark.parametrize("step", ["/v1/subscription_schedules", "/v1/subscription_schedules/*"])
def test_an_answer_that_is_lost_ends_in_one_planned_change(desk, step):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    choose(desk, "gold-monthly")
    desk.stripe.fault("lost", step, method="POST")
    page = desk.visit.submit("Change on 10 July 2026")
    assert "We have taken note of it." in page.text
    desk.clock.shift(180)
    billing.work_off(clock.now())
    assert desk.subscription().next_plan == "gold-monthly"
    assert len([one for one in desk.at_stripe("subscription_schedules") if one.status == "active"]) == 1


def test_a_change_that_stripe_never_answers_is_given_up_within_the_hour_and_never_charged_later(shop):
    choose(shop, "platinum-monthly")
    shop.stripe.fault("500", "/v1/subscriptions/*", times=100)
    shop.visit.submit("Pay £5.00 and change now")
    for _ in range(8):
        shop.clock.shift(10 * 60)
        billing.work_off(clock.now())
    shop.stripe.heal()
    shop.clock.shift(3600)
    billing.work_off(clock.now())
    assert paid(shop) == [500]
    assert [one.state for one in operations() if one.kind == "change"] == ["failed"]
    assert "Change to Platinum?" in choose(shop, "platinum-monthly").text


def test_a_power_cut_between_stripes_answer_and_our_commit_is_one_charge(shop, monkeypatch):
    def cut(*_anything):
        raise KeyboardInterrupt

    op_id = changes.show(shop.member, "platinum-monthly", clock.now())
    with monkeypatch.context() as broken:
        broken.setattr(changes, "_write", cut)
        with pytest.raises(KeyboardInterrupt):
            changes.agree(shop.member, op_id, clock.now(), AGREED)
    assert shop.subscription().plan == "gold-monthly"
    shop.clock.shift(180)
    billing.work_off(clock.now())
    assert shop.subscription().plan == "platinum-monthly"
    assert paid(shop) == [500, 500]


def test_a_change_of_somebody_else_is_not_there(app, shop):
    op_id = changes.show(shop.member, "platinum-monthly", clock.now())
    join("c-2", "berta@example.com", "Berta")
    berta = step_in(app, "berta@example.com")
    berta.open(f"/membership/change/{op_id}", 404)
    berta.open("/membership/change/nothing", 404)
    token = berta.open("/plans").all("input", name="csrf_token")[0]["value"]
    assert berta.client.post(f"/membership/change/{op_id}", data={"csrf_token": token}).status_code == 404
    assert paid(shop) == [500]
    assert count(BillingOperation) == 2


@pytest.mark.parametrize("plan", ["", "nothing", "gold-life", "gold-monthly"])
def test_what_is_no_other_plan_is_not_changed_to(shop, plan):
    token = shop.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    answer = shop.visit.client.post("/membership/change", data={"csrf_token": token, "plan": plan})
    assert answer.status_code in (303, 422)
    assert not [one for one in operations() if one.kind in ("change", "later")]
