"""Acceptance cases 15 to 17: who may tell us something, in which order, and what happens when Stripe is silent."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import billing, clock, jobs
from portal.billing.models import StripeEvent
from portal.db import read
from tests.billing.shop import count, everything
from tests.stripe_standin import EVENTS_PATH, SECRET


def events():
    return list(read(select(StripeEvent.__table__)).all())


@pytest.mark.parametrize(
    "how",
    [
        {"tamper": True},
        {"secrets": ["whsec_of_somebody_else"]},
        {"age_seconds": 400},
        {"age_seconds": 3 * 86_400},
    ],
    ids=["tampered", "forged", "seven minutes old", "three days old"],
)
def test_case_16_what_stripe_did_not_sign_is_not_stored(desk, how):
    desk.pay(desk.choose())
    assert set(desk.tell(**how)) == {400}
    assert not events()
    assert desk.status() is None


@pytest.mark.parametrize("body", [b"\xff\xfe{", b"not json", b"[]", b"{}", b'{"id": 1}', b""])
def test_case_16_what_is_no_event_is_refused_signed_or_not(desk, body):
    import stripe

    signed = stripe.WebhookSignature.generate_signature_header(
        body.decode("latin-1"), SECRET, int(clock.now().timestamp())
    )
    for header in (signed, "t=1,v1=x", ""):
        answer = desk.client.post(EVENTS_PATH, data=body, headers={"Stripe-Signature": header})
        assert answer.status_code == 400
    assert desk.client.post(EVENTS_PATH, data=body).status_code == 400
    assert not events()


def test_case_16_the_other_mode_is_refused_and_two_signatures_are_taken(desk):
    desk.pay(desk.choose())
    first, second, *_rest = desk.stripe.events()
    desk.stripe.patch(first, livemode=True)
    assert desk.stripe.deliver_to(desk.client, [first]) == [400]
    assert not events()
    assert desk.stripe.deliver_to(desk.client, [second], secrets=["whsec_old", SECRET]) == [200]
    assert count(StripeEvent) == 1


def test_a_message_is_told_by_nobody_but_post_and_is_not_too_large(desk):
    assert desk.client.get(EVENTS_PATH).status_code == 405
    answer = desk.client.post(
        EVENTS_PATH, data=b"x" * (2 * 1024 * 1024 + 1), headers={"Stripe-Signature": "t=1,v1=x"}
    )
    assert answer.status_code == 413


def test_nothing_of_what_a_message_says_is_kept_but_which_object_it_is(desk):
    desk.pay(desk.choose())
    desk.tell()
    assert "anna@example.com" not in repr(events())


def test_case_15_an_old_word_after_the_end_changes_nothing(desk):
    desk.join()
    desk.tell()
    old = desk.stripe.events("customer.subscription.created", "customer.subscription.updated", "invoice.paid")
    desk.stripe.bare_client().v1.subscriptions.cancel(desk.subscription().id)
    desk.tell()
    assert desk.status() == "ended"
    before = everything()
    desk.stripe.deliver_to(desk.client, old, times=2)
    assert everything() == before


def test_a_look_that_is_older_than_what_stands_is_dropped(desk):
    from portal.billing import sync
    from portal.billing.gateway import gateway
    from portal.db import transact

    desk.join()
    one = desk.subscription().id
    old, then = gateway().subscription(one), clock.now()
    desk.clock.shift(5)
    desk.stripe.bare_client().v1.subscriptions.cancel(one)
    sync.sync_subscription(one, clock.now())
    transact(lambda: sync.write_subscription(old, then))
    assert desk.status() == "ended"


def test_case_17_stripe_is_silent_and_the_message_waits(desk, caplog):
    desk.pay(desk.choose())
    (told,) = desk.stripe.events("customer.subscription.created")
    before = everything()
    for fault in ("500", "429"):
        desk.stripe.fault(fault, "/v1/subscriptions/*", method="GET")
    assert desk.stripe.deliver_to(desk.client, [told]) == [200]
    assert [event.state for event in events()] == ["pending"]
    assert everything() == before
    desk.clock.shift(timedelta(minutes=2))
    billing.work_off(clock.now())
    assert [event.state for event in events()] == ["pending"]
    desk.clock.shift(timedelta(minutes=4))
    billing.work_off(clock.now())
    assert [event.state for event in events()] == ["done"]
    assert desk.status() == "active"


def test_a_message_that_never_works_is_parked_and_told(desk, caplog):
    desk.pay(desk.choose())
    (told,) = desk.stripe.events("customer.subscription.created")
    desk.stripe.fault("500", "/v1/subscriptions/*", method="GET", times=50)
    desk.stripe.deliver_to(desk.client, [told])
    for _ in range(12):
        desk.clock.shift(timedelta(days=2))
        billing.work_off(clock.now())
    (event,) = events()
    assert (event.state, event.tries) == ("parked", 9)
    assert "is parked after 9 tries" in caplog.text
    desk.stripe.heal()
    assert billing.reconcile(clock.now(), everything=True).parked == 1
    assert desk.status() == "active", "and the plan is right all the same"


def test_a_worker_that_is_told_to_end_leaves_the_other_messages_for_the_next_one(desk, monkeypatch):
    desk.pay(desk.choose())
    answers = iter([False, True])
    with monkeypatch.context() as ending:
        ending.setattr(jobs, "wake", lambda: None)
        desk.tell()
        waited = len([one for one in events() if one.state == "pending"])
        ending.setattr(jobs, "is_ending", lambda: next(answers, True))
        billing.work_off(clock.now())
    assert len([one for one in events() if one.state == "pending"]) == waited - 1
    billing.work_off(clock.now())
    assert not [one for one in events() if one.state == "pending"]
    assert desk.status() == "active"


def test_a_message_twelve_times_at_once_is_one(app, desk):
    desk.pay(desk.choose())
    (told,) = desk.stripe.events("customer.subscription.created")
    body, signature = desk.stripe.signed(told)

    def send(_number: int) -> int:
        client = app.test_client()
        return client.post(EVENTS_PATH, data=body, headers={"Stripe-Signature": signature}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(12))) == {200}
    assert count(StripeEvent) == 1
    assert desk.status() == "active"
    assert desk.mails("plan_joined") == 1


def test_a_word_that_stripe_has_added_gives_nothing_and_is_told(desk, caplog):
    desk.join()
    desk.stripe.patch(desk.subscription().id, status="hibernating")
    billing.reconcile(clock.now(), everything=True)
    assert not desk.perks()
    assert "has the status 'hibernating'" in caplog.text


def test_an_unknown_kind_of_message_is_kept_and_ignored(desk):
    desk.choose()
    (told,) = desk.stripe.events("customer.created")
    assert desk.stripe.deliver_to(desk.client, [told]) == [200]
    assert [event.state for event in events()] == ["ignored"]


def test_a_form_leads_to_stripe_and_nowhere_else(desk):
    policy = desk.visit.client.get("/plans").headers["Content-Security-Policy"]
    (actions,) = (part.split() for part in policy.split("; ") if part.startswith("form-action"))
    assert actions == [
        "form-action", "'self'", "https://checkout.stripe.com", "https://billing.stripe.com", desk.stripe.url,
    ]  # fmt: skip


def test_the_message_route_takes_what_a_browser_would_never_be_allowed(desk):
    desk.pay(desk.choose())
    (told,) = desk.stripe.events("customer.subscription.created")
    body, signature = desk.stripe.signed(told)
    assert json.loads(body)["id"] == told
    answer = desk.client.post(
        EVENTS_PATH, data=body, headers={"Stripe-Signature": signature, "Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_what_is_only_announced_names_no_object_and_is_ignored(desk):
    desk.pay(desk.choose())
    (told,) = desk.stripe.events("invoice.paid")
    found = desk.stripe.bare_client().v1.events.retrieve(told).data.object.to_dict(for_json=True)
    del found["id"]
    desk.stripe.patch(told, type="invoice.upcoming", data={"object": found})
    assert desk.stripe.deliver_to(desk.client, [told]) == [200]
    assert [event.state for event in events()] == ["ignored"]
