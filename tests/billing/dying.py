"""A portal in a program of its own that ends itself with kill -9, at any step of what it is told to do.

It reads a line of JSON and answers with one. `settings` boots a portal by them. `act`, a request or a turn of the
worker's, is done at the instant `now`: without `step` it is done here, and all its steps are told; with one a forked
child does it and kills itself at that step. Each call to Stripe and each commit are two steps, begun and done; they are
seen from outside, so the portal does not know.
"""

import json
import os
import signal
import sys
import threading
from datetime import datetime
from typing import Any

import stripe
import time_machine
import ulid
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect

from portal import billing, clock, create_app
from portal import programme as programmes
from portal.billing import gateway, operations
from portal.config import Settings
from portal.db import db
from tests import warm

WORK = {
    "work off": lambda: billing.work_off(clock.now()),
    "reconcile": lambda: billing.reconcile(clock.now(), everything=True),
}


class _Steps:
    """What was begun and done so far; the process ends at the step `last`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.last: int | None = None

    def begin(self, last: int | None) -> None:
        """Count anew."""
        self.names, self.last = [], last

    def reach(self, name: str) -> None:
        """Here it dies, when it is to."""
        self.names.append(name)
        if len(self.names) - 1 == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


STEPS = _Steps()


def _watch() -> None:
    """Reach a step before and after each call to Stripe and each commit."""
    ask, commit = stripe.RequestsClient.request, DefaultDialect.do_commit

    def request(self: Any, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        name = f"{method.upper()} {url.split('/v1/', 1)[1].split('?')[0]}"
        STEPS.reach(f"{name} begins")
        answer = ask(self, method, url, headers, post_data)
        STEPS.reach(f"{name} is answered")
        return answer

    def do_commit(self: Any, connection: Any) -> None:
        STEPS.reach("a commit begins")
        commit(self, connection)
        STEPS.reach("a commit is done")

    stripe.RequestsClient.request = request  # type: ignore[method-assign]
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _boot(settings: dict[str, str]) -> Flask:
    app = create_app(Settings.load(settings))
    app.config["TESTING"] = True
    with app.app_context():
        if db.engine.dialect.name == "sqlite":  # no test cuts the power: the disk may take its time
            event.listen(db.engine, "connect", lambda one, _: one.execute("PRAGMA synchronous=OFF"))
    return app


def _do(app: Flask, told: dict[str, Any]) -> dict[str, Any]:
    """Do it; how a request was answered, and the steps."""
    STEPS.begin(told["step"])
    ulid.default_generator = ulid.ULIDGenerator()  # which goes on counting where it was forked
    act, answer = told["act"], {"status": 200, "location": ""}
    with time_machine.travel(datetime.fromisoformat(told["now"]), tick=False):
        if "work" in act:
            with app.app_context():
                WORK[act["work"]]()
        else:
            response = app.test_client(use_cookies=False).open(
                act["path"], method=act["method"], data=act["data"], headers=act["headers"]
            )
            answer = {"status": response.status_code, "location": response.location}
    return answer | {"steps": STEPS.names}


def _stand_alone(app: Flask) -> None:
    """Close what a child must not share: connections to the database and to Stripe. What was read of the programme is
    forgotten: the database may be another by the next time."""
    with app.app_context():
        programmes.refresh()
        db.engine.dispose()
    gateway._made.cache_clear()
    assert threading.active_count() == 1, "a lock that another thread holds is never given back in a child"


def _in_a_child(app: Flask, told: dict[str, Any]) -> int:
    """The signal that ended the child; 0 where it came to its end."""
    child = os.fork()
    if not child:
        try:
            _do(app, told)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Answer until there is nothing more to read."""
    warm.share()
    _watch()
    operations.A_MOMENT = 0.0  # the tap that another one waits for is dead
    app: Flask | None = None
    for line in sys.stdin:
        told = json.loads(line)
        answer: dict[str, Any] = {}
        if "settings" in told:
            app = _boot(told["settings"])
        elif told["step"] is None:
            assert app is not None
            answer = _do(app, told)
        else:
            assert app is not None
            answer = {"ended": _in_a_child(app, told)}
        _stand_alone(app)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
