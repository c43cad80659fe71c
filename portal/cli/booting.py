"""An app for a command: settings from the environment, the schema where it should be, the context pushed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import click
from flask import Flask

from portal import billing, boot, clock, config
from portal import programme as programmes
from portal.db import schema_is_current, transact
from portal.errors import Refused

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def booted(
    *, current_schema: bool = True, make: Callable[[], Flask] = lambda: boot(os.environ)
) -> Iterator[Flask]:
    """The app of this environment (or of `make`) in its context, with the programme of PORTAL_PROGRAMME in force.

    Exits 1 when the schema is behind and the command needs it.
    """
    app = make()
    with app.app_context():
        if current_schema and not schema_is_current():
            click.echo("The database is empty or behind. Run: portal migrate", err=True)
            raise SystemExit(1)
        wanted = config.current().programme
        if current_schema and wanted:
            put_in_force(programmes.load(wanted))
        yield app


def put_in_force(loaded: programmes.Loaded) -> int:
    """Publish a programme; its version number. Refuses `plan_held` where it has not all plans that members have, in
    their rhythm; the one in force again is nothing."""

    def publish() -> int:
        before = next(iter(programmes.versions()), None)
        number = programmes.publish(loaded.source, clock.now())
        if before is None or number != before.number:
            was = None if before is None else programmes.version(before.number)
            billing.keep_sold(loaded.programme, was, clock.now())
        return number

    try:
        return transact(publish)
    except Refused:
        programmes.refresh()
        raise


def in_app(command: Callable[Concatenate[Flask, P], R]) -> Callable[P, R]:
    """Run a command inside the app, which it gets as its first argument."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with booted() as app:
            return command(app, *args, **kwargs)

    return run
