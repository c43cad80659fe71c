"""What a colleague vouches for, noted at the desk."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, earning
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.programme import Activity
from portal.support import noting
from portal.support.forms import NoteForm
from portal.support.views.desk import note_refused, support, the_member
from portal.web import policy
from portal.web.filters import points_unit
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.route("/staff/activities/new", methods=["GET", "POST"])
@policy("staff:adjust")
def new_activity() -> Response | tuple[str, int]:
    """Which one, where there are several; then what it asks for, and the receipt that makes it once."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    known = {one.key: one for one in noting.vouched(programmes.active()[1])}
    key = request.args.get("activity") or (next(iter(known)) if len(known) == 1 else "")
    if not known or (key and key not in known):
        abort(404)
    if not key:
        return _choices(row, ref, list(known.values())), 200
    rule = known[key]
    form = NoteForm(asks=_asks(rule))
    if form.value is not None:
        form.value.label.text = _("Amount") if rule.amount is not None else _value_label(rule)
    if not form.validate_on_submit():
        return _form(row, ref, rule, form, 422 if form.errors else 200)
    try:
        done = _note(row, rule, form)
    except Refused as refused:
        return _refused(row, ref, rule, form, refused)
    flash(_said(done), "good")
    return redirect(url_for("support.member", ref=ref), 303)


def _asks(rule: Activity) -> str | None:
    if rule.amount is not None or rule.distinct is not None:
        return "value"
    return "quantity" if rule.quantity else None


def _value_label(rule: Activity) -> str:
    """The attribute as it can be read: `product_line` is Product line."""
    return (rule.distinct or "").replace("_", " ").replace("-", " ").capitalize()


def _note(row: Row[Any], rule: Activity, form: NoteForm) -> earning.Done:
    staff, now = current_user._get_current_object(), clock.now()
    quantity = form.quantity.data if form.quantity is not None else 1
    value = (form.value.data or "").strip() if form.value is not None else ""
    return transact(
        lambda: noting.note_activity(
            staff, row.id, rule.key, receipt=form.receipt.data, quantity=quantity, value=value, now=now,
            request_id=request_id(),
        )
    )  # fmt: skip


def _said(done: earning.Done) -> str:
    if done.repeated:
        return _("It was noted before. Nothing was changed.")
    if done.capped:
        return _(
            "Noted. The limit of the programme is reached: it gave %(points)s.",
            points=points_unit(done.points),
        )
    return _("Noted: %(points)s.", points=points_unit(done.points)) if done.points else _("Noted.")


def _refused(row: Row[Any], ref: str, rule: Activity, form: NoteForm, refused: Refused) -> tuple[str, int]:
    why = note_refused(row.id, "activity", refused)
    asked = form.value if form.value is not None else form.quantity
    to_blame = (
        asked if asked is not None and why in ("bad_value", "too_precise", "missing_field") else form.receipt
    )
    to_blame.errors = [
        {
            "own": _("This is your own card. A colleague has to do it."),
            "limit_reached": _(
                "Your limit for today has %(points)s left. A colleague can do the rest, or you tomorrow.",
                points=points_unit(int(str(refused.facts.get("left", 0)))),
            ),
            "conflict": _("This receipt was noted before for something else, or for somebody else."),
            "not_allowed_by_tier": _("It is for other tiers than hers."),
            "not_allowed_by_plan": _("It is for holders of another plan."),
            "bad_value": _("That does not count. Check what you typed."),
            "too_precise": _("Type fewer decimals."),
        }.get(why, _("Nothing was changed. Load the page again."))
    ]
    return _form(row, ref, rule, form, refused.status)


def _choices(row: Row[Any], ref: str, rules: list[Activity]) -> str:
    return render_template(
        "support/activities.html",
        name=row.name or row.number,
        choices=[
            {"label": one.label, "url": url_for("support.new_activity", member=ref, activity=one.key)}
            for one in rules
        ],
        member_url=url_for("support.member", ref=ref),
        staff_name=current_user.email,
    )


def _form(row: Row[Any], ref: str, rule: Activity, form: NoteForm, status: int) -> tuple[str, int]:
    page = render_template(
        "support/new_activity.html",
        form=form,
        label=rule.label,
        name=row.name or row.number,
        member_url=url_for("support.member", ref=ref),
        form_url=url_for("support.new_activity", member=ref, activity=rule.key),
        staff_name=current_user.email,
    )
    return page, status
