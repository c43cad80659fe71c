"""Published versions: numbered, never changed, read once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from portal import programme
from portal.db import run, transact
from portal.errors import Refused
from portal.programme.models import ProgrammeVersion
from tests.make import NOW
from tests.programme.texts import small

pytestmark = pytest.mark.both_engines

OTHER = small(name='"Another name"')


def publish(source: str) -> int:
    return transact(lambda: programme.publish(source, NOW))


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(app: Flask) -> None:
    first = publish(small())
    second = publish(OTHER)
    assert second == first + 1
    assert programme.active() == (second, programme.parse(OTHER, "x"))
    assert programme.version(first).name == "Small shop"


def test_the_same_text_again_is_the_same_version(app: Flask) -> None:
    assert publish(small()) == publish(small())


def test_going_back_to_an_older_text_is_a_new_version(app: Flask) -> None:
    first = publish(small())
    publish(OTHER)
    assert publish(small()) == first + 2


@pytest.mark.parametrize(
    "statement", ["UPDATE programme_version SET source = 'another'", "DELETE FROM programme_version"]
)
@pytest.mark.both_engines(every_case=True)
def test_the_database_itself_keeps_what_was_published(app: Flask, statement: str) -> None:
    number = publish(small())
    with pytest.raises(DBAPIError, match="append-only"):
        transact(lambda: run(text(statement)))
    assert programme.source_of(number) == small()


def test_a_text_that_is_wrong_is_not_published(app: Flask) -> None:
    number = publish(small())
    with pytest.raises(programme.Invalid):
        publish(small(currency='"nothing"'))
    assert programme.active()[0] == number


def test_a_published_version_stands_also_where_a_later_check_would_refuse_it(app: Flask) -> None:
    source = small() + '\n[[perks]]\nkey = "one"\nlabel = "One"\n[[perks]]\nkey = "one"\nlabel = "Two"\n'
    with pytest.raises(programme.Invalid):
        publish(source)
    row = {"key": "small", "sha256": "0" * 64, "source": source, "published_at": NOW}
    transact(lambda: run(insert(ProgrammeVersion).values(number=1, **row)))
    programme.refresh()
    number, active = programme.active()
    assert (number, [perk.label for perk in active.perks]) == (1, ["One", "Two"])


def test_a_version_that_was_never_published_is_refused(app: Flask) -> None:
    with pytest.raises(Refused, match="unknown_key"):
        programme.version(99)


def test_a_server_notices_the_version_of_another_within_five_seconds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 100.0
    monkeypatch.setattr("portal.programme.service.time.monotonic", lambda: seconds)
    number = publish(small())
    assert programme.active()[0] == number
    monkeypatch.setattr(
        "portal.programme.service.refresh", lambda: None
    )  # it was not this server that published
    transact(lambda: programme.publish(OTHER, NOW + timedelta(minutes=1)))
    seconds += 4.9
    assert programme.active()[0] == number
    seconds += 0.1
    assert programme.active()[0] == number + 1
