"""The pages of paid plans: the choice, the way to Stripe and back, the plan one has, its end; and Stripe's messages."""

import contextlib
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs, perks, tiers
from portal.billing import checkout as checkouts
from portal.billing import inbox, queries, rules, sync, wishes
from portal.billing.forms import EndForm, PlainForm, PlanForm
from portal.billing.shapes import Declined, Forged, Missing, Rejected, Unavailable
from portal.db import transact
from portal.errors import Refused
from portal.programme import Perk, Plan, Programme
from portal.web import csrf, policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

billing = Blueprint("billing", __name__)
MOST_BYTES = 2 * 1024 * 1024  # of a message of Stripe's
BILLS = 12
LOOKS = 20  # how often the page of a payment under way loads itself again
SECONDS = 3  # between two of them


@billing.get("/plans")
@policy("anonymous", visit=True)
def plans() -> str:
    """What a plan costs and adds, beside what is free."""
    return _plans()


@billing.post("/billing/checkout")
@policy("member")
def checkout() -> Response | tuple[str, int]:
    """To Stripe's page for the chosen price; a second tab is sent to the checkout that is open already."""
    active = reader().programme
    form = PlanForm(rules.choices(active))
    if not queries.is_on() or not form.validate():
        return _plans(_("Choose one of the prices below."), form.plan.data), 422
    try:
        return redirect(checkouts.begin_checkout(current_user, form.plan.data, clock.now()), 303)
    except Refused as refused:
        if refused.code == "conflict":
            flash(_("You have this already. Nothing was charged."), "info")
            return redirect(url_for("billing.membership"), 303)
        if refused.code != "payments_unavailable":
            raise
        return _plans(_unreachable(), form.plan.data), 503


@billing.post("/billing/checkout/leave")
@policy("member")
def leave_checkout() -> Response | tuple[str, int]:
    """Give up the checkout that is open, to choose something else."""
    try:
        checkouts.leave_checkout(current_user.id, clock.now())
    except Refused as refused:
        if refused.code != "payments_unavailable":
            raise
        return _plans(_unreachable()), 503
    return redirect(url_for("billing.plans"), 303)


@billing.get("/billing/return")
@policy("member")
def come_back() -> str:
    """Back from Stripe: what became of the payment, asked of Stripe itself and not waited for.

    It fetches and writes down, which is safe to repeat; another member's session is as missing as none.
    """
    session_id, now = request.args.get("session_id", "")[:120], clock.now()
    op = queries.checkout_of(current_user.id, session_id)
    if op is None:
        abort(404)
    found = None
    # When Stripe does not answer, the page says that it is being confirmed, and looks again.
    with contextlib.suppress(Unavailable, Missing, Rejected, Declined):
        found = sync.fetch_checkout(session_id, now)[0] if queries.is_on() else None
    active = reader().programme
    plan = _plan(active, op.plan)
    standing = queries.standing(current_user.id, active.day(now))
    bought = (
        found is not None and found.status == "complete" and (found.paid or found.subscription_id is not None)
    )
    if bought and standing is not None and standing.perks:
        jobs.wake()
        return render_template(
            "billing/joined.html",
            plan=plan,
            standing=standing,
            perks=active.perks_of(plan.perks) if plan else [],
        )
    state = "confirming" if found is None or found.status == "complete" else found.status
    looks = request.args.get("look", 0, type=int)
    return render_template(
        "billing/return.html",
        plan=plan,
        state=state,
        pay_url=op.url,
        again_url=url_for("billing.come_back", session_id=session_id, look=looks + 1)
        if looks < LOOKS
        else None,
        seconds=SECONDS,
    )


@billing.get("/membership")
@policy("member", visit=True)
def membership() -> str:
    """The plan one has: what it gives, the next payment, and how to change or end it."""
    return _membership()


@billing.route("/membership/cancel", methods=["GET", "POST"])
@policy("member")
def cancel() -> Response | str | tuple[str, int]:
    """What stays, what ends, what is charged; one button."""
    live = queries.live_subscription(current_user.id)
    if live is None or not queries.is_on():
        return redirect(url_for("billing.membership"), 303)
    form = EndForm()
    if form.validate_on_submit():
        done = wishes.ask_to_end(current_user.id, form.reason.data or None, clock.now())
        flash(_("It ends, and nothing more is charged.") if done else _noted(), "good" if done else "info")
        return redirect(url_for("billing.membership"), 303)
    active = reader().programme
    standing = queries.standing(current_user.id, active.day(clock.now()))
    plan = _plan(active, live.plan)
    failing = live.status not in ("active", "trialing")
    page = render_template(
        "billing/cancel.html",
        form=form,
        plan=plan,
        label=plan.label if plan else live.plan,
        live=live,
        ends_on=None if failing else live.paid_until,
        ending=_perks_that_end(active, plan),
        tier=_tier(active),
        available=current_user.available,
        standing=standing,
    )
    return page, 422 if form.errors else 200


@billing.post("/membership/keep")
@policy("member")
def keep() -> Response:
    """Withdraw the end."""
    try:
        done = wishes.ask_to_keep(current_user.id, clock.now())
    except Refused as refused:
        if refused.code != "conflict":
            raise
        flash(_("It has ended already. You can join again at any time."), "info")
        return redirect(url_for("billing.plans"), 303)
    flash(_("It goes on as before.") if done else _noted(), "good" if done else "info")
    return redirect(url_for("billing.membership"), 303)


@billing.post("/billing/portal")
@policy("member")
def portal() -> Response | tuple[str, int]:
    """To Stripe's pages for the card and the invoices."""
    change_card = request.form.get("to") == "card"
    try:
        return redirect(checkouts.portal_url(current_user.id, clock.now(), change_card=change_card), 303)
    except Refused as refused:
        if refused.code == "payments_unavailable":
            return _membership(_unreachable()), 503
        if refused.code != "unknown_member":
            raise
        return _membership(
            _("Stripe has no card of yours any more. It asks for one when you next join.")
        ), 409


@billing.post("/billing/events")
@csrf.exempt  # type: ignore[untyped-decorator]  # a machine; its signature is checked instead
@policy("stripe")
def events() -> Response:
    """A message of Stripe's: verified, stored, answered. The worker looks into it (stripe.md 4.3)."""
    request.max_content_length = MOST_BYTES
    body, signature = request.get_data(cache=False), request.headers.get("Stripe-Signature")
    try:
        if not queries.is_on():
            raise Forged("no plans are sold here")
        transact(lambda: inbox.receive(body, signature, clock.now()))
    except Forged:
        return Response("This is not a message of Stripe's for this portal.\n", 400, mimetype="text/plain")
    jobs.wake()
    return Response("", 200, mimetype="text/plain")


def _plans(fault: str | None = None, chosen: str | None = None) -> str:
    active, member = reader().programme, _member_id()
    day = active.day(clock.now())
    held = queries.holdings(member) if member else []
    standing = rules.standing(held, day)
    waiting = queries.open_checkout(member) if member else None
    return render_template(
        "billing/plans.html",
        layout="layouts/member.html" if member else "layouts/public.html",
        choices=[_choice(choice, held, day) for choice in rules.choices(active)],
        chosen=chosen,
        standing=standing if standing is not None and standing.status != "ended" else None,
        standing_plan=_plan(active, standing.plan) if standing is not None else None,
        waiting=_plan(active, waiting.plan) if waiting is not None and waiting.state == "open" else None,
        base_perks=active.perks_of(active.base_tier.perks),
        is_on=queries.is_on(),
        is_member=member is not None,
        fault=fault,
        form=PlainForm(formdata=None),
    )


def _choice(choice: rules.Choice, held: list[rules.Holding], day: date) -> dict[str, Any]:
    """A choice for the page, with which of its prices may be paid now."""
    prices = [
        {
            "plan": price.plan,
            "saving_minor": price.saving_minor,
            "offered": rules.may_join(held, price.plan.interval, day),
        }
        for price in choice.prices
    ]
    return {"label": choice.label, "detail": choice.detail, "perks": choice.perks, "prices": prices}


def _membership(fault: str | None = None) -> str:
    active, member = reader().programme, current_user.id
    standing = queries.standing(member, active.day(clock.now()))
    live = queries.live_subscription(member)
    plan = _plan(active, standing.plan) if standing is not None else None
    return render_template(
        "billing/membership.html",
        standing=standing,
        plan=plan,
        label=plan.label if plan else standing.plan if standing else "",
        perks=active.perks_of(plan.perks) if plan else [],
        live=live,
        wish=queries.wish_under_way(member),
        tier=_tier(active),
        bills=queries.bills(member, BILLS),
        has_customer=queries.is_on() and queries.customer_of(member) is not None,
        is_on=queries.is_on(),
        fault=fault,
        form=PlainForm(formdata=None),
    )


def _perks_that_end(active: Programme, plan: Plan | None) -> list[Perk]:
    """What only the plan brings: what the tier brings too stays."""
    if plan is None:
        return []
    held = perks.held(active, _standing_tier(active).tier, plan)
    return [one.perk for one in held if one.source == f"plan:{plan.key}"]


def _standing_tier(active: Programme) -> tiers.Standing:
    day = active.day(clock.now())
    return tiers.standing(active, tiers.grants(current_user.id), day, current_user.joined_on or day)


def _tier(active: Programme) -> str:
    return _standing_tier(active).tier.label


def _plan(active: Programme, key: str) -> Plan | None:
    """The plan as the programme has it now; None for one that it no longer sells."""
    return next((plan for plan in active.plans if plan.key == key), None)


def _member_id() -> str | None:
    found: Any = current_user
    return str(found.id) if getattr(found, "kind", None) == "member" else None


def _unreachable() -> str:
    return _("Payments cannot be reached right now. Nothing was charged. Try again in a minute.")


def _noted() -> str:
    return _(
        "We have taken note of it. It is carried out as soon as payments can be reached, within minutes."
    )
