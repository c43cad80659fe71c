"""What a programme answers: the shipped files, days, rates and values."""

import json
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from portal import programme
from portal.errors import Refused
from tests.programme.texts import small

DOCS = Path(__file__).parents[2] / "docs" / "programme.md"
RATES = """
[[currencies]]
code = "JPY"
rate = "0.01"
[[currencies]]
code = "BHD"
rate = "2.50"
[[currencies]]
code = "EUR"
from = 2026-01-01
rate = "1.10"
[[currencies]]
code = "EUR"
from = 2026-07-01
rate = "1.0834"
"""
DAY = date(2026, 6, 10)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("key", programme.catalogue_keys())
def test_every_programme_that_is_shipped_loads_under_its_own_key(key: str) -> None:
    assert programme.load(key).programme.key == key


def test_the_demo_says_what_the_first_page_promises() -> None:
    demo = programme.load("demo").programme
    assert (demo.timezone, demo.currency, demo.orders.pending_days) == ("Europe/London", "GBP", 14)
    assert [(rule.points, rule.per_minor) for rule in demo.earn] == [(5, 100)]
    assert demo.activity("account").points == 100
    assert demo.value_minor(1234) == 1234
    assert [(tier.key, [way.need for way in tier.entry]) for tier in demo.tiers] == [
        ("member", []),
        ("silver", [20_000]),
        ("gold", [50_000]),
        ("platinum", [100_000]),
    ]
    assert (demo.tier_rules.period, demo.tier_rules.keeps) == ("calendar-year", "next-period")
    assert (demo.reward("ten-off").price, demo.reward("ten-off").value_minor) == (1000, 1000)
    assert demo.multipliers == ()
    assert demo.base_tier.key == "member"


def test_a_reward_of_the_demo_is_worth_what_its_points_are_worth() -> None:
    demo = programme.load("demo").programme
    for reward in demo.for_points:
        if reward.kind == "money-off":
            assert reward.price
            assert reward.value_minor == demo.value_minor(reward.price)


def test_a_small_file_has_kind_defaults() -> None:
    shop = programme.parse(small(), "shop.toml")
    assert (shop.unit.many, shop.orders.pending_days, shop.expiry.kind) == ("points", 0, "never")
    assert shop.pages.terms.paragraphs
    assert shop.languages == ("en",)


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_the_same_programme(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_bytes(b"\xef\xbb\xbf" + small().replace("\n", "\r\n").encode())
    assert programme.load(file).programme == programme.parse(small(), "shop.toml")


def test_reward_money_is_worth_itself() -> None:
    text = small(value="").replace("[unit]", '[unit]\nkind = "money"')
    assert programme.parse(text, "shop.toml").value_minor(300) == 300


@pytest.mark.parametrize(("points", "minor"), [(0, 0), (1, 3), (29, 96), (30, 100), (299, 996)])
def test_the_value_of_a_balance_is_rounded_down(points: int, minor: int) -> None:
    shop = programme.parse(small(value='{ points = 30, amount = "1.00" }'), "shop.toml")
    assert shop.value_minor(points) == minor


@pytest.mark.parametrize(
    ("currency", "day", "rate"),
    [
        ("GBP", DAY, Fraction(1)),
        ("JPY", DAY, Fraction(1)),  # 1 yen, which has no decimals, is 1 penny
        ("BHD", DAY, Fraction(1, 4)),  # 1 fils, a thousandth, is a quarter of a penny
        ("EUR", date(2025, 12, 31), None),
        ("EUR", date(2026, 1, 1), Fraction(11, 10)),
        ("EUR", date(2026, 6, 30), Fraction(11, 10)),
        ("EUR", date(2026, 7, 1), Fraction(10834, 10000)),
        ("USD", DAY, None),
    ],
)
def test_the_rate_of_a_day_is_exact(currency: str, day: date, rate: Fraction | None) -> None:
    assert programme.parse(small(RATES), "shop.toml").rate_on(currency, day) == rate


def test_a_home_currency_without_decimals_is_converted_to() -> None:
    text = small(
        '[[currencies]]\ncode = "BHD"\nrate = "400"\n', currency='"JPY"', value='{ points = 1, amount = "1" }'
    )
    assert programme.parse(text, "shop.toml").rate_on("BHD", DAY) == Fraction(400, 1000)


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/London", "2026-03-29", "2026-03-29T00:00Z"),
        ("Europe/London", "2026-03-30", "2026-03-29T23:00Z"),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00Z"),
        ("Europe/London", "2026-10-26", "2026-10-26T00:00Z"),
        ("America/New_York", "2026-03-09", "2026-03-09T04:00Z"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z"),  # 0:00 is skipped: the day begins at 1:00
        (
            "America/Havana",
            "2026-11-01",
            "2026-11-01T04:00Z",
        ),  # 0:00 comes twice: the day begins at the first
    ],
)
def test_a_day_begins_where_the_clocks_of_its_zone_say(zone: str, day: str, instant: str) -> None:
    shop = programme.parse(small(timezone=f'"{zone}"'), "shop.toml")
    midnight = shop.midnight(date.fromisoformat(day))
    assert midnight == at(instant)
    assert midnight.tzinfo is UTC
    assert shop.day(midnight) == date.fromisoformat(day)


def test_an_instant_falls_in_the_day_of_the_programmes_zone() -> None:
    shop = programme.parse(small(), "shop.toml")
    assert shop.day(at("2026-06-10T22:59:59Z")) == DAY
    assert shop.day(at("2026-06-10T23:00:00Z")) == date(2026, 6, 11)
    assert shop.day(at("2026-06-11T08:00:00+09:00")) == date(2026, 6, 11)


def test_a_key_that_the_programme_does_not_have_is_refused() -> None:
    demo = programme.load("demo").programme
    for ask in (demo.tier, demo.activity, demo.reward):
        with pytest.raises(Refused, match="unknown_key"):
            ask("nothing")


@pytest.mark.parametrize(
    ("colour", "text"),
    [("#1f5b4d", programme.WHITE), ("#ffd100", programme.INK), ("#767676", programme.WHITE)],
)
def test_text_on_the_brand_colour_is_readable(colour: str, text: str) -> None:
    brand = programme.parse(small(f'[brand]\ncolour = "{colour}"\n'), "shop.toml").brand
    assert brand.text == text
    assert programme.contrast(brand.colour, brand.text) >= 4.5


def test_the_schema_for_editors_is_json_and_closed() -> None:
    schema = programme.schema_json()
    json.dumps(schema)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"key", "name", "timezone", "currency", "unit", "contact", "tiers"}
