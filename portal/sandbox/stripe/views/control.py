"""Control from outside, for tests: hold and deliver events, move the clock, order faults, dispute, change cards."""

import json
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from portal.sandbox.stripe import payments, webhooks
from portal.sandbox.stripe.cards import CARDS, attach, make_default
from portal.sandbox.stripe.faults import KINDS
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.wire import Complaint, visible


def control(stand_in: StandIn) -> Blueprint:
    """Everything under /_control: JSON in, JSON out."""
    views = Blueprint("control", __name__, url_prefix="/_control")

    @views.errorhandler(Complaint)
    def _complaint(complaint: Complaint) -> Response:
        return _json(complaint.body, complaint.status)

    @views.get("/outbox")
    def outbox() -> Response:
        """Every delivery, oldest first."""
        rows = stand_in.store.run(
            "SELECT d.seq, d.event, d.endpoint, d.state, d.tries, d.answer, o.body FROM deliveries d "
            "JOIN objects o ON o.id = d.event ORDER BY d.seq"
        )
        names = ("number", "event", "endpoint", "state", "tries", "answer")
        return _json(
            [dict(zip(names, row, strict=False)) | {"type": json.loads(row[6])["type"]} for row in rows]
        )

    @views.post("/hold")
    def hold() -> Response:
        """`{"held": true}`: events wait."""
        stand_in.outbox.hold(bool(_body()["held"]))
        return _json({"held": stand_in.outbox.held})

    @views.post("/deliver")
    def deliver() -> Response:
        """Deliver `events` in this order now, even when they were delivered; answers what the portal said.

        `times` each; `tamper` changes a byte after signing; `secrets` signs with others; `age_seconds` makes the
        signature old; `url` sends elsewhere.
        """
        return _json([answer for event in _body()["events"] for answer in _deliver(stand_in, event, _body())])

    @views.post("/signed")
    def signed() -> Response:
        """The body and the header of a delivery, for who delivers it another way. Fields as for `deliver`."""
        body, header = sign(stand_in, _body())
        return _json({"body": body.decode("latin-1"), "signature": header})

    @views.post("/taken")
    def taken() -> Response:
        """An event was delivered another way, and this is what was answered."""
        stand_in.outbox.taken(_body()["event"], _body()["answer"])
        return _json({})

    @views.post("/drop")
    def drop() -> Response:
        """`{"events": [...]}` never arrive."""
        stand_in.outbox.drop(_body()["events"])
        return _json({})

    @views.post("/clock")
    def clock() -> Response:
        """`{"to": 1790000000}` sets the clock forward; without it, only tells."""
        if "to" in _body():
            stand_in.move_clock(int(_body()["to"]))
        return _json({"now": stand_in.now()})

    @views.post("/faults")
    def faults() -> Response:
        """`{"kind": "500", "path": "/v1/refunds", "method": "*", "times": 1, "seconds": 0}`, or `{"clear": true}`."""
        given = _body()
        if given.pop("clear", False):
            stand_in.faults.clear()
            return _json({})
        if given.get("kind") not in KINDS:
            raise Complaint(f"A fault is one of {', '.join(KINDS)}.", param="kind")
        stand_in.faults.add(given.pop("kind"), given.pop("path"), **given)
        return _json({})

    @views.post("/disputes")
    def dispute() -> Response:
        """`{"payment_intent": "pi_..."}` or `{"charge": ...}` is disputed by the cardholder."""
        with stand_in.at_work() as world:
            return _json(visible(payments.open_dispute(world, _body())))

    @views.post("/disputes/<id>")
    def close(id: str) -> Response:
        """`{"outcome": "won"}` or `"lost"`."""
        with stand_in.at_work() as world:
            return _json(visible(payments.close_dispute(world, _body(), id)))

    @views.post("/cards")
    def card() -> Response:
        """`{"customer": "cus_...", "card": "0341"}`: her card from now on."""
        given = _body()
        if given["card"] not in CARDS:
            raise Complaint(f"A card is one of {', '.join(CARDS)}.", param="card")
        with stand_in.at_work() as world:
            customer = world.get("customer", given["customer"], "customer")
            method = attach(world, given["card"], customer)
            make_default(world, customer, method)
            return _json(visible(method))

    @views.post("/objects/<id>")
    def patch(id: str) -> Response:
        """Lay fields over any object, as no call could: an unknown status, livemode. No event comes of it."""
        with stand_in.at_work() as world:
            obj = world.peek(id)
            if obj is None:
                raise Complaint(f"No such object: '{id}'", status=404)
            obj |= _body()
            return _json(visible(obj))

    return views


def sign(stand_in: StandIn, given: Obj) -> tuple[bytes, str]:
    """The body and the header of a delivery, for fields as `/_control/signed` takes them."""
    with stand_in.at_work() as world:
        event = world.get("event", given["event"], "event", 404)
        endpoint = world.all("webhook_endpoint")[0]
    return _sealed(stand_in, event, endpoint, given)


def _deliver(stand_in: StandIn, event_id: str, given: Obj) -> list[Obj]:
    """Send one event to every endpoint that wants it, as often as asked; its state in the outbox follows."""
    with stand_in.at_work() as world:
        event = world.get("event", event_id, "event", 404)
        endpoints = [
            one
            for one in world.all("webhook_endpoint", status="enabled")
            if {"*", event["type"]} & set(one["enabled_events"])
        ]
    answers = []
    for endpoint in endpoints:
        for _ in range(given.get("times", 1)):
            body, header = _sealed(stand_in, event, endpoint, given)
            status = stand_in.outbox.post(str(given.get("url") or endpoint["url"]), body, header)
            answers.append({"event": event_id, "type": event["type"], "status": status})
    honest = not {"tamper", "secrets", "age_seconds"} & set(given)
    if answers and honest:
        stand_in.outbox.taken(event_id, answers[-1]["status"])
    return answers


def _sealed(stand_in: StandIn, event: Obj, endpoint: Obj, given: Obj) -> tuple[bytes, str]:
    body = webhooks.body(event)
    age_seconds, secrets = given.get("age_seconds", 0), given.get("secrets")
    header = stand_in.outbox.signature(endpoint, body, age_seconds=age_seconds, secrets=secrets)
    return (
        body.replace(b'"livemode": false', b'"livemode":  false', 1) if given.get("tamper") else body
    ), header


def _body() -> Obj:
    given: Obj = request.get_json()
    return given


def _json(answer: Any, status: int = 200) -> Response:
    return Response(json.dumps(answer), status, mimetype="application/json")
