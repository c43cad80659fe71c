"""Days of 23 and 25 hours, 29 February, ends of months and years, zones on both sides of the date line: tables.

Each boundary is a member of her own, so one run answers a whole zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.catalogue.lines import buys, does, joins, plan
from tests.engine.bench import Bench
from tests.engine.kept import Line
from tests.engine.sums import instant
from tests.engine.teller import BASE, ONE, text

SECOND = timedelta(seconds=1)
# Zone, day, its hours: the clocks go forward or back, at 0:00 itself in Cairo and Havana, by half an hour on Lord Howe.
DAYS = [
    ("America/New_York", "2026-03-08", 23.0),
    ("America/New_York", "2026-11-01", 25.0),
    ("America/New_York", "2028-02-29", 24.0),
    ("Europe/London", "2026-03-29", 23.0),
    ("Europe/London", "2026-10-25", 25.0),
    ("Pacific/Kiritimati", "2026-01-01", 24.0),
    ("Pacific/Pago_Pago", "2026-12-31", 24.0),
    ("Pacific/Auckland", "2026-09-27", 23.0),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("America/Havana", "2026-03-08", 23.0),
    ("Africa/Cairo", "2026-04-24", 23.0),
]
DOUBLE = """
[[campaigns]]
key = "day"
label = "The day"
from = {day}
until = {day}
factor = "2"

[[activities]]
key = "walk"
label = "A walk"
points = 3
caps = [{{ per = "day", points = 3 }}]
"""


def iso(at: datetime) -> str:
    """An instant as lines write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def begins(zone: str, day: date) -> datetime:
    """The first instant of a day: found by asking each second's day, in half hours from the day before."""
    at = datetime.combine(day - timedelta(1), time(), UTC) - timedelta(hours=14)
    while at.astimezone(ZoneInfo(zone)).date() < day:
        at += timedelta(minutes=30)
    return at


def lived(
    bench: Bench, source: str, lives: dict[str, list[Line]], until: datetime
) -> dict[str, dict[str, object]]:
    """Each member's state at an instant; no line is refused."""
    lines = sorted((line for own in lives.values() for line in own), key=lambda line: instant(line["at"]))
    outcome = bench.simulate(source, lines, until)
    assert outcome["refused"] == []
    return outcome["members"]


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
def test_a_day_is_as_long_as_it_is_where_the_programme_is(bench: Bench, zone: str, day: str, hours: float):
    on = date.fromisoformat(day)
    start, end = begins(zone, on), begins(zone, on + timedelta(1))
    assert (end - start).total_seconds() / 3600 == hours
    source = text(BASE, ONE, DOUBLE.format(day=day), zone=zone)
    joined = iso(start - timedelta(days=5))
    times = {"before": start - SECOND, "first": start, "last": end - SECOND, "after": end}
    lives = {
        name: [joins(joined, name), buys(iso(at), "10.00", member=name, order=f"o-{name}")]
        for name, at in times.items()
    }
    walks = {
        "one-day": (start, end - SECOND),
        "two-days": (end - SECOND, end),
        "eve": (start - SECOND, start),
    }
    for name, both in walks.items():
        lives[name] = [joins(joined, name)] + [
            does(iso(at), "walk", f"{name}-{number}", member=name) for number, at in enumerate(both)
        ]
    found = lived(bench, source, lives, end + timedelta(hours=1))
    assert {name: found[name]["points"]["earned"] for name in times} == {
        "before": 10, "first": 20, "last": 20, "after": 10,
    }  # fmt: skip
    assert {name: found[name]["points"]["earned"] for name in walks} == {
        "one-day": 3,
        "two-days": 6,
        "eve": 6,
    }


# Rule of expiry, day of the order, last day, zone.
LASTS = [
    ('kind = "days"\ndays = 365', "2027-02-28", "2028-02-28"),
    ('kind = "days"\ndays = 365', "2028-02-29", "2029-02-28"),
    ('kind = "days"\ndays = 1', "2028-02-28", "2028-02-29"),
    ('kind = "days"\ndays = 1', "2026-12-31", "2027-01-01"),
    ('kind = "month-end"\nmonths = 1', "2028-01-31", "2028-02-29"),
    ('kind = "month-end"\nmonths = 1', "2027-01-31", "2027-02-28"),
    ('kind = "month-end"\nmonths = 6', "2026-08-31", "2027-02-28"),
    ('kind = "month-end"\nmonths = 12', "2027-02-01", "2028-02-29"),
    ('kind = "year-end"\nyears = 1', "2026-01-01", "2027-12-31"),
    ('kind = "year-end"\nyears = 2', "2026-12-31", "2028-12-31"),
]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])
@pytest.mark.parametrize(("rule", "bought", "last"), LASTS)
def test_points_last_through_their_last_day_and_not_a_second_longer(
    bench: Bench, zone: str, rule: str, bought: str, last: str
):
    source = text(BASE, ONE, f"\n[expiry]\n{rule}\nnotices = []\n", zone=zone)
    day, ends = date.fromisoformat(bought), begins(zone, date.fromisoformat(last) + timedelta(1))
    lives = {
        name: [joins(iso(begins(zone, day)), name), buys(iso(at), "7.00", member=name, order=f"o-{name}")]
        for name, at in {
            "dawn": begins(zone, day),
            "night": begins(zone, day + timedelta(1)) - SECOND,
        }.items()
    }
    for at, left in ((ends - SECOND, 7), (ends, 0)):
        found = lived(bench, source, lives, at)
        assert [one["points"]["available"] for one in found.values()] == [left, left]
    assert [one["points"]["expired"] for one in found.values()] == [7, 7]


# Zone, day of the order, days to wait, when it can be spent.
WAITS = [
    ("America/New_York", "2026-03-07", 1, "2026-03-08"),
    ("America/New_York", "2026-03-07", 2, "2026-03-09"),
    ("America/New_York", "2026-10-31", 2, "2026-11-02"),
    ("America/New_York", "2028-02-15", 14, "2028-02-29"),
    ("Pacific/Kiritimati", "2027-02-15", 14, "2027-03-01"),
    ("Pacific/Pago_Pago", "2026-12-31", 1, "2027-01-01"),
]


@pytest.mark.parametrize(("zone", "bought", "days", "on"), WAITS)
def test_what_waits_is_there_from_the_first_second_of_its_day(
    bench: Bench, zone: str, bought: str, days: int, on: str
):
    source = text(f"\n[orders]\npending_days = {days}\n", BASE, ONE, zone=zone)
    placed = begins(zone, date.fromisoformat(bought) + timedelta(1)) - SECOND
    lives = {"anna": [joins(iso(placed), "anna"), buys(iso(placed), "7.00")]}
    ready = begins(zone, date.fromisoformat(on))
    early = lived(bench, source, lives, ready - SECOND)["anna"]["points"]
    assert (early["available"], early["maturing"]) == (0, [{"on": on, "points": 7}])
    assert lived(bench, source, lives, ready)["anna"]["points"]["available"] == 7


YEARLY = """
[tier_rules]
period = "calendar-year"
keeps = "period"

[[tiers]]
key = "member"
label = "Member"

[[tiers]]
key = "gold"
label = "Gold"
entry = [{ metric = "spend", amount = "100.00" }]
"""


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"])
def test_a_year_ends_with_the_programme_wherever_else_it_is_new_year(bench: Bench, zone: str):
    source = text(ONE, YEARLY, zone=zone)
    new_year = begins(zone, date(2027, 1, 1))
    joined = iso(new_year - timedelta(days=40))
    lives = {
        name: [
            joins(joined, name),
            buys(iso(new_year - timedelta(days=1)), "60.00", member=name, order=f"1-{name}"),
            buys(iso(at), "40.00", member=name, order=f"2-{name}"),
        ]
        for name, at in {"in-time": new_year - SECOND, "too-late": new_year}.items()
    }
    eve = lived(bench, source, lives, new_year - SECOND)
    assert {name: one["tier"]["key"] for name, one in eve.items()} == {
        "in-time": "gold",
        "too-late": "member",
    }
    assert eve["in-time"]["tier"]["until"] == "2026-12-31"
    after = lived(bench, source, lives, new_year)
    assert {one["tier"]["key"] for one in after.values()} == {"member"}


PLANS = """
[[plans]]
key = "monthly"
label = "Plus"
interval = "month"
price = "3.00"

[[plans]]
key = "yearly"
label = "Plus"
interval = "year"
price = "30.00"

[[rewards]]
key = "promo"
label = "Promo"
kind = "thing"

[[grants]]
key = "paid"
label = "Paid"
on = "payment"
plans = ["monthly", "yearly"]
gives = { reward = "promo" }
"""


@pytest.mark.parametrize(
    ("started", "key", "paid_until"),
    [
        ("2026-01-31", "monthly", "2026-02-28"),
        ("2028-01-31", "monthly", "2028-02-29"),
        ("2026-03-31", "monthly", "2026-04-30"),
        ("2028-02-29", "yearly", "2029-02-28"),
        ("2026-12-31", "monthly", "2027-01-31"),
    ],
)
def test_a_payment_lasts_to_the_same_day_of_the_month_or_its_end(
    bench: Bench, started: str, key: str, paid_until: str
):
    source = text(BASE, PLANS)
    lives = {"anna": [joins(started), plan(started, "started", key)]}
    at = instant(f"{started}T23:00:00Z")
    assert lived(bench, source, lives, at)["anna"]["plan"]["paid_until"] == paid_until


def test_a_year_paid_on_the_31st_brings_its_monthly_rewards_on_the_last_day_of_shorter_months(bench: Bench):
    source = text(BASE, PLANS)
    lives = {"anna": [joins("2027-08-31"), plan("2027-08-31", "started", "yearly")]}
    found = set()
    for until in ("2027-11-20", "2028-02-10", "2028-05-10", "2028-08-30"):
        state = lived(bench, source, lives, instant(f"{until}T12:00:00Z"))["anna"]
        found |= {one["issued"] for one in state["rewards"]}
    assert sorted(found) == [
        "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31",
        "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31", "2028-06-30", "2028-07-31",
    ]  # fmt: skip
