"""The stand-in's events: signed as Stripe's library checks them, held, repeated, reversed, lost; and the program."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import stripe

from portal import serving
from portal.config import BadSettings
from portal.sandbox.stripe import build
from portal.sandbox.stripe.__main__ import main
from tests.sandbox.conftest import Shop
from tests.stripe_standin import SECRET, VERSION, StripeStandIn

ROOT = Path(__file__).resolve().parents[2]


class Listener:
    """A portal that only listens: it checks every event with Stripe's library, and answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[stripe.Event] = []
        self.refused: list[str] = []
        client = stripe.StripeClient("sk_test_x")
        told = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = told.answers.pop(0) if told.answers else 200
                try:
                    told.heard.append(client.construct_event(body, self.headers["Stripe-Signature"], SECRET))
                except (ValueError, stripe.SignatureVerificationError) as error:
                    told.refused.append(type(error).__name__)
                    status = 400
                self.send_response(status)
                self.end_headers()

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/billing/events"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def types(self) -> list[str]:
        """What was heard, in order."""
        return [event.type for event in self.heard]


@pytest.fixture
def listener_at(shop: Shop) -> Iterator[Listener]:
    """A listener in the place of the portal."""
    listener = Listener()
    known = shop.v1.webhook_endpoints.list().data[0]
    shop.v1.webhook_endpoints.update(known.id, {"url": listener.url})
    yield listener
    listener.stop()


def until(true) -> bool:
    """Wait a little until something is so."""
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(true())


def test_events_are_signed_so_that_stripes_own_library_takes_them(shop: Shop, listener_at: Listener):
    shop.join()
    assert set(shop.standin.deliver()) == {200}
    assert listener_at.types == shop.types()
    event = next(one for one in listener_at.heard if one.type == "invoice.paid")
    assert (event.api_version, event.livemode, event.data.object.status) == (VERSION, False, "paid")
    assert isinstance(event.data.object, stripe.Invoice)
    updated = next(one for one in listener_at.heard if one.type == "customer.subscription.updated")
    assert updated.data.previous_attributes["status"] == "incomplete"


def test_events_arrive_by_themselves_and_checkout_waits_for_its_own(shop: Shop, listener_at: Listener):
    shop.standin.release()
    session = shop.session()
    shop.standin.pay(session.id)
    assert "checkout.session.completed" in listener_at.types
    assert until(lambda: not shop.standin.events(pending=True))
    assert sorted(listener_at.types) == sorted(shop.types())


def test_what_is_not_taken_is_told_again(shop: Shop, listener_at: Listener):
    listener_at.answers = [500, 302]
    shop.standin.release()
    shop.v1.customers.update(shop.anna, {"name": "Anna"})
    assert until(lambda: not shop.standin.events(pending=True))
    tries = [one["tries"] for one in shop.standin.outbox()]
    assert sum(tries) == len(tries) + 2


def test_a_stand_in_that_is_shut_waits_for_nobody_who_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.sandbox.stripe.delivery.TIMEOUT_SECONDS", 600.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        standin = StripeStandIn(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/hooks")
        standin.release()
        standin.bare_client().v1.customers.create({"name": "Anna"})
        taken, _address = silent.accept()
        with taken:
            assert taken.recv(1)
            standin.stop()


def test_what_never_arrived_is_listed_as_undelivered(shop: Shop):
    shop.join()
    shop.standin.drop(shop.standin.events("invoice.paid"))
    shop.standin.control("taken", {"event": shop.standin.events("customer.created")[0], "answer": 200})
    missed = shop.v1.events.list({"delivery_success": False, "limit": 100}).data
    assert "customer.created" not in {event.type for event in missed}
    taken = shop.v1.events.list({"delivery_success": True, "types": ["customer.created"]}).data
    assert [event.pending_webhooks for event in taken] == [0]
    shop.standin.advance(days=40)
    recent = shop.v1.events.list({"type": "customer.subscription.*", "limit": 100}).data
    assert {event.type for event in recent} == {"customer.subscription.updated"}


def test_events_may_come_reversed_and_three_times(shop: Shop, listener_at: Listener):
    subscription = shop.join()
    shop.v1.subscriptions.cancel(subscription)
    chosen = shop.standin.events("customer.subscription.created", "customer.subscription.deleted")
    shop.standin.deliver(reversed(chosen), times=3)
    assert listener_at.types == ["customer.subscription.deleted"] * 3 + ["customer.subscription.created"] * 3
    assert len({event.id for event in listener_at.heard}) == 2


@pytest.mark.parametrize("how", [{"tamper": True}, {"secrets": ["whsec_other"]}, {"age_seconds": 400}])
def test_a_tampered_forged_or_old_event_is_refused_by_stripes_library(shop: Shop, listener_at: Listener, how):
    (event,) = shop.standin.events("customer.created")
    assert shop.standin.deliver([event], **how) == [400]
    assert listener_at.refused == ["SignatureVerificationError"]
    assert shop.standin.events("customer.created", pending=True) == [event]


def test_while_a_secret_is_replaced_there_are_two_signatures(shop: Shop, listener_at: Listener):
    (event,) = shop.standin.events("customer.created")
    body, header = shop.standin.signed(event, secrets=["whsec_new", SECRET])
    assert header.count("v1=") == 2
    assert shop.standin.deliver([event], secrets=["whsec_new", SECRET]) == [200]
    assert json.loads(body)["id"] == event


def test_an_endpoint_hears_only_what_it_asked_for(shop: Shop):
    made = shop.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/hooks", "enabled_events": ["invoice.paid"], "api_version": VERSION}
    )
    assert made.secret.startswith("whsec_")
    assert not hasattr(shop.v1.webhook_endpoints.retrieve(made.id), "secret")
    shop.join()
    asked = [one["type"] for one in shop.standin.outbox() if one["endpoint"] == made.id]
    assert asked == ["invoice.paid"]
    shop.v1.webhook_endpoints.delete(made.id)
    assert {one["state"] for one in shop.standin.outbox() if one["endpoint"] == made.id} == {"dropped"}


def test_the_api_and_control_are_for_this_machine_alone(tmp_path):
    app = build(tmp_path / "s.sqlite", webhook_url=None, webhook_secret="", base_url="http://192.0.2.7:1")
    client, far = app.test_client(), {"REMOTE_ADDR": "192.0.2.9"}
    try:
        assert client.get("/v1/customers", environ_base=far).status_code == 403
        assert client.get("/_control/outbox", environ_base=far).status_code == 403
        assert client.get("/", environ_base=far).status_code == 200
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert client.post("/", headers={"Origin": "https://evil.example"}).status_code == 403
        assert "look at /" in client.get("/nothing").text
    finally:
        app.extensions["stand_in"].close()


def program(tmp_path: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the stand-in as a program."""
    words = [sys.executable, "-m", "portal.sandbox.stripe", "--file", str(tmp_path / "stripe.sqlite")]
    words += [
        "--port",
        str(port),
        "--webhook-url",
        "http://127.0.0.1:9/billing/events",
        "--webhook-secret",
        SECRET,
    ]
    here = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.Popen(words, cwd=ROOT, env=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_it_is_a_program_that_ends_when_it_is_told(tmp_path):
    port = serving.any_free("127.0.0.1")
    child = program(tmp_path, port)

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return True
        except OSError:
            return False

    try:
        deadline = time.monotonic() + 20
        while not answers() and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.1)
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": f"http://127.0.0.1:{port}"})
        assert client.v1.customers.create({"email": "a@example.com"}).id
        child.send_signal(signal.SIGTERM)
        assert (child.wait(10), child.stdout.read()) == (0, b"")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_it_refuses_production(tmp_path, monkeypatch):
    for name, value in {
        "PORTAL_ENV": "production",
        "PORTAL_SECRET_KEY": "s" * 40,
        "PORTAL_ADDRESS_KEY": "a" * 40,
        "PORTAL_BASE_URL": "https://shop.example",
        "PORTAL_SMTP_URL": "smtps://mail.example",
        "PORTAL_MAIL_FROM": "shop@shop.example",
    }.items():
        monkeypatch.setenv(name, value)
    words = [
        "--file",
        str(tmp_path / "s"),
        "--port",
        "1",
        "--webhook-url",
        "http://x/",
        "--webhook-secret",
        "whsec_x",
    ]
    with pytest.raises(BadSettings, match="never runs in production"):
        main(words)
    assert not (tmp_path / "s").exists()
