"""Acceptance cases 10 and 11: a dearer plan at once for exactly what was shown, a cheaper one with the next period."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from portal import billing, clock
from portal.billing import changes
from portal.billing.models import BillingOperation
from portal.db import read
from tests.billing import shelf
from tests.billing.shop import AGREED, count, everything, joining, session_of
from tests.home.doors import join, step_in


@pytest.fixture
def shop(desk):
    """Anna holds Gold by month since half a month."""
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.pass_time(days=15)
    desk.tell()
    return desk


def choose(desk, plan: str):
    """Choose another plan; the page of its amounts."""
    desk.visit.open("/membership")
    desk.visit.follow("Change the plan")
    return desk.visit.submit("See what it costs", plan=plan)


def pounds(page) -> list[int]:
    """The amounts of a page, in pence."""
    return [int(whole) * 100 + int(part) for whole, part in re.findall(r"£(\d+)\.(\d\d)", page.text)]


def paid(desk) -> list[int]:
    """What Stripe took, oldest first."""
    bills = desk.at_stripe("invoices")
    return [one.amount_paid for one in reversed(bills) if one.status == "paid" and one.amount_paid]


def operations():
    table = BillingOperation.__table__
    return list(read(table.select().order_by(table.c.id)).all())


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


@pytest.mark.both_engines
def test_case_11_a_downgrade_comes_with_the_next_period_and_can_be_undone(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    desk.pass_time(days=15)
    desk.tell()
    page = choose(desk, "gold-monthly")
    assert "Today nothing" in page.text
    assert "From 10 July 2026 £5.00 a month" in page.text
    page = desk.visit.submit("Change on 10 July 2026")
    assert "Changes to Gold on 10 July 2026." in page.text
    assert "Next payment £5.00 on 10 July 2026" in page.text
    assert desk.subscription().plan == "platinum-monthly"
    desk.tell()
    page = desk.visit.open("/membership")
    page = desk.visit.submit("Undo")
    assert "Your plan stays as it is." in page.text
    assert "Changes to Gold" not in page.text
    assert "Next payment £15.00 on 10 July 2026" in page.text

    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    desk.pass_time(days=15, hours=2)
    desk.tell()
    row = desk.subscription()
    assert (row.plan, row.amount_minor, row.next_plan) == ("gold-monthly", 500, None)
    assert paid(desk) == [1500, 500]
    assert "Next payment £5.00 on 10 August 2026" in desk.visit.open("/membership").text
    desk.pass_time(days=31)
    desk.tell()
    assert paid(desk) == [1500, 500, 500], "no credit, no surprise"
    assert desk.status() == "active"


def test_from_year_to_month_waits_for_the_end_of_the_year(desk):
    shelf.fill(clock.now())
    desk.join("gold-yearly")
    desk.tell()
    page = choose(desk, "platinum-monthly")
    assert "From 10 June 2027 £15.00 a month" in page.text
    page = desk.visit.submit("Change on 10 June 2027")
    assert "Changes to Platinum on 10 June 2027." in page.text
    assert paid(desk) == [5000]


def test_an_end_takes_the_planned_change_with_it_and_says_so(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = desk.visit.follow("End Platinum")
    assert "The change to Gold that was planned" in page.text
    desk.visit.submit("End it on 10 July 2026")
    page = desk.visit.open("/membership")
    assert "Ends on 10 July 2026." in page.text
    assert "Changes to Gold" not in page.text
    assert "Keep it first" in desk.visit.open("/membership/change").text
    desk.visit.open("/membership")
    page = desk.visit.submit("Keep Platinum")
    assert "Next payment £15.00 on 10 July 2026" in page.text


def test_an_upgrade_takes_the_planned_change_with_it(desk):
    shelf.fill(clock.now())
    desk.join("platinum-monthly")
    choose(desk, "gold-monthly")
    desk.visit.submit("Change on 10 July 2026")
    page = choose(desk, "platinum-yearly")
    desk.visit.submit(next(b.text for b in page.all("button") if b.text.startswith("Pay")))
    row = desk.subscription()
    assert (row.plan, row.next_plan) == ("platinum-yearly", None)


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


def test_months_paid_in_a_row_go_on_over_a_change_and_a_difference_is_no_month(shop):
    from portal import tiers

    assert tiers.paid_months(shop.member, "gold-monthly") == 1
    choose(shop, "platinum-monthly")
    shop.visit.submit("Pay £5.00 and change now")
    assert tiers.paid_months(shop.member, "platinum-monthly") == 1
    shop.pass_time(days=16)
    shop.tell()
    assert tiers.paid_months(shop.member, "platinum-monthly") == 2
    choose(shop, "gold-monthly")
    shop.visit.submit("Change on 10 August 2026")
    shop.pass_time(days=31)
    shop.tell()
    assert shop.subscription().plan == "gold-monthly"
    assert tiers.paid_months(shop.member, "gold-monthly") == 3


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


# Twice is once


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
