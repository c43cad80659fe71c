"""The stand-in as a whole: its file, its clock, its outbox and its faults; what the API and the pages work with."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from portal.sandbox.stripe import calls, clockwork, portals, webhooks
from portal.sandbox.stripe.delivery import Outbox
from portal.sandbox.stripe.faults import Faults
from portal.sandbox.stripe.store import Obj, Store
from portal.sandbox.stripe.wire import VERSION, Complaint
from portal.sandbox.stripe.world import World

KEY_LENGTH = 255
DECLINED = 402
BROKEN = 500
EVENTS = ["*"]


class StandIn:
    """Everything of the stand-in but its web pages. `base_url` is where a browser finds those."""

    def __init__(
        self, path: Path, base_url: str, clock: Callable[[], datetime], trusted: Path | None = None
    ) -> None:
        self.store, self.base_url, self.clock = Store(path), base_url.rstrip("/"), clock
        self.outbox = Outbox(self.store, clock, trusted)
        self.faults = Faults()
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def close(self) -> None:
        """End what runs beside, and close the file."""
        self.outbox.stop()
        self.store.close()

    def now(self) -> int:
        """The instant on the stand-in's own clock, which runs with the system's and may be ahead of it."""
        return int(self.clock().timestamp()) + int(self.store.fact("moved_seconds", 0))

    @contextmanager
    def at_work(self, request: Obj | None = None) -> Iterator[World]:
        """A piece of work on a world that is up to date. A Complaint with `keep` leaves what was written."""
        with self.store.writing():
            world = World(self.store, self.now(), self.base_url)
            clockwork.catch_up(world)
            world.flush()
        kept: Complaint | None = None
        with self.store.writing():
            world = World(self.store, self.now(), self.base_url, request)
            try:
                yield world
            except Complaint as complaint:
                if not complaint.keep:
                    raise
                kept = complaint
            world.flush()
        self.outbox.nudge()
        if kept is not None:
            raise kept

    def call(self, method: str, path: str, params: Obj, request: Obj) -> tuple[int, Obj]:
        """Answer one call of the API with its status."""
        try:
            found, ids = calls.find(method, path)
            with self.at_work(request) as world:
                return 200, calls.answer(world, found, ids, params)
        except Complaint as complaint:
            return complaint.status, complaint.body

    def once(self, key: str, asked: str, act: Callable[[], tuple[int, Obj]]) -> tuple[int, Obj, bool]:
        """Answer under an idempotency key: the first answer, 500 included, is kept and comes again.

        The same key for something else is refused with 400, and with 409 while the first call is under way. What
        was refused before anything was done is not kept.
        """
        if len(key) > KEY_LENGTH:
            raise Complaint(
                f"Idempotency key is too long; it may have {KEY_LENGTH} characters.", type="idempotency_error"
            )
        with self._lock:
            if key in self._under_way:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}."
                raise Complaint(message, status=409, code="idempotency_key_in_use")
            self._under_way.add(key)
        try:
            rows = self.store.run("SELECT asked, status, body FROM answers WHERE key = ?", key)
            if rows:
                if rows[0][0] != asked:
                    raise Complaint(
                        "Keys for idempotent requests can only be used with the same parameters they were first used "
                        f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                        type="idempotency_error",
                    )
                return rows[0][1], json.loads(rows[0][2]), True
            status, body = act()
            if status < 400 or status in (DECLINED, BROKEN):
                self.store.run(
                    "INSERT INTO answers VALUES (?, ?, ?, ?)", key, asked, status, json.dumps(body)
                )
            return status, body, False
        finally:
            with self._lock:
                self._under_way.discard(key)

    def register(self, url: str, secret: str) -> None:
        """Send every event to the portal at `url`; a portal that has moved since the last start is followed."""
        with self.at_work() as world:
            portals.default_configuration(world)
            own = next((one for one in world.all("webhook_endpoint") if one.get("_own")), None)
            if own is None:
                wanted = {"url": url, "enabled_events": EVENTS, "api_version": VERSION}
                webhooks.create(world, wanted, secret)
                own = world.all("webhook_endpoint")[0]
            own |= {"url": url, "_secret": secret, "_own": True}

    def move_clock(self, to: int) -> None:
        """Set the clock forward to an instant; what is due until then happens."""
        with self.at_work() as world:
            clockwork.move(world, to)
