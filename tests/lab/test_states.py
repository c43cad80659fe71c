"""The states of everybody, read together, are those that each has by herself."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal import earning, joining, merchant, people, rewards
from portal.db import transact
from tests import make

pytestmark = pytest.mark.both_engines
NAMES = ("c-3", "c-1", "c-5", "c-2", "c-4")


@pytest.mark.parametrize("programme", ["demo", "smile-classic"])
def test_states_read_together_are_those_read_one_by_one(
    programme: str, use: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(merchant.state, "AT_ONCE", 2)
    use(programme)
    currency = {"demo": "GBP", "smile-classic": "USD"}[programme]
    for number, ref in enumerate(NAMES):
        put(ref, birthday="06-14" if number % 2 else None)
        for order in range(number):
            buys(ref, f"{number}-{order}", currency, days_ago=40 * order)
    last = people.by_ref(NAMES[-1]).id
    reward, points = {"demo": ("free-coffee", None), "smile-classic": ("money-off", 100)}[programme]
    transact(lambda: rewards.redeem(last, reward, points=points, ref="r-1", at=make.NOW, actor="test"))
    states = list(merchant.member_states(make.NOW))
    assert sorted(state["member"] for state in states) == sorted(NAMES)
    assert states == [merchant.member_state(state["member"], make.NOW) for state in states]
    assert any(state["rewards"] for state in states)
    assert len({state["points"]["pending"] + state["points"]["available"] for state in states}) > 2


def test_who_has_left_is_nobody(use: Callable[[str], None]):
    use("demo")
    put("c-1")
    put("c-2")
    left = people.by_ref("c-1")
    transact(lambda: joining.leave(left, now=make.NOW, actor="test"))
    assert [state["member"] for state in merchant.member_states(make.NOW)] == ["c-2"]


def put(ref: str, birthday: str | None = None) -> None:
    body = joining.MemberBody.model_validate(
        {"name": f"Anna {ref[-1]}"} | ({"birthday": birthday} if birthday else {})
    )
    joined_at = make.NOW - timedelta(days=200)
    transact(lambda: joining.put_member(ref, body, source="test", now=joined_at))


def buys(ref: str, number: str, currency: str, days_ago: int) -> None:
    at = make.NOW - timedelta(days=days_ago)
    told = make.order("90.00", member=ref, currency=currency, placed_at=at.isoformat())
    body = earning.OrderBody.model_validate(told)
    transact(lambda: earning.record_order(body, shop="main", number=number, at=at, actor="test"))
