"""The two doors: members come in by theirs, staff by /staff, each with a cookie that the other never reads.

One browser can hold both at once. Where PORTAL_STAFF_URL names a host of its own, /staff is answered only there, and
members' pages only at theirs. While support looks at a member's pages (security.md section 4), these are mounted under
/staff/visit: they are asked for with the cookie of staff, and their own links stay there.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, abort, has_request_context, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.config import Settings

STAFF = "/staff"
VISIT = "/staff/visit"
OF_BOTH = ("asset", "brand", "web.healthz", "web.readyz")  # the same whoever asks
_TWIN = "staffs_"


class Portal(Flask):
    """Flask, whose addresses lead through the door at which somebody stands."""

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """A page that both doors have (`policy(..., staff=...)`) is the one of this door; only a member's own pages are
        mounted during a visit."""
        if not at_staff_door():
            return super().url_for(endpoint, **values)
        built = super().url_for(
            _twin(endpoint) if _twin(endpoint) in self.view_functions else endpoint, **values
        )
        return built.removeprefix(VISIT) if built.startswith(VISIT + STAFF + "/") else built


class Mount:
    """The WSGI app with members' pages once more under /staff/visit."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Move the prefix from the path to the place where the app is mounted; staff's own pages are not there."""
        inside = environ.get("PATH_INFO", "").removeprefix(VISIT)
        if environ.get("PATH_INFO", "").startswith(VISIT + "/") and not inside.startswith((STAFF, "/api/")):
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = VISIT, inside
        return self._app(environ, start_response)


def at_staff_door() -> bool:
    """Whether this request came in by the door of staff, during a visit too."""
    if not has_request_context():
        return False
    return request.script_root == VISIT or request.path == STAFF or request.path.startswith(STAFF + "/")


def is_mounted() -> bool:
    """Whether this request asks for a member's page as it is shown during a visit."""
    return request.script_root == VISIT


def of_visit(path: str) -> str:
    """The address of a member's page during a visit."""
    return VISIT + path


def init_app(app: Flask, settings: Settings) -> None:
    """Keep the hosts apart, where there are two. Called before any other hook is put up."""
    app.jinja_env.globals["at_staff_door"] = at_staff_door
    app.wsgi_app = Mount(app.wsgi_app)  # type: ignore[method-assign]  # as Flask says to
    if settings.staff_url:
        app.before_request(_apart(_name(settings.host), _name(settings.staff_host)))


def open_staff_door(app: Flask) -> None:
    """Once all pages are there: those that both doors have get their addresses under /staff."""
    for rule in list(app.url_map.iter_rules()):
        view = app.view_functions[rule.endpoint]
        name = getattr(view, "staff_policy", None)
        if name is not None:
            app.add_url_rule(
                STAFF + rule.rule, _twin(rule.endpoint), _once_more(view, name), methods=rule.methods
            )


def _once_more(view: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same view under the policy that it has for staff."""

    @wraps(view)
    def twin(**values: Any) -> Any:
        return view(**values)

    twin.policy, twin.staff_policy = name, None  # type: ignore[attr-defined]  # the marks of guards.policy
    return twin


def _twin(endpoint: str) -> str:
    blueprint, dot, name = endpoint.rpartition(".")
    return f"{blueprint}{dot}{_TWIN}{name}"


def _apart(members: str, staff: str) -> Callable[[], Response | None]:
    """On a developer's machine the other names of loopback answer both."""

    def keep_apart() -> Response | None:
        name = _name(request.host)
        if request.endpoint in OF_BOTH or name not in (members, staff):
            return None
        if name == staff and request.path == "/" and not is_mounted():
            return redirect(url_for("support.desk"), 303)
        if (name == staff) != at_staff_door():
            abort(404)
        return None

    return keep_apart


def _name(host: str) -> str:
    """A host without its port."""
    return host.rpartition(":")[0] or host
