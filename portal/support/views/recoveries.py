"""Members who cannot get in: what they ask for, and how they showed who they are."""

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, home, jobs, people, signin
from portal.db import transact
from portal.errors import Refused
from portal.support import finding, recovering
from portal.support.forms import ReasonForm, SearchForm, WhoForm
from portal.support.views.desk import note_refused, proof_url, support
from portal.web import policy
from portal.web.filters import instant
from portal.web.i18n import gettext as _
from portal.web.logs import request_id


@support.get("/staff/recoveries")
@policy("staff:recover")
def recoveries() -> str:
    """Requests that somebody has begun, and those that nobody has looked at, the newest first."""
    after = request.args.get("after", "")
    rows, older = signin.asked_recoveries(after)
    return render_template(
        "support/recoveries.html",
        begun=[] if after else [_line(row) for row in signin.begun_recoveries()],
        asked=[_line(row) for row in rows],
        asked_count=signin.count_asked(),
        older_url=url_for("support.recoveries", after=older) if older else None,
        newest_url=url_for("support.recoveries") if after else None,
        staff_name=current_user.email,
    )


@support.route("/staff/recoveries/<recovery_id>", methods=["GET", "POST"])
@policy("staff:recover", fresh=True)
def recovery(recovery_id: str) -> Response | tuple[str, int]:
    """One request: what she tells, whom it may mean, and how she showed that it is she."""
    asked = _asked(recovery_id)
    form = WhoForm(_choices(_candidates(asked)))
    if not form.validate_on_submit():
        return _page(asked, form, 422 if form.errors else 200)
    staff, now, named = current_user._get_current_object(), clock.now(), form.email.data
    try:
        if not transact(
            lambda: recovering.hear_address(staff, recovery_id, form.member.data, email=named, now=now)
        ):
            raise Refused("bad_value", "It is not this request's address.", why="address")
        state = transact(
            lambda: recovering.note_proofs(
                staff, recovery_id, form.member.data, form.proofs, email=named, ticket=form.ticket.data,
                reason=form.reason.data, now=now, stops=form.stops.data, request=request_id(),
            )
        )  # fmt: skip
    except Refused as refused:
        why = note_refused(form.member.data, "recovery", refused)
        if why == "already_used":
            return _moved_on(recovery_id)
        place = {"on_her_pages": form.known, **dict.fromkeys(("address", "too_often", "taken"), form.email)}
        place.get(why, form.member).errors = [_refusal(why, refused.facts.get("until"))]
        return _page(asked, form, refused.status, is_taken=why == "taken")
    jobs.wake()
    flash(
        _("Noted. It acts by itself when the time is over, unless somebody stops it.")
        if state == "waiting"
        else _("Noted. A second colleague has to check it, too."),
        "good",
    )
    return redirect(url_for("support.recovery", recovery_id=recovery_id), 303)


@support.post("/staff/recoveries/<recovery_id>/refusal")
@policy("staff:recover")
def refuse_recovery(recovery_id: str) -> Response | tuple[str, int]:
    """It is not she, or it cannot be told."""
    asked = _asked(recovery_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(asked, None, 422, form)
    staff, now = current_user._get_current_object(), clock.now()
    if not transact(
        lambda: recovering.refuse(staff, recovery_id, reason=form.reason.data, now=now, request=request_id())
    ):
        return _moved_on(recovery_id)
    jobs.wake()
    flash(_("Refused. Nothing was changed, and whoever asked is told."), "good")
    return redirect(url_for("support.recoveries"), 303)


def _moved_on(recovery_id: str) -> Response:
    """Back to a request on which somebody, or the time, has decided meanwhile; it says what is so."""
    states = {
        "waiting": _("A colleague has let it wait already."),
        "done": _("It is done already: she has the new address."),
        "stopped": _("It was stopped already."),
        "refused": _("It was refused already."),
    }
    state = _asked(recovery_id).row.state
    flash(states.get(state, _("Nothing was changed. Load the page again.")), "warn")
    return redirect(url_for("support.recovery", recovery_id=recovery_id), 303)


def _asked(recovery_id: str) -> recovering.Asked:
    found = recovering.look(recovery_id)
    if found is None:
        abort(404)
    return found


def _candidates(asked: recovering.Asked) -> list[Row[Any]]:
    """Whom it may mean: by what she told, by the search of the page, or whom the first colleague chose."""
    words = request.args.get("q", "").strip()[:254]
    found = [*asked.members, *(finding.find(words).members if words else [])]
    chosen = [row for row in found if asked.row.member_id in (None, row.id)]
    return list({row.id: row for row in chosen}.values())


def _choices(members: list[Row[Any]]) -> list[tuple[str, str]]:
    return [(row.id, f"{row.name or _('No name')} · {home.grouped(row.number)}") for row in members]


def _page(
    asked: recovering.Asked,
    form: WhoForm | None,
    status: int,
    reason: ReasonForm | None = None,
    *,
    is_taken: bool = False,
) -> tuple[str, int]:
    members = _candidates(asked)
    # Only to who has named the address: the page shows it masked.
    second = people.by_email(people.address_hash(asked.row.email)) if is_taken else None
    search = SearchForm(request.args)
    search.q.label.text = _("Find a member")
    here = url_for("support.recovery", recovery_id=asked.row.id, q=request.args.get("q"))
    page = render_template(
        "support/recovery.html",
        asked=_words(asked.row),
        others=[_line(row) for row in asked.others()],
        members=[
            {"name": row.name or home.grouped(row.number), "url": url_for("support.member", ref=row.ref)}
            for row in members
        ],
        can_note=asked.row.state in ("asked", "checked"),
        can_close=asked.row.state in ("asked", "checked", "waiting"),
        needs_second=asked.row.state == "checked",
        second_url=url_for("support.member", ref=second.ref) if second is not None else None,
        is_doubted=asked.row.state == "checked" and asked.row.doubted_at is not None,
        form=form or WhoForm(_choices(members)),
        reason=reason or ReasonForm(formdata=None),
        search=search,
        proof_url=proof_url(here),
        form_url=here,
        refuse_url=url_for("support.refuse_recovery", recovery_id=asked.row.id),
        staff_name=current_user.email,
    )
    return page, status


def _line(row: Row[Any]) -> dict[str, Any]:
    return {**_words(row), "url": url_for("support.recovery", recovery_id=row.id)}


def _words(row: Row[Any]) -> dict[str, Any]:
    """A request as the desk shows it: addresses masked."""
    states = {
        "asked": _("to be checked"),
        "checked": _("waits for a second colleague"),
        "waiting": _("waits"),
        "done": _("done"),
        "stopped": _("stopped"),
        "refused": _("refused"),
    }
    told, words = signin.told_in(row)
    return {
        "told": signin.masked(told) if "@" in told else told,
        "email": signin.masked(row.email),
        "words": words,
        "asked_at": row.asked_at,
        "acts_at": row.acts_at,
        "state": _("stopped: the new address came to be on another card")
        if row.ended_by == "taken"
        else states[row.state],
        "doubted_at": row.doubted_at,
        "ended_at": row.ended_at,
    }


def _refusal(why: str, until: object = None) -> str:
    if isinstance(until, datetime):
        return _(
            "Too many wrong addresses in a day. For this request or card it goes on from %(when)s; nothing is lost.",
            when=instant(until),
        )
    return {
        "role": _("Your role does not do this. Ask somebody of support."),
        "own": _("This is your own card. A colleague has to do it."),
        "staff": _("The new address belongs to somebody who works here."),
        "same": _("You have checked it already. A second colleague has to do it now."),
        "member": _("Your colleague chose another member."),
        "other": _("Another request is under way for her."),
        "taken": _("The new address is on another card already."),
        "address": _(
            "That is not the address of this request. Let her spell it. If it stays so, this request is not hers."
        ),
        "on_her_pages": _(
            "Her card and her orders prove nothing here: whoever reads her mail can show both. Add one of the others."
        ),
        "proof_needed": _("Prove that it is you first."),
    }.get(why, _("Nothing was changed. Load the page again."))
