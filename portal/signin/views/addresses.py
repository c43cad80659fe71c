"""Another address: asked for, proved by its code, and put back by the link in the old mailbox."""

from datetime import timedelta
from typing import Any

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.errors import Refused
from portal.signin import addresses, codes, proving, rules, undoing
from portal.signin.codes import Asked, Tried
from portal.signin.forms import CodeForm, LinkForm, NewAddressForm
from portal.signin.views.kit import (
    come_in,
    locale_tag,
    proved_here,
    signin,
    status_of,
    suggestion_for,
    visitor,
)
from portal.web import policy
from portal.web.filters import instant
from portal.web.i18n import gettext as _


@signin.route("/safety/address", methods=["GET", "POST"])
@policy("fresh")
def new_address() -> Response | tuple[str, int]:
    """The address that she wants."""
    before = _on_its_way() if "again" in request.args else None
    form = NewAddressForm(email=before.email if before is not None else None)
    suggestion = None
    if form.validate_on_submit():
        suggestion = suggestion_for(form)
        if suggestion is None and (sent := _ask(form)) is not None:
            return sent
    page = render_template(
        "signin/new_address.html", form=form, suggestion=suggestion, email=current_user.email
    )
    return page, status_of(form)


def _on_its_way() -> Row[Any] | None:
    """The code that was sent to the address that she wants."""
    code = proving.find_code(session.get("address", ""), "change", session.get("browser", ""))
    return code if code is not None and code.member_id == current_user.id else None


def _ask(form: NewAddressForm) -> Response | None:
    """Send the code and go on; None, with the fault on the form, when none was sent."""
    person = current_user._get_current_object()
    try:
        asked = transact(
            lambda: addresses.ask_change(
                person, form.email.data, visitor=visitor(), locale=locale_tag(), now=clock.now()
            )
        )
    except Refused as refused:
        if refused.code == "stopped":
            return redirect(url_for("signin.stop"), 303)
        if refused.code != "bad_value":
            raise
        form.email.errors = [_("This is the address that you have now.")]
        return None
    if asked.challenge_id is None:
        form.email.errors = [too_often(asked.wait_seconds)]
        return None
    session["address"] = asked.challenge_id
    jobs.wake()
    return redirect(url_for("signin.new_address_code"), 303)


@signin.route("/safety/address/code", methods=["GET", "POST"])
@policy("member")
def new_address_code() -> Response | tuple[str, int]:
    """The code that was sent to it; the right one changes the address, and this device stays signed in."""
    code = _on_its_way()
    if code is None:
        return redirect(url_for("signin.new_address"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        person = current_user._get_current_object()
        try:
            changed = transact(
                lambda: addresses.change(person, code.id, form.code.data, visitor=visitor(), now=clock.now())
            )
        except Refused as refused:
            return _not_changed(refused)
        if changed.tried.outcome == "right":
            return _changed(changed, code.email)
        form.code.errors = [tried_words(changed.tried)]
    page = render_template(
        "signin/new_address_code.html",
        form=form,
        email=rules.masked(code.email),
        is_over=codes.is_over(code, clock.now()),
        resend_url=url_for("signin.new_address_again"),
        resend_in=codes.resend_in(code, clock.now()),
        other_url=url_for("signin.new_address", again=1),
        recovers=False,
        stale="",
    )
    return page, status_of(form)


def _changed(changed: addresses.Changed, email: str) -> Response:
    if changed.token is None:  # this session was ended at the same moment, from another device
        return redirect(url_for("signin.address"), 303)
    response = come_in(changed.token, url_for("signin.safety"))
    flash(_("From now on you sign in with %(address)s.", address=email), "good")
    return response


def _not_changed(refused: Refused) -> Response:
    if refused.code == "stopped":
        return redirect(url_for("signin.stop"), 303)
    if refused.code != "conflict":
        raise refused
    session.pop("address", None)
    flash(_("This address cannot be used. Choose another one."), "warn")
    return redirect(url_for("signin.new_address"), 303)


@signin.post("/safety/address/resend")
@policy("member")
def new_address_again() -> Response:
    """Another code to the same new address."""
    person = current_user._get_current_object()
    asked = transact(
        lambda: addresses.ask_change_again(
            person, session.get("address", ""), visitor=visitor(), locale=locale_tag(), now=clock.now()
        )
    )
    say_sent("address", asked)
    return redirect(url_for("signin.new_address_code"), 303)


@signin.route(f"{undoing.UNDO_PATH}<token>", methods=["GET", "POST"])
@policy("anonymous")
def undo(token: str) -> Response:
    """The link in the old mailbox: looking changes nothing, its button puts the old address back, and the same address
    says what became of it."""
    form = LinkForm()
    if form.validate_on_submit():
        transact(lambda: undoing.undo(token, clock.now()))
        jobs.wake()
        return redirect(url_for("signin.undo", token=token), 303)
    return _undo_page(undoing.find_undo(token, clock.now()), form)


@signin.route("/undo", methods=["GET", "POST"])
@policy("anonymous")
def undo_proved() -> Response:
    """The same without the link, for who has just proved at sign-in that she reads the mail of the old address: the
    button is on the page of joining, and here stands what became of it."""
    form, email = LinkForm(), proved_here()
    if email is not None and form.validate_on_submit():
        transact(lambda: undoing.undo_proved(email, clock.now()))
        jobs.wake()
        return redirect(url_for("signin.undo_proved"), 303)
    found = undoing.find_undo_of(email, clock.now()) if email is not None else None
    if found is None or found.state == "open":
        return redirect(url_for("joining.details"), 303)
    return _undo_page(found, form)


def _undo_page(found: undoing.Undoable | None, form: LinkForm) -> Response:
    state = "unknown" if found is None else found.state
    email = rules.masked(found.before) if found is not None else ""
    page = render_template(
        "signin/undo.html", form=form, state=state, email=email, found=found, days=undoing.UNDO_LASTS.days
    )
    response = make_response(page, 200 if state in ("open", "kept", "back") else 410)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def say_sent(where: str, asked: Asked) -> None:
    """Say on the next page whether another code is on its way; it is kept in the cookie under `where`."""
    if asked.challenge_id is not None:
        session[where] = asked.challenge_id
        jobs.wake()
        flash(_("A new code is on its way. The one before no longer works."), "good")
    elif asked.wait_seconds:
        flash(too_often(asked.wait_seconds), "warn")


def tried_words(tried: Tried) -> str:
    """Why a typed code does not count."""
    if tried.outcome == "wrong":
        return _("That is not the code of the last mail.")
    if tried.outcome == "limited":
        return too_often(tried.wait_seconds)
    return _("This code does not work any more. Send a new one.")


def too_often(seconds: int) -> str:
    """Until when to wait, as a moment: it may be tomorrow."""
    when = instant(clock.now() + timedelta(seconds=seconds))
    return _("That was too often. You can try again from %(when)s.", when=when)
