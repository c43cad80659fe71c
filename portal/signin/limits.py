"""Counting attempts in the database, atomically: no number of servers or parallel tries gets past a limit."""

import hashlib
import hmac
import ipaddress
import math
from datetime import datetime, timedelta

from sqlalchemy import case, select

from portal import config
from portal.db import read, run, upsert
from portal.signin.models import Attempt
from portal.signin.noting import note
from portal.signin.rules import BY_ADDRESS, BY_ALL, BY_IP, Limit

_attempt = Attempt.__table__.c


def too_many(what: str, *, email: str, ip: str, now: datetime) -> int:
    """Count one attempt at `what` by this address, from this IP, and by all; the seconds to wait, 0 when it may go on.

    One that has to wait is not counted further, so that pressing again makes no wait longer. The caller commits either
    way.
    """
    for limits, subject in ((BY_ADDRESS, email), (BY_IP, line_of(ip)), (BY_ALL, "")):
        for limit in limits:
            wait = _count(what, limit, _hidden(subject), now)
            if wait:
                return wait
    return 0


def seconds_to_wait(what: str, limit: Limit, subject: str, now: datetime) -> int:
    """Count one attempt at `what` by `subject` against the caller's own limit; the seconds to wait, 0 for none."""
    return _count(what, limit, _hidden(subject), now)


def seconds_left(what: str, limit: Limit, subject: str, now: datetime) -> int:
    """The seconds that `subject` has to wait because it has tried `what` as often as this limit lets it, 0 for none;
    nothing is counted. Of those who ask at the same time and count later, all get past: the caller holds something."""
    mine = (_attempt.limit_key == f"{what}/{limit.key}", _attempt.subject == _hidden(subject))
    began = read(select(_attempt.began_at).where(*mine, _attempt.count >= limit.most)).scalar_one_or_none()
    if began is None or began <= now - limit.window:
        return 0
    note("limit", "reached", now, kind="", how=f"{what}/{limit.key}")
    return _seconds(began + limit.window - now)


def _count(what: str, limit: Limit, subject: str, now: datetime) -> int:
    statement = upsert(Attempt)
    over = _attempt.began_at <= now - limit.window
    row = run(
        statement.on_conflict_do_update(
            index_elements=["limit_key", "subject"],
            set_={
                "count": case((over, 1), else_=_attempt.count + 1),
                "began_at": case((over, statement.excluded.began_at), else_=_attempt.began_at),
            },
        ).returning(_attempt.count.label("counted"), _attempt.began_at),
        {"limit_key": f"{what}/{limit.key}", "subject": subject, "began_at": now, "count": 1},
    ).one()
    if row.counted <= limit.most:
        return 0
    note("limit", "reached", now, kind="", how=f"{what}/{limit.key}")
    return _seconds(row.began_at + limit.window - now)


def _seconds(left: timedelta) -> int:
    return math.ceil(left.total_seconds())


def line_of(ip: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 that one line is given in IPv6. Some proxies name the port behind
    an address (`203.0.113.7:4711`, `[2001:db8::1]:4711`), others write IPv4 as IPv6 (`::ffff:203.0.113.7`)."""
    if ip.startswith("["):
        ip = ip[1:].partition("]")[0]
    elif ip.count(":") == 1:
        ip = ip.partition(":")[0]
    try:
        found = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def hidden_line(ip: str) -> str:
    """Who counts as one, in a column that names nobody."""
    return _hidden(line_of(ip))


def _hidden(subject: str) -> str:
    """Counters name nobody: addresses and IPs stand there under the portal's key."""
    return hmac.new(
        config.current().secret_key.encode(), f"attempt:{subject}".encode(), hashlib.sha256
    ).hexdigest()
