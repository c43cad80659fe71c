"""Who may come in: the policies are enforced here, and what else every request is asked before its view is."""

from typing import TypeGuard
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from portal import clock, config, merchant, signin, support
from portal.db import transact
from portal.web.logs import request_id
from portal.web.policies import OF_MEMBERS, OF_STAFF, is_policy

SAFE = {"GET", "HEAD", "OPTIONS"}
MOST_LINES = 2**62  # what a column of either engine holds, with room


def local_path(target: str | None) -> str | None:
    """`target` when it is a path of this portal, else None: nobody is sent elsewhere (security.md rule 19)."""
    if (
        not target
        or not target.startswith("/")
        or any(ord(letter) < 33 or letter == "\\" for letter in target)
    ):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:  # "//[": half an address of the sixth version
        return None
    if parts.scheme or parts.netloc or target.startswith("//"):
        return None
    return target


def line_number(text: str) -> int:
    """A line's number in an address. Raises ValueError for one that no database could hold."""
    number = int(text)
    if abs(number) > MOST_LINES:
        raise ValueError("no line has this number")
    return number


def init_app(app: Flask) -> None:
    """Enforce whose site it is, policies, the origin of unsafe requests, and addresses that can be looked up; give
    templates `page_behind()`."""
    app.before_request(_ours)
    app.before_request(_readable)
    app.before_request(_same_origin)
    app.before_request(_enforce)
    app.jinja_env.globals["page_behind"] = page_behind


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: the 404 follows
    view = current_app.view_functions[request.endpoint]
    name = getattr(view, "policy", None)
    if not _is_enforced(name):
        current_app.logger.error(
            "the route %s declares no policy that holds, and stays closed", request.endpoint
        )
        abort(403)
    if name in OF_MEMBERS and _kind() != "member":
        return _to_sign_in("signin.address")
    if name in OF_STAFF and _kind() != "staff":
        return _to_sign_in("signin.staff_address")
    if name in OF_STAFF and name != "newcomer" and not has_passkey_session():
        return redirect(url_for("signin.staff_set_up"), 303)
    if _asks_for_proof(name) and not signin.is_fresh(current_user.signed_in, clock.now()):
        return to_proof(page_of_form())
    permission = name.partition(":")[2] if name in OF_STAFF else ""
    if permission and not support.may(current_user.role, permission):
        _note_refusal(permission)
        abort(403)
    return None


def _is_enforced(name: str | None) -> TypeGuard[str]:
    """Whether somebody looks at this policy, here or, of a shop's key, the API before one of its calls."""
    if name is not None and name.startswith("api:"):
        return is_policy(name) and merchant.is_call(request.endpoint or "")
    return is_policy(name)


def _kind() -> str | None:
    """Who is signed in, at this door."""
    return getattr(current_user, "kind", None)


def _asks_for_proof(name: str) -> bool:
    if name == "newcomer":  # of whom the link itself was the proof
        return current_user.passkey_id is not None
    return name in ("fresh", "staff_fresh")


def has_passkey_session() -> bool:
    """Whether the colleague who is signed in came by a passkey; who came by a link may only set one up.

    The demonstration lets a link do, for who looks at it on a machine that has none.
    """
    return current_user.passkey_id is not None or config.current().demo


def _to_sign_in(endpoint: str) -> Response:
    return redirect(url_for(endpoint, next=page_of_form()), 303)


def _note_refusal(permission: str) -> None:
    """That a colleague tried what their role does not do is on record; looking at a page writes nothing."""
    if request.method not in SAFE:
        staff, now = current_user._get_current_object(), clock.now()
        transact(lambda: support.note_refusal(staff, permission, now, request_id()))


def to_proof(back: str | None) -> Response:
    """To the page where somebody shows that it is still them, and from there to `back`, a path of ours; the cookie
    notes that they had pressed a button there."""
    if request.method not in SAFE and back is not None:
        session["pressed"] = back
    elif "pressed" in session:
        del session["pressed"]
    return redirect(url_for("signin.proof", next=back), 303)


def page_of_form() -> str | None:
    """The page to come back to, a path of ours with its query (a form at the desk names its member there): this one,
    or of what was posted the page that holds its form; None where the browser does not say which that is."""
    if request.method in SAFE:
        return _this_page()
    if _opens(request.path):
        return _this_page()
    # It is only posted to: the browser says which page of ours it came from. That may be an answer at this address.
    origin, said = _own_origin(), request.referrer or ""
    page = local_path(said.removeprefix(origin)) if said.startswith(f"{origin}/") else None
    return page if page is not None and _opens(page.partition("?")[0]) else None


def _opens(path: str) -> bool:
    """Whether a page of ours opens at this path, and not only takes what is posted to it."""
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def page_behind() -> str | None:
    """For the answer to a form: the page that "back" and reload shall ask for instead of sending the form again, a path
    of ours; empty for this address, which may be a secret and is not repeated. None where there is none to ask for."""
    if request.method in SAFE:
        return None
    page = page_of_form()
    return "" if page is not None and page.partition("?")[0] == request.path else page


def _this_page() -> str | None:
    """The address of this request; without its query where that is none that a browser sends."""
    query = request.query_string.decode("utf-8", "replace")
    return (local_path(f"{request.path}?{query}") if query else None) or local_path(request.path)


def _ours() -> None:
    """Refuse a Host that is not ours before all else: no address can be made for it, so no other refusal has a page."""
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception


def _readable() -> None:
    """Refuse an address with a NUL in it: PostgreSQL's texts hold none, so it names nothing. And a form with a file in
    it: no page asks for one, and forms would take it for a text."""
    if request.path.startswith("/api/"):
        return
    if "\x00" in request.path or b"%00" in request.query_string:
        abort(400)
    if request.mimetype == "multipart/form-data" and not _is_message() and request.files:
        abort(400)


def _same_origin() -> None:
    """Refuse an unsafe request that another site's page made (beside the token of the form)."""
    if request.method in SAFE or request.path.startswith("/api/"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and origin not in ("null", _own_origin()):
        abort(403)
    if request.is_json and not _is_message():  # a form would be read from it whose values need be no text
        abort(403)


def _own_origin() -> str:
    """What a browser calls the site of this request: the scheme is that of the settings, and the host is one of ours or
    the request would not have come so far. As it was sent: `host_url` spells the letters of xn-- out."""
    return f"{request.scheme}://{request.host}"


def _is_message() -> bool:
    """Whether the request is for a machine's door of its own, which reads the bytes itself."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "policy", None) == "stripe"
