"""POST /quotes: perks by line, shipping, points, what is missing; nothing is written."""

from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import Api, sound, written

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


def test_somebody_who_has_not_joined_is_quoted_as_the_base_tier(demo, api):
    quote = api.post("/quotes", basket(member={"email": "nobody@example.com"}))
    assert (quote["member"], quote["perks"], quote["points"]["earned"]) == (None, [], 500)
    assert api.post("/quotes", basket(member=None))["missing"] == {"tier": None, "goals": []}


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
