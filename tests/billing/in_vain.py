"""What she asks for in vain, for Stripe is out of reach on the eve of a renewal; and how it is heard and done later."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal import billing, clock
from portal.billing import returns
from portal.billing.shapes import Rejected
from tests.billing import shelf
from tests.billing.pages import to_boundary
from tests.billing.shop import Desk
from tests.home.doors import step_in


def live(desk: Desk) -> list[str]:
    """The states of her subscriptions at Stripe, newest first."""
    return [one.status for one in desk.at_stripe("subscriptions", status="all")]


def refunds(desk: Desk) -> list[int]:
    """What Stripe paid back, newest first."""
    return [one.amount for one in desk.at_stripe("refunds")]


def buttons(desk: Desk) -> list[str]:
    """What she can tap on the page of her plan."""
    return [one.spoken_name for one in desk.visit.open("/membership").all("button")]


def on_the_eve(desk: Desk) -> None:
    """Four hours before the period is over; she is signed in anew."""
    to_boundary(desk, days=29, hours=20)
    desk.visit = step_in(desk.app)


def silence(desk: Desk) -> None:
    """Stripe is out of reach and stays so."""
    desk.stripe.fault("500", "*", times=10_000)


def end_in_vain(desk: Desk, button: str = "End it on 10 July 2026") -> None:
    """She ends it, while Stripe is out of reach and stays so."""
    desk.visit.open("/membership/cancel")
    silence(desk)
    desk.visit.submit(button)


def end_of_the_eve(desk: Desk, card: str = "4242") -> None:
    """She has a plan and ends it in vain before it renews."""
    desk.join(card=card)
    desk.tell()
    on_the_eve(desk)
    end_in_vain(desk)


def pause_in_vain(desk: Desk) -> None:
    """She has a plan and pauses it in vain before it renews."""
    desk.join()
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership/pause")
    silence(desk)
    desk.visit.submit("Pause it today")


def cheaper_in_vain(desk: Desk, held: str = "platinum-monthly", wanted: str = "gold-monthly") -> None:
    """She has a plan and takes a cheaper one in vain before it renews."""
    shelf.fill(clock.now())
    desk.join(held)
    desk.tell()
    on_the_eve(desk)
    desk.visit.open("/membership/change")
    desk.visit.submit("See what it costs", plan=wanted)
    silence(desk)
    desk.visit.submit("Change on 10 July 2026")


IN_VAIN = {"pause": pause_in_vain, "end": end_of_the_eve}


def answers_again(desk: Desk) -> None:
    """Stripe is back eight hours later; the plan has renewed."""
    desk.clock.shift(timedelta(hours=8))
    desk.stripe.advance(to=int(clock.now().timestamp()))
    desk.stripe.heal()


def heard_too_late(desk: Desk, asked: Callable[[Desk], None]) -> None:
    """What she asks for in vain is heard once the plan has renewed; nothing of it is done yet."""
    asked(desk)
    answers_again(desk)


def eight_hours_of_silence(desk: Desk) -> None:
    """Stripe is back eight hours later, and what she asked for is done."""
    answers_again(desk)
    for _ in range(3):
        desk.clock.shift(timedelta(hours=1))
        billing.work_off(clock.now())
        desk.tell()


def work(desk: Desk, times: int = 2, hours: int = 1) -> None:
    """The hourly work goes on for a while, on both sides; she is signed in anew."""
    for _ in range(times):
        desk.clock.shift(timedelta(hours=hours))
        desk.stripe.advance(to=int(clock.now().timestamp()))
        billing.work_off(clock.now())
        desk.tell()
    desk.visit = step_in(desk.app)


def work_without_refunds(desk: Desk, monkeypatch: pytest.MonkeyPatch, **how: int) -> None:
    """As `work`, while Stripe refuses each refund that is asked for."""
    with monkeypatch.context() as low:
        low.setattr(returns, "give_back", too_low)
        work(desk, **how)


def too_low(*_anything: Any, **_more: Any) -> None:
    """What Stripe says where the shop's own balance does not suffice."""
    raise Rejected("the balance is too low")
