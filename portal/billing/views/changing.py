"""Another plan, a pause, going on: each shown with its amounts and days before it is done."""

from typing import Any

from flask import abort, flash, get_template_attribute, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, tiers
from portal.billing import changes, operations, pausing, price_rules, queries, rules, wishes
from portal.billing.forms import PauseForm, PlainForm, PlanForm
from portal.billing.lines import LINES
from portal.billing.named import label_of, plan_known
from portal.billing.terms import Terms
from portal.billing.views.kit import (
    billing,
    card_words,
    is_stopped,
    is_unsold,
    moved_on,
    not_done,
    not_sold,
    noted,
    over,
    plan_of,
    standing_tier,
    unreachable,
)
from portal.errors import Refused
from portal.programme import Plan, Programme
from portal.web import policy
from portal.web.filters import day, money
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext, reader
from portal.web.throttle import member_waits

MOST_LOOKS = 30  # at the amounts of a change, in an hour


@billing.get("/membership/change")
@policy("member")
def change() -> Response | str:
    """The plans one could have instead."""
    live = _live()
    return redirect(url_for("billing.plans"), 303) if live is None else _choices(live)


@billing.post("/membership/change")
@policy("member")
def choose() -> Response | tuple[str, int]:
    """Work out what the chosen plan costs, and show it."""
    live, active = _live(), reader().programme
    if live is None:
        return redirect(url_for("billing.plans"), 303)
    form = PlanForm(price_rules.choices(active))
    if is_unsold(active, form.plan.data):
        return _choices(live, not_sold()), 409
    if not form.validate():
        return _choices(live, _("Choose one of the prices below.")), 422
    return _show(form.plan.data)


@billing.get("/membership/change/<op_id>")
@policy("member")
def change_shown(op_id: str) -> Response | str:
    """What it costs today and from when on, before the button."""
    now = clock.now()
    op = operations.one(current_user.id, op_id)
    if op is None or op.kind not in changes.KINDS:
        abort(404)
    if op.state != "shown":
        return redirect(url_for("billing.membership"), 303)
    if is_stopped():
        return redirect(url_for("billing.change"), 303)  # it says so
    if changes.shown(current_user.id, op_id, now) is None:
        flash(_stale(), "info")
        return redirect(url_for("billing.change"), 303)
    active, live = reader().programme, queries.live_subscription(current_user.id)
    return render_template(
        "billing/change_shown.html",
        op=op,
        plan=plan_of(active, op.plan),
        next_on=changes.next_on(op),
        label=label_of(active, op.facts["from_plan"]),
        held=plan_known(active, op.facts["from_plan"]),
        planned=label_of(active, live.next_plan)
        if live is not None and live.next_plan and live.next_plan != op.plan
        else None,
        card=card_words(live),
        needs_card=live is not None and live.needs_card,
        form=PlainForm(formdata=None),
    )


@billing.post("/membership/change/<op_id>")
@policy("member")
def agree(op_id: str) -> Response | tuple[str, int]:
    """Change to it as it was shown; what no longer holds is shown anew, and not charged."""
    op = operations.one(current_user.id, op_id)
    if op is None or op.kind not in changes.KINDS:
        abort(404)
    plan = plan_of(reader().programme, op.plan)
    if plan is None:
        flash(_stale(), "info")
        return redirect(url_for("billing.change"), 303)
    try:
        after = changes.agree(current_user.id, op_id, clock.now(), _terms(op, plan))
    except Refused as refused:
        if refused.code == "stale":
            flash(_stale(), "info")
            return _show(op.plan)
        if refused.code != "under_way":
            raise
        flash(_("Something else is under way. Nothing was charged."), "info")
        return redirect(url_for("billing.membership"), 303)
    _tell(reader().programme, after)
    return redirect(url_for("billing.membership"), 303)


@billing.post("/membership/stay")
@policy("member")
def stay() -> Response:
    """Withdraw the change that is planned, or that waits for its payment."""
    before = _live()
    try:
        answer = wishes.ask_to_stay(current_user.id, clock.now())
    except Refused as refused:
        if refused.code == "under_way":
            flash(_("The change is being made at this moment. Look again in a few minutes."), "info")
        elif refused.code == "conflict":
            flash(_("That is not possible now. Nothing was changed."), "info")
        else:
            raise
        return redirect(url_for("billing.membership"), 303)
    live = _live()
    if answer == "noted":
        flash(noted(), "info")
    elif answer == "refused":
        flash(not_done(), "bad")
    elif live is None:
        flash(over(reader().programme), "info")
    elif before is not None and live.plan != before.plan:
        label = label_of(reader().programme, live.plan)
        flash(_("It has changed already: you have %(plan)s.", plan=label), "info")
    elif answer == "already":
        flash(_("No change is planned. Nothing was changed."), "info")
    else:
        flash(_("Your plan stays as it is."), "good")
    return redirect(url_for("billing.membership"), 303)


@billing.route("/membership/pause", methods=["GET", "POST"])
@policy("member")
def pause() -> Response | str:
    """What a pause stops, what stays, and what going on costs; one button."""
    live = _live()
    if live is None or not rules.may_pause(live.status, live.ends_on, live.collection_paused):
        return redirect(url_for("billing.membership"), 303)  # a second tap is there already
    form = PauseForm()
    if form.validate_on_submit():
        return _pause(form)
    form.shown.data = wishes.shows(live, clock.now())
    active = reader().programme
    plan = plan_of(active, live.plan)
    return render_template(
        "billing/pause.html",
        label=label_of(active, live.plan),
        live=live,
        perks=active.perks_of(plan.perks) if plan else [],
        months=tiers.paid_months(current_user.id, live.plan),
        tier=standing_tier(active, without_plan=True).tier.label,
        available=current_user.available,
        planned=label_of(active, live.next_plan) if live.next_plan else None,
        period_minor=pausing.period_minor(live),
        stopped=is_stopped(),
        form=form,
    )


def _pause(form: PauseForm) -> Response:
    try:
        answer = wishes.ask_to_pause(current_user.id, clock.now(), form.shown.data or None)
    except Refused as refused:
        if refused.code == "stale":
            flash(moved_on(), "info")
            return redirect(url_for("billing.pause"), 303)
        words = {
            "being_paid": _(
                "A new period is being paid for at this moment. Nothing was changed: you can pause it in an hour."
            ),
            "conflict": _("That is not possible now. Nothing was changed."),
            "not_allowed": _("That is not possible now. Nothing was changed."),
        }
        if refused.code not in words:
            raise
        flash(words[refused.code], "info")
        return redirect(url_for("billing.membership"), 303)
    told = {"noted": (noted(), "info"), "refused": (not_done(), "bad")}
    flash(*told.get(answer, (_("It is paused. Nothing is charged until you go on."), "good")))
    return redirect(url_for("billing.membership"), 303)


@billing.post("/membership/resume")
@policy("member")
def resume() -> Response:
    """Go on after a pause, for what the button said."""
    due = request.form.get("due", "")
    agreed_minor = int(due) if due.isdecimal() and len(due) < 16 else -1
    try:
        as_paid = request.form.get("paid") == "1"
        state = pausing.resume(current_user.id, agreed_minor, clock.now(), as_paid=as_paid)
    except Refused as refused:
        words = {
            "stale": _("What it costs has changed since you looked. Nothing was charged: look again."),
            "under_way": _("Something else is under way. Nothing was charged."),
            "conflict": _("Nothing is paused."),
            "payments_unavailable": unreachable(),
        }
        if refused.code not in words:
            raise
        flash(words[refused.code], "info")
        return redirect(url_for("billing.membership"), 303)
    told = {
        "done": (_("It is on again."), "good"),
        "open": (_("Your bank did not let the payment through yet. It goes on once it is paid."), "info"),
    }
    flash(*told.get(state, (noted(), "info")))
    return redirect(url_for("billing.membership"), 303)


def _live() -> Row[Any] | None:
    """The subscription that Stripe keeps, where plans are sold."""
    live = queries.live_subscription(current_user.id)
    return live if live is not None and live.id != LINES and queries.is_on() else None


def _choices(live: Row[Any], fault: str | None = None) -> str:
    active = reader().programme
    held = plan_of(active, live.plan)
    fixed: str | None = rules.why_fixed(live.status, live.ends_on, live.collection_paused, live.waiting_plan)
    # Stripe keeps one currency for a customer: what is not sold in hers is not offered.
    offered = [
        found
        for choice in price_rules.choices(active, live.currency)
        if (found := _choice(choice, live, active))
    ]
    if fixed is None and not offered and live.currency != active.currency:
        fixed = "other_currency"
    if fixed is None and queries.bill_in_making(current_user.id, live.id) is not None:
        fixed = "being_paid"
    if is_stopped():
        fixed = "stopped"
    return render_template(
        "billing/change.html",
        label=label_of(active, live.plan),
        held=held,
        live=live,
        fixed=fixed,
        choices=offered,
        life=next(
            (active.price_in(one, live.currency) for one in active.plans_for_sale if one.interval == "life"),
            None,
        ),
        fault=fault,
        form=PlainForm(formdata=None),
    )


def _choice(choice: price_rules.Choice, live: Row[Any], active: Programme) -> dict[str, Any] | None:
    """One choice for the page, with which of its prices begin at once; None where there is nothing to change to."""
    held = plan_of(active, live.plan)
    label, interval = (held.label, held.interval) if held else ("", "")
    prices = [
        {
            "plan": price.plan,
            "amount_minor": price.amount_minor,
            "currency": price.currency,
            "moves_now": live.status == "trialing"
            or rules.moves_now(label, interval, live.amount_minor, price.plan, price.amount_minor),
        }
        for price in choice.prices
        if price.plan.interval != "life" and price.plan.key != live.plan and price.currency == live.currency
    ]
    if not prices:
        return None
    return {"label": choice.label, "detail": choice.detail, "perks": choice.perks, "prices": prices}


def _show(plan_key: str) -> Response | tuple[str, int]:
    """To the page of the amounts, worked out now: at Stripe, so not without end."""
    wait, live = member_waits("change", MOST_LOOKS, current_user.id), _live()
    if wait and live is not None:
        return _choices(live, _often(wait)), 429
    try:
        op_id = changes.show(current_user.id, plan_key, clock.now())
    except Refused as refused:
        live = _live()
        known = (
            "conflict",
            "payments_unavailable",
            "unknown_key",
            "other_currency",
            "being_paid",
            "not_for_sale",
        )
        if refused.code not in known or live is None:
            raise
        if refused.code == "payments_unavailable":
            return _choices(live, unreachable()), 503
        if refused.code == "not_for_sale":
            return _choices(live, not_sold()), 409
        if refused.code in ("other_currency", "being_paid"):
            return _choices(live), 409
        return redirect(url_for("billing.change"), 303)
    return redirect(url_for("billing.change_shown", op_id=op_id), 303)


def _tell(active: Programme, op: Row[Any]) -> None:
    """Say what became of it, with the numbers that were shown before."""
    label, facts = label_of(active, op.plan), op.facts
    if op.state == "done" and op.kind == "later":
        flash(f"{_('It changes by itself, and nothing was charged.')} {_next_payment(op)}".strip(), "good")
    elif op.state == "done" and not facts["due_minor"]:
        said = _("%(plan)s is on. Nothing was charged today.", plan=label)
        flash(f"{said} {_next_payment(op)}".strip(), "good")
    elif op.state == "done":
        paid = money(facts["due_minor"], currency=facts["currency"])
        said = _("%(plan)s is on. You paid %(money)s.", plan=label, money=paid)
        flash(f"{said} {_next_payment(op)}".strip(), "good")
    elif op.state == "open":
        flash(_("Your bank asks you to confirm the payment. Nothing changes before that."), "info")
    elif op.state in ("failed", "abandoned"):
        flash(_("It was not changed, and nothing was charged."), "info")
    else:
        flash(noted(), "info")


def _next_payment(op: Row[Any]) -> str:
    """The next payment, as it was shown before; empty where it is not known to the penny, or none comes by itself."""
    facts, live = op.facts, queries.live_subscription(op.member_id)
    due_minor = facts.get("next_due_minor")
    if due_minor is None or live is None or live.needs_card:
        return ""
    due = money(due_minor, currency=facts["currency"])
    return _("The next payment is %(money)s on %(day)s.", money=due, day=day(changes.next_on(op)))


def _terms(op: Row[Any], plan: Plan) -> Terms:
    """What the page says that she agrees to by a change."""
    words, facts = get_template_attribute("components/change_terms.html", "change_terms"), op.facts
    said = words(plan, facts, changes.next_on(op))
    return Terms(" ".join(said.unescape().split()), reader().language)


def _often(wait: int) -> str:
    minutes = -(-wait // 60)
    return ngettext(
        "You have looked at many prices in a short time. Nothing was charged. Look again in %(num)s minute.",
        "You have looked at many prices in a short time. Nothing was charged. Look again in %(num)s minutes.",
        minutes,
    )


def _stale() -> str:
    return _("This was worked out a while ago. Nothing was charged: look at the amounts again.")
