"""What stands on a customer's balance, for her or against her, is in the next payment, in every page and mail."""

import pytest

from portal import clock, jobs
from portal.billing import reminding
from tests.billing import shelf
from tests.billing.shop import Desk
from tests.billing.test_promotion import next_payment, paid, renew, words


@pytest.fixture
def carried(desk) -> Desk:
    """Platinum, after a change whose 0.27 were too little for a card."""
    shelf.fill(clock.now(), platinum_monthly="5.40")
    desk.join("gold-monthly")
    desk.tell()
    desk.pass_time(days=10)
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan="platinum-monthly")
    desk.visit.submit("Change now")
    desk.tell()
    return desk


def balance(desk: Desk) -> int:
    return int(desk.at_stripe("customers")[0].balance)


@pytest.mark.both_engines
def test_what_was_too_little_for_a_card_is_in_the_next_payment(carried):
    assert next_payment(carried) == "£5.67"
    assert "Price £5.40 Open from before £0.27" in words(carried, "/membership")
    assert "Platinum renews, £5.67" in words(carried, "/home")
    renew(carried)
    assert paid(carried) == [500, 0, 567]
    assert next_payment(carried) == "£5.40"


def test_going_on_after_a_pause_takes_what_its_button_says(carried):
    carried.visit.open("/membership/pause")
    carried.visit.submit("Pause it today")
    carried.tell()
    carried.pass_time(days=30)
    carried.visit.open("/membership")
    carried.visit.submit("Go on with Platinum, £5.67 today")
    assert paid(carried)[-1] == 567


@pytest.mark.both_engines
def test_an_end_names_what_was_taken_last_and_a_new_plan_begins_without_what_was_open(carried):
    text = words(carried, "/membership/cancel")
    assert "£5.00 on 10 June 2026 was the last one. Nothing more is charged." in text
    carried.visit.submit("End it on 10 July 2026")
    carried.pass_time(days=22)
    carried.tell()
    carried.join("gold-monthly")
    assert (paid(carried)[-1], balance(carried)) == (500, 0)


def test_who_withdraws_and_joins_again_pays_the_price(carried):
    carried.visit.open("/membership/withdraw")
    carried.visit.submit("Withdraw and get £5.00 back")
    carried.tell()
    carried.join("gold-monthly")
    assert paid(carried)[-1] == 500


@pytest.mark.both_engines
def test_what_she_has_with_the_shop_stays_hers_and_is_taken_off(desk):
    shelf.fill(clock.now())
    desk.join("gold-yearly")
    desk.tell()
    customer = desk.at_stripe("customers")[0].id
    desk.stripe.bare_client().v1.customers.update(customer, {"balance": -200})
    desk.pass_time(days=340)
    reminding_says(desk, "Gold renews on 10 June 2027 for £48.00")
    assert next_payment(desk) == "£48.00"
    desk.pass_time(days=26)
    assert paid(desk) == [5000, 4800]


def reminding_says(desk: Desk, subject: str) -> None:
    """The night compares with Stripe before it reminds."""
    from portal import billing

    billing.reconcile(clock.now(), everything=False)
    assert reminding.remind(clock.now()) == 1
    jobs.wake()
    assert desk.mail(subject)
