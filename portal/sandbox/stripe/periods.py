"""Arithmetic of periods and amounts: when one ends, what a part of it costs, and how both are written."""

import calendar
from datetime import UTC, datetime

from portal.money import to_major
from portal.sandbox.stripe.store import Obj
from portal.sandbox.stripe.world import DAY

TWO_BY_CONVENTION = ("ISK", "UGX")  # Stripe counts them in hundredths, ISO 4217 does not


def add(start: int, interval: str, count: int) -> int:
    """The instant `count` days, weeks, months or years later; the 31st becomes the last day of a shorter month."""
    if interval in ("day", "week"):
        return start + count * (7 if interval == "week" else 1) * DAY
    at = datetime.fromtimestamp(start, UTC)
    months = at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = at.year + months // 12, months % 12 + 1
    day = min(at.day, calendar.monthrange(year, month)[1])
    return int(at.replace(year=year, month=month, day=day).timestamp())


def end_after(anchor: int, start: int, recurring: Obj) -> int:
    """End of the period that begins at `start`, on the rhythm of the anchor (31 January, 28 February, 31 March)."""
    steps = 1
    while add(anchor, recurring["interval"], steps * recurring["interval_count"]) <= start:
        steps += 1
    return add(anchor, recurring["interval"], steps * recurring["interval_count"])


def share(amount: int, part: int, whole: int) -> int:
    """`amount` for `part` of `whole` seconds, in minor units, halves away from zero."""
    if amount < 0:
        return -share(-amount, part, whole)
    return (2 * amount * part + whole) // (2 * whole)


def on(instant: int) -> str:
    """The day as people read it on a bill."""
    return f"{datetime.fromtimestamp(instant, UTC):%-d %b %Y}"


def money(amount: int, currency: str) -> str:
    """An amount in Stripe's minor units as people read it: `12.34 GBP`."""
    code = currency.upper()
    return f"{to_major(amount, 'EUR' if code in TWO_BY_CONVENTION else code)} {code}"
