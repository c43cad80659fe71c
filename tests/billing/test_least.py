"""The least to show of paid plans (product.md, 11, 12, 14 and 15), by number, through pages and messages."""

from datetime import UTC, date, datetime

import pytest

from portal import clock, earning, ledger, programme, tiers
from portal.db import transact
from tests import make
from tests.billing import shelf


def choose(desk, plan: str):
    """Choose another plan; the page of its amounts."""
    desk.visit.open("/membership")
    desk.visit.follow("Change the plan")
    return desk.visit.submit("See what it costs", plan=plan)


def paid(desk) -> list[int]:
    """What Stripe took, oldest first, in pence."""
    return [bill.amount_paid for bill in reversed(desk.at_stripe("invoices")) if bill.amount_paid]


@pytest.mark.both_engines
def test_least_11_who_has_a_plan_and_picks_another_has_the_same_subscription_changed(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    first = desk.subscription().id
    choose(desk, "platinum-monthly")
    desk.visit.submit("Pay £10.00 and change now")
    assert [one.id for one in desk.at_stripe("subscriptions", status="all")] == [first]
    assert (desk.subscription().id, desk.subscription().plan) == (first, "platinum-monthly")
    assert paid(desk) == [500, 1000]


@pytest.mark.both_engines
def test_least_12_updated_before_created_and_both_twice_end_in_what_stripe_has(desk):
    desk.pay(desk.choose())  # and the browser never comes back
    created = desk.stripe.events("customer.subscription.created", pending=True)
    updated = desk.stripe.events("customer.subscription.updated", pending=True)
    assert created
    assert updated
    for event in (*updated, *created, *updated, *created):
        assert desk.stripe.deliver_to(desk.client, [event]) == [200]
        (theirs,) = desk.at_stripe("subscriptions")
        ours = desk.subscription()
        ends = theirs["items"].data[0].current_period_end
        assert (ours.id, ours.status) == (theirs.id, theirs.status)
        assert ours.paid_until == programme.active()[1].day(datetime.fromtimestamp(ends, UTC))
    assert desk.status() == "active"
    assert tiers.paid_months(desk.member, "plus-monthly") == 1
    assert desk.mails("plan_joined") == 1


@pytest.mark.both_engines
def test_least_14_a_yearly_plan_made_cheaper_next_day_changes_with_its_year_and_credits_nothing(desk):
    shelf.fill(clock.now())
    desk.join("platinum-yearly")
    desk.pass_time(days=1)
    desk.tell()
    page = choose(desk, "gold-yearly")
    assert "Today nothing" in page.text
    assert "From 10 June 2027 £50.00 a year" in page.text
    page = desk.visit.submit("Change on 10 June 2027")
    assert "Changes to Gold on 10 June 2027." in page.text
    assert desk.subscription().plan == "platinum-yearly"
    desk.pass_time(days=364, hours=2)
    desk.tell()
    assert desk.subscription().plan == "gold-yearly"
    assert paid(desk) == [15000, 5000]
    assert desk.at_stripe("customers")[0].balance == 0


@pytest.mark.both_engines
def test_least_15_a_plan_ends_while_the_earned_tier_is_silver_silver_and_points_stay(desk):
    desk.join()
    desk.tell()
    body = earning.OrderBody.model_validate(make.order("250.00", placed_at=clock.now().isoformat()))
    transact(lambda: earning.record_order(body, shop="main", number="1001", at=clock.now(), actor="test"))
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")

    def stands() -> tuple[str, int]:
        active, day = programme.active()[1], programme.active()[1].day(clock.now())
        held = tiers.standing(active, tiers.grants(desk.member), day, date(2026, 1, 1))
        return held.tier.key, ledger.wallet(desk.member).available

    desk.pass_time(days=29)
    desk.tell()
    assert desk.perks()
    before = stands()
    assert before[0] == "silver"
    desk.pass_time(days=3)
    desk.tell()
    assert not desk.perks()
    assert desk.status() == "ended"
    assert stands() == before
    assert "Your points and your tier are as they were." in desk.visit.open("/membership").text
