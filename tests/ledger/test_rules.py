"""When points end, by dates alone: tables of cases."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from portal.ledger.rules import Life, endings, first_look, held_until, last_day, life, told_on
from portal.programme import FOREVER, Expiry

MADE, ENDS = date(2026, 6, 10), date(2027, 6, 10)
DAYS = Expiry(kind="days", days=365)
IDLE = Expiry(kind="inactivity", days=100)
NEVER = Expiry()


@dataclass
class Lot:
    """The dates of a lot."""

    expires_on: date = ENDS
    made_on: date = MADE
    held_until: date | None = None
    active_on: date | None = None


@dataclass
class Row:
    """A row of facts."""

    what: str
    day: date | None
    n1: int
    until: date | None = None
    a: str = ""


def day(number: int) -> date:
    """So many days after the lot was made."""
    return MADE + timedelta(days=number)


@pytest.mark.parametrize(
    ("expiry", "lot", "lives"),
    [
        (DAYS, Lot(), (MADE, ENDS)),
        (NEVER, Lot(), (MADE, ENDS)),  # what has a date keeps it, whatever the programme says by then
        (IDLE, Lot(), (MADE, ENDS)),
        (DAYS, Lot(FOREVER), None),
        (NEVER, Lot(FOREVER, active_on=MADE), None),
        (IDLE, Lot(FOREVER), (MADE, day(100))),
        (IDLE, Lot(FOREVER, active_on=day(7)), (day(7), day(107))),
        (IDLE, Lot(FOREVER, active_on=day(-100)), (day(-100), MADE)),
        (IDLE, Lot(FOREVER, active_on=day(-101)), (MADE, day(100))),
    ],
)
def test_a_lot_lives_to_its_date_or_for_so_long_after_the_last_activity(expiry, lot, lives):
    known = life(expiry, lot)
    assert (known and (known.began_on, known.ends_on)) == lives


@pytest.mark.parametrize(
    ("lived", "told"),
    [
        (365, {60: 305, 30: 335, 7: 358}),
        (60, {60: 0, 30: 30, 7: 53}),
        (59, {30: 29, 7: 52}),
        (30, {30: 0, 7: 23}),
        (7, {7: 0}),
        (6, {}),
        (-300, {}),
    ],
)
def test_a_life_too_short_for_a_notice_goes_without_it(lived, told):
    found = told_on(DAYS, Life(MADE, day(lived)))
    assert found == {before: day(on) for before, on in told.items()}


@pytest.mark.parametrize(("found_on", "until"), [(366, 395), (367, 396), (500, 529)])
def test_a_lot_is_held_to_the_thirtieth_day_after_its_date_or_after_the_day_nobody_looked(found_on, until):
    assert held_until(Life(MADE, ENDS), day(found_on)) == day(until)


@pytest.mark.parametrize(
    ("expiry", "on", "expires_on", "first"),
    [
        (DAYS, MADE, ENDS, day(305)),
        (DAYS, day(305), ENDS, day(305)),
        (DAYS, day(306), ENDS, day(306)),
        (DAYS, day(400), ENDS, day(400)),
        (Expiry(kind="days", days=365, notices=()), MADE, ENDS, day(366)),
        (Expiry(kind="days", days=365, notices=(0,)), MADE, ENDS, ENDS),
        (DAYS, MADE, FOREVER, None),
        (NEVER, MADE, FOREVER, None),
        (IDLE, MADE, FOREVER, day(40)),
        (Expiry(kind="inactivity", days=10), MADE, FOREVER, MADE),
    ],
)
def test_a_lot_is_first_looked_at_on_its_first_notice(expiry, on, expires_on, first):
    assert first_look(expiry, on, expires_on) == first


def test_points_that_end_are_shown_by_the_day_on_which_they_really_do():
    rows = [
        Row("maturing", day(1), 9),
        Row("expiring", day(50), 20),
        Row("expiring", day(20), 5, until=day(20)),
        Row("expiring", day(20), 7),
        Row("idle", day(3), 40, a=str(MADE)),
    ]
    assert [(one.on, one.points, one.held) for one in endings(IDLE, rows)] == [
        (day(20), 7, False), (day(20), 5, True), (day(50), 20, False), (day(103), 40, False),
    ]  # fmt: skip
    assert [one.points for one in endings(DAYS, rows)] == [7, 5, 20], "idle points end nowhere else"
    held = Row("idle", day(3), 40, until=day(133), a=str(MADE))
    assert [(one.on, one.held) for one in endings(IDLE, [held])] == [(day(133), True)]


@pytest.mark.parametrize(
    ("lot", "last"),
    [
        (Lot(), ENDS),
        (Lot(held_until=day(395)), day(395)),
        (Lot(FOREVER), day(100)),
        (Lot(FOREVER, held_until=day(130)), day(130)),
        (Lot(FOREVER, held_until=day(130), active_on=day(60)), day(160)),
    ],
)
def test_the_last_day_counts_the_holding(lot, last):
    assert last_day(IDLE, lot) == last


def test_a_programme_for_ages_ends_at_the_end_of_the_calendar():
    ages = Expiry(kind="inactivity", days=10_000_000)
    assert last_day(ages, Lot(FOREVER)) == FOREVER
