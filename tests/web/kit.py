"""A portal for tests of the kit: a member, its log, a route that breaks, and the settings of a live one."""

import io

import pytest
import structlog
from flask import Flask

from tests.home.doors import join
from tests.notices.mailbox import programme

__all__ = ["programme"]

PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_BASE_URL": "https://points.shop.example",
    "PORTAL_SECRET_KEY": "s" * 40,
    "PORTAL_ADDRESS_KEY": "a" * 40,
    "PORTAL_SMTP_URL": "smtp://127.0.0.1:1",
    "PORTAL_MAIL_FROM": "points@shop.example",
}


@pytest.fixture
def anna(programme) -> str:
    """A member; her id."""
    return join()


@pytest.fixture
def logged(app: Flask) -> io.StringIO:
    """What this test's app writes to its log."""
    lines = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    return lines


def breaking(app: Flask, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Let a view have a bug whose words hold a secret."""

    def bug(**_given: str) -> str:
        raise RuntimeError("the secret is 31337")

    bug.policy = app.view_functions[endpoint].policy  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, endpoint, bug)
