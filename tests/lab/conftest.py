"""What the tests of imports share."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests import make, warm
from tests.conftest import sqlite_template
from tests.lab import naive

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _purchase_histories(request: pytest.FixtureRequest) -> None:
    """Tests with the name `histories` need the shared files; without them they are skipped, and say so."""
    if "histories" in request.fixturenames and not naive.DATA.is_dir():
        pytest.skip(f"THE CONTROL FIGURES ARE NOT CHECKED: no purchase histories at {naive.DATA}")


@pytest.fixture(autouse=True)
def _migrated_once(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation begins with a copy of what the migrations make, which they would make anew for each."""
    from portal.db import db

    def copy(app: Flask) -> None:
        with app.app_context():
            shutil.copy(sqlite_template(run_dir), str(db.engine.url.database))

    warm.share()
    monkeypatch.setattr("portal.cli.simulating.migrate", copy)


@pytest.fixture
def histories() -> Path:
    """The folder of the real purchase histories."""
    return naive.DATA


@pytest.fixture
def use(app: Flask) -> Callable[[str], None]:
    """Publish a programme of this folder by its name, or one of the catalogue."""
    from portal import programme
    from portal.db import transact

    def publish(name: str) -> None:
        file = HERE / f"{name}.toml"
        source = file.read_text() if file.exists() else programme.load(name).source
        transact(lambda: programme.publish(source, make.NOW))

    return publish


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file of these lines."""

    def write(*lines: str, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write
