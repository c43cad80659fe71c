"""Five hundred random sequences of commands, messages of Stripe's and faults, other ones each time."""

import logging
import secrets
import shutil
import sys
from pathlib import Path

import time_machine
from hypothesis.errors import Flaky

from portal import create_app
from portal.config import Settings
from portal.db import db, migrate
from tests import make
from tests.billing import machine
from tests.billing.ground import Ground
from tests.evidence.histories import Figure

NAME = "billing-machine"
EXAMPLES, STEPS = 500, 20


def check(folder: Path) -> list[Figure]:
    """Whether all is as it is at Stripe after each of them. The seed is printed, for who wants to see it again."""
    shutil.rmtree(folder, ignore_errors=True)  # cut off, it begins anew
    folder.mkdir(parents=True)
    number, wrong = secrets.randbelow(2**32), ""
    print(f"  seed {number}", file=sys.stderr)
    logging.disable(logging.CRITICAL)  # faults are many, and wanted
    try:
        empty = _empty(folder)
        with (
            time_machine.travel(make.NOW, tick=False) as clock,
            Ground(folder, empty, clock) as ground,
        ):
            machine.run(ground, EXAMPLES, steps=STEPS, number=number)
    except (
        AssertionError,
        Flaky,
    ) as error:  # Stripe's ids are other ones each time: what hangs on them fails once
        wrong = str(error)
        print(wrong, file=sys.stderr)
    finally:
        logging.disable(logging.NOTSET)
    found = f"a sequence of seed {number}" if wrong else f"0, seed {number}"
    return [Figure(f"of {EXAMPLES} random sequences, after which something is amiss", "0", found, not wrong)]


def _empty(folder: Path) -> Path:
    """A migrated database without rows."""
    file = folder / "empty.sqlite"
    environ = {"ENV": "testing", "HOME": str(folder), "DATABASE_URL": f"sqlite:///{file}"}
    app = create_app(Settings.load({f"PORTAL_{name}": value for name, value in environ.items()}))
    migrate(app)
    with app.app_context():
        db.engine.dispose()
    return file
