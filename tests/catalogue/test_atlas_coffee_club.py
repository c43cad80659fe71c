"""`atlas-coffee-club`: distinct countries, miles by thousands, money saved by tens, a friend, a discount for life."""

import pytest

from portal import programme as programmes
from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import (
    Line,
    buys,
    codes,
    does,
    earned,
    item,
    joins,
    perks,
    plan,
    points,
    redeems,
    refunded,
    rewards,
)

KEY = "atlas-coffee-club"
SUBSCRIBES = plan("2026-01-15", "started", "monthly", paid_until="2026-12-31")


def coffee(when: str, country: str, id: str, quantity: int | None = None) -> Line:
    return does(when, "coffee-received", id, quantity, country=country)


def saved(when: str, amount: str, id: str, quantity: int | None = None) -> Line:
    return does(when, "saving", id, quantity, amount=amount)


def gift_subscriptions(many: int) -> list[Line]:
    return [does("2026-02-01", "gift-subscription", f"g{number}") for number in range(many)]


def test_each_new_country_brings_a_hundred_and_counts_once(run: Run):
    lines = [
        joins(),
        coffee("2026-02-01", "KE", "c1"),
        coffee("2026-03-01", "KE", "c2"),
        coffee("2026-04-01", "ET", "c3"),
    ]
    outcome = run(KEY, lines)
    assert earned(outcome) == 200
    assert outcome["members"]["anna"]["counters"]["countries"] == 2


def test_a_country_is_uncounted_when_every_parcel_from_it_was_taken_back(run: Run):
    lines = [
        joins(),
        coffee("2026-02-01", "KE", "c1"),
        coffee("2026-03-01", "KE", "c2"),
        coffee("2026-03-02", "KE", "c3", -1),
    ]
    assert earned(run(KEY, lines)) == 100
    gone = run(KEY, [*lines, coffee("2026-03-03", "KE", "c4", -1)])
    assert (earned(gone), gone["members"]["anna"]["counters"].get("countries", 0)) == (0, 0)
    again = run(KEY, [*lines, coffee("2026-03-03", "KE", "c4", -1), coffee("2026-03-04", "KE", "c5")])
    assert earned(again) == 100


def test_a_country_has_to_be_named(run: Run):
    (refused,) = run(KEY, [joins(), does("2026-02-01", "coffee-received", "c1")])["refused"]
    assert refused["line"] == 2


@pytest.mark.parametrize(
    ("miles", "many"),
    [([999], 0), ([1000], 50), ([999, 1], 50), ([2500, 500], 150), ([1999, 1, -1], 50), ([1000, -1], 0)],
)
def test_each_full_thousand_miles_brings_fifty(run: Run, miles: list[int], many: int):
    lines = [does(f"2026-02-{day:02}", "miles", f"m{day}", one) for day, one in enumerate(miles, 1)]
    outcome = run(KEY, [joins(), *lines])
    assert earned(outcome) == many
    assert outcome["members"]["anna"]["counters"]["miles"] == sum(miles)


@pytest.mark.parametrize(
    ("amounts", "many", "cents"),
    [
        (["9.99"], 0, 999),
        (["9.99", "0.01"], 10, 1000),
        (["25.00", "4.99"], 20, 2999),
        (["100.00"], 100, 10000),
    ],
)
def test_each_full_ten_dollars_saved_brings_ten(run: Run, amounts: list[str], many: int, cents: int):
    lines = [saved(f"2026-02-{day:02}", amount, f"s{day}") for day, amount in enumerate(amounts, 1)]
    outcome = run(KEY, [joins(), SUBSCRIBES, *lines])
    assert (earned(outcome), outcome["members"]["anna"]["counters"]["saved"]) == (many, cents)


def test_savings_are_taken_back_by_a_new_id(run: Run):
    lines = [
        joins(),
        SUBSCRIBES,
        saved("2026-02-01", "10.00", "s1"),
        saved("2026-02-02", "0.01", "s2", -1),
    ]
    assert earned(run(KEY, lines)) == 0


FILE, SAVED = programmes.load(KEY).source, 'counter = "saved"\n'
SUBSCRIBERS_ALONE = FILE.replace(SAVED, SAVED + 'plans = ["monthly"]\n', 1)


def test_what_is_for_subscribers_is_refused_to_others(run: Run):
    saves = saved("2026-02-01", "10.00", "s1")
    assert codes(run(KEY, [joins(), saves])) == []
    assert codes(run(SUBSCRIBERS_ALONE, [joins(), saves])) == [(2, "not_allowed_by_plan")]
    assert codes(run(SUBSCRIBERS_ALONE, [joins(), SUBSCRIBES, saves])) == []


@pytest.mark.parametrize(
    ("told", "refused"),
    [("2026-03-04T04:59:59Z", []), ("2026-03-04T05:00:00Z", [(4, "not_allowed_by_plan")])],
)
def test_a_saving_counts_while_the_plan_gives_its_benefits(
    run: Run, told: str, refused: list[tuple[int, str]]
):
    """Cancelled, it stays on to the end of 3 March in New York, and not a second longer."""
    stops = plan("2026-02-05", "cancel_requested", "monthly")
    starts = plan("2026-02-01", "started", "monthly", paid_until="2026-03-03")
    assert codes(run(SUBSCRIBERS_ALONE, [joins(), starts, stops, saved(told, "10.00", "s1")])) == refused


def test_what_was_saved_is_taken_back_after_the_plan_has_ended(run: Run):
    lines = [
        joins(),
        SUBSCRIBES,
        saved("2026-02-01", "10.00", "s1"),
        plan("2026-02-02", "ended", "monthly"),
        saved("2026-02-03", "10.00", "s2", -1),
    ]
    assert earned(run(SUBSCRIBERS_ALONE, lines)) == 0


def test_an_amount_is_not_finer_than_a_cent(run: Run):
    assert codes(run(KEY, [joins(), saved("2026-02-01", "1.005", "s1")])) == [(2, "too_precise")]


def test_a_gift_subscription_brings_two_hundred_and_an_order_nothing(run: Run):
    assert earned(run(KEY, [joins(), *gift_subscriptions(1), buys("2026-02-02", "500.00")])) == 200


FRIEND = joins("2026-01-02", "ben", referred_by="anna")
FIRST = buys("2026-01-05", "14.00", member="ben")


def test_a_friend_who_stays_thirty_days_brings_the_inviter_five_hundred(run: Run):
    lines = [joins(), FRIEND, FIRST]
    assert points(run(KEY, lines, at="2026-02-03"))["earned"] == 0
    outcome = run(KEY, lines, at="2026-02-04")
    assert (earned(outcome), earned(outcome, "ben")) == (500, 0)
    assert {key: outcome["members"]["anna"]["referral"][key] for key in ("joined", "pending", "rewarded")} == {
        "joined": 1, "pending": 0, "rewarded": 1,
    }  # fmt: skip


def test_a_friend_whose_order_goes_back_brings_nothing(run: Run):
    lines = [joins(), FRIEND, FIRST, refunded(FIRST, "2026-02-03", "14.00")]
    assert points(run(KEY, lines, at="2026-03-01"))["earned"] == 0


@pytest.mark.parametrize(
    ("many", "refused"), [(100, []), (200, []), (150, [(3, "bad_value")]), (50, [(3, "bad_value")])]
)
def test_money_off_comes_in_hundreds(run: Run, many: int, refused: list[tuple[int, str]]):
    outcome = run(KEY, [joins(), *gift_subscriptions(1), redeems("2026-02-02", "money-off", points=many)])
    assert codes(outcome) == refused


def test_free_shipping_costs_three_hundred(run: Run):
    redeemed = redeems("2026-02-02", "free-shipping")
    assert codes(run(KEY, [joins(), *gift_subscriptions(1), redeemed])) == [(3, "not_enough_points")]
    outcome = run(KEY, [joins(), *gift_subscriptions(2), redeemed | {"ref": "f"}])
    assert (rewards(outcome, "free-shipping"), points(outcome)["available"]) == ({"f": "available"}, 100)


def test_the_discount_for_life_is_taken_off_every_basket_and_taken_once(run: Run, quote: Quote):
    lines = [joins(), *gift_subscriptions(50)]
    before = run(KEY, lines)
    assert points(before)["available"] == 10_000
    assert quote("2026-03-01", item("20.00"))["lines"][0]["discount"] == "0.00"
    outcome = run(
        KEY, [*lines, redeems("2026-02-02", "lifetime-discount"), redeems("2026-02-03", "lifetime-discount")]
    )
    assert codes(outcome) == [(53, "limit_reached")]
    ten_years_on = run(KEY, [*lines, redeems("2026-02-02", "lifetime-discount", ref="life")], at="2036-03-01")
    assert (perks(ten_years_on), points(ten_years_on)["available"]) == (
        {"lifetime-discount": "reward:life"},
        5_000,
    )
    assert [one["expires"] for one in ten_years_on["members"]["anna"]["rewards"]] == [None]
    for day in ("2026-03-01", "2036-03-01"):
        assert quote(day, item("20.00"))["lines"][0]["discount"] == "2.00"
