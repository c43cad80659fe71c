"""The kit for views: guards, headers, errors, static files, filters, languages, logs. No slice's verbs live here."""

from flask import Flask
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect

from portal.config import Settings
from portal.web import assets, cookies, faults, filters, fragments, guards, headers, languages, logs
from portal.web.cookies import forget_session
from portal.web.faults import problem
from portal.web.guards import MOST_LINES, line_number, local_path, to_proof
from portal.web.i18n import reader
from portal.web.pages import web
from portal.web.policies import policy

__all__ = [
    "MOST_LINES",
    "csrf",
    "forget_session",
    "init_app",
    "line_number",
    "local_path",
    "policy",
    "problem",
    "to_proof",
]

csrf = CSRFProtect()


def init_app(app: Flask, settings: Settings) -> None:
    """Put the kit around the app, in the order in which its hooks must run."""
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over night still works; the session bounds it
        WTF_CSRF_SSL_STRICT=False,  # guards compare the origin, which a proxy does not strip
        COMPRESS_MIMETYPES=["text/html", "application/json", "application/problem+json"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_STREAMS=False,
        COMPRESS_BR_LEVEL=1,  # a fifth more bytes than 4, all in the first packets still, at under half of its time
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,  # pages are private and carry no tag
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    logs.init_app(app, settings)
    guards.init_app(app)
    faults.init_app(app)
    headers.init_app(app, settings)
    languages.init_app(app)
    filters.init_app(app)
    csrf.init_app(app)
    Compress(app)
    cookies.init_app(app)
    app.ensure_sync = lambda view: view  # type: ignore[assignment, method-assign]  # none is async
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    assets.init_app(app)
    fragments.init_app(app)
    app.register_blueprint(web)

    @app.context_processor
    def _programme() -> dict[str, object]:
        here = reader()
        return {
            "programme": here.programme,
            "brand_css_url": f"/brand/{here.version}.css",
            "demo_notice": settings.demo,
            "demo_mailbox_url": settings.demo_mailbox_url or None,
        }
