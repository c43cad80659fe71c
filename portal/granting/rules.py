"""Birthdays, first days, payouts, and where what was done is added up: dates and arithmetic, nothing else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from portal.money import to_major
from portal.programme import Dividend, Goal, Programme, Step, last_day, months_after, period_key

FROZEN = timedelta(days=30)  # from so many days before a birthday its zone is fixed (Reading 2)
APART = timedelta(days=330)  # no birthday is kept within so many days of the last one (Reading 33)
MOST_CHILDREN = 5  # birthdays of children that are kept in a year (Reading 37)
MONTHLY_DAYS = 12  # of a payment by year
BIRTHDAY = "birthday"  # the activity that the calendar brings (Reading 8)

Place = tuple[str, str]
"""Where something is added up: a key such as `goal:beauty-month`, and a period such as 2026-03."""


def birthday_in(year: int, birthday: str) -> date:
    """The day of a birthday (MM-DD) in a year; of 29 February the 28th in common years (Reading 2)."""
    month, day = (int(part) for part in birthday.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)


def next_birthday(birthday: str, day: date) -> date | None:
    """The first birthday on or after a day; None in the last year of the calendar, which has no days after it."""
    this_year = birthday_in(day.year, birthday)
    found = (
        this_year if this_year >= day or day.year == date.max.year else birthday_in(day.year + 1, birthday)
    )
    return found if found.year < date.max.year else None


def is_near(birthday: str, day: date) -> bool:
    """Whether a birthday (MM-DD) may be within a day of the programme, whatever its member's zone is."""
    found = next_birthday(birthday, day - timedelta(days=1))
    return found is not None and found <= tomorrow(day)


def tomorrow(day: date) -> date:
    """The day after a day; the last of the calendar has none."""
    return day if day == date.max else day + timedelta(days=1)


def begins(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def scheduled_on(programme: Programme, instant: datetime) -> date:
    """The first day of the programme that begins at an instant or after it: what is due by then is found on it."""
    day = programme.day(instant)
    return day if programme.midnight(day) >= instant else day + timedelta(days=1)


def next_first(per: Literal["month", "year"], day: date) -> date | None:
    """The first day of the month or year after that of `day`; None where the calendar ends."""
    last = last_day(per, day)
    return None if last is None or last == date.max else last + timedelta(days=1)


def payout(dividend: Dividend, year: int) -> date | None:
    """The day on which the dividend of a year is paid; None where the calendar ends before it."""
    month, day = (int(part) for part in dividend.pays_on.split("-"))
    return None if year >= date.max.year else date(year + 1, month, day)


def next_look(pays_on: date | None, year: int, day: date) -> date | None:
    """When a dividend is looked at: on the day after its year, to see who held the plan, and when it is paid."""
    after_it = date(year + 1, 1, 1) if year < date.max.year else None
    return after_it if after_it is not None and pays_on is not None and day < after_it else pays_on


def share(dividend: Dividend, spend_minor: int) -> int:
    """The dividend of a year's qualifying spend, both in minor units, rounded down (Reading 35)."""
    return max(0, spend_minor) * dividend.percent // 100


def monthly_days(paid_on: date, until: date | None) -> list[date]:
    """The days of a payment by year on which it gives: that of the payment, and eleven more, none after `until`."""
    days = [months_after(paid_on, month) for month in range(MONTHLY_DAYS)]
    return [days[0], *(day for day in days[1:] if until is None or day <= until)]


def days_given(first: date, until: date) -> list[date]:
    """The days on which a plan that was given brings what a payment brings: its first, and each monthly day before its
    last, on which a month that was paid would end. Three months, three times."""
    found, month = [first], 1
    while (monthly := months_after(first, month)) < until:
        found.append(monthly)
        month += 1
    return found


def keeps_birthdays(programme: Programme) -> bool:
    """Whether a member's birthday brings her something."""
    given = any(grant.on == "birthday" for grant in programme.grants)
    return given or any(activity.key == BIRTHDAY for activity in programme.activities)


def plans_ahead(programme: Programme) -> bool:
    """Whether there are days that are written down for a member before they come."""
    firsts = any(grant.on in ("child-birthday", "month", "year") for grant in programme.grants)
    return firsts or keeps_birthdays(programme)


def place_of_goal(goal: Goal, day: date) -> Place:
    """Where a goal is added up in the period of a day; one of a counter is where the counter is."""
    key = f"counter:{goal.counter}" if goal.counter is not None else f"goal:{goal.key}"
    return key, period_key(goal.per, day)


def place_of_step(step: Step) -> Place:
    """Where a step is added up, through all orders."""
    return (f"counter:{step.counter}" if step.counter is not None else f"step:{step.key}"), ""


def places(programme: Programme, changes: Mapping[str, int], placed_on: date) -> dict[Place, int]:
    """Where each of the differences is to be added; one of a goal that the programme has no longer is left out."""
    goals = {goal.key: goal for goal in programme.goals}
    found: dict[Place, int] = {}
    for name, change in changes.items():
        kind, _, key = name.partition(":")
        if kind == "goal" and key in goals:
            found[place_of_goal(goals[key], placed_on)] = change
        elif kind == "dividend":
            found[name, str(placed_on.year)] = change
        elif kind == "step":
            found[name, ""] = change
        elif kind == "counter":
            periods = {period_key(goal.per, placed_on) for goal in programme.goals if goal.counter == key}
            found |= {(name, period): change for period in {"", *periods}}
    return {place: change for place, change in found.items() if change}


def amount(goal: Goal, many: int, currency: str) -> str | int:
    """How much of a goal, as shops read it: a decimal string for spend, else a number."""
    return to_major(max(0, many), currency) if goal.metric == "spend" else max(0, many)
