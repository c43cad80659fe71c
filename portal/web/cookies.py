"""The browser's signed cookie, as Flask makes it; what signs it is made once, not for each request."""

from typing import cast

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

KEPT = "portal.cookies"


class Cookies(SecureCookieSessionInterface):
    """Flask's session in a cookie."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookies of this app: its keys do not change while it runs."""
        if KEPT not in app.extensions:
            app.extensions[KEPT] = super().get_signing_serializer(app)
        return cast(URLSafeTimedSerializer | None, app.extensions[KEPT])


def forget_session() -> None:
    """Empty the cookie but for the browser's own secret: nothing of before goes into a new session."""
    browser = session.get("browser")
    session.clear()
    if browser is not None:
        session["browser"] = browser
        session.permanent = True
