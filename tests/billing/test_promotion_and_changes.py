"""A discount that runs goes on over a planned change of plan, no longer and no shorter than it was given."""

import re

import pytest

from portal import clock
from portal.billing import running
from portal.billing.shapes import Rejected, Unavailable
from tests.billing import shelf
from tests.billing.test_promotion import CODES, join, next_payment, paid, renew, words


@pytest.fixture
def till(desk):
    """Gold and Platinum, where the till takes codes."""
    shelf.fill(clock.now(), also=CODES)
    return desk


def plan_gold(till) -> None:
    """Plan the change to Gold by month, with the next period."""
    till.visit.open("/membership/change")
    till.visit.submit("See what it costs", plan="gold-monthly")
    till.visit.submit("Change on 10 July 2026")
    till.tell()


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("coupon", "amounts"),
    [
        ({"duration": "forever"}, [750, 250, 250, 250]),
        ({"duration": "repeating", "duration_in_months": 3}, [750, 250, 250, 500]),
        ({"duration": "repeating", "duration_in_months": 1}, [750, 500, 500, 500]),
        ({"duration": "once"}, [750, 500, 500, 500]),
    ],
)
def test_a_planned_cheaper_plan_keeps_what_is_left_of_the_discount(till, coupon, amounts):
    join(till, "platinum-monthly", percent_off=50, **coupon)
    till.tell()
    plan_gold(till)
    for taken in amounts[1:]:
        assert next_payment(till) == f"£{taken / 100:.2f}"
        renew(till)
    assert paid(till) == amounts


def test_a_change_that_is_taken_back_leaves_the_discount_as_it_was(till):
    join(till, "platinum-monthly", percent_off=50, duration="repeating", duration_in_months=2)
    till.tell()
    plan_gold(till)
    till.visit.open("/membership")
    till.visit.submit("Undo")
    till.tell()
    assert next_payment(till) == "£7.50"
    renew(till)
    assert paid(till) == [750, 750]
    assert "Price £" not in words(till, "/membership")


@pytest.mark.parametrize(
    ("coupon", "said"),
    [
        ({"duration": "forever"}, "£2.50 on that day; without the discount it is £5.00 a month"),
        ({"duration": "repeating", "duration_in_months": 1}, "From 10 July 2026 £5.00 a month"),
    ],
)
def test_the_page_of_a_planned_change_names_the_amount_of_that_day(till, coupon, said):
    join(till, "platinum-monthly", percent_off=50, **coupon)
    till.tell()
    till.visit.open("/membership/change")
    page = till.visit.submit("See what it costs", plan="gold-monthly")
    assert said in " ".join(page.text.split())
    assert "less your discount" not in page.text


HALF, FIVE_OFF = {"percent_off": 50}, {"amount_off": 500, "currency": "gbp"}


@pytest.mark.parametrize(
    ("begun", "plan", "days", "coupon", "due"),
    [
        ("gold-monthly", "platinum-monthly", 15, HALF | {"duration": "forever"}, 750),
        ("gold-monthly", "platinum-monthly", 15, FIVE_OFF | {"duration": "forever"}, 1000),
        (
            "gold-monthly",
            "platinum-monthly",
            15,
            HALF | {"duration": "repeating", "duration_in_months": 1},
            1500,
        ),
        ("gold-monthly", "gold-yearly", 15, HALF | {"duration": "forever"}, 2500),
        ("gold-monthly", "gold-yearly", 15, HALF | {"duration": "repeating", "duration_in_months": 3}, 5000),
        ("gold-yearly", "gold-monthly", 300, HALF | {"duration": "forever"}, 250),
        ("gold-yearly", "gold-monthly", 300, HALF | {"duration": "repeating", "duration_in_months": 12}, 500),
    ],
)
def test_what_comes_after_a_change_is_named_to_the_penny_before_the_button_and_after_it(
    till, begun, plan, days, coupon, due
):
    join(till, begun, **coupon)
    till.tell()
    till.pass_time(days=days)
    till.tell()
    till.visit.open("/membership/change")
    page = till.visit.submit("See what it costs", plan=plan)
    said, exact = " ".join(page.text.split()), f"£{due / 100:.2f}"
    each = exact + (" on that day" if "discount is over" in said else " a")
    found = re.search(rf"Today (£[0-9.]+|nothing) From (\d+ \w+ 20\d\d) {each}", said)
    assert found is not None, said
    assert "less your discount" not in said
    assert "Your discount is taken off that." not in said
    assert f"You agree to pay {exact} for " in said
    page = till.visit.submit(next(one.text for one in page.all("button") if "hange" in one.text))
    assert f"The next payment is {exact} on {found[2]}." in page.text
    till.tell()
    assert next_payment(till) == exact
    till.pass_time(days=70 if found[1] == "nothing" else 31 if "2026" in found[2] else 366, hours=2)
    till.tell()
    assert due in paid(till)[1:]


@pytest.mark.both_engines
def test_a_code_that_counts_once_is_used_up_by_what_is_paid_at_once(till):
    till.join("gold-monthly")
    till.tell()
    client = till.stripe.bare_client().v1
    coupon = client.coupons.create({"percent_off": 50, "duration": "once"})
    client.subscriptions.update(till.subscription().id, {"discounts": [{"coupon": coupon.id}]})
    till.tell()
    till.visit.open("/membership/change")
    page = till.visit.submit("See what it costs", plan="platinum-monthly")
    assert "Today £5.00 From 10 July 2026 £15.00 a month" in " ".join(page.text.split())
    page = till.visit.submit("Pay £5.00 and change now")
    assert "You paid £5.00. The next payment is £15.00 on 10 July 2026." in page.text
    renew(till)
    assert paid(till) == [500, 500, 1500]


def test_the_page_of_a_pause_names_what_going_on_costs_without_the_change_that_falls_away(till):
    join(till, "platinum-monthly", percent_off=50, duration="forever")
    till.tell()
    plan_gold(till)
    assert "From then on it costs £7.50." in words(till, "/membership/pause")
    till.visit.submit("Pause it today")
    assert "From that day on going on costs £7.50." in words(till, "/membership")


def test_where_stripe_is_silent_the_page_of_a_pause_names_the_price_and_the_discount(till, monkeypatch):
    join(till, "platinum-monthly", percent_off=50, duration="forever")
    till.tell()
    plan_gold(till)

    def silent(*_):
        raise Unavailable("nobody answers")

    monkeypatch.setattr(running, "next_due", silent)
    assert "it costs £15.00. While your discount lasts it is less." in words(till, "/membership/pause")


def test_where_stripe_does_not_show_the_next_amount_no_discount_is_promised_for_it(till, monkeypatch):
    join(till, "gold-monthly", percent_off=50, duration="repeating", duration_in_months=3)
    till.tell()

    def refuses(*_: object, **__: object) -> None:
        raise Rejected("it shows none")

    monkeypatch.setattr(running, "due_after", refuses)
    till.visit.open("/membership/change")
    said = " ".join(till.visit.submit("See what it costs", plan="gold-yearly").text.split())
    assert (
        "From 10 June 2027 £50.00 a year Today's amount is the price of the first year after any discount"
        in said
    )
    assert (
        "You agree to pay £50.00 for Gold on 10 June 2027 and again each year until you end it. You can"
        in said
    )


def test_going_on_after_a_pause_is_named_with_its_discount_and_without(till):
    join(till, "gold-monthly", percent_off=50, duration="repeating", duration_in_months=2)
    till.tell()
    both = "costs £2.50. The full price is £5.00."
    assert f"From then on it {both}" in words(till, "/membership/pause")
    till.visit.submit("Pause it today")
    till.tell()
    assert f"From that day on going on {both}" in words(till, "/membership")


def test_the_page_of_a_change_in_a_trial_names_the_amount_of_its_end(till):
    shelf.fill(clock.now(), also=CODES, trial_days=14)
    join(till, "gold-monthly", percent_off=50, duration="forever")
    till.tell()
    till.visit.open("/membership/change")
    page = till.visit.submit("See what it costs", plan="platinum-monthly")
    assert "£7.50 on that day; without the discount it is £15.00 a month" in " ".join(page.text.split())
    till.visit.submit("Change now")
    till.tell()
    assert next_payment(till) == "£7.50"


def test_a_planned_change_to_paying_by_month_is_called_that(till):
    till.join("gold-yearly")
    till.tell()
    till.visit.open("/membership/change")
    till.visit.submit("See what it costs", plan="gold-monthly")
    till.visit.submit("Change on 10 June 2027")
    till.tell()
    assert "The change to paying by month that was planned" in words(till, "/membership/cancel")
    assert "The change to paying by month that was planned falls away." in words(till, "/membership/pause")
    till.visit.open("/membership/change")
    till.visit.submit("See what it costs", plan="platinum-yearly")
    assert "The change to paying by month that was planned falls away." in till.visit.page.text
