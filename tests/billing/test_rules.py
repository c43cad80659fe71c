"""Which plan holds on a day: the table of stripe.md 4.3 in the words and windows of Readings 15 and 42."""

from datetime import date

import pytest

from portal import programme
from portal.billing.price_rules import choices
from portal.billing.rules import (
    Holding,
    may_join,
    moves_now,
    one_period_after,
    resume_minor,
    standing,
    state_for_life,
    went_back,
    why_fixed,
    withdraw_until,
)
from portal.billing.shapes import from_stripe, to_stripe

JUNE, JULY = date(2026, 6, 10), date(2026, 7, 10)


def plan(status: str = "active", **facts) -> Holding:
    return Holding("plus-monthly", status, **{"paid_until": JULY, "amount_minor": 300} | facts)


LIFE = Holding("plus-life", "paid", for_life=True)


@pytest.mark.parametrize(
    ("holding", "day", "status", "perks"),
    [
        (plan(), JUNE, "active", True),
        (plan("trialing"), JUNE, "trialing", True),
        (plan(), JULY, "active", True),
        (plan(), date(2026, 7, 11), "past_due", True),  # its renewal was never told
        (plan(), date(2026, 7, 18), "past_due", True),
        (plan(), date(2026, 7, 19), "ended", False),
        (plan(ends_on=JULY), JUNE, "cancelling", True),
        (plan(ends_on=JULY), JULY, "cancelling", True),
        (plan(ends_on=JULY), date(2026, 7, 11), "ended", False),
        (plan("past_due", failed_on=JULY), JULY, "past_due", True),
        (plan("past_due", failed_on=JULY), date(2026, 7, 17), "past_due", True),
        (plan("past_due", failed_on=JULY), date(2026, 7, 18), "ended", False),
        (plan("paused"), JUNE, "paused", False),
        (plan(collection_paused=True), JUNE, "paused", True),
        (plan("paused", collection_paused=True), JUNE, "paused", False),  # her own pause gives nothing
        (plan(collection_paused=True), date(2026, 7, 11), "paused", False),
        (plan("unpaid", failed_on=JULY), JULY, "ended", False),
        (plan("canceled", ended_on=JUNE), JUNE, "ended", False),
        (plan("canceled", ended_on=date(2026, 7, 11)), JULY, "cancelling", True),
        (plan("canceled", ended_on=date(2026, 7, 11)), date(2026, 7, 11), "ended", False),
        (plan("hibernating"), JUNE, "ended", False),
        (LIFE, date(2126, 1, 1), "active", True),
        (Holding("plus-life", "part_refunded", for_life=True), JUNE, "active", True),
        (Holding("plus-life", "disputed", for_life=True), JUNE, "active", True),
        (Holding("plus-life", "refunded", for_life=True), JUNE, "ended", False),
        (Holding("plus-life", "lost", for_life=True), JUNE, "ended", False),
    ],
)
def test_the_status_and_whether_it_gives_anything(holding, day, status, perks):
    found = standing([holding], day)
    assert (found.status, found.perks) == (status, perks)


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_first_payment_that_never_came_is_no_plan(status):
    assert standing([plan(status)], JUNE) is None
    assert standing([], JUNE) is None


@pytest.mark.parametrize(
    ("refunded", "dispute", "state"),
    [
        (0, None, "paid"),
        (1, None, "part_refunded"),
        (8999, None, "part_refunded"),
        (9000, None, "refunded"),
        (0, "open", "disputed"),
        (8999, "open", "disputed"),
        (9000, "open", "refunded"),
        (0, "won", "paid"),
        (100, "won", "part_refunded"),
        (9000, "lost", "lost"),
        (8000, "lost", "lost"),
    ],
)
def test_the_state_of_a_plan_for_life_by_what_went_back(refunded, dispute, state):
    assert state_for_life(9000, refunded, dispute) == state


def test_a_payment_of_nothing_never_went_back():
    assert not went_back(0, 0, None)
    assert not went_back(300, 299, "open")
    assert went_back(300, 300, None)


@pytest.mark.parametrize(
    ("country", "until"),
    [("GB", 24), ("DE", 24), ("NO", 24), ("IS", 24), ("CH", None), ("US", None), ("KR", None), (None, None)],
)
def test_who_may_withdraw_and_until_when(country, until):
    assert withdraw_until(country, JUNE) == (until and date(2026, 6, until))


def test_the_next_payment_is_told_only_where_one_comes():
    assert (standing([plan()], JUNE).next_charge_on, standing([plan()], JUNE).amount_minor) == (JULY, 300)
    assert standing([plan(ends_on=JULY)], JUNE).next_charge_on is None
    assert standing([LIFE], JUNE).next_charge_on is None


def test_one_for_life_stands_before_one_that_renews_and_a_live_one_before_one_that_ended():
    ended = plan("canceled", ended_on=date(2026, 1, 1), paid_until=date(2026, 1, 1))
    assert standing([plan(), LIFE], JUNE).for_life
    assert standing([ended, plan()], JUNE).status == "active"
    refunded = Holding("plus-life", "refunded", for_life=True)
    assert standing([refunded, plan()], JUNE).plan == "plus-monthly"


@pytest.mark.parametrize("status", ["paused", "unpaid", "past_due"])
@pytest.mark.parametrize(
    "over",
    [
        Holding("plus-yearly", "canceled", paid_until=date(2027, 6, 9), ended_on=JUNE),
        Holding("plus-life", "refunded", for_life=True),
        Holding("plus-life", "given", ends_on=JUNE, given="staff"),
    ],
)
def test_one_that_can_go_on_stands_before_one_that_is_over(status, over):
    runs = plan(status, failed_on=JULY)
    assert standing([over, runs], date(2026, 7, 20)).plan == runs.plan
    assert standing([runs, over], date(2026, 7, 20)).plan == runs.plan


@pytest.mark.parametrize(
    ("held", "interval", "may"),
    [
        ([], "month", True),
        ([plan()], "month", False),
        ([plan()], "life", True),
        ([plan("past_due", failed_on=JUNE)], "year", False),
        ([plan("unpaid")], "month", False),
        ([plan("incomplete")], "month", False),
        ([plan("canceled", ended_on=JUNE)], "month", True),
        ([LIFE], "life", False),
        ([LIFE], "month", False),
        ([Holding("plus-life", "refunded", for_life=True)], "life", True),
    ],
)
def test_who_may_buy_what(held, interval, may):
    assert may_join(held, interval, JUNE) is may


@pytest.mark.parametrize(
    ("day", "interval", "anchor", "after"),
    [
        (date(2026, 6, 10), "month", 10, date(2026, 7, 10)),
        (date(2026, 1, 31), "month", 31, date(2026, 2, 28)),
        (date(2026, 2, 28), "month", 31, date(2026, 3, 31)),
        (date(2026, 12, 5), "month", 5, date(2027, 1, 5)),
        (date(2028, 2, 29), "year", 29, date(2029, 2, 28)),
        (date(2026, 11, 30), "year", 30, date(2027, 11, 30)),
        (date(2025, 12, 31), "year", 31, date(2026, 12, 31)),
    ],
)
def test_one_period_later_is_the_same_day_of_the_month_or_its_last(day, interval, anchor, after):
    assert one_period_after(day, interval, anchor) == after


def test_plans_of_one_label_are_one_choice_with_what_a_year_saves():
    (choice,) = choices(programme.load("demo").programme)
    assert choice.label == "Plus"
    assert [(p.plan.interval, p.saving_minor) for p in choice.prices] == [
        ("month", 0),
        ("year", 600),
        ("life", 0),
    ]
    assert choice.perks[0].label == "Free delivery on every order"


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        *(("GBP", 300, 300), ("JPY", 500, 500), ("BHD", 1230, 1230)),
        *(("ISK", 500, 50_000), ("UGX", 500, 50_000), ("MGA", 500, 5)),
    ],
)
def test_stripe_counts_some_currencies_otherwise(currency, ours, theirs):
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(
    ("held", "interval", "amount", "wanted", "now"),
    [
        ("Plus", "month", 300, ("Plus", "year", 3000), True),
        ("Plus", "year", 3000, ("Plus", "month", 300), False),
        ("Gold", "month", 500, ("Platinum", "month", 501), True),
        ("Gold", "month", 500, ("Platinum", "month", 500), False),
        ("Platinum", "month", 1500, ("Gold", "month", 500), False),
        ("Gold", "month", 500, ("Platinum", "year", 6001), True),
        ("Gold", "month", 500, ("Platinum", "year", 6000), False),
        ("Platinum", "month", 1500, ("Gold", "year", 5000), False),
        ("Gold", "year", 5000, ("Platinum", "year", 15000), True),
        ("Platinum", "year", 15000, ("Gold", "year", 5000), False),
        ("Gold", "year", 5000, ("Platinum", "month", 1500), False),
        ("", "", 500, ("Gold", "month", 600), False),
    ],
)
def test_what_costs_more_for_the_same_time_begins_at_once_and_all_else_with_the_next_period(
    held, interval, amount, wanted, now
):
    label, rhythm, price = wanted
    plan = programme.Plan.model_construct(label=label, interval=rhythm)
    assert moves_now(held, interval, amount, plan, price) is now


@pytest.mark.parametrize(
    ("status", "facts", "why"),
    [
        ("active", {}, None),
        ("trialing", {}, None),
        ("past_due", {}, "pay_first"),
        ("unpaid", {}, "pay_first"),
        ("incomplete", {}, "pay_first"),
        ("paused", {}, "paused"),
        ("active", {"collection_paused": True}, "paused"),
        ("canceled", {}, "over"),
        ("hibernating", {}, "over"),
        ("active", {"ends_on": JULY}, "ends"),
        ("active", {"waiting": "plus-yearly"}, "waits"),
    ],
)
def test_why_a_plan_cannot_be_changed_now(status, facts, why):
    given = {"ends_on": None, "collection_paused": False, "waiting": None} | facts
    assert why_fixed(status, **given) == why


def test_going_on_is_free_before_the_last_paid_day():
    assert [resume_minor(JULY, 300, day) for day in (JUNE, date(2026, 7, 9), JULY, date(2026, 7, 11))] == [
        0, 0, 300, 300,
    ]  # fmt: skip
