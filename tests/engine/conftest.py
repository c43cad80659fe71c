"""One app for all of these tests: each run begins on an empty database."""

from pathlib import Path

import pytest

from tests import warm
from tests.conftest import sqlite_template
from tests.engine.bench import Bench


@pytest.fixture(scope="session")
def bench(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The engine, ready to run lines."""
    warm.share()
    return Bench(tmp_path_factory.mktemp("engine"), sqlite_template(run_dir))
