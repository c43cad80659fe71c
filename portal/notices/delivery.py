"""Whether a notice has reached its member: what the outbox says of it, or what a history takes for granted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import select

from portal.db import read
from portal.notices.models import Notice

_notice = Notice.__table__.c
_assumed: ContextVar[bool] = ContextVar("assumed", default=False)


@contextmanager
def assume_delivered() -> Iterator[None]:
    """Within, every notice counts as delivered when it is due, and none is mailed: a history is told (Reading 3)."""
    token = _assumed.set(True)
    try:
        yield
    finally:
        _assumed.reset(token)


def delivery_is_assumed() -> bool:
    """Whether notices count as delivered unmailed."""
    return _assumed.get()


def was_delivered(key: str) -> bool | None:
    """Whether the message of this key was sent; False when it was given up, None while it waits or is forgotten."""
    row = read(select(_notice.sent_at, _notice.failed_at).where(_notice.key == key)).one_or_none()
    if row is None or (row.sent_at is None and row.failed_at is None):
        return None
    return row.sent_at is not None
