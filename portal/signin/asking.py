"""Requests of who can read her mail no more: asked for in the open, proved by a code, listed for staff.

Whoever asks gets one answer, whatever they know. What becomes of a request that staff begin stands in recovering.py.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from portal import people, rewards
from portal.db import read, run
from portal.money import without_cards
from portal.signin.codes import Asked, Tried, Visitor, is_over, resend_in
from portal.signin.freezing import UNDER_WAY
from portal.signin.limits import hidden_line
from portal.signin.proving import find_code, send_code, try_code
from portal.signin.recovery_models import Recovery

MOST_TOLD, MOST_WORDS = 254, 500
MOST_OF_A_LINE = 5  # open requests that nobody has begun
PAGE = 50
_recovery = Recovery.__table__.c
_asked = _recovery.state == "asked"


def ask_recovery(told: str, email: str, words: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """Note a request and send a code to the new address. What is `told` of the card is looked at by staff alone, so the
    answer says nothing about it. The number of a payment card is not kept, unless it is a member's number of a shop."""
    asked = send_code(email, purpose="recovery", visitor=visitor, locale=locale, now=now)
    if asked.challenge_id is not None:
        told = " ".join(told[:MOST_TOLD].replace("\x00", " ").split())  # PostgreSQL looks up no NUL
        told = told if people.by_ref(told) is not None else without_cards(told)
        run(
            insert(Recovery),
            {
                "id": asked.challenge_id, "email": people.normal_address(email), "locale": locale, "asked_at": now,
                "sealed": rewards.seal(json.dumps([told, without_cards(words[:MOST_WORDS])])), "state": "unproved",
            },
        )  # fmt: skip
    return asked


def ask_recovery_again(request_id: str, *, visitor: Visitor, locale: str, now: datetime) -> Asked:
    """Another code for the same request and address, half a minute later at the soonest, in place of the one before."""
    code = find_asked(request_id, visitor.browser)
    if code is None or _unproved(request_id) is None:
        return Asked(None)
    wait = resend_in(code, now)
    if wait:
        return Asked(None, wait)
    asked = send_code(
        code.email, purpose="recovery", visitor=visitor, locale=locale, now=now, again=request_id
    )
    if asked.challenge_id is not None:
        waits = update(Recovery).where(_recovery.id == request_id, _recovery.state == "unproved")
        run(waits.values(asked_at=now))  # it is kept for a day from now
    return asked


def typed_before(request_id: str, browser: str, now: datetime) -> dict[str, str]:
    """What was typed in this browser for a request (told, email, words), as long as its code works; else nothing."""
    code, typed = find_asked(request_id, browser), _unproved(request_id)
    if code is None or typed is None or is_over(code, now):
        return {}
    told, words = told_in(typed)
    return {"told": told, "email": code.email, "words": words}


def find_asked(request_id: str, browser: str) -> Row[Any] | None:
    """The code of a request that this browser made."""
    return find_code(request_id, "recovery", browser)


def prove_recovery(request_id: str, typed: str, *, visitor: Visitor, now: datetime) -> Tried:
    """The code of the new address is typed: with the right one staff see the request.

    An address has one open request and a line five: the oldest that nobody has begun give way.
    """
    tried = try_code(request_id, "recovery", typed, visitor=visitor, now=now)
    if tried.outcome == "right":
        line = hidden_line(visitor.ip)
        proved = update(Recovery).where(_recovery.id == request_id, _recovery.state == "unproved")
        row = run(
            proved.values(state="asked", asked_at=now, line_hash=line).returning(_recovery.email)
        ).one_or_none()
        if row is not None:
            _make_room(request_id, row.email, line)
    return tried


def begun_recoveries() -> list[Row[Any]]:
    """Requests that staff have begun: those that wait for a colleague first, then those that wait for their time."""
    begun = select(Recovery.__table__).where(_recovery.state.in_(UNDER_WAY))
    return list(read(begun.order_by(_recovery.state, _recovery.id)).all())


def asked_recoveries(after: str = "", most: int = PAGE) -> tuple[list[Row[Any]], str]:
    """Requests that nobody has looked at, the newest first, at most so many; those older than the request `after` where
    it is given. Also after which one the next page begins, empty for none."""
    asked = select(Recovery.__table__).where(_asked)
    if after:
        asked = asked.where(_recovery.id < after)  # ids are in the order of asking
    rows = list(read(asked.order_by(_recovery.id.desc()).limit(most + 1)).all())
    return rows[:most], rows[most - 1].id if len(rows) > most else ""


def count_asked() -> int:
    """How many requests nobody has looked at."""
    return int(read(select(func.count()).where(_asked)).scalar_one())


def find_recovery(request_id: str) -> Row[Any] | None:
    """A request whose address is proved."""
    statement = select(Recovery.__table__).where(_recovery.id == request_id, _recovery.state != "unproved")
    return read(statement).one_or_none()


def told_in(row: Row[Any]) -> tuple[str, str]:
    """What somebody knows of the card, and what happened, in her own words."""
    told, words = json.loads(rewards.unseal(row.sealed))
    return told, words


def _unproved(request_id: str) -> Row[Any] | None:
    """A request whose code is on its way."""
    waits = (_recovery.id == request_id, _recovery.state == "unproved")
    return read(select(Recovery.__table__).where(*waits)).one_or_none()


def _make_room(request_id: str, email: str, line: str) -> None:
    """Forget what this request replaces: those of the same address, and the oldest of a line that has too many."""
    run(delete(Recovery).where(_asked, _recovery.email == email, _recovery.id != request_id))
    of_line = select(_recovery.id).where(_asked, _recovery.line_hash == line, _recovery.id != request_id)
    others = list(run(of_line.order_by(_recovery.id.desc())).scalars())
    run(delete(Recovery).where(_asked, _recovery.id.in_(others[MOST_OF_A_LINE - 1 :])))
