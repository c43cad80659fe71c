"""A portal and a stand-in in one process and without sockets, put back to the same beginning before each example."""

import contextvars
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import event as listening

from tests import make, warm
from tests.billing.shelf import fill
from tests.home.doors import join, step_in
from tests.page import Visit
from tests.stripe_standin import EVENTS_PATH, SECRET, StripeStandIn
from tests.stripe_wire import Wire

WANTED = [  # what the endpoint is told (stripe.md 4.3)
    *(f"checkout.session.{end}" for end in ("completed", "async_payment_succeeded", "expired")),
    *(f"customer.subscription.{end}" for end in ("created", "updated", "deleted", "paused", "resumed")),
    *("customer.subscription.trial_will_end", "customer.deleted"),
    *(f"customer.subscription.pending_update_{end}" for end in ("applied", "expired")),
    *(f"invoice.{end}" for end in ("paid", "payment_failed", "payment_action_required", "voided")),
    *("invoice.marked_uncollectible", "charge.refunded", "refund.updated"),
    *("charge.dispute.created", "charge.dispute.closed"),
]
TABLES = {"objects": 5, "answers": 4, "deliveries": 6, "facts": 2}
MEMBERS = ("anna", "bella")
BY_SPEND = '{ metric = "spend", amount = "200.00" }'
IN_A_ROW = '{ metric = "paid-months", count = 2, plans = ["gold-monthly"] }'
TRIED = 'key = "gold-yearly"\n'
COUPONS: dict[str, Any] = {
    "ONCE": {"percent_off": 50, "duration": "once"},
    "THRICE": {"amount_off": 200, "currency": "gbp", "duration": "repeating", "duration_in_months": 3},
    "ALWAYS": {"percent_off": 10, "duration": "forever"},
}
GRANTS = """
[[grants]]
key = "thanks"
label = "Thanks for staying"
on = "payment"
plans = ["gold-monthly", "gold-yearly", "gold-life", "platinum-monthly", "platinum-yearly"]
gives = { points = 600 }

[[charities]]"""


class _Client(FlaskClient):
    """Requests that see nothing of the app context around them."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


class Quick(StripeStandIn):
    """The stand-in, asked without a socket, whose objects can be put back to what they were."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, f"http://localhost{EVENTS_PATH}")
        self.way = Wire(self)
        with self.stand_in.at_work() as world:
            world.all("webhook_endpoint")[0]["enabled_events"] = WANTED

    def keep(self) -> dict[str, list[Any]]:
        """All that it has, for `put_back`."""
        return {name: self.stand_in.store.run(f"SELECT * FROM {name}") for name in TABLES}

    def put_back(self, kept: dict[str, list[Any]]) -> None:
        """Have what was kept, and nothing else."""
        store = self.stand_in.store
        self.stand_in.faults.clear()
        with store.writing():
            for name, width in TABLES.items():
                store.run(f"DELETE FROM {name}")
                places = ", ".join("?" * width)
                for row in kept[name]:
                    store.run(f"INSERT INTO {name} VALUES ({places})", *row)

    def catch_up(self) -> None:
        """Whatever is due by now happens."""
        with self.stand_in.at_work():
            pass

    def next_due(self) -> int | None:
        """When something happens by itself, in seconds since 1970."""
        found: int | None = self.stand_in.store.run("SELECT MIN(due) FROM objects")[0][0]
        return found

    def do(self, method: str, path: str, **params: Any) -> int:
        """What a person does in the Dashboard: a call that nothing comes in the way of; its status."""
        status, _ = self.stand_in.call(method, path, params, {"id": None, "idempotency_key": None})
        return int(status)

    def waiting(self) -> list[str]:
        """The events that nobody has heard, oldest first."""
        return [event for _, event, _ in self.stand_in.outbox.waiting()]


class Ground:
    """Both sides, their clock, and members who were there before; `anew()` is one example's.

    Used with `with`: the worker works when an example says so, and nobody waits between two tries of a call.
    """

    def __init__(self, folder: Path, empty: Path, clock: time_machine.Traveller) -> None:
        """`empty`: a migrated database of SQLite without rows."""
        from portal import create_app
        from portal.billing import gateway
        from portal.config import Settings

        warm.share()
        self.folder, self.clock = folder, clock
        self.file, self.begun = folder / "machine.sqlite", folder / "begun.sqlite"
        self.stripe = Quick(folder / "stripe")
        shutil.copy(empty, self.file)
        environ = {
            "PORTAL_ENV": "testing", "PORTAL_HOME": str(folder), "PORTAL_DATABASE_URL": f"sqlite:///{self.file}",
            "PORTAL_BASE_URL": "http://localhost", "PORTAL_SECRET_KEY": "known to every example",
            "PORTAL_LOG_LEVEL": "error",
        }  # fmt: skip
        self.app = create_app(Settings.load(environ | self.stripe.settings))
        self.app.config["TESTING"] = True
        self.app.test_client_class = _Client
        self._until_left = ExitStack()
        self._until_left.enter_context(patch("portal.billing.gateway.RETRIES", 0))
        self._until_left.enter_context(patch("portal.billing.operations.A_MOMENT", 0.0))
        self._until_left.enter_context(patch("portal.jobs.wake", lambda: None))
        self._until_left.callback(gateway._made.cache_clear)
        self._until_left.callback(self.stripe.stop)
        gateway._made.cache_clear()
        with self.app.app_context():
            from portal.db import db

            listening.listen(db.engine, "connect", lambda door, _: door.execute("PRAGMA synchronous=OFF"))
            door = gateway.gateway()
            door.client = self.stripe.bare_client()
            self._signed_in: dict[str, dict[Any, Any]] = {}
            self.members = self._begin()
        self._let_go()
        with closing(sqlite3.connect(self.file)) as door:  # what is written stands in one file
            door.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.file, self.begun)
        self._kept = self.stripe.keep()

    def __enter__(self) -> "Ground":
        return self

    def __exit__(self, *_: object) -> None:
        self._until_left.close()

    def _begin(self) -> dict[str, Any]:
        from portal import people
        from portal import programme as programmes
        from portal.billing import checkout
        from portal.db import transact

        self.clock.move_to(make.NOW)
        fill(make.NOW, also="promotion_codes = true")
        source = programmes.source_of(programmes.active()[0])
        source = source.replace(BY_SPEND, f"{BY_SPEND}, {IN_A_ROW}", 1).replace("[[charities]]", GRANTS, 1)
        source = source.replace(TRIED, f"{TRIED}trial_days = 14\n", 1)
        transact(lambda: programmes.publish(source, make.NOW))
        for code, coupon in COUPONS.items():
            made = self.stripe.bare_client().v1.coupons.create(coupon)
            promotion: Any = {"promotion": {"type": "coupon", "coupon": made.id}, "code": code}
            self.stripe.bare_client().v1.promotion_codes.create(promotion)
        for plan in programmes.active()[1].plans:
            checkout.price_id(plan, "GBP", make.NOW)
        for name in MEMBERS:
            join(name, f"{name}@example.com", name.title())
            self._signed_in[name] = dict(step_in(self.app, f"{name}@example.com").client._cookies)
        return {name: people.by_ref(name) for name in MEMBERS}

    @contextmanager
    def anew(self) -> Iterator[None]:
        """One example, from the same beginning."""
        from portal import programme as programmes

        for file in self.folder.glob("machine.sqlite*"):
            file.unlink()
        shutil.copy(self.begun, self.file)
        self.clock.move_to(make.NOW + timedelta(minutes=1))
        self.stripe.put_back(self._kept)
        self._visits = {name: (self._browser(name), make.NOW) for name in MEMBERS}
        with self.app.app_context():
            programmes.refresh()
            yield
        self._let_go()

    def _let_go(self) -> None:
        """Nothing holds a connection any more."""
        from portal.db import db

        with self.app.app_context():
            db.engine.dispose()

    def visit(self, name: str, now: datetime) -> Visit:
        """A member's browser, in which she is signed in."""
        visit, since = self._visits[name]
        if now - since > timedelta(days=25):
            visit = step_in(self.app, f"{name}@example.com")
        self._visits[name] = (visit, now)
        return visit

    def _browser(self, name: str) -> Visit:
        client = self.app.test_client()
        client._cookies.update(self._signed_in[name])
        return Visit(client)

    def tell(self, event: str, *, age_seconds: int = 0, secret: str = SECRET, tampered: bool = False) -> int:
        """Post one event to the portal; the status that it answers."""
        how: dict[str, Any] = {"secrets": [secret], "age_seconds": age_seconds, "tamper": tampered}
        body, signature = self.stripe.signed(event, **how)
        answer = self.app.test_client().post(
            EVENTS_PATH, data=body, content_type="application/json", headers={"Stripe-Signature": signature}
        )
        if answer.status_code == 200:
            with suppress(IndexError):
                self.stripe.stand_in.outbox.taken(event, 200)
        return answer.status_code
