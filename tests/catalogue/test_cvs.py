"""`cvs`: a balance of money, beauty events and gifts, prescriptions by tens, a reward with each payment of CarePass."""

import pytest

from tests.catalogue.conftest import Quote, Run, Traces
from tests.catalogue.lines import (
    Line,
    at,
    buys,
    cancelled,
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
    tier,
)

IN_EVENT = "2026-10-28"


def beauty(when: str, amount: str, order: str = "o1") -> Line:
    return buys(when, item(amount, category="beauty"), order=order)


def filled(when: str, quantity: int, id: str) -> Line:
    return does(when, "prescription", id, quantity)


def test_twelve_thirty_four_brings_twenty_four_cents(run: Run):
    outcome = run("cvs", [joins(), buys("2026-01-05", "12.34")])
    assert points(outcome)["available"] == 24
    assert points(outcome)["value"] == {"amount": "0.24", "currency": "USD"}
    assert tier(outcome) == "extracare"


@pytest.mark.parametrize(("amount", "cents"), [("0.49", 0), ("0.50", 1), ("12.49", 24), ("12.50", 25)])
def test_two_per_cent_is_rounded_down(run: Run, amount: str, cents: int):
    assert earned(run("cvs", [joins(), buys("2026-01-05", amount)])) == cents


@pytest.mark.parametrize(
    ("gone", "kept"),
    [("0.01", 24), ("6.00", 12), ("12.34", 0)],  # 2 % of 12.33, of 6.34 and of nothing
)
def test_a_refund_leaves_two_per_cent_of_the_rest(run: Run, gone: str, kept: int):
    order = buys("2026-01-05", "12.34")
    assert earned(run("cvs", [joins(), order, refunded(order, "2026-01-09", gone)])) == kept


@pytest.mark.parametrize(
    ("placed", "cents"),
    [
        ("2026-10-26T03:59:59Z", 24),  # 25 October, 23:59:59 in New York
        ("2026-10-26T04:00:00Z", 123),
        ("2026-11-02T04:59:59Z", 123),  # 1 November has 25 hours
        ("2026-11-02T05:00:00Z", 24),
    ],
)
def test_beauty_brings_ten_per_cent_from_the_first_second_of_the_event_to_the_last(
    run: Run, placed: str, cents: int
):
    assert earned(run("cvs", [joins(), beauty(placed, "12.34")])) == cents


def test_the_event_changes_beauty_alone_and_each_rate_is_rounded_by_itself(run: Run):
    order = buys(IN_EVENT, item("12.34", "1", category="beauty"), item("12.34", "2", category="food"))
    assert earned(run("cvs", [joins(), order])) == 123 + 24


def test_a_refund_after_the_event_goes_at_the_rate_of_the_event(run: Run):
    order = beauty(IN_EVENT, "12.34")
    assert earned(run("cvs", [joins(), order, refunded(order, "2026-11-20", "2.34")])) == 100


def test_a_cent_below_thirty_of_beauty_is_an_open_goal(run: Run):
    outcome = run("cvs", [joins(), beauty("2026-03-05", "29.99")])
    assert outcome["members"]["anna"]["goals"] == [
        {"key": "beauty-month", "have": "29.99", "need": "30.00", "by": "2026-03-31"}
    ]
    assert rewards(outcome, "beauty-gift") == {}


def test_thirty_of_beauty_in_a_month_bring_one_gift_and_close_the_goal(run: Run):
    lines = [
        joins(),
        beauty("2026-03-05", "20.00"),
        beauty("2026-03-20", "10.00", "o2"),
        beauty("2026-03-30", "30.00", "o3"),
    ]
    outcome = run("cvs", lines)
    assert rewards(outcome, "beauty-gift") == {"beauty-gift:anna:1": "available"}
    assert outcome["members"]["anna"]["goals"] == []
    again = run("cvs", [*lines, beauty("2026-04-02", "30.00", "o4")])
    assert len(rewards(again, "beauty-gift")) == 2


def test_only_beauty_counts_towards_the_gift(run: Run):
    order = buys("2026-03-05", item("29.00", "1", category="beauty"), item("50.00", "2", category="food"))
    assert rewards(run("cvs", [joins(), order]), "beauty-gift") == {}


@pytest.mark.parametrize(
    ("second", "gifts"),
    [("2026-04-01T03:59:59Z", 1), ("2026-04-01T04:00:00Z", 0)],  # 31 March and 1 April in New York
)
def test_the_month_is_that_of_new_york(run: Run, second: str, gifts: int):
    outcome = run("cvs", [joins(), beauty("2026-03-05", "20.00"), beauty(second, "10.00", "o2")])
    assert len(rewards(outcome, "beauty-gift")) == gifts


def test_a_refund_below_thirty_takes_an_unused_gift_and_leaves_a_used_one(run: Run):
    order = beauty("2026-03-05", "30.00")
    used = {
        "at": "2026-03-10T15:00:00Z",
        "type": "use",
        "member": "anna",
        "reward": "beauty-gift",
        "order": "x1",
    }
    sent_back = refunded(order, "2026-04-12", "0.01")
    unused = run("cvs", [joins(), order, sent_back])
    assert rewards(unused, "beauty-gift") == {"beauty-gift:anna:1": "withdrawn"}
    assert rewards(run("cvs", [joins(), order, used, sent_back]), "beauty-gift") == {
        "beauty-gift:anna:1": "used"
    }


def test_a_gift_whose_order_goes_back_too_is_taken_when_the_month_carries_it_no_more(run: Run):
    first, second = beauty("2026-03-05", "30.00"), buys("2026-03-10", "20.00", order="o2")
    used = at("2026-03-10", "use", member="anna", reward="beauty-gift", order="o2")
    lines = [joins(), first, second, used, cancelled(first, "2026-03-11"), cancelled(second, "2026-03-12")]
    assert rewards(run("cvs", lines), "beauty-gift") == {"beauty-gift:anna:1": "withdrawn"}
    again = [*lines, beauty("2026-03-20", "30.00", "o3")]
    assert list(rewards(run("cvs", again), "beauty-gift").values()).count("available") == 1


def test_thirty_reached_again_in_the_month_gives_again(run: Run):
    order = beauty("2026-03-05", "30.00")
    lines = [joins(), order, refunded(order, "2026-03-12", "0.01"), beauty("2026-03-20", "0.01", "o2")]
    assert list(rewards(run("cvs", lines), "beauty-gift").values()).count("available") == 1


def test_two_hundred_and_sixty_prescriptions_bring_fifty_and_say_capped(run: Run, traces: Traces):
    outcome = run("cvs", [joins(), filled("2026-02-01", 260, "p1")])
    assert earned(outcome) == 5000
    assert traces()[-1]["capped"] == {"per": "year", "points": 5000, "asked": 5200}


@pytest.mark.parametrize(
    ("quantities", "cents"),
    [([9], 0), ([10], 200), ([19], 200), ([19, 1], 400), ([250], 5000), ([251], 5000), ([249, 11], 5000)],
)
def test_two_dollars_come_with_each_full_ten_and_at_most_fifty_a_year(
    run: Run, quantities: list[int], cents: int
):
    lines = [filled(f"2026-02-{day:02}", many, f"p{day}") for day, many in enumerate(quantities, 1)]
    assert earned(run("cvs", [joins(), *lines])) == cents


@pytest.mark.parametrize(
    ("in_2026", "in_2027", "cents"),
    [(255, 5, 5200), (255, 4, 5000), (260, 10, 5200), (260, 9, 5000), (3, 7, 200)],
)
def test_tens_are_counted_over_the_turn_of_the_year_and_what_a_cap_cut_is_not_paid_later(
    run: Run, in_2026: int, in_2027: int, cents: int
):
    lines = [joins(), filled("2026-02-01", in_2026, "p1"), filled("2027-01-10", in_2027, "p2")]
    assert earned(run("cvs", lines)) == cents


@pytest.mark.parametrize(("told", "cents"), [("2027-01-01T04:59:59Z", 5000), ("2027-01-01T05:00:00Z", 5200)])
def test_the_year_of_the_cap_ends_at_midnight_in_new_york(run: Run, told: str, cents: int):
    assert earned(run("cvs", [joins(), filled("2026-02-01", 250, "p1"), filled(told, 10, "p2")])) == cents


def test_prescriptions_are_taken_back_by_a_new_id_and_never_below_none(run: Run):
    lines = [joins(), filled("2026-02-01", 20, "p1"), filled("2026-02-02", -10, "p2")]
    assert earned(run("cvs", lines)) == 200
    too_many = [*lines, filled("2026-02-03", -30, "p3"), filled("2026-02-04", 10, "p4")]
    assert earned(run("cvs", too_many)) == 200


def test_the_same_id_again_is_nothing_and_with_another_number_a_conflict(run: Run):
    lines = [
        joins(),
        filled("2026-02-01", 10, "p1"),
        filled("2026-02-05", 10, "p1"),
        filled("2026-02-06", 20, "p1"),
    ]
    outcome = run("cvs", lines)
    assert points(outcome)["earned"] == 200
    assert codes(outcome) == [(4, "conflict")]


@pytest.mark.parametrize(("at", "cents"), [("2026-06-14T03:59:59Z", 0), ("2026-06-14T04:00:00Z", 300)])
def test_three_dollars_come_at_the_first_second_of_the_birthday(run: Run, at: str, cents: int):
    assert points(run("cvs", [joins(birthday="06-14")], at=at))["available"] == cents


def test_carepass_by_month_brings_a_reward_with_each_payment(run: Run):
    lines = [
        joins(),
        plan("2026-01-15", "started", "carepass-monthly"),
        plan("2026-02-15", "renewed", "carepass-monthly"),
        plan("2026-02-15", "renewed", "carepass-monthly", paid_until="2026-03-15"),  # the same payment again
    ]
    outcome = run("cvs", lines)
    assert rewards(outcome, "carepass-ten") == {
        "carepass-ten:anna:1": "available",
        "carepass-ten:anna:2": "available",
    }
    assert points(outcome)["earned"] == 0, "a promo reward is no money on the balance"
    (first,) = [one for one in outcome["members"]["anna"]["rewards"] if one["ref"] == "carepass-ten:anna:1"]
    assert (first["issued"], first["expires"], first["value"]["amount"]) == (
        "2026-01-15",
        "2026-04-15",
        "10.00",
    )


@pytest.mark.parametrize(
    ("at", "last"),
    [("2026-02-14", 1), ("2026-02-15", 2), ("2026-12-14", 11), ("2026-12-15", 12), ("2027-01-16", 12)],
)
def test_carepass_by_year_brings_one_on_each_monthly_day_twelve_in_all(run: Run, at: str, last: int):
    lines = [joins(), plan("2026-01-15", "started", "carepass-yearly")]
    refs = rewards(run("cvs", lines, at=at), "carepass-ten")
    assert list(refs)[-1] == f"carepass-ten:anna:{last}"


def test_the_monthly_days_stop_with_the_plan(run: Run):
    lines = [
        joins(),
        plan("2026-01-15", "started", "carepass-yearly"),
        plan("2026-03-20", "ended", "carepass-yearly"),
    ]
    assert len(rewards(run("cvs", lines, at="2026-05-01"), "carepass-ten")) == 3


def test_carepass_takes_twenty_per_cent_off_the_brand_and_nothing_off_others(run: Run, quote: Quote):
    outcome = run("cvs", [joins(), plan("2026-01-15", "started", "carepass-monthly")])
    assert perks(outcome)["care-brand-twenty"] == "plan:carepass-monthly"
    told = quote("2026-01-16", item("10.00", "1", brand="cvs-health"), item("10.00", "2", brand="other"))
    assert [line["discount"] for line in told["lines"]] == ["2.00", "0.00"]


def test_the_balance_is_spent_in_whole_dollars(run: Run):
    lines = [joins(), buys("2026-01-05", "100.00"), redeems("2026-01-06", "reward-money", points=150)]
    assert codes(run("cvs", lines)) == [(3, "bad_value")]
    outcome = run("cvs", [*lines[:2], redeems("2026-01-06", "reward-money", points=100)])
    assert (points(outcome)["available"], points(outcome)["spent"]) == (100, 100)
