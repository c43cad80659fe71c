"""Showing that it is still you: by a passkey or by a new mailed code, before something that asks for it."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock, config, jobs
from portal.db import transact
from portal.signin import challenges, codes, entering, keyring, owners, passkeys, rules
from portal.signin.forms import CodeForm, PasskeyForm, ProofForm
from portal.signin.keyring import Shown
from portal.signin.views.kit import (
    HOMES,
    code_words,
    come_in,
    locale_tag,
    signin,
    status_of,
    taken,
    to_sign_in,
    visitor,
    wait_words,
)
from portal.web import local_path, policy
from portal.web.i18n import gettext as _


@signin.route("/proof", methods=["GET", "POST"])
@policy("anonymous", staff="staff")
def proof() -> Response | tuple[str, int]:
    """Where somebody who is signed in shows that it is still them, before something that asks for it."""
    if not current_user.is_authenticated:
        return to_sign_in()
    form = ProofForm(next=request.args.get("next"))
    if _is_mailed() and form.validate_on_submit():
        person, next_path = current_user._get_current_object(), local_path(form.next.data)
        asked = transact(
            lambda: challenges.ask(
                person.email,
                purpose=person.kind,
                visitor=visitor(),
                next_path=next_path,
                locale=locale_tag(),
                now=clock.now(),
                prover=person,
            )
        )
        if asked.challenge_id is not None:
            session["proof"] = asked.challenge_id
            jobs.wake()
            return redirect(url_for("signin.proof_code"), 303)
        form.form_errors.append(wait_words(asked.wait_seconds))
    return _proof_page(form), status_of(form)


@signin.post("/proof/passkey")
@policy("member", staff="staff")
def prove_by_passkey() -> Response | tuple[str, int]:
    """The passkey for it; the page comes back when it did not work."""
    person, form = current_user._get_current_object(), PasskeyForm()
    next_path = local_path(form.next.data)
    answer = taken(form, "prove", person=person, operation=next_path)
    shown = Shown()
    if answer is not None:
        shown = transact(lambda: keyring.prove(person, answer, clock.now()))
        jobs.wake()
    if shown.token is not None:
        return _back(shown.token, next_path)
    return _proof_page(ProofForm(formdata=None, next=next_path), failed=True), 400


@signin.route("/proof/code", methods=["GET", "POST"])
@policy("anonymous", staff="staff")
def proof_code() -> Response | tuple[str, int]:
    """The code that was sent for it; a new session takes the place of the one at hand."""
    challenge = challenges.find_challenge(session.get("proof", ""), session.get("browser", ""))
    if not current_user.is_authenticated or challenge is None:
        return redirect(url_for("signin.proof"), 303)
    form = CodeForm()
    if form.validate_on_submit():
        person = current_user._get_current_object()
        entered = transact(
            lambda: entering.prove_again(
                person, challenge.id, form.code.data, visitor=visitor(), now=clock.now()
            )
        )
        if entered.outcome == "in":
            return to_sign_in() if entered.token is None else _back(entered.token, challenge.next_path)
        form.code.errors = [code_words(entered)]
    page = render_template(
        "signin/proof.html",
        form=form,
        email=rules.masked(current_user.email),
        sent=True,
        is_over=codes.is_over(challenge, clock.now()),
        next_path=challenge.next_path,
        leave_url=_way_out(challenge.next_path),
    )
    return page, status_of(form)


def _back(token: str, next_path: str | None) -> Response:
    """On to where the proof was asked for, with the session that it made; a button that she had pressed there is still
    to be pressed, and the page says so. What she had ticked beside it (`ticked`) goes along."""
    pressed, goal, ticked = session.get("pressed"), local_path(next_path), session.get("ticked")
    response = come_in(token, goal)
    if goal is not None and pressed == goal:
        if ticked:
            session["ticked"] = ticked
        flash(_("It is you. Press it once more."), "good")
    return response


def _way_out(next_path: str | None) -> str:
    """Where somebody goes who does not want to prove anything: a page near by that asks for no proof."""
    safety = url_for("signin.safety")
    ways_in = (safety, url_for("signin.new_passkey"))
    return safety if (next_path or "").startswith(ways_in) else url_for(HOMES[current_user.kind])


def _proof_page(form: ProofForm, *, failed: bool = False) -> str:
    """The page with all ways that somebody has."""
    return render_template(
        "signin/proof.html",
        form=form,
        email=rules.masked(current_user.email) if _is_mailed() else None,
        sent=False,
        leave_url=_way_out(local_path(form.next.data)),
        has_passkey=owners.has_passkey(current_user.kind, current_user.id),
        site=passkeys.rp_id(current_user.kind),
        failed=failed,
    )


def _is_mailed() -> bool:
    """Whether a code can be mailed. Staff get none, but in the demonstration, where a link alone lets them in."""
    return current_user.email is not None and (current_user.kind == "member" or config.current().demo)
