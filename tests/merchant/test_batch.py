"""Many orders in one body: one answer or problem each, in order, and each applied by itself."""

import pytest

from tests import make
from tests.merchant.conftest import Api, sound, written


def item(number: str, *amounts: str, **changes: object) -> dict[str, object]:
    """One order of a batch."""
    return {"id": number} | make.order(*amounts, **changes)  # type: ignore[arg-type]


@pytest.mark.both_engines
def test_each_order_of_a_batch_is_answered_in_its_place(one_a_pound, api: Api, anna):
    api.put("/members/b-1", make.member("bea@example.com"))
    sent = [
        item("1", "10.00"),
        item("2", "-1.00"),
        item("3", "5.00", member="nobody"),
        item("4", "7.00", member="b-1"),
        {"version": 1},
        item("6", "3.00"),
        "seven",
        item("1", "10.00"),
    ]
    results = api.post("/orders/batch", {"orders": sent})["results"]
    assert [result.get("code") or result["points"]["kept"] for result in results] == [
        *(10, "bad_value", "unknown_member", 7, "missing_field", 3, "bad_value", 10),
    ]
    assert results[1]["id"] == "2"
    assert results[1]["errors"][0]["pointer"] == "/orders/1/lines/0/amount"
    assert results[2]["errors"][0]["pointer"] == "/orders/2/member/id"
    assert results[4]["errors"][0]["pointer"] == "/orders/4/id"
    assert results[7] == results[0]
    assert (api.points("c-1")["available"], api.points("b-1")["available"]) == (13, 7)
    sound()


@pytest.mark.both_engines
def test_the_same_batch_again_answers_alike_and_writes_nothing(one_a_pound, api: Api, anna):
    sent = {"orders": [item(str(number), "10.00") for number in range(120)]}
    first = api.post("/orders/batch", sent)
    before = written()
    again = api.ask("POST", "/orders/batch", json=sent, headers={"Idempotency-Key": "batch-1"})
    assert again.json == first
    assert written() == before


def test_an_order_in_a_batch_is_the_same_as_the_order_alone(one_a_pound, api: Api, anna):
    alone = api.put("/orders/1", make.order("10.00"))
    assert api.post("/orders/batch", {"orders": [item("1", "10.00")]})["results"] == [alone]


def test_two_states_of_one_order_count_in_the_order_they_were_sent(one_a_pound, api: Api, anna):
    api.put("/members/a-1", make.member("bea@example.com"))
    sent = [item("1", "10.00"), item("1", "10.00", version=2, member="a-1"), item("1", "10.00", version=1)]
    results = api.post("/orders/batch", {"orders": sent})["results"]
    assert [result.get("code") or result["member"] for result in results] == ["c-1", "a-1", "stale_version"]
    assert (api.points("c-1")["available"], api.points("a-1")["available"]) == (0, 10)


def test_more_than_five_hundred_orders_are_refused_whole(one_a_pound, api: Api, anna):
    before = written()
    told = api.post("/orders/batch", {"orders": [item(str(n), "1.00") for n in range(501)]}, 422)
    assert told["errors"][0]["pointer"] == "/orders"
    assert written() == before


@pytest.mark.parametrize("body", [{}, {"orders": {}}, {"orders": None}, []])
def test_a_batch_that_is_none_is_refused(one_a_pound, api: Api, body):
    api.post("/orders/batch", body, 422)


def test_an_empty_batch_has_no_results(one_a_pound, api: Api):
    assert api.post("/orders/batch", {"orders": []}) == {"results": []}


def test_a_batch_may_be_larger_than_a_single_order_but_not_without_end(one_a_pound, api: Api, anna):
    large = [item(str(n), "1.00") | {"note": "x" * 4000} for n in range(400)]
    assert len(api.post("/orders/batch", {"orders": large})["results"]) == 400
    endless = [item(str(n), "1.00") | {"note": "x" * 10_000} for n in range(450)]
    assert api.post("/orders/batch", {"orders": endless}, 413)["code"] == "too_large"
