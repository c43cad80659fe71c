"""Comparing with Stripe finds ends of which no message came, and what had ended before anybody heard of it."""

import pytest

from portal import billing, clock
from portal.billing.models import Subscription
from tests.billing.shop import Desk, count

LONG_AGO = 4  # days: longer than messages are looked for


@pytest.mark.both_engines
def test_an_end_of_which_no_message_came_is_found_by_the_nightly_work(desk: Desk):
    desk.join()
    desk.tell()
    desk.pass_time(days=10)
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.stripe.drop()
    desk.pass_time(days=LONG_AGO)
    assert desk.status() == "active", "nobody has told"
    billing.nightly(clock.now())
    assert (desk.status(), desk.perks()) == ("ended", False)


def test_a_plan_that_began_and_ended_at_stripe_unheard_is_written_down(desk: Desk):
    desk.choose()
    (customer,), (price,) = desk.at_stripe("customers"), desk.at_stripe("prices")
    stripe = desk.stripe.bare_client().v1
    stripe.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "trial_period_days": 30}
    )
    (made,) = desk.at_stripe("subscriptions")
    stripe.subscriptions.cancel(made.id)
    desk.stripe.drop()
    desk.pass_time(days=LONG_AGO)
    assert count(Subscription) == 0
    report = billing.reconcile(clock.now(), everything=True)
    assert (report.compared, desk.status(), desk.subscription().trial) == (1, "ended", True)
    assert len(report.drift) == 1
