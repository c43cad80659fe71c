"""What is paid for going on after a pause, or for another rhythm, and told after later payments: it brings what it
would have brought in time; what a change within a period costs brings nothing, whenever it is told."""

from itertools import permutations
from typing import Any

import pytest

from portal import clock, granting, nightly, rewards, tiers
from portal import programme as programmes
from portal.billing import checkout
from portal.db import transact
from tests.billing import lives
from tests.billing.shop import Desk
from tests.billing.test_case_18_paid_back import vouchers, wallet
from tests.billing.test_gifts_after_changes import gives
from tests.billing.test_late import GIFT, months, points

NO_CREDIT = {"bill_for": {"unused_time_from": {"type": "none"}}}
ANEW = {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "resume_on_payment_success"}
THE_REST = {"billing_cycle_anchor": {"type": "unchanged"}, "payment_behavior": "resume_on_payment_success"}


def stand_still(desk: Desk, days: int, resume: dict[str, Any]) -> None:
    """Her plan is paused and goes on so many days later, and the portal hears of neither."""
    service = desk.stripe.bare_client().v1.subscriptions
    (found,) = desk.at_stripe("subscriptions", status="all")
    service.pause(found.id, NO_CREDIT)
    desk.pass_time(days=days)
    service.resume(found.id, resume)


def change_unheard(desk: Desk, plan: str) -> None:
    """Her plan becomes a dearer one at once, and the portal does not hear of it."""
    (found,) = desk.at_stripe("subscriptions")
    price = checkout.price_id(programmes.active()[1].plan(plan), "GBP", clock.now())
    items: list[Any] = [{"id": found["items"].data[0].id, "price": price}]
    desk.stripe.bare_client().v1.subscriptions.update(
        found.id, {"items": items, "proration_behavior": "always_invoice"}
    )


def tell_late(desk: Desk, places: list[int]) -> None:
    """What was paid is told in this order, each twice."""
    paid = desk.stripe.events("invoice.paid")
    for place in places:
        assert desk.stripe.deliver_to(desk.client, [paid[place]], times=2) == [200, 200]


@pytest.mark.both_engines
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_going_on_that_is_told_late_brings_its_gift_and_its_month_in_any_order(desk, order):
    lives.publish()
    desk.pay(desk.choose("gold-monthly"))
    stand_still(desk, 45, ANEW)
    desk.pass_time(days=31)
    desk.pass_time(hours=2)
    tell_late(desk, list(order))
    assert points(desk) == 3 * GIFT
    assert months(desk) == (3, [1, 2, 3])


@pytest.mark.parametrize("in_time", [True, False])
def test_what_is_left_of_a_period_that_nobody_paid_for_is_a_payment_too(desk, in_time):
    lives.publish()
    desk.join("gold-monthly")
    desk.tell()
    stand_still(desk, 45, THE_REST)
    if in_time:
        desk.tell()
    desk.pass_time(days=25)
    tell_late(desk, [2, 1])
    assert points(desk) == 3 * GIFT


@pytest.mark.both_engines
@pytest.mark.parametrize("days", [0, 5])
@pytest.mark.parametrize("in_time", [True, False])
def test_a_year_in_place_of_a_month_that_is_told_after_a_change_in_it_counts_as_in_time(desk, days, in_time):
    gives("gold-monthly", "gold-yearly", "platinum-yearly")
    desk.join("gold-monthly")
    desk.tell()
    if days:
        desk.pass_time(days=days)
    change_unheard(desk, "gold-yearly")
    if in_time:
        desk.tell()
    desk.clock.shift(60)
    change_unheard(desk, "platinum-yearly")
    tell_late(desk, [2, 1, 0])
    assert points(desk) == GIFT * (2 if days else 1)
    assert tiers.paid_months(desk.member, "platinum-yearly") == (13 if days else 12)
    assert granting.faults() == []


def test_of_a_plan_of_which_nobody_told_a_change_within_its_period_is_no_payment(desk):
    gives("gold-yearly", "platinum-yearly")
    desk.pay(desk.choose("gold-yearly"))
    change_unheard(desk, "platinum-yearly")
    tell_late(desk, [1])
    assert points(desk) == 0
    tell_late(desk, [0])
    assert points(desk) == GIFT
    assert tiers.paid_months(desk.member, "platinum-yearly") == 12


@pytest.mark.both_engines
@pytest.mark.parametrize("told_late", [False, True])
def test_a_voucher_of_the_month_that_was_used_stays_and_the_year_brings_none_beside_it(desk: Desk, told_late):
    gives("gold-monthly", "gold-yearly", "platinum-yearly")
    desk.join("gold-monthly")
    desk.tell()
    (held,) = [one for one in rewards.held(desk.member, clock.now().date()) if one.terms.key == "friend-five"]
    transact(lambda: rewards.use(ref=held.ref, shop="main", order="1", amount_minor=500, at=clock.now()))
    change_unheard(desk, "gold-yearly")
    if told_late:
        desk.clock.shift(60)
        change_unheard(desk, "platinum-yearly")
        tell_late(desk, [2])
    desk.tell()
    assert (wallet(desk).available, vouchers(desk)) == (700, ["used"])
    desk.pass_time(days=31, hours=2)
    desk.tell()
    nightly.run(clock.now())
    assert (wallet(desk).available, vouchers(desk)) == (1300, ["available", "used"])
    assert granting.faults() == []
