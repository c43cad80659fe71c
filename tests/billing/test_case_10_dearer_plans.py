"""Acceptance case 10: a dearer plan at once, for exactly what was shown; and what stands in its way."""

import re

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.changing import choose, operations, paid, pounds, shop
from tests.home.doors import join, step_in

__all__ = ["shop"]


@pytest.mark.both_engines
def test_case_10_an_upgrade_takes_what_was_shown_and_begins_once_it_is_paid(shop):
    page = choose(shop, "platinum-monthly")
    assert "Change to Platinum?" in page.text
    today = pounds(page)[0]
    assert today == 500, "half of £15.00 less half of £5.00"
    assert "From 10 July 2026 £15.00 a month" in page.text
    assert paid(shop) == [500], "looking costs nothing"
    shop.pass_time(minutes=14)
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "Platinum is on. You paid £5.00." in page.text
    assert "Next payment £15.00 on 10 July 2026" in page.text
    assert paid(shop) == [500, today]
    assert shop.subscription().plan == "platinum-monthly"
    assert shop.at_stripe("invoices")[0].parent.subscription_details.subscription == shop.subscription().id
    shop.tell()
    shop.pass_time(days=16)
    shop.tell()
    assert paid(shop) == [500, today, 1500]
    assert shop.status() == "active"


@pytest.mark.parametrize(
    ("first", "then"), [("platinum-monthly", "platinum-yearly"), ("gold-monthly", "platinum-monthly")]
)
def test_case_10_what_is_charged_is_what_was_shown_to_the_minor_unit_at_any_second(desk, first, then):
    shelf.fill(clock.now(), platinum_monthly="995.00", platinum_yearly="9950.00")
    desk.join(first)
    desk.pass_time(days=7, hours=3, minutes=11, seconds=7)
    desk.tell()
    button = next(one.text for one in choose(desk, then).all("button") if one.text.startswith("Pay"))
    shown = int(re.sub(r"[^0-9]", "", button))
    desk.pass_time(minutes=9, seconds=42)  # in which the days that are left have become cheaper by pounds
    page = desk.visit.submit(button)
    assert f"You paid {button.split()[1]}." in page.text
    assert paid(desk)[1:] == [shown]


def test_case_10_on_three_d_secure_the_old_plan_stays_until_the_payment_is_confirmed(shop):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "3184")
    choose(shop, "platinum-monthly")
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "Nothing changes before that." in page.text
    assert "Platinum waits for its payment." in page.text
    assert shop.subscription().plan == "gold-monthly"
    assert shop.perks()
    link = next(one for one in page.all("a") if one.text == "Confirm £5.00")
    assert link["href"].startswith(shop.stripe.url)
    assert "Confirm it or leave it" in shop.visit.open("/membership/change").text
    shop.stripe.pay_invoice(link["href"].rsplit("/", 1)[1], "3184")
    shop.tell(times=2)
    assert shop.subscription().plan == "platinum-monthly"
    assert [one.state for one in operations() if one.kind == "change"] == ["done"]
    assert paid(shop) == [500, 500]
    page = shop.visit.open("/membership")
    assert "waits for its payment" not in page.text
    assert "Next payment £15.00 on 10 July 2026" in page.text


@pytest.mark.parametrize("how", ["left alone for a day", "left with one tap"])
def test_case_10_a_change_that_nobody_confirms_falls_away_and_costs_nothing(shop, how):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "3184")
    choose(shop, "platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    if how == "left with one tap":
        page = shop.visit.submit("Leave it as it is")
        assert "Your plan stays as it is." in page.text
    else:
        shop.pass_time(days=1, hours=1)
        billing.work_off(clock.now())
        shop.tell()
        page = shop.visit.open("/membership")
    assert "waits for its payment" not in page.text
    assert shop.subscription().plan == "gold-monthly"
    assert shop.status() == "active"
    assert [one.state for one in operations() if one.kind == "change"] == ["abandoned"]
    assert paid(shop) == [500]
    assert shop.at_stripe("invoices")[0].status == "void"
    assert "Change to Platinum?" in choose(shop, "platinum-monthly").text


def test_a_card_that_is_declined_changes_nothing_and_can_be_paid_with_another(shop):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "0341")
    choose(shop, "platinum-monthly")
    page = shop.visit.submit("Pay £5.00 and change now")
    assert shop.subscription().plan == "gold-monthly"
    link = next(one for one in page.all("a") if one.text == "Confirm £5.00")
    shop.stripe.pay_invoice(link["href"].rsplit("/", 1)[1], "4242")
    shop.tell()
    assert shop.subscription().plan == "platinum-monthly"


@pytest.mark.both_engines
def test_from_month_to_year_takes_the_year_less_what_is_left_and_begins_a_year(shop):
    page = choose(shop, "gold-yearly")
    assert "Gold by year?" in page.text
    assert pounds(page)[0] == 5000 - 250
    assert "From 25 June 2027 £50.00 a year" in page.text
    page = shop.visit.submit("Pay £47.50 and change now")
    assert "Next payment £50.00 on 25 June 2027" in page.text
    assert paid(shop) == [500, 4750]


def test_what_was_shown_too_long_ago_is_shown_anew_and_not_charged(shop):
    page = choose(shop, "platinum-monthly")
    assert pounds(page)[0] == 500
    shop.pass_time(hours=6)
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "Nothing was charged: look at the amounts again." in page.text
    assert paid(shop) == [500]
    again = pounds(page)[0]
    assert again < 500
    shop.visit.submit(f"Pay £4.{again - 400} and change now")
    assert paid(shop) == [500, again]


def test_a_price_that_went_up_meanwhile_is_shown_anew_and_not_charged(shop):
    choose(shop, "platinum-monthly")
    shelf.fill(clock.now(), platinum_monthly="18.00")
    page = shop.visit.submit("Pay £5.00 and change now")
    assert "Nothing was charged" in page.text
    assert "£18.00 a month" in page.text
    assert paid(shop) == [500]


def test_while_a_payment_is_open_nothing_can_be_changed_and_the_page_says_what_to_do_first(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly", card="0341")
    desk.pass_time(days=30, hours=2)
    desk.tell()
    assert desk.status() == "past_due"
    page = desk.visit.open("/membership")
    assert "Change the plan" not in page.text
    page = desk.visit.open("/membership/change")
    assert "Pay it first, then you can change." in page.text
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    answer = desk.visit.client.post(
        "/membership/change", data={"csrf_token": token, "plan": "platinum-monthly"}
    )
    assert answer.location == "/membership/change"
    assert not [one for one in operations() if one.kind == "change"]


def test_a_renewal_that_fails_after_the_amounts_were_shown_stands_before_the_change(shop):
    shop.stripe.set_card(shop.at_stripe("customers")[0].id, "0341")
    shop.pass_time(days=14, hours=23, minutes=58)
    choose(shop, "platinum-monthly")
    path, token = shop.visit.path, shop.visit.page.all("input", name="csrf_token")[0]["value"]
    shop.pass_time(hours=2)
    shop.tell()
    assert shop.status() == "past_due"
    answer = shop.visit.client.post(path, data={"csrf_token": token})
    assert answer.location == "/membership/change"
    assert "Pay it first" in shop.visit.open("/membership/change").text
    assert shop.subscription().plan == "gold-monthly"
    assert paid(shop) == [500]


def test_a_trial_changes_at_once_and_costs_nothing_before_its_end(desk):
    shelf.fill(clock.now(), trial_days=14)
    desk.join("gold-monthly")
    desk.tell()
    page = choose(desk, "platinum-yearly")
    assert "Today nothing" in page.text
    assert "From 24 June 2026 £150.00 a year" in page.text
    desk.visit.submit("Change now")
    assert desk.status() == "trialing"
    assert desk.subscription().plan == "platinum-yearly"
    assert paid(desk) == []
    desk.pass_time(days=14, hours=2)
    desk.tell()
    assert paid(desk) == [15000]


def test_a_price_that_is_put_away_is_made_anew_and_who_pays_the_old_one_keeps_her_plan(shop):
    choose(shop, "platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    client = shop.stripe.bare_client().v1
    old = client.subscriptions.retrieve(shop.subscription().id)["items"].data[0].price.id
    client.prices.update(old, {"active": False})
    yearly = choose(shop, "platinum-yearly")
    assert "Platinum by year?" in yearly.text
    join("c-2", "berta@example.com", "Berta")
    berta = step_in(shop.app, "berta@example.com")
    shop.choose("platinum-monthly", berta)
    assert len([one for one in shop.at_stripe("prices") if one.unit_amount == 1500]) == 2
    shop.pass_time(days=31)
    shop.tell()
    assert shop.subscription().plan == "platinum-monthly"
