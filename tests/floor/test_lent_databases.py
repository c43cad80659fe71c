"""A PostgreSQL database that another test has used is as the migrations leave it, or it is not used again."""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests import servers
from tests.conftest import _migrate

FIRST = "INSERT INTO programme_version (number, key, sha256, source, published_at) VALUES (1, 'k', 's', 't', now())"
ENTRIES = "SELECT count(*) FROM programme_version"


@pytest.fixture
def say() -> Iterator[Callable[[str, str], list[tuple[object, ...]]]]:
    """Say something to a database at an address: `say(url, statement)`; connections stay open to the end."""
    opened: list[psycopg.Connection] = []

    def said(url: str, statement: str) -> list[tuple[object, ...]]:
        opened.append(psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True))
        answer = opened[-1].execute(statement.encode())
        return answer.fetchall() if answer.description else []

    yield said
    for connection in opened:
        with closing(connection):
            pass


def lent_again(postgres: servers.Postgres, say: Callable[..., object], *statements: str) -> tuple[str, str]:
    """The names of two databases: one in which this was said, and the next that was lent after it was back."""
    first = postgres.lend(_migrate)
    for statement in statements:
        say(postgres.url(first), statement)
    postgres.take_back(first)
    return first, postgres.lend(_migrate)


def test_what_a_test_wrote_is_gone_and_the_database_is_lent_again(postgres, say) -> None:
    first, second = lent_again(postgres, say, FIRST)
    assert second == first
    assert say(postgres.url(second), ENTRIES) == [(0,)]
    assert say(postgres.url(second), "SELECT count(*) FROM alembic_version") == [(1,)]
    postgres.take_back(second)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE entry DISABLE TRIGGER entry_append_only",
        "ALTER TABLE entry DISABLE TRIGGER ALL; ALTER TABLE entry ENABLE TRIGGER ALL",
        "DROP TRIGGER entry_append_only ON entry",
        "CREATE TABLE left_behind (n int)",
        "CREATE INDEX left_behind ON programme_version (key)",
        "ALTER TABLE programme_version ADD COLUMN left_behind int",
        "ALTER TABLE programme_version ALTER COLUMN key DROP NOT NULL",
        "CREATE SCHEMA left_behind",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ],
)
def test_a_database_whose_schema_was_touched_is_not_lent_again(postgres, say, change: str) -> None:
    first, second = lent_again(postgres, say, change)
    assert second != first
    assert say(postgres.url(second), ENTRIES) == [(0,)]
    postgres.take_back(second)


def test_triggers_hold_in_a_database_that_was_lent_before(postgres, say) -> None:
    _first, second = lent_again(postgres, say, FIRST)
    with pytest.raises(psycopg.errors.RaiseException):
        say(postgres.url(second), "DELETE FROM entry")
    postgres.take_back(second)


def answers_of(url: str, *statements: str) -> list[object]:
    """What each statement says on a connection of a new engine, which is closed afterwards."""
    engine = create_engine(url)
    with engine.connect() as connection:
        said = [connection.execute(text(statement)).one()[0] for statement in statements]
    engine.dispose()
    return said


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_closed_connection_is_used_again_and_nothing_is_left_of_its_session(database_url) -> None:
    pid = "SELECT pg_backend_pid()"
    zone = "SELECT current_setting('TimeZone')"
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    first = answers_of(
        database_url, pid, zone, held, "SELECT set_config('TimeZone', 'Asia/Seoul', false)",
        "SELECT 1 FROM (SELECT pg_advisory_lock(7)) taken", zone, held,
    )  # fmt: skip
    assert first[5:] == ["Asia/Seoul", 1]
    assert answers_of(database_url, pid, zone, held) == first[:3]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_has_ended_is_not_used_again(database_url, say) -> None:
    (first,) = answers_of(database_url, "SELECT pg_backend_pid()")
    say(database_url, f"SELECT pg_terminate_backend({first}, 5000)")
    assert answers_of(database_url, "SELECT pg_backend_pid()") != [first]
