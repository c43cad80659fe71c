"""The hosted Checkout page: what is bought, a test card, 3-D Secure where the card asks, and the way back."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.sandbox.stripe import checkout, paying
from portal.sandbox.stripe.cards import CARDS, NOT_AUTHENTICATED
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.views.kit import EARLIER, Kit, card_chosen
from portal.sandbox.stripe.world import World

WAIT_SECONDS = 5.0  # for the portal to take `checkout.session.completed` before the customer is sent back


def checkout_pages(stand_in: StandIn, kit: Kit) -> Blueprint:
    """/pay/<session>."""
    views = Blueprint("checkout", __name__)

    @views.get("/pay/<id>")
    def pay(id: str) -> Response:
        """What is bought, and a card to choose."""
        with stand_in.at_work() as world:
            session = world.peek(id)
            fault = NOT_AUTHENTICATED if request.args.get("failed") == "3ds" else None
            return _page(kit, world, session, fault)

    @views.post("/pay/<id>")
    def paid(id: str) -> Response:
        """Pay, or put in a promotion code."""
        with stand_in.at_work() as world:
            session = world.peek(id)
            if not _is_open(session) or not kit.is_ours():
                return _page(kit, world, session, EARLIER if _is_open(session) else None, 422)
            assert session is not None
            if request.form.get("act") == "redeem":
                counts = paying.redeem(world, session, request.form.get("promotion_code", ""))
                return _page(
                    kit, world, session, None if counts else "This code is invalid.", 200 if counts else 422
                )
            card = card_chosen()
            outcome, words = paying.pay(world, session, card, email=request.form.get("email", ""))
            if outcome == "failed":
                return _page(kit, world, session, words, 422)
        if outcome == "asks":
            return redirect(url_for("checkout.confirm", id=id, card=card), 303)
        return _back(stand_in, session)

    @views.get("/pay/<id>/three-d-secure")
    def confirm(id: str) -> Response:
        """The bank's page."""
        card = request.args.get("card", "")
        with stand_in.at_work() as world:
            session = world.peek(id)
            if not _is_open(session) or card not in CARDS:
                return _page(kit, world, session, None)
            assert session is not None
            return kit.show(
                "three_d_secure",
                leads_to=[session["success_url"]],
                action=url_for("checkout.confirmed", id=id),
                card=card,
                amount=session["amount_total"],
                currency=session["currency"],
            )

    @views.post("/pay/<id>/three-d-secure")
    def confirmed(id: str) -> Response:
        """She has confirmed the payment at her bank, or not."""
        if request.form.get("act") != "complete":
            return redirect(url_for("checkout.pay", id=id, failed="3ds"), 303)
        with stand_in.at_work() as world:
            session = world.peek(id)
            if not _is_open(session) or not kit.is_ours():
                return _page(kit, world, session, EARLIER if _is_open(session) else None, 422)
            assert session is not None
            outcome, words = paying.pay(world, session, card_chosen(), authenticated=True)
            if outcome != "ok":
                return _page(kit, world, session, words, 422)
        return _back(stand_in, session)

    return views


def _is_open(session: Obj | None) -> bool:
    return session is not None and session["object"] == "checkout.session" and session["status"] == "open"


def _page(kit: Kit, world: World, session: Obj | None, fault: str | None, status: int = 200) -> Response:
    if session is None or session["object"] != "checkout.session":
        return kit.show(
            "over", 404, title="No such payment", words="This address leads to no payment.", url=None
        )
    if session["status"] == "complete":
        words = "This payment has been made already. Nothing more was charged."
        url = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        return kit.show("over", status, title="Paid already", words=words, url=url)
    if session["status"] == "expired":
        words = "Nobody can pay here any more, and nothing was charged. Go back and begin again."
        return kit.show("over", status, title="This page has expired", words=words, url=session["cancel_url"])
    items = checkout.bought(world, session)
    return kit.show(
        "pay",
        status,
        leads_to=[session["success_url"]],
        session=session,
        lines=checkout.line_items(world, session)["data"],
        interval=items[0][0]["recurring"],
        then=sum(price["unit_amount"] * quantity for price, quantity in items),
        trial=checkout.has_trial(session),
        trial_days=session["_data"].get("trial_period_days"),
        asks_card=paying.needs_card(session),
        cards=[card for card in CARDS.values() if card.type in session["payment_method_types"]],
        asks_email=not session["customer"] and not session["customer_email"],
        fault=fault,
    )


def _back(stand_in: StandIn, session: Obj) -> Response:
    """Tell the portal first, as Stripe does, and then send the customer back."""
    with stand_in.at_work() as world:
        completed = next(
            event
            for event in world.all("event", type="checkout.session.completed")
            if event["data"]["object"]["id"] == session["id"]
        )
    stand_in.outbox.try_now(completed["id"], WAIT_SECONDS)
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)
