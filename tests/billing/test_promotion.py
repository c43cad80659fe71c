"""Promotion codes: what is paid is what the till said, and every page says what is paid next while a discount lasts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal import billing, clock, jobs, programme, tiers
from portal.billing import reminding
from portal.billing.models import Invoice, Purchase
from portal.db import read
from tests.billing import shelf
from tests.billing.paying_back import intents, refund
from tests.billing.shop import Desk, count, now, session_of

TYPE_IT = "If you have a promotion code, type it there."
CODES = "promotion_codes = true"


@pytest.fixture
def till(desk) -> Desk:
    """Gold and Platinum, where the till takes codes."""
    shelf.fill(clock.now(), also=CODES)
    return desk


def offer(desk: Desk, **coupon: Any) -> None:
    """A code CODE for a coupon of Stripe's."""
    v1 = desk.stripe.bare_client().v1
    made = v1.coupons.create(coupon)
    v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": made.id}, "code": "CODE"})


def join(desk: Desk, plan: str = "gold-monthly", card: str | None = "4242", **coupon: Any) -> str:
    """Join with a code; the words of the page that she comes back to."""
    offer(desk, **coupon)
    path = desk.pay(desk.choose(plan), card, promotion_code="code")
    assert path is not None
    return words(desk, path)


def words(desk: Desk, path: str) -> str:
    return " ".join(desk.visit.open(path).text.split())


def paid(desk: Desk) -> list[int]:
    """What Stripe took, oldest first."""
    return [one.amount_paid for one in reversed(desk.at_stripe("invoices")) if one.status == "paid"]


def next_payment(desk: Desk) -> str:
    """What the page of the plan says is paid next."""
    found = re.search(r"Next payment (\S+) on", words(desk, "/membership"))
    assert found is not None
    return found[1]


def renew(desk: Desk) -> None:
    """A month passes, and its messages arrive; the first hour of a renewal is a draft's."""
    desk.pass_time(days=31, hours=2)
    desk.tell()


def bills() -> list[Any]:
    return list(read(select(Invoice.__table__).order_by(Invoice.__table__.c.made_at)))


@pytest.mark.parametrize(("lines", "takes"), [("", None), ("promotion_codes = false", None), (CODES, True)])
def test_the_till_takes_codes_where_the_programme_says_so_and_the_page_says_it(desk, lines, takes):
    shelf.fill(clock.now(), also=lines)
    session = session_of(desk.choose("gold-monthly"))
    found = next(one for one in desk.at_stripe("checkout.sessions") if one.id == session)
    assert found.allow_promotion_codes is takes
    desk.visit.open("/billing/return?session_id=" + session)
    desk.client.post("/billing/checkout/leave")
    assert (TYPE_IT in desk.app.test_client().get("/plans").text) is False, "a visitor cannot pay"


def test_who_may_pay_is_told_where_a_code_goes(till):
    assert TYPE_IT in words(till, "/plans")
    shelf.fill(clock.now())
    assert TYPE_IT not in words(till, "/plans")


@pytest.mark.both_engines
def test_a_code_for_two_months_is_on_every_page_and_mail_until_the_last_of_them_is_paid(till):
    page = join(till, percent_off=50, duration="repeating", duration_in_months=2)
    assert "Next payment £2.50 on 10 July 2026" in page
    till.tell()
    assert "The next payment of £2.50 is on 10 July 2026" in till.mail("Gold is yours").replace("\n", " ")
    assert next_payment(till) == "£2.50"
    assert "Price £5.00" in words(till, "/membership")
    assert "Gold renews, £2.50" in words(till, "/home")
    assert (till.subscription().amount_minor, till.subscription().due_minor) == (500, 250)
    renew(till)
    assert paid(till) == [250, 250]
    assert next_payment(till) == "£5.00", "the second month is the last one of the code"
    assert "Gold renews, £5.00" in words(till, "/home")
    assert "Price £" not in words(till, "/membership")
    renew(till)
    assert paid(till) == [250, 250, 500]
    assert [one.paid_minor for one in bills()] == [250, 250, 500]


@pytest.mark.parametrize(
    ("coupon", "first", "second", "third"),
    [
        ({"percent_off": 50, "duration": "once"}, "£2.50", "£5.00", "£5.00"),
        ({"percent_off": 50, "duration": "repeating", "duration_in_months": 1}, "£2.50", "£5.00", "£5.00"),
        ({"percent_off": 50, "duration": "forever"}, "£2.50", "£2.50", "£2.50"),
        ({"amount_off": 1, "currency": "gbp", "duration": "once"}, "£4.99", "£5.00", "£5.00"),
        ({"amount_off": 400, "currency": "gbp", "duration": "forever"}, "£1.00", "£1.00", "£1.00"),
        ({"amount_off": 700, "currency": "gbp", "duration": "once"}, "£0.00", "£5.00", "£5.00"),
    ],
)
def test_what_the_page_says_is_paid_next_is_what_is_taken(till, coupon, first, second, third):
    join(till, **coupon)
    till.tell()
    assert next_payment(till) == second
    renew(till)
    assert next_payment(till) == third
    assert [f"£{one / 100:.2f}" for one in paid(till)] == [first, second]


def test_a_code_for_everything_takes_nothing_and_brings_nothing_that_is_paid_for_with_money(till):
    page = join(till, percent_off=100, duration="once")
    assert "Gold is yours" in page
    assert "Next payment £5.00 on 10 July 2026" in page
    till.tell()
    assert till.perks()
    assert (till.mails("plan_joined"), till.mails("plan_receipt")) == (1, 0)
    assert tiers.paid_months(till.member, "gold-monthly") == 0, "months that were paid, not given"
    text = words(till, "/membership")
    assert "Withdraw" not in text, "there is nothing to give back"
    assert "Nothing is paid yet, and nothing is used yet." in text
    renew(till)
    assert paid(till) == [0, 500], "the card that the till asked for"
    assert till.mails("plan_receipt") == 1
    assert tiers.paid_months(till.member, "gold-monthly") == 1


def test_a_code_for_everything_for_ever_goes_on_for_nothing(till):
    join(till, percent_off=100, duration="forever")
    till.tell()
    for _ in range(2):
        assert next_payment(till) == "£0.00"
        renew(till)
        assert till.perks()
    assert paid(till) == [0, 0, 0]


@pytest.mark.parametrize(("back", "left", "months"), [(249, "£0.01", 1), (250, "£0.00", 0)])
def test_a_refund_is_held_against_what_was_really_paid(till, back, left, months):
    join(till, percent_off=50, duration="once")
    till.tell()
    assert tiers.paid_months(till.member, "gold-monthly") == 1
    refund(till, back)
    till.tell()
    assert tiers.paid_months(till.member, "gold-monthly") == months
    assert f"You paid since 10 June 2026 {left}" in words(till, "/membership")


def test_withdrawing_gives_back_what_was_really_paid(till):
    join(till, percent_off=50, duration="once")
    till.tell()
    till.visit.open("/membership")
    till.visit.follow("Withdraw and get your money back")
    till.visit.submit("Withdraw and get £2.50 back")
    assert [one.amount for one in till.at_stripe("refunds")] == [250]
    assert till.status() == "ended"


@pytest.mark.both_engines
def test_a_trial_with_a_code_costs_nothing_first_and_then_what_the_mail_before_its_end_says(desk):
    shelf.fill(clock.now(), also=CODES, trial_days=14)
    page = join(desk, percent_off=50, duration="repeating", duration_in_months=3)
    assert "Next payment £2.50 on 24 June 2026" in page
    desk.tell()
    desk.pass_time(days=12)
    assert reminding.remind(clock.now()) == 1
    jobs.wake()
    told = desk.mail("Your free time with Gold ends on 24 June 2026")
    assert "The first payment of £2.50 is on that day" in told
    desk.pass_time(days=2, hours=2)
    desk.tell()
    assert paid(desk) == [0, 250]
    assert next_payment(desk) == "£2.50"


def test_a_trial_with_a_code_for_everything_needs_no_card_and_ends_without_one(desk):
    shelf.fill(clock.now(), also=CODES, trial_days=14)
    join(desk, card=None, percent_off=100, duration="once")
    desk.tell()
    assert desk.status() == "trialing"
    desk.pass_time(days=15)
    desk.tell()
    assert desk.status() == "ended"


def test_the_reminder_of_a_yearly_renewal_says_what_will_be_taken(till):
    join(till, "gold-yearly", percent_off=20, duration="forever")
    till.tell()
    till.pass_time(days=340)
    assert reminding.remind(clock.now()) == 1
    jobs.wake()
    assert till.mail("Gold renews on 10 June 2027 for £40.00")
    till.pass_time(days=26)
    till.tell()
    assert paid(till) == [4000, 4000]


@pytest.mark.both_engines
def test_a_plan_for_life_is_bought_for_what_was_paid_and_ends_with_the_last_penny_of_it(till):
    join(till, "gold-life", percent_off=50, duration="once")
    till.tell()
    bought = read(select(Purchase.__table__)).one()
    assert (bought.amount_minor, bought.state) == (7500, "paid")
    refund(till, 7499)
    till.tell()
    assert till.perks()
    refund(till, 1, intents(till)[0])
    till.tell()
    assert not till.perks()


def test_a_plan_for_life_for_nothing_is_hers_and_there_is_nothing_to_give_back(till):
    page = join(till, "gold-life", card=None, percent_off=100, duration="once")
    assert "Gold is yours" in page
    till.tell(times=2)
    bought = read(select(Purchase.__table__)).one()
    assert (bought.amount_minor, bought.payment_intent, bought.state) == (0, None, "paid")
    assert till.perks(now().date() + timedelta(days=36500))
    assert (till.mails("plan_joined"), till.mails("plan_receipt"), count(Purchase)) == (1, 0, 1)
    assert "Withdraw" not in words(till, "/membership")


def test_a_code_in_another_currency_is_not_taken(till):
    offer(till, amount_off=100, currency="eur", duration="once")
    path = till.pay(till.choose("gold-monthly"), promotion_code="CODE")
    assert path is not None
    till.visit.open(path)
    assert paid(till) == [500]


def test_a_change_with_a_discount_takes_what_was_shown(till):
    join(till, percent_off=50, duration="forever")
    till.tell()
    till.pass_time(days=15)
    till.visit.open("/membership")
    till.visit.follow("Change the plan")
    page = till.visit.submit("See what it costs", plan="platinum-monthly")
    shown = re.search(r"Today £([0-9.]+)", " ".join(page.text.split()))
    assert shown is not None
    till.visit.submit(f"Pay £{shown[1]} and change now")
    assert paid(till)[-1] == round(float(shown[1]) * 100) < 500, "half of the difference"
    assert next_payment(till) == "£7.50"


def test_where_stripe_has_no_next_bill_to_show_the_plan_is_read_all_the_same(till):
    join(till, percent_off=50, duration="forever")
    till.tell()
    till.stripe.bare_client().v1.subscriptions.update(till.subscription().id, {"cancel_at_period_end": True})
    till.tell()
    row = till.subscription()
    assert (row.due_minor, till.status()) == (None, "cancelling")
    assert billing.standing(till.member, programme.active()[1].day(now())).next_charge_on is None


@pytest.mark.both_engines
@pytest.mark.parametrize(("lasts", "price"), [(12, "£2.50"), (2, "£5.00")])
def test_going_on_after_a_pause_costs_what_its_button_says_with_what_is_left_of_the_code(till, lasts, price):
    join(till, percent_off=50, duration="repeating", duration_in_months=lasts)
    assert "From then on it costs £2.50." in words(till, "/membership/pause")
    till.visit.submit("Pause it today")
    assert "From that day on going on costs £2.50." in words(till, "/membership")
    till.pass_time(days=75)
    billing.reconcile(clock.now(), everything=True)
    till.visit.open("/membership")
    till.visit.submit(f"Go on with Gold, {price} today")
    assert till.status() == "active"
    assert paid(till) == [250, 250 if lasts == 12 else 500]
    assert not billing.reconcile(clock.now(), everything=True).drift
