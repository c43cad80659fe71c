"""The database: tables' base, column types, and one way to read and one way to write.

Two engines, the same statements. Reads run outside a transaction; a write is one function that runs as a whole and,
where the engine asks for it, runs again as a whole (dependencies.md B2.7). SQLite takes its write lock at the start
(`BEGIN IMMEDIATE`): a lock upgrade in the middle fails at once, whatever the time-out (security.md 8.2).
"""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    Date,
    DateTime,
    Dialect,
    Executable,
    String,
    Table,
    Text,
    cast,
    event,
    inspect,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator
from ulid import ULID

from portal.config import Settings
from portal.errors import Refused

if TYPE_CHECKING:
    from flask import Flask

T = TypeVar("T")
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
TRIES = 5
BUSY_SECONDS = 15  # SQLite: longest wait for what others do with the file
LOCK_LOOK_SECONDS = 0.001  # between two looks whether its one write lock is free
LOCK_LOOKS = int(BUSY_SECONDS / LOCK_LOOK_SECONDS)
RETRIED_SQLSTATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock time-out
Ulid = String(26)


class Base(DeclarativeBase):
    """Parent of every table."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both engines; SQLite has no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Facts kept as compact JSON text; they are read whole and never searched."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


db = SQLAlchemy(model_class=Base)
_writing: ContextVar[Connection | None] = ContextVar("writing", default=None)
_reading: ContextVar[Connection | None] = ContextVar("reading", default=None)
_looking: ContextVar[bool] = ContextVar("looking", default=False)
_mutex = threading.Lock()


def table(model: type[Base]) -> Table:
    """The table of a model: statements on tables skip the machinery of objects."""
    made = model.__table__
    assert isinstance(made, Table)
    return made


def upsert(model: type[Base]) -> Any:
    """An INSERT that can say ON CONFLICT, in the dialect of the engine; its `rowcount` says whether it wrote."""
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    # SQLAlchemy closes the cursor of an INSERT at once, and psycopg's forgets with it how many rows there were.
    return dialect.insert(table(model)).execution_options(preserve_rowcount=True)


# Constants of the statement's text: a hundred bound ones would each be passed anew at every page.
_NO_WORDS = literal_column("''", Text)
_ZERO = literal_column("0", BigInteger)


def fact(
    what: str,
    *,
    a: Any = _NO_WORDS,
    b: Any = _NO_WORDS,
    c: Any = _NO_WORDS,
    d: Any = _NO_WORDS,
    day: Any = None,
    until: Any = None,
    n: Sequence[Any] = (),
) -> Any:
    """One SELECT of the UNION in which a page reads everything small about a member: a name and up to eleven values.

    The columns are what, a to d (text), day, until (dates), n1 to n5 (numbers); what is not given is empty.
    """
    numbers = [*n, *[_ZERO] * (5 - len(n))]
    return select(
        literal_column(f"'{what}'", Text).label("what"),
        *(cast(text, Text).label(name) for name, text in zip("abcd", (a, b, c, d), strict=True)),
        (cast(null(), Date) if day is None else day).label("day"),
        (cast(null(), Date) if until is None else until).label("until"),
        *(cast(number, BigInteger).label(f"n{place}") for place, number in enumerate(numbers, 1)),
    )


def prepared(build: Callable[[], Executable]) -> Callable[[], Executable]:
    """A statement with bound parameters that is built once for each engine: building costs more than running it."""
    built: dict[str, Executable] = {}

    def statement() -> Executable:
        dialect = db.engine.dialect.name
        if dialect not in built:
            built[dialect] = build()
        return built[dialect]

    return statement


def new_id() -> str:
    """A new ULID: ids are made here, never by a sequence (dependencies.md B2.5)."""
    return str(ULID())


def init_app(app: "Flask", settings: Settings) -> None:
    """Bind the database to the app."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            Path(db.engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
        else:
            event.listen(db.engine, "handle_error", _leave_out_values)
    app.teardown_appcontext(_close_reader)


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.database.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS}, "hide_parameters": True}
    arguments: dict[str, Any] = {"connect_timeout": 5}
    if settings.database_pooler:
        arguments["prepare_threshold"] = None
    else:
        arguments["options"] = "-c lock_timeout=5000 -c statement_timeout=60000"
    # No ping before use: `read` and `transact` try again on a new connection when theirs turns out to be gone.
    # A connection that commits by itself has nothing to roll back when it is given back.
    # Values of members stand in no log, so no error may tell them.
    return {
        "skip_autocommit_rollback": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": arguments,
        "hide_parameters": True,
    }


def _leave_out_values(context: ExceptionContext) -> None:
    """PostgreSQL's errors quote the row that they refuse: what is logged of them is the code and which rule it was."""
    said = getattr(context.original_exception, "diag", None)
    if said is None or not said.sqlstate:
        return
    quotes = said.sqlstate.startswith("22")  # a value that does not fit is named in the sentence itself
    words = " ".join(
        part
        for part in (said.sqlstate, said.constraint_name, None if quotes else said.message_primary)
        if part
    )
    context.original_exception.args = (words,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {words}",)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours to say
    # Without recursive triggers INSERT OR REPLACE would delete a fact behind the back of its trigger.
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "temp_store=MEMORY",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # Without the mark nothing is begun: single reads need no transaction.
    if not connection.get_execution_options().get("writes"):
        return
    # SQLite itself would sleep for up to a tenth of a second, however soon another program gives the lock back.
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection), "it listens to SQLite's engine alone"
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        for _ in range(LOCK_LOOKS):
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    break
            time.sleep(LOCK_LOOK_SECONDS)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # or it raises what everything else raises
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _close_reader(_error: BaseException | None = None) -> None:
    """Give this thread's reading connection back; the next read takes another."""
    reader = _reading.get()
    if reader is not None:
        _reading.set(None)
        reader.close()


def _reader() -> Connection:
    """One reading connection for the length of a request or command, given back at its end."""
    reader = _reading.get()
    if reader is None:
        options = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        reader = db.engine.connect().execution_options(**options)
        _reading.set(reader)
    return reader


def read(statement: Executable, parameters: Any = None) -> CursorResult[Any]:
    """Run a reading statement: inside the write that is under way, else outside any transaction.

    There, a connection that the database has dropped in the meantime (a restart, a fail-over) is replaced once.
    """
    writing = _writing.get()
    if writing is not None:
        return writing.execute(statement, parameters)
    try:
        return _reader().execute(statement, parameters)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        _close_reader()
        return _reader().execute(statement, parameters)


def run(statement: Executable, parameters: Any = None) -> CursorResult[Any]:
    """Run a statement of the write that is under way. Raises RuntimeError outside of `transact`."""
    connection = _writing.get()
    if connection is None:
        raise RuntimeError("a write needs transact(): only the edge begins and commits")
    return connection.execute(statement, parameters)


def run_many(statement: Executable, rows: Sequence[dict[str, Any]]) -> None:
    """Run one writing statement for each row of parameters; nothing for none."""
    if rows:
        run(statement, list(rows))


@contextmanager
def savepoint() -> Any:
    """Inside a write: what raises within is undone, the write goes on."""
    connection = _writing.get()
    if connection is None:
        raise RuntimeError("a savepoint needs transact()")
    with connection.begin_nested():
        yield


def look_only(only: bool) -> None:
    """Whether somebody may look and not write, from here to the end of the request: support on a visit."""
    _looking.set(only)


def transact(operation: Callable[[], T], *, of_visit: bool = False) -> T:
    """Run `operation` as one durable write and commit it; only edges call this (house.md, wall 6).

    Refuses `read_only_visit` while staff look at a member's pages: there only the visit itself is written, its audit
    and its end (`of_visit`), whatever the request asks for and whichever view it reached (security.md section 4).

    On a serialization failure, deadlock, lock time-out, busy file or lost connection the WHOLE operation runs again,
    at most five times, so it must be safe to repeat: it is, since its keys are inserted in the same transaction.
    Whatever it raises rolls everything back.
    """
    if _looking.get() and not of_visit:
        raise Refused("read_only_visit", "During a visit nothing can be written.", status=403)
    if _writing.get() is not None:
        raise RuntimeError("a write is under way already: only the edge commits")
    # Whoever waits for a connection while holding one waits for ever, once all others do the same.
    _close_reader()
    for attempt in range(1, TRIES + 1):
        try:
            return _once(operation)
        except DBAPIError as error:
            if attempt == TRIES or not _worth_another_try(error):
                raise
            time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _once(operation: Callable[[], T]) -> T:
    one_writer = db.engine.dialect.name == "sqlite"
    if one_writer:
        _mutex.acquire()
    try:
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            token = _writing.set(connection)
            try:
                return operation()
            finally:
                _writing.reset(token)
    finally:
        if one_writer:
            _mutex.release()


def _worth_another_try(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES


def migrate(app: "Flask") -> None:
    """Bring the schema to the newest migration; safe to repeat, and all or nothing when it is cut off."""
    from alembic import command  # a third of a second to import, which a server need not wait for
    from alembic.config import Config

    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    with app.app_context():
        command.upgrade(alembic, "head")


def schema_is_current() -> bool:
    """Whether the database stands at the newest migration; they are numbered by hand."""
    newest = max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == newest
