"""Lives on which the engine and the plain loop once differed, made as short as they go: what a member would expect."""

from typing import Any

import pytest

from portal.programme import parse
from tests.catalogue.lines import Line, at, buys, does, fact, joins, plan, redeems
from tests.engine.bench import Bench, end_of
from tests.engine.lives import MECHANICS


def stands(bench: Bench, name: str, day: str, *lines: Line) -> dict[str, Any]:
    """Anna's state at the end of a day, on which the plain loop agrees."""
    source = MECHANICS[name].source
    until = end_of(day, parse(source, "programme.toml"))
    bench.agree(source, {"anna": list(lines)}, until)
    state: dict[str, Any] = bench.simulate(source, list(lines), until)["members"]["anna"]
    return state


def test_a_dividend_is_paid_to_who_held_the_plan_on_the_last_day_of_the_year_and_began_anew_since(
    bench: Bench,
):
    state = stands(
        bench, "dividends", "2026-03-02", joins("2025-01-04"),
        buys("2025-03-09", {"id": "1", "amount": "223.56", "tags": ["full-price"]}),
        plan("2025-12-04", "started", "monthly", paid_until="2026-01-03"),
        plan("2026-01-25", "started", "monthly", paid_until="2026-02-25"),
        plan("2026-02-15", "cancel_requested", "monthly"),
    )  # fmt: skip
    assert state["points"]["earned"] == 2235


def test_what_an_expired_code_gave_back_ends_by_inactivity_like_everything_else(bench: Bench):
    state = stands(
        bench, "expiry-inactivity", "2025-08-17", joins("2024-01-25"), buys("2025-04-17", "40.00"),
        redeems("2025-06-22", "mug", ref="m1"),  # good to 1 August; the points end on 15 August
    )  # fmt: skip
    assert (state["points"]["available"], state["points"]["expired"]) == (0, 40)


def test_points_that_an_expired_code_gives_back_after_inactivity_are_there_for_thirty_days(bench: Bench):
    state = stands(
        bench, "expiry-inactivity", "2026-03-20", joins("2024-03-10"), buys("2024-11-26", "92.00"),
        redeems("2025-03-09", "off", ref="c1", points=10),  # good to 9 March 2026
        does("2026-03-19", "review"),
    )  # fmt: skip
    assert (state["points"]["available"], state["points"]["expired"]) == (35, 82)
    assert state["points"]["expiring"][0] == {"on": "2026-04-09", "points": 10}


def test_a_tier_in_its_grace_does_not_take_the_place_of_the_one_step_down(bench: Bench):
    state = stands(
        bench, "tiers-rolling-one-step", "2024-03-21", joins("2021-12-25"),
        buys("2023-02-04", "650.00"), buys("2023-02-20", "250.00", order="o2"),
    )  # fmt: skip
    assert (state["tier"]["key"], state["tier"]["until"]) == ("gold", "2025-02-19")


def test_what_is_bought_on_the_day_of_a_review_counts_for_the_next_one(bench: Bench):
    state = stands(
        bench, "tiers-rolling", "2025-02-04", joins("2021-12-25"), buys("2023-02-04", "210.00"),
        buys("2023-06-04", "210.00", order="o2"), buys("2024-02-04", "210.00", order="o3"),
    )  # fmt: skip
    assert (state["tier"]["key"], state["tier"]["until"]) == ("silver", "2026-02-03")


def test_a_refund_never_lifts_a_tier(bench: Bench):
    o2 = buys("2024-02-22", "100.00", order="o3")
    back = {"id": "r1", "at": "2024-07-29T15:00:00Z", "amount": "50.00"}
    lines = [
        joins("2021-12-25"), buys("2023-03-01", "450.00"), buys("2023-05-02", "450.00", order="o2"), o2,
        o2 | {"at": back["at"], "data": o2["data"] | {"version": 2, "refunds": [back]}},
    ]  # fmt: skip
    before = stands(bench, "tiers-rolling", "2024-07-28", *lines[:4])["tier"]
    assert stands(bench, "tiers-rolling", "2024-07-30", *lines)["tier"] == before


@pytest.mark.parametrize("key", ["monthly", "yearly"])
def test_a_payment_that_is_told_again_later_does_not_end_the_plan(bench: Bench, key: str):
    first = plan("2026-03-02", "started", "monthly", paid_until="2026-04-02")
    state = stands(
        bench, "plans", "2026-05-03", joins("2026-01-01"), first,
        plan("2026-04-02", "renewed", "monthly", paid_until="2026-05-02"),
        *([] if key == "monthly" else [plan("2026-04-20", "ended", "monthly")]),
        plan("2026-05-02", "renewed", key, paid_until="2026-06-02"), first | {"at": "2026-05-02T16:00:00Z"},
    )  # fmt: skip
    assert (state["plan"]["key"], state["plan"]["status"]) == (key, "active")


@pytest.mark.parametrize(("used", "rewards"), [(True, 1), (False, 2)])
def test_a_prize_of_a_goal_that_was_used_stands_and_does_not_come_twice(
    bench: Bench, used: bool, rewards: int
):
    lines = [
        joins("2025-11-01"), does("2025-11-02", "cups", "a1", 10),
        *([at("2025-11-03", "use", member="anna", reward="five", order="x")] if used else []),
        does("2025-11-04", "cups", "a2", -5), does("2025-11-05", "cups", "a3", 5),
    ]  # fmt: skip
    assert len(stands(bench, "goals", "2025-11-06", *lines)["rewards"]) == rewards


def test_points_that_are_held_to_the_last_day_of_others_are_told_in_one_sum(bench: Bench):
    state = stands(
        bench, "expiry-month-end", "2026-06-17", joins("2024-01-31"), fact("2024-02-17", "mail_bounces"),
        buys("2026-03-12", "19.99"), does("2026-04-07", "review", "a1"),
    )  # fmt: skip
    assert state["points"]["expiring"] == [{"on": "2026-06-30", "points": 44}]
