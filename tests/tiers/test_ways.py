"""Ways into a tier, how long it lasts and how far it is, by tables: no database, no app."""

import pytest

from portal.programme import Programme
from portal.tiers import Counters, Given, Standing, keep, next_tier, standing
from portal.tiers.rules import Holding, first_review, lasts_until, period_key, reached, rising, walked, ways
from tests.ledger.shop import EARN
from tests.tiers.ladders import PLANS, STEPS, day, ladder, spend, step

ROLLING = "rolling-12-months"


def earned(
    tier: str, since: str, until: str | None, period: str = "before", review: str | None = None
) -> Given:
    return Given(
        tier, "earned", period, day(since), day(until) if until else None, day(review) if review else None
    )


@pytest.mark.parametrize(
    ("way", "short", "enough"),
    [
        (spend("200.00"), Counters(spend=19_999, orders=99), Counters(spend=20_000)),
        ('{ metric = "orders", count = 6 }', Counters(spend=99_999, orders=5), Counters(orders=6)),
        ('{ metric = "earned", count = 300 }', Counters(earned=299), Counters(earned=300)),
        (
            '{ metric = "quantity", count = 21, categories = ["rental-day"] }',
            Counters(orders=99, quantity=20),
            Counters(quantity=21),
        ),
    ],
)
def test_a_counted_way_is_walked_with_the_last_one_and_not_before(way, short, enough):
    tier = ladder(EARN, step("silver", way)).tier("silver")
    assert (reached(tier, short), reached(tier, enough)) == (False, True)


def test_of_several_ways_any_one_is_enough():
    days = '{ metric = "quantity", count = 21, categories = ["rental-day"] }'
    tier = ladder(step("silver", '{ metric = "orders", count = 6 }', days)).tier("silver")
    assert not reached(tier, Counters(orders=5, quantity=20))
    assert reached(tier, Counters(orders=6))
    assert reached(tier, Counters(quantity=21))


@pytest.mark.parametrize(
    ("way", "holding", "expected"),
    [
        ('{ metric = "plan" }', Holding({"monthly": 1}), True),
        ('{ metric = "plan", plans = ["yearly"] }', Holding({"monthly": 9}), False),
        ('{ metric = "paid-months", count = 6 }', Holding({"monthly": 5}), False),
        ('{ metric = "paid-months", count = 6 }', Holding({"monthly": 6}), True),
        ('{ metric = "paid-months", count = 6 }', Holding({"yearly": 12}), True),
        ('{ metric = "paid-months", count = 6, plans = ["monthly"] }', Holding({"yearly": 12}), False),
        ('{ metric = "attribute", attribute = "store_card" }', Holding({}, ["store_card"]), True),
        ('{ metric = "attribute", attribute = "store_card" }', Holding({"monthly": 9}, ["other"]), False),
    ],
)
def test_what_is_held_walks_its_way_and_buying_never_does(way, holding, expected):
    tier = ladder(PLANS, step("silver", way)).tier("silver")
    assert walked(tier.entry, Counters(), holding) is expected
    assert not reached(tier, Counters(10**9, 10**6, 10**6, 10**6))


@pytest.mark.parametrize(
    ("said", "placed", "until", "review", "key"),
    [
        ({}, "2026-06-10", "2027-12-31", "2027-01-01", "2026"),
        ({"keeps": "period"}, "2026-12-31", "2026-12-31", "2027-01-01", "2026"),
        ({"review": "02-01"}, "2026-06-10", "2028-01-31", "2027-02-01", "2026"),
        ({"review": "02-01", "keeps": "period"}, "2026-06-10", "2027-01-31", "2027-02-01", "2026"),
        ({"review": "03-01"}, "2026-06-10", "2028-02-29", "2027-03-01", "2026"),
        ({"period": "life"}, "2026-06-10", None, None, "life"),
        ({"period": ROLLING}, "2026-06-10", "2027-06-09", "2027-06-10", "2026-06-10"),
        ({"period": ROLLING}, "2026-01-01", "2026-12-31", "2027-01-01", "2026-01-01"),
        ({"period": ROLLING}, "2028-02-29", "2029-02-27", "2029-02-28", "2028-02-29"),
        ({"period": ROLLING}, "2027-02-28", "2028-02-27", "2028-02-28", "2027-02-28"),
        ({"period": ROLLING}, "2027-03-01", "2028-02-29", "2028-03-01", "2027-03-01"),
    ],
)
def test_a_tier_lasts_to_the_day_before_a_review(said, placed, until, review, key):
    programme, on = ladder(**said), day(placed)
    assert lasts_until(programme, on) == (day(until) if until else None)
    assert first_review(programme, on) == (day(review) if review else None)
    assert period_key(programme, on) == key


THREE_WAYS = step("gold", spend("500.00"), keep=spend("300.00"), reenter=spend("400.00"))


@pytest.mark.parametrize(
    ("held", "need"),
    [
        ([], 50_000),
        ([earned("gold", "2025-03-01", "2026-12-31")], 30_000),  # she holds it: to keep it
        ([earned("gold", "2025-03-01", "2026-06-10")], 30_000),
        ([earned("gold", "2025-03-01", "2026-06-09")], 30_000),  # until yesterday: without a gap
        ([earned("gold", "2025-03-01", "2026-06-08")], 40_000),  # she held it once: back in
        ([earned("gold", "2026-06-10", "2027-12-31")], 50_000),  # it begins today
        ([Given("gold", "courtesy", "x", day("2025-01-01"), None, None)], 50_000),  # never earned
        ([earned("gold", "2025-03-01", "2025-12-31", "2025")], 50_000),  # the review of 2025 took it back
        ([earned("gold", "2025-03-01", "2026-12-31", "2025")], 30_000),
    ],
)
def test_to_get_in_to_keep_and_to_get_back_in_may_need_different_amounts(held, need):
    programme = ladder(THREE_WAYS)
    (way,) = ways(programme, programme.tier("gold"), held, day("2026-06-10"))
    assert way.need == need


def test_keep_and_reenter_are_the_ways_in_where_nothing_else_is_said():
    programme = ladder()
    for held in ([earned("gold", "2025-03-01", "2026-12-31")], [earned("gold", "2024-03-01", "2024-12-31")]):
        assert ways(programme, programme.tier("gold"), held, day("2026-06-10"))[0].need == 50_000


@pytest.mark.parametrize(
    ("said", "held", "expected"),
    [
        ({}, [], ["silver", "gold"]),
        ({}, [earned("gold", "2026-02-01", "2027-12-31", "2026")], ["silver"]),
        ({}, [earned("gold", "2026-02-01", "2028-06-28", "2026")], ["silver"]),  # its clock was stopped
        ({}, [earned("gold", "2026-02-01", "2026-12-31", "2026")], ["silver", "gold"]),  # cut short
        ({}, [earned("gold", "2025-02-01", "2026-12-31", "2025")], ["silver", "gold"]),  # for the coming year
        ({"period": "life"}, [earned("gold", "2020-02-01", None, "life")], ["silver"]),
        ({"period": ROLLING}, [], ["silver", "gold"]),
        (
            {"period": ROLLING},
            [earned("gold", "2026-02-01", "2027-01-31", "2026-02-01", "2027-02-01")],
            ["silver"],  # its review comes
        ),
        (
            {"period": ROLLING},
            [earned("gold", "2025-05-01", "2026-06-20", "2025-05-01")],
            ["silver", "gold"],
        ),  # grace
        (
            {"period": ROLLING},
            [earned("gold", "2025-05-01", "2026-06-09", "2025-05-01", "2026-06-10")],
            ["silver", "gold"],
        ),
        (
            {"period": ROLLING},  # an older order is told after a newer one
            [earned("gold", "2026-06-11", "2027-06-10", "2026-06-11", "2027-06-11")],
            ["silver"],
        ),
    ],
)
def test_what_is_not_held_for_all_of_its_time_rises(said, held, expected):
    risen = rising(ladder(**said), Counters(spend=50_000), day("2026-06-10"), held)
    assert [tier.key for tier in risen] == expected


def on_tier(programme: Programme, tier: str, until: str | None = None, since: str = "2026-01-05") -> Standing:
    return Standing(
        programme.tier(tier), "earned" if until else "base", day(since), day(until) if until else None
    )


def test_the_next_tier_is_never_one_that_buying_does_not_lead_to():
    programme = ladder(
        PLANS,
        step("card", '{ metric = "attribute", attribute = "store_card" }'),
        step("plus", '{ metric = "plan" }', '{ metric = "paid-months", count = 6 }'),
        step("friend", courtesy="true"),
        step("secret", spend("100.00"), hidden="true"),
        step("gold", '{ metric = "plan" }', spend("500.00")),
    )
    goal = next_tier(programme, on_tier(programme, "member"), {2026: Counters(100)}, day("2026-06-10"))
    assert goal is not None
    assert (goal.tier.key, goal.metric, goal.have, goal.need) == ("gold", "spend", 100, 50_000)
    assert next_tier(programme, on_tier(programme, "gold"), {}, day("2026-06-10")) is None


def test_who_holds_the_hidden_tier_sees_the_way_past_it():
    programme = ladder(step("secret", spend("100.00"), hidden="true"), step("gold", spend("500.00")))
    assert next_tier(programme, on_tier(programme, "member"), {}, day("2026-06-10")).tier.key == "gold"
    assert next_tier(programme, on_tier(programme, "secret"), {}, day("2026-06-10")).tier.key == "gold"


def test_who_lost_a_tier_is_shown_the_way_back_in():
    programme, on = ladder(THREE_WAYS), day("2026-06-10")
    held = [earned("gold", "2023-01-01", "2024-12-31", "2023")]
    assert next_tier(programme, on_tier(programme, "member"), {}, on).need == 50_000
    assert next_tier(programme, on_tier(programme, "member"), {}, on, held=held).need == 40_000


def test_progress_of_rolling_months_looks_at_the_last_twelve():
    programme = ladder(period=ROLLING)
    days = {
        day("2025-06-10"): Counters(10_000),  # a year ago today: no longer
        day("2025-06-11"): Counters(5_000),
        day("2026-06-10"): Counters(700),
        day("2026-06-11"): Counters(90_000),  # is still to come
    }
    goal = next_tier(programme, on_tier(programme, "member"), {}, day("2026-06-10"), days=days)
    assert (goal.have, goal.need, goal.by) == (5_700, 20_000, None)


@pytest.mark.parametrize(
    ("bought", "have", "done"),
    [
        ({"2026-06-10": 50_000}, 0, False),  # what reached it gave its twelve months, not two years
        ({"2026-06-10": 50_000, "2026-06-11": 1_234}, 1_234, False),
        ({"2026-06-11": 29_999}, 29_999, False),
        ({"2026-06-11": 30_000}, 30_000, True),
    ],
)
def test_what_keeps_a_tier_of_rolling_months_is_bought_after_it_was_reached(bought, have, done):
    programme = ladder(THREE_WAYS, period=ROLLING)
    now = on_tier(programme, "gold", "2027-06-09", "2026-06-10")
    days = {day(on): Counters(spend) for on, spend in bought.items()}
    goal = keep(programme, now, {}, day("2026-09-01"), days=days)
    assert (goal.have, goal.need, goal.done) == (have, 30_000, done)
    assert (goal.by, goal.until) == (day("2027-06-09"), day("2028-06-09"))


def test_what_keeps_a_tier_is_counted_by_its_own_amount():
    programme = ladder(THREE_WAYS)
    now = on_tier(programme, "gold", "2026-12-31")
    goal = keep(programme, now, {2026: Counters(10_000)}, day("2026-06-10"))
    assert (goal.need, goal.left, goal.until) == (30_000, 20_000, day("2027-12-31"))


def test_a_tier_that_several_things_give_is_told_by_what_gives_it_longest():
    programme = ladder(*STEPS)
    card = Given("gold", "attribute", "1", day("2026-03-01"), day("2026-05-31"), None)
    own = earned("gold", "2026-04-01", "2027-12-31")
    found = {
        on: standing(programme, [card, own], day(on), day("2025-01-05"))
        for on in ("2026-03-15", "2026-04-15")
    }
    assert found["2026-03-15"].source == "attribute"
    assert found["2026-04-15"].source == "earned"
    assert {(str(one.since), str(one.until)) for one in found.values()} == {("2026-03-01", "2027-12-31")}


def test_a_grant_that_ended_before_it_began_gives_nothing():
    programme = ladder()
    dead = Given("gold", "plan", "1", day("2026-06-10"), day("2026-06-09"), None)
    for on in ("2026-06-09", "2026-06-10"):
        assert standing(programme, [dead], day(on), day("2025-01-05")).tier.key == "member"
