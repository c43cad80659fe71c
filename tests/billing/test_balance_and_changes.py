"""A change names what the customer's balance adds to a payment, or pays of it: before the button, and in what she
agrees to. What was named is taken."""

import pytest

from portal import billing, clock
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.billing.test_balance import balance, carried
from tests.billing.test_promotion import CODES, join, next_payment, paid, words
from tests.billing.test_terms import kept

__all__ = ["carried"]


def put_on_the_balance(desk: Desk, minor: int) -> None:
    """Below zero it is money that she has with the shop."""
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.bare_client().v1.customers.update(customer, {"balance": minor})
    desk.tell()
    billing.reconcile(clock.now(), everything=True)


def look_at(desk: Desk, plan: str) -> str:
    """The page of a change to this plan."""
    desk.visit.open("/membership/change")
    return " ".join(desk.visit.submit("See what it costs", plan=plan).text.split())


@pytest.fixture
def late_in_the_year(desk) -> Desk:
    """Platinum by year, some days before its end, after a change whose 0.21 were too little for a card."""
    shelf.fill(clock.now(), platinum_yearly="55.00")
    desk.join("gold-yearly")
    desk.tell()
    desk.pass_time(days=350)
    desk.tell()
    look_at(desk, "platinum-yearly")
    desk.visit.submit("Change now")
    desk.tell()
    assert balance(desk) == 21
    return desk


@pytest.mark.both_engines
def test_from_year_to_month_what_is_open_comes_with_the_first_month(late_in_the_year):
    desk = late_in_the_year
    said = look_at(desk, "gold-monthly")
    assert "From 10 June 2027 £5.21 on that day, then £5.00 a month" in said
    assert "£0.21 of the payment on 10 June 2027 is open from before." in said
    assert (
        "You agree to pay £0.21 that is open from before, with the next payment. You agree to pay £5.00"
        in said
    )
    desk.visit.submit("Change on 10 June 2027")
    assert "The next payment is £5.21 on 10 June 2027." in desk.visit.page.text
    desk.pass_time(days=16)
    assert paid(desk)[-1] == 521


def test_from_year_to_month_her_money_with_the_shop_pays_of_the_first_month(late_in_the_year):
    desk = late_in_the_year
    put_on_the_balance(desk, -300)
    said = look_at(desk, "gold-monthly")
    assert "From 10 June 2027 £2.00 on that day, then £5.00 a month" in said
    assert "£3.00 for 10 June 2027 is taken from what you have with the shop." in said
    assert "You agree to pay £5.00 for Gold on 10 June 2027" in said
    desk.visit.submit("Change on 10 June 2027")
    desk.pass_time(days=16)
    assert paid(desk)[-1] == 200


def test_more_money_with_the_shop_than_a_change_costs_pays_of_the_next_payment_too(desk):
    shelf.fill(clock.now())
    desk.join("gold-monthly")
    desk.tell()
    put_on_the_balance(desk, -2000)
    desk.pass_time(days=15)
    said = look_at(desk, "platinum-monthly")
    assert "Today nothing From 10 July 2026 nothing on that day, then £15.00 a month" in said
    assert "£5.00 for today is taken from what you have with the shop." in said
    assert "£15.00 for 10 July 2026 is taken from what you have with the shop." in said
    desk.visit.submit("Change now")
    desk.tell()
    assert next_payment(desk) == "£0.00"
    desk.pass_time(days=16)
    assert (paid(desk), balance(desk)) == ([500, 0, 0], 0)


def test_a_cheaper_plan_is_agreed_to_with_what_is_open_named_by_itself(carried):
    said = look_at(carried, "gold-monthly")
    assert "£5.27 on that day, then £5.00 a month" in said
    assert (
        "You agree to pay £0.27 that is open from before, with the next payment. You agree to pay £5.00"
        in said
    )
    carried.visit.submit("Change on 10 July 2026")
    assert "£0.27 that is open from before" in kept("later")[0]["text"]


def test_with_a_discount_what_is_open_comes_once_and_the_rest_each_month(desk):
    shelf.fill(clock.now(), also=CODES, platinum_monthly="5.40")
    join(desk, "gold-monthly", percent_off=20, duration="forever")
    desk.tell()
    desk.pass_time(days=10)
    look_at(desk, "platinum-monthly")
    desk.visit.submit("Change now")
    desk.tell()
    opened = balance(desk)
    assert opened > 0
    said = look_at(desk, "gold-monthly")
    assert f"£{(400 + opened) / 100:.2f} on that day; without the discount it is £5.00 a month" in said
    assert f"£{opened / 100:.2f} of the payment on 10 July 2026 is open from before." in said
    assert "You agree to pay £4.00 for Gold on 10 July 2026 and again each month" in said


def test_what_was_open_before_a_small_change_is_told_apart_from_its_difference(desk):
    shelf.fill(clock.now(), platinum_monthly="5.40")
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=29)
    put_on_the_balance(desk, 25)
    said = look_at(desk, "platinum-monthly")
    assert "The difference of £0.01 for the days that are left is too little for a card" in said
    assert "£0.25 of the payment on 10 July 2026 is open from before." in said
    assert "You agree to pay £0.01 for the days that are left, with the next payment." in said


def test_what_was_taken_is_what_stands_under_payments(carried):
    carried.pass_time(days=30)
    carried.tell()
    assert paid(carried)[-1] == 567
    assert "£5.67" in words(carried, "/membership").partition("Payments")[2]
