"""Slowing down who guesses: views of slices that stand above signing in count attempts here."""

import threading
from datetime import datetime, timedelta

from flask import request

from portal import clock, signin
from portal.db import transact
from portal.errors import Refused

MOST_MISSES = 30
MISSES_WITHIN = timedelta(minutes=5)
MOST_LINES_KEPT = 10_000


class Misses:
    """Looks at addresses that are none, by the line they came from. Looking writes nothing (security.md rule 17), so
    each process counts by itself, in memory, and begins anew when so many lines guess that it would keep too much.
    """

    def __init__(self) -> None:
        self._missed: dict[str, tuple[int, datetime]] = {}
        self._lock = threading.Lock()

    def refuse(self) -> None:
        """Refuses `too_many_requests` to a line that has missed too often, whatever it looks at now."""
        count, since = self._missed.get(_line(), (0, clock.now()))
        if count >= MOST_MISSES and since > clock.now() - MISSES_WITHIN:
            raise Refused("too_many_requests", "This line has looked at many addresses that are none.")

    def note(self) -> None:
        """This line has missed once more."""
        line, now = _line(), clock.now()
        with self._lock:
            if len(self._missed) >= MOST_LINES_KEPT:
                self._missed.clear()
            count, since = self._missed.get(line, (0, now))
            self._missed[line] = (count + 1, since) if since > now - MISSES_WITHIN else (1, now)


def _line() -> str:
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
