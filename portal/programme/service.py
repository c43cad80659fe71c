"""Publishes versions and answers which one is in force. Versions never change: each is read once."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Row, insert, select
from sqlalchemy.exc import DBAPIError

from portal.db import db, read, run
from portal.errors import Refused
from portal.programme.models import ProgrammeVersion
from portal.programme.schema import Programme
from portal.programme.source import digest, parse

FRESH_SECONDS = 5.0
"""For this long a server may go on with the version it knows after another one has published."""

_NUMBER_OF_LATEST = select(ProgrammeVersion.number).order_by(ProgrammeVersion.number.desc()).limit(1)


@dataclass
class _Known:
    """What this server has read of one database. Several threads may write it: each writes the same facts."""

    latest: int | None = None
    asked_at: float = 0.0
    versions: dict[int, Programme] = field(default_factory=dict)


_known_of: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()


def _here() -> _Known:
    return _known_of.setdefault(db.engine, _Known())


def publish(source: str, now: datetime) -> int:
    """Publish a programme text and return its version number, counted from 1.

    The text of the latest version again gives its number and writes nothing. Raises `Invalid` for a text that
    is no programme. A verb: the edge commits.
    """
    programme = _parsed(source, published=False)
    latest = run(
        select(ProgrammeVersion.number, ProgrammeVersion.sha256)
        .order_by(ProgrammeVersion.number.desc())
        .limit(1)
    ).first()
    sha256 = digest(source)
    if latest is not None and latest.sha256 == sha256:
        return int(latest.number)
    number = 1 if latest is None else int(latest.number) + 1
    run(
        insert(ProgrammeVersion).values(
            number=number, key=programme.key, sha256=sha256, source=source, published_at=now
        )
    )
    refresh()
    return number


def version(number: int) -> Programme:
    """The programme of a published version. Refuses `unknown_key`."""
    known = _here()
    programme = known.versions.get(number)
    if programme is None:
        programme = known.versions[number] = _parsed(source_of(number), published=True)
    return programme


def source_of(number: int) -> str:
    """The text of a published version. Refuses `unknown_key`."""
    source = read(select(ProgrammeVersion.source).where(ProgrammeVersion.number == number)).scalar()
    if source is None:
        raise Refused("unknown_key", f"There is no programme version {number}.", status=404)
    return str(source)


def versions() -> list[Row[Any]]:
    """Every published version (number, key, sha256, published_at), the newest first."""
    columns = (
        ProgrammeVersion.number,
        ProgrammeVersion.key,
        ProgrammeVersion.sha256,
        ProgrammeVersion.published_at,
    )
    return list(read(select(*columns).order_by(ProgrammeVersion.number.desc())).all())


@lru_cache(maxsize=32)
def _parsed(source: str, *, published: bool) -> Programme:
    return parse(source, "programme.toml", published=published)


def active() -> tuple[int, Programme]:
    """The latest published version: its number and the programme.

    At most one cheap query each five seconds. Refuses `no_programme` (503) when nothing is published yet.
    """
    known = _here()
    latest = known.latest
    if latest is None or time.monotonic() - known.asked_at >= FRESH_SECONDS:
        try:
            latest = read(_NUMBER_OF_LATEST).scalar()
        except DBAPIError:
            if latest is None:
                raise
            return latest, version(latest)  # the page that says the database is away still wears its colours
        if latest is None:
            raise Refused(
                "no_programme", "No programme is published: run `portal programme use FILE`.", status=503
            )
        known.latest, known.asked_at = latest, time.monotonic()
    return latest, version(latest)


def refresh() -> None:
    """Forget what was read of this database, so that the next question asks it."""
    _known_of.pop(db.engine, None)
