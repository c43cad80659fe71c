"""What `portal check` proves of gifts: nothing while all is well, and each row that somebody has bent."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from portal import billing, people
from portal.billing.models import PlanGift, PlanGrant
from portal.db import run, transact
from tests.billing.giving import berta, buy, row, use
from tests.billing.paying_back import refund
from tests.billing.shop import Desk, now

__all__ = ["berta"]
pytestmark = pytest.mark.both_engines


def bend(model: type[Any], **values: Any) -> list[str]:
    """The beginnings of what is said after these values were written behind the portal's back."""
    transact(lambda: run(update(model).values(**values)))
    return sorted({one.split(":")[0] for one in billing.faults()})


def test_a_gift_from_its_payment_to_its_last_day_has_no_faults(desk: Desk, berta: str):
    code = buy(desk)
    assert billing.faults() == []
    use(berta, code)
    assert billing.faults() == []
    refund(desk, 100, payment=row().payment_intent)
    desk.tell()
    assert billing.faults() == []
    refund(desk, payment=row().payment_intent)
    desk.tell()
    assert row().state == "refunded"
    assert billing.faults() == []


def test_a_gift_whose_friend_has_left_has_no_faults(desk: Desk, berta: str):
    use(berta, buy(desk))
    transact(lambda: billing.let_go(berta, now()))
    transact(lambda: people.leave(berta))
    assert billing.faults() == []


WHOSE = "a gift says who used it"
BECAME = "a gift that was used became one plan of who used it"
BACK = "no more of a gift goes back than was paid"


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        (PlanGift, {"granted_until": date(2026, 12, 24)}, BECAME),
        (PlanGrant, {"plan": "plus-yearly"}, BECAME),
        (PlanGift, {"granted_until": None}, WHOSE),
        (PlanGift, {"refunded_minor": 901}, BACK),
        (PlanGift, {"state": "refunded"}, BACK),
        (PlanGrant, {"ref": "gift:none"}, "a plan that came of a gift came of one that was paid"),
    ],
)
@pytest.mark.both_engines(every_case=True)
def test_what_was_bent_is_named(desk: Desk, berta: str, model: type[Any], values: dict[str, Any], said: str):
    use(berta, buy(desk))
    assert any(one.startswith(said) for one in bend(model, **values))
