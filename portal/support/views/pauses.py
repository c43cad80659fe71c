"""The clock of her tier, stopped for her at the desk."""

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, tiers
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import pausing
from portal.support.forms import PauseForm
from portal.support.views.desk import note_refused, support, the_member
from portal.web import policy
from portal.web.filters import day as day_words
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.route("/staff/tier-pauses/new", methods=["GET", "POST"])
@policy("staff:adjust")
def new_pause() -> Response | tuple[str, int]:
    """What it would do, why she wants it, and in which ticket."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    form = PauseForm()
    if not form.validate_on_submit():
        return _form(row, ref, form, "", 422 if form.errors else 200)
    staff, now = current_user._get_current_object(), clock.now()
    try:
        until = transact(
            lambda: pausing.pause_tier(
                staff, row.id, reason=form.reason.data, ticket=form.ticket.data, now=now, request_id=request_id()
            )
        )  # fmt: skip
    except Refused as refused:
        return _refused(row, ref, form, refused)
    flash(_("Done. Her tier lasts until %(day)s.", day=day_words(until)), "good")
    return redirect(url_for("support.member", ref=ref), 303)


def _refused(row: Row[Any], ref: str, form: PauseForm, refused: Refused) -> tuple[str, int]:
    why = note_refused(row.id, "tier_pause", refused)
    words = {
        "own": _("This is your own card. A colleague has to do it."),
        "not_allowed": _("She has no earned tier whose time could be stopped."),
    }
    again_on = refused.facts.get("again_on")
    if again_on is not None:
        again = day_words(date.fromisoformat(str(again_on)))
        words["limit_reached"] = _("It was done before. She can do it again from %(day)s.", day=again)
    return _form(
        row, ref, form, words.get(why, _("Nothing was changed. Load the page again.")), refused.status
    )


def _form(row: Row[Any], ref: str, form: PauseForm, fault: str, status: int) -> tuple[str, int]:
    _number, active = programmes.active()
    offer = tiers.pause_offer(row.id, active, active.day(clock.now()))
    if offer is None:
        abort(404)
    page = render_template(
        "support/new_pause.html",
        form=form,
        offer=offer,
        fault=fault,
        name=row.name or row.number,
        member_url=url_for("support.member", ref=ref),
        form_url=url_for("support.new_pause", member=ref),
        staff_name=current_user.email,
    )
    return page, status
