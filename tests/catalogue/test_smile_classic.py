"""`smile-classic`: points for everything, three tiers, a bonus weekend, a slider, friends, currencies, an end date."""

import pytest

from portal import programme as programmes
from tests.catalogue.conftest import Run
from tests.catalogue.lines import (
    Line,
    at,
    buys,
    codes,
    does,
    earned,
    fact,
    joins,
    points,
    redeems,
    refunded,
    rewards,
    tier,
)

KEY = "smile-classic"
WELCOME = 100
TO_SILVER, TO_GOLD = buys("2026-02-01", "500.00", order="s"), buys("2026-02-01", "1000.00", order="g")
SATURDAY = "2026-11-28"


def reviews(*days: str) -> list[Line]:
    return [does(day, "review", f"r{number}") for number, day in enumerate(days)]


def test_joining_brings_a_hundred(run: Run):
    outcome = run(KEY, [joins(), joins("2026-02-01", name="Anna B.")])
    assert (earned(outcome), points(outcome)["value"]["amount"]) == (WELCOME, "1.00")


@pytest.mark.parametrize(("amount", "many"), [("80.99", 404), ("0.19", 0), ("0.20", 1)])
def test_a_dollar_is_five_points(run: Run, amount: str, many: int):
    assert earned(run(KEY, [joins(), buys("2026-03-01", amount)])) == WELCOME + many


def test_silver_and_gold_multiply_whole_points(run: Run):
    order = buys("2026-03-01", "80.99")
    assert earned(run(KEY, [joins(), TO_SILVER, order])) == WELCOME + 2500 + 505  # 404 x 1.25
    assert earned(run(KEY, [joins(), TO_GOLD, order])) == WELCOME + 5000 + 606  # 404 x 1.5
    sent_back = refunded(order, "2026-03-05", "40.99")
    assert earned(run(KEY, [joins(), TO_SILVER, order, sent_back])) == WELCOME + 2500 + 250  # 200 x 1.25


@pytest.mark.parametrize(
    ("amount", "key"), [("499.99", "bronze"), ("500.00", "silver"), ("999.99", "silver"), ("1000.00", "gold")]
)
def test_tiers_follow_the_spend_of_the_year(run: Run, amount: str, key: str):
    lines = [joins(), buys("2026-02-01", amount)]
    assert tier(run(KEY, lines)) == key
    assert tier(run(KEY, lines, at="2027-12-31")) == key
    assert tier(run(KEY, lines, at="2028-01-01")) == "bronze"


@pytest.mark.parametrize(
    ("placed", "times"),
    [
        ("2026-11-28T04:59:59Z", 1),  # Friday, 23:59:59 in New York
        ("2026-11-28T05:00:00Z", 2),
        ("2026-11-30T04:59:59Z", 2),
        ("2026-11-30T05:00:00Z", 1),
    ],
)
def test_the_weekend_doubles_from_its_first_second_to_its_last(run: Run, placed: str, times: int):
    assert earned(run(KEY, [joins(), buys(placed, "80.99")])) == WELCOME + 404 * times


def test_for_gold_it_is_two_times_and_not_three(run: Run):
    assert earned(run(KEY, [joins(), TO_GOLD, buys(SATURDAY, "80.99")])) == WELCOME + 5000 + 808


def test_an_order_of_the_weekend_told_later_is_one_of_the_weekend(run: Run):
    assert earned(run(KEY, [joins(), buys(SATURDAY, "80.99", told="2026-12-05")])) == WELCOME + 808


def test_a_refund_after_the_weekend_goes_at_two_times(run: Run):
    order = buys(SATURDAY, "80.99")
    assert earned(run(KEY, [joins(), order, refunded(order, "2026-12-10", "40.99")])) == WELCOME + 400


def test_three_reviews_a_month_count(run: Run):
    assert earned(run(KEY, [joins(), *reviews("2026-02-01", "2026-02-02", "2026-02-03")])) == WELCOME + 75
    four = reviews("2026-02-01", "2026-02-02", "2026-02-03", "2026-02-28")
    assert earned(run(KEY, [joins(), *four])) == WELCOME + 75


@pytest.mark.parametrize(("fourth", "many"), [("2026-03-01T04:59:59Z", 75), ("2026-03-01T05:00:00Z", 100)])
def test_the_month_ends_at_midnight_in_new_york(run: Run, fourth: str, many: int):
    assert (
        earned(run(KEY, [joins(), *reviews("2026-02-01", "2026-02-02", "2026-02-03", fourth)]))
        == WELCOME + many
    )


def test_a_review_that_was_taken_down_gives_its_points_back(run: Run):
    lines = [joins(), *reviews("2026-02-01", "2026-02-02"), does("2026-02-10", "review", "gone", quantity=-1)]
    assert earned(run(KEY, lines)) == WELCOME + 25


def test_following_and_sharing_bring_ten_once(run: Run):
    lines = [
        joins(),
        does("2026-02-01", "follow", "f1"),
        does("2026-02-02", "share", "s1"),
        does("2027-02-01", "follow", "f2"),
    ]
    assert earned(run(KEY, lines)) == WELCOME + 20


def test_saying_yes_to_news_brings_fifty_once_in_a_lifetime(run: Run):
    yes, no = (
        joins("2026-02-01", consents={"marketing": True}),
        joins("2026-02-02", consents={"marketing": False}),
    )
    assert earned(run(KEY, [joins(), yes])) == WELCOME + 50
    again = [
        joins(),
        yes,
        no,
        joins("2026-02-03", consents={"marketing": True}),
        does("2026-02-04", "newsletter", "n1"),
    ]
    assert points(run(KEY, again))["earned"] == WELCOME + 50
    sent = [joins(), does("2026-02-01", "newsletter", "n1"), yes, does("2026-02-04", "newsletter", "n2")]
    assert points(run(KEY, sent))["earned"] == WELCOME + 50


@pytest.mark.parametrize("activity", ["account", "birthday"])
def test_what_happens_by_itself_is_never_sent(run: Run, activity: str):
    assert codes(run(KEY, [joins(), does("2026-02-01", activity)])) == [(2, "not_allowed")]


@pytest.mark.parametrize(
    ("at", "many"), [("2026-06-14T03:59:59Z", 0), ("2026-06-14T04:00:00Z", 200), ("2027-06-13", 200)]
)
def test_a_birthday_brings_two_hundred(run: Run, at: str, many: int):
    outcome = points(run(KEY, [joins(birthday="06-14")], at=at))
    assert outcome["earned"] == WELCOME + many


@pytest.mark.parametrize(
    ("many", "refused"),
    [(100, []), (500, []), (99, "bad_value"), (150, "bad_value"), (600, "not_enough_points")],
)
def test_the_slider_takes_full_hundreds(run: Run, many: int, refused: str | list[str]):
    lines = [joins(), buys("2026-02-01", "80.00"), redeems("2026-02-02", "money-off", points=many)]
    assert [code for _, code in codes(run(KEY, lines))] == ([refused] if refused else [])


def test_what_the_slider_gave_is_worth_a_cent_a_point(run: Run):
    outcome = run(KEY, [joins(), buys("2026-02-01", "80.00"), redeems("2026-02-02", "money-off", points=300)])
    assert outcome["members"]["anna"]["rewards"][0]["value"] == {"amount": "3.00", "currency": "USD"}


@pytest.mark.parametrize(("reward", "price"), [("twenty-percent", 10_000), ("branded-goods", 25_000)])
def test_fixed_prices(run: Run, reward: str, price: int):
    just = f"{(price - WELCOME) // 5}.00"
    one_less = f"{(price - WELCOME) // 5 - 1}.99"
    for amount, refused in ((just, []), (one_less, [(3, "not_enough_points")])):
        assert (
            codes(run(KEY, [joins(), buys("2026-02-01", amount), redeems("2026-02-02", reward)])) == refused
        )


@pytest.mark.parametrize(
    ("currency", "amount", "many"),
    [
        ("EUR", "100.00", 550),
        ("GBP", "80.00", 500),
        ("JPY", "1000", 50),
        ("KRW", "10000", 50),
        ("BHD", "1.000", 12),  # 2.50 dollars are 12.5
        ("ZAR", "1700.00", 467),  # 93.50 dollars are 467.5
    ],
)
def test_orders_in_other_currencies_are_converted_exactly(run: Run, currency: str, amount: str, many: int):
    assert earned(run(KEY, [joins(), buys("2026-02-01", amount, currency=currency)])) == WELCOME + many


def test_a_refund_in_another_currency_takes_all_of_it(run: Run):
    order = buys("2026-02-01", "1700.00", currency="ZAR")
    assert earned(run(KEY, [joins(), order, refunded(order, "2026-03-01", "1700.00")])) == WELCOME


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [("CAD", "10.00", "unknown_currency"), ("JPY", "10.5", "too_precise"), ("BHD", "1.0001", "too_precise")],
)
def test_money_that_cannot_be_is_refused(run: Run, currency: str, amount: str, code: str):
    assert codes(run(KEY, [joins(), buys("2026-02-01", amount, currency=currency)])) == [(2, code)]


def test_a_friend_is_given_ten_and_the_inviter_gets_ten_after_thirty_days(run: Run):
    lines = [
        joins(),
        joins("2026-01-05", "ben", referred_by="anna"),
        buys("2026-01-10", "20.00", member="ben"),
    ]
    before = run(KEY, lines, at="2026-02-08")
    assert (rewards(before, "give-ten", "ben"), rewards(before, "get-ten")) == (
        {"give-ten:ben:1": "available"},
        {},
    )
    assert rewards(run(KEY, lines, at="2026-02-09"), "get-ten") == {"get-ten:anna:1": "available"}


def test_what_an_inviter_gets_for_an_order_that_is_told_late_begins_when_it_is_told(run: Run):
    late = buys("2026-01-10", "20.00", member="ben", told="2026-08-21")
    outcome = run(KEY, [joins(), joins("2026-01-05", "ben", referred_by="anna"), late], at="2026-08-21")
    (gift,) = (one for one in outcome["members"]["anna"]["rewards"] if one["reward"] == "get-ten")
    assert (gift["state"], gift["issued"], gift["expires"]) == ("available", "2026-08-21", "2026-11-19")


@pytest.mark.parametrize("days", [60, 30, 7])
def test_points_that_come_by_themselves_with_fewer_days_than_a_notice_needs(run: Run, days: int):
    source = programmes.load(KEY).source.replace("days = 365\nnotices = [60, 30, 7]", f"days = {days}", 1)
    outcome = run(source, [joins("2026-01-01", birthday="03-10"), at("2026-03-11", "clock")])
    assert [one["points"] for one in outcome["members"]["anna"]["points"]["expiring"]] == [200]


def test_points_end_365_days_after_the_day_they_were_earned(run: Run):
    lines = [joins("2026-01-01"), buys("2026-01-05", "100.00")]
    assert points(run(KEY, lines))["expiring"] == [
        {"on": "2027-01-01", "points": 100},
        {"on": "2027-01-05", "points": 500},
    ]
    last = points(run(KEY, lines, at="2027-01-06T04:59:59Z"))
    assert (last["available"], last["expired"]) == (500, 100)
    assert points(run(KEY, lines, at="2027-01-06T05:00:00Z"))["expired"] == 600


def test_spending_takes_what_ends_first(run: Run):
    lines = [
        joins("2026-01-01"),
        buys("2026-01-05", "100.00"),
        redeems("2026-12-01", "money-off", points=100),
    ]
    assert points(run(KEY, lines, at="2027-01-02"))["expired"] == 0


def test_an_undo_of_points_that_have_ended_gives_them_thirty_days(run: Run):
    lines = [
        joins("2026-01-01"), redeems("2026-12-01", "money-off", points=100, ref="m"),
        {"at": "2027-01-10T15:00:00Z", "type": "undo", "ref": "m"},
    ]  # fmt: skip
    assert points(run(KEY, lines))["expiring"] == [{"on": "2027-02-09", "points": 100}]


def test_points_whose_last_notice_failed_are_held_once(run: Run):
    lines = [joins("2026-01-01"), fact("2026-10-01", "mail_bounces")]
    assert points(run(KEY, lines, at="2027-01-31"))["available"] == 100
    assert points(run(KEY, lines, at="2027-02-01"))["expired"] == 100
