"""A loyalty member portal that a shop runs under its own name. `create_app` puts the slices together."""

from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import clock, config, db
from portal.config import Settings

BODY_LIMIT = 1024 * 1024  # bytes; the API's bulk call alone takes more


def create_app(settings: Settings) -> Flask:
    """The WSGI app for these settings. Nothing is read from the environment and nothing is written."""
    from portal import (  # noqa: F401 - granting declares tables
        billing,
        board,
        granting,
        jobs,
        joining,
        ledger,
        nightly,
        notices,
        signin,
        support,
        web,
    )
    from portal.billing.views import billing as billing_pages
    from portal.board.views import board as board_pages
    from portal.giving.views import giving as giving_pages
    from portal.home.views import home as home_pages
    from portal.joining.views import joining as joining_pages
    from portal.merchant.views import merchant as merchant_api
    from portal.referrals.views import referrals as referral_pages
    from portal.rewards.views import pages as rewards_pages
    from portal.signin.views import signin as signin_pages
    from portal.support.views import support as support_pages
    from portal.support.views import visits
    from portal.tiers.views import tiers as tier_pages
    from portal.web import doors
    from portal.web.templates import PlainEnvironment

    config.use(settings)
    app = doors.Portal(__name__, template_folder="../templates", static_folder=None)
    app.jinja_environment = PlainEnvironment  # before anything asks for the templates
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        TRUSTED_HOSTS=_hosts(settings),
        SESSION_COOKIE_NAME="__Host-portal" if settings.secure else "portal",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,  # reading a page writes nothing, not even the cookie anew
        PREFERRED_URL_SCHEME="https" if settings.secure else "http",
    )
    db.init_app(app, settings)
    doors.init_app(app, settings)
    visits.watch(app)  # before all other hooks: whoever is on a visit is stopped first
    web.init_app(app, settings)
    login = LoginManager()
    login.session_protection = None  # sessions are rows on the server; nothing is guessed from addresses
    login.init_app(app, add_context_processor=False)
    login.user_loader(visits.who)
    for blueprint in (
        *(
            home_pages,
            board_pages,
            rewards_pages,
            billing_pages,
            giving_pages,
            referral_pages,
            joining_pages,
            signin_pages,
        ),
        *(tier_pages, support_pages, merchant_api),
    ):
        app.register_blueprint(blueprint)
    if settings.env != "production":
        from portal.web.gallery import gallery

        app.register_blueprint(gallery)
    doors.open_staff_door(app)
    jobs.start(settings, app.app_context)
    joining.on_leaving(board.forget)
    signin.on_staff(support.note_way_in)
    notices.on_sending(ledger.POINTS_LEFT, signin.points_left)
    render = notices.Renderer(app.jinja_env)
    jobs.on_drain(lambda: notices.deliver_due(clock.now(), notices.transport(settings), render))
    jobs.on_drain(lambda: billing.work_off(clock.now()))
    jobs.on_nightly(lambda: nightly.run(clock.now()))
    if settings.env == "production" and "_test_" in settings.stripe_secret_key:
        app.logger.warning(
            "PORTAL_STRIPE_SECRET_KEY is a test key: plans can be joined and nobody is charged"
        )
    app.wsgi_app = _by_scheme("https" if settings.secure else "http", app.wsgi_app)  # type: ignore[assignment,method-assign]  # as Flask says to
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]  # as above
    return app


def boot(environ: Mapping[str, str]) -> Flask:
    """The app as a process starts it, with settings from the environment. Raises config.BadSettings."""
    return create_app(Settings.load(environ))


def _by_scheme(scheme: str, app: WSGIApplication) -> WSGIApplication:
    """The app as browsers reach it: a proxy may have taken TLS off, and of several each says something else of it."""

    def called(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = scheme
        return app(environ, start_response)

    return called


def _hosts(settings: Settings) -> list[str]:
    """Names that the portal answers to; on a developer's machine also the other names of loopback."""
    hosts = [host.rsplit(":", 1)[0] for host in (settings.host, settings.staff_host)]
    return hosts if settings.env == "production" else [*hosts, "localhost", "127.0.0.1", "[::1]"]
