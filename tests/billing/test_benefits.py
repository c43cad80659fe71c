"""What a plan is worth to a member, read from what is on record: her orders, payments, gifts; and on her pages."""

from datetime import date, timedelta

import pytest

from portal import clock, rewards
from portal import programme as programmes
from portal.billing import benefits
from portal.billing.lines import record_plan_change
from portal.db import transact
from tests.billing.past import buy
from tests.home.doors import join, step_in

TODAY = date(2026, 6, 10)
TWICE = """
[[multipliers]]
key = "plus"
label = "Twice with Plus"
factor = "2"
when = { plans = ["plus-monthly", "plus-yearly"] }

[[grants]]
key = "five-a-month"
label = "£5.00 off each month"
on = "payment"
plans = ["plus-monthly", "plus-yearly"]
gives = { reward = "friend-five" }

[joining]"""


def sell(*, twice: bool = False) -> programmes.Programme:
    source = programmes.load("demo").source
    if twice:
        transact(lambda: programmes.publish(source.replace("\n[joining]", TWICE, 1), clock.now()))
    return programmes.active()[1]


def estimate(member: str) -> benefits.worth.Estimate:
    return benefits.estimates(member, programmes.active()[1], TODAY)["Plus"]


def meter(member: str) -> benefits.meter.Meter | None:
    return benefits.meter_of(member, programmes.active()[1], TODAY)


@pytest.mark.both_engines
def test_the_orders_of_the_last_365_days_are_reckoned_with(anna):
    buy("1", "20.00", shipping="4.00", placed_at="2026-05-20T10:00:00Z")
    buy("2", "20.00", shipping="3.50", placed_at="2026-06-10T09:00:00Z")
    found = estimate(anna)
    assert (found.since, found.through) == (date(2025, 6, 11), TODAY)
    assert (found.orders, found.gives_minor, found.costs_minor, found.more_minor) == (2, 750, 3000, -2250)


def test_cancelled_and_unpaid_orders_count_for_nothing_and_a_refund_is_taken_off(anna):
    buy("1", "20.00", shipping="4.00", status="pending")
    buy("2", "20.00", shipping="4.00")
    buy("2", "20.00", shipping="4.00", version=2, status="cancelled")
    assert estimate(anna).orders == 0


@pytest.mark.both_engines
def test_more_points_and_what_a_gift_would_have_been_worth_are_counted(anna):
    sell(twice=True)
    buy("1", "30.00", placed_at="2026-06-01T10:00:00Z")
    found = estimate(anna)
    assert [(part.kind, part.times, part.amount_minor) for part in found.parts] == [
        ("points", 1, 150), ("reward", 1, 500),
    ]  # fmt: skip
    assert found.no_delivery


def test_who_has_a_plan_is_shown_what_it_gives_and_no_estimate(anna):
    transact(lambda: record_plan_change(anna, "plus-monthly", "started", at=clock.now()))
    assert benefits.estimates(anna, programmes.active()[1], TODAY) == {}


def test_orders_from_when_she_had_a_plan_are_left_out(anna, clock):
    from portal import clock as portal_clock

    start = portal_clock.now()
    transact(lambda: record_plan_change(anna, "plus-monthly", "started", at=start))
    buy("1", "20.00", shipping="4.00", placed_at="2026-06-10T09:00:00Z")
    clock.shift(timedelta(days=1))
    transact(lambda: record_plan_change(anna, "plus-monthly", "ended", at=portal_clock.now()))
    clock.shift(timedelta(days=1))
    buy("2", "20.00", shipping="5.00", placed_at="2026-06-12T09:00:00Z")
    found = benefits.estimates(anna, programmes.active()[1], date(2026, 6, 12))["Plus"]
    assert (found.orders, found.while_held, found.gives_minor) == (1, 1, 500)


def test_who_never_had_a_plan_has_no_meter(anna):
    assert meter(anna) is None


@pytest.mark.both_engines
def test_the_meter_counts_fees_and_what_was_used_and_not_what_lies_there(desk):
    sell(twice=True)
    desk.join()
    found = meter(desk.member)
    assert found is not None
    assert (found.paid_minor, found.gave_minor) == (300, 0)
    (gift,) = found.got
    assert (gift.kind, gift.times, gift.used, gift.left_minor) == ("reward", 1, 0, 500)
    buy("1", "30.00", placed_at="2026-06-10T09:00:00Z")
    (held,) = [one for one in rewards.held(desk.member, TODAY) if one.terms.key == "friend-five"]
    transact(lambda: rewards.use(ref=held.ref, shop="main", order="1", amount_minor=350, at=clock.now()))
    found = meter(desk.member)
    assert found is not None
    assert {one.kind: (one.amount_minor, one.left_minor) for one in found.got} == {
        "points": (150, 0), "reward": (350, 150),
    }  # fmt: skip
    assert (found.paid_minor, found.gave_minor, found.more_minor) == (300, 500, 200)
    assert "Free delivery on every order" in found.uncounted


def test_a_refunded_order_takes_its_extra_points_with_it(desk):
    sell(twice=True)
    desk.join()
    buy("1", "30.00", placed_at="2026-06-10T09:00:00Z")
    refund = {"id": "r1", "at": "2026-06-10T09:15:00Z", "amount": "10.00"}
    buy("1", "30.00", placed_at="2026-06-10T09:00:00Z", version=2, refunds=[refund])
    found = meter(desk.member)
    assert found is not None
    assert [one.points for one in found.got if one.kind == "points"] == [100]


def test_a_plan_for_life_was_paid_once_and_not_at_all_once_it_is_paid_back(desk):
    desk.join("plus-life")
    desk.tell()
    found = meter(desk.member)
    assert found is not None
    assert found.paid_minor == 9000
    (payment,) = desk.at_stripe("payment_intents")
    for amount, left in ((2500, 6500), (6500, 0)):
        desk.stripe.bare_client().v1.refunds.create({"payment_intent": payment.id, "amount": amount})
        desk.tell()
        found = meter(desk.member)
        assert found is not None
        assert (found.paid_minor, found.fees[0].back_minor) == (left, 9000 - left)
    found = meter(desk.member)
    assert found is not None
    assert (found.paid_minor, found.fees[0].back_minor) == (0, 9000)


def test_the_plans_page_says_what_her_orders_say_with_the_sum(app, anna):
    buy("1", "20.00", shipping="4.00", placed_at="2026-06-01T10:00:00Z")
    page = step_in(app).open("/plans")
    text = " ".join(page.text.split())
    assert (
        "With your orders of the last 12 months it would have given you £4.00, £26.00 less than its price."
        in text
    )
    for words in ("Delivery of 1 order £4.00", "A year of it: 1 payment of £30.00 \N{MINUS SIGN}£30.00"):
        assert words in text
    assert "saves £6.00 a year" in text
    assert "You agree to pay £30.00 for Plus today and again each year until you end it." in text


def test_without_orders_nothing_is_claimed(app, sells):
    join("c-9", "zoe@example.com", "Zoe")
    page = step_in(app, "zoe@example.com").open("/plans")
    assert "there is none of the last 12 months to reckon with yet" in page.text


def test_a_visitor_is_shown_no_estimate(client, sells):
    assert "Worth it for you?" not in client.get("/plans").text


def test_the_membership_page_shows_the_meter_with_its_sum(desk):
    desk.join()
    text = " ".join(desk.visit.open("/membership").text.split())
    assert "You paid since 10 June 2026 £3.00" in text
    assert "1 payment of £3.00" in text
    assert "It gave you £0.00" in text
    assert "Less than you paid" not in text, "what delivery would have cost is not known"
    assert "Not counted, for we are not told what it saved you: Free delivery on every order;" in text
