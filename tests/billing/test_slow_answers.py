"""What was asked for before something changed is old, however late its answer is written down."""

from datetime import timedelta

import pytest

from portal import billing, clock
from portal.billing import sync
from portal.billing.gateway import gateway
from portal.db import transact
from tests.billing.shop import Desk

END = "End it on 10 July 2026"


def end(desk: Desk) -> None:
    """She ends her plan, a second after what went before, and a second goes by."""
    desk.clock.shift(timedelta(seconds=1))
    desk.visit.open("/membership/cancel")
    desk.visit.submit(END)
    desk.clock.shift(timedelta(seconds=1))


@pytest.fixture
def joined(desk: Desk) -> Desk:
    """Anna, whose plan runs."""
    desk.join()
    desk.tell()
    return desk


def test_an_answer_that_was_on_its_way_while_she_ended_it_does_not_undo_the_end(joined: Desk, monkeypatch):
    from portal.billing import gateway as door

    real, begun = door.subscribed, []

    def slow(*told):
        if not begun:
            begun.append(told)
            end(joined)
        return real(*told)

    monkeypatch.setattr(door, "subscribed", slow)
    sync.sync_subscription(joined.subscription().id, clock.now())
    assert begun
    assert joined.subscription().ends_on is not None


def test_a_listed_page_is_as_old_as_the_question(joined: Desk):
    listed = gateway().subscriptions()
    bills = gateway().bills()
    asked_at = clock.now()
    bill, one = next(bills), next(listed)
    end(joined)
    transact(lambda: sync.write_subscription(one, clock.now()))
    assert joined.subscription().ends_on is not None
    assert (one.seen_at, bill.seen_at) == (asked_at, asked_at)


def test_each_page_of_a_list_is_asked_for_by_itself(joined: Desk):
    from portal.billing import gateway as door

    page, asked = joined.stripe.client().v1.subscriptions.list({"status": "all"}), []

    class Listed:
        """Two pages, of which the second is asked for a second later."""

        def __init__(self, number: int) -> None:
            asked.append(clock.now())
            self.is_empty, self.data, self.number = number > 2, page.data, number

        def next_page(self):
            return Listed(self.number + 1)

    seen = []
    for _found, at in door._each(lambda: Listed(1)):
        seen.append(at)
        joined.clock.shift(timedelta(seconds=1))
    assert seen == asked[:2]
    assert seen[1] - seen[0] == timedelta(seconds=1)


def test_comparing_everything_finds_an_end_that_nobody_told(joined: Desk):
    one = joined.subscription().id
    joined.stripe.bare_client().v1.subscriptions.update(one, {"cancel_at_period_end": True})
    joined.stripe.drop()
    billing.reconcile(clock.now(), everything=True)
    assert joined.subscription().ends_on is not None
