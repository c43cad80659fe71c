"""The plan one has: what it gives, what is paid next, how it ends; and the way to the card."""

from datetime import date
from typing import Any, TypeGuard

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, people, perks
from portal.billing import benefits, owed, pausing, queries, rules, sync, wishes, withdrawing
from portal.billing import checkout as checkouts
from portal.billing.forms import EndForm, PlainForm
from portal.billing.lines import LINES
from portal.billing.named import is_sold_otherwise, label_of
from portal.billing.shapes import Missing, Rejected, Unavailable
from portal.billing.views.kit import (
    billing,
    card_words,
    is_stopped,
    is_unsold,
    look_at_checkout,
    moved_on,
    not_done,
    noted,
    over,
    plan_of,
    standing_tier,
    unreachable,
)
from portal.errors import Refused
from portal.programme import Perk, Plan, Programme
from portal.web import policy
from portal.web.doors import is_mounted
from portal.web.i18n import gettext as _
from portal.web.i18n import reader

BILLS = 12


@billing.get("/membership")
@policy("member", visit=True)
def membership() -> str:
    """The plan one has: what it gives, the next payment, and how to change or end it."""
    look_at_checkout(current_user.id)
    return page()


@billing.route("/membership/cancel", methods=["GET", "POST"])
@policy("member")
def cancel() -> Response | str | tuple[str, int]:
    """What stays, what ends, what is charged; one button."""
    live = queries.live_subscription(current_user.id)
    if live is None or not queries.is_on():
        return redirect(url_for("billing.membership"), 303)
    form = EndForm()
    if form.validate_on_submit():
        return _end(form)
    form.shown.data = wishes.shows(live, clock.now())
    active = reader().programme
    plan = plan_of(active, live.plan)
    failing = pausing.how_it_ends(live, clock.now())["at_once"]
    last_day = active.day(clock.now()) if failing or live.paid_until is None else live.paid_until
    plan_tier = tier_that_ends(active, plan, last_day)
    drawn = render_template(
        "billing/cancel.html",
        form=form,
        unsold=unsold_name(active, live.plan),
        label=label_of(active, live.plan),
        live=live,
        next_label=label_of(active, live.next_plan) if live.next_plan else None,
        ends_on=None if failing else live.paid_until,
        ending=perks_that_end(active, plan, last_day),
        tier=standing_tier(active, without_plan=plan_tier is not None).tier.label,
        plan_tier=plan_tier,
        available=current_user.available,
        last=next(
            (
                bill
                for bill in queries.bills(current_user.id, BILLS)
                if bill.status == "paid" and bill.paid_minor
            ),
            None,
        ),
        in_making=None if failing else queries.bill_in_making(current_user.id, live.id),
        due=live.pay_minor if failing and live.status != "paused" else None,
        stopped=is_stopped(),
    )
    return drawn, 422 if form.errors else 200


def _end(form: EndForm) -> Response:
    reason, comment = form.reason.data or None, (form.comment.data or "").strip() or None
    try:
        answer = wishes.ask_to_end(current_user.id, reason, clock.now(), comment, form.shown.data or None)
    except Refused as refused:
        if refused.code == "stale":
            flash(moved_on(), "info")
            return redirect(url_for("billing.cancel"), 303)
        if refused.code != "conflict":
            raise
        return redirect(url_for("billing.membership"), 303)  # another tab was faster
    live = queries.live_subscription(current_user.id)
    if answer == "refused":
        flash(
            _(
                "It has not ended: Stripe did not take it. We try again by ourselves, and you get a mail once it ends."
            ),
            "bad",
        )
    elif answer == "noted":
        flash(noted(), "info")
    elif live is not None and queries.bill_in_making(current_user.id, live.id) is not None:
        flash(_("It ends. The payment that is being made is the last one."), "good")
    else:
        flash(_("It ends, and nothing more is charged."), "good")
    return redirect(url_for("billing.membership"), 303)


@billing.post("/membership/keep")
@policy("member")
def keep() -> Response:
    """Withdraw the end."""
    try:
        answer = wishes.ask_to_keep(current_user.id, clock.now())
        live = queries.live_subscription(current_user.id)
        if live is None:
            raise Refused("conflict", "It ended meanwhile.")
    except Refused as refused:
        if refused.code != "conflict":
            raise
        flash(over(reader().programme), "info")
        return redirect(url_for("billing.plans"), 303)
    if answer == "noted":
        flash(noted(), "info")
    elif live.status in ("active", "trialing") and live.ends_on is None and not live.collection_paused:
        flash(_("It goes on as before."), "good")
    else:
        flash(not_done(), "info" if answer == "already" else "bad")
    return redirect(url_for("billing.membership"), 303)


@billing.post("/billing/portal")
@policy("member")
def portal() -> Response | tuple[str, int]:
    """To Stripe's pages for the card and the invoices. Refuses `stopped` while her points are: whoever has got into her
    card would else see and change what she pays with."""
    people.refuse_while_stopped(current_user.id)
    change_card = request.form.get("to") == "card"
    try:
        return redirect(checkouts.portal_url(current_user.id, clock.now(), change_card=change_card), 303)
    except Refused as refused:
        if refused.code == "payments_unavailable":
            return page(unreachable()), 503
        if refused.code != "unknown_member":
            raise
        return page(_("Stripe has no card of yours any more. It asks for one when you next join.")), 409


def page(fault: str | None = None) -> str:
    """The page of the plan one has."""
    active, member = reader().programme, current_user.id
    day = active.day(clock.now())
    live = queries.live_subscription(member)
    standing, beside = _standings(member, day, live)
    checking = False
    if live is not None and live.needs_card and queries.is_on():
        # She may come from Stripe's page for a card: what is charged to a customer's card is not told of a trial.
        _looked_at(live)
        live = queries.live_subscription(member)
        standing, beside = _standings(member, day, live)
    if _is_failing(standing, beside) and _is_untold(live):
        # Its renewal was never told: look before the bank is accused.
        checking = not _looked_at(live)
        live = queries.live_subscription(member)
        standing, beside = _standings(member, day, live)
    held = queries.standing(member, day)
    meter = benefits.meter_of(member, active, day)
    plan = plan_of(active, standing.plan) if standing is not None else None
    return render_template(
        "billing/membership.html",
        standing=standing,
        beside=beside,
        plan=plan_of(active, live.plan) if beside is not None and live is not None else plan,
        label=label_of(active, standing.plan) if standing is not None else "",
        perks=_perks(active, held),
        given=[_given(active, row, day) for row in queries.given(member, day)],
        live=live,
        card=card_words(live),
        turns=_turns(active, live, day),
        wish=_wish(member, live),
        is_late=live is not None and queries.wish_is_late(member, live.id),
        **_owed(member, live),
        withdraw=[(one, name_of(active, one.plan)) for one in withdrawing.open_to(member, active, day)]
        if queries.is_on()
        else [],
        tier=standing_tier(active).tier.label,
        bills=queries.bills(member, BILLS),
        meter=None
        if meter is None or (meter.is_empty and standing is not None and standing.given)
        else meter,
        has_customer=queries.is_on() and queries.customer_of(member) is not None,
        is_on=queries.is_on(),
        stopped=is_stopped(),
        disputed=queries.is_disputed(member),
        checking=checking,
        in_making=queries.bill_in_making(member, live.id)
        if live is not None and live.collection_paused
        else None,
        fault=fault,
        form=PlainForm(formdata=None),
    )


def _standings(
    member_id: str, day: date, live: Row[Any] | None
) -> tuple[rules.Standing | None, rules.Standing | None]:
    """What the page is about, and what she pays for where it stands beside that: it gives nothing now, while what was
    given to her does, and there is something to do about it.
    """
    held = queries.holdings(member_id)
    paid, all_of_it = rules.standing([one for one in held if not one.given], day), rules.standing(held, day)
    if paid is None or live is None or all_of_it is None or not all_of_it.given:
        return all_of_it, None
    return all_of_it, paid


def _is_failing(*shown: rules.Standing | None) -> bool:
    return any(one is not None and one.status in ("past_due", "ended") for one in shown)


def _perks(active: Programme, held: rules.Standing | None) -> list[Perk]:
    """What all plans in force bring together, each thing once."""
    plans = [plan_of(active, key) for key in (held.in_force if held is not None else ())]
    found = [perk for plan in plans if plan is not None for perk in active.perks_of(plan.perks)]
    return list({perk.key: perk for perk in found}.values())


def _given(active: Programme, row: Row[Any], day: date) -> dict[str, Any]:
    """What was given, for its row on the page; `since` only where it is still to begin."""
    return {
        "label": label_of(active, row.plan),
        "since": row.from_on if row.from_on > day else None,
        "until": row.until,
        "source": row.source,
        "note": row.note,
    }


def _is_untold(live: Row[Any] | None) -> TypeGuard[Row[Any]]:
    """Whether a plan runs by all that was told, though its day is over."""
    return live is not None and live.id != LINES and live.status in ("active", "trialing") and queries.is_on()


def _looked_at(live: Row[Any]) -> bool:
    """Look at Stripe now; False where it does not answer, and during a visit of support, which writes nothing."""
    if is_mounted():
        return False
    try:
        sync.sync_or_end(live.id, clock.now())
    except (Unavailable, Rejected, Missing):
        return False
    return True


def _wish(member_id: str, live: Row[Any] | None) -> str | None:
    """What was asked for of what she has, where Stripe has not answered yet: a wish, `withdraw`, which ends whatever
    else is under way, `change` or `resume`."""
    of = None if live is None else live.id
    if of is not None and (wish := queries.wish_under_way(member_id, of)) is not None:
        return wish
    op = queries.withdrawal_under_way(member_id, of) or queries.charge_under_way(member_id)
    return None if op is None or op.state != "new" else str(op.kind)


def _turns(active: Programme, live: Row[Any] | None, day: date) -> dict[str, Any]:
    """What may be done with the plan, and what becomes of it by itself."""
    if live is None or live.id == LINES or not queries.is_on():
        return {}
    fixed = rules.why_fixed(live.status, live.ends_on, live.collection_paused, live.waiting_plan)
    other = [one for one in active.plans_for_sale if one.interval != "life" and one.key != live.plan]
    period_minor = live.amount_minor if live.due_minor is None else live.due_minor
    may_resume = live.status == "paused" and not owed.is_asked(live.member_id, live.id)
    is_paid = may_resume and pausing.is_paid(live.member_id, live.id, live.paid_until, day)
    return {
        "label": label_of(active, live.plan),
        "next": plan_of(active, live.next_plan) if live.next_plan else None,
        "next_label": label_of(active, live.next_plan) if live.next_plan else None,
        "waiting": label_of(active, live.waiting_plan) if live.waiting_plan else None,
        "may_change": fixed is None and bool(other),
        "may_pause": rules.may_pause(live.status, live.ends_on, live.collection_paused),
        "resume_paid": is_paid,
        "resume_minor": (0 if is_paid else period_minor) if may_resume else None,
    }


def _owed(member_id: str, live: Row[Any] | None) -> dict[str, Any]:
    """What is still to go back to her, each bill once: `owed` by itself, `credit` to what she has with the shop,
    `by_hand` another way, for neither Stripe nor a bank takes it."""
    left = owed.left(member_id, [*owed.under_way(member_id), *owed.failed(member_id)])
    by_hand = [one for one in left if one[0].state == "failed"]
    credit = [one for one in left if owed.is_credit(one[0]) and one not in by_hand]
    by_itself = [one for one in left if one not in by_hand and one not in credit]
    return {"owed": _sum(by_itself, live), "by_hand": _sum(by_hand, live), "credit": _sum(credit, live)}


def _sum(left: list[tuple[Row[Any], int]], live: Row[Any] | None) -> dict[str, Any] | None:
    """What is left, in the currency of the newest of it, and whether a paused plan may go on for it instead; None
    without any."""
    if not left:
        return None
    currency = left[-1][0].facts["currency"]
    minor = sum(minor for op, minor in left if op.facts["currency"] == currency)
    return {"minor": minor, "currency": currency, "pays": _may_pay([op for op, _minor in left], live)}


def _may_pay(owing: list[Row[Any]], live: Row[Any] | None) -> bool:
    """Whether some of it pays for the period of a paused plan, should she go on."""
    if live is None or live.status != "paused":
        return False
    pays = {op.id for op in owed.for_time_to(live.member_id, live.id, live.paid_until)}
    return any(op.id in pays for op in owing)


def name_of(active: Programme, key: str) -> str:
    """What tells a plan from another one of the same label: with how it is paid."""
    plan, label = plan_of(active, key), label_of(active, key)
    if plan is None:
        return label
    names = {
        "month": _("%(plan)s (each month)", plan=label),
        "year": _("%(plan)s (each year)", plan=label),
        "life": _("%(plan)s (once, for life)", plan=label),
    }
    return names[plan.interval]


def unsold_name(active: Programme, key: str) -> str:
    """The name of a plan that nobody new can have, for who is about to end it; empty for one that is for sale."""
    if not is_unsold(active, key):
        return ""
    return name_of(active, key) if is_sold_otherwise(active, key) else label_of(active, key)


def stays_after(plan: Plan | None, last_day: date) -> rules.Standing | None:
    """What is in force after the last day of a plan: what was given, and what she has paid for beside it: for life
    beside one that renews, or the other way round."""
    is_for_life = plan is not None and plan.interval == "life"
    held = queries.holdings(current_user.id)
    others = [one for one in held if one.given or one.for_life != is_for_life]
    return rules.standing(others, last_day + rules.DAY)


def perks_that_end(active: Programme, plan: Plan | None, last_day: date) -> list[Perk]:
    """What only the plan brings to its last day: what the tier brings too stays, and what she has beside it."""
    if plan is None:
        return []
    stays = {one.key for one in _perks(active, stays_after(plan, last_day))}
    held = perks.held(active, standing_tier(active, without_plan=True).tier, plan)
    return [one.perk for one in held if one.source == f"plan:{plan.key}" and one.perk.key not in stays]


def tier_that_ends(active: Programme, plan: Plan | None, last_day: date) -> str | None:
    """The tier that only the plan brings, unless she has the same plan beside it."""
    stays = stays_after(plan, last_day)
    labels = {label_of(active, key) for key in (stays.in_force if stays is not None else ())}
    if plan is not None and plan.label in labels:
        return None
    with_plan, without = standing_tier(active).tier, standing_tier(active, without_plan=True).tier
    return with_plan.label if with_plan.key != without.key else None
