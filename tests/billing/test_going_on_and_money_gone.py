"""Going on after a late pause, where its money has gone or is still to go: one of the two is hers, never both."""

import pytest

from tests.billing.in_vain import (
    buttons,
    heard_too_late,
    pause_in_vain,
    refunds,
    work_without_refunds,
)
from tests.billing.pages import operations
from tests.billing.paying_back import refund
from tests.billing.shop import Desk


def go_on(desk: Desk) -> str:
    """What the button says that lets her plan go on."""
    return next(one for one in buttons(desk) if one.startswith("Go on"))


@pytest.mark.both_engines
def test_what_a_person_paid_back_before_stripe_did_is_not_paid_for(desk, monkeypatch):
    heard_too_late(desk, pause_in_vain)
    work_without_refunds(desk, monkeypatch)
    refund(desk)
    desk.tell()
    assert (operations("refund"), refunds(desk)) == (["new"], [300])
    assert go_on(desk) == "Go on with Plus, £3.00 today"
