"""A withdrawal whose end Stripe does not take has come to nothing by itself, and the page says that alone."""

import pytest

from portal import billing
from portal.billing import running
from tests.billing.in_vain import live, refunds, work
from tests.billing.pages import operations, words
from tests.billing.test_true_words import refuses

BY_HAND = "Write to us: we do it by hand."
GOES_BACK = "£3.00 goes back to you"


@pytest.mark.both_engines
@pytest.mark.parametrize("is_paused", [False, True])
def test_the_page_says_one_thing(desk, monkeypatch, is_paused):
    desk.join()
    desk.tell()
    if is_paused:
        desk.visit.open("/membership/pause")
        desk.visit.submit("Pause it today")
        desk.tell()
    runs = live(desk)
    desk.visit.open("/membership/withdraw")
    with monkeypatch.context() as refused:
        refused.setattr(running, "end_now", refuses)
        text = words(desk.visit.submit("Withdraw and get £3.00 back"))
        assert (BY_HAND in text, GOES_BACK in text) == (True, False)
        assert (operations("withdraw"), operations("refund")) == (["failed"], ["abandoned"])
        work(desk)
    assert (live(desk), refunds(desk), billing.owing()) == (runs, [], [])
    desk.visit.open("/membership/withdraw")
    desk.visit.submit("Withdraw and get £3.00 back")
    assert (live(desk), refunds(desk)) == (["canceled"], [300])
