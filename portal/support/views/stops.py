"""Cards that colleagues stop because somebody else is in them, and stops that they lift."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, jobs, people, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import recovering
from portal.support.forms import LiftForm, ReasonForm
from portal.support.views.desk import note_refused, proof_url, support, the_member
from portal.web import policy
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.route("/staff/stops/new", methods=["GET", "POST"])
@policy("staff:recover", fresh=True)
def stop_card() -> Response | tuple[str, int]:
    """Somebody else is in her card, she says, and she cannot press the button of a mail."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _stop_page(row, ref, form, "", 422 if form.errors else 200)
    staff, now = current_user._get_current_object(), clock.now()
    try:
        is_new = transact(
            lambda: recovering.stop_card(
                staff, row.id, reason=form.reason.data, now=now, request=request_id()
            )
        )
    except Refused as refused:
        fault = _refusal(note_refused(row.id, "stop", refused))
        return _stop_page(row, ref, form, fault, refused.status)
    jobs.wake()
    if is_new:
        flash(_("Done. Her card is stopped, and she gets a mail."), "good")
    else:
        flash(_("It was stopped already."), "info")
    return redirect(url_for("support.member", ref=ref), 303)


@support.route("/staff/stops/lift", methods=["GET", "POST"])
@policy("staff:recover", fresh=True)
def lift_stop() -> Response | tuple[str, int]:
    """Her points move again, because she has shown that it is she who asks."""
    ref = request.args.get("member", "")
    row = the_member(ref)
    form = LiftForm()
    if request.method == "GET" and (shown := signin.stop_of(row)) is not None:
        form.since.data = shown.isoformat()
    if not form.validate_on_submit():
        return _lift_page(row, ref, form, "", 422 if form.errors else 200)
    staff, now = current_user._get_current_object(), clock.now()
    try:
        was_stopped = transact(
            lambda: recovering.lift(
                staff, row.id, since=signin.stop_shown(form.since.data), known=form.known.data or [],
                numbers=form.numbers.data or [], ticket=form.ticket.data, reason=form.reason.data, now=now,
                request=request_id(),
            )
        )  # fmt: skip
    except Refused as refused:
        return _lift_page(row, ref, form, note_refused(row.id, "lift", refused), refused.status)
    jobs.wake()
    if was_stopped:
        flash(_("Done. Her points can move again, and she gets a mail."), "good")
    else:
        flash(_("Nothing is stopped."), "info")
    if people.by_ref(ref) is None:  # it was one of the numbers that were taken off her card
        ref = people.MADE_HERE + row.number
    return redirect(url_for("support.member", ref=ref), 303)


def _stop_page(row: Row[Any], ref: str, form: ReasonForm, fault: str, status: int) -> tuple[str, int]:
    is_changing = signin.recovery_under_way(row.id) is not None
    lift_url = url_for("support.lift_stop", member=ref)
    page = _page("support/stop_card.html", row, ref, form, fault, is_changing=is_changing, lift_url=lift_url)
    return page, status


def _lift_page(row: Row[Any], ref: str, form: LiftForm, why: str, status: int) -> tuple[str, int]:
    """What stands in the way comes first, `why` it was refused or what would refuse it, and where that is mended."""
    under_way, instead = signin.recovery_under_way(row.id), None
    if row.frozen_at is not None and under_way is not None:
        why = why or "under_way"
        instead = (_("See that request"), url_for("support.recovery", recovery_id=under_way.id))
    elif why == "stopped_anew":
        instead = (_("Load the page anew"), url_for("support.lift_stop", member=ref))
    page = _page(
        "support/lift_stop.html", row, ref, form, _refusal(why) if why else "",
        reports=signin.reports_of(row.id), passkeys=signin.young_passkeys(row), numbers=signin.young_numbers(row),
        instead=instead,
    )  # fmt: skip
    return page, status


def _page(
    template: str, row: Row[Any], ref: str, form: ReasonForm | LiftForm, fault: str, **facts: object
) -> str:
    here = url_for(str(request.endpoint), member=ref)
    return render_template(
        template,
        form=form,
        fault=fault,
        name=row.name or row.number,
        since=row.frozen_at,
        proof_url=proof_url(here),
        member_url=url_for("support.member", ref=ref),
        form_url=here,
        staff_name=current_user.email,
        **facts,
    )


def _refusal(why: str) -> str:
    return {
        "role": _("Your role does not do this. Ask somebody of support."),
        "own": _("This is your own card. A colleague has to do it."),
        "under_way": _("Another address is on its way to this card. Decide on that first."),
        "stopped_anew": _("Her card was stopped once more after this page was opened."),
        "proof_needed": _("Prove that it is you first."),
    }.get(why, _("Nothing was changed. Load the page again."))
