"""The headers of every answer, errors too (security.md section 6). Nothing inline, nothing from elsewhere."""

from flask import Flask
from werkzeug.wrappers import Response

from portal.config import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'{pays}; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types sw"
)
STRIPE = ("https://checkout.stripe.com", "https://billing.stripe.com")
HEADERS = {
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
    headers = of_every_answer(settings)

    @app.after_request
    def _add(response: Response) -> Response:
        given = {name for name, _ in response.headers}
        response.headers.extend([pair for pair in headers.items() if pair[0] not in given])
        return response


def of_every_answer(settings: Settings) -> dict[str, str]:
    """The headers by name, as the portal puts them on its answers and nginx on its own."""
    headers = {"Content-Security-Policy": _policy(settings), **HEADERS, "Cache-Control": "no-store"}
    if settings.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _policy(settings: Settings) -> str:
    """Browsers ask about where a form leads in the end too: with plans for sale, to Stripe's own pages."""
    if not settings.stripe_secret_key:
        return POLICY.format(pays="")
    stand_in = (settings.demo_stripe_url or settings.stripe_api_base,) if settings.stripe_api_base else ()
    return POLICY.format(pays="".join(f" {place}" for place in (*STRIPE, *stand_in)))
