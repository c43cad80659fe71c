"""Stripe's own CLI plays its own fixtures against the stand-in, and finds there what it would find at Stripe.

What it cannot play, and why, stands in the stand-in's README.
"""

import pytest

from tests import servers
from tests.sandbox import stripe_cli
from tests.sandbox.conftest import held_to_the_description
from tests.sandbox.stripe_cli import StripeCli
from tests.stripe_standin import StripeStandIn

KEY = "sk_test_of_the_stand_in"  # the CLI takes none that is shorter
TRIGGERS = (
    *("customer.created", "customer.updated", "customer.deleted"),
    *("product.created", "product.updated", "product.deleted", "price.created", "price.updated"),
    *("coupon.created", "coupon.updated", "coupon.deleted"),
    *("billing_portal.configuration.created", "billing_portal.configuration.updated"),
    *("checkout.session.expired", "payment_method.attached", "payment_method.detached"),
    *("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
    *("customer.subscription.paused", "customer.subscription.trial_will_end"),
)


@pytest.fixture
def cli(run_dir, tmp_path, stripe_standin: StripeStandIn) -> StripeCli:
    """Stripe's CLI; the test is skipped, and says so, where it is missing and cannot be fetched."""
    try:
        with servers.locked(run_dir, "stripe-cli"):
            program = stripe_cli.fetch()
    except servers.MissingServer as missing:
        pytest.skip(str(missing))
    home = tmp_path / "stripe-home"
    home.mkdir()
    return StripeCli(program, home, stripe_standin.url, KEY)


def test_stripes_own_fixtures_cause_the_events_they_are_named_after(cli, stripe_standin):
    for event in TRIGGERS:
        before = set(stripe_standin.events(event))
        assert "Trigger succeeded" in cli.run("trigger", event), event
        stripe_standin.advance(days=0)  # what is due now, such as the end of a short trial, happens
        assert set(stripe_standin.events(event)) - before, event
    held_to_the_description(stripe_standin)


def test_its_words_for_promotion_codes_are_those_of_the_pinned_version(cli, stripe_standin):
    words = ["promotion_code:promotion[type]=coupon", "promotion_code:promotion[coupon]=${coupon:id}"]
    added = [part for word in words for part in ("--add", word)]
    cli.run("trigger", "promotion_code.created", "--remove", "promotion_code:coupon", *added)
    assert stripe_standin.events("promotion_code.created")
    with pytest.raises(AssertionError, match="unknown parameter: coupon"):
        cli.run("trigger", "promotion_code.created")  # which the fixture still writes as it was before clover


def test_a_subscription_is_paid_refunded_and_ended_by_the_cli_alone(cli, stripe_standin):
    cli.run("trigger", "subscription.payment_succeeded")
    assert stripe_standin.events("invoice.paid")
    (subscription,) = cli.ask("subscriptions", "list", "--limit", "1")["data"]
    assert subscription["status"] == "active"
    (paid,) = cli.ask("get", "/v1/invoice_payments", "--limit", "1")["data"]
    assert paid["invoice"] == subscription["latest_invoice"]
    back = cli.ask("refunds", "create", "--payment-intent", paid["payment"]["payment_intent"])
    assert (back["status"], back["amount"]) == ("succeeded", 2000)
    ending = cli.ask("subscriptions", "update", subscription["id"], "--cancel-at-period-end=true")
    assert ending["cancel_at"] == ending["items"]["data"][0]["current_period_end"]
    assert cli.ask("subscriptions", "cancel", subscription["id"], "--confirm")["status"] == "canceled"
    for event in ("charge.refunded", "refund.created", "customer.subscription.deleted"):
        assert stripe_standin.events(event), event
    held_to_the_description(stripe_standin)


def test_a_first_payment_that_fails_leaves_an_open_bill(cli, stripe_standin):
    cli.run("trigger", "subscription.payment_failed")
    assert stripe_standin.events("invoice.payment_failed")
    (subscription,) = cli.ask("get", "/v1/subscriptions", "-d", "status=all")["data"]
    assert subscription["status"] == "incomplete"
