"""Product cases by number (product.md, "The least that its tests must show"), through the shop's API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import simple, sound

REWARD = '[[rewards]]\nkey = "fifty"\nlabel = "Fifty"\nprice = 50\nkind = "thing"\n'
TIERS = (
    '[tier_rules]\nperiod = "calendar-year"\n'
    '[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "spend", amount = "500.00" }]\n'
)
pytestmark = pytest.mark.both_engines


def gave_back(*amounts: str) -> list[dict[str, Any]]:
    """Refunds of the first line, one for each amount."""
    return [
        {"id": f"r{number}", "at": "2026-06-10T09:10:00Z", "lines": [{"id": "1", "amount": amount}]}
        for number, amount in enumerate(amounts, 1)
    ]


def without_rule() -> str:
    """The programme with its one rule taken out."""
    before, _, after = simple(1).partition("[[earn]]")
    return before + after[after.index("[[tiers]]") :]


def test_least_1_a_refund_takes_exactly_what_its_order_gave_whatever_the_rules_are_by_then(
    one_a_pound, publish, api, anna
):
    for number in ("1", "2"):
        assert api.put(f"/orders/{number}", make.order("50.00"))["points"]["kept"] == 50
    publish(simple(2))
    refunded = api.put("/orders/1", make.order("50.00", version=2, refunds=gave_back("50.00")))
    assert refunded["points"] == {"earned": 50, "pending": 0, "reversed": 50, "kept": 0}
    publish(without_rule())
    refunded = api.put("/orders/2", make.order("50.00", version=2, refunds=gave_back("50.00")))
    assert refunded["points"] == {"earned": 50, "pending": 0, "reversed": 50, "kept": 0}
    assert api.points()["available"] == 0
    sound()


def test_least_2_two_refunds_of_one_order_take_their_own_parts(one_a_pound, api, anna):
    api.put("/orders/1", make.order("100.00"))
    first = api.put("/orders/1", make.order("100.00", version=2, refunds=gave_back("40.00")))
    second = api.put("/orders/1", make.order("100.00", version=3, refunds=gave_back("40.00", "60.00")))
    assert (first["points"]["kept"], second["points"]["kept"]) == (60, 0)
    changes = [entry["change"]["available"] for entry in api.get("/members/c-1/entries")["entries"]]
    assert changes == [-60, -40, 100]
    sound()


def test_least_3_a_refund_of_what_was_spent_is_owed_and_the_next_earnings_fill_it(publish, key, clock):
    publish(simple(1) + REWARD)
    api = key("orders", "members", "read", "redeem")
    api.put("/members/c-1", make.member())
    api.put("/orders/1", make.order("50.00"))
    api.post("/members/c-1/redemptions", {"reward": "fifty"})
    api.put("/orders/1", make.order("50.00", version=2, status="cancelled"))
    assert (api.points()["available"], api.points()["owed"]) == (0, 50)
    assert api.post("/members/c-1/redemptions", {"reward": "fifty"}, 422)["code"] == "owes_points"
    api.put("/orders/2", make.order("80.00"))
    assert (api.points()["available"], api.points()["owed"]) == (30, 0)
    sound()


def test_least_5_one_order_is_one_award_however_often_and_in_whatever_order_it_is_told(
    one_a_pound, api, anna
):
    states = [
        make.order("50.00", version=1), make.order("50.00", version=2, status="cancelled"),
        make.order("50.00", version=3, status="fulfilled"),
    ]  # fmt: skip
    calls = [states[number % 3] for number in range(30)]
    with ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(lambda body: api.ask("PUT", "/orders/1", json=body).status_code, calls))
    assert statuses <= {200, 409}, "told at once and out of turn: taken, or refused as old"
    assert api.put("/orders/1", states[2])["points"]["kept"] == 50
    assert api.points()["available"] == 50
    sound()


def test_least_9_spending_and_a_big_return_leave_the_tier_until_the_review(publish, key, clock):
    from portal import clock as portal_clock
    from portal import nightly

    publish(simple(1) + REWARD + TIERS)
    api = key("orders", "members", "read", "redeem")
    api.put("/members/c-1", make.member())
    api.put("/orders/1", make.order("500.00"))
    assert api.get("/members/c-1")["tier"]["key"] == "gold"
    for _ in range(10):
        api.post("/members/c-1/redemptions", {"reward": "fifty"})
    assert (api.points()["available"], api.get("/members/c-1")["tier"]["key"]) == (0, "gold")
    api.put("/orders/1", make.order("500.00", version=2, refunds=gave_back("450.00")))
    assert api.get("/members/c-1")["tier"]["key"] == "gold"
    clock.move_to("2027-01-01T00:00:01Z")
    nightly.run(portal_clock.now())
    assert api.get("/members/c-1")["tier"]["key"] == "member"
    sound()
