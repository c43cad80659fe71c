"""The same order told many times at once, and batches across each other: one award, nothing lost."""

import contextvars
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import make
from tests.merchant.conftest import Api, sound

pytestmark = pytest.mark.both_engines


def at_once(asks: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them in eight threads; what each answered."""
    with ThreadPoolExecutor(8) as pool:
        return [f.result() for f in [pool.submit(contextvars.Context().run, ask) for ask in asks]]


def test_the_same_order_ten_times_at_once_is_one_award(one_a_pound, api: Api, anna):
    body = make.order("30.00")
    answers = at_once([lambda: api.put("/orders/1", body)] * 10)
    assert all(answer == answers[0] for answer in answers)
    assert api.points()["available"] == 30
    sound()


def test_versions_in_any_order_at_once_end_in_the_newest(one_a_pound, api: Api, anna):
    versions = [
        *((1, {"status": "pending"}), (2, {}), (3, {"status": "cancelled"}), (4, {})),
        (5, {"refunds": [make.refund("12.00")]}),
    ] * 2
    random.Random(7).shuffle(versions)
    bodies = [make.order("30.00", version=version, **changes) for version, changes in versions]

    def tell(body: Any) -> int:
        return api.ask("PUT", "/orders/1", json=body).status_code

    statuses = at_once([lambda body=body: tell(body) for body in bodies])
    assert set(statuses) <= {200, 409}
    assert tell(make.order("30.00", version=5, refunds=[make.refund("12.00")])) == 200
    assert api.get("/orders/1")["points"]["kept"] == 18
    assert api.points()["available"] == 18
    sound()


def test_the_same_member_joins_once(demo, api: Api):
    answers = at_once([lambda: api.put("/members/c-1", make.member())] * 8)
    assert {answer["points"]["earned"] for answer in answers} == {100}
    sound()


def test_batches_across_each_other_finish_and_add_up(one_a_pound, api: Api):
    for number in range(6):
        api.put(f"/members/c-{number}", make.member(f"m{number}@example.com"))
    orders = [
        {"id": f"{number}-{turn}", **make.order("10.00", member=f"c-{number}")}
        for number in range(6)
        for turn in range(5)
    ]
    shuffled = [random.Random(seed).sample(orders, len(orders)) for seed in range(6)]
    answers = at_once(
        [lambda batch=batch: api.post("/orders/batch", {"orders": batch}) for batch in shuffled]
    )
    assert {result["points"]["kept"] for answer in answers for result in answer["results"]} == {10}
    assert [api.points(f"c-{number}")["available"] for number in range(6)] == [50] * 6
    sound()
