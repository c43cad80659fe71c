"""Choosing a plan, the way to Stripe's page and back; and Stripe's messages."""

import contextlib
from datetime import date
from typing import Any

from flask import abort, flash, get_template_attribute, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.billing import benefits, inbox, queries, rules, sync
from portal.billing import checkout as checkouts
from portal.billing.forms import PlainForm, PlanForm
from portal.billing.shapes import Declined, Forged, Missing, Rejected, Unavailable
from portal.billing.terms import Terms
from portal.billing.views.kit import billing, plan_of, unreachable
from portal.db import transact
from portal.errors import Refused
from portal.programme import Plan
from portal.web import csrf, policy
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

MOST_BYTES = 2 * 1024 * 1024  # of a message of Stripe's
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
        agreed = _terms(active.plan(form.plan.data))
        return redirect(checkouts.begin_checkout(current_user, form.plan.data, agreed, clock.now()), 303)
    except Refused as refused:
        if refused.code == "conflict":
            flash(_("You have this already. Nothing was charged."), "info")
            return redirect(url_for("billing.membership"), 303)
        if refused.code == "under_way":
            flash(_("A change of your plan is under way. Finish it first."), "info")
            return redirect(url_for("billing.membership"), 303)
        if refused.code != "payments_unavailable":
            raise
        return _plans(unreachable(), form.plan.data), 503


def _terms(plan: Plan) -> Terms:
    """What the page says that she agrees to by paying for this plan."""
    words = get_template_attribute("components/renewal_terms.html", "renewal_terms")
    return Terms(" ".join(words(plan).unescape().split()), reader().language)


@billing.post("/billing/checkout/leave")
@policy("member")
def leave_checkout() -> Response | tuple[str, int]:
    """Give up the checkout that is open, to choose something else."""
    try:
        checkouts.leave_checkout(current_user.id, clock.now())
    except Refused as refused:
        if refused.code != "payments_unavailable":
            raise
        return _plans(unreachable()), 503
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
    plan = plan_of(active, op.plan)
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
        standing_plan=plan_of(active, standing.plan) if standing is not None else None,
        waiting=plan_of(active, waiting.plan) if waiting is not None and waiting.state == "open" else None,
        base_perks=active.perks_of(active.base_tier.perks),
        is_on=queries.is_on(),
        is_member=member is not None,
        worth=benefits.estimates(member, active, day) if member else {},
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


def _member_id() -> str | None:
    found: Any = current_user
    return str(found.id) if getattr(found, "kind", None) == "member" else None
