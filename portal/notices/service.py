"""The outbox: written in the commit of what it tells of, sent later, at least once (dependencies.md A4)."""

import logging
import smtplib
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any, Literal

from cryptography.fernet import InvalidToken
from jinja2 import TemplateError
from sqlalchemy import Executable, Row, bindparam, delete, func, select, update

from portal import jobs
from portal.db import new_id, prepared, read, run, transact, upsert
from portal.notices.delivery import delivery_is_assumed
from portal.notices.mail import Transport, Undeliverable
from portal.notices.models import Notice
from portal.notices.seal import seal, unseal

log = logging.getLogger("portal.notices")
_notice = Notice.__table__.c
Render = Callable[[Row[Any], dict[str, Any]], EmailMessage]
Write = Callable[[Row[Any], dict[str, Any]], dict[str, Any]]
_writers: dict[str, Write] = {}
LEASE = timedelta(minutes=2)  # longer than a mail server may keep us waiting
WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 240, 720, 1440))  # before each further try
MOST_TRIES = len(WAITS) + 1
KEPT_FOR = timedelta(days=400)
MANY = 500  # keys in one statement
STRANGERS_KEPT_FOR = timedelta(days=2)  # addresses of people who asked for a code and did not join
TO_STAFF = ("key_ending",)  # no strangers: the row is kept, so that its key goes on making the message once


def queue(
    kind: str,
    *,
    key: str,
    recipient: str,
    locale: str,
    facts: dict[str, Any],
    now: datetime,
    member_id: str | None = None,
    due_at: datetime | None = None,
    best_before: datetime | None = None,
) -> bool:
    """Put a message into the outbox, inside the caller's write; whether its `key` is new: the same is once.

    `facts` is what templates/emails/<kind>/ shows: text, whole numbers, instants as ISO text under names that end in
    `at`, and lists of such facts; of a kind that somebody writes `on_sending`, what that asks for. It is sent from
    `due_at` on, at once without one, and not any more after `best_before`. Nothing is queued while a history is told,
    which takes for granted that it was.
    """
    if delivery_is_assumed():
        return False
    sealed = seal({"facts": facts, "best_before": best_before.isoformat() if best_before else None})
    added = run(
        upsert(Notice).on_conflict_do_nothing(),
        {
            "id": new_id(), "key": key, "kind": kind, "member_id": member_id, "recipient": recipient, "locale": locale,
            "sealed": sealed, "created_at": now, "due_at": due_at or now, "tries": 0,
        },
    )  # fmt: skip
    return bool(added.rowcount)


def on_sending(kind: str, write: Write) -> None:
    """Let a later slice say what messages of a kind show when each is sent: `write` gets the row of the outbox and what
    was queued, and answers the facts of its templates; said when an app is put together."""
    _writers[kind] = write


def deliver_due(now: datetime, transport: Transport | None, render: Render) -> int:
    """Send what is due, one message after the other; how many were sent. An edge of its own: each step is committed.

    A message is leased before it is sent and marked after, so a crash in between sends it again and loses none.
    What fails is tried again, later and later, and parked in the end. Without a transport everything stays.
    """
    if transport is None:
        waiting = read(select(func.count()).where(_notice.due_at <= now)).scalar_one()
        if waiting:
            log.warning("mail is not configured (PORTAL_SMTP_URL): %s notices are kept", waiting)
        return 0
    began = time.monotonic()
    sent = 0
    while not jobs.is_ending():
        # A mail server may take its time; leases count from when the message is taken.
        at = now + timedelta(seconds=int(time.monotonic() - began))
        notice = transact(partial(_claim, at))
        if notice is None:
            return sent
        outcome = _deliver(notice, at, transport, render)
        sent += outcome == "sent"
        if outcome == "unreachable":
            break  # the others would only wait for the same server
    return sent


def _claim(now: datetime) -> Row[Any] | None:
    """Take the longest due message for the length of the lease; None when nothing is due."""
    return run(_take(), {"p_now": now, "p_until": now + LEASE}).one_or_none()


@prepared
def _take() -> Executable:
    due = (
        select(_notice.id).where(_notice.due_at <= bindparam("p_now")).order_by(_notice.due_at, _notice.id).limit(1)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    return (
        update(Notice)
        .where(_notice.id == due.scalar_subquery())
        .values(due_at=bindparam("p_until"), tries=_notice.tries + 1)
        .returning(*Notice.__table__.c)
    )


def _deliver(
    notice: Row[Any], now: datetime, transport: Transport, render: Render
) -> Literal["sent", "failed", "unreachable"]:
    if notice.tries > MOST_TRIES:  # something in it stops the worker itself each time
        _park(notice, now, f"given up after {MOST_TRIES} tries")
        return "failed"
    try:
        words = unseal(notice.sealed)
        if words["best_before"] is not None and now > datetime.fromisoformat(words["best_before"]):
            raise Undeliverable("it was too late to send it")
        write = _writers.get(notice.kind)
        facts = words["facts"] if write is None else write(notice, words["facts"])
        transport(render(notice, facts))
    except (Undeliverable, InvalidToken) as error:
        _park(notice, now, str(error) or "it was sealed under another PORTAL_SECRET_KEY")
        return "failed"
    except (OSError, TemplateError) as error:
        _try_later(notice, now, error)
        answered = isinstance(error, smtplib.SMTPException | TemplateError)
        return "failed" if answered else "unreachable"
    _settle(notice, sent_at=now, due_at=None, sealed="", error=None)
    return "sent"


def _try_later(notice: Row[Any], now: datetime, error: Exception) -> None:
    # The class alone: a mail server's words may hold the address.
    what = type(error).__name__
    if notice.tries == MOST_TRIES:
        _park(notice, now, f"given up after {notice.tries} tries: {what}")
        return
    log.warning("notice %s (%s) was not sent: %s; try %s", notice.id, notice.kind, what, notice.tries)
    _settle(notice, due_at=now + WAITS[notice.tries - 1], error=what)


def _park(notice: Row[Any], now: datetime, why: str) -> None:
    log.error("notice %s (%s) is parked: %s", notice.id, notice.kind, why)
    _settle(notice, failed_at=now, due_at=None, sealed="", error=why[:200])


def _settle(notice: Row[Any], **values: Any) -> None:
    """Write down what became of a leased message, unless another worker has sent it meanwhile."""
    statement = update(Notice).where(_notice.id == notice.id, _notice.sent_at.is_(None)).values(**values)
    transact(lambda: run(statement))


def newest_of(member_id: str, limit: int = 20) -> list[Row[Any]]:
    """Messages to a member and what became of them, newest first; what they said is gone once they were sent."""
    facts = (_notice.kind, _notice.created_at, _notice.sent_at, _notice.failed_at)
    statement = select(*facts).where(_notice.member_id == member_id)
    return list(read(statement.order_by(_notice.created_at.desc()).limit(limit)).all())


def known(keys: Iterable[str]) -> set[str]:
    """Which of these keys stand in the outbox already, whatever became of them; for who would queue many."""
    asked, found = sorted(keys), set[str]()
    for first in range(0, len(asked), MANY):
        chunk = asked[first : first + MANY]
        found |= set(read(select(_notice.key).where(_notice.key.in_(chunk))).scalars())
    return found


def forget_old(now: datetime) -> int:
    """Delete messages that were sent or parked long ago, and soon those to strangers; how many there were."""
    done = _notice.due_at.is_(None)
    stranger = (
        _notice.member_id.is_(None)
        & _notice.kind.not_in(TO_STAFF)
        & (_notice.created_at < now - STRANGERS_KEPT_FOR)
    )
    old = _notice.created_at < now - KEPT_FOR
    return int(run(delete(Notice).where(done, stranger | old)).rowcount)
