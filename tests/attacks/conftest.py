"""A shop with a member in front of whoever attacks it. Whatever is tried, nothing breaks and the books still agree."""

import io
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, Response

from tests.attacks.ground import is_sound
from tests.home.doors import join
from tests.notices.mailbox import mailbox, programme, statements

__all__ = ["mailbox", "programme", "statements"]


@pytest.fixture
def broken(app: Flask) -> list[str]:
    """Every answer of 500 and above, as method, address and status; a test that breaks a page on purpose clears it."""
    found: list[str] = []

    @app.after_request
    def note(response: Response) -> Response:
        from flask import request

        if response.status_code >= 500:
            found.append(f"{request.method} {request.path}: {response.status_code}")
        return response

    return found


@pytest.fixture(autouse=True)
def unharmed(app: Flask, broken: list[str]) -> Iterator[None]:
    """After the attack nothing answered with a fault, and `portal check` finds none."""
    yield
    assert not broken
    assert is_sound(app)


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
