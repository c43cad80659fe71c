"""`williams-sonoma-key-rewards`: money across seven brands, more with the card, most in its first 30 days."""

import pytest

from tests.catalogue.conftest import Quote, Run
from tests.catalogue.lines import Line, buys, earned, fact, item, joins, perks, points, refunded, tier

KEY = "williams-sonoma-key-rewards"
CARD = fact("2026-03-01", "store_card")
"""Day 1 of the card is 1 March; day 30 is 30 March."""


def at_west_elm(when: str, amount: str = "100.00", order: str = "o1") -> Line:
    return buys(when, item(amount, brand="west-elm"), order=order)


def elsewhere(when: str, amount: str = "100.00", order: str = "o1") -> Line:
    return buys(when, item(amount, brand="corner-shop"), order=order)


def test_day_thirty_brings_ten_dollars_and_day_thirty_one_five(run: Run):
    assert earned(run(KEY, [joins(), CARD, at_west_elm("2026-03-30")])) == 1000
    assert earned(run(KEY, [joins(), CARD, at_west_elm("2026-03-31")])) == 500


@pytest.mark.parametrize("day", ["2026-03-30", "2026-03-31"])
def test_elsewhere_the_card_brings_one_per_cent_in_the_first_thirty_days_too(run: Run, day: str):
    assert earned(run(KEY, [joins(), CARD, elsewhere(day)])) == 100


def test_silver_has_two_per_cent_at_the_seven_and_nothing_elsewhere(run: Run):
    outcome = run(KEY, [joins(), at_west_elm("2026-03-30"), elsewhere("2026-03-30", order="o2")])
    assert (tier(outcome), earned(outcome)) == ("silver", 200)
    assert points(outcome)["value"] == {"amount": "2.00", "currency": "USD"}


@pytest.mark.parametrize(
    ("placed", "cents"),
    [("2026-03-31T03:59:59Z", 1000), ("2026-03-31T04:00:00Z", 500)],  # midnight in New York
)
def test_the_thirty_days_end_at_midnight_in_new_york(run: Run, placed: str, cents: int):
    assert earned(run(KEY, [joins(), CARD, at_west_elm(placed)])) == cents


@pytest.mark.parametrize(("amount", "cents"), [("12.34", 123), ("12.40", 124), ("0.09", 0), ("0.10", 1)])
def test_ten_per_cent_is_a_rate_of_its_own_and_rounded_once(run: Run, amount: str, cents: int):
    assert earned(run(KEY, [joins(), CARD, at_west_elm("2026-03-05", amount)])) == cents


def test_a_second_card_opens_no_second_window(run: Run):
    again = [fact("2026-05-01", "store_card", False), fact("2026-06-01", "store_card")]
    assert earned(run(KEY, [joins(), CARD, *again, at_west_elm("2026-06-02")])) == 500


def test_the_window_counts_from_the_day_on_which_the_card_was_first_held(run: Run):
    told_late = fact("2026-03-15", "store_card", since="2026-02-10")  # 11 March is day 30, 16 March day 35
    assert earned(run(KEY, [joins(), told_late, at_west_elm("2026-03-16")])) == 500


def test_without_the_card_it_is_two_per_cent_again(run: Run):
    lines = [joins(), CARD, fact("2026-03-10", "store_card", False), at_west_elm("2026-03-11")]
    outcome = run(KEY, lines)
    assert (tier(outcome), earned(outcome)) == ("silver", 200)


def test_a_refund_after_the_window_goes_at_ten_per_cent(run: Run):
    order = at_west_elm("2026-03-30")
    assert earned(run(KEY, [joins(), CARD, order, refunded(order, "2026-04-20", "40.00")])) == 600


@pytest.mark.parametrize(
    ("shop", "brand", "cents"),
    [
        ("west-elm", None, 200),
        ("corner-shop", None, 0),
        ("west-elm", "other", 0),
        ("corner-shop", "mark-and-graham", 200),
    ],
)
def test_the_brand_of_the_line_decides_and_without_one_the_shop(
    run: Run, shop: str, brand: str | None, cents: int
):
    line = item("100.00") if brand is None else item("100.00", brand=brand)
    assert earned(run(KEY, [joins(), buys("2026-03-05", line, shop=shop)])) == cents


def test_each_rate_of_one_order_is_rounded_by_itself(run: Run):
    order = buys("2026-04-05", item("12.34", "1", brand="west-elm"), item("12.99", "2", brand="corner-shop"))
    assert earned(run(KEY, [joins(), CARD, order])) == 61 + 12  # 61.7 at 5 %, 12.99 at 1 %


def test_shipping_is_free_for_gold_at_the_one_brand_only(run: Run, quote: Quote):
    outcome = run(KEY, [joins(), CARD])
    assert set(perks(outcome)) == {
        "early-access",
        "first-look",
        "design-service",
        "free-shipping",
        "financing",
    }
    first, other = item("50.00", "1", brand="williams-sonoma"), item("50.00", "2", brand="west-elm")
    assert quote("2026-03-02", first, shipping="8.00")["shipping"]["total"] == "0.00"
    assert quote("2026-03-02", first, other, shipping="8.00")["shipping"]["total"] == "8.00"
    home = item("50.00", "1", brand="williams-sonoma-home")
    assert quote("2026-03-02", home, shipping="8.00")["shipping"]["total"] == "8.00"


def test_a_birthday_brings_gold_twenty_five_dollars_and_silver_nothing(run: Run):
    joined = joins(birthday="06-14")
    assert points(run(KEY, [joined, CARD], at="2026-06-13"))["available"] == 0
    assert points(run(KEY, [joined, CARD], at="2026-06-14"))["available"] == 2500
    assert points(run(KEY, [joined], at="2026-06-14"))["available"] == 0
    once = points(run(KEY, [joined, CARD], at="2027-06-13"))
    assert once["available"] == 2500
