"""A PostgreSQL database that another test has used is as the migrations leave it, or it is not used again."""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

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
