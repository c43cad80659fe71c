"""Rewards and who is in a member's card without being her: the day's limit, the stop, the wait."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from portal import ledger, people, rewards
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.rewards.rules import is_like_money, worth_minor
from tests import make
from tests.ledger import shop
from tests.rewards.conftest import give, sound, undo
from tests.rewards.conftest import take as take_for_shop

both_engines = pytest.mark.both_engines
NOW, SECOND = make.NOW, timedelta(seconds=1)
MIDNIGHT = datetime(2026, 6, 10, 23, 0, tzinfo=UTC)  # of the programme's day, which is London's
LIMIT = '\n[safety]\nbasic_daily = "{}"\n'
MORE = """
[[rewards]]
key = "card"
label = "A card of the shop"
price = 100
kind = "gift-card"

[[rewards]]
key = "voucher"
label = "Ten off for little"
price = 100
kind = "money-off"
value = "10.00"
"""


@pytest.fixture
def publish_safe(anna: str) -> Callable[[str], None]:
    """The shop's programme with a limit of a day."""

    def publish(limit: str) -> None:
        from tests.rewards.conftest import REWARDS

        shop.publish(REWARDS, MORE, LIMIT.format(limit), shop.tiers("200.00"))

    return publish


def take(member_id: str, reward: str, ref: str, proof: datetime | None = None, at: datetime = NOW, **more):
    """She takes it herself."""
    return transact(
        lambda: rewards.redeem(member_id, reward, ref=ref, at=at, actor="member", proof=proof, **more)
    )


def refused(verb) -> str:
    with pytest.raises(Refused) as caught:
        verb()
    return caught.value.code


@pytest.mark.parametrize(
    ("reward", "points", "worth", "like_money"),
    [
        ("ten-off", 1000, 1000, True),
        ("voucher", 100, 1000, True),  # what it takes off, however few points it costs
        ("slider", 350, 350, True),
        ("card", 100, 100, True),
        ("coffee", 100, 100, False),
        ("silver-only", 10, 10, False),
    ],
)
def test_what_a_reward_is_worth_and_which_are_as_good_as_money(
    publish_safe, reward, points, worth, like_money
):
    publish_safe("25.00")
    active = programmes.active()[1]
    found = active.reward(reward)
    assert (worth_minor(found, points, active), is_like_money(found)) == (worth, like_money)


@both_engines
def test_a_day_s_limit_is_reached_to_the_penny_and_then_asks_for_a_proof(anna, publish_safe):
    publish_safe("12.50")
    take(anna, "ten-off", "a")
    take(anna, "slider", "b", points=250)
    before = ledger.wallet(anna)
    assert refused(lambda: take(anna, "last-one", "c")) == "proof_needed"
    assert ledger.wallet(anna) == before
    assert take(anna, "slider", "b", points=250).repeated, "what stands is answered without one"
    sound()


@both_engines
def test_one_penny_above_the_limit_asks_for_a_proof_and_by_one_it_goes_once(anna, publish_safe):
    publish_safe("9.99")
    assert refused(lambda: take(anna, "ten-off", "a")) == "proof_needed"
    assert (
        refused(lambda: take(anna, "ten-off", "a", proof=NOW - timedelta(minutes=5) - SECOND))
        == "proof_needed"
    )
    first = take(anna, "ten-off", "a", proof=NOW - timedelta(minutes=5))
    again = take(anna, "ten-off", "a", at=NOW + timedelta(hours=1))
    assert (again.id, again.repeated, first.repeated) == (first.id, True, False)
    assert shop.buckets(anna) == (1000, 0, 0)
    sound()


@both_engines
def test_the_limit_begins_anew_at_midnight_and_what_is_undone_makes_room(anna, publish_safe):
    publish_safe("10.00")
    take(anna, "ten-off", "a", at=MIDNIGHT - SECOND)
    assert refused(lambda: take(anna, "coffee", "b", at=MIDNIGHT - SECOND)) == "proof_needed"
    undo(anna, "a", at=MIDNIGHT - SECOND)
    take(anna, "ten-off", "c", at=MIDNIGHT - SECOND)
    take(anna, "slider", "d", points=500, at=MIDNIGHT)
    undo(anna, "c", at=MIDNIGHT)
    take(anna, "slider", "e", points=500, at=MIDNIGHT)
    assert refused(lambda: take(anna, "slider", "f", points=50, at=MIDNIGHT)) == "proof_needed"
    sound()


@both_engines
def test_of_many_taps_at_once_no_more_than_the_limit_goes_without_a_proof(anna, publish_safe, app):
    publish_safe("2.50")
    answers = shop.at_once(app, [lambda n=n: take(anna, "coffee", f"r{n}") for n in range(12)])
    codes = [one.code for one in answers if isinstance(one, Refused)]
    assert codes == ["proof_needed"] * 10
    assert shop.buckets(anna) == (1800, 0, 0)
    sound()


@both_engines
def test_a_stop_and_taps_at_once_leave_each_tap_whole_or_undone(anna, publish_safe, app):
    publish_safe("90.00")
    taps = [lambda n=n: take(anna, "coffee", f"r{n}") for n in range(8)]

    def stop() -> None:
        ledger.lock(anna)
        people.freeze(anna, NOW)

    answers = shop.at_once(app, [*taps[:4], lambda: transact(stop), *taps[4:]])
    refusals = [one for one in answers if isinstance(one, Refused)]
    assert {one.code for one in refusals} <= {"stopped"}
    assert shop.rows("redemption") == 8 - len(refusals)
    assert shop.buckets(anna) == (2000 - 100 * (8 - len(refusals)), 0, 0)
    sound()


def test_a_shops_till_is_asked_for_no_proof_and_what_it_takes_counts(anna, publish_safe):
    publish_safe("10.00")
    take_for_shop(anna, "ten-off", ref="till")
    assert refused(lambda: take(anna, "coffee", "b")) == "proof_needed"


def test_what_cannot_be_had_anyway_asks_for_no_proof(anna, publish_safe):
    publish_safe("0")
    assert refused(lambda: take(anna, "silver-only", "a")) == "not_allowed_by_tier"
    take_for_shop(anna, "last-one", ref="b")
    assert refused(lambda: take(anna, "last-one", "c")) == "out_of_stock"


@both_engines
def test_while_it_is_stopped_nothing_is_taken_and_everything_comes_in(anna):
    kept = take(anna, "coffee", "a")
    transact(lambda: people.freeze(anna, NOW))
    before = ledger.wallet(anna)
    assert refused(lambda: take(anna, "coffee", "b", proof=NOW)) == "stopped"
    assert refused(lambda: take_for_shop(anna, "coffee", ref="c")) == "stopped"
    assert ledger.wallet(anna) == before
    shop.give(anna, 50, key="more")
    assert give(anna).state == "available"
    assert undo(anna, "a").state == "undone"
    assert kept.points == 100
    transact(lambda: people.lift_freeze(anna))
    assert take(anna, "coffee", "b").state == "available"
    sound()


@both_engines
def test_what_is_as_good_as_money_waits_to_the_second_and_a_coffee_does_not(anna, publish_safe):
    publish_safe("90.00")
    until = transact(lambda: people.begin_wait(anna, NOW))
    for reward in ("ten-off", "card", "voucher"):
        assert refused(lambda reward=reward: take(anna, reward, "a", proof=NOW)) == "must_wait"
    assert refused(lambda: take(anna, "slider", "s", points=50, at=until - SECOND)) == "must_wait"
    take(anna, "coffee", "b")
    take(anna, "slider", "s", points=50, at=until)
    sound()
