"""Numbers for the operator, in Prometheus' text format, behind a token; and whether the portal is alive and ready."""

import hmac

from flask import Blueprint, abort, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from portal import config
from portal.db import read
from portal.web.policies import policy

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
REQUESTS = Counter("portal_requests", "Answers by route, method and status", ["route", "method", "status"])
SECONDS = Histogram("portal_request_seconds", "Time to answer by route", ["route"])


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    known = method if method in METHODS else "other"  # a stranger's inventions would each be kept for ever
    REQUESTS.labels(route, known, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def add_views(blueprint: Blueprint) -> None:
    """/healthz, /readyz and /metrics."""

    @blueprint.get("/healthz")
    @policy("anonymous")
    def healthz() -> Response:
        """The process is alive."""
        return Response("ok\n", mimetype="text/plain")

    @blueprint.get("/readyz")
    @policy("anonymous")
    def readyz() -> Response:
        """The database answers and has a programme."""
        try:
            read(text("SELECT 1 FROM programme_version LIMIT 1")).one()
        except SQLAlchemyError:
            return Response("the database does not answer, or has no programme\n", 503, mimetype="text/plain")
        return Response("ready\n", mimetype="text/plain")

    @blueprint.get("/metrics")
    @policy("operator")
    def numbers() -> Response:
        """Prometheus' text, for whoever knows the token; nobody else learns that it is here."""
        token = config.current().metrics_token
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            abort(404)
        return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """All workers' numbers where they share a folder (PROMETHEUS_MULTIPROC_DIR), else this process's."""
    from prometheus_client import REGISTRY
    from prometheus_client.values import ValueClass

    if ValueClass.__name__ != "MmapedValue":
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own gap
    return registry
