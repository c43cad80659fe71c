"""How long before a yearly renewal she is told is for the programme to say; what she agrees to says the same."""

import pytest

from portal import clock
from portal import programme as programmes
from portal.billing import reminding
from portal.db import transact


@pytest.mark.both_engines
def test_a_yearly_plan_says_how_many_days_before_its_renewal_is_told(desk):
    source = programmes.load("demo").source
    week = source.replace('interval = "year"', 'interval = "year"\nrenewal_notice_days = 7', 1)
    transact(lambda: programmes.publish(week, clock.now()))
    assert "We write to you 7 days before each renewal." in " ".join(desk.visit.open("/plans").text.split())
    desk.join("plus-yearly")
    desk.tell()
    desk.pass_time(days=357)  # eight days are left of the 365
    assert reminding.remind(clock.now()) == 0
    desk.pass_time(days=1)
    assert [reminding.remind(clock.now()) for _ in range(2)] == [1, 0]
