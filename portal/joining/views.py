"""The pages of joining: the first page with its calculator, and the details after the address is proved."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_login import current_user, login_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from portal import clock, jobs, people, signin
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.joining import service
from portal.joining.forms import DetailsForm, SpendForm
from portal.joining.rules import estimate
from portal.web import csrf, policy
from portal.web.i18n import gettext as _

joining = Blueprint("joining", __name__)


@joining.get("/")
@policy("anonymous")
def landing() -> Response | str | tuple[str, int]:
    """What the programme is, and what it would come to."""
    if getattr(current_user, "kind", None) == "member":
        return redirect(url_for("home.home"), 303)
    version, active = programmes.active()
    asked = "spend" in request.args
    form = SpendForm(request.args if asked else None)
    found = None
    if asked and form.validate():
        found = estimate(active, version, form.minor, active.day(clock.now()).year)
    page = render_template(
        "joining/landing.html", form=form, estimate=found, next_url=url_for("signin.address", join=1)
    )
    return page, 422 if form.errors else 200


@joining.route("/join", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, after somebody who has joined already was sent on
@policy("anonymous")
def details() -> Response | str | tuple[str, int]:
    """Name, birthday, consents; then she is a member and signed in."""
    if getattr(current_user, "kind", None) == "member":
        return redirect(url_for("home.home"), 303)
    proof, browser = session.get("challenge", ""), session.get("browser", "")
    if signin.proved_address(proof, browser, clock.now()) is None:
        flash(
            _(
                "Begin with your address. The code for it works for ten minutes; then you have an hour to join."
            ),
            "info",
        )
        return redirect(url_for("signin.address", join=1), 303)
    form = DetailsForm()
    if form.is_submitted():
        good = form.validate()
        if form.csrf_token.errors:
            raise CSRFError(form.csrf_token.errors[0])
        if good:
            return _join(form, proof, browser)
    return render_template("joining/details.html", form=form), 422 if form.errors else 200


def _join(form: DetailsForm, proof: str, browser: str) -> Response:
    try:
        token = transact(lambda: _join_or_return(form, proof, browser))
    except Refused as refused:
        if refused.code != "conflict":
            raise
        token = transact(lambda: _join_or_return(form, proof, browser))  # a second tap was faster
    if token is None:
        return redirect(url_for("signin.address"), 303)
    for name in ("challenge", "csrf_token"):  # nothing of before goes into the new session
        session.pop(name, None)
    session.permanent = True
    login_user(signin.load_session(token, clock.now()))
    jobs.wake()
    return redirect(url_for("home.home", welcome=1), 303)


def _join_or_return(form: DetailsForm, proof: str, browser: str) -> str | None:
    """One member however often the button is tapped: who has joined meanwhile is signed in; the session's token."""
    now = clock.now()
    email = signin.proved_address(proof, browser, now)
    if email is None:
        return None
    member = people.by_email(people.address_hash(email))
    member_id = member.id if member is not None else _new_member(form, email)
    agent = signin.agent_label(request.headers.get("User-Agent", ""))
    return signin.open_session("member", member_id, challenge_id=proof, browser=browser, agent=agent, now=now)


def _new_member(form: DetailsForm, email: str) -> str:
    _, active = programmes.active()
    profile = people.Profile(
        name=form.name.data, birthday=form.birthday, locale=str(get_locale()).replace("_", "-")
    )
    return service.join(
        profile,
        email=email,
        proved=True,
        ref=None,
        marketing=bool(form.marketing.data),
        terms_version=active.joining.terms_version,
        source=service.PORTAL,
        now=clock.now(),
    )
