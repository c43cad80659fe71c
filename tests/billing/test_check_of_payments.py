"""What `portal check` proves of payments: what they brought is what their bills say, and a bent row is named."""

from typing import Any

import pytest
from sqlalchemy import update

from portal import billing
from portal.billing.models import Invoice, Purchase
from portal.db import run, transact
from tests.billing.paying_back import gifted, gifts, refund
from tests.billing.shop import Desk
from tests.billing.test_check import bend

__all__ = ["gifted", "gifts"]
pytestmark = pytest.mark.both_engines
CAME = "what came with a payment has one that was not paid back"
WHOLE = "a bill is a payment of a plan with its last day and its months in a row, or none"
STRUCK_OUT = {"plan": None, "paid_until": None, "streak": None}


@pytest.mark.parametrize("plan", ["plus-monthly", "plus-yearly", "plus-life"])
def test_payments_that_stand_and_that_went_back_have_no_faults(gifted: Desk, plan: str):
    gifted.join(plan)
    gifted.tell()
    assert billing.faults() == []
    refund(gifted)
    gifted.tell()
    assert billing.faults() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (STRUCK_OUT, CAME),
        ({"refunded_minor": 300}, CAME),
        ({"streak": None}, WHOLE),
        ({"status": "open"}, WHOLE),
    ],
)
@pytest.mark.both_engines(every_case=True)
def test_a_payment_that_somebody_has_bent_is_named(gifted: Desk, values: dict[str, Any], said: str):
    gifted.join()
    gifted.tell()
    assert said in bend(Invoice, **values)


def test_a_payment_that_brought_nothing_but_its_months_is_missed_too(desk: Desk):
    desk.join()
    desk.tell()
    assert billing.faults() == []
    assert bend(Invoice, **STRUCK_OUT) == ["months that were paid in a row were paid by something"]


def test_a_plan_for_life_that_somebody_has_taken_away_is_named(gifted: Desk):
    gifted.join("plus-life")
    gifted.tell()
    transact(lambda: run(update(Purchase).values(state="lost")))
    assert any(one.startswith(CAME) for one in billing.faults())
