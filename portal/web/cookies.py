"""The browser's signed cookies, as Flask makes them, one for each door; what signs them is made once for all requests.

The cookie of staff is never sent along from another site's page, and one that rested for half an hour opens nothing.
"""

from datetime import datetime, timedelta
from typing import cast

from flask import Flask, Request, Response, g, session
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from portal import clock
from portal.web.doors import at_staff_door

STAFF_RESTS = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=5)
_SEEN = "seen"


class Cookies(SecureCookieSessionInterface):
    """Flask's session in a cookie: that of members."""

    kept = "portal.cookies.members"

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies of this app: its keys do not change while it runs."""
        if self.kept not in app.extensions:
            app.extensions[self.kept] = super().get_signing_serializer(app)
        return cast(URLSafeTimedSerializer | None, app.extensions[self.kept])


class StaffCookies(Cookies):
    """That of staff: its own name, its own signature, sent to no request that another site began."""

    kept = "portal.cookies.staff"
    salt = "staff-session"

    def get_cookie_name(self, app: Flask) -> str:
        """Its name; browsers hold what begins with __Host- to this very host."""
        return "__Host-staff" if app.config["SESSION_COOKIE_SECURE"] else "staff"

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Strict: a page of another site cannot even open the desk as somebody who is signed in."""
        return "Strict"


class CookieOfTheDoor(SessionInterface):
    """The cookie of the door at which a request came in; the other is neither read nor written."""

    def __init__(self) -> None:
        self._members, self._staff = Cookies(), StaffCookies()

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Read it."""
        return self._here().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write it, where something has changed."""
        self._here().save_session(app, session, response)

    def _here(self) -> Cookies:
        return self._staff if at_staff_door() else self._members


def forget_session() -> None:
    """Empty the cookie but for the browser's own secret: nothing of before goes into a new session."""
    browser = session.get("browser")
    session.clear()
    if browser is not None:
        session["browser"] = browser
        session.permanent = True


def has_rested(now: datetime) -> bool:
    """Whether staff left this browser alone for so long that they have to sign in again."""
    seen = session.get(_SEEN)
    return seen is not None and now.timestamp() - seen > STAFF_RESTS.total_seconds()


def init_app(app: Flask) -> None:
    """Read and write the cookie of the door; of staff's say when it was last used, to five minutes."""
    app.session_interface = CookieOfTheDoor()

    @app.after_request
    def _note_use(response: Response) -> Response:
        # Only a page counts: a tab that was left open goes on asking for challenges by itself.
        if not at_staff_door() or "_user_id" not in session or response.mimetype != "text/html":
            return response
        now, person = int(clock.now().timestamp()), g.get("_login_user")  # None where nobody asked who it is
        # One that rested too long or has ended is left as it is: nothing revives it, and an answer that comes late
        # must not write over the cookie of a proof that was quicker.
        if person is None or person.is_anonymous:
            return response
        if now - session.get(_SEEN, 0) >= NOTED_EVERY.total_seconds():
            session[_SEEN] = now
        return response
