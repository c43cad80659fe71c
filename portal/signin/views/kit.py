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
from portal.signin import ceremonies, challenges, owners, passkeys, rules, sessions
from portal.signin.ceremonies import Purpose
from portal.signin.codes import Visitor
from portal.signin.entering import Entered
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
def _stay_signed_in(response: Response) -> Response:
    """Whoever looks keeps the cookie alive, by its time stamp of today.

    Only a page brings the cookie anew: files are kept by caches of others, and what script fetches may come late and
    undo what a page has written.
    """
    is_page = response.mimetype == "text/html"
    if is_page and "_user_id" in session and session.get("day") != (today := clock.now().date().isoformat()):
        session["day"] = today
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
    if is_stale(form):
        raise CSRFError(form.csrf_token.errors[0])
    return not form.errors


def is_stale(form: FlaskForm) -> bool:
    """Whether a form that was sent does not come from a page that this browser has now: it was signed in or out in
    another tab, its cookie is gone, or a page of somebody else sent it. What the form holds is looked at, too."""
    form.validate()
    return bool(form.csrf_token.errors)


def stale_words() -> str:
    """What to say when a form was stale: it is there again, with what she typed."""
    return _("This page was open for too long, so nothing was sent. Press the button once more.")


def suggestion_for(form: FlaskForm) -> str | None:
    """The address that was most likely meant, to ask about; None when that in the form is the one to use.

    Enter in the field presses the first button, which is "yes, that one", also after she has corrected what she typed:
    it counts only while what is typed still suggests it.
    """
    meant: str | None = rules.suggested_address(form.email.data)
    if meant is None or "as_typed" in request.form:
        return None
    if request.form.get("use") != meant:
        return meant
    form.email.data = meant
    return None


def arrive(entered: Entered) -> Response:
    """Where a code or link leads."""
    if entered.outcome == "in" and entered.token is not None:
        goal = local_path(entered.next_path)
        if entered.kind == "member" and _keeps_passkeys():
            person = sessions.load_session(entered.token, clock.now())
            if person is not None and owners.should_offer(person.id, clock.now()):
                goal = url_for("signin.new_passkey", next=goal or url_for(HOMES["member"]), offer=1)
        return come_in(entered.token, goal)
    if entered.outcome == "new":
        session["challenge"] = session["joining"] = entered.challenge_id
        if _keeps_passkeys():
            session["offer_passkey"] = True  # once she has joined
        return redirect(url_for("joining.details"), 303)
    # A second tap; the first one's answer got lost.
    if entered.outcome == "used" and _is_about_to_join(entered.challenge_id or ""):
        session["challenge"] = session["joining"] = entered.challenge_id
        return redirect(url_for("joining.details"), 303)
    if entered.outcome == "no_staff":
        flash(_("Nobody who works here has this address. Ask the owner of the shop to add you."), "warn")
        return redirect(url_for("signin.staff_address"), 303)
    if current_user.is_authenticated:
        return already_in(entered.next_path)
    return too_late("used" if entered.outcome == "used" else "expired", entered.next_path)


def already_in(next_path: str | None) -> Response:
    """On to where somebody was going who is signed in already, as by another tab."""
    return redirect(local_path(next_path) or url_for(HOMES[current_user.kind]), 303)


def come_in(token: str, goal: str | None) -> Response:
    """The browser gets this session and goes on to `goal`, a path of ours, or home; the one it had before is over.

    Forms that she left open in other tabs still work where it is she who was signed in here already: a new name for her
    session is no reason to lose what she typed. Somebody else, or nobody before, brings none of their forms along.
    """
    person, forms = sessions.load_session(token, clock.now()), None
    if current_user.is_authenticated:
        before = current_user.signed_in
        if person is not None and (person.kind, person.id) == (before.kind, before.id):
            forms = session.get("csrf_token")
        transact(lambda: sessions.end_one(before.session_id, clock.now()))
    forget_session()
    if forms is not None:
        session["csrf_token"] = forms
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
    form.validate()  # for its values: its token was looked at before
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


def proved_here() -> str | None:
    """The address that this browser has proved within the hour and that was nobody's then; None for every other. A
    cookie from before the code was typed does not know that it led here, so it comes in by no proof of a member's."""
    challenge = session.get("challenge", "")
    if session.get("joining") != challenge:
        return None
    return challenges.proved_address(challenge, session.get("browser", ""), clock.now())


def _is_about_to_join(challenge_id: str) -> bool:
    """Whether this browser has proved by this challenge an address that is no member's yet. Its code or its link has to
    be at hand again: the one in the cookie may be that of somebody who copied it."""
    email = challenges.proved_address(challenge_id, session.get("browser", ""), clock.now())
    return email is not None and people.by_email(people.address_hash(email)) is None


def too_late(reason: str, next_path: str | None = None) -> Response:
    """The page that says that a code or a link is used or expired, and sends a new one on the way to `next_path`."""
    minutes = int(rules.CODE_LIVES.total_seconds()) // 60
    page = render_template(
        "signin/expired.html", reason=reason, minutes=minutes, next_path=local_path(next_path)
    )
    response = make_response(page, 410)
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
        "That was too often. Wait %(num)s minute, then try again.",
        "That was too often. Wait %(num)s minutes, then try again.",
        minutes,
    )


def status_of(form: FlaskForm) -> int:
    return 422 if form.errors else 200
