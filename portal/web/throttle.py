"""Slowing down who guesses: views of slices that stand above signing in count attempts here."""

import threading
from datetime import datetime, timedelta
from math import ceil
from typing import NoReturn

from flask import request

from portal import clock, signin
from portal.db import transact
from portal.errors import Refused

MOST_LINES_KEPT = 10_000


class Misses:
    """Who names what is none, too often: each miss is counted in the database, for all processes together, and what is
    found asks for nothing. So a process hears by a miss that somebody has to wait, and keeps in memory until when; it
    begins anew when so many wait that it would keep too much.
    """

    def __init__(self, what: str, most: int, within: timedelta, told: str) -> None:
        """`what` is guessed at: at most `most` times `within` this time, counted from the first; `told` says so, to a
        machine in English."""
        self._what, self._limit, self._told = what, signin.Limit("misses", most, within), told
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def refuse(self, who: str) -> None:
        """Refuses `too_many_requests` to who has missed too often, whatever they name now."""
        until, now = self._until.get(who), clock.now()
        if until is not None and until > now:
            self._wait(until, now)

    def note(self, who: str) -> None:
        """Count one more miss of theirs, in an edge of its own, which commits. Refuses `too_many_requests` when it was
        one too many."""
        now = clock.now()
        wait = transact(lambda: signin.seconds_to_wait(self._what, self._limit, who, now))
        if not wait:
            return
        until = now + timedelta(seconds=wait)
        with self._lock:
            if len(self._until) >= MOST_LINES_KEPT:
                self._until.clear()
            self._until[who] = until
        self._wait(until, now)

    def _wait(self, until: datetime, now: datetime) -> NoReturn:
        raise Refused("too_many_requests", self._told, retry_after=ceil((until - now).total_seconds()))


def line() -> str:
    """Where the request comes from, as one that counts."""
    return signin.line_of(request.remote_addr or "")


def seconds_to_wait(what: str, subject: str) -> int:
    """Count one attempt at `what` on this `subject`, from this line and by all; the seconds to wait, 0 when it may go
    on. An edge of its own, which commits: an attempt counts whatever becomes of the request.
    """
    ip, now = request.remote_addr or "", clock.now()
    return transact(lambda: signin.too_many(what, email=subject, ip=ip, now=now))


def member_waits(what: str, most: int, member_id: str, hours: int = 1) -> int:
    """Count one attempt of a member at `what`, of which so many hours have `most`; the seconds to wait, 0 when it may
    go on. An edge of its own, which commits.
    """
    limit, now = signin.Limit(f"{hours}h", most, timedelta(hours=hours)), clock.now()
    return transact(lambda: signin.seconds_to_wait(what, limit, member_id, now))
