"""Where a member sees how she gets in and where she is signed in, and ends what is not hers."""

import json

from flask import flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.db import transact
from portal.signin import freezing, owners, passkeys, sessions
from portal.signin.forms import LinkForm, NameForm
from portal.signin.views.kit import signin, validated
from portal.web import csrf, forget_session, policy
from portal.web.i18n import gettext as _


@signin.get("/safety")
@policy("member", staff="staff")
def safety() -> str:
    """Her passkeys, where she is signed in, and the address that her codes go to."""
    person, now = current_user._get_current_object(), clock.now()
    hers = owners.passkeys_of(person.kind, person.id)
    return render_template(
        "signin/safety.html",
        kind=person.kind,
        passkeys=hers,
        is_only_way=len(hers) == 1 and (person.kind == "staff" or person.email is None),
        sessions=sessions.sessions_of(person, now),
        email=person.email,
        trouble=freezing.trouble_of(person) if person.kind == "member" else "",
        name_form=NameForm(formdata=None),
        signal={
            "site": passkeys.rp_id(person.kind),
            "owner": owners.owner_secret(person.kind, person.id),
            "accepted": json.dumps([one.credential_id for one in hers]),
            "name": person.email or person.number,
            "display": person.name or person.email or person.number,
        },
        staff_name=person.email if person.kind == "staff" else None,
    )


@signin.post("/sign-out")
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, where somebody is signed in
@policy("anonymous", staff="anonymous")
def sign_out() -> Response:
    """End this session, on the server too; a second tap, or another tab, finds nobody signed in and is content."""
    if current_user.is_authenticated:
        validated(LinkForm())
        person = current_user.signed_in
        transact(lambda: sessions.end_session(person, person.session_id, clock.now()), of_visit=True)
    if (
        "_user_id" in session
    ):  # where nobody is signed in, a page of somebody else may ask, and empties nothing
        forget_session()
    response = redirect(url_for("signin.signed_out"), 303)
    # The cookie stays, emptied: it knows the browser by a number that opens nothing.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@signin.get("/signed-out")
@policy("anonymous", staff="anonymous")
def signed_out() -> str:
    """Says so."""
    return render_template("signin/signed_out.html")


@signin.post("/sessions/end")
@policy("fresh", staff="staff_fresh")
def end_session() -> Response:
    """Sign out another device of one's own."""
    person = current_user._get_current_object()
    named = request.form.get("session", "")
    if named.isalnum() and transact(lambda: sessions.end_session(person, named, clock.now())):
        flash(_("That device is signed out."), "good")
    return redirect(url_for("signin.safety"), 303)


@signin.post("/sessions/end-others")
@policy("fresh", staff="staff_fresh")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    person = current_user._get_current_object()
    transact(lambda: sessions.end_others(person, clock.now()))
    flash(_("All other devices are signed out."), "good")
    return redirect(url_for("signin.safety"), 303)
