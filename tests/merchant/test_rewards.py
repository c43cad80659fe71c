"""Rewards through the shop's API: taken, undone, shown at the till, used in parts, and not to be guessed."""

import pytest
from jsonschema_rs import Draft202012Validator

from portal import rewards
from portal.merchant import views
from tests import make
from tests.merchant.conftest import Api, sound, written


@pytest.fixture
def till(demo, key) -> Api:
    """A key that may redeem, and a member with 1,700 points, known as c-1."""
    api: Api = key("orders", "members", "read", "redeem")
    api.put("/members/c-1", make.member(joined_at="2026-01-01T00:00:00Z"))
    api.put("/orders/old", make.order("320.00", placed_at="2026-05-01T09:00:00Z"))
    assert api.points()["available"] == 1700
    return api


def take(till: Api, reward: str = "ten-off", status: int = 200, key: str | None = None, **body) -> dict:
    """Take a reward for c-1."""
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = till.ask("POST", "/members/c-1/redemptions", json={"reward": reward, **body}, headers=headers)
    return till._told(answer, status)


def rewards_sound() -> None:
    sound()
    assert rewards.faults() == []


def test_the_catalogue_says_what_a_reward_costs_and_how_many_are_left(till):
    told = {one["key"]: one for one in till.get("/rewards")["rewards"]}
    assert [one["price"] for one in told.values()] == sorted(one["price"] for one in told.values())
    assert told["ten-off"]["value"] == {"amount": "10.00", "currency": "GBP"}
    assert told["makers-evening"]["stock"] == {"of": 12, "left": 12}
    assert (told["makers-evening"]["tiers"][0], told["makers-evening"]["limit"]["count"]) == ("silver", 2)
    assert "friend-five" not in told, "it is only ever given"
    take(till, "makers-evening")
    told = {one["key"]: one for one in till.get("/rewards")["rewards"]}
    assert told["makers-evening"]["stock"]["left"] == 11


def test_a_reward_is_taken_and_undone(till):
    taken = take(till)
    assert (taken["state"], taken["points"], taken["member"]) == ("available", 1000, "c-1")
    assert taken["value"] == taken["left"] == {"amount": "10.00", "currency": "GBP"}
    assert len(taken["code"].split("-")) == 4
    assert till.points()["available"] == 700
    undone = till._told(till.ask("DELETE", f"/redemptions/{taken['id']}"), 200)
    assert (undone["state"], undone["code"]) == ("undone", None)
    assert till._told(till.ask("DELETE", f"/redemptions/{taken['ref']}"), 200) == undone
    points = till.points()
    assert (points["available"], points["spent"]) == (1700, 0)
    kinds = [entry["kind"] for entry in till.get("/members/c-1/entries")["entries"]]
    assert kinds[:2] == ["undone", "redeemed"]
    rewards_sound()


def test_attack_3_a_key_is_one_wish_of_one_shop_for_one_member(till, key):
    first = take(till, "free-coffee", key="k-1")
    assert take(till, "free-coffee", key="k-1") == first
    assert take(till, "five-off", 409, key="k-1")["code"] == "conflict"
    till.put("/members/c-2", make.member("bea@example.com", joined_at="2026-01-01T00:00:00Z"))
    till.put("/orders/2", make.order("100.00", member="c-2", placed_at="2026-05-01T09:00:00Z"))
    headers = {"Idempotency-Key": "k-1"}
    other = till.ask("POST", "/members/c-2/redemptions", json={"reward": "free-coffee"}, headers=headers)
    assert other.json["id"] != first["id"]
    elsewhere = key("redeem", shop="north")
    assert take(elsewhere, "free-coffee", key="k-1")["id"] != first["id"]
    assert take(till, "free-coffee")["id"] != take(till, "free-coffee")["id"]
    rewards_sound()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reward": "nothing"}, 422, "unknown_key"), ({"reward": "friend-five"}, 422, "not_allowed"),
        ({"reward": "ten-off", "points": 999}, 422, "bad_value"),
        ({"reward": "ten-off", "points": 0}, 422, "bad_value"),
        ({"reward": "ten-off", "points": -1}, 422, "bad_value"),
        ({"reward": "ten-off", "points": "1000"}, 422, "bad_value"),
        ({"reward": "ten-off", "points": 1.5}, 422, "bad_value"),
        ({"reward": "ten-off", "points": 2**63}, 422, "bad_value"),
        ({"reward": ["ten-off"]}, 422, "bad_value"), ({}, 422, "missing_field"),
    ],
)  # fmt: skip
def test_attack_8_nonsense_buys_nothing(till, body, status, code):
    before = written()
    assert till.post("/members/c-1/redemptions", body, status)["code"] == code
    assert written() == before


def test_nobody_takes_for_a_stranger_or_with_a_key_that_may_not(till, key):
    assert till.post("/members/c-9/redemptions", {"reward": "ten-off"}, 404)["code"] == "unknown_member"
    reader = key("read", "orders", "members")
    assert reader.post("/members/c-1/redemptions", {"reward": "ten-off"}, 403)["code"] == "missing_scope"
    assert reader.get("/codes/AAAA-AAAA-AAAA-AAAA", 403)["code"] == "missing_scope"
    assert reader.get("/rewards")["rewards"]


def test_too_few_points_are_told_as_what_there_is(till):
    take(till)
    told = take(till, "ten-off", 422)
    assert (told["code"], told["detail"]) == (
        "not_enough_points", "1000 points are needed, 700 are available.",
    )  # fmt: skip


def test_a_till_asks_what_a_code_is_good_for(till):
    code = take(till)["code"]
    told = till.get(f"/codes/{code.lower().replace('-', ' ')}?amount=12.00&currency=GBP")
    assert (told["valid"], told["why_not"], told["kind"]) == (True, None, "money-off")
    assert till.get(f"/codes/{code}?amount=1.234", 422)["code"] == "too_precise"
    assert till.get(f"/codes/{code}?amount=-1", 422)["code"] == "bad_value"
    assert till.get(f"/codes/{code}?amount=1&currency=XTS", 422)["code"] == "unknown_currency"
    before = written()
    till.get(f"/codes/{code}")
    assert written() == before


def test_a_code_is_not_valid_below_its_minimum(till, app):
    from portal import people
    from portal.db import transact

    member = people.by_ref("c-1")
    given = transact(
        lambda: rewards.issue(member.id, "friend-five", reason="referral", at=make.NOW, actor="test")
    )
    told = till.get(f"/codes/{given.code}?amount=19.99")
    assert (told["valid"], told["why_not"], told["minimum"]["amount"]) == (False, "below_minimum", "20.00")
    assert till.get(f"/codes/{given.code}?amount=20.00")["valid"]


def test_a_money_code_is_used_in_parts_and_the_same_order_twice_is_once(till):
    code = take(till)["code"]
    first = till.post(f"/codes/{code}/uses", {"order": "1", "amount": "4.00"})
    assert (first["used"]["amount"], first["left"]["amount"], first["state"]) == ("4.00", "6.00", "available")
    assert till.post(f"/codes/{code}/uses", {"order": "1", "amount": "4.00"}) == first
    assert till.post(f"/codes/{code}/uses", {"order": "1", "amount": "5.00"}, 409)["code"] == "conflict"
    assert till.post(f"/codes/{code}/uses", {"order": "2", "amount": "6.01"}, 422)["code"] == "bad_value"
    assert till.post(f"/codes/{code}/uses", {"order": "2"})["state"] == "used"
    assert till.post(f"/codes/{code}/uses", {"order": "3"}, 409)["code"] == "already_used"
    assert till.get(f"/codes/{code}")["why_not"] == "already_used"
    rewards_sound()


def test_a_used_code_is_not_undone(till):
    taken = take(till, "free-coffee")
    used = till.post(f"/codes/{taken['code']}/uses", {"order": "9"})
    assert (used["used"], used["left"], used["state"]) == (None, None, "used")
    assert till._told(till.ask("DELETE", f"/redemptions/{taken['id']}"), 409)["code"] == "already_used"
    assert till._told(till.ask("DELETE", "/redemptions/nothing"), 404)["code"] == "unknown_key"


def test_an_order_says_what_became_of_its_codes_and_keeps_them_masked(till):
    code = take(till)["code"]
    order = make.order("30.00", paid_by_rewards="4.00", codes=[code, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"])
    told = till.put("/orders/1182", order)
    good, bad = told["codes"]
    assert (good["used"], good["amount"], good["left"], bad["used"], bad["problem"]) == (
        True, "4.00", "6.00", False, "unknown_code",
    )  # fmt: skip
    assert till.put("/orders/1182", order) == told
    kept = till.get("/orders/1182")
    assert kept["codes"] == told["codes"]
    assert code not in str(kept)
    assert code[-4:] in kept["state"]["codes"][0]
    assert till.post("/orders/batch", {"orders": [{"id": "1182", **order}]})["results"] == [told]
    till.put("/orders/1182", order | {"version": 2, "status": "cancelled"})
    assert till.points()["available"] == 1700
    rewards_sound()


def test_attack_37_guessing_is_uniform_and_limited(till, key, monkeypatch):
    guesser = key("redeem")
    answers = set()
    for number in range(views.MISSES_PER_MINUTE):
        answer = guesser.ask("GET", f"/codes/AAAA-AAAA-AAAA-{number:04}")
        answers.add((answer.status_code, answer.json["code"], answer.json["detail"]))
    assert answers == {(404, "unknown_code", "There is no such code.")}
    code = take(till)["code"]
    for path in ("/codes/AAAA-AAAA-AAAA-AAAA", f"/codes/{code}"):
        limited = guesser.ask("GET", path)
        assert (limited.status_code, limited.json["code"]) == (429, "too_many_requests")
        assert int(limited.headers["Retry-After"]) > 0
    assert guesser.post(f"/codes/{code}/uses", {"order": "1"}, 429)
    assert till.get(f"/codes/{code}")["valid"], "who does not guess is not kept waiting"


def test_real_answers_are_as_described(till):
    document = till.client.get("/api/v1/openapi.json").json
    operations = {o["operationId"]: o for methods in document["paths"].values() for o in methods.values()}
    taken = take(till, "five-off")
    answers = {
        "get_rewards": till.get("/rewards"),
        "post_redemption": taken,
        "get_code": till.get(f"/codes/{taken['code']}?amount=3.00"),
        "post_code_use": till.post(f"/codes/{taken['code']}/uses", {"order": "1", "amount": "1.00"}),
        "delete_redemption": till._told(
            till.ask("DELETE", f"/redemptions/{take(till, 'free-coffee')['id']}"), 200
        ),
        "put_order": till.put("/orders/2", make.order("30.00", codes=[taken["code"]])),
    }
    for name, answer in answers.items():
        schema = operations[name]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": document["components"]}).validate(answer)
