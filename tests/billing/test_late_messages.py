"""Messages that nobody could look into are an alarm ten minutes after the oldest of them came (stripe.md 4.3)."""

import logging

import pytest

from portal import billing, clock
from tests.billing.shop import Desk


@pytest.mark.both_engines
@pytest.mark.parametrize("kinds", [("customer.subscription.created",), ()], ids=["one", "all"])
def test_the_first_alarm_comes_when_the_oldest_has_waited_for_ten_minutes(
    desk: Desk, caplog, kinds: tuple[str, ...]
):
    desk.pay(desk.choose())
    desk.stripe.fault("500", "*", method="GET", times=500)
    assert set(desk.stripe.deliver_to(desk.client, desk.stripe.events(*kinds, pending=True))) == {200}
    alarms = []
    for minute in range(1, 12):
        caplog.clear()
        desk.clock.shift(60)
        billing.work_off(clock.now())
        said = [one for one in caplog.records if " waits: " in one.getMessage()]
        alarms += [minute for one in said if one.levelno >= logging.ERROR][:1]
    assert alarms[:1] == [10]
