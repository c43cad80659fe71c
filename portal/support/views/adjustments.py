"""Points put right at the desk: what, why, with which words; then before and after; then it is done."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, home, ledger
from portal import programme as programmes
from portal.db import new_id, transact
from portal.errors import Refused
from portal.support import adjusting
from portal.support.forms import AdjustmentForm
from portal.support.views.desk import note_refused, support, the_member
from portal.web import amounts, policy
from portal.web.filters import points_unit
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.route("/staff/adjustments/new", methods=["GET", "POST"])
@policy("staff:adjust")
def new_adjustment() -> Response | tuple[str, int]:
    """First the form, then what it would come to, then the deed: the same key makes a second tap nothing."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    form = AdjustmentForm(amounts.read)
    if request.method == "GET":
        form.key.data = new_id()
    if "change" in request.form or not form.validate_on_submit():
        return _form(row, ref, form, 422 if form.errors else 200)
    if "confirmed" not in request.form:
        before = _balance(row)
        after = _after(before, form.number)
        if after is None:
            form.points.errors = [_too_few(before.available)]
            return _form(row, ref, form, 422)
        page = render_template(
            "support/confirm_adjustment.html",
            form=form,
            name=row.name or row.number,
            points=form.number,
            before=before,
            after=after,
            form_url=url_for("support.new_adjustment", member=ref),
            staff_name=current_user.email,
        )
        return page, 200
    try:
        _adjust(row, form)
    except Refused as refused:
        return _refused(row, ref, form, refused)
    flash(_("Done. The member reads your words beside the points."), "good")
    return redirect(url_for("support.member", ref=ref), 303)


def _adjust(row: Row[Any], form: AdjustmentForm) -> None:
    staff, now, asked = current_user._get_current_object(), clock.now(), form.number
    transact(
        lambda: adjusting.adjust(
            staff, row.id, asked, reason=form.reason.data, words=form.words.data, ticket=form.ticket.data,
            key=form.key.data, now=now, request_id=request_id(),
        )
    )  # fmt: skip


def _refused(row: Row[Any], ref: str, form: AdjustmentForm, refused: Refused) -> tuple[str, int]:
    why = note_refused(row.id, "adjustment", refused)
    form.points.errors = [
        {
            "own": _("This is your own card. A colleague has to do it."),
            "limit_reached": _(
                "Your limit for today has %(points)s left. A colleague can do the rest, or you tomorrow.",
                points=points_unit(int(str(refused.facts.get("left", 0)))),
            ),
            "not_enough_points": _too_few(int(str(refused.facts.get("have", 0)))),
            "conflict": _("This form was sent before with something else in it. Load the page again."),
        }.get(why, _("Nothing was changed. Load the page again."))
    ]
    return _form(row, ref, form, refused.status)


def _form(row: Row[Any], ref: str, form: AdjustmentForm, status: int) -> tuple[str, int]:
    _number, active = programmes.active()
    done = adjusting.adjusted_on(current_user.id, active.day(clock.now()))
    page = render_template(
        "support/new_adjustment.html",
        form=form,
        example=amounts.example(),
        name=row.name or row.number,
        before=_balance(row),
        left=max(0, active.support.daily_points - done),
        member_url=url_for("support.member", ref=ref),
        form_url=url_for("support.new_adjustment", member=ref),
        staff_name=current_user.email,
    )
    return page, status


def _balance(row: Row[Any]) -> home.Balance:
    _number, active = programmes.active()
    day = active.day(clock.now())
    facts = home.facts_of(row.id, row.joined_on, active, day)
    return home.balance_on(ledger.wallet(row.id), facts.maturing, day)


def _after(before: home.Balance, points: int) -> home.Balance | None:
    """The balance with these points given or taken; None when there are not enough to take."""
    if points < 0 and before.available < -points:
        return None
    paid = min(points, before.owed) if points > 0 else 0
    return home.Balance(before.available + points - paid, before.pending, before.owed - paid, before.maturing)


def _too_few(have: int) -> str:
    return _("There are only %(points)s to take.", points=points_unit(have))
