"""A discount that runs goes on over a planned change of plan, no longer and no shorter than it was given."""

import pytest

from portal import clock
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
    assert "Without the discount" not in words(till, "/membership")


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
