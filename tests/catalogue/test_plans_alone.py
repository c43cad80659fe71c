"""`birchbox-vip`, `amazon-prime`, `costco`: what a paid plan carries, and what comes of paying six months in a row."""

import pytest

from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import Line, buys, earned, item, joins, perks, plan, tier

BOX = "birchbox-vip"


def paid(*months: int, day: int = 15, first: str = "started") -> list[Line]:
    """A payment in each of these months of 2026, the first one a start."""
    changes = [first, *["renewed"] * (len(months) - 1)]
    return [
        plan(f"2026-{month:02}-{day}", change, "monthly")
        for month, change in zip(months, changes, strict=True)
    ]


def test_vip_begins_with_the_sixth_payment(run: Run):
    assert tier(run(BOX, [joins(), *paid(1, 2, 3, 4, 5)])) == "member"
    outcome = run(BOX, [joins(), *paid(1, 2, 3, 4, 5, 6)])
    held = outcome["members"]["anna"]["tier"]
    assert (held["key"], held["since"], held["until"]) == ("vip", "2026-06-15", None)
    failed = run(BOX, [joins(), *paid(1, 2, 3, 4, 5, 6), plan("2026-07-16", "payment_failed", "monthly")])
    assert failed["members"]["anna"]["tier"]["until"] == "2026-07-23"
    assert perks(outcome)["vip-ten"] == "tier:vip"


def test_a_payment_told_twice_is_one(run: Run):
    twice = plan("2026-05-15", "renewed", "monthly", paid_until="2026-06-15")
    assert tier(run(BOX, [joins(), *paid(1, 2, 3, 4), twice, twice])) == "member"


@pytest.mark.parametrize("recovered", ["2026-04-17", "2026-04-23"])
def test_a_card_that_recovers_within_seven_days_does_not_break_the_row(run: Run, recovered: str):
    lines = [
        joins(), *paid(1, 2, 3), plan("2026-04-16", "payment_failed", "monthly"),
        plan(recovered, "recovered", "monthly"),
        *paid(5, 6, first="renewed"),
    ]  # fmt: skip
    assert tier(run(BOX, lines)) == "vip"


def test_a_month_that_lapses_breaks_it_and_the_next_counts_as_the_first(run: Run):
    lapsed = [joins(), *paid(1, 2, 3), plan("2026-04-16", "payment_failed", "monthly")]
    assert run(BOX, lapsed, at="2026-04-23")["members"]["anna"]["plan"]["status"] == "past_due"
    assert run(BOX, lapsed, at="2026-04-24")["members"]["anna"]["plan"]["status"] == "ended"
    again = [*lapsed, *paid(5, 6, 7, 8, 9)]
    assert tier(run(BOX, again)) == "member"
    assert tier(run(BOX, [*again, plan("2026-10-15", "renewed", "monthly")])) == "vip"


def test_a_month_that_nobody_tells_of_lapses_by_itself(run: Run):
    lines = [
        joins(),
        *paid(1, 2, 3, 4, 5, 6),
    ]  # paid to 15 July; failed on the 16th, and the window is 7 days more
    assert tier(run(BOX, lines, at="2026-07-23")) == "vip"
    assert tier(run(BOX, lines, at="2026-07-24")) == "member"


def test_a_pause_neither_adds_nor_breaks(run: Run):
    lines = [
        joins(), *paid(1, 2, 3), plan("2026-03-20", "paused", "monthly"), plan("2026-05-15", "resumed", "monthly"),
        plan("2026-05-15", "renewed", "monthly", paid_until="2026-06-15"), plan("2026-06-15", "renewed", "monthly"),
    ]  # fmt: skip
    assert tier(run(BOX, lines)) == "member"
    assert tier(run(BOX, [*lines, plan("2026-07-15", "renewed", "monthly")])) == "vip"


def test_vip_ends_with_the_plan_and_a_new_start_counts_from_one(run: Run):
    ended = [joins(), *paid(1, 2, 3, 4, 5, 6), plan("2026-06-20", "ended", "monthly")]
    assert tier(run(BOX, ended)) == "member"
    assert tier(run(BOX, [*ended, *paid(7, 8, 9, 10, 11)])) == "member"
    assert tier(run(BOX, [*ended, *paid(7, 8, 9, 10, 11, 12)])) == "vip"


def test_vip_stays_until_the_end_of_what_was_paid_when_it_is_cancelled(run: Run):
    lines = [joins(), *paid(1, 2, 3, 4, 5, 6), plan("2026-06-20", "cancel_requested", "monthly")]
    assert tier(run(BOX, lines, at="2026-07-15")) == "vip"
    assert tier(run(BOX, lines, at="2026-07-16")) == "member"


# --- Amazon Prime: one set of entitlements, paid by month or by year --------------------------------------------------

PRIME = {"fast-shipping", "video", "music", "photos", "early-access"}


@pytest.mark.parametrize("key", ["monthly", "yearly"])
def test_month_and_year_bring_the_same(run: Run, quote: Quote, key: str):
    outcome = run(
        "amazon-prime",
        [joins(), plan("2026-10-01", "started", key), buys("2026-10-02", "100.00")],
        at="2026-10-06",
    )
    assert set(perks(outcome)) == PRIME
    assert earned(outcome) == 0
    assert quote("2026-10-06", item("1.00"), shipping="9.99")["shipping"]["total"] == "0.00"


def test_without_a_plan_there_is_nothing(run: Run, quote: Quote):
    assert perks(run("amazon-prime", [joins()])) == {}
    assert quote("2026-10-06", item("1.00"), shipping="9.99")["shipping"]["total"] == "9.99"


def test_prime_is_paused_and_goes_on(run: Run):
    lines = [joins(), plan("2026-03-01", "started", "yearly"), plan("2026-04-01", "paused", "yearly")]
    assert perks(run("amazon-prime", lines)) == {}
    resumed = run("amazon-prime", [*lines, plan("2026-05-01", "resumed", "yearly")])
    assert {"fast-shipping", "video", "music", "photos"} <= set(perks(resumed))


# --- Costco: the membership is the price list -------------------------------------------------------------------------


def test_members_prices_hold_while_the_year_is_paid(run: Run):
    lines = [joins(), plan("2026-03-01", "started", "yearly")]
    assert perks(run("costco", lines)) == {"member-prices": "plan:yearly"}
    kept = [*lines, plan("2026-04-01", "cancel_requested", "yearly"), plan("2026-04-02", "kept", "yearly")]
    assert run("costco", kept)["members"]["anna"]["plan"] == {
        "key": "yearly", "status": "active", "paid_until": "2027-03-01",
    }  # fmt: skip
    assert perks(run("costco", kept[:3], at="2027-03-01")) == {"member-prices": "plan:yearly"}
    assert perks(run("costco", kept[:3], at="2027-03-02")) == {}
