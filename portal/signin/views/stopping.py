"""The page behind "this was not me" in every security mail, and the page where a stop is lifted again."""

from flask import flash, make_response, redirect, render_template, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.errors import Refused
from portal.signin import freezing, recovering, rules, telling, trusting
from portal.signin.forms import LiftForm, LinkForm
from portal.signin.sessions import Person
from portal.signin.views.kit import signin
from portal.web import policy, to_proof
from portal.web.i18n import gettext as _


@signin.route(f"{telling.NOT_ME_PATH}<token>", methods=["GET", "POST"])
@policy("anonymous")
def not_me(token: str) -> Response:
    """Looking changes nothing, its one button stops her card; in any browser, also one that is not signed in."""
    form = LinkForm()
    if form.validate_on_submit():
        transact(lambda: freezing.say_not_me(token, now=clock.now()))
        jobs.wake()
        return redirect(url_for("signin.not_me", token=token), 303)
    event = telling.read_not_me(token, clock.now())
    was_said = event is not None and freezing.was_said(token)
    page = render_template(
        "signin/not_me.html", form=form, event=event, was_said=was_said, days=telling.NOT_ME_LASTS.days
    )
    response = make_response(page, 410 if event is None else 200)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@signin.route("/safety/stop", methods=["GET", "POST"])
@policy("member", fresh=True)
def stop() -> Response | str:
    """Why her points stand still and what lets them move; her own passkey does."""
    person, now = current_user._get_current_object(), clock.now()
    form = LiftForm()
    fault = ""
    if form.validate_on_submit():
        known, numbers = form.known.data or [], form.numbers.data or []
        try:
            transact(
                lambda: freezing.lift_by_passkey(
                    person, now, since=rules.stop_shown(form.since.data), known=known, numbers=numbers
                )
            )
        except Refused as refused:
            if refused.code == "proof_needed":
                session["ticked"] = _those_shown(person, [*known, *numbers])
                return to_proof(url_for("signin.stop"))
            fault = (
                _("Your points were stopped once more after this page was opened. Look again, then press it.")
                if refused.code == "conflict"
                else _("That proof was not a passkey from a month before. Use an older one, or come to us.")
            )
        else:
            session.pop("ticked", None)
            jobs.wake()
            flash(_("Your points can move again."), "good")
            return redirect(url_for("signin.safety"), 303)
    else:
        form.known.data = form.numbers.data = session.get("ticked", [])
    # As she was when the page was asked for; where she pressed the button, that may have changed meanwhile.
    member = (trusting.the_member(person.id) if fault else None) or person
    shown = trusting.stop_of(member)
    form.since.data = shown.isoformat() if shown is not None else ""
    under_way = recovering.recovery_under_way(person.id)
    return render_template(
        "signin/stopped.html",
        form=form,
        since=member.frozen_at,
        can_lift=trusting.can_lift(member),
        passkeys=trusting.young_passkeys(member),
        numbers=trusting.young_numbers(member),
        recovery=under_way,
        may_stop=recovering.may_stop(person, member),
        recovery_email=rules.masked(under_way.email) if under_way is not None else "",
        fault=fault,
    )


def _those_shown(person: Person, ticked: list[str]) -> list[str]:
    """Of what was ticked, the passkeys and customer numbers that she is asked about before her stop is lifted."""
    passkeys, numbers = trusting.young_passkeys(person), trusting.young_numbers(person)
    asked = {*(one.id for one in passkeys), *(one.ref for one in numbers)}
    return [one for one in ticked if one in asked]


@signin.post("/safety/recovery/stop")
@policy("member")
def stop_recovery() -> Response:
    """She is in: whatever would give her card to another address is stopped, or looked at again."""
    person = current_user._get_current_object()
    outcome = transact(lambda: recovering.stop_by_member(person, clock.now()))
    if outcome != "nothing":
        jobs.wake()
        flash(
            _("Stopped. Your address stays as it is.")
            if outcome == "stopped"
            else _("Noted. Your address stays as it is until a second one of us has seen proof."),
            "good",
        )
    return redirect(url_for("signin.stop"), 303)
