"""When a rule holds for a line: who, where and when, on both sides of every boundary."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.earning import Frozen, Line
from tests.earning.tables import FROZEN, goods, order, passed, placed, points, programme, rule

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")

PLAN = '\n[[plans]]\nkey = "gold"\nlabel = "Gold"\ninterval = "month"\nprice = "3.00"\n'


def doubled(when: str, **changed: str):
    """A point a pound, and two where the conditions hold."""
    return programme(rule(1), rule(2, key="more", when=when), PLAN, **changed)


def holds(text, facts, frozen: Frozen = FROZEN) -> bool:
    """Whether the second rule gave the points."""
    because = passed(text, facts, frozen).get("more")
    return because is None


# --- plans, attributes, days of holding and of joining


@pytest.mark.parametrize(
    ("plans", "because"),
    [((), "plans"), (("silver",), "plans"), (("gold",), None), (("silver", "gold"), None)],
)
def test_a_rule_for_a_plan_holds_while_one_of_the_plans_was_held(plans, because):
    text = doubled('plans = ["gold"]')
    assert passed(text, order(*goods(1000)), Frozen(1, "member", plans=plans)).get("more") == because


@pytest.mark.parametrize(
    ("attributes", "because"),
    [
        ({}, "attributes"),
        ({"student": 1}, "attributes"),
        ({"store_card": 1}, None),
        ({"store_card": 30}, None),
        ({"store_card": 31}, "held_days"),
        ({"store_card": 0}, "held_days"),  # placed on the day before it was hers
        ({"store_card": -5}, "held_days"),
    ],
)
def test_the_first_thirty_days_of_an_outside_fact_are_days_one_to_thirty(attributes, because):
    text = doubled('attributes = ["store_card"], held_days = 30')
    frozen = Frozen(1, "member", attributes=attributes)
    assert passed(text, order(*goods(1000)), frozen).get("more") == because


def test_the_youngest_of_several_facts_opens_the_window():
    text = doubled('attributes = ["old_card", "new_card"], held_days = 30')
    frozen = Frozen(1, "member", attributes={"old_card": 400, "new_card": 3})
    assert points(text, *goods(1000), frozen=frozen) == 20


def test_without_a_number_of_days_a_fact_holds_from_before_its_first_day():
    # What is in force when the order is told decides, not the day it was placed (Reading 4).
    text = doubled('attributes = ["store_card"]')
    assert points(text, *goods(1000), frozen=Frozen(1, "member", attributes={"store_card": -3})) == 20


@pytest.mark.parametrize(
    ("day", "because"),
    [(1, None), (30, None), (31, "joined_days"), (0, "joined_days"), (None, "joined_days")],
)
def test_the_welcome_window_begins_with_the_day_of_joining(day, because):
    text = doubled("joined_days = 30")
    assert passed(text, order(*goods(1000)), Frozen(1, "member", joined_day=day)).get("more") == because


# --- the clocks of the programme


@pytest.mark.parametrize(
    ("at", "hold"),
    [
        (datetime(2026, 6, 13, 23, 59, 59, tzinfo=LONDON), False),  # a Saturday
        (datetime(2026, 6, 14, 0, 0, tzinfo=LONDON), True),
        (datetime(2026, 6, 14, 23, 59, 59, tzinfo=LONDON), True),
        (datetime(2026, 6, 15, 0, 0, tzinfo=LONDON), False),
        (
            datetime(2026, 6, 13, 23, 0, tzinfo=UTC),
            True,
        ),  # in summer London's Sunday begins an hour before UTC's
    ],
)
def test_a_day_of_the_week_is_that_of_the_programme(at, hold):
    text = doubled('weekdays = ["sun"]')
    assert holds(text, placed(at, text, *goods(1000))) is hold


@pytest.mark.parametrize(
    ("zone", "at", "hold"),
    [
        # One instant on both sides of the date line: Saturday at Pago Pago, Sunday at Auckland and Kiritimati.
        ("Pacific/Pago_Pago", datetime(2026, 6, 14, 10, tzinfo=UTC), False),
        ("Pacific/Pago_Pago", datetime(2026, 6, 14, 11, tzinfo=UTC), True),
        ("Pacific/Auckland", datetime(2026, 6, 13, 12, tzinfo=UTC), True),
        ("Pacific/Auckland", datetime(2026, 6, 13, 11, 59, 59, tzinfo=UTC), False),
        ("Pacific/Kiritimati", datetime(2026, 6, 13, 10, tzinfo=UTC), True),
        ("Pacific/Kiritimati", datetime(2026, 6, 14, 10, tzinfo=UTC), False),
    ],
)
def test_on_both_sides_of_the_date_line_it_is_the_programmes_sunday(zone, at, hold):
    text = doubled('weekdays = ["sun"]', timezone=f'"{zone}"')
    assert holds(text, placed(at, text, *goods(1000))) is hold


@pytest.mark.parametrize(
    ("clock", "hold"),
    [("16:59:59", False), ("17:00:00", True), ("18:59:59", True), ("19:00:00", False), ("00:00:00", False)],
)
def test_an_hour_is_in_from_its_beginning_until_before_its_end(clock, hold):
    text = doubled('hours = ["17:00", "19:00"]')
    at = datetime.combine(date(2026, 6, 10), time.fromisoformat(clock), LONDON)
    assert holds(text, placed(at, text, *goods(1000))) is hold


@pytest.mark.parametrize(
    ("clock", "hold"),
    [("21:59:59", False), ("22:00:00", True), ("23:59:59", True), ("00:00:00", True), ("01:59:59", True),
     ("02:00:00", False)],
)  # fmt: skip
def test_hours_may_run_over_midnight(clock, hold):
    text = doubled('hours = ["22:00", "02:00"]')
    at = datetime.combine(date(2026, 6, 10), time.fromisoformat(clock), LONDON)
    assert holds(text, placed(at, text, *goods(1000))) is hold


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def held_hours(day: date, text, zone: ZoneInfo) -> int:
    """For how many hours of a day of a zone the rule holds."""
    at, ends, found = midnight(day, zone), midnight(day + timedelta(days=1), zone), 0
    while at < ends:
        found += holds(text, placed(at, text, *goods(1000)))
        at += timedelta(minutes=30)
    return found // 2


@pytest.mark.parametrize(
    ("day", "window", "hours"),
    [
        (date(2026, 3, 8), '["01:00", "04:00"]', 2),  # the clocks skip 2:00 to 3:00
        (date(2026, 3, 8), '["02:00", "03:00"]', 0),
        (date(2026, 11, 1), '["01:00", "02:00"]', 2),  # there is 1:00 to 2:00 twice
        (date(2026, 11, 1), '["00:00", "04:00"]', 5),
        (date(2026, 6, 10), '["00:00", "04:00"]', 4),
    ],
)
def test_days_of_23_and_25_hours_are_read_as_the_clock_on_the_wall(day, window, hours):
    text = doubled(f"hours = {window}", timezone='"America/New_York"')
    assert held_hours(day, text, NEW_YORK) == hours


@pytest.mark.parametrize(("day", "halves"), [(date(2026, 3, 8), 46), (date(2026, 11, 1), 50)])
def test_a_whole_day_is_whole_when_the_clocks_change(day, halves):
    text = doubled(f"from = {day:%Y-%m-%d}, until = {day:%Y-%m-%d}", timezone='"America/New_York"')
    begins = midnight(day - timedelta(days=1), NEW_YORK)
    moments = [begins + timedelta(minutes=30 * step) for step in range(48 * 3 + 2)]
    assert sum(holds(text, placed(at, text, *goods(1000))) for at in moments) == halves


@pytest.mark.parametrize(
    ("at", "hold"),
    [
        (datetime(2026, 6, 10, 8, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 10, 9, tzinfo=UTC), True),
        (datetime(2026, 6, 10, 11, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 10, 12, tzinfo=UTC), False),
    ],
)
def test_an_instant_is_over_when_it_comes(at, hold):
    text = doubled("from = 2026-06-10T09:00:00Z, until = 2026-06-10T12:00:00Z")
    assert holds(text, placed(at, text, *goods(1000))) is hold


def test_an_instant_and_a_day_may_stand_together():
    text = doubled("from = 2026-06-10T09:00:00Z, until = 2026-06-11")
    assert holds(text, placed(datetime(2026, 6, 11, 22, 59, tzinfo=UTC), text, *goods(1000)))
    assert not holds(text, placed(datetime(2026, 6, 11, 23, tzinfo=UTC), text, *goods(1000)))


# --- the first that fails is told


def test_the_trace_names_the_first_condition_that_fails():
    text = doubled('channels = ["app"], plans = ["gold"], weekdays = ["sun"], hours = ["17:00", "19:00"]')
    wednesday = {"at": datetime(2026, 6, 10, 12, tzinfo=LONDON), "text": text}
    sunday = wednesday | {"at": datetime(2026, 6, 14, 12, tzinfo=LONDON)}
    gold = Frozen(1, "member", plans=("gold",))
    lines = goods(1000)
    assert passed(text, placed(wednesday["at"], text, *lines))["more"] == "channels"
    assert passed(text, placed(wednesday["at"], text, *lines, channel="app"))["more"] == "plans"
    assert passed(text, placed(wednesday["at"], text, *lines, channel="app"), gold)["more"] == "weekdays"
    assert passed(text, placed(sunday["at"], text, *lines, channel="app"), gold)["more"] == "hours"


@pytest.mark.parametrize(
    ("line", "earned"),
    [
        (Line("1", 1000, kind="service"), 20),
        (Line("1", 1000), 10),
        (Line("1", 1000, kind="service", brand="acme"), 20),
    ],
)
def test_a_kind_of_line_is_a_condition(line, earned):
    assert points(doubled('kinds = ["service"]'), line) == earned


# --- rows of old and of new


def test_what_the_oldest_orders_keep_is_still_read():
    assert Frozen.of({"programme_version": 3, "tier": "gold", "attributes": []}) == Frozen(3, "gold")


@pytest.mark.parametrize(
    "frozen",
    [
        Frozen(1, "member"),
        Frozen(2, "gold", {"store_card": -4}, ("plus",), -2, "2026-03", {"may": 0}),
        Frozen(2, "gold", joined_day=1, room={"may": 500}),
    ],
)
def test_what_is_kept_is_read_again_and_says_nothing_that_says_nothing(frozen):
    assert Frozen.of(frozen.kept()) == frozen
    assert None not in frozen.kept().values()
