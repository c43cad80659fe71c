"""Twenty thousand broken inputs to forms, the API and Stripe's door, and as many bent passkeys, others each time."""

import logging
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import structlog
import time_machine
from flask import Flask

from portal import create_app, signin
from portal import programme as programmes
from portal.config import Settings
from portal.db import db, migrate, transact
from tests import make, servers
from tests.attacks.fuzzing import Fuzzer
from tests.attacks.ground import is_sound
from tests.authenticator import Phone
from tests.conftest import _Client
from tests.evidence.histories import Figure
from tests.home.doors import enter, join
from tests.page import Visit
from tests.signin.browsing import set_up
from tests.signin.mutating import mutated_passkeys, throw
from tests.stripe_standin import SECRET, StripeStandIn

INPUTS = 20_000
ENGINES = ("sqlite", "postgresql")


def check(engine: str, folder: Path) -> list[Figure]:
    """Half of the inputs on each engine. The seed is printed, for who wants to see them again."""
    shutil.rmtree(folder, ignore_errors=True)  # cut off, it begins anew
    folder.mkdir(parents=True)
    count, seed = INPUTS // len(ENGINES), secrets.randbelow(2**32)
    print(f"  seed {seed}", file=sys.stderr)
    standin = StripeStandIn(folder / "stripe", None)
    environ = {
        "PORTAL_ENV": "testing",
        "PORTAL_HOME": str(folder),
        "PORTAL_DATABASE_URL": _database(engine, folder),
    }
    environ |= {"PORTAL_BASE_URL": "http://localhost"} | standin.settings
    logging.disable(logging.CRITICAL)  # what is refused is told, and there is much of it
    try:
        with time_machine.travel(make.NOW, tick=False):
            app = create_app(Settings.load(environ))
            app.test_client_class = _Client
            migrate(app)
            with app.app_context():
                structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
                source = programmes.load("demo").source
                transact(lambda: programmes.publish(source, make.NOW))
                figures = [*_passkeys(app, count, seed), *_inputs(app, count, seed)]
                db.engine.dispose()
    finally:
        logging.disable(logging.NOTSET)
        standin.stop()
    return figures


def _passkeys(app: Flask, count: int, seed: int) -> list[Figure]:
    anna, phone, door = join(), Phone(), Visit(app.test_client())
    set_up(enter(app), phone)
    said, opened = throw(mutated_passkeys(count, seed, phone), door)
    kept = len(signin.passkeys_of("member", anna))
    return [
        Figure(
            f"statuses of {count} bent passkeys, all with the same words",
            "[400]",
            str(sorted(said)),
            said == {400},
        ),
        Figure("of them that opened something", "0", str(opened), opened == 0),
        Figure("passkeys of hers afterwards", "1", str(kept), kept == 1),
    ]


def _inputs(app: Flask, count: int, seed: int) -> list[Figure]:
    found = Fuzzer(app, seed, SECRET).throw(count)
    for line in found.broken[:20]:
        print(f"  {line}", file=sys.stderr)
    sound = is_sound(app)
    return [
        Figure(
            f"of {found.inputs} broken inputs, answered with a fault",
            "0",
            str(len(found.broken)),
            not found.broken,
        ),
        Figure(
            "ways in which Stripe's door refuses", "1", str(len(found.refusals)), len(found.refusals) == 1
        ),
        Figure("`portal check` finds faults", "no", "no" if sound else "yes", sound),
    ]


def _database(engine: str, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'portal.sqlite'}"
    os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(folder.parent))
    postgres = servers.Postgres(folder.parent)
    name = f"evidence_{folder.name}".replace("-", "_").replace("+", "_")
    postgres.drop(name)
    return postgres.url(postgres.create(name))


def _on(engine: str) -> Callable[[Path], list[Figure]]:
    return lambda folder: check(engine, folder)


FUZZ: dict[str, Callable[[Path], list[Figure]]] = {f"fuzz-{engine}": _on(engine) for engine in ENGINES}
"""What each check does in its folder."""
