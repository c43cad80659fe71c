"""Signing in by mail: the address, the code of six digits, the link."""

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, jobs
from portal.db import transact
from portal.signin import challenges, passkeys, rules
from portal.signin.forms import AddressForm, CodeForm, LinkForm, ResendForm
from portal.signin.views.kit import (
    HOMES,
    arrive,
    code_words,
    locale_tag,
    signin,
    status_of,
    too_late,
    validated,
    visitor,
    wait_words,
)
from portal.web import csrf, local_path, policy
from portal.web.i18n import gettext as _


@signin.route("/sign-in", methods=["GET", "POST"])
@policy("anonymous")
def address() -> Response | str | tuple[str, int]:
    """Where joining and signing in begin: the address."""
    visitor()  # with the page: script asks for a challenge while she types, and its answer must write no cookie
    form = AddressForm(next=request.args.get("next"), join=request.args.get("join"))
    next_path = local_path(form.next.data)
    if current_user.is_authenticated:
        return redirect(next_path or url_for(HOMES["member"]), 303)
    suggestion = None
    if "use" in request.form:
        form.email.data = request.form["use"]
    if form.validate_on_submit():
        chosen = "use" in request.form or "as_typed" in request.form
        suggestion = None if chosen else rules.suggested_address(form.email.data)
        if suggestion is None:
            asked = transact(
                lambda: challenges.ask(
                    form.email.data,
                    purpose="member",
                    visitor=visitor(),
                    next_path=next_path,
                    locale=locale_tag(),
                    now=clock.now(),
                )
            )
            if asked.challenge_id is not None:
                session["challenge"] = asked.challenge_id
                jobs.wake()
                return redirect(url_for("signin.code"), 303)
            form.email.errors = [wait_words(asked.wait_seconds)]
    purpose = "join" if form.join.data else "sign-in"
    page = render_template(
        "signin/address.html",
        form=form,
        purpose=purpose,
        suggestion=suggestion,
        site=passkeys.rp_id("member"),
    )
    return page, status_of(form)


@signin.route("/sign-in/code", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, after somebody who is in already was sent on
@policy("anonymous")
def code() -> Response | str | tuple[str, int]:
    """The mailed code."""
    if current_user.is_authenticated:
        return redirect(url_for(HOMES[current_user.kind]), 303)
    challenge = challenges.find_challenge(session.get("challenge", ""), session.get("browser", ""))
    if challenge is None:
        return redirect(url_for("signin.address"), 303)
    form = CodeForm()
    if validated(form):
        entered = transact(
            lambda: challenges.enter_by_code(challenge.id, form.code.data, visitor=visitor(), now=clock.now())
        )
        if entered.outcome in ("in", "new", "used", "no_staff"):
            return arrive(entered)
        form.code.errors = [code_words(entered)]
    page = render_template(
        "signin/code.html",
        form=form,
        email=rules.masked(challenge.email),
        resend=ResendForm(formdata=None),
        resend_in=challenges.resend_in(challenge, clock.now()),
    )
    return page, status_of(form)


@signin.post("/sign-in/resend")
@policy("anonymous")
def resend() -> Response:
    """Another code for the same address."""
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
            lambda: challenges.enter_by_link(
                token, visitor=visitor(), confirmed=bool(form.elsewhere.data), now=clock.now()
            )
        )
        if entered.outcome != "elsewhere":
            return arrive(entered)
    challenge = challenges.find_link(token)
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= clock.now():
        return too_late("used" if challenge is not None and challenge.used_at is not None else "expired")
    elsewhere = challenges.is_elsewhere(challenge, session.get("browser"))
    form.elsewhere.data = "1" if elsewhere else ""
    email = rules.masked(challenge.email)
    response = make_response(
        render_template("signin/link.html", form=form, email=email, other_browser=elsewhere)
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
