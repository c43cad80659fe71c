"""Rewards, perks, plans, causes and referrals in a programme file: what is right, and what is said to what is not."""

from datetime import date

import pytest

from portal import programme
from portal.programme import Slider
from portal.programme.kinds import key_of
from tests.programme.texts import small
from tests.programme.wrong import problems

PERK = '[[perks]]\nkey = "free-shipping"\nlabel = "Free"\nkind = "free-shipping"\n'
PLAN = '[[plans]]\nkey = "plus"\nlabel = "Plus"\ninterval = "month"\nprice = "3.00"\nperks = [{perks}]\n'
REWARD = '[[rewards]]\nkey = "r"\nlabel = "R"\n'
OFFER = "[referral]\n[[referral.offers]]\n"


@pytest.mark.parametrize(
    ("part", "path", "message", "remedy"),
    [
        (PLAN.format(perks='"free-shiping"') + PERK, "plans[0].perks[0]", "no perk", '"free-shipping"'),
        (PLAN.format(perks='"nothing"'), "plans[0].perks[0]", "no perk", "[[perks]]"),
        (PLAN.format(perks="").replace("3.00", "0.00"), "plans[0].price", "not above zero", "above zero"),
        (PLAN.format(perks="").replace("month", "week"), "plans[0].interval", "", "month"),
        (PERK + PERK, "perks[1].key", "is taken by perks[0]", "its own key"),
        (PERK + "percent = 5\n", "perks[0]", "percent belongs", "take it out"),
        (REWARD + 'kind = "money-off"\n', "rewards[0]", "needs its value, or a slider", "slider"),
        (
            REWARD + 'kind = "thing"\nslider = { minimum = 100, step = 100 }\n',
            "rewards[0]", "a slider buys money off", "money-off",
        ),
        (
            REWARD + 'kind = "money-off"\nprice = 5\nslider = { minimum = 100, step = 100 }\n',
            "rewards[0]", "a price or a slider, not both", "take one of them out",
        ),
        (REWARD + 'kind = "thing"\nprice = 1\ntiers = ["gold"]\n', "rewards[0].tiers[0]", "no tier", "member"),
        (REWARD + 'kind = "thing"\nprice = 0\n', "rewards[0]", "what is free has a limit", "limit = {"),
        (
            REWARD + 'kind = "thing"\ncategories = ["toys"]\n',
            "rewards[0]",
            "thing takes none off lines",
            'kind = "percent-off"',
        ),
        (
            REWARD + 'kind = "money-off"\nvalue = "1.00"\nitems = 1\n',
            "rewards[0]",
            "items belong to percent-off",
            "take items out",
        ),
        (OFFER + 'friend = { reward = "r" }\n', "referral.offers[0].friend.reward", "no reward", "[[rewards]]"),
        (
            REWARD + 'kind = "thing"\n' + OFFER + 'friend = { reward = "r", points = 5 }\n',
            "referral.offers[0].friend", "points or a reward", "",
        ),
        (OFFER + "friend = {}\n", "referral.offers[0].friend", "points or a reward", "{ points = 500 }"),
        ("[referral]\nmatures_days = 5\n", "referral.offers", "missing", "offers"),
        (REWARD.replace('"r"', '"taken"') + 'kind = "thing"\n', "rewards[0].key", "another page", "another word"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_offer_says_where_and_how_to_mend_it(
    part: str, path: str, message: str, remedy: str
) -> None:
    found = problems(small(part))
    assert [problem.path for problem in found] == [path]
    assert message in found[0].message
    assert remedy in found[0].remedy


def test_a_tier_names_perks_by_key_or_says_them_in_words() -> None:
    text = small(PERK).replace(
        'label = "Member"\n', 'label = "Member"\nperks = ["free-shipping", "Early access"]\n'
    )
    shop = programme.parse(text, "shop.toml")
    found = shop.perks_of(shop.base_tier.perks)
    assert [(perk.key, perk.label, perk.kind) for perk in found] == [
        ("free-shipping", "Free", "free-shipping"),
        ("early-access", "Early access", "benefit"),
    ]


PENNY = '{ points = 30, amount = "0.02" }'
CAUSE = '[[charities]]\nkey = "c"\nlabel = "C"\n'


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (REWARD + 'kind = "money-off"\nslider = { minimum = 14, step = 1 }\n', "rewards[0].slider.minimum"),
        (CAUSE, "giving.minimum"),
        (CAUSE + "[giving]\nminimum = 14\n", "giving.minimum"),
    ],
)
def test_the_fewest_points_are_worth_something(part: str, path: str) -> None:
    with pytest.raises(programme.Invalid) as invalid:
        programme.parse(small(part, value=PENNY), "shop.toml")
    (problem,) = invalid.value.problems
    assert (problem.path, "worth nothing" in problem.message) == (path, True)
    assert "write minimum = 15" in problem.remedy


@pytest.mark.parametrize(
    "part",
    [
        CAUSE + "[giving]\nminimum = 15\n",
        REWARD + 'kind = "money-off"\nslider = { minimum = 15, step = 1 }\n',
        "",
    ],
)
def test_one_penny_is_enough_and_nobody_gives_where_there_is_no_cause(part: str) -> None:
    assert programme.parse(small(part, value=PENNY), "shop.toml").unit.value_points == 30


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("5 points for every £1", "points-for-every-1"),
        ("Café crème!", "cafe-creme"),
        ("...", "perk"),
        ("无限", "perk"),
        ("a" * 60, "a" * 40),
        ("One day a year with three times the points", "one-day-a-year-with-three-times-the"),
        ("a" * 38 + " b cd", "a" * 38 + "-b"),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_words_make_a_key(words: str, key: str) -> None:
    assert key_of(words) == key


@pytest.mark.parametrize(
    ("points", "takes"), [(99, False), (100, True), (149, False), (150, True), (300, True), (350, False)]
)
def test_a_slider_takes_what_is_on_a_step_and_within_its_bounds(points: int, takes: bool) -> None:
    assert Slider(minimum=100, step=50, maximum=300).takes(points) is takes


def test_a_reward_lasts_a_year_when_bought_and_ninety_days_when_given() -> None:
    demo = programme.load("demo").programme
    ten, day = demo.reward("ten-off"), date(2026, 3, 1)
    assert (ten.last_day(day, bought=True), ten.last_day(day, bought=False)) == (
        date(2027, 3, 1),
        date(2026, 5, 30),
    )
    assert demo.reward("friend-five").least is None
    assert "friend-five" not in {reward.key for reward in demo.for_points}
    assert [reward.least for reward in demo.for_points] == sorted(
        reward.least or 0 for reward in demo.for_points
    )


def test_the_offer_follows_the_country_of_the_friend() -> None:
    offers = (
        OFFER + 'countries = ["US"]\nfriend = { points = 10 }\n[[referral.offers]]\ncountries = ["GB"]\n'
        "friend = { points = 20 }\n"
    )
    shop = programme.parse(small(offers), "shop.toml")
    told = {country: shop.referral_offer(country) for country in ("US", "GB", "FR", None)}
    assert {c: o and o.friend and o.friend.points for c, o in told.items()} == {
        "US": 10,
        "GB": 20,
        "FR": None,
        None: None,
    }
    anywhere = programme.parse(small(offers + "[[referral.offers]]\nfriend = { points = 5 }\n"), "shop.toml")
    found = anywhere.referral_offer("FR")
    assert found is not None
    assert found.friend is not None
    assert found.friend.points == 5
    assert programme.parse(small(), "shop.toml").referral_offer("GB") is None


def test_the_demo_has_its_fixed_keys() -> None:
    demo = programme.load("demo").programme
    assert {p.key: (p.interval, p.price_minor) for p in demo.plans} == {
        "plus-monthly": ("month", 300),
        "plus-yearly": ("year", 3000),
        "plus-life": ("life", 9000),
    }
    assert all("free-shipping" in plan.perks for plan in demo.plans)
    assert not any("free-shipping" in tier.perks for tier in demo.tiers)
    assert [charity.key for charity in demo.charities] == ["wildlife", "forests", "schools"]
    offer = demo.referral_offer("GB")
    assert offer is not None
    for side in (offer.friend, offer.inviter):
        assert side is not None
        assert demo.reward(side.reward or "").value_minor == 500
