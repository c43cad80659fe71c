"""The way in for who works for the shop: by a passkey alone, which the one-time link lets them set up."""

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal import clock
from portal.db import transact
from portal.signin import challenges, entering, keyring, owners, passkeys, rules
from portal.signin.forms import LinkForm
from portal.signin.views.kit import HOMES, arrive, signin, validated, visitor
from portal.web import csrf, local_path, policy


@signin.get("/staff/sign-in")
@policy("anonymous")
def staff_address() -> Response | str:
    """Where staff sign in: their passkey is asked for at once."""
    visitor()  # with the page, as at the door of members
    next_path = local_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(next_path or url_for(HOMES["staff"]), 303)
    return render_template("signin/staff.html", next_path=next_path, site=passkeys.rp_id("staff"))


@signin.route(f"{challenges.STAFF_LINK_PATH}<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks the token itself, as with the mailed link
@policy("anonymous")
def staff_link(token: str) -> Response:
    """The one-time link that `portal staff` prints: looking at it changes nothing, its button signs in."""
    form, challenge, now = LinkForm(), challenges.find_link(token), clock.now()
    known = challenge if challenge is not None and challenge.purpose == "staff" else None
    if known is None or known.used_at is not None or known.expires_at <= now:
        page, status = (
            render_template("signin/staff_link_over.html", used=known is not None and known.used_at),
            410,
        )
    elif validated(form):
        entered = transact(
            lambda: entering.enter_by_link(token, visitor=visitor(), confirmed=True, now=clock.now())
        )
        return arrive(entered)
    else:
        page = render_template("signin/staff_link.html", form=form, email=rules.masked(known.email))
        status = 200
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@signin.get("/staff/passkey")
@policy("newcomer")
def staff_set_up() -> Response | str:
    """What is open to who came by the one-time link: setting up the passkey by which they come in from now on.

    When they have one, or took their time, the link was for nothing.
    """
    person = current_user._get_current_object()
    if keyring.may_add(person, clock.now()):
        return redirect(url_for("signin.new_passkey"), 303)
    has_one = owners.has_passkey("staff", person.id)
    return render_template("signin/staff_set_up.html", has_one=has_one)
