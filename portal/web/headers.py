"""The headers of every answer, errors too (security.md section 6). Nothing inline, nothing from elsewhere."""

from flask import Flask
from werkzeug.wrappers import Response

from portal.config import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types sw"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "publickey-credentials-get=(self), publickey-credentials-create=(self), "
        "camera=(), microphone=(), geolocation=()"
    ),
}


def init_app(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer; what a view set itself stays (a mailed link's page sends no referrer)."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if settings.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def _add(response: Response) -> Response:
        given = {name for name, _ in response.headers}
        response.headers.extend([pair for pair in headers.items() if pair[0] not in given])
        return response
