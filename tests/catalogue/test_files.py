"""Every shipped file: right, readable, true to its fixed keys, and plain in how it looks."""

import re
from typing import Any

import pytest

from portal import programme
from portal.programme import Programme, contrast

FILES = (
    "amazon-prime", "atlas-coffee-club", "barnes-noble-kids-club", "barnes-noble-membership", "birchbox-vip",
    "body-shop", "costco", "cvs", "demo", "dicks-scorecard", "enterprise", "mahabis-refer-a-friend", "monzo-community",
    "rei-co-op", "sephora-beauty-insider", "smile-classic", "southwest", "starbucks-rewards", "whereby-trees",
    "williams-sonoma-key-rewards",
)  # fmt: skip
BRITISH = {"demo", "monzo-community", "mahabis-refer-a-friend"}
WAITS_FOURTEEN_DAYS = {"demo", "sephora-beauty-insider"}
LAPSES = {"smile-classic": ("days", 365), "starbucks-rewards": ("month-end", 6)}
TIERS = {
    "cvs": ["extracare"],
    "dicks-scorecard": ["scorecard", "gold", "scorerewards"],
    "williams-sonoma-key-rewards": ["silver", "gold"],
    "starbucks-rewards": ["green", "gold"],
    "birchbox-vip": ["member", "vip"],
    "southwest": ["member", "a-list", "a-list-preferred"],
    "enterprise": ["member", "silver", "gold"],
    "smile-classic": ["bronze", "silver", "gold"],
    "demo": ["member", "silver", "gold", "platinum"],
}
PLANS = {
    "barnes-noble-membership": {"membership-yearly": ("year", 2500)},
    "cvs": {"carepass-monthly": ("month", 500), "carepass-yearly": ("year", 4800)},
    "rei-co-op": {"membership": ("life", 3000)},
    "amazon-prime": {"monthly": ("month", 1499), "yearly": ("year", 13900)},
    "atlas-coffee-club": {"monthly": ("month", 1400)},
    "birchbox-vip": {"monthly": ("month", 1500)},
    "costco": {"yearly": ("year", 6000)},
    "demo": {"plus-monthly": ("month", 300), "plus-yearly": ("year", 3000), "plus-life": ("life", 9000)},
}
CHARITIES = {
    "body-shop": ["wildlife", "civil-rights", "domestic-violence"],
    "rei-co-op": ["rivers", "forests", "trails"],
    "whereby-trees": ["trees"],
    "demo": ["wildlife", "forests", "schools"],
}
REWARDS = {
    "barnes-noble-kids-club": {"welcome-coupon", "five-dollars", "birthday-cupcake"},
    "cvs": {"carepass-ten", "beauty-gift"},
    "dicks-scorecard": {"ten-off", "gold-ten"},
    "body-shop": {"ten-off", "birthday-ten"},
    "starbucks-rewards": {"free-drink", "birthday-drink"},
    "sephora-beauty-insider": {"sample-set", "full-size"},
    "atlas-coffee-club": {"free-shipping", "money-off", "lifetime-discount"},
    "mahabis-refer-a-friend": {"ten-percent", "ten-pounds"},
    "smile-classic": {"twenty-percent", "branded-goods", "money-off", "give-ten", "get-ten"},
    "demo": {"ten-off"},
}
ACTIVITIES = {
    "cvs": {"prescription"},
    "dicks-scorecard": {"fitness-goal"},
    "atlas-coffee-club": {"coffee-received", "miles", "saving", "gift-subscription"},
    "whereby-trees": {"meeting-hosted"},
    "smile-classic": {"account", "newsletter", "review", "birthday", "follow", "share"},
    "demo": {"account", "newsletter", "review", "birthday", "follow", "share"},
}


def load(key: str) -> Programme:
    return programme.load(key).programme


def keys(parts: Any) -> list[str]:
    return [part.key for part in parts]


def test_these_files_ship_and_no_others() -> None:
    assert programme.catalogue_keys() == FILES


@pytest.mark.parametrize("key", FILES)
def test_what_holds_unless_a_file_says_otherwise(key: str) -> None:
    shop = load(key)
    assert shop.key == key
    assert (shop.timezone, shop.currency) == (
        ("Europe/London", "GBP") if key in BRITISH else ("America/New_York", "USD")
    )
    assert shop.orders.pending_days == (14 if key in WAITS_FOURTEEN_DAYS else 0)
    assert {one.pending_days for one in shop.activities} <= {0}
    assert (shop.expiry.kind, shop.expiry.days or shop.expiry.months) == LAPSES.get(key, ("never", None))
    assert shop.orders.guest_lookback_days == 365
    assert shop.tier_rules.review == "01-01"
    assert (shop.tier_rules.grace_days, shop.tier_rules.step_down) == (0, "earned")
    assert {reward.valid_days for reward in shop.rewards} <= {None, 90}
    assert shop.referral is None or shop.referral.matures_days == 30
    assert (shop.giving.minimum, shop.giving.step) == {"body-shop": (100, 100), "demo": (100, 50)}.get(
        key, (1, 1)
    )


@pytest.mark.parametrize("key", FILES)
def test_fixed_keys(key: str) -> None:
    shop = load(key)
    assert keys(shop.tiers) == TIERS.get(key, ["member"])
    assert {plan.key: (plan.interval, plan.price_minor) for plan in shop.plans} == PLANS.get(key, {})
    assert keys(shop.charities) == CHARITIES.get(key, [])
    assert set(keys(shop.rewards)) >= REWARDS.get(key, set())
    assert set(keys(shop.activities)) == ACTIVITIES.get(key, set())
    assert bool(shop.campaigns) is (key in {"cvs", "smile-classic", "demo"})
    assert bool(shop.chosen_day) is (key in {"dicks-scorecard", "demo"})
    assert (shop.referral is not None) is (
        key in {"atlas-coffee-club", "mahabis-refer-a-friend", "smile-classic", "demo"}
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dicks-scorecard", (300, 1000)),
        ("body-shop", (1, 10)),
        ("starbucks-rewards", (1, 5)),
        ("smile-classic", (1, 1)),
    ],
)
def test_what_a_point_is_worth(key: str, value: tuple[int, int]) -> None:
    unit = load(key).unit
    assert (unit.value_points, unit.value_minor) == value


def test_balances_of_money() -> None:
    money = {key for key in FILES if load(key).unit.kind == "money"}
    assert money == {"cvs", "williams-sonoma-key-rewards", "rei-co-op"}


def test_currencies_that_are_accepted() -> None:
    rates = {key: {c.code: str(float(c.rate)) for c in load(key).currencies} for key in FILES}
    assert {key: told for key, told in rates.items() if told} == {
        "mahabis-refer-a-friend": {"USD": "0.8"},
        "smile-classic": {
            "EUR": "1.1",
            "GBP": "1.25",
            "JPY": "0.01",
            "KRW": "0.001",
            "BHD": "2.5",
            "ZAR": "0.055",
        },
    }


def test_stock_and_prices_of_the_catalogue_of_things() -> None:
    shop = load("sephora-beauty-insider")
    assert (shop.reward("sample-set").price, shop.reward("sample-set").stock) == (100, 1000)
    assert shop.reward("full-size").price == 750


@pytest.mark.parametrize("key", FILES)
def test_the_words_are_there_and_promise_no_address_that_somebody_has(key: str) -> None:
    shop = load(key)
    assert shop.tagline
    assert shop.contact.email.endswith(".example")
    assert len(shop.faq) >= 3
    for page in (shop.pages.terms, shop.pages.privacy, shop.pages.imprint):
        assert page.updated
        assert re.search("example|demonstration", page.paragraphs[0])
    texts = [*[one.answer for one in shop.faq], *shop.pages.terms.paragraphs, shop.tagline]
    assert not [text for text in texts if re.search(r"!|\b(?:Oops|Unfortunately|Please note)\b", text)]


def test_each_file_has_a_colour_of_its_own_that_is_read_well() -> None:
    colours = {key: load(key).brand for key in FILES}
    assert len({brand.colour for brand in colours.values()}) == len(FILES)
    for brand in colours.values():
        assert contrast(brand.colour, brand.text) >= 4.5
        assert brand.logo in (None, "Pennywren")


@pytest.mark.parametrize("key", FILES)
def test_a_file_is_read_like_an_example(key: str) -> None:
    source = programme.load(key).source
    comments = [line for line in source.splitlines() if "# " in line]
    assert source.startswith("# ")
    assert len(comments) >= 4
    assert "\t" not in source


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("barnes-noble-membership", "percent = 10 .*# our number: the published"),
        ("cvs", "# cap of a year cuts off is not paid later. .* are our numbers"),
        ("dicks-scorecard", "value = { points = 300.*# .*our number"),
        ("starbucks-rewards", "points = 2 .*# our number"),
        ("amazon-prime", "# One choice of two prices .ours."),
        ("birchbox-vip", 'price = "15.00" .*# our number'),
        ("atlas-coffee-club", 'price = "14.00" .*# our number'),
        ("costco", 'price = "60.00" .*# our number'),
        ("whereby-trees", 'amount = "1.00" .*our number'),
    ],
)
def test_a_number_of_our_own_says_so(key: str, line: str) -> None:
    assert re.search(line, programme.load(key).source)
