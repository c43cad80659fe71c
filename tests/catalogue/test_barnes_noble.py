"""`barnes-noble-membership`: perks of a paid year. `barnes-noble-kids-club`: $5.00 for each $100.00, cupcakes."""

from typing import Any

import pytest

from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import (
    Line,
    at,
    buys,
    cancelled,
    codes,
    earned,
    item,
    joins,
    perks,
    plan,
    refunded,
    rewards,
)

SHOP, CLUB = "barnes-noble-membership", "barnes-noble-kids-club"
PAID = plan("2026-01-15", "started", "membership-yearly")
HARDCOVER = item("30.00", "1", category="bestselling-hardcover")
TOY = item("20.00", "2", category="toy")
ALL = {
    "free-shipping", "in-store-ten", "bestselling-hardcover-forty", "nook-device-ten", "birthday-offer", "early-access",
    "member-events", "member-offers",
}  # fmt: skip


def test_in_the_store_the_best_single_percentage_is_taken_off_each_line(run: Run, quote: Quote):
    run(SHOP, [joins(), PAID])
    told = quote("2026-02-01", HARDCOVER, TOY, channel="store")
    assert [line["discount"] for line in told["lines"]] == ["12.00", "2.00"]
    assert [line["perk"] for line in told["lines"]] == ["bestselling-hardcover-forty", "in-store-ten"]
    assert told["discount_total"]["amount"] == "14.00"


def test_online_nothing_is_taken_off_and_shipping_is_free(run: Run, quote: Quote):
    run(SHOP, [joins(), PAID])
    told = quote("2026-02-01", HARDCOVER, TOY, channel="online", shipping="5.00")
    assert [line["discount"] for line in told["lines"]] == ["0.00", "0.00"]
    assert told["shipping"]["total"] == "0.00"
    why_not = {perk["key"]: perk["why_not"] for perk in told["perks"]}
    assert (why_not["in-store-ten"], why_not["bestselling-hardcover-forty"]) == ("channel", "channel")


def test_a_nook_device_is_ten_per_cent_off_online_too(run: Run, quote: Quote):
    run(SHOP, [joins(), PAID])
    told = quote("2026-02-01", item("99.99", category="nook-device"), channel="online")
    assert told["lines"][0]["discount"] == "10.00"


def test_without_the_membership_nothing_is_taken_off(run: Run, quote: Quote):
    outcome = run(SHOP, [joins()])
    assert perks(outcome) == {}
    told = quote("2026-02-01", HARDCOVER, TOY, channel="store", shipping="5.00")
    assert (told["discount_total"]["amount"], told["shipping"]["total"]) == ("0.00", "5.00")


def test_gift_cards_are_left_out(run: Run, quote: Quote):
    run(SHOP, [joins(), PAID])
    card = item("25.00", kind="gift-card")
    assert quote("2026-02-01", card, channel="store")["lines"][0]["discount"] == "0.00"


def test_there_are_no_points(run: Run):
    assert earned(run(SHOP, [joins(), PAID, buys("2026-02-01", "100.00")])) == 0


@pytest.mark.parametrize(
    ("change", "at", "there"),
    [
        ("cancel_requested", "2027-01-15", True),  # kept to the end of the last paid day
        ("cancel_requested", "2027-01-16", False),
        ("ended", "2026-03-01", False),
    ],
)
def test_perks_last_as_long_as_the_plan(run: Run, change: str, at: str, there: bool):
    outcome = run(SHOP, [joins(), PAID, plan("2026-03-01", change, "membership-yearly")], at=at)
    assert set(perks(outcome)) == (ALL if there else set())


@pytest.mark.parametrize(("at", "there"), [("2027-01-23", True), ("2027-01-24", False)])
def test_a_declined_card_keeps_them_for_seven_days(run: Run, at: str, there: bool):
    lines = [joins(), PAID, plan("2027-01-16", "payment_failed", "membership-yearly")]
    assert bool(perks(run(SHOP, lines, at=at))) is there


# --- The club ---------------------------------------------------------------------------------------------------------

SIXTY, AGAIN, NINETY = (
    buys("2026-02-01", "60.00"),
    buys("2026-02-10", "60.00", order="o2"),
    buys("2026-02-20", "90.00", order="o3"),
)
FIRST, SECOND = "five-dollars:anna:1", "five-dollars:anna:2"


def used(when: str, ref: str) -> Line:
    return at(when, "use", ref=ref, order="x1")


def test_a_reward_comes_with_each_full_hundred_and_the_rest_is_kept(run: Run):
    assert rewards(run(CLUB, [joins(), SIXTY]), "five-dollars") == {}
    assert rewards(run(CLUB, [joins(), SIXTY, AGAIN]), "five-dollars") == {FIRST: "available"}
    assert rewards(run(CLUB, [joins(), SIXTY, AGAIN, NINETY]), "five-dollars") == {
        FIRST: "available",
        SECOND: "available",
    }
    more = [joins(), SIXTY, AGAIN, NINETY, buys("2026-02-25", "89.99", order="o4")]
    assert len(rewards(run(CLUB, more), "five-dollars")) == 2
    assert len(rewards(run(CLUB, [*more, buys("2026-02-26", "0.01", order="o5")]), "five-dollars")) == 3


def test_a_refund_of_the_second_order_withdraws_the_second_reward_if_unused(run: Run):
    lines = [joins(), SIXTY, AGAIN, NINETY, refunded(AGAIN, "2026-03-01", "60.00")]
    assert rewards(run(CLUB, lines), "five-dollars") == {FIRST: "available", SECOND: "withdrawn"}
    again = [*lines, buys("2026-03-05", "50.00", order="o4")]
    assert list(rewards(run(CLUB, again), "five-dollars").values()).count("available") == 2


def test_a_used_reward_stands_and_the_next_comes_when_its_step_is_passed_again(run: Run):
    spent = [
        joins(),
        SIXTY,
        AGAIN,
        NINETY,
        used("2026-02-21", FIRST),
        used("2026-02-21", SECOND) | {"order": "x2"},
    ]
    lines = [*spent, refunded(AGAIN, "2026-03-01", "60.00")]
    assert rewards(run(CLUB, lines), "five-dollars") == {FIRST: "used", SECOND: "used"}
    at_two_hundred = [*lines, buys("2026-03-05", "50.00", order="o4")]
    assert len(rewards(run(CLUB, at_two_hundred), "five-dollars")) == 2
    at_three_hundred = [*at_two_hundred, buys("2026-03-06", "100.00", order="o5")]
    assert len(rewards(run(CLUB, at_three_hundred), "five-dollars")) == 3


def test_a_used_reward_whose_order_goes_back_is_taken_when_nothing_carries_it_any_more(run: Run):
    first, second = buys("2026-02-01", "110.00"), buys("2026-02-05", "20.00", order="o2")
    lines = [
        joins(),
        first,
        second,
        used("2026-02-05", FIRST) | {"order": "o2"},
        cancelled(first, "2026-02-06"),
    ]
    assert rewards(run(CLUB, lines), "five-dollars") == {FIRST: "used"}
    lines.append(cancelled(second, "2026-02-07"))
    assert rewards(run(CLUB, lines), "five-dollars") == {FIRST: "withdrawn"}


def test_a_used_reward_whose_order_goes_back_is_there_again_while_its_step_stands(run: Run):
    first, second = buys("2026-02-01", "110.00"), buys("2026-02-05", "20.00", order="o2")
    lines = [
        joins(),
        first,
        second,
        used("2026-02-05", FIRST) | {"order": "o2"},
        cancelled(second, "2026-02-07"),
    ]
    assert rewards(run(CLUB, lines), "five-dollars") == {FIRST: "available"}


@pytest.mark.parametrize(
    ("amount", "many"), [("99.99", 0), ("100.00", 1), ("199.99", 1), ("200.00", 2), ("1000.00", 10)]
)
def test_one_order_can_bring_several(run: Run, amount: str, many: int):
    assert len(rewards(run(CLUB, [joins(), buys("2026-02-01", amount)]), "five-dollars")) == many


def test_a_cent_sent_back_takes_a_step(run: Run):
    order = buys("2026-02-01", "100.00")
    assert rewards(run(CLUB, [joins(), order, refunded(order, "2026-02-02", "0.01")]), "five-dollars") == {
        FIRST: "withdrawn"
    }


def test_the_welcome_coupon_comes_once(run: Run):
    outcome = run(CLUB, [joins(), joins("2026-02-01", name="Anna B.")])
    assert rewards(outcome, "welcome-coupon") == {"welcome-coupon:anna:1": "available"}
    (coupon,) = outcome["members"]["anna"]["rewards"]
    assert (coupon["issued"], coupon["expires"]) == ("2026-01-01", "2026-04-01")


def with_children(*birthdays: str) -> Line:
    children: list[dict[str, Any]] = [
        {"id": f"k{number}", "nickname": f"Kid {number}", "birthday": day}
        for number, day in enumerate(birthdays, 1)
    ]
    return joins(profiles=children)


def test_each_child_has_a_cupcake_on_its_birthday_once_a_year(run: Run):
    children = with_children("05-10", "06-14")
    assert rewards(run(CLUB, [children], at="2026-05-09"), "birthday-cupcake") == {}
    assert len(rewards(run(CLUB, [children], at="2026-05-10"), "birthday-cupcake")) == 1
    assert len(rewards(run(CLUB, [children], at="2026-06-14"), "birthday-cupcake")) == 2
    next_year = rewards(run(CLUB, [children], at="2027-05-10"), "birthday-cupcake")
    assert list(next_year)[-1] == "birthday-cupcake:anna:3"


def test_at_most_five_children(run: Run):
    days = [f"05-{day}" for day in range(10, 16)]
    assert codes(run(CLUB, [with_children(*days)])) == [(1, "bad_value")]
    outcome = run(CLUB, [with_children(*days[:5])], at="2026-05-31")
    assert len(rewards(outcome, "birthday-cupcake")) == 5


def test_the_adults_own_birthday_brings_none(run: Run):
    assert rewards(run(CLUB, [joins(birthday="05-10")], at="2026-05-31"), "birthday-cupcake") == {}


def test_a_second_use_on_the_same_order_uses_no_second_reward(run: Run):
    told = at("2026-02-21", "use", member="anna", reward="five-dollars", order="x1")
    lines = [joins(), buys("2026-02-01", "200.00"), told, told]
    assert sorted(rewards(run(CLUB, lines), "five-dollars").values()) == ["available", "used"]
    other = told | {"order": "x2"}
    assert sorted(rewards(run(CLUB, [*lines, other]), "five-dollars").values()) == ["used", "used"]


def test_a_reward_that_nobody_has_cannot_be_used(run: Run):
    assert codes(run(CLUB, [joins(), at("2026-02-21", "use", ref="none", order="x1")])) == [
        (2, "unknown_key")
    ]
