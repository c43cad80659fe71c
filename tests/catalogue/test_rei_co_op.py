"""`rei-co-op`: paid once for life, a tenth of the year's spend at full price on 1 March, $5.00 to a charity."""

import pytest

from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import (
    Line,
    Outcome,
    at,
    buys,
    codes,
    earned,
    item,
    joins,
    perks,
    plan,
    points,
    refunded,
)

MEMBER = plan("2026-01-02", "started", "membership")
PAID = "2027-03-01"
"""The day on which the dividend of 2026 is paid."""


def full(when: str, amount: str, order: str = "o1", **data: str) -> Line:
    """An order of one line at full price."""
    return buys(when, item(amount, tags=["full-price"]), order=order, **data)


def picks(when: str, charity: str) -> Line:
    return at(when, "choose_charity", member="anna", charity=charity)


def funded(outcome: Outcome) -> dict[str, str]:
    return {
        key: money["amount"]
        for key, money in outcome["totals"]["funded"].items()
        if money["amount"] != "0.00"
    }


def test_eight_hundred_and_twelve_less_a_hundred_brings_seventy_one_twenty_three(run: Run):
    order = full("2026-05-05", "812.37")
    lines = [joins(), MEMBER, order, refunded(order, "2027-01-15", "100.00")]
    assert points(run("rei-co-op", lines, at="2027-03-01T04:59:59Z"))["earned"] == 0
    outcome = run("rei-co-op", lines, at="2027-03-01T05:00:00Z")
    assert (earned(outcome), points(outcome)["available"]) == (7123, 7123)
    assert points(outcome)["value"] == {"amount": "71.23", "currency": "USD"}


def test_it_is_paid_once(run: Run):
    assert earned(run("rei-co-op", [joins(), MEMBER, full("2026-05-05", "100.00")], at="2028-12-31")) == 1000


@pytest.mark.parametrize(("amount", "cents"), [("0.09", 0), ("0.10", 1), ("10.99", 109), ("11.00", 110)])
def test_a_tenth_is_rounded_down_to_the_cent(run: Run, amount: str, cents: int):
    assert earned(run("rei-co-op", [joins(), MEMBER, full("2026-05-05", amount)], at=PAID)) == cents


def test_the_year_is_rounded_once_and_not_each_order(run: Run):
    lines = [joins(), MEMBER, full("2026-05-05", "0.05"), full("2026-06-05", "0.05", "o2")]
    assert earned(run("rei-co-op", lines, at=PAID)) == 1


def test_only_what_was_at_full_price_counts(run: Run):
    order = buys(
        "2026-05-05", item("100.00", "1", tags=["full-price"]), item("100.00", "2", tags=["sale"]), "100.00"
    )
    assert earned(run("rei-co-op", [joins(), MEMBER, order], at=PAID)) == 1000


@pytest.mark.parametrize(
    ("placed", "cents"),
    [("2027-01-01T04:59:59Z", 1000), ("2027-01-01T05:00:00Z", 0)],  # the year ends in New York
)
def test_the_year_is_that_of_new_york(run: Run, placed: str, cents: int):
    assert earned(run("rei-co-op", [joins(), MEMBER, full(placed, "100.00")], at=PAID)) == cents


def test_what_was_bought_before_joining_does_not_count(run: Run):
    early = full("2026-05-20", "100.00")
    lines = [
        joins("2026-06-01"),
        plan("2026-06-01", "started", "membership"),
        early | {"at": "2026-06-02T15:00:00Z"},
    ]
    on_the_day = full("2026-06-01", "50.00", "o2") | {"at": "2026-06-02T15:00:00Z"}
    assert earned(run("rei-co-op", [*lines, on_the_day], at=PAID)) == 500


@pytest.mark.parametrize(
    ("plans", "cents"),
    [
        ([], 0),
        ([plan("2027-02-20", "started", "membership")], 1000),
        ([MEMBER, plan("2026-12-30", "ended", "membership")], 0),
        ([MEMBER, plan("2027-01-01", "ended", "membership")], 1000),
    ],
    ids=["never", "from February on", "to 30 December", "to the last day of the year"],
)
def test_the_membership_is_held_on_the_last_day_of_the_year_or_when_it_is_paid(
    run: Run, plans: list[Line], cents: int
):
    lines = sorted([joins(), full("2026-05-05", "100.00"), *plans], key=lambda line: str(line["at"]))
    assert earned(run("rei-co-op", lines, at=PAID)) == cents


@pytest.mark.parametrize(("gone", "left"), [("0.07", 8123), ("0.08", 8122), ("100.00", 7123), ("812.37", 0)])
def test_a_refund_after_the_payout_takes_what_it_would_not_have_brought(run: Run, gone: str, left: int):
    order = full("2026-05-05", "812.37")
    lines = [joins(), MEMBER, order, refunded(order, "2027-04-01", gone)]
    assert earned(run("rei-co-op", lines)) == left


def test_five_dollars_go_to_the_charity_that_she_picked_before(run: Run):
    outcome = run("rei-co-op", [joins(), picks("2026-01-01", "rivers"), MEMBER, MEMBER])
    assert funded(outcome) == {"rivers": "5.00"}
    assert points(outcome)["earned"] == 0


def test_they_wait_until_she_picks_one_and_stay_there_when_she_picks_another(run: Run):
    waiting = [joins(), MEMBER]
    assert funded(run("rei-co-op", waiting)) == {}
    picked = [*waiting, picks("2026-02-01", "trails"), picks("2026-03-01", "forests")]
    assert funded(run("rei-co-op", picked)) == {"trails": "5.00"}


def test_who_only_joins_the_programme_brings_no_gift(run: Run):
    assert funded(run("rei-co-op", [joins(), picks("2026-01-02", "rivers")])) == {}


def test_a_second_start_brings_no_second_gift(run: Run):
    lines = [joins(), picks("2026-01-01", "rivers"), MEMBER, plan("2026-02-01", "ended", "membership"),
             plan("2026-03-01", "started", "membership")]  # fmt: skip
    assert funded(run("rei-co-op", lines)) == {"rivers": "5.00"}


def test_an_unknown_charity_is_refused(run: Run):
    assert codes(run("rei-co-op", [joins(), picks("2026-01-01", "oceans")])) == [(2, "unknown_key")]


def test_the_membership_has_no_end_and_brings_its_perks(run: Run, quote: Quote):
    outcome = run("rei-co-op", [joins(), MEMBER], at="2046-01-02")
    assert outcome["members"]["anna"]["plan"] == {"key": "membership", "status": "active", "paid_until": None}
    named = {
        "free-shipping",
        "wax",
        "flat-tyre-labour",
        "rental-discount",
        "shop-discount",
        "member-collection",
        "events",
        "trade-in",
    }
    assert perks(outcome) == dict.fromkeys(named, "plan:membership")
    told = quote("2046-01-03", item("50.00", category="rental"), shipping="6.00")
    assert (told["shipping"]["total"], told["lines"][0]["discount"]) == ("0.00", "16.50")
