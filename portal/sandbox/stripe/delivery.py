"""The outbox: events on their way to the webhook endpoints, delivered by a thread, held or sent by hand."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from portal.sandbox.stripe import webhooks
from portal.sandbox.stripe.store import Obj, Store

TIMEOUT_SECONDS = 10.0
BACK_OFF_SECONDS = (1, 2, 5, 15, 60, 300, 900)  # then it has failed
IDLE_SECONDS = 0.5
NO_ANSWER = 0


class Outbox:
    """What is to be delivered, and the thread that delivers it while nobody holds it."""

    def __init__(self, store: Store, clock: Callable[[], datetime], trusted: Path | None = None) -> None:
        self.store, self.clock = store, clock
        self._trusted = trusted
        self._sent = threading.Condition()
        self._sending: set[int] = set()
        self._not_before: dict[int, float] = {}
        self._under_way: set[http.client.HTTPConnection] = set()
        self._news, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._held = bool(store.fact("held", False))

    @property
    def held(self) -> bool:
        """Whether events wait until somebody delivers them by hand."""
        return self._held

    def hold(self, held: bool) -> None:
        """Keep events back, or let them go."""
        self.store.remember("held", held)
        self._held = held
        self.nudge()

    def nudge(self) -> None:
        """There may be something to deliver."""
        if not self._held:
            self._news.set()

    def start(self) -> None:
        """Deliver from now on."""
        self._thread = threading.Thread(target=self._deliver, name="stripe-stand-in-outbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; whoever has not answered by now is waited for no longer."""
        self._ended.set()
        self._news.set()
        for connection in tuple(self._under_way):
            if connection.sock is not None:
                with contextlib.suppress(OSError):  # it is shut already
                    connection.sock.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()

    def waiting(self) -> list[tuple[int, str, str]]:
        """Number, event and endpoint of what is pending, oldest first."""
        rows = self.store.run(
            "SELECT seq, event, endpoint FROM deliveries WHERE state = 'pending' ORDER BY seq"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def _deliver(self) -> None:
        while not self._ended.is_set():
            self._news.clear()
            if not self.held:
                now = time.monotonic()
                for seq, event, endpoint in self.waiting():
                    if self._ended.is_set() or self.held:
                        break
                    if self._not_before.get(seq, 0.0) <= now:
                        self._send_one(seq, event, endpoint, TIMEOUT_SECONDS)
            self._news.wait(IDLE_SECONDS)

    def try_now(self, event: str, timeout_seconds: float) -> None:
        """Deliver this event in the calling thread unless events are held: Checkout does so before it redirects."""
        if self.held or self._thread is None:
            return
        for seq, pending, endpoint in self.waiting():
            if pending == event and not self._send_one(seq, pending, endpoint, timeout_seconds):
                self._await(seq, timeout_seconds)

    def _await(self, seq: int, timeout_seconds: float) -> None:
        """The thread was faster: the customer waits for it."""
        with self._sent:
            self._sent.wait_for(lambda: seq not in self._sending, timeout_seconds)

    def _send_one(self, seq: int, event_id: str, endpoint_id: str, timeout_seconds: float) -> bool:
        """Send a pending delivery and note what was answered; False when another thread is at it."""
        with self._sent:
            if seq in self._sending:
                return False
            self._sending.add(seq)
        try:
            rows = self.store.run("SELECT state FROM deliveries WHERE seq = ?", seq)
            if rows and rows[0][0] == "pending":
                event, endpoint = self._load(event_id), self._load(endpoint_id)
                body = webhooks.body(event)
                answer = self.post(endpoint["url"], body, self.signature(endpoint, body), timeout_seconds)
                self._note(seq, answer)
        finally:
            with self._sent:
                self._sending.discard(seq)
                self._sent.notify_all()
        return True

    def _note(self, seq: int, answer: int) -> None:
        """2xx is taken; anything else is tried again later, a redirect too."""
        tries = self.store.run("SELECT tries FROM deliveries WHERE seq = ?", seq)[0][0] + 1
        if 200 <= answer < 300:
            state = "done"
        elif tries > len(BACK_OFF_SECONDS):
            state = "failed"
        else:
            state = "pending"
            self._not_before[seq] = time.monotonic() + BACK_OFF_SECONDS[tries - 1]
        self.store.run(
            "UPDATE deliveries SET state = ?, tries = ?, answer = ? WHERE seq = ?", state, tries, answer, seq
        )

    def taken(self, event: str, answer: int) -> None:
        """What a delivery by hand was answered."""
        for (seq,) in self.store.run(
            "SELECT seq FROM deliveries WHERE event = ? AND state = 'pending'", event
        ):
            self._note(seq, answer)

    def drop(self, events: list[str]) -> None:
        """These never arrive."""
        for event in events:
            self.store.run(
                "UPDATE deliveries SET state = 'dropped' WHERE event = ? AND state <> 'done'", event
            )

    def signature(
        self, endpoint: Obj, body: bytes, *, age_seconds: int = 0, secrets: list[str] | None = None
    ) -> str:
        """The header for this body, by the real clock: the portal compares it with its own."""
        at = int(self.clock().timestamp()) - age_seconds
        return webhooks.sign(body, secrets or [endpoint["_secret"]], at)

    def post(self, url: str, body: bytes, signature: str, timeout_seconds: float = TIMEOUT_SECONDS) -> int:
        """Send one delivery; answers the status, 0 when there was no answer."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(self._trusted) if self._trusted else None)
            connection = http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout_seconds)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Stripe/1.0 (stand-in)",
        }
        self._under_way.add(connection)
        try:
            connection.connect()
            if self._ended.is_set():
                return NO_ANSWER
            connection.request("POST", parts.path or "/", body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return NO_ANSWER
        finally:
            self._under_way.discard(connection)
            connection.close()
        return response.status

    def _load(self, id: str) -> Obj:
        body: Obj = json.loads(self.store.run("SELECT body FROM objects WHERE id = ?", id)[0][0])
        return body
