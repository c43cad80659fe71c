"""A plan given to a member at the desk until a day, and taken back."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import billing, clock
from portal import programme as programmes
from portal.db import new_id, transact
from portal.errors import Refused
from portal.support import giving_plans
from portal.support.forms import GivePlanForm, TakeBackForm
from portal.support.views.desk import note_refused, plan_words, support, the_member
from portal.web import policy
from portal.web.filters import day as day_words
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.route("/staff/plan-grants/new", methods=["GET", "POST"])
@policy("staff:plans")
def new_plan() -> Response | tuple[str, int]:
    """Which plan, until when, why, in which ticket."""
    ref = request.args.get("member", "")
    row, active = the_member(ref), programmes.active()[1]
    day = active.day(clock.now())
    plans = [(plan.key, plan.label) for plan in giving_plans.plans_to_give(active)]
    if not plans:
        abort(404)
    form = GivePlanForm(plans, day, giving_plans.last_to_give(day))
    if request.method == "GET":
        form.key.data = new_id()
    if not form.validate_on_submit():
        return _form(row, ref, form, "", 422 if form.errors else 200)
    try:
        _give(row, form)
    except Refused as refused:
        return _form(row, ref, form, _why_not(row, refused, "plan_given"), refused.status)
    label = dict(plans)[form.plan.data]
    flash(_("Done. %(plan)s is hers until %(day)s.", plan=label, day=day_words(form.until.data)), "good")
    return redirect(url_for("support.member", ref=ref), 303)


@support.route("/staff/plan-grants/<grant_id>", methods=["GET", "POST"])
@policy("staff:plans")
def end_plan(grant_id: str) -> Response | tuple[str, int]:
    """Take back what a colleague gave: why, in which ticket."""
    ref = request.args.get("member", "")
    row, active, now = the_member(ref), programmes.active()[1], clock.now()
    member_url = url_for("support.member", ref=ref)
    left = billing.given(row.id, active.day(now))
    grant = next((one for one in left if one.id == grant_id and one.source == "staff"), None)
    if grant is None:
        return redirect(member_url, 303)  # a second tap: it is over already
    form, staff, fault, status = TakeBackForm(), current_user._get_current_object(), "", 200
    if form.validate_on_submit():
        try:
            transact(
                lambda: giving_plans.take_back_plan(
                    staff, row.id, grant_id, reason=form.reason.data, ticket=form.ticket.data, now=now,
                    request_id=request_id(),
                )
            )  # fmt: skip
            flash(_("Done. It has ended, and she gets a mail."), "good")
            return redirect(member_url, 303)
        except Refused as refused:
            fault, status = _why_not(row, refused, "plan_taken_back"), refused.status
    labels = {plan.key: plan.label for plan in active.plans}
    page = render_template(
        "support/end_plan.html",
        form=form,
        fault=fault,
        grant=grant,
        label=labels.get(grant.plan, grant.plan),
        name=row.name or row.number,
        member_url=member_url,
        form_url=url_for("support.end_plan", grant_id=grant_id, member=ref),
        staff_name=current_user.email,
    )
    return page, 422 if form.errors else status


def _give(row: Row[Any], form: GivePlanForm) -> None:
    staff, now = current_user._get_current_object(), clock.now()
    transact(
        lambda: giving_plans.give_plan(
            staff, row.id, form.plan.data, form.until.data, reason=form.reason.data, words=form.words.data or "",
            ticket=form.ticket.data, key=form.key.data, now=now, request_id=request_id(),
        )
    )  # fmt: skip


def _why_not(row: Row[Any], refused: Refused, act: str) -> str:
    """Why it was refused, in words; that it was tried stands in the audit."""
    why = note_refused(row.id, act, refused)
    return {
        "own": _("This is your own card. A colleague has to do it."),
        "not_for_sale": _("Nobody new can have this plan. Nothing was changed."),
        "limit_reached": _("You have given as many plans today as one may. A colleague can go on."),
        "conflict": _("This form was sent before with something else in it. Load the page again."),
    }.get(why, _("Nothing was changed. Load the page again."))


def _form(row: Row[Any], ref: str, form: GivePlanForm, fault: str, status: int) -> tuple[str, int]:
    page = render_template(
        "support/new_plan.html",
        form=form,
        fault=fault,
        plan=plan_words(row.id, programmes.active()[1]),
        first=form.first,
        last=form.last,
        name=row.name or row.number,
        member_url=url_for("support.member", ref=ref),
        form_url=url_for("support.new_plan", member=ref),
        staff_name=current_user.email,
    )
    return page, status
