"""Where a member stands and how far it is, by tables: no database, no app."""

from dataclasses import dataclass
from datetime import date

import pytest

from portal.programme import Programme, parse
from portal.tiers import Counters, Standing, keep, next_tier, standing
from portal.tiers.rules import counters_of, lasts_until, period_key, reached
from tests.ledger.shop import tiers
from tests.programme.texts import small

JOINED = date(2025, 1, 5)


@dataclass(frozen=True)
class Grant:
    tier: str
    since: date
    until: date | None
    source: str = "earned"


def ladder(*steps: str, **rules: str) -> Programme:
    return parse(small(tiers(*(steps or ("200.00", "500.00")), **rules)), "small.toml")


def day(text: str) -> date:
    return date.fromisoformat(text)


def earned(tier: str, since: str, until: str | None) -> Grant:
    return Grant(tier, day(since), day(until) if until else None)


@pytest.mark.parametrize(
    ("grants", "on", "expected"),
    [
        ([], "2026-06-10", ("member", "base", "2025-01-05", None)),
        (
            [earned("silver", "2026-03-01", "2027-12-31")],
            "2026-06-10",
            ("silver", "earned", "2026-03-01", "2027-12-31"),
        ),
        ([earned("silver", "2026-03-01", "2027-12-31")], "2026-02-28", ("member", "base", "2025-01-05", None)),
        (
            [earned("silver", "2026-03-01", "2027-12-31")],
            "2027-12-31",  # the last day is inclusive
            ("silver", "earned", "2026-03-01", "2027-12-31"),
        ),
        ([earned("silver", "2026-03-01", "2027-12-31")], "2028-01-01", ("member", "base", "2025-01-05", None)),
        # the highest that is live, whatever was granted last
        (
            [earned("gold", "2026-03-01", "2026-12-31"), earned("silver", "2026-05-01", "2027-12-31")],
            "2026-06-10",
            ("gold", "earned", "2026-03-01", "2026-12-31"),
        ),
        (
            [earned("gold", "2026-03-01", "2026-12-31"), earned("silver", "2026-05-01", "2027-12-31")],
            "2027-01-01",
            ("silver", "earned", "2026-05-01", "2027-12-31"),
        ),
        # granted again before it ended, or for the very next day: one stretch
        (
            [earned("silver", "2025-03-01", "2026-12-31"), earned("silver", "2026-02-01", "2027-12-31")],
            "2026-06-10",
            ("silver", "earned", "2025-03-01", "2027-12-31"),
        ),
        (
            [earned("silver", "2027-01-01", "2027-12-31"), earned("silver", "2025-03-01", "2026-12-31")],
            "2026-06-10",
            ("silver", "earned", "2025-03-01", "2027-12-31"),
        ),
        # a day between them: two stretches
        (
            [earned("silver", "2025-03-01", "2025-12-31"), earned("silver", "2026-01-02", "2027-12-31")],
            "2026-06-10",
            ("silver", "earned", "2026-01-02", "2027-12-31"),
        ),
        (
            [earned("silver", "2025-03-01", "2025-12-31"), earned("silver", "2026-01-02", "2027-12-31")],
            "2026-01-01",
            ("member", "base", "2025-01-05", None),
        ),
        (
            [earned("silver", "2025-03-01", "2025-12-31"), earned("silver", "2026-01-02", "2027-12-31")],
            "2025-06-01",
            ("silver", "earned", "2025-03-01", "2025-12-31"),
        ),
        # a short one inside a long one ends nothing
        (
            [earned("silver", "2025-03-01", "2027-12-31"), earned("silver", "2026-01-02", "2026-02-01")],
            "2026-06-10",
            ("silver", "earned", "2025-03-01", "2027-12-31"),
        ),
        ([earned("silver", "2026-03-01", None)], "2099-01-01", ("silver", "earned", "2026-03-01", None)),
        # of a tier that the programme no longer has nothing is known
        ([earned("bronze", "2026-03-01", None)], "2026-06-10", ("member", "base", "2025-01-05", None)),
    ],
)  # fmt: skip
def test_a_member_stands_on_the_highest_tier_that_is_granted_on_the_day(grants, on, expected):
    found = standing(ladder(), grants, day(on), JOINED)
    until = None if found.until is None else str(found.until)
    assert (found.tier.key, found.source, str(found.since), until) == expected


@pytest.mark.parametrize(
    ("spend", "tier"), [(0, None), (19_999, None), (20_000, "silver"), (49_999, "silver"), (50_000, "gold")]
)
def test_a_tier_is_reached_with_the_last_penny_and_not_before(spend, tier):
    walked = [one.key for one in ladder().tiers[1:] if reached(one, Counters(spend=spend))]
    assert (walked[-1] if walked else None) == tier


@pytest.mark.parametrize(
    ("period", "keeps", "until", "key"),
    [
        ("calendar-year", "next-period", day("2027-12-31"), "2026"),
        ("calendar-year", "period", day("2026-12-31"), "2026"),
        ("life", "next-period", None, "life"),
    ],
)
def test_a_tier_lasts_as_the_programme_says(period, keeps, until, key):
    programme = ladder(period=period, keeps=keeps)
    assert lasts_until(programme, day("2026-06-10")) == until
    assert period_key(programme, day("2026-06-10")) == key


def test_what_counts_is_that_of_the_year_or_of_life():
    years = {2025: Counters(10_000, 2, 100), 2026: Counters(300, 1, 3)}
    assert counters_of(ladder(), years, day("2026-06-10")) == Counters(300, 1, 3)
    assert counters_of(ladder(), years, day("2027-01-01")) == Counters()
    assert counters_of(ladder(period="life"), years, day("2026-06-10")) == Counters(10_300, 3, 103)


def at(programme: Programme, tier: str, until: str | None = "2027-12-31", source: str = "earned") -> Standing:
    return Standing(programme.tier(tier), source, JOINED, day(until) if until else None)


def test_the_way_up_says_what_is_had_needed_and_by_when():
    programme = ladder()
    goal = next_tier(programme, at(programme, "member"), {2026: Counters(12_345)}, day("2026-06-10"))
    assert goal is not None
    assert (goal.tier.key, goal.metric, goal.have, goal.need, goal.left) == (
        "silver",
        "spend",
        12_345,
        20_000,
        7_655,
    )
    assert (goal.by, goal.share) == (day("2026-12-31"), 61)
    assert next_tier(programme, at(programme, "gold"), {2026: Counters(90_000)}, day("2026-06-10")) is None


def test_for_life_there_is_no_last_day():
    programme = ladder(period="life")
    goal = next_tier(programme, at(programme, "member", None), {2020: Counters(100)}, day("2026-06-10"))
    assert goal is not None
    assert (goal.by, goal.have) == (None, 100)


@pytest.mark.parametrize(
    ("have", "share", "left"), [(0, 0, 20_000), (19_999, 99, 1), (20_000, 100, 0), (30_000, 100, 0)]
)
def test_the_way_is_at_a_hundred_percent_only_when_it_is_walked(have, share, left):
    programme = ladder()
    goal = next_tier(programme, at(programme, "member"), {2026: Counters(have)}, day("2026-06-10"))
    assert goal is not None
    assert (goal.share, goal.left) == (share, left)


TWO_WAYS = (
    '\n[[tiers]]\nkey = "silver"\nlabel = "Silver"\n'
    'entry = [{ metric = "spend", amount = "300.00" }, { metric = "orders", count = 3 }]\n'
)


@pytest.mark.parametrize(
    ("counters", "metric"),
    [
        (Counters(spend=10_000, orders=1), "spend"),  # a third each: the first of the file
        (Counters(spend=9_999, orders=1), "orders"),
        (Counters(spend=10_001, orders=1), "spend"),
        (Counters(), "spend"),
    ],
)
def test_of_two_ways_the_nearer_one_is_shown(counters, metric):
    programme = parse(small(TWO_WAYS), "small.toml")
    goal = next_tier(programme, at(programme, "member"), {2026: counters}, day("2026-06-10"))
    assert goal is not None
    assert goal.metric == metric


@pytest.mark.parametrize(
    ("until", "source", "expected"),
    [
        ("2026-12-31", "earned", (5_000, 20_000, "2026-12-31", "2027-12-31", False)),
        ("2027-12-31", "earned", (5_000, 20_000, "2026-12-31", "2027-12-31", True)),
        (None, "earned", None),
        ("2026-12-31", "courtesy", None),
        (None, "base", None),
    ],
)
def test_what_it_takes_to_keep_a_tier_is_told_where_it_has_to_be_kept(until, source, expected):
    programme = ladder()
    goal = keep(programme, at(programme, "silver", until, source), {2026: Counters(5_000)}, day("2026-06-10"))
    found = None if goal is None else (goal.have, goal.need, str(goal.by), str(goal.until), goal.done)
    assert found == expected


def test_where_tiers_end_with_their_period_nothing_is_kept():
    programme = ladder(keeps="period")
    assert keep(programme, at(programme, "silver", "2026-12-31"), {}, day("2026-06-10")) is None


def test_the_other_ways_to_the_same_tier_come_with_the_nearest():
    programme = parse(small(TWO_WAYS), "small.toml")
    counted = Counters(spend=10_001, orders=1)
    goal = next_tier(programme, at(programme, "member"), {2026: counted}, day("2026-06-10"))
    assert goal is not None
    assert goal.metric == "spend"
    assert [(one.metric, one.have, one.left) for one in goal.others] == [("orders", 1, 2)]
