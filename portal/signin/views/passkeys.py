"""Passkeys at the edge: the challenge that script asks for, signing in, setting one up, naming and removing."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.errors import Refused
from portal.signin import ceremonies, keyring, owners, passkeys, sessions
from portal.signin.ceremonies import Purpose
from portal.signin.forms import AddressForm, NameForm, PasskeyForm
from portal.signin.keyring import Shown
from portal.signin.sessions import Person
from portal.signin.views.kit import (
    already_in,
    come_in,
    door,
    is_stale,
    signin,
    stale_words,
    taken,
    visitor,
)
from portal.web import csrf, local_path, policy, to_proof
from portal.web.guards import has_passkey_session
from portal.web.i18n import gettext as _

PURPOSES: dict[str, Purpose] = {"sign_in": "sign_in", "prove": "prove", "add": "add"}


@signin.post("/passkeys/options")
@policy("anonymous", staff="anonymous")
def passkey_options() -> Response:
    """A challenge for the passkeys of this browser, as JSON: to sign in for anybody, else in one's own session.

    It writes no cookie, for the page has: script asks while that page's form may be on its way, and would undo what
    the form writes.
    """
    purpose, kind, now = PURPOSES.get(request.form.get("purpose", "")), door(), clock.now()
    person = None if purpose == "sign_in" else _person()
    if purpose is None or (person is None and purpose != "sign_in"):
        raise Refused("bad_request", "There is nothing to ask a passkey for.", status=400)
    here = visitor()
    operation = local_path(request.form.get("next")) if purpose == "prove" else None
    options = transact(
        lambda: ceremonies.begin(
            purpose, kind, browser=here.browser, person=person, operation=operation, now=now
        )
    )
    return jsonify(options)


@signin.post("/passkeys/sign-in")
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, to lead on who came in by another tab
@policy("anonymous", staff="anonymous")
def enter_by_passkey() -> Response | tuple[str, int]:
    """Sign in by what a passkey has shown."""
    form, kind, here = PasskeyForm(), door(), visitor()
    stale, shown = is_stale(form), Shown()
    if stale and current_user.is_authenticated:
        return already_in(form.next.data)
    answer = None if stale else taken(form, "sign_in", person=None, operation=None)
    if answer is not None:
        shown = transact(lambda: keyring.enter(answer, kind, visitor=here, now=clock.now()))
        jobs.wake()
    next_path = local_path(form.next.data)
    if shown.token is not None:
        return come_in(shown.token, next_path)
    unknown = answer.credential_id if answer is not None and shown.is_unknown else ""
    again = {"site": passkeys.rp_id(kind), "failed": not stale, "unknown": unknown}
    again["stale"] = stale_words() if stale else ""
    status = 200 if stale else 400
    if kind == "staff":
        return render_template("signin/staff.html", next_path=next_path, **again), status
    page = render_template(
        "signin/address.html",
        form=AddressForm(formdata=None, next=next_path),
        purpose="sign-in",
        suggestion=None,
        **again,
    )
    return page, status


@signin.route("/passkeys/new", methods=["GET", "POST"])
@policy("member", staff="newcomer")
def new_passkey() -> Response | tuple[str, int]:
    """Set a passkey up; offered once after the first mailed code (`offer`), and always open from the page of safety."""
    person, form = current_user._get_current_object(), PasskeyForm(next=request.args.get("next"))
    next_path, is_offer = local_path(form.next.data), "offer" in request.args
    if person.frozen_at is not None:
        return redirect(url_for("signin.stop"), 303)
    if not keyring.may_add(person, clock.now()):
        return to_proof(url_for("signin.new_passkey", next=next_path))
    failed = False
    if form.is_submitted():
        answer, here = taken(form, "add", person=person, operation=None), visitor()
        elsewhere = _is_elsewhere(person)
        shown = Shown()
        if answer is not None:
            key_label = _("Security key")
            shown = transact(
                lambda: keyring.add(person, answer, visitor=here, key_label=key_label, now=clock.now())
            )
        if shown.token is not None:
            response = come_in(shown.token, next_path or url_for("signin.safety"))
            done = (
                _("Done. From now on this device signs you in. Other devices are signed out.")
                if elsewhere
                else _("Done. From now on this device signs you in.")
            )
            flash(done, "good")
            return response
        failed = True
    page = render_template(
        "signin/new_passkey.html",
        kind=person.kind,
        staff_name=person.email if person.kind == "staff" else None,
        next_path=next_path,
        is_offer=is_offer,
        has_way_back=person.kind == "member" or has_passkey_session(),
        failed=failed,
        site=passkeys.rp_id(person.kind),
        is_elsewhere=_is_elsewhere(person),
    )
    return page, 400 if failed else 200


@signin.post("/passkeys/later")
@policy("member")
def no_passkey_now() -> Response:
    """She does not want one now: on to where she was going, and not asked again for a good while."""
    person = current_user._get_current_object()
    transact(lambda: owners.not_now(person, clock.now()))
    return redirect(local_path(request.form.get("next")) or url_for("home.home"), 303)


@signin.post("/passkeys/rename")
@policy("fresh", staff="staff_fresh")
def rename_passkey() -> Response:
    """Call a passkey something else."""
    person, form = current_user._get_current_object(), NameForm()
    if form.validate_on_submit() and (form.passkey.data or "").isalnum():
        transact(lambda: keyring.rename(person, form.passkey.data, form.name.data, clock.now()))
        flash(_("Renamed."), "good")
    else:
        flash(_("Nothing was changed. A name has 1 to 60 letters."), "warn")
    return redirect(url_for("signin.safety"), 303)


@signin.post("/passkeys/remove")
@policy("fresh", staff="staff_fresh")
def remove_passkey() -> Response:
    """Let a passkey open nothing any more."""
    person, named = current_user._get_current_object(), request.form.get("passkey", "")
    if not named.isalnum():
        return redirect(url_for("signin.safety"), 303)
    elsewhere = _is_elsewhere(person)
    try:
        token = transact(lambda: keyring.remove(person, named, clock.now()))
    except Refused as refused:
        if refused.code == "stopped":
            return redirect(url_for("signin.stop"), 303)
        if refused.code != "last_way_in":
            raise
        flash(_("It is your only way in. Set up another one first, or ask the owner of the shop."), "warn")
        return redirect(url_for("signin.safety"), 303)
    if token is None:  # her session ended at the same moment: she signs in again, and finds it removed
        return redirect(url_for("signin.safety"), 303)
    response = come_in(token, url_for("signin.safety"))
    flash(_("Removed. Other devices are signed out.") if elsewhere else _("Removed."), "good")
    return response


def _is_elsewhere(person: Person) -> bool:
    """Whether somebody is signed in on another device, too."""
    return len(sessions.sessions_of(person, clock.now())) > 1


def _person() -> Person | None:
    return current_user._get_current_object() if current_user.is_authenticated else None
