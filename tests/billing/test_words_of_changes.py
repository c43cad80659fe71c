"""What the page says of a change of plan is so: what fails leaves what was planned, and late answers undo nothing."""

from datetime import timedelta

import pytest

from portal import billing, clock
from portal.billing import changes, sync
from portal.billing.gateway import gateway
from tests.billing import shelf
from tests.billing.pages import choose, plan_text, publish, words
from tests.billing.shop import AGREED
from tests.programme.texts import small


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
