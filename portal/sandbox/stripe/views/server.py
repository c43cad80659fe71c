"""The stand-in's app and its server: one process, a thread for each request, on loopback unless it is asked."""

import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, abort, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from portal import clock as system_clock
from portal.sandbox.stripe.stand_in import StandIn
from portal.sandbox.stripe.views.api import api
from portal.sandbox.stripe.views.checkout_pages import checkout_pages
from portal.sandbox.stripe.views.control import control
from portal.sandbox.stripe.views.desk import desk
from portal.sandbox.stripe.views.kit import FILTERS, Kit
from portal.sandbox.stripe.views.portal_pages import invoice_pages, portal_pages

ROOT = Path(__file__).resolve().parents[4]
BODY_LIMIT = 256 * 1024
INSIDE = ("/v1/", "/_control/")  # for programs on this machine


def build(
    path: Path,
    *,
    webhook_url: str | None,
    webhook_secret: str,
    base_url: str,
    clock: Callable[[], datetime] = system_clock.now,
    trusted: Path | None = None,
) -> Flask:
    """The WSGI app of a stand-in with its state in the file `path`; `app.extensions["stand_in"]` is what it serves.

    Events go to `webhook_url`, signed with `webhook_secret`, once the outbox is started; `base_url` is where browsers
    find the pages; `trusted` is a certificate that the portal may show.
    """
    stand_in = StandIn(path, base_url, clock, trusted)
    if webhook_url is not None:
        stand_in.register(webhook_url, webhook_secret)
    return create_site(stand_in)


def create_site(stand_in: StandIn) -> Flask:
    """The app over one stand-in."""
    app = Flask("portal.sandbox.stripe", template_folder=str(ROOT / "templates"), static_folder=None)
    host = urlsplit(stand_in.base_url).hostname or "localhost"
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        TRUSTED_HOSTS=[host, "localhost", "127.0.0.1", "[::1]"],
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.extensions["stand_in"] = stand_in
    kit = Kit(stand_in)
    _guard(app)
    for views in (
        api(stand_in),
        control(stand_in),
        checkout_pages(stand_in, kit),
        portal_pages(stand_in, kit),
        invoice_pages(stand_in, kit),
        desk(stand_in, kit),
    ):
        app.register_blueprint(views)
    return app


def _guard(app: Flask) -> None:
    """Headers, the stylesheets, plain words for what fails; the API and control are for programs of this machine."""

    @app.before_request
    def _who() -> None:
        if request.path.startswith(INSIDE) and not ip_address(request.remote_addr or "127.0.0.1").is_loopback:
            abort(403)
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
            abort(403)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.errorhandler(HTTPException)
    def _failed(error: HTTPException) -> Response:
        words = f"{error.code} {error.name}. This is the stand-in for Stripe: look at / for what it holds.\n"
        return Response(words, error.code, mimetype="text/plain")

    @app.context_processor
    def _css() -> dict[str, list[str]]:
        return {"css_urls": [url_for("css", name=name) for name in ("sandbox.css", "stripe.css")]}

    @app.get("/static/<any('sandbox.css', 'stripe.css'):name>")
    def css(name: str) -> Response:
        # Read whole: a browser that goes on before it has everything leaves no file open.
        return Response((ROOT / "static" / "css" / name).read_bytes(), mimetype="text/css")


class _Quiet(WSGIRequestHandler):
    """No line for each request: the log of the demonstration is for what fails."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Server:
    """A stand-in that listens: `start()` in threads of this process, `stop()` ends them and closes its file."""

    def __init__(
        self,
        app: Flask,
        host: str,
        port: int,
        *,
        tls: tuple[Path, Path] | None = None,
        loopback_port: int | None = None,
    ) -> None:
        self.stand_in: StandIn = app.extensions["stand_in"]
        self._servers = [_server(app, host, port, tls)]
        if loopback_port is not None:
            self._servers.append(_server(app, "127.0.0.1", loopback_port, None))
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._servers[0].server_port

    def start(self) -> None:
        """Answer requests and deliver events from now on."""
        self.stand_in.outbox.start()
        for server in self._servers:
            thread = threading.Thread(
                target=server.serve_forever, args=(0.05,), name="stripe-stand-in", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End everything that `start` began."""
        for server in self._servers:
            server.shutdown()
        for thread in self._threads:
            thread.join()
        for server in self._servers:
            server.server_close()
        self.stand_in.close()


def _server(app: Flask, host: str, port: int, tls: tuple[Path, Path] | None) -> BaseWSGIServer:
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    return make_server(host, port, app, threaded=True, request_handler=_Quiet, ssl_context=context)
