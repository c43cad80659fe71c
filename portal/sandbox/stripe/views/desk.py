"""The desk: one page for people, with what the stand-in holds, its clock, and its outbox."""

import json
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.sandbox.stripe import payments
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.views.kit import EARLIER, Kit
from portal.sandbox.stripe.world import DAY, HOUR, World

SHOWN = 25  # of each kind, newest first
STEPS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 31 * DAY, "year": 366 * DAY}


def desk(stand_in: StandIn, kit: Kit) -> Blueprint:
    """The page at / and its buttons."""
    views = Blueprint("desk", __name__)

    def page(fault: str | None = None, status: int = 200) -> Response:
        with stand_in.at_work() as world:
            following = world.next_due(world.now + 20 * 366 * DAY)
            people = {one["id"]: one["email"] or one["name"] or one["id"] for one in world.all("customer")}
            return kit.show(
                "desk",
                status,
                fault=fault,
                now=world.now,
                moved=stand_in.store.fact("moved_seconds", 0),
                next_due=following[1] if following else None,
                steps=list(STEPS),
                held=stand_in.outbox.held,
                people=people,
                subscriptions=world.all("subscription")[:SHOWN],
                bills=[bill for bill in world.all("invoice") if bill["number"]][:SHOWN],
                charges=[one for one in world.all("charge", paid=True) if not one["disputed"]][:SHOWN],
                disputes=world.all("dispute")[:SHOWN],
                outbox=_outbox(stand_in),
                customers=len(people),
            )

    @views.get("/")
    def home() -> Response:
        """Everything at a glance."""
        return page()

    @views.post("/")
    def act() -> Response:
        """One of the buttons."""
        if not kit.is_ours():
            return page(EARLIER, 422)
        name, _, value = request.form.get("act", "").partition(":")
        if name == "advance" and value in STEPS:
            stand_in.move_clock(stand_in.now() + STEPS[value])
        elif name == "next":
            with stand_in.at_work() as world:
                following = world.next_due(world.now + 20 * 366 * DAY)
            if following:
                stand_in.move_clock(following[1])
        elif name == "hold":
            stand_in.outbox.hold(value == "on")
        elif name in ("dispute", "won", "lost"):
            with stand_in.at_work() as world:
                _dispute(world, name, value)
        else:
            return page("Press one of the buttons.", 422)
        return redirect(url_for("desk.home"), 303)

    return views


def _dispute(world: World, name: str, id: str) -> None:
    found = world.peek(id)
    if found is not None and name == "dispute" and found["object"] == "charge" and not found["disputed"]:
        payments.open_dispute(world, {"charge": id})
    elif found is not None and found["object"] == "dispute" and found["status"] == "needs_response":
        payments.close_dispute(world, {"outcome": name}, id)


def _outbox(stand_in: StandIn) -> list[dict[str, Any]]:
    rows = stand_in.store.run(
        "SELECT d.state, d.tries, d.answer, o.body FROM deliveries d JOIN objects o ON o.id = d.event "
        "ORDER BY d.seq DESC LIMIT ?",
        SHOWN,
    )
    events = [json.loads(row[3]) for row in rows]
    return [
        {
            "state": row[0],
            "tries": row[1],
            "answer": row[2],
            "type": event["type"],
            "created": event["created"],
        }
        for row, event in zip(rows, events, strict=True)
    ]
