"""What holds for every mailed code, whatever it opens: it belongs to the browser that asked for it, lives ten minutes
and takes five tries, each of them counted by address, by IP and all in all (security.md rule 14)."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, update

from portal.db import run
from portal.signin.limits import too_many
from portal.signin.models import Challenge
from portal.signin.recovery_models import AddressCode
from portal.signin.rules import CODE_TRIES, RESEND_AFTER, code_digits
from portal.signin.secrets import code_hash, same, token_hash


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that is on its way, or the seconds to wait before one may be asked for."""

    challenge_id: str | None
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser at hand: its secret, its name for people, where it comes from."""

    browser: str
    agent: str
    ip: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a typed code; `row` is what was asked for, None when this browser did not ask."""

    outcome: Literal["right", "wrong", "used", "expired", "limited"]
    row: Row[Any] | None = None
    wait_seconds: int = 0


def try_code(
    table: type[Challenge] | type[AddressCode],
    row: Row[Any] | None,
    typed: str,
    *,
    visitor: Visitor,
    now: datetime,
) -> Tried:
    """Try a code on its row of this table, which the caller has locked and is to spend when it was right.

    Whatever comes of it is to be committed, because tries are counted; also of one that is used, which says so to who
    knows its digits alone: an old cookie does not.
    """
    if row is None or is_elsewhere(row, visitor.browser):
        return Tried("expired")
    if is_over(row, now):
        return Tried("expired", row)
    wait = too_many("code", email=row.email, ip=visitor.ip, now=now)
    if wait:
        return Tried("limited", row, wait)
    columns = table.__table__.c
    run(update(table).where(columns.id == row.id).values(tries=columns.tries + 1))
    if not same(row.code_hash, code_hash(row.id, code_digits(typed))):
        return Tried("wrong", row)
    return Tried("right" if row.used_at is None else "used", row)


def is_elsewhere(challenge: Any, browser: str | None) -> bool:
    """Whether another browser than this one asked for it. One that was made for any browser never is."""
    return challenge.browser_hash is not None and not same(challenge.browser_hash, token_hash(browser or ""))


def resend_in(challenge: Any, now: datetime) -> int:
    """Seconds until a new code may be asked for."""
    left: float = (challenge.created_at + RESEND_AFTER - now).total_seconds()
    return max(0, math.ceil(left))


def is_over(challenge: Any, now: datetime) -> bool:
    """Whether its code works no more: too old, or tried too often."""
    return bool(challenge.expires_at <= now or challenge.tries >= CODE_TRIES)
