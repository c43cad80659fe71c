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
