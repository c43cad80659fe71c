"""Home as it is shown after event lines of a programme."""

from datetime import datetime

import pytest

from tests.catalogue.conftest import run
from tests.home.doors import enter
from tests.page import Element

__all__ = ["run"]

ANNA = "anna@example.com"


@pytest.fixture
def home(app, clock, run):
    """`home("cvs", lines, "2026-03-10")`: Anna's home page at noon of that day, after these lines."""

    def look(key: str, lines: list, on: str) -> Element:
        run(key, lines, at=f"{on}T12:00:00Z")
        clock.move_to(datetime.fromisoformat(f"{on}T12:00:00+00:00"))
        return enter(app, ANNA).open("/home")

    return look
