"""Signing in by mail: the address, the code of six digits, the link."""

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.signin import challenges, codes, entering, passkeys, rules
from portal.signin.forms import AddressForm, LinkForm, ResendForm, SignInCodeForm
from portal.signin.views.kit import (
    already_in,
    arrive,
    code_words,
    is_stale,
    locale_tag,
    signin,
    stale_words,
    status_of,
    suggestion_for,
    too_late,
    validated,
    visitor,
    wait_words,
)
from portal.web import csrf, local_path, policy
from portal.web.i18n import gettext as _


@signin.route("/sign-in", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself: what was typed is not lost for an old one
@policy("anonymous")
def address() -> Response | tuple[str, int]:
    """Where joining and signing in begin: the address."""
    visitor()  # with the page: script asks for a challenge while she types, and its answer must write no cookie
    form = _as_before() or AddressForm(next=request.args.get("next"), join=request.args.get("join"))
    if current_user.is_authenticated:
        return already_in(form.next.data)
    suggestion, stale = None, form.is_submitted() and is_stale(form)
    if stale:
        form = AddressForm(formdata=None, email=form.email.data, next=form.next.data, join=form.join.data)
    elif form.is_submitted() and not form.errors:
        suggestion = suggestion_for(form)
        if suggestion is None and (sent := _ask(form)) is not None:
            return sent
    page = render_template(
        "signin/address.html",
        form=form,
        purpose="join" if form.join.data else "sign-in",
        suggestion=suggestion,
        stale=stale_words() if stale else "",
        site=passkeys.rp_id("member"),
    )
    return page, status_of(form)


def _as_before() -> AddressForm | None:
    """The form as she sent it, for who wants another address than the one that a code is on the way to."""
    if request.method == "POST" or "again" not in request.args:
        return None
    challenge = challenges.find_challenge(session.get("challenge", ""), session.get("browser", ""))
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= clock.now():
        return None
    return AddressForm(email=challenge.email, next=challenge.next_path, join=session.get("join"))


def _ask(form: AddressForm) -> Response | None:
    """Send the code and go on; None, with the fault on the form, when none was sent."""
    asked = transact(
        lambda: challenges.ask(
            form.email.data,
            purpose="member",
            visitor=visitor(),
            next_path=local_path(form.next.data),
            locale=locale_tag(),
            now=clock.now(),
        )
    )
    if asked.challenge_id is None:
        form.email.errors = [wait_words(asked.wait_seconds)]
        return None
    session["challenge"], session["join"] = asked.challenge_id, form.join.data
    jobs.wake()
    return redirect(url_for("signin.code"), 303)


@signin.route("/sign-in/code", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, after somebody who is in already was sent on
@policy("anonymous")
def code() -> Response | tuple[str, int]:
    """The mailed code."""
    form = SignInCodeForm()
    if current_user.is_authenticated:
        return already_in(form.next.data)
    challenge = challenges.find_challenge(session.get("challenge", ""), session.get("browser", ""))
    if challenge is None:
        used = challenges.find_used_elsewhere(session.get("challenge", ""))
        if used is not None:
            return too_late("used", used.next_path)
        return redirect(url_for("signin.address", next=local_path(form.next.data)), 303)
    form.next.data = challenge.next_path
    if validated(form):
        entered = transact(
            lambda: entering.enter_by_code(challenge.id, form.code.data, visitor=visitor(), now=clock.now())
        )
        if entered.outcome in ("in", "new", "used", "no_staff"):
            return arrive(entered)
        form.code.errors = [code_words(entered)]
    page = render_template(
        "signin/code.html",
        form=form,
        email=rules.masked(challenge.email),
        is_over=codes.is_over(challenge, clock.now()),
        resend_in=codes.resend_in(challenge, clock.now()),
    )
    return page, status_of(form)


@signin.post("/sign-in/resend")
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
@policy("anonymous")
def resend() -> Response:
    """Another code for the same address."""
    if current_user.is_authenticated:
        return already_in(request.form.get("next"))
    if is_stale(ResendForm()):
        flash(stale_words(), "warn")
        return redirect(url_for("signin.code"), 303)
    asked = transact(
        lambda: challenges.ask_again(
            session.get("challenge", ""), visitor=visitor(), locale=locale_tag(), now=clock.now()
        )
    )
    if asked.challenge_id is not None:
        session["challenge"] = asked.challenge_id
        jobs.wake()
        flash(_("A new code is on its way. The one before no longer works."), "good")
    elif asked.wait_seconds:
        flash(wait_words(asked.wait_seconds), "warn")
    return redirect(url_for("signin.code"), 303)


@signin.route(f"{challenges.LINK_PATH}<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
@policy("anonymous")
def link(token: str) -> Response:
    """The mailed link: looking at it changes nothing, its button signs in."""
    form, challenge = LinkForm(), challenges.find_link(token)
    if challenge is not None and challenge.purpose != "member":
        return too_late("expired")
    if validated(form):
        entered = transact(
            lambda: entering.enter_by_link(
                token, visitor=visitor(), confirmed=bool(form.elsewhere.data), now=clock.now()
            )
        )
        if entered.outcome != "elsewhere":
            return arrive(entered)
    challenge = challenges.find_link(token)
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= clock.now():
        next_path = challenge.next_path if challenge is not None else None
        used = challenge is not None and challenge.used_at is not None
        return too_late("used" if used else "expired", next_path)
    elsewhere = codes.is_elsewhere(challenge, session.get("browser"))
    form.elsewhere.data = "1" if elsewhere else ""
    email = rules.masked(challenge.email)
    response = make_response(
        render_template("signin/link.html", form=form, email=email, other_browser=elsewhere)
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
