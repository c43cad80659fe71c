"""What the pages of a plan say where something is in the making, is too small, or is sold otherwise by now."""

import re
from datetime import timedelta

import pytest

from portal import billing, clock, jobs
from tests.billing import shelf
from tests.billing.pages import bills, choose, plan_text, publish, to_boundary, words
from tests.billing.paying_back import intents
from tests.home.doors import step_in
from tests.ledger.shop import give
from tests.programme.texts import small


def pay_button(page) -> str:
    return next(one.text for one in page.all("button") if one.text.startswith("Pay"))


@pytest.mark.both_engines
def test_in_the_hour_in_which_a_renewal_is_paid_no_change_is_shown_or_made_and_after_it_there_is(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly", card="0341")
    desk.tell()
    to_boundary(desk, days=29, hours=23, minutes=50)
    desk.visit.open("/membership")
    shown = choose(desk, "platinum-monthly")
    desk.clock.shift(timedelta(minutes=15))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    assert "Change now" in shown.text
    page = desk.visit.submit("Change now", status=409)
    assert "A new period is being paid for at this moment. You can change it in an hour." in words(page)
    assert "Change now" not in page.text
    page = desk.visit.open("/membership/change")
    assert "You can change it in an hour." in words(page), "said before any button"
    token = desk.visit.open("/membership").all("input", name="csrf_token")[0]["value"]
    for plan in ("platinum-monthly", "gold-yearly"):
        answer = desk.visit.client.post("/membership/change", data={"csrf_token": token, "plan": plan})
        assert answer.status_code == 409
    assert bills(desk) == [("draft", 500), ("paid", 500)]
    desk.pass_time(hours=2)
    desk.tell()
    assert "One payment is still open." in words(desk.visit.open("/membership/change"))
    desk.stripe.pay_invoice(desk.subscription().pay_url.rsplit("/", 1)[1], "4242")
    desk.tell()
    assert "Today" in words(choose(desk, "platinum-monthly"))


@pytest.mark.parametrize("behaviour", ["void", "keep_as_draft"])
def test_a_pause_from_the_dashboard_in_that_hour_says_what_is_still_charged(desk, behaviour):
    desk.join()
    desk.tell()
    desk.pass_time(days=30, minutes=5)
    desk.tell()
    client = desk.stripe.bare_client().v1
    client.subscriptions.update(desk.subscription().id, {"pause_collection": {"behavior": behaviour}})
    desk.tell()
    said = "£3.00 for the period that has just begun is being charged now. After that nothing is charged"
    page = words(desk.visit.open("/membership"))
    assert said in page
    assert "Nothing is charged meanwhile." not in page
    jobs.wake()
    assert "£3.00 for the period that has just begun is still charged." in desk.mail("Plus is paused")
    desk.pass_time(hours=2)
    desk.tell()
    page = words(desk.visit.open("/membership"))
    assert "Nothing is charged meanwhile. What you paid for stays on until 10 August 2026." in page
    desk.pass_time(days=31)
    desk.tell()
    assert [status for status, _ in bills(desk)][1:] == ["paid", "paid"]
    assert "is being charged now" not in words(desk.visit.open("/membership"))
    client.subscriptions.update(desk.subscription().id, {"pause_collection": ""})
    desk.tell()
    desk.visit.open("/membership/pause")
    assert "It is paused." in desk.visit.submit("Pause it today").text, (
        "a draft that nobody charges is none in making"
    )


def test_another_plan_is_offered_in_the_currency_that_is_paid_and_only_where_it_is_sold_in_it(desk):
    gold, yearly = plan_text("g-m", "Gold", "month", "5.00"), plan_text("g-y", "Gold", "year", "50.00")
    silver = plan_text("s-m", "Silver", "month", "5.00")
    publish(small(gold + yearly))
    desk.join("g-m")
    desk.tell()
    sold = silver.replace('price = "5.00"', 'price = "8.00"\nprices = { GBP = "7.00" }')
    publish(small(sold + gold + yearly, currency='"EUR"'))
    page = words(desk.visit.open("/membership/change"))
    assert "£7.00" in page
    assert "€" not in page, "what is not sold in pounds is not offered to who pays in pounds"
    page = words(choose(desk, "s-m"))
    assert "£7.00 a month" in page
    assert "€" not in page


def test_a_year_for_a_dearer_year_costs_the_difference_and_ends_on_the_same_day(desk):
    shelf.fill(clock.now())
    desk.join("gold-yearly")
    desk.tell()
    desk.pass_time(days=73)
    desk.tell()
    page = words(choose(desk, "platinum-yearly"))
    assert "Today £80.00 From 10 June 2027 £150.00 a year" in page
    assert "Your year ends on the same day as before." in page
    assert "the first year" not in page


@pytest.mark.both_engines
def test_a_plan_for_life_says_of_what_ran_before_that_it_ends_and_when_on_each_page_and_in_the_mail(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.tell()
    assert "What you have now then ends on 10 July 2026, and nothing more is charged for it." in words(
        desk.visit.open("/membership/change")
    )
    path = desk.pay(desk.choose("gold-life"))
    assert "Platinum ends on 10 July 2026, and nothing more is charged for it" in words(desk.visit.open(path))
    desk.tell()
    billing.work_off(clock.now())
    jobs.wake()
    said = words(desk.visit.open("/membership"))
    assert "Platinum, which you had before, ends on 10 July 2026, and nothing more is charged for it." in said
    mail = desk.mail("Platinum ends on 10 July 2026")
    assert "You have a plan for life now, so Platinum" in mail
    assert "As you asked" not in mail
    assert "one tap keeps it" not in mail


def test_an_end_that_was_set_in_the_dashboard_is_not_said_to_be_her_wish(desk):
    desk.join()
    desk.tell()
    client = desk.stripe.bare_client().v1
    client.subscriptions.update(desk.subscription().id, {"cancel_at_period_end": True})
    desk.tell()
    jobs.wake()
    mail = desk.mail("Plus ends on 10 July 2026")
    assert "Plus ends on 10 July 2026. It stays on until then" in mail
    assert "As you asked" not in mail


def test_a_plan_that_is_not_paid_is_reached_from_the_page_you(desk):
    desk.join(card="0341")
    desk.tell()
    desk.pass_time(days=40)
    desk.tell()
    assert desk.status() == "ended"
    page = desk.visit.open("/you")
    assert "Your plan it is not on; payments and invoices" in words(page)
    assert "/membership" in [link["href"] for link in page.all("a")]
    assert "One payment is still open." in words(desk.visit.open("/membership"))


@pytest.mark.both_engines
def test_a_difference_too_little_for_a_card_is_taken_with_the_next_payment_and_said_so(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    to_boundary(desk, days=29, hours=12)
    page = choose(desk, "platinum-monthly")
    assert "Today nothing From 10 July 2026 £15.17 on that day, then £15.00 a month" in words(page)
    assert "You agree to pay £0.17 for the days that are left, with the next payment." in words(page)
    assert "The difference of £0.17 for the days that are left is too little for a card" in words(page)
    page = desk.visit.submit("Change now")
    assert "Platinum is on. Nothing was charged today." in page.text
    desk.tell()
    assert desk.mails("plan_receipt") == 1, "nothing was taken, so there is no second receipt"
    assert "nothing was taken from your card" in words(desk.visit.open("/membership"))
    desk.pass_time(hours=14)
    desk.tell()
    assert bills(desk)[0] == ("paid", 1517)


def test_one_penny_over_the_least_is_taken_at_once(desk):
    shelf.fill(clock.now(), platinum_monthly="5.60")
    desk.join("gold-monthly")
    desk.tell()
    to_boundary(desk, days=14, hours=10)
    assert "Pay £0.31 and change now" in choose(desk, "platinum-monthly").text


def test_a_discount_from_the_dashboard_is_said_with_what_comes_after_a_change(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    client = desk.stripe.bare_client().v1
    coupon = client.coupons.create({"percent_off": 50, "duration": "forever"})
    client.subscriptions.update(desk.subscription().id, {"discounts": [{"coupon": coupon.id}]})
    desk.tell()
    assert "£2.50 on 10 July 2026" in words(desk.visit.open("/membership"))
    assert "From 10 July 2026 £7.50 on that day" in words(choose(desk, "platinum-monthly"))


def test_amounts_can_be_looked_at_thirty_times_an_hour_and_then_again(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    token = desk.visit.open("/membership/change").all("input", name="csrf_token")[0]["value"]
    form = {"csrf_token": token, "plan": "gold-yearly"}

    def look() -> int:
        return desk.visit.client.post("/membership/change", data=form).status_code

    assert [look() for _ in range(31)] == [303] * 30 + [429]
    said = desk.visit.client.post("/membership/change", data=form).text
    assert "Nothing was charged. Look again in 60 minutes." in said
    desk.clock.shift(timedelta(minutes=61))
    desk.visit = step_in(desk.app)
    token = desk.visit.open("/membership/change").all("input", name="csrf_token")[0]["value"]
    assert desk.visit.client.post("/membership/change", data=form | {"csrf_token": token}).status_code == 303


def test_while_a_bank_looks_into_a_payment_nothing_is_offered_that_cannot_be_had(desk):
    desk.join()
    desk.tell()
    give(desk.member, 5000)
    said = "Your bank is looking into a payment of yours. Your points are safe, and can be"
    page = desk.visit.open("/rewards")
    link = next(one["href"] for one in page.all("a") if re.fullmatch("/rewards/[a-z0-9-]+", one["href"])
                and "taken" not in one["href"])  # fmt: skip
    assert "Take it" in [one.text for one in desk.visit.open(link).all("button")]
    assert "Continue" in [one.text for one in desk.visit.open("/give").all("button")]
    dispute = desk.stripe.dispute(intents(desk)[0])
    desk.tell()
    page = desk.visit.open("/rewards")
    assert words(page).count(said) == 1
    assert "Yours to take now" not in words(page)
    page = desk.visit.open(link)
    assert "Once your bank has settled a payment of yours" in words(page)
    assert "Take it" not in [one.text for one in page.all("button")]
    page = desk.visit.open("/give")
    assert words(page).count(said) == 1
    assert not {"Continue", "Give it each month"} & {one.text for one in page.all("button")}
    desk.stripe.close_dispute(dispute, "won")
    desk.tell()
    assert said not in words(desk.visit.open("/rewards"))
    assert "Take it" in [one.text for one in desk.visit.open(link).all("button")]
