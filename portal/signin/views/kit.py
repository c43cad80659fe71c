"""What the pages of signing in share: their blueprint, the browser at hand, where a proof leads, and idle sessions."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import get_locale
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from portal import clock, jobs, people
from portal.db import transact
from portal.signin import ceremonies, challenges, keyring, passkeys, rules, sessions
from portal.signin.ceremonies import Purpose
from portal.signin.challenges import Entered, Visitor
from portal.signin.forms import PasskeyForm
from portal.signin.secrets import new_token
from portal.signin.sessions import Kind, Person
from portal.web import forget_session, local_path
from portal.web.doors import at_staff_door
from portal.web.i18n import gettext as _
from portal.web.i18n import ngettext

signin = Blueprint("signin", __name__)
HOMES = {"member": "home.home", "staff": "support.desk"}


@signin.record
def _keep_idle(state: BlueprintSetupState) -> None:
    """A browser that does not come back for a month is signed out: its cookie's own signed time stamp says so.

    The first answer of a day writes the stamp anew, so looking at pages keeps a session alive and changes no row.
    """
    state.app.config["PERMANENT_SESSION_LIFETIME"] = rules.MEMBER_IDLE


@signin.after_app_request
def _touch(response: Response) -> Response:
    """Whoever posts something is noted as seen, at most once an hour; whoever looks keeps the cookie alive.

    Only a page brings the cookie anew: files are kept by caches of others, and what script fetches may come late and
    undo what a page has written.
    """
    is_page = response.mimetype == "text/html"
    if is_page and "_user_id" in session and session.get("day") != (today := clock.now().date().isoformat()):
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


def arrive(entered: Entered) -> Response:
    """Where a code or link leads."""
    if entered.outcome == "in" and entered.token is not None:
        goal = local_path(entered.next_path)
        if entered.kind == "member" and _keeps_passkeys():
            person = sessions.load_session(entered.token, clock.now())
            if person is not None and keyring.should_offer(person.id, clock.now()):
                goal = url_for("signin.new_passkey", next=goal or url_for(HOMES["member"]), offer=1)
        return come_in(entered.token, goal)
    if entered.outcome == "new":
        session["challenge"] = entered.challenge_id
        if _keeps_passkeys():
            session["offer_passkey"] = True  # once she has joined
        return redirect(url_for("joining.details"), 303)
    if entered.outcome == "used" and _is_about_to_join():  # a second tap; the first one's answer got lost
        return redirect(url_for("joining.details"), 303)
    if entered.outcome == "no_staff":
        flash(_("Nobody who works here has this address. Ask the owner of the shop to add you."), "warn")
        return redirect(url_for("signin.staff_address"), 303)
    if current_user.is_authenticated:
        return redirect(url_for(HOMES[current_user.kind]), 303)
    return too_late("used" if entered.outcome == "used" else "expired")


def come_in(token: str, goal: str | None) -> Response:
    """The browser gets this session and goes on to `goal`, a path of ours, or home; the one it had before is over."""
    if current_user.is_authenticated:
        before = current_user.signed_in.session_id
        transact(lambda: sessions.end_one(before, clock.now()))
    forget_session()
    person = sessions.load_session(token, clock.now())
    login_user(person)
    jobs.wake()
    return redirect(goal or url_for(HOMES[person.kind if person is not None else "member"]), 303)


def door() -> Kind:
    """Whose door this is."""
    return "staff" if at_staff_door() else "member"


def taken(
    form: PasskeyForm, purpose: Purpose, *, person: Person | None, operation: str | None
) -> passkeys.Answer | None:
    """The answer that a form brings, once its challenge is used up; None where that was not this browser's.

    An edge of its own, which commits: what becomes of the answer afterwards does not bring the challenge back.
    """
    form.validate()  # its token was looked at before the view
    answer, browser = passkeys.read_answer(form.credential.data or ""), session.get("browser")
    if answer is None or browser is None:
        return None
    is_ours = transact(
        lambda: ceremonies.take(
            answer, purpose, door(), browser=browser, person=person, operation=operation, now=clock.now()
        )
    )
    return answer if is_ours else None


def to_sign_in() -> Response:
    """To where somebody signs in at this door."""
    return redirect(url_for("signin.staff_address" if at_staff_door() else "signin.address"), 303)


def _keeps_passkeys() -> bool:
    """Whether the page that was sent has said that this device could keep a passkey; without script it says nothing."""
    return request.form.get("passkeys") == "1"


def _is_about_to_join() -> bool:
    """Whether this browser has proved an address that is no member's yet."""
    email = challenges.proved_address(session.get("challenge", ""), session.get("browser", ""), clock.now())
    return email is not None and people.by_email(people.address_hash(email)) is None


def too_late(reason: str) -> Response:
    minutes = int(rules.CODE_LIVES.total_seconds()) // 60
    response = make_response(render_template("signin/expired.html", reason=reason, minutes=minutes), 410)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def code_words(entered: Entered) -> str:
    if entered.outcome == "wrong":
        return _("That is not the code of the last mail.")
    if entered.outcome == "limited":
        return wait_words(entered.wait_seconds)
    return _("This code does not work any more. Send a new one.")


def wait_words(seconds: int) -> str:
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


def status_of(form: FlaskForm) -> int:
    return 422 if form.errors else 200
