"""Who may come in: every view declares its policy, and what declares none is closed (security.md rule 20).

anonymous  anybody
member     a signed-in member, else to the sign-in page and back
staff      signed-in staff, else to the staff's sign-in page
operator   whoever knows the token of the metrics
stripe     a message that Stripe has signed; the view checks the signature before anything else
api:SCOPE  a shop's key with that scope; the API's own blueprint looks at it
debug      development and testing only
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])
POLICIES = {
    "anonymous",
    "member",
    "staff",
    "operator",
    "stripe",
    "debug",
    "api:read",
    "api:orders",
    "api:members",
    "api:redeem",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
MOST_LINES = 2**62  # what a column of either engine holds, with room


def policy(name: str, *, visit: bool = False) -> Callable[[View], View]:
    """Declare who may use a view. `visit`: support may look at it too while it visits a member (security.md section 4):
    only a page that shows no code, no key and no way in, and never one that writes.

    Raises ValueError for a policy that is none.
    """
    if name not in POLICIES:
        raise ValueError(f"{name!r} is no policy")

    def declare(view: View) -> View:
        view.policy = name  # type: ignore[attr-defined]  # a mark on the function, read by enforce and the tests
        view.visit = visit  # type: ignore[attr-defined]  # as above, read by support
        return view

    return declare


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
    """Enforce policies, the origin of every unsafe request, and addresses that can be looked up."""
    app.before_request(_readable)
    app.before_request(_same_origin)
    app.before_request(_enforce)


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: the 404 follows
    view = current_app.view_functions[request.endpoint]
    name = getattr(view, "policy", None)
    if name is None:
        current_app.logger.error("the route %s declares no policy and stays closed", request.endpoint)
        abort(403)
    if name in ("member", "staff") and getattr(current_user, "kind", None) != name:
        endpoint = "signin.address" if name == "member" else "signin.staff_address"
        back = local_path(request.full_path.rstrip("?")) if request.method in SAFE else None
        return redirect(url_for(endpoint, next=back), 303)
    return None


def _readable() -> None:
    """Refuse an address with a NUL in it: PostgreSQL's texts hold none, so it names nothing."""
    if request.path.startswith("/api/"):
        return
    if "\x00" in request.path or b"%00" in request.query_string:
        abort(400)


def _same_origin() -> None:
    """Refuse an unsafe request that another site's page made (beside the token of the form)."""
    if request.method in SAFE or request.path.startswith("/api/"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and origin != "null" and origin.partition("://")[2] != request.host:
        abort(403)
