"""Whatever is done in whatever order, points, codes, uses and stock agree, and nothing is lost."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import nightly, rewards
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.rewards.conftest import give, sound, take, undo, use

REWARDS = ("coffee", "ten-off", "slider", "evening", "last-one")
WHICH = st.integers(0, 7)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(REWARDS), st.sampled_from([None, 50, 100])),
        st.tuples(st.just("give"), st.sampled_from([100, 1000]), st.sampled_from([5, 40, 400])),
        st.tuples(st.just("issue"), st.just("thanks"), st.none()),
        st.tuples(st.just("undo"), WHICH, st.none()),
        st.tuples(st.just("use"), WHICH, st.sampled_from([None, 30, 50, 400])),
        st.tuples(st.just("order"), WHICH, st.sampled_from(["0.00", "0.40", "10.00"])),
        st.tuples(st.just("cancel"), st.integers(0, 3), st.none()),
        st.tuples(st.just("take back"), st.sampled_from([50, 700]), st.none()),
        st.tuples(st.just("days"), st.sampled_from([1, 100, 366]), st.none()),
    ),
    min_size=4,
    max_size=25,
)


@pytest.mark.usefixtures("anna")
@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_any_history_leaves_books_that_agree(app, steps):
    ref = f"m-{shop.rows('member')}"
    member = shop.join(ref)
    held: list[rewards.Taken] = []
    orders: list[tuple[str, list[str], str]] = []
    at = make.NOW
    for number, (what, which, more) in enumerate(steps):
        name = f"{ref}/{number}"
        try:
            if what == "take":
                held.append(take(member, which, name, points=more if which == "slider" else None, at=at))
            elif what == "give":
                shop.give(member, which, name, ref=name, expires_on=at.date() + timedelta(days=more))
            elif what == "issue":
                held.append(give(member, at=at))
            elif what == "take back":
                shop.take_back(member, which, name, ref=name)
            elif what == "days":
                at += timedelta(days=which)
                nightly.run(at)
            elif what == "cancel" and orders:
                order, codes, paid = orders[which % len(orders)]
                shop.tell("20.00", number=order, member=ref, codes=codes, paid_by_rewards=paid, version=2,
                          status="cancelled", at=at)  # fmt: skip
            elif held and what in ("undo", "use", "order"):
                found = held[which % len(held)]
                if what == "undo":
                    undo(member, found.id, at)
                elif what == "use":
                    use(found, name, more, at=at)
                else:
                    codes = [found.code, held[0].code]
                    shop.tell("20.00", number=name, member=ref, codes=codes, paid_by_rewards=more, at=at)
                    orders.append((name, codes, more))
        except Refused:
            pass  # nothing was written; the books say so below
    sound()
    wallet = shop.wallet(member)
    now = [rewards.by_id(one.id, at.date()) for one in held]
    spent = sum(one.points for one in now if one is not None and not is_back(one))
    assert wallet.spent == spent
    assert wallet.available + wallet.pending - wallet.owed == wallet.earned - wallet.spent - wallet.expired


def is_back(one: rewards.Taken) -> bool:
    """Whether the points of a reward came back."""
    return one.state == "undone" or (
        one.state == "expired" and not rewards.uses(one.member_id, one.id) and one.points > 0
    )
