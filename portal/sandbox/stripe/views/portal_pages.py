"""The hosted portal (cards, bills, cancelling where it is allowed) and the hosted page of one bill."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.sandbox.stripe import collection, invoices, payments, portals
from portal.sandbox.stripe.cards import CARDS, MESSAGES, NOT_AUTHENTICATED, attach, card_of, card_to_charge
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.views.kit import EARLIER, Kit, card_chosen
from portal.sandbox.stripe.world import World

GONE = "This address has ended. Go back and ask for a new one."


def portal_pages(stand_in: StandIn, kit: Kit) -> Blueprint:
    """/portal/<session>."""
    views = Blueprint("portal", __name__)

    def over(session: Obj | None) -> Response:
        return kit.show(
            "over",
            404,
            title="This page has ended",
            words=GONE,
            url=session["return_url"] if session else None,
        )

    def after(session: Obj) -> Response:
        """Where a finished flow leads."""
        done = (session["flow"] or {}).get("after_completion") or {"type": "portal_homepage"}
        if done["type"] == "redirect":
            return redirect(done["redirect"]["return_url"], 303)
        return redirect(url_for("portal.home", id=session["id"], stay=1), 303)

    def leads(session: Obj) -> list[str | None]:
        done = ((session["flow"] or {}).get("after_completion") or {}).get("redirect") or {}
        return [session["return_url"], done.get("return_url")]

    @views.get("/portal/<id>")
    def home(id: str) -> Response:
        """Her cards, subscriptions and bills; a flow goes to its page at once."""
        with stand_in.at_work() as world:
            session = _session(world, id)
            if session is None or not portals.is_open(world, session):
                return over(session)
            flow = session["flow"] or {}
            if flow.get("type") == "payment_method_update" and "stay" not in request.args:
                return redirect(url_for("portal.card", id=id), 303)
            if (
                flow.get("type") == "subscription_cancel"
                and flow["subscription_cancel"]
                and "stay" not in request.args
            ):
                wanted = flow["subscription_cancel"]["subscription"]
                return redirect(url_for("portal.cancel", id=id, subscription=wanted), 303)
            customer = world.get("customer", session["customer"], "customer")
            mine = world.all("subscription", customer=customer["id"])
            method = _card_in_use(world, customer, mine)
            return kit.show(
                "portal",
                session=session,
                customer=customer,
                method=method,
                shown=card_of(method).shown if method else None,
                subscriptions=[
                    one for one in mine if one["status"] not in ("canceled", "incomplete_expired")
                ],
                bills=[bill for bill in world.all("invoice", customer=customer["id"]) if bill["number"]],
                may={
                    name: portals.allows(world, session, name)
                    for name in ("payment_method_update", "subscription_cancel", "invoice_history")
                },
            )

    @views.route("/portal/<id>/card", methods=["GET", "POST"])
    def card(id: str) -> Response:
        """Another card for everything from now on."""
        with stand_in.at_work() as world:
            session = _session(world, id)
            allowed = session is not None and portals.is_open(world, session)
            if session is None or not (allowed and portals.allows(world, session, "payment_method_update")):
                return over(session)
            fault = NOT_AUTHENTICATED if request.args.get("failed") == "3ds" else None
            chosen = card_chosen()
            outcome = "failed"
            if request.method == "POST" and not kit.is_ours():
                fault = EARLIER
            elif request.method == "POST" and request.form.get("act") == "fail":
                return redirect(url_for("portal.card", id=id, failed="3ds"), 303)
            elif request.method == "POST" and chosen:
                authenticated = request.form.get("act") == "complete"
                outcome, fault = portals.change_card(world, session, chosen, authenticated)
            elif request.method == "POST":
                fault = "Choose a card."
            if outcome == "asks":
                return kit.show(
                    "three_d_secure",
                    leads_to=leads(session),
                    action=url_for("portal.card", id=id),
                    card=chosen,
                    amount=0,
                    currency="eur",
                )
            if outcome == "failed":
                status = 422 if request.method == "POST" else 200
                return kit.show("card", status, leads_to=leads(session), session=session, fault=fault)
        return after(session)

    @views.route("/portal/<id>/cancel/<subscription>", methods=["GET", "POST"])
    def cancel(id: str, subscription: str) -> Response:
        """Cancel, with a reason."""
        with stand_in.at_work() as world:
            session = _session(world, id)
            found = world.peek(subscription)
            mine = session is not None and found is not None and found.get("customer") == session["customer"]
            if session is None or not mine or not portals.is_open(world, session):
                return over(session)
            if not portals.allows(world, session, "subscription_cancel"):
                return over(session)
            if request.method == "GET" or not kit.is_ours():
                return kit.show(
                    "cancel",
                    leads_to=leads(session),
                    session=session,
                    subscription=found,
                    reasons=portals.REASONS,
                )
            feedback = request.form.get("feedback", "")
            portals.cancel(world, session, subscription, feedback if feedback in portals.REASONS else "")
        return after(session)

    @views.post("/portal/<id>/keep/<subscription>")
    def keep(id: str, subscription: str) -> Response:
        """Take the cancellation back."""
        with stand_in.at_work() as world:
            session = _session(world, id)
            if session is None or not portals.is_open(world, session) or not kit.is_ours():
                return over(session)
            portals.keep(world, session, subscription)
        return redirect(url_for("portal.home", id=id, stay=1), 303)

    return views


def _session(world: World, id: str) -> Obj | None:
    found = world.peek(id)
    return found if found is not None and found["object"] == "billing_portal.session" else None


def _card_in_use(world: World, customer: Obj, subscriptions: list[Obj]) -> Obj | None:
    return card_to_charge(world, customer, next(iter(subscriptions), None))


def invoice_pages(stand_in: StandIn, kit: Kit) -> Blueprint:
    """/invoice/<id> and the bank's page for a bill."""
    views = Blueprint("invoice", __name__)

    def page(world: World, invoice: Obj | None, fault: str | None = None, status: int = 200) -> Response:
        if invoice is None or invoice["object"] != "invoice" or not invoice["number"]:
            return kit.show(
                "over", 404, title="No such invoice", words="This address leads to no invoice.", url=None
            )
        confirm_url = None
        if invoice["status"] == "open" and invoices.payment_of(world, invoice):
            intent = invoices.intent_of(world, invoice)
            if intent["status"] == "requires_action":
                confirm_url = url_for("invoice.confirm", intent=intent["id"])
        return kit.show("invoice", status, invoice=invoice, fault=fault, confirm_url=confirm_url)

    @views.get("/invoice/<id>")
    @views.get("/invoice/<id>/pdf", endpoint="printed")
    def invoice(id: str) -> Response:
        """The bill; while it is open, with a way to pay it."""
        with stand_in.at_work() as world:
            fault = NOT_AUTHENTICATED if request.args.get("failed") == "3ds" else None
            return page(world, world.peek(id), fault)

    @views.post("/invoice/<id>")
    def pay(id: str) -> Response:
        """Pay an open bill with another card."""
        with stand_in.at_work() as world:
            found = world.peek(id)
            if found is None or found["object"] != "invoice" or found["status"] != "open":
                return page(world, found, "This invoice is not open any more.", 422)
            chosen = card_chosen()
            if not kit.is_ours() or chosen is None:
                return page(world, found, EARLIER if chosen else "Choose a card.", 422)
            customer = world.get("customer", found["customer"], "customer")
            outcome = collection.collect(world, found, here=True, method=attach(world, chosen, customer))
            if outcome == "declined":
                return page(world, found, MESSAGES[CARDS[chosen].decline_code], 422)
            if outcome == "asks":
                return redirect(
                    url_for("invoice.confirm", intent=invoices.intent_of(world, found)["id"]), 303
                )
        return redirect(url_for("invoice.invoice", id=id), 303)

    @views.get("/three-d-secure/<intent>")
    def confirm(intent: str) -> Response:
        """The bank's page for the payment of a bill."""
        with stand_in.at_work() as world:
            waiting, _ = _waiting(world, intent)
            if waiting is None:
                return page(world, None)
            method = world.peek(waiting["payment_method"])
            return kit.show(
                "three_d_secure",
                action=url_for("invoice.confirmed", intent=intent),
                card=method["_card"] if method else "",
                amount=waiting["amount"],
                currency=waiting["currency"],
            )

    @views.post("/three-d-secure/<intent>")
    def confirmed(intent: str) -> Response:
        """She has confirmed the payment at her bank, or not."""
        with stand_in.at_work() as world:
            waiting, bill = _waiting(world, intent)
            if waiting is None or bill is None or not kit.is_ours():
                return page(world, bill, EARLIER, 422)
            back = url_for("invoice.invoice", id=bill["id"])
            if request.form.get("act") != "complete":
                payments.decline_unauthenticated(world, waiting)
                return redirect(f"{back}?failed=3ds", 303)
            method = world.peek(waiting["payment_method"])
            collection.collect(world, bill, here=True, authenticated=True, method=method)
        return redirect(back, 303)

    return views


def _waiting(world: World, intent_id: str) -> tuple[Obj | None, Obj | None]:
    """The payment intent that waits for her, and its bill."""
    intent = world.peek(intent_id)
    if intent is None or intent["object"] != "payment_intent" or intent["status"] != "requires_action":
        return None, None
    for payment in world.all("invoice_payment"):
        if payment["payment"]["payment_intent"] == intent_id:
            return intent, world.peek(payment["invoice"])
    return None, None
