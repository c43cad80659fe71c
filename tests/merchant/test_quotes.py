"""POST /quotes: perks by line, shipping, points, what is missing; nothing is written."""

from datetime import timedelta
from typing import Any

import pytest

from portal import billing, earning, people, rewards
from portal.db import transact
from portal.errors import Refused
from tests import make
from tests.merchant.conftest import Api, sound, written

TODAY = make.NOW.date()
LINE = {"id": "1", "amount": "100.00", "category": "home"}


def basket(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A basket of Anna's in the shop."""
    whole = {"member": {"id": "c-1"}, "currency": "GBP", "channel": "store", "lines": list(lines) or [LINE]}
    return whole | changes


def gold(api: Api) -> None:
    """Let Anna spend what makes her Gold."""
    api.put("/orders/o-1", make.order("500.00"))


def test_a_quote_of_a_new_member_says_points_and_the_way_to_the_next_tier(demo, api: Api, anna: str):
    before = written()
    quote = api.post("/quotes", basket(shipping="4.00"))
    assert quote["points"]["earned"] == 500
    assert quote["total"] == {"amount": "104.00", "currency": "GBP"}
    assert quote["lines"] == [
        {"id": "1", "amount": "100.00", "discount": "0.00", "total": "100.00", "perk": None}
    ]
    assert (quote["missing"]["tier"]["tier"], quote["missing"]["tier"]["left_after"]) == ("silver", "100.00")
    assert written() == before


def test_gold_has_five_per_cent_off_in_the_shop_and_the_points_are_those_of_what_is_paid(demo, api, anna):
    gold(api)
    quote = api.post("/quotes", basket())
    assert quote["lines"][0] | {"id": "1"} == {
        "id": "1", "amount": "100.00", "discount": "5.00", "total": "95.00", "perk": "five-in-the-shop",
    }  # fmt: skip
    assert quote["points"]["earned"] == 475
    assert [perk["key"] for perk in quote["perks"] if perk["applied"]] == ["five-in-the-shop"]
    order = make.order(lines=[{"id": "1", "amount": "95.00"}])
    assert api.put("/orders/o-2", order)["points"]["earned"] == 475, "the order earns what the quote promised"


def test_online_the_perk_of_the_shop_says_why_it_does_not_hold(demo, api, anna):
    gold(api)
    quote = api.post("/quotes", basket(channel="online"))
    told = {perk["key"]: perk["why_not"] for perk in quote["perks"]}
    assert told["five-in-the-shop"] == "channel"
    assert quote["discount_total"]["amount"] == "0.00"


def test_the_orders_discount_is_spread_before_a_percentage_is_taken(demo, api, anna):
    gold(api)
    quote = api.post("/quotes", basket(LINE, {"id": "2", "amount": "50.00"}, discount="30.00"))
    assert [line["amount"] for line in quote["lines"]] == ["80.00", "40.00"]
    assert [line["discount"] for line in quote["lines"]] == ["4.00", "2.00"]
    assert quote["total"]["amount"] == "114.00"


def test_after_a_discount_and_a_perk_the_points_are_those_of_the_lines_as_they_are_quoted(
    clock, publish, api
):
    publish("cvs")
    api.put("/members/c-1", make.member())
    transact(lambda: billing.record_plan_change(anna_id(), "carepass-monthly", "started", at=make.NOW))
    lines = (
        {"id": "1", "amount": "100.00", "brand": "cvs-health"},
        {"id": "2", "amount": "100.00", "category": "beauty"},
    )
    quote = api.post(
        "/quotes", basket(*lines, discount="30.00", currency="USD", placed_at="2026-06-10T09:00:00Z")
    )
    totals = [line["total"] for line in quote["lines"]]
    assert totals == ["68.00", "85.00"]
    as_told = [line | {"amount": total} for line, total in zip(lines, totals, strict=True)]
    order = make.order(lines=as_told, currency="USD")
    assert quote["points"]["earned"] == api.put("/orders/o-1", order)["points"]["earned"] == 306
    assert [goal["left_after"] for goal in quote["missing"]["goals"]] == ["0.00"]


def test_somebody_who_has_not_joined_is_quoted_as_the_base_tier(demo, api):
    quote = api.post("/quotes", basket(member={"email": "nobody@example.com"}))
    assert (quote["member"], quote["points"]["earned"]) == (None, 500)
    assert {perk["source"] for perk in quote["perks"]} == {"tier:member"}
    assert quote["missing"]["tier"]["left_after"] == "100.00"
    assert api.post("/quotes", basket(member=None))["missing"] == quote["missing"]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"member": {"id": "c-404"}}, "unknown_member", "/member/id"),
        ({"currency": "USD"}, "unknown_currency", "/currency"),
        ({"discount": "100.01"}, "bad_value", "/discount"),
        ({"lines": [LINE, LINE]}, "bad_value", "/lines/1/id"),
        ({"shipping": "1.001"}, "too_precise", "/shipping"),
        ({"lines": [{"id": "1"}]}, "missing_field", "/lines/0/amount"),
    ],
)
def test_a_basket_that_cannot_be_is_refused_with_its_place(demo, api, anna, change, code, pointer):
    problem = api.post("/quotes", basket(**change), 422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == (code, pointer)
    sound()


# --- all that a member may have

RICH = """
key = "rich"
name = "Rich"
timezone = "Europe/London"
currency = "GBP"
[unit]
value = { points = 1, amount = "0.01" }
[contact]
email = "hello@shop.example"
[orders]
counts = ["shipping"]
[[earn]]
key = "all"
label = "Everything"
points = 1
per = "1.00"
[[earn]]
key = "card"
label = "Card holders"
points = 5
per = "1.00"
when = { attributes = ["store_card"] }
[[multipliers]]
key = "plus"
label = "Plus"
factor = "2"
when = { plans = ["plus"] }
[[campaigns]]
key = "june"
label = "June"
from = 2026-06-01
until = 2026-06-30
bonus = 50
minimum = "40.00"
cap = { per = "month", points = 70 }
[chosen_day]
label = "Your day"
factor = "3"
[[goals]]
key = "tea-month"
label = "Tea in a month"
metric = "spend"
amount = "100.00"
per = "month"
when = { categories = ["tea"] }
gives = { points = 10 }
[[goals]]
key = "three"
label = "Three orders"
metric = "orders"
count = 3
per = "year"
gives = { points = 10 }
[[tiers]]
key = "member"
label = "Member"
[[plans]]
key = "plus"
label = "Plus"
interval = "month"
price = "3.00"
perks = ["free-shipping", "prime-day"]
[[perks]]
key = "free-shipping"
label = "Free delivery"
kind = "free-shipping"
[[perks]]
key = "prime-day"
label = "Half off in October"
kind = "percent-off"
percent = 50
from = 2026-10-06
until = 2026-10-07
[[rewards]]
key = "for-life"
label = "A tenth off for life"
kind = "permanent-discount"
percent = 10
price = 20
"""
TEA = {"id": "1", "amount": "40.00", "category": "tea"}


@pytest.fixture
def rich(clock, publish) -> int:
    """A programme with plan, attribute, chosen day, goals, capped campaign, perks and a permanent discount."""
    return int(publish(RICH))


def anna_id() -> str:
    member = people.by_ref("c-1")
    assert member is not None
    return str(member.id)


def earned(api: Api, *lines: dict[str, Any], **changes: Any) -> int:
    return int(api.post("/quotes", basket(*lines, **changes))["points"]["earned"])


def test_a_quote_promises_what_the_order_then_earns_with_plan_fact_day_and_campaign(rich, api, anna):
    who = anna_id()
    promised = [earned(api, TEA)]
    transact(lambda: people.set_attribute(who, "store_card", True, since=TODAY, until=None, at=make.NOW))
    promised.append(earned(api, TEA))
    transact(lambda: billing.record_plan_change(who, "plus", "started", at=make.NOW))
    promised.append(earned(api, TEA))
    transact(lambda: earning.choose_day(who, TODAY, at=make.NOW))
    promised.append(earned(api, TEA))
    assert promised == [40 + 50, 200 + 50, 400 + 50, 600 + 50]
    before = written()
    earned(api, TEA)
    assert written() == before
    order = make.order(lines=[TEA], placed_at=make.NOW.isoformat())
    assert api.put("/orders/o-1", order)["points"]["earned"] == 650
    assert earned(api, TEA) == 600 + 20, "of the campaign 20 are left"
    sound()


def test_shipping_that_a_perk_takes_off_earns_nothing_where_shipping_counts(rich, api, anna):
    assert earned(api, TEA, shipping="5.00") == 45 + 50
    transact(lambda: billing.record_plan_change(anna_id(), "plus", "started", at=make.NOW))
    quote = api.post("/quotes", basket(TEA, shipping="5.00", paid_by_rewards="44.00"))
    assert (quote["shipping"]["total"], quote["total"]["amount"]) == ("0.00", "40.00")
    assert quote["points"]["earned"] == 0, "rewards pay all that is left to pay"


def test_a_perk_outside_its_window_says_so_and_in_it_takes_off(rich, api, anna):
    transact(lambda: billing.record_plan_change(anna_id(), "plus", "started", at=make.NOW))

    def told(**changes: Any) -> tuple[str, Any, bool]:
        quote = api.post("/quotes", basket(TEA, **changes))
        perk = next(one for one in quote["perks"] if one["key"] == "prime-day")
        return quote["lines"][0]["discount"], perk["why_not"], perk["applied"]

    assert told() == ("0.00", "time", False)
    assert told(placed_at="2026-10-06T00:00:00+01:00") == ("20.00", None, True)
    assert told(placed_at="2026-10-07T23:59:59+01:00") == ("20.00", None, True)
    assert told(placed_at="2026-10-08T00:00:00+01:00") == ("0.00", "time", False)


def test_a_permanent_discount_that_was_bought_is_a_perk_from_then_on(rich, api, anna):
    who = anna_id()
    api.put("/orders/o-1", make.order("20.00"))
    assert api.post("/quotes", basket())["perks"] == []
    transact(lambda: rewards.redeem(who, "for-life", ref="mine", at=make.NOW, actor="test"))
    quote = api.post("/quotes", basket(TEA, {"id": "2", "amount": "50.00", "kind": "gift-card"}))
    assert [line["discount"] for line in quote["lines"]] == ["4.00", "0.00"]
    assert [(one["key"], one["source"], one["applied"]) for one in quote["perks"]] == [
        ("for-life", "reward:mine", True)
    ]
    assert quote["points"]["earned"] == 36, "a gift card earns nothing"
    with pytest.raises(Refused, match="not_allowed"):  # else it could be used for years and given back
        transact(lambda: rewards.undo(who, "mine", at=make.NOW, actor="test"))
    later = make.NOW + timedelta(days=3650)
    assert rewards.by_ref("mine", later.date()).state == "available"


def test_a_quote_says_what_is_missing_for_goals_and_what_would_be_left(rich, api, anna):
    api.put("/orders/o-1", make.order(lines=[TEA], placed_at=make.NOW.isoformat()))
    goals = api.post("/quotes", basket(TEA | {"amount": "59.99"}))["missing"]["goals"]
    assert goals == [
        {"key": "tea-month", "have": "40.00", "need": "100.00", "by": "2026-06-30", "left_after": "0.01"},
        {"key": "three", "have": 1, "need": 3, "by": "2026-12-31", "left_after": 1},
    ]
    goals = api.post("/quotes", basket(LINE))["missing"]["goals"]
    assert [goal["left_after"] for goal in goals] == ["60.00", 1]
    assert (
        api.post("/quotes", basket(TEA | {"amount": "70.00"}))["missing"]["goals"][0]["left_after"] == "0.00"
    )
