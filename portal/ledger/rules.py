"""When points end, from dates alone: the life of a lot, the days on which its member is told, its real last day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from portal.programme import FOREVER, Expiry

HELD_DAYS = 30  # Reading 3


class LotDates(Protocol):
    """What a row says of a lot's dates, `active_on` being its member's last order or activity."""

    @property
    def expires_on(self) -> date: ...
    @property
    def made_on(self) -> date: ...
    @property
    def held_until(self) -> date | None: ...
    @property
    def active_on(self) -> date | None: ...


class Told(Protocol):
    """A row of `facts()`: points (n1) that end, and the dates from which it follows when."""

    @property
    def what(self) -> str: ...
    @property
    def a(self) -> str: ...
    @property
    def day(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...
    @property
    def n1(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Life:
    """A lot's life as things stand: the day on which it began and its last day, both inclusive."""

    began_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Ending:
    """Points that end after the day `on`; `held`: that day is later than their own, for want of a notice."""

    on: date
    points: int
    held: bool


def life(expiry: Expiry, lot: LotDates) -> Life | None:
    """The life of a lot before any holding; None for one that does not end.

    Where points end by inactivity it runs from the last order or activity. Points that came to somebody who had been
    away for longer than that run from the day on which they came.
    """
    if lot.expires_on != FOREVER:
        return Life(lot.made_on, lot.expires_on)
    if expiry.kind != "inactivity" or expiry.days is None:
        return None
    if lot.active_on is not None and _after(lot.active_on, expiry.days) >= lot.made_on:
        return Life(lot.active_on, _after(lot.active_on, expiry.days))
    return Life(lot.made_on, _after(lot.made_on, expiry.days))


def last_day(expiry: Expiry, lot: LotDates) -> date:
    """The last day on which a lot can be used as things stand, holding counted; 9999-12-31 for always."""
    known = life(expiry, lot)
    if known is None:
        return FOREVER
    return max(known.ends_on, lot.held_until or known.ends_on)


def told_on(expiry: Expiry, known: Life) -> dict[int, date]:
    """The day of each notice, by days before the end; without those its life is too short for (Reading 3)."""
    days = {before: known.ends_on - timedelta(days=before) for before in expiry.notices}
    return {before: on for before, on in days.items() if on >= known.began_on}


def held_until(known: Life, day: date) -> date:
    """How long a lot lives on whose last notice was not delivered, as is found on `day`.

    To the end of the 30th day after its date (Reading 3); of the 30th day from now where nobody looked in time.
    """
    return max(known.ends_on, day - timedelta(days=1)) + timedelta(days=HELD_DAYS)


def first_look(expiry: Expiry, day: date, expires_on: date) -> date | None:
    """The first day on which a lot has to be looked at into which points come on `day`; None for never."""
    ends_on = expires_on
    if expires_on == FOREVER:
        if expiry.kind != "inactivity" or expiry.days is None:
            return None
        ends_on = _after(day, expiry.days)
    return max(day, ends_on - timedelta(days=max(expiry.notices)) if expiry.notices else _after(ends_on, 1))


def endings(expiry: Expiry, rows: Iterable[Told]) -> list[Ending]:
    """The points that end by their real last days, soonest first, from rows of `facts()`; others are passed over."""
    found: Counter[tuple[date, bool]] = Counter()
    for row in rows:
        on = row.day
        if row.what == "idle":
            lot = _Idle(FOREVER, date.fromisoformat(row.a), row.until, row.day)
            on = last_day(expiry, lot)
        elif row.what != "expiring":
            continue
        if on is not None and on != FOREVER:
            found[on, row.until is not None] += row.n1
    return [Ending(on, points, held) for (on, held), points in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class _Idle:
    expires_on: date
    made_on: date
    held_until: date | None
    active_on: date | None


def _after(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return FOREVER
