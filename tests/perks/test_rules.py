"""Which perks a member holds and what they take off a basket, as a table of cases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal import programme
from portal.perks import Basket, Held, Item, discounts, held, take_off
from portal.programme import Perk, Reward


def off(percent: int, key: str = "", **limits: object) -> Held:
    """A percentage held through a plan."""
    perk = Perk.model_validate(
        {"key": key or f"off-{percent}", "label": "Off", "kind": "percent-off", "percent": percent, **limits},
        context={"currency": "USD"},
    )
    return Held(perk, "plan:p")


def free(key: str = "free-shipping", **limits: object) -> Held:
    """Free shipping held through a plan."""
    perk = {"key": key, "label": "Free", "kind": "free-shipping", **limits}
    return Held(Perk.model_validate(perk, context={"currency": "USD"}), "plan:p")


def basket(
    *items: Item,
    channel: str | None = None,
    shipping: int = 0,
    at: datetime = datetime(2026, 10, 6, 12, tzinfo=UTC),
) -> Basket:
    total = sum(item.amount_minor for item in items)
    return Basket(items, total, "main", at, at.date(), channel, shipping)


HARDCOVER = Item("1", 3000, category="bestselling-hardcover")
TOY = Item("2", 2000, category="toy")
BOOKSHOP = (
    free(),
    off(10, "in-store-ten", channels=("store",)),
    off(40, "hardcover-forty", channels=("store",), categories=("bestselling-hardcover",)),
)


def amounts(perks: tuple[Held, ...], what: Basket) -> tuple[dict[str, int], int]:
    """What is taken off each line, and off shipping."""
    found = take_off(perks, what)
    return {line: amount for line, (_one, amount) in found.by_line.items()}, (found.shipping or (None, 0))[1]


def test_in_the_store_each_line_takes_its_best_single_percentage():
    assert amounts(BOOKSHOP, basket(HARDCOVER, TOY, channel="store")) == ({"1": 1200, "2": 200}, 0)


def test_online_the_same_basket_has_no_percentage_and_free_shipping():
    found = take_off(BOOKSHOP, basket(HARDCOVER, TOY, channel="online", shipping=399))
    assert (found.by_line, found.shipping and found.shipping[1]) == ({}, 399)
    assert found.why_not == {"in-store-ten": "channel", "hardcover-forty": "channel"}
    assert found.total_minor == 399


@pytest.mark.parametrize(
    ("amount", "percent", "taken"), [(10, 5, 1), (9, 5, 0), (1, 50, 1), (333, 10, 33), (335, 10, 34)]
)
def test_a_percentage_is_rounded_half_up_to_the_minor_unit(amount: int, percent: int, taken: int):
    assert amounts((off(percent),), basket(Item("1", amount)))[0].get("1", 0) == taken


def test_nothing_is_taken_off_a_gift_card():
    card = Item("1", 5000, kind="gift-card")
    assert take_off((off(10),), basket(card)).why_not == {"off-10": "nothing_to_take_off"}


@pytest.mark.parametrize(("amount", "why"), [(4899, "minimum"), (4900, None)])
def test_a_minimum_holds_from_the_very_amount(amount: int, why: str | None):
    found = take_off((free(minimum="49.00"),), basket(Item("1", amount), shipping=500))
    assert found.why_not.get("free-shipping") == why
    assert (found.shipping is None) == (why is not None)


def test_free_shipping_of_a_brand_wants_all_lines_of_it():
    perks = (free(brands=("acme",)),)
    acme, other = Item("1", 100, brand="acme"), Item("2", 100, brand="other")
    assert amounts(perks, basket(acme, shipping=300)) == ({}, 300)
    assert take_off(perks, basket(acme, other, shipping=300)).why_not == {"free-shipping": "lines"}


def test_a_line_without_a_brand_is_of_the_orders_shop():
    assert amounts((off(10, brands=("main",)),), basket(Item("1", 1000)))[0] == {"1": 100}


def test_the_percentage_that_lost_says_so():
    found = take_off((off(10), off(20)), basket(Item("1", 1000)))
    assert (found.by_line["1"][1], found.why_not) == (200, {"off-10": "beaten"})


def test_a_category_that_is_not_in_the_basket_is_named():
    assert take_off((off(10, categories=("books",)),), basket(TOY)).why_not == {"off-10": "lines"}


def test_tier_and_plan_are_a_union_and_what_both_bring_comes_from_the_tier():
    demo = programme.load("demo").programme
    gold, plus = demo.tier("gold"), demo.plan("plus-yearly")
    found = {one.perk.key: one.source for one in held(demo, gold, plus)}
    assert found["five-in-the-shop"] == "tier:gold"
    assert found["free-shipping"] == "plan:plus-yearly"
    assert found["gift-wrapping"] == "tier:gold"
    assert [one.source for one in held(demo, demo.base_tier, plus) if one.perk.key == "free-shipping"] == [
        "plan:plus-yearly"
    ]
    assert "free-shipping" not in {one.perk.key for one in held(demo, gold, None)}
    both = demo.model_copy(
        update={"tiers": tuple(t.model_copy(update={"perks": ("free-shipping",)}) for t in demo.tiers)}
    )
    assert [one.source for one in held(both, both.tier("gold"), plus) if one.perk.key == "free-shipping"] == [
        "tier:gold"
    ]


INSTANT = datetime(2026, 10, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "at", "why"),
    [
        ({"from": date(2026, 10, 6), "until": date(2026, 10, 7)}, INSTANT, None),
        ({"from": date(2026, 10, 6), "until": date(2026, 10, 7)}, INSTANT + timedelta(days=1), None),
        ({"from": date(2026, 10, 6), "until": date(2026, 10, 7)}, INSTANT - timedelta(days=1), "time"),
        ({"from": date(2026, 10, 6), "until": date(2026, 10, 7)}, INSTANT + timedelta(days=2), "time"),
        ({"from": INSTANT}, INSTANT - timedelta(seconds=1), "time"),
        ({"from": INSTANT}, INSTANT, None),
        ({"until": INSTANT}, INSTANT - timedelta(seconds=1), None),
        ({"until": INSTANT}, INSTANT, "time"),
    ],
)
def test_a_perk_holds_in_its_window_days_whole_and_instants_to_the_second(window, at, why):
    found = take_off((off(10, **window),), basket(Item("1", 1000), at=at))
    assert found.why_not.get("off-10") == why
    assert ("1" in found.by_line) == (why is None)


@pytest.mark.parametrize("kind", ["benefit", "early-access", "event", "service", "partner", "financing"])
def test_what_people_keep_is_no_part_of_a_quote(kind):
    kept = Held(Perk(key="kept", label="Kept", kind=kind), "tier:gold")
    assert not kept.is_taken_off
    assert take_off((kept,), basket(Item("1", 1000), shipping=300)).total_minor == 0


def reward(kind: str, **more: object) -> Reward:
    made = {"key": "for-life", "label": "A tenth off, for life", "price": 5000, "kind": kind, **more}
    return Reward.model_validate(made, context={"currency": "USD"})


def test_a_permanent_discount_is_a_perk_from_then_on_and_the_best_one_counts():
    mine = discounts([(reward("permanent-discount", percent=10), "line-7"), (reward("thing"), "line-8")])
    assert [(one.perk.key, one.source) for one in mine] == [("for-life", "reward:line-7")]
    assert amounts((*mine, off(5)), basket(Item("1", 1000), Item("2", 500, kind="gift-card"))) == (
        {"1": 100},
        0,
    )
    assert take_off((*mine, off(20)), basket(Item("1", 1000))).why_not == {"for-life": "beaten"}


@pytest.mark.parametrize(("amount", "taken"), [(1999, 0), (2000, 200)])
def test_a_permanent_discount_keeps_its_minimum(amount, taken):
    mine = discounts([(reward("permanent-discount", percent=10, minimum="20.00"), "r")])
    assert take_off(mine, basket(Item("1", amount))).total_minor == taken


def test_a_permanent_discount_on_some_things_leaves_the_others_alone():
    toys = discounts([(reward("permanent-discount", percent=10, categories=("toys",)), "r")])
    lines = basket(Item("1", 1000, category="toys"), Item("2", 1000, category="books"), Item("3", 1000))
    assert amounts(toys, lines) == ({"1": 100}, 0)
    assert take_off(toys, basket(Item("2", 1000, category="books"))).why_not == {"for-life": "lines"}
    acme = discounts([(reward("permanent-discount", percent=10, brands=("acme", "main")), "r")])
    lines = basket(Item("1", 1000, brand="acme"), Item("2", 1000, brand="other"), Item("3", 1000))
    assert amounts(acme, lines) == ({"1": 100, "3": 100}, 0), "a line without a brand has its shop's"
