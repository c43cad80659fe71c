"""What a person or a machine is told when something does not work: a page, or problem+json under /api (RFC 9457)."""

from typing import Any

from flask import Flask, jsonify, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from portal import notices
from portal.errors import Refused
from portal.web.doors import at_staff_door, is_mounted
from portal.web.guards import page_of_form
from portal.web.i18n import gettext as _
from portal.web.i18n import reader
from portal.web.logs import log, request_id


def _N(message: str) -> str:
    return message


CODE_BY_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "wrong_media_type",
    429: "too_many_requests",
    500: "server_error",
    503: "busy",
}


# What a person is told for a status: what happened is said twice, once as a title.
_TOLD = {
    403: (
        _N("This is not for you"),
        _N("You are signed in as somebody who may not do this, or the request came from another site."),
        _N("Start again from the portal."),
    ),
    405: (
        _N("That cannot be opened this way"),
        _N("The address only takes what its form sends."),
        _N("Go back and use the button."),
    ),
    413: (
        _N("That was too much at once"),
        _N("What was sent is larger than anything this page needs."),
        _N("Send less."),
    ),
}


def problem(refused: Refused, errors: list[dict[str, str]] | None = None) -> Response:
    """A refusal as problem+json; `errors` are pointers, codes and messages of a 422."""
    body: dict[str, Any] = {
        "type": notices.address(f"/developers#{refused.code}"),
        "title": refused.code.replace("_", " "),
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
        "request_id": request_id(),
    }
    if errors is None and refused.status == 422:
        errors = [{"pointer": refused.pointer or "", "code": refused.code, "message": refused.message}]
    if errors is not None:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = refused.status
    response.mimetype = "application/problem+json"
    if "retry_after" in refused.facts:
        response.headers["Retry-After"] = str(refused.facts["retry_after"])
    elif refused.status == 503:
        response.headers["Retry-After"] = "20"
    return response


def init_app(app: Flask) -> None:
    """One way out for each kind of failure."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _bug)


def _machine() -> bool:
    return request.path.startswith("/api/")


def _refused(refused: Refused) -> Response:
    if _machine():
        return problem(refused)
    if refused.code == "no_programme":  # only who sets the portal up ever sees this, and it says what to type
        return Response(f"{refused.message}\n", refused.status, mimetype="text/plain")
    if refused.code == "too_many_requests":
        return _page(_("That was too often"), _("Somebody tried this many times in a short while."),
                     _("Wait a few minutes, then try again."), 429)  # fmt: skip
    if refused.status == 404:
        return _missing()
    if refused.code == "stopped":
        return _stopped(refused.status)
    return _page(
        _("This did not go through"),
        _("Something has changed in the meantime."),  # the refusal's own sentence is the API's, in English
        _("Nothing was changed. Go back and try again."),
        refused.status,
    )


def _stopped(status: int) -> Response:
    """Whatever she tried (taking, giving, paying, a way in, her address): the one thing that helps is the page that
    lifts the stop. Staff have none; at the desk it says whose it is to lift."""
    if _at_desk():
        return _page(
            _("This card is stopped"),
            _("Nothing was changed: its member said that something was not she."),
            _("Lift the stop on her page first, once she has shown who she is."),
            status,
        )
    return _page(
        _("Not while your card is stopped"),
        _(
            "You told us that something was not you. Until the stop is lifted nothing is taken, given, paid or begun, "
            "and your address and your ways to sign in cannot be changed here."
        ),
        _("What you pay for can still be ended.") if reader().programme.plans else "",
        status,
        action=(url_for("signin.stop"), _("See what lifts the stop")),
    )


def _csrf(_error: CSRFError) -> Response:
    back = page_of_form()
    path, _mark, query = (back or "").partition("?")
    if path == request.path:
        # Here, without saying where: addresses that were mailed are secrets, and error pages hold none. An empty
        # address is this one with its query, a lone "?" the same without.
        back = "" if query else "?"
    return _page(
        _("This page was open for too long"),
        _("The form is no longer valid, so nothing was changed."),
        _("Open it anew and send it once more."),
        403,
        action=None if back is None else (back, _("Open the form anew")),
    )


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):  # a Host that is not ours: no address can be made for it
        return Response("This address is not served here.\n", 400, mimetype="text/plain")
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error.get_response()  # a redirect of the router's own
    if _machine():
        code = CODE_BY_STATUS.get(status, "bad_request")
        answer = problem(Refused(code, error.description or "", status=status))
        answer.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
        return answer
    if status == 404:
        return _missing()
    if status == 403 and _at_desk():
        return _page(
            _("Your role does not do this"),
            _("What you asked for belongs to another role, or the request came from another site."),
            _("Ask the owner of the shop if it should be yours."),
            403,
        )
    if status in _TOLD:
        title, happened, to_do = _TOLD[status]
        return _page(_(title), _(happened), _(to_do), status)
    if status >= 500:
        return _broken(status)
    return _page(
        _("That request was not clear"),
        _("Something in it could not be read."),
        _("Go back and try again."),
        status,
    )


def _database(error: DBAPIError) -> Response:
    log.error("database", request_id=request_id(), error=type(error.orig).__name__, exc_info=error)
    lost = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
    if not lost:
        return _bug(error, logged=True)
    if _machine():
        return problem(Refused("busy", "The database does not answer at the moment; try again.", status=503))
    response = _page(
        _("We are back in a moment"),
        _("The portal cannot reach its records right now. Nothing is lost."),
        _("Try again in half a minute."),
        503,
        quiet=True,
    )
    response.headers["Retry-After"] = "20"
    return response


def _bug(error: Exception, logged: bool = False) -> Response:
    if not logged:
        log.error("bug", request_id=request_id(), exc_info=error)
    if _machine():
        return problem(
            Refused("server_error", "Something went wrong on our side; nothing was written.", status=500)
        )
    return _broken(500)


def _missing() -> Response:
    return _page(
        _("This page is not here"),
        _("The address may be old, or a letter went missing on the way."),
        _("Your points are safe. Start again from your card.")
        if _is_member()
        else _("Start again from the first page."),
        404,
    )


def _is_member() -> bool:
    return bool(getattr(current_user, "kind", None) == "member")


def _at_desk() -> bool:
    """Whether it is staff who read this, and not a member's page that they look at."""
    return at_staff_door() and not is_mounted()


def _broken(status: int) -> Response:
    return _page(
        _("This did not work"),
        _("Something went wrong on our side. Nothing was changed."),
        _("Try again. If it happens once more, tell us the reference below."),
        status,
        quiet=True,
    )


def _page(
    title: str,
    happened: str,
    to_do: str,
    status: int,
    quiet: bool = False,
    action: tuple[str, str] | None = None,
) -> Response:
    """An error page. `quiet` asks nothing of the database: it may be what is broken. `action` is where its button leads
    and what that says, where the first page of whoever reads would not do."""
    member = not quiet and _is_member()
    action_url, action_label = url_for("joining.landing"), _("Go to the start")
    if action is not None:
        action_url, action_label = action
    elif _at_desk():
        action_url, action_label = url_for("support.desk"), _("Back to the desk")
    elif member:
        action_url, action_label = url_for("home.home"), _("Go to my card")
    try:
        html = render_template(
            "errors/error.html",
            title=title,
            what_happened=happened,
            what_to_do=to_do,
            action_url=action_url,
            action_label=action_label,
            request_id=request_id(),
        )
    except (Refused, DBAPIError):  # no programme could be read since the start, so no page has its colours
        words = f"{title}\n{happened}\n{to_do}\n{request_id()}\n"
        return Response(words, status, mimetype="text/plain")
    return Response(html, status, mimetype="text/html")
