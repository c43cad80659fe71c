"""The pages of signing in: the address, the code, the link, and the end of a session.

The browser's one signed cookie holds a secret that names the browser (it binds codes to where they were asked for, and
lets a known device be known), the challenge under way, and the session's token. Nothing in it decides anything alone.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import get_locale
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from portal import clock, jobs, people
from portal.db import transact
from portal.signin import challenges, rules, sessions
from portal.signin.challenges import Entered, Visitor
from portal.signin.forms import AddressForm, CodeForm, LinkForm, ProofForm, ResendForm
from portal.signin.secrets import new_token
from portal.web import csrf, forget_session, local_path, policy
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext

signin = Blueprint("signin", __name__)
HOMES = {"member": "home.home", "staff": "support.find"}


@signin.route("/sign-in", methods=["GET", "POST"])
@policy("anonymous")
def address() -> Response | str | tuple[str, int]:
    """Where joining and signing in begin: the address."""
    return _address("member")


@signin.route("/staff/sign-in", methods=["GET", "POST"])
@policy("anonymous")
def staff_address() -> Response | str | tuple[str, int]:
    """The same for who works for the shop."""
    return _address("staff")


def _address(kind: sessions.Kind) -> Response | str | tuple[str, int]:
    form = AddressForm(next=request.args.get("next"), join=request.args.get("join"))
    next_path = local_path(form.next.data)
    if getattr(current_user, "kind", None) == kind:
        return redirect(next_path or url_for(HOMES[kind]), 303)
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
                    purpose=kind,
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
            form.email.errors = [_wait_words(asked.wait_seconds)]
    purpose = "join" if form.join.data else "sign-in"
    page = render_template("signin/address.html", form=form, purpose=purpose, suggestion=suggestion)
    return page, _status(form)


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
            return _arrive(entered)
        form.code.errors = [_code_words(entered)]
    page = render_template(
        "signin/code.html",
        form=form,
        email=rules.masked(challenge.email),
        resend=ResendForm(formdata=None),
        resend_in=challenges.resend_in(challenge, clock.now()),
    )
    return page, _status(form)


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
        flash(_wait_words(asked.wait_seconds), "warn")
    return redirect(url_for("signin.code"), 303)


@signin.route(f"{challenges.LINK_PATH}<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
@policy("anonymous")
def link(token: str) -> Response:
    """The mailed link: looking at it changes nothing, its button signs in."""
    form = LinkForm()
    if validated(form):
        entered = transact(
            lambda: challenges.enter_by_link(
                token, visitor=visitor(), confirmed=bool(form.elsewhere.data), now=clock.now()
            )
        )
        if entered.outcome != "elsewhere":
            return _arrive(entered)
    challenge = challenges.find_link(token)
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= clock.now():
        return _too_late("used" if challenge is not None and challenge.used_at is not None else "expired")
    elsewhere = challenges.is_elsewhere(challenge, session.get("browser"))
    form.elsewhere.data = "1" if elsewhere else ""
    email = rules.masked(challenge.email)
    response = make_response(
        render_template("signin/link.html", form=form, email=email, other_browser=elsewhere)
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@signin.route("/proof", methods=["GET", "POST"])
@policy("anonymous")
def proof() -> Response | tuple[str, int]:
    """Where somebody who is signed in shows that it is still them, before something that asks for it."""
    if not current_user.is_authenticated:
        return redirect(url_for("signin.address"), 303)
    form = ProofForm(next=request.args.get("next"))
    if form.validate_on_submit():
        person, next_path = current_user._get_current_object(), local_path(form.next.data)
        asked = transact(
            lambda: challenges.ask(
                person.email,
                purpose=person.kind,
                visitor=visitor(),
                next_path=next_path,
                locale=locale_tag(),
                now=clock.now(),
            )
        )
        if asked.challenge_id is not None:
            session["proof"] = asked.challenge_id
            jobs.wake()
            return redirect(url_for("signin.proof_code"), 303)
        form.form_errors.append(_wait_words(asked.wait_seconds))
    email = rules.masked(current_user.email)
    return render_template("signin/proof.html", form=form, email=email, sent=False), _status(form)


@signin.route("/proof/code", methods=["GET", "POST"])
@policy("anonymous")
def proof_code() -> Response | tuple[str, int]:
    """The code that was sent for it; a new session takes the place of the one at hand."""
    challenge = challenges.find_challenge(session.get("proof", ""), session.get("browser", ""))
    if not current_user.is_authenticated or challenge is None:
        return redirect(url_for("signin.proof"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        person = current_user._get_current_object()
        entered = transact(
            lambda: challenges.prove_again(
                person, challenge.id, form.code.data, visitor=visitor(), now=clock.now()
            )
        )
        if entered.outcome == "in":
            return _arrive(entered)
        form.code.errors = [_code_words(entered)]
    email = rules.masked(current_user.email)
    again_url = url_for("signin.proof", next=challenge.next_path)
    page = render_template("signin/proof.html", form=form, email=email, sent=True, again_url=again_url)
    return page, _status(form)


@signin.post("/sign-out")
@policy("anonymous")
def sign_out() -> Response:
    """End this session, on the server too; a second tap finds nobody signed in and is content."""
    if current_user.is_authenticated:
        person = current_user.signed_in
        transact(lambda: sessions.end_session(person, person.session_id, clock.now()), of_visit=True)
    forget_session()
    response = redirect(url_for("signin.signed_out"), 303)
    # The cookie stays, emptied: it knows the browser by a number that opens nothing.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@signin.get("/signed-out")
@policy("anonymous")
def signed_out() -> str:
    """Says so."""
    return render_template("signin/signed_out.html")


@signin.post("/sessions/end")
@policy("member")
def end_session() -> Response:
    """Sign out another device of one's own."""
    person = current_user._get_current_object()
    named = request.form.get("session", "")
    if named.isalnum() and transact(lambda: sessions.end_session(person, named, clock.now())):
        flash(_("That device is signed out."), "good")
    return redirect(url_for("home.you"), 303)


@signin.record
def _keep_idle(state: BlueprintSetupState) -> None:
    """A browser that does not come back for a month is signed out: its cookie's own signed time stamp says so.

    The first answer of a day writes the stamp anew, so looking at pages keeps a session alive and changes no row.
    """
    state.app.config["PERMANENT_SESSION_LIFETIME"] = rules.MEMBER_IDLE


@signin.after_app_request
def _touch(response: Response) -> Response:
    """Whoever posts something is noted as seen, at most once an hour; whoever looks keeps the cookie alive."""
    if "_user_id" in session and session.get("day") != (today := clock.now().date().isoformat()):
        session["day"] = today
    if request.method == "POST" and response.status_code < 400 and "_user_id" in session:
        token = session["_user_id"]
        transact(lambda: sessions.touch(token, clock.now()))
    return response


def visitor() -> Visitor:
    """This browser; it gets its secret here, when it first asks for something."""
    if "browser" not in session:
        session["browser"] = new_token()
        session.permanent = True
    agent = rules.agent_label(request.headers.get("User-Agent", ""))
    return Visitor(session["browser"], agent, request.remote_addr or "")


def locale_tag() -> str:
    """The language of this page, as a tag: en-GB."""
    return str(get_locale()).replace("_", "-")


def validated(form: FlaskForm) -> bool:
    """Whether a form was sent and is good. Raises CSRFError when it was not sent from our own page."""
    if not form.is_submitted():
        return False
    good = bool(form.validate())
    if form.csrf_token.errors:
        raise CSRFError(form.csrf_token.errors[0])
    return good


def _arrive(entered: Entered) -> Response:
    """Where a code or link leads."""
    if entered.outcome == "in" and entered.token is not None:
        forget_session()
        login_user(sessions.load_session(entered.token, clock.now()))
        jobs.wake()
        return redirect(local_path(entered.next_path) or url_for(HOMES[entered.kind]), 303)
    if entered.outcome == "new":
        session["challenge"] = entered.challenge_id
        return redirect(url_for("joining.details"), 303)
    if entered.outcome == "used" and _is_about_to_join():  # a second tap; the first one's answer got lost
        return redirect(url_for("joining.details"), 303)
    if entered.outcome == "no_staff":
        flash(_("Nobody who works here has this address. Ask the owner of the shop to add you."), "warn")
        return redirect(url_for("signin.staff_address"), 303)
    if current_user.is_authenticated:
        return redirect(url_for(HOMES[current_user.kind]), 303)
    return _too_late("used" if entered.outcome == "used" else "expired")


def _is_about_to_join() -> bool:
    """Whether this browser has proved an address that is no member's yet."""
    email = challenges.proved_address(session.get("challenge", ""), session.get("browser", ""), clock.now())
    return email is not None and people.by_email(people.address_hash(email)) is None


def _too_late(reason: str) -> Response:
    minutes = int(rules.CODE_LIVES.total_seconds()) // 60
    response = make_response(render_template("signin/expired.html", reason=reason, minutes=minutes), 410)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _code_words(entered: Entered) -> str:
    if entered.outcome == "wrong":
        return _("That is not the code of the last mail.")
    if entered.outcome == "limited":
        return _wait_words(entered.wait_seconds)
    return _("This code does not work any more. Send a new one.")


def _wait_words(seconds: int) -> str:
    if seconds < 60:
        return ngettext(
            "Wait %(num)s second, then try again.", "Wait %(num)s seconds, then try again.", seconds
        )
    minutes = -(-seconds // 60)
    return ngettext(
        "That was too often. Wait %(num)s minute, or open the link in the last mail.",
        "That was too often. Wait %(num)s minutes, or open the link in the last mail.",
        minutes,
    )


def _status(form: FlaskForm) -> int:
    return 422 if form.errors else 200
