"""What a review decides, by tables: no database, no app."""

from collections.abc import Sequence

import pytest

from portal.programme import Programme
from portal.tiers import Counters, Given
from portal.tiers.rules import Holding
from portal.tiers.verdicts import Facts, judge, step_down
from tests.tiers.ladders import PLANS, STEPS, THREE, day, ladder, spend, step

ROLLING = "rolling-12-months"
Row = tuple[str, str, str | None, str | None]


def grant(tier: str, since: str, until: str | None, review: str | None, period: str = "") -> Given:
    return Given(
        tier,
        "earned",
        period or since[:4],
        day(since),
        day(until) if until else None,
        day(review) if review else None,
    )


def reviewed(programme: Programme, rows: Sequence[Given], on: str, facts: Facts = Facts()) -> list[Row]:  # noqa: B008 - frozen
    """Tier, new last day, next review, and `taken` for each grant that is looked at."""
    return [
        (
            one.row.tier,
            str(one.until) if one.until else "",
            str(one.review_on) if one.review_on else None,
            "taken" if one.taken else None,
        )
        for one in judge(programme, rows, day(on), facts)
    ]


def spent(**years: int) -> Facts:
    return Facts({int(year[1:]): Counters(amount) for year, amount in years.items()})


OWN = step("gold", spend("500.00"), keep=spend("300.00"), reenter=spend("400.00"))


@pytest.mark.parametrize(
    ("spend_2026", "expected"),
    [
        (50_000, ("gold", "2027-12-31", "2028-01-01", None)),
        (49_999, ("gold", "2026-12-31", None, "taken")),
        (0, ("gold", "2026-12-31", None, "taken")),
    ],
)
def test_its_own_year_is_asked_for_what_it_took_to_get_in_net_of_refunds(spend_2026, expected):
    rows = [grant("gold", "2026-06-10", "2027-12-31", "2027-01-01")]
    for parts in (STEPS, (OWN,)):
        assert reviewed(ladder(*parts), rows, "2027-01-01", spent(y2026=spend_2026)) == [expected]


@pytest.mark.parametrize(
    ("spend_2027", "expected"),
    [
        (30_000, ("gold", "2028-12-31", "2029-01-01", None)),
        (29_999, ("gold", "2027-12-31", None, "taken")),
    ],
)
def test_who_held_it_before_is_asked_for_what_keeps_it(spend_2027, expected):
    rows = [
        grant("gold", "2026-06-10", "2027-12-31", None),
        grant("gold", "2027-06-10", "2028-12-31", "2028-01-01"),
    ]
    assert reviewed(ladder(OWN), rows, "2028-01-01", spent(y2026=50_000, y2027=spend_2027)) == [expected]


@pytest.mark.parametrize(
    ("spend_2028", "expected"),
    [
        (40_000, ("gold", "2029-12-31", "2030-01-01", None)),
        (39_999, ("gold", "2028-12-31", None, "taken")),
    ],
)
def test_who_came_back_in_is_asked_for_what_it_took_to_come_back(spend_2028, expected):
    rows = [
        grant("gold", "2025-06-10", "2026-12-31", None),
        grant("gold", "2028-06-10", "2029-12-31", "2029-01-01"),
    ]
    assert reviewed(ladder(OWN), rows, "2029-01-01", spent(y2028=spend_2028)) == [expected]


@pytest.mark.parametrize(
    ("said", "facts", "expected"),
    [
        ({}, spent(y2026=90_000, y2027=19_999), ("silver", "2027-12-31", None, "taken")),
        ({"grace_days": 30}, spent(), ("silver", "2028-01-30", None, "taken")),
        (
            {},
            spent(y2027=20_000),
            ("silver", "2028-12-31", "2029-01-01", None),
        ),  # it was not granted anew, and stays
        (
            {"period": "life"},
            spent(y2020=20_000),
            ("silver", "", None, None),
        ),  # the programme counts for life now
        ({"period": "life"}, spent(y2020=19_999), ("silver", "2027-12-31", None, "taken")),
    ],
)
def test_at_its_end_a_tier_stays_only_with_what_keeps_it(said, facts, expected):
    rows = [grant("silver", "2026-06-10", "2027-12-31", "2028-01-01")]
    assert reviewed(ladder(**said), rows, "2028-01-01", facts) == [expected]


def test_at_its_end_a_tier_that_was_granted_anew_goes_on_by_that():
    rows = [
        grant("silver", "2026-06-10", "2027-12-31", "2028-01-01"),
        grant("silver", "2027-03-01", "2028-12-31", "2028-01-01"),
    ]
    assert reviewed(ladder(), rows, "2028-01-01", spent(y2027=20_000)) == [
        ("silver", "2028-12-31", "2029-01-01", None),
        ("silver", "2027-12-31", None, None),
    ]
    # A late refund: the year that ended carries neither.
    assert [one[3] for one in reviewed(ladder(), rows, "2028-01-01", spent(y2027=19_999))] == ["taken"] * 2


def test_where_tiers_end_with_their_year_nothing_keeps_them():
    rows = [grant("silver", "2026-06-10", "2026-12-31", "2027-01-01")]
    found = reviewed(ladder(keeps="period", grace_days=10), rows, "2027-01-01", spent(y2026=90_000))
    assert found == [("silver", "2027-01-10", None, "taken")]


@pytest.mark.parametrize(
    ("bought", "carried"),
    [
        ({"2026-06-10": 90_000}, False),  # what reached it
        ({"2026-06-11": 20_000}, True),
        ({"2027-06-09": 20_000}, True),
        ({"2027-06-10": 20_000}, False),  # the day of the review has only begun
        ({"2026-06-11": 10_000, "2027-06-09": 9_999}, False),
    ],
)
def test_rolling_months_are_the_twelve_that_just_ended(bought, carried):
    rows = [grant("silver", "2026-06-10", "2027-06-09", "2027-06-10", "2026-06-10")]
    facts = Facts({}, {day(on): Counters(amount) for on, amount in bought.items()})
    expected = (
        ("silver", "2028-06-09", "2028-06-10", None) if carried else ("silver", "2027-06-09", None, "taken")
    )
    assert reviewed(ladder(period=ROLLING), rows, "2027-06-10", facts) == [expected]


@pytest.mark.parametrize(("kept", "result"), [(30_000, None), (29_999, "taken")])
def test_at_its_end_a_tier_is_asked_for_what_keeps_it_and_not_for_what_it_took_to_get_in(kept, result):
    rows = [grant("gold", "2026-06-10", "2027-06-09", "2027-06-10", "2026-06-10")]
    facts = Facts({}, {day("2027-01-01"): Counters(kept)})
    assert reviewed(ladder(OWN, period=ROLLING), rows, "2027-06-10", facts)[0][3] == result
    rows = [grant("gold", "2026-06-10", "2027-12-31", "2028-01-01")]
    assert reviewed(ladder(OWN), rows, "2028-01-01", spent(y2027=kept))[0][3] == result


def test_what_reached_a_tier_on_29_february_carries_no_second_year():
    rows = [grant("silver", "2028-02-29", "2029-02-27", "2029-02-28", "2028-02-29")]
    programme = ladder(period=ROLLING)
    for on, result in (
        ("2028-02-29", ("silver", "2029-02-27", None, "taken")),
        ("2028-03-01", ("silver", "2030-02-27", "2030-02-28", None)),
    ):
        assert reviewed(programme, rows, "2029-02-28", Facts({}, {day(on): Counters(20_000)})) == [result]


def test_a_tier_may_be_kept_by_what_is_held():
    tier = step("gold", spend("500.00"), keep='{ metric = "plan", plans = ["monthly"] }')
    rows = [grant("gold", "2026-06-10", "2027-12-31", "2028-01-01")]
    held = Facts(holding=Holding({"monthly": 3}))
    assert reviewed(ladder(PLANS, tier), rows, "2028-01-01", held)[0][1:3] == ("2028-12-31", "2029-01-01")
    assert reviewed(ladder(PLANS, tier), rows, "2028-01-01")[0][3] == "taken"


def test_what_the_programme_no_longer_has_is_kept_to_its_date():
    rows = [grant("bronze", "2026-06-10", "2027-12-31", "2027-01-01")]
    assert reviewed(ladder(), rows, "2027-01-01") == [("bronze", "2027-12-31", None, None)]


@pytest.mark.parametrize(
    ("rows", "spend_2027", "expected"),
    [
        # one step down, for the coming year
        (
            [grant("platinum", "2026-06-10", "2027-12-31", "2028-01-01")],
            0,
            ("gold", "2028-01-01", "2028-12-31"),
        ),
        (
            [grant("gold", "2026-06-10", "2027-12-31", "2028-01-01")],
            0,
            ("silver", "2028-01-01", "2028-12-31"),
        ),
        ([grant("silver", "2026-06-10", "2027-12-31", "2028-01-01")], 0, None),  # below is what everybody has
        # the step of the year before ends as well
        (
            [grant("gold", "2027-01-01", "2027-12-31", "2028-01-01", "20270101down")],
            0,
            ("silver", "2028-01-01", "2028-12-31"),
        ),
        # she has it anyway
        (
            [
                grant("platinum", "2026-06-10", "2027-12-31", "2028-01-01"),
                grant("gold", "2027-06-10", "2028-12-31", "2028-01-01"),
            ],
            50_000,
            None,
        ),
        # what the review takes of the same moment is no hold
        (
            [
                grant("platinum", "2026-06-10", "2027-12-31", "2028-01-01"),
                grant("gold", "2027-06-10", "2028-12-31", "2028-01-01"),
            ],
            49_999,
            ("gold", "2028-01-01", "2028-12-31"),
        ),
        # bought and returned: it was never earned, so nothing is left of it
        ([grant("platinum", "2027-06-10", "2028-12-31", "2028-01-01")], 0, None),
    ],
)
def test_one_step_a_review(rows, spend_2027, expected):
    programme = ladder(*THREE, step_down="one-step")
    verdicts = judge(programme, rows, day("2028-01-01"), spent(y2027=spend_2027))
    found = step_down(programme, rows, verdicts, day("2028-01-01"))
    assert (found and (found.tier, str(found.since), str(found.until))) == expected
    if found is not None:
        assert (found.source, str(found.review_on)) == ("earned", "2029-01-01")


def test_straight_to_what_is_earned_gives_no_step():
    rows = [grant("platinum", "2026-06-10", "2027-12-31", "2028-01-01")]
    programme = ladder(*THREE)
    assert (
        step_down(programme, rows, judge(programme, rows, day("2028-01-01"), Facts()), day("2028-01-01"))
        is None
    )


def test_a_step_down_passes_over_what_nobody_earns():
    courtesy, card = (
        step("friend", courtesy="true"),
        step("card", '{ metric = "attribute", attribute = "card" }'),
    )
    programme = ladder(STEPS[0], courtesy, card, STEPS[1], step_down="one-step", period=ROLLING)
    rows = [grant("gold", "2026-06-10", "2027-06-09", "2027-06-10", "2026-06-10")]
    found = step_down(programme, rows, judge(programme, rows, day("2027-06-10"), Facts()), day("2027-06-10"))
    assert found is not None
    assert (found.tier, str(found.until), str(found.review_on)) == ("silver", "2028-06-09", "2028-06-10")
