"""The calendar of a programme: days, months and years as periods, and when a lot ends. Pure dates."""

from calendar import monthrange
from datetime import date, timedelta

from portal.programme.automatic import Expiry
from portal.programme.earn import Period

FOREVER = date(9999, 12, 31)
"""The date of points that do not expire."""


def period_key(per: Period, day: date) -> str:
    """The name of the period around a day: 2026-03-01, 2026-03, 2026, or nothing for a lifetime."""
    return {"day": str(day), "month": f"{day:%Y-%m}", "year": f"{day:%Y}", "lifetime": ""}[per]


def first_day(per: Period, day: date) -> date:
    """The first day of the period around a day; the first of all days for a lifetime."""
    if per == "lifetime":
        return date.min
    return day if per == "day" else day.replace(day=1, month=1 if per == "year" else day.month)


def last_day(per: Period, day: date) -> date | None:
    """The last day of the period around a day; None for a lifetime."""
    if per == "lifetime":
        return None
    if per == "year":
        return date(day.year, 12, 31)
    return day if per == "day" else month_end(day)


def month_end(day: date, months: int = 0) -> date:
    """The last day of the month so many months after that of `day`; FOREVER beyond the calendar."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if years > FOREVER.year:
        return FOREVER
    return date(years, month + 1, monthrange(years, month + 1)[1])


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later (or earlier, below zero), or the last one of a shorter month."""
    end = month_end(day, months)
    return end.replace(day=min(day.day, end.day))


def lot_date(expiry: Expiry, day: date) -> date:
    """The last day of points earned on a day (Reading 18); FOREVER where none is known when they are earned."""
    try:
        if expiry.days is not None and expiry.kind == "days":
            return day + timedelta(days=expiry.days)
    except OverflowError:
        return FOREVER
    if expiry.months is not None:
        return month_end(day, expiry.months)
    if expiry.years is not None:
        return date(min(day.year + expiry.years, FOREVER.year), 12, 31)
    return FOREVER
