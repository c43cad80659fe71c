"""Ten thousand messages of Stripe's about the lives of four hundred members, three times each and in any order."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import time_machine

from tests import make, servers
from tests.billing import flood
from tests.evidence.histories import Figure

MEMBERS, DAYS, SEED = 400, 100, 2026
LEAST = 10_000


def check(engine: str, folder: Path) -> list[Figure]:
    """Told once in order and told three times in any order, against the stand-in's objects and one another."""
    shutil.rmtree(folder, ignore_errors=True)  # cut off, it begins anew
    folder.mkdir(parents=True)
    postgres = None
    url = f"sqlite:///{folder / 'portal.sqlite'}"
    if engine == "postgresql":
        os.environ["XDG_RUNTIME_DIR"] = str(servers.private_dir(folder.parent))
        postgres = servers.Postgres(folder.parent)
        name = f"evidence_{folder.name}".replace("-", "_").replace("+", "_")
        postgres.drop(name)
        url = postgres.url(postgres.create(name))
    environ = {"PORTAL_ENV": "testing", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": url}
    with time_machine.travel(make.NOW, tick=False) as clock:
        _migrate(environ)
        in_order, at_random = flood.both_ways(
            environ, folder, postgres, clock, members=MEMBERS, days=DAYS, seed=SEED
        )
    unlike = flood.unlike(in_order, at_random)
    different = [f"{table}: {row}" for table, rows in unlike.items() for row in rows]
    return [
        Figure("messages", f">= {LEAST}", str(in_order.messages), in_order.messages >= LEAST),
        Figure("of them looked into", "-", str(in_order.worked), True),
        *_nothing("told once in order: not as at Stripe", in_order.differences),
        *_nothing("three times in any order: not as at Stripe", at_random.differences),
        *_nothing(
            "receipts, points and months without a cause, or missing",
            in_order.without_cause + at_random.without_cause,
        ),
        *_nothing("faults that `portal check` finds", in_order.faults + at_random.faults),
        *_nothing("rows in which the two differ", different),
    ]


def _nothing(name: str, found: list[str]) -> list[Figure]:
    for line in found[:10]:
        print(f"  {name}: {line}", file=sys.stderr)
    return [Figure(name, "0", str(len(found)), not found)]


def _migrate(environ: dict[str, str]) -> None:
    from portal import create_app
    from portal.config import Settings
    from portal.db import db, migrate

    app = create_app(Settings.load(environ))
    migrate(app)
    with app.app_context():
        db.engine.dispose()


def _on(engine: str) -> Callable[[Path], list[Figure]]:
    return lambda folder: check(engine, folder)


EVENTS: dict[str, Callable[[Path], list[Figure]]] = {
    f"billing-events-{engine}": _on(engine) for engine in ("sqlite", "postgresql")
}
"""What each check does in its folder."""
