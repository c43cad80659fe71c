"""Structured logs: one line of JSON for each request, with the id that an error page shows. No secrets, no queries."""

import logging
import re
import secrets
import sys
import time

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from portal import config
from portal.config import Settings
from portal.web import metrics

_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
log = structlog.get_logger("portal")


def configure(settings: Settings) -> None:
    """Set up logging for this process; JSON lines on stderr."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def request_id() -> str:
    """The id of this request: that of a proxy which the settings name, where it gave one, else a new one.

    It stands in the log and in the audit of the desk, so nobody outside chooses it.
    """
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "") if config.current().trusted_proxies else ""
        g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    return str(g.request_id)


def init_app(app: Flask, settings: Settings) -> None:
    """Log and count every request."""
    configure(settings)

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()  # of the request that this thread answered before
        structlog.contextvars.bind_contextvars(request_id=request_id())

    @app.after_request
    def _finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        response.headers["X-Request-Id"] = number = request_id()
        rule, method, status = request.url_rule, request.method, response.status_code
        route = rule.rule if rule else "none"
        metrics.count_request(route, method, status, seconds)
        if route != "/static/<release>/<path:name>":
            ms = round(seconds * 1000, 1)
            log.info("request", request_id=number, method=method, route=route, status=status, ms=ms)
        return response
