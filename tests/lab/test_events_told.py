"""Lines of activities, facts, children and chosen days told to a programme: what a member has of them."""

import pytest

from tests.lab.simulating import Simulate, at, buys, joins, points, simulate, told
from tests.programme.texts import small

__all__ = ["simulate"]

EARN = '[[earn]]\nkey = "all"\nlabel = "All"\npoints = 1\nper = "1.00"\n'
ACTIVITIES = """
[[activities]]
key = "newsletter"
label = "News"
points = 50
[[activities]]
key = "review"
label = "A review"
points = 25
caps = [{ per = "month", points = 75 }]
[[activities]]
key = "gym"
label = "The gym"
points = 5
proof = "staff"
[[activities]]
key = "coffee"
label = "Coffee"
points = 100
distinct = "country"
counter = "countries"
[[activities]]
key = "meeting"
label = "A meeting"
counter = "trees"
[[charities]]
key = "trees"
label = "Trees"
[[funding]]
key = "tree"
label = "A tree"
on = "activity"
activity = "meeting"
charity = "trees"
amount = "0.50"
[[funding]]
key = "five"
label = "Five pounds"
on = "joining"
amount = "5.00"
"""
CARD = '\n[[tiers]]\nkey = "card"\nlabel = "Card"\nentry = [{ metric = "attribute", attribute = "store_card" }]\n'
SHOP = small(EARN, ACTIVITIES, CARD)


def did(day: str, activity: str, id: str, **fields):
    return at(day, "activity", id=id, member="anna", activity=activity, **fields)


def test_a_month_of_activities_ends_where_the_caps_say(simulate: Simulate):
    lines = [
        joins(),
        *(did("2026-01-02", "review", f"r-{n}") for n in range(4)),
        did("2026-01-03", "review", "r-0"),
        did("2026-02-01", "review", "r-4"),
        did("2026-02-02", "gym", "g-1"),
        did("2026-02-03", "newsletter", "newsletter"),
        at("2026-02-04", "member", member="anna", data={"consents": {"marketing": True}}),
        did("2026-02-05", "newsletter", "n-2"),
        did("2026-02-06", "review", "r-5", quantity=-1),
    ]
    outcome = told(simulate(lines, "--json", programme=SHOP))
    assert points(outcome)["available"] == 75 + 25 + 5 + 50 - 25
    assert outcome["refused"] == []


def test_counters_count_and_the_programme_pays_for_trees(simulate: Simulate):
    lines = [
        joins(),
        *(
            did("2026-01-02", "coffee", f"c-{n}", attributes={"country": c})
            for n, c in enumerate(("KE", "BR", "KE"))
        ),
        *(did("2026-01-03", "meeting", id) for id in ("m-1", "m-1", "m-2")),
        at("2026-01-04", "choose_charity", member="anna", charity="trees"),
    ]
    outcome = told(simulate(lines, "--json", programme=SHOP))
    assert points(outcome)["available"] == 200
    assert outcome["members"]["anna"]["counters"] == {"countries": 2, "trees": 2}
    assert outcome["totals"]["funded"] == {"trees": {"amount": "6.00", "currency": "GBP"}}


def test_lines_are_refused_with_the_codes_of_the_api(simulate: Simulate):
    lines = [
        joins(),
        did("2026-01-02", "birthday", "b-1"),
        did("2026-01-02", "dance", "d-1"),
        did("2026-01-02", "coffee", "c-1"),
        did("2026-01-02", "review", "r-1"),
        did("2026-01-02", "gym", "r-1"),
        at("2026-01-02", "activity", id="r-2", member="bea", activity="review"),
        at("2026-01-02", "attribute", member="bea", name="store_card", value=True),
        at("2026-01-02", "attribute", member="anna", name="store_card", value=True, until="2026-01-01"),
        at("2026-01-02", "choose_bonus_day", member="bea", date="2026-02-01"),
        at("2026-01-02", "choose_bonus_day", member="anna", date="2026-02-01"),
        did("2026-01-02", "review", "r-3", quantity=0),
    ]
    outcome = told(simulate(lines, "--json", programme=SHOP), 1)
    assert [(r["line"], r["code"]) for r in outcome["refused"]] == [
        (2, "not_allowed"), (3, "unknown_key"), (4, "missing_field"), (6, "conflict"), (7, "unknown_member"),
        (8, "unknown_member"), (9, "bad_value"), (10, "unknown_member"), (11, "not_allowed_by_tier"), (12, "bad_value"),
    ]  # fmt: skip
    assert points(outcome)["available"] == 25


@pytest.mark.parametrize(
    ("when", "tier"),
    [
        ("2026-01-04T23:59:59Z", "member"),
        ("2026-01-05T10:00:00Z", "card"),
        ("2026-01-31T23:59:59Z", "card"),
        ("2026-02-01T00:00:00Z", "member"),
        ("2026-03-01T10:00:00Z", "card"),
        ("2026-03-02T10:00:00Z", "member"),
    ],
)
def test_a_tier_by_a_fact_lasts_as_long_as_the_fact(simulate: Simulate, when: str, tier: str):
    card = {"member": "anna", "name": "store_card"}
    lines = [
        joins(),
        at("2026-01-05", "attribute", value=True, until="2026-01-31", **card),
        at("2026-03-01", "attribute", value=True, **card),
        at("2026-03-02", "attribute", value=False, **card),
    ]
    outcome = told(simulate(lines, "--json", "--at", when, programme=SHOP))
    assert outcome["members"]["anna"]["tier"]["key"] == tier


def test_unread_fields_inside_are_told_on_stderr_and_the_line_is_taken(simulate: Simulate):
    result = simulate([joins(), buys("2026-01-05", "10.00", till=4)], "--json", programme=SHOP)
    assert "line 2: 'data/till' is not known" in result.stderr
    assert points(told(result))["available"] == 10
