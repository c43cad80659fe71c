"""What she asks for while Stripe is out of reach, a few hours before her plan renews or ends, and what she is told."""

from datetime import timedelta

import pytest

from portal import billing, clock
from tests.billing.shop import Desk
from tests.billing.test_ends_that_come_late import live, refunds
from tests.billing.test_true_words import bills, operations, to_boundary
from tests.home.doors import step_in


def on_the_eve(desk: Desk) -> None:
    """Four hours before the period is over; she is signed in anew."""
    to_boundary(desk, days=29, hours=20)
    desk.visit = step_in(desk.app)


def eight_hours_of_silence(desk: Desk) -> None:
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()
    for _ in range(3):
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())
        desk.tell()


def silence(desk: Desk) -> None:
    desk.stripe.fault("500", "*", times=10_000)


@pytest.mark.both_engines
def test_a_plan_that_she_wanted_to_keep_is_not_said_to_end_as_she_asked(desk):
    desk.join()
    desk.tell()
    desk.visit.open("/membership/cancel")
    desk.visit.submit("End it on 10 July 2026")
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership")
    silence(desk)
    desk.visit.submit("Keep Plus")
    eight_hours_of_silence(desk)
    mail = desk.mail("Plus has ended")
    assert "You asked for it to go on, and that could not be carried out before its last day." in mail
    assert "as you asked" not in mail
    assert (operations("keep"), live(desk), bills(desk)) == (["failed"], ["canceled"], [("paid", 300)])
    assert refunds(desk) == []
