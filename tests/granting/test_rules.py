"""Days and amounts, as tables of cases."""

from datetime import UTC, date, datetime

import pytest

from portal.granting import rules
from portal.programme import Dividend, parse
from tests.programme.texts import small

D = date.fromisoformat


@pytest.mark.parametrize(
    ("year", "birthday", "day"),
    [
        (2027, "02-29", "2027-02-28"),
        (2028, "02-29", "2028-02-29"),
        (2100, "02-29", "2100-02-28"),
        (2027, "12-31", "2027-12-31"),
    ],
)
def test_a_birthday_in_a_year(year, birthday, day):
    assert rules.birthday_in(year, birthday) == D(day)


@pytest.mark.parametrize(
    ("birthday", "on", "day"),
    [
        ("06-14", "2026-06-14", "2026-06-14"),
        ("06-14", "2026-06-15", "2027-06-14"),
        ("02-29", "2027-02-28", "2027-02-28"),
        ("02-29", "2027-03-01", "2028-02-29"),
        ("01-01", "2026-12-31", "2027-01-01"),
        ("06-14", "9998-06-15", None),
        ("06-14", "9999-01-01", None),
    ],
)
def test_the_next_birthday(birthday, on, day):
    assert rules.next_birthday(birthday, D(on)) == (day and D(day))


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/London", "2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),  # 23 hours
        ("Europe/London", "2026-10-26", datetime(2026, 10, 26, tzinfo=UTC)),  # after 25 hours
        ("Pacific/Auckland", "2027-02-28", datetime(2027, 2, 27, 11, tzinfo=UTC)),
        ("America/Sao_Paulo", "2018-11-04", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # its 0:00 was skipped
    ],
)
def test_the_beginning_of_a_day(zone, day, instant):
    assert rules.begins(D(day), zone) == instant


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 6, 13, 23, tzinfo=UTC), "2026-06-14"),
        (datetime(2026, 6, 13, 22, 59, 59, tzinfo=UTC), "2026-06-14"),
        (datetime(2026, 6, 13, 23, 0, 1, tzinfo=UTC), "2026-06-15"),
    ],
)
def test_what_begins_at_an_instant_is_found_on_the_first_midnight_that_is_not_before_it(instant, day):
    assert rules.scheduled_on(parse(small(), "small.toml"), instant) == D(day)


@pytest.mark.parametrize(
    ("per", "day", "first"),
    [
        ("month", "2026-01-31", "2026-02-01"),
        ("month", "2026-12-01", "2027-01-01"),
        ("year", "2026-01-01", "2027-01-01"),
        ("year", "2026-12-31", "2027-01-01"),
        ("month", "9999-12-31", None),
    ],
)
def test_the_next_first_day(per, day, first):
    assert rules.next_first(per, D(day)) == (first and D(first))


@pytest.mark.parametrize(
    ("percent", "minor", "share"),
    [
        (10, 71237, 7123),
        (10, 71239, 7123),
        (10, 71240, 7124),
        (10, 9, 0),
        (100, 1, 1),
        (33, 100, 33),
        (10, -5, 0),
    ],
)
def test_a_share_is_rounded_down(percent, minor, share):
    dividend = Dividend(key="d", label="D", percent=percent, pays_on="03-01")
    assert rules.share(dividend, minor) == share
    assert rules.payout(dividend, 2026) == D("2027-03-01")
    assert rules.payout(dividend, 9999) is None


def test_monthly_days_fall_on_the_last_of_a_shorter_month_and_come_back():
    days = [str(day) for day in rules.monthly_days(D("2027-10-31"), D("2028-10-31"))]
    assert len(days) == 12
    assert days[:6] == ["2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]
    assert len(rules.monthly_days(D("2027-10-31"), D("2028-01-30"))) == 3
