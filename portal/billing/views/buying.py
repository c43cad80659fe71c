"""Choosing a plan, the way to Stripe's page and back; and Stripe's messages."""

import contextlib
from datetime import date
from typing import Any

from flask import abort, flash, get_template_attribute, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs, people
from portal.billing import benefits, inbox, operations, outcome, pausing, price_rules, queries, rules, trials
from portal.billing import checkout as checkouts
from portal.billing.forms import PlainForm, PlanForm
from portal.billing.lines import LINES
from portal.billing.named import label_of
from portal.billing.shapes import Declined, Forged, Missing, Rejected, Unavailable
from portal.billing.terms import Terms
from portal.billing.views.kit import (
    billing,
    is_stopped,
    is_unsold,
    look_at_checkout,
    not_sold,
    plan_of,
    unreachable,
)
from portal.db import transact
from portal.errors import Refused
from portal.programme import Programme
from portal.web import csrf, policy
from portal.web.filters import money
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

MOST_BYTES = 2 * 1024 * 1024  # of a message of Stripe's
LOOKS = 20  # how often the page of a payment under way loads itself again
SECONDS = 3  # between two of them


@billing.get("/plans")
@policy("anonymous", visit=True)
def plans() -> str:
    """What a plan costs and adds, beside what is free."""
    if (member := _member_id()) is not None:
        look_at_checkout(member)
    return _plans()


@billing.post("/billing/checkout")
@policy("member")
def checkout() -> Response | tuple[str, int]:
    """To Stripe's page for the chosen price; a second tab is sent to the checkout that is open already. Refuses
    `stopped`."""
    people.refuse_while_stopped(current_user.id)
    active, asked = reader().programme, request.form.get("currency", "")[:3]
    choices = price_rules.choices(active, *_wanted(active, asked, queries.paid_in(current_user.id)))
    form = PlanForm(choices)
    if queries.is_on() and is_unsold(active, form.plan.data):
        op = queries.open_checkout(current_user.id)
        if op is not None and op.url is not None and op.plan == form.plan.data:
            return redirect(op.url, 303)  # begun while it was sold
        return _plans(not_sold(), asked=asked), 409
    if not queries.is_on() or not form.validate():
        return _plans(_("Choose one of the prices below."), form.plan.data, asked), 422
    price = next(one for choice in choices for one in choice.prices if one.plan.key == form.plan.data)
    shown = (form.shown.data or "").split()
    held, day = queries.holdings(current_user.id), active.day(clock.now())
    may_join = rules.may_join(held, price.plan.interval, day)  # else it is refused below, whatever it costs
    if may_join and _shown(price, _tried()) not in shown and not _is_open(price):
        fault = (
            _("The price has changed since you looked. Nothing was charged.")
            if shown
            else _("The payment page was open for too long and has closed. Nothing was charged.")
        )
        return _plans(fault, form.plan.data), 409
    try:
        url = checkouts.begin_checkout(
            current_user, price.plan.key, price.currency, _terms(price), clock.now()
        )
        return redirect(url, 303)
    except Refused as refused:
        if refused.code == "conflict":
            flash(_("You have this already. Nothing was charged."), "info")
            return redirect(url_for("billing.membership"), 303)
        if refused.code == "under_way":
            flash(_("A change of your plan is under way. Finish it first."), "info")
            return redirect(url_for("billing.membership"), 303)
        if refused.code == "being_confirmed":
            flash(_("Your payment is being confirmed. You need not pay again."), "info")
            return redirect(url_for("billing.plans"), 303)
        if refused.code == "not_for_sale":
            return _plans(not_sold(), asked=asked), 409
        if refused.code != "payments_unavailable":
            raise
        return _plans(unreachable(), form.plan.data, asked), 503


def _tried() -> bool:
    member = _member_id()
    return member is not None and queries.had_trial(member)


def _trial_days(price: price_rules.Price, tried: bool) -> int:
    return 0 if tried or price.plan.interval == "life" else price.plan.trial_days


def _shown(price: price_rules.Price, tried: bool) -> str:
    """What the page says of a price, for its form to send back: what is charged, how often, and after how many free
    days."""
    plan = price.plan
    return f"{plan.key}:{plan.interval}:{price.amount_minor}:{price.currency}:{_trial_days(price, tried)}"


def _is_open(price: price_rules.Price) -> bool:
    """Whether Stripe's page for this plan is open already, which says what it charges; or was paid on, whatever for."""
    op = queries.open_checkout(current_user.id)
    return op is not None and op.state == "open" and (op.plan == price.plan.key or operations.is_awaited(op))


def _terms(price: price_rules.Price) -> Terms:
    """What the page says that she agrees to by paying this price."""
    words = get_template_attribute("components/renewal_terms.html", "renewal_terms")
    said = words(price.plan, money(price.amount_minor, price.currency), _trial_days(price, _tried()))
    return Terms(" ".join(said.unescape().split()), reader().language)


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
def come_back() -> Response | str:
    """Back from Stripe: what became of the payment, asked of Stripe itself and not waited for.

    It fetches and writes down, which is safe to repeat; another member's session is as missing as none.
    """
    session_id, now = request.args.get("session_id", "")[:120], clock.now()
    op = queries.checkout_of(current_user.id, session_id)
    if op is None:
        abort(404)
    if op.kind not in ("join", "life"):
        return redirect(url_for("billing.gift_paid", session_id=session_id), 303)
    found = None
    # When Stripe does not answer, the page says that it is being confirmed, and looks again.
    with contextlib.suppress(Unavailable, Missing, Rejected, Declined):
        found = outcome.fetch_checkout(session_id, now)[0] if queries.is_on() else None
    active = reader().programme
    plan = plan_of(active, op.plan)
    standing = queries.standing(current_user.id, active.day(now))
    refused = found is not None and found.subscription_id is not None and _is_refused(found.subscription_id)
    bought = (
        found is not None and found.status == "complete" and (found.paid or found.subscription_id is not None)
    )
    if bought and not refused and standing is not None and standing.perks:
        jobs.wake()
        return render_template(
            "billing/joined.html",
            plan=plan,
            standing=standing,
            perks=active.perks_of(plan.perks) if plan else [],
            runs_out=_runs_out(active) if standing.for_life else None,
            stopped=is_stopped(),
        )
    state = "confirming" if found is None or found.status == "complete" else found.status
    if refused:
        state = "trial_had"
        jobs.wake()
    elif state == "confirming" and (operations.one(current_user.id, op.id) or op).state == "abandoned":
        state = "failed"
        jobs.wake()
    looks = request.args.get("look", 0, type=int)
    return render_template(
        "billing/return.html",
        plan=plan,
        state=state,
        pay_url=None if is_stopped() else op.url,
        again_url=url_for("billing.come_back", session_id=session_id, look=looks + 1)
        if looks < LOOKS
        else None,
        seconds=SECONDS,
    )


def _is_refused(subscription_id: str) -> bool:
    """Whether a trial was not begun, because its card had had one."""
    row = queries.subscription(current_user.id, subscription_id)
    return row is not None and row.extra_of == trials.CARD_HAD_ONE


def _runs_out(active: Programme) -> dict[str, Any] | None:
    """What renewed before, and ends with what is paid for now that there is one for life; with the last bill of it,
    where that is being made at this moment."""
    live = queries.live_subscription(current_user.id)
    if live is None or live.id == LINES or pausing.how_it_ends(live, clock.now())["at_once"]:
        return None
    drawn = queries.bill_in_making(live.member_id, live.id)
    return {"label": label_of(active, live.plan), "day": live.paid_until, "in_making": drawn}


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
        # Read before the write begins: whoever writes holds up whoever else would.
        told = inbox.read_message(body, signature, clock.now())
    except Forged:
        return Response("This is not a message of Stripe's for this portal.\n", 400, mimetype="text/plain")
    transact(lambda: inbox.store([told], clock.now()))
    jobs.wake()
    return Response("", 200, mimetype="text/plain")


def _plans(fault: str | None = None, chosen: str | None = None, asked: str | None = None) -> str:
    active, member = reader().programme, _member_id()
    paid_in = queries.paid_in(member) if member else None
    wanted = _wanted(active, request.args.get("in", "")[:3] if asked is None else asked, paid_in)
    shown = next((one for one in wanted if one in active.plan_currencies), active.currency)
    tried = _tried()
    day = active.day(clock.now())
    held = queries.holdings(member) if member else []
    standing = rules.standing(held, day)
    waiting = queries.open_checkout(member) if member else None
    return render_template(
        "billing/plans.html",
        layout="layouts/member.html" if member else "layouts/public.html",
        choices=[_choice(choice, held, day, tried=tried) for choice in price_rules.choices(active, *wanted)],
        shown_in=shown,
        also_in=[one for one in active.plan_currencies if one != shown] if paid_in is None else [],
        chosen=chosen,
        standing=standing if standing is not None and standing.status != "ended" else None,
        standing_plan=plan_of(active, standing.plan) if standing is not None else None,
        waiting=plan_of(active, waiting.plan) if waiting is not None and waiting.state == "open" else None,
        pending=waiting is not None and operations.is_awaited(waiting),
        base_perks=active.perks_of(active.base_tier.perks),
        is_on=queries.is_on(),
        is_member=member is not None,
        stopped=is_stopped(),
        worth=benefits.estimates(member, active, day, wanted) if member else {},
        fault=fault,
        form=PlainForm(formdata=None),
    )


def _wanted(active: Programme, asked: str, paid_in: str | None) -> tuple[str, ...]:
    """The currencies for whoever looks, the best first: the one that she has paid in alone, else the one that she
    `asked` for and those of her country."""
    if paid_in is not None:
        return (paid_in,)
    member = _member_id()
    country = queries.country_of(member) if member else None
    return (asked, *price_rules.used_in(country, active.day(clock.now())))


def _choice(
    choice: price_rules.Choice, held: list[rules.Holding], day: date, *, tried: bool
) -> dict[str, Any]:
    """A choice for the page, with which of its prices may be paid now; `tried`: there was a trial already."""
    prices = [
        {
            "plan": price.plan,
            "amount_minor": price.amount_minor,
            "currency": price.currency,
            "saving_minor": price.saving_minor,
            "trial_days": _trial_days(price, tried),
            "shown": _shown(price, tried),
            "offered": rules.may_join(held, price.plan.interval, day),
        }
        for price in choice.prices
    ]
    return {"label": choice.label, "detail": choice.detail, "perks": choice.perks, "prices": prices}


def _member_id() -> str | None:
    found: Any = current_user
    return str(found.id) if getattr(found, "kind", None) == "member" else None
