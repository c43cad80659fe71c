"""Slowing down who guesses: views of slices that stand above signing in count attempts here."""

from datetime import timedelta

from flask import request

from portal import clock, signin
from portal.db import transact


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
