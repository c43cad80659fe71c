"""The one place that asks the system clock, so that a run under a changed clock is consistent."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
