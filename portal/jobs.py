"""Work beside the web server: a queue that wakes the worker, and the worker itself. It knows no slice.

The queue only says "look now". What is to be done stands in the portal's own database, so a lost wake-up or a killed
worker loses nothing: the worker also looks every minute by itself (dependencies.md A4).
"""

import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer

from portal.config import Settings

Work = Callable[[], object]
QUEUE = "portal"
LOOK_SECONDS = 0.5  # longest pause between two looks into the queue: a mailed code is waited for
ENOUGH = (
    3  # messages that wait: two may be the scheduled ones, so one of them lets the worker look at everything
)
log = logging.getLogger("portal.jobs")


class JsonSerializer(Serializer):
    """Messages as JSON: whoever can write to the queue cannot make the worker run code (huey pickles by default)."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class Jobs:
    """One app's queue and what its worker does: `drain` when woken and each minute, `nightly` each hour."""

    def __init__(self, settings: Settings, context: Callable[[], AbstractContextManager[Any]]) -> None:
        self.settings = settings
        self.context = context
        self.drains: list[Work] = []
        self.nightlies: list[Work] = []

    @cached_property
    def queue(self) -> tuple[Huey, Work]:
        """The queue and what wakes its worker; opened when it is first needed, which most commands never do."""
        queue = _open(self.settings)
        wake_up: Work = queue.task(name="drain")(self.drain)
        queue.periodic_task(crontab(minute="*"), name="drain_each_minute")(self.drain)
        queue.periodic_task(crontab(minute="7"), name="nightly_each_hour")(self.nightly)
        return queue, wake_up

    def drain(self) -> None:
        """Run everything that was registered by `on_drain`."""
        self._run(self.drains)

    def nightly(self) -> None:
        """Run everything that was registered by `on_nightly`."""
        self._run(self.nightlies)

    def _run(self, works: list[Work]) -> None:
        with self.context():
            for work in works:
                if not is_ending():
                    work()


_current: Jobs | None = None
_consumer: Consumer | None = None


def start(settings: Settings, context: Callable[[], AbstractContextManager[Any]]) -> None:
    """Open the queue of these settings; `context` is the app's, in which all work is done. Called once, at boot."""
    global _current
    _current = Jobs(settings, context)


def on_drain(work: Work) -> None:
    """Let the worker do `work` whenever it is woken, and each minute."""
    _jobs().drains.append(work)


def on_nightly(work: Work) -> None:
    """Let the worker do `work` each hour; it finds out itself what is due, and is safe to run at any time."""
    _jobs().nightlies.append(work)


def nightly() -> None:
    """Do now, in this process, all that is scheduled."""
    _jobs().nightly()


def wake() -> None:
    """Tell the worker to look now; edges call it after a commit. A queue out of reach only costs a minute.

    Where enough wait in the queue already, nothing is added: whichever is taken next sees what was committed before.
    """
    jobs = _jobs()
    if jobs.settings.env == "testing":
        jobs.drain()  # in place, so that what it raises is seen
        return
    try:
        queue, wake_up = jobs.queue
        if queue.pending_count() < ENOUGH:
            wake_up()
    except _failures(jobs.settings):
        log.warning(
            "the job queue does not answer; the worker looks by itself within a minute", exc_info=True
        )


def run_worker() -> None:
    """Work off the queue in this process until SIGTERM (what is under way is finished) or SIGINT (it is done later)."""
    global _consumer
    queue, _wake_up = _jobs().queue
    _consumer = queue.create_consumer(workers=1, max_delay=LOOK_SECONDS, graceful_signal="TERM")
    _consumer.run()


def is_ending() -> bool:
    """Whether this process is a worker that was told to end: it finishes the piece that it is at and takes no other;
    what is due stays due."""
    return _consumer is not None and _consumer.stop_flag.is_set()


def _jobs() -> Jobs:
    if _current is None:
        raise RuntimeError("no job queue yet: create_app() opens it")
    return _current


def _open(settings: Settings) -> Huey:
    """The queue of these settings."""
    common: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    if settings.valkey_url:
        return RedisHuey(QUEUE, url=settings.valkey_url, **common)
    if settings.queue_database_url:
        return PostgresHuey(QUEUE, dsn=settings.queue_database_url, **common)
    settings.home.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(QUEUE, filename=str(settings.home / "queue.sqlite"), **common)


def _failures(settings: Settings) -> tuple[type[Exception], ...]:
    """What the queue of these settings raises when it is out of reach."""
    failures: tuple[type[Exception], ...] = (OSError, HueyException, sqlite3.Error)
    if settings.valkey_url:
        from redis import RedisError  # a package of production alone

        return (*failures, RedisError)
    if settings.queue_database_url:
        from psycopg import Error  # a package of production alone

        return (*failures, Error)
    return failures
