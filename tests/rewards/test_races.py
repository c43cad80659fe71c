"""Many at once: what there is for one is had by one, and nobody else pays."""

import pytest

from portal import rewards
from portal.db import transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.ledger.shop import at_once, buckets
from tests.rewards.conftest import sound, state, take, undo, use

pytestmark = pytest.mark.both_engines


def codes(answers: list) -> list[str]:
    """What the refused ones were told, sorted."""
    return sorted({answer.code for answer in answers if isinstance(answer, Refused)})


def test_least_6_twenty_redemptions_of_all_there_is_at_once_one_succeeds(anna, app):
    shop.spend(anna, 1900, kind="donated")
    answers = at_once(app, [lambda n=n: take(anna, ref=f"r{n}") for n in range(20)])
    assert sum(not isinstance(answer, Refused) for answer in answers) == 1
    assert codes(answers) == ["not_enough_points"]
    assert buckets(anna) == (0, 0, 0)
    assert shop.rows("redemption") == 1
    sound()


def test_one_key_many_times_at_once_is_one_code(anna, app):
    answers = at_once(app, [lambda: take(anna) for _ in range(12)])
    assert len({answer.code for answer in answers}) == 1
    assert buckets(anna) == (1900, 0, 0)
    sound()


def test_attack_11_many_members_want_the_last_one_and_one_gets_it(anna, app):
    members = [anna]
    for number in range(2, 25):
        members.append(shop.join(f"c-{number}"))
        shop.give(members[-1], 10)
    wanted = [lambda m=m: take(m, "last-one", f"r-{m}") for m in members]
    answers = at_once(app, wanted)
    winners = [answer.member_id for answer in answers if not isinstance(answer, Refused)]
    assert len(winners) == 1
    assert codes(answers) == ["out_of_stock"]
    paid = [member for member in members if shop.wallet(member).spent]
    assert paid == winners
    sound()


def test_a_limit_holds_against_taps_at_once(anna, app):
    answers = at_once(app, [lambda n=n: take(anna, "evening", f"r{n}") for n in range(10)])
    assert sum(not isinstance(answer, Refused) for answer in answers) == 2
    assert codes(answers) == ["limit_reached"]
    sound()


def test_undo_and_use_at_once_end_in_one_of_the_two(anna, app):
    for number in range(6):
        found = take(anna, ref=f"r{number}")
        before = buckets(anna)[0]
        answers = at_once(app, [lambda f=found: use(f), lambda f=found: undo(anna, f.id)])
        assert sum(isinstance(answer, Refused) for answer in answers) == 1
        ended = state(found).state
        assert buckets(anna)[0] == before + (100 if ended == "undone" else 0)
    sound()


def test_tills_at_once_draw_no_more_than_a_code_has(anna, app):
    found = take(anna, "ten-off")
    answers = at_once(app, [lambda n=n: use(found, f"o{n}", 300) for n in range(8)])
    assert sum(not isinstance(answer, Refused) for answer in answers) == 3
    assert state(found).left_minor == 100
    sound()


def test_two_orders_with_each_others_codes_do_not_stand_in_each_others_way(anna, app):
    bea = shop.join("c-2")
    shop.give(bea, 1000)
    hers, mine = take(anna, ref="a"), take(bea, ref="b")
    answers = at_once(
        app,
        [
            lambda: shop.tell(number="1", member="c-1", codes=[mine.code]),
            lambda: shop.tell(number="2", member="c-2", codes=[hers.code]),
        ],
    )
    assert not codes(answers)
    assert [state(one).state for one in (hers, mine)] == ["used", "used"]
    sound()


def test_expiring_and_taking_at_once_gives_the_points_back_once(anna, app):
    found = take(anna, "ten-off")
    after = shop.morning(found.expires_on.replace(year=found.expires_on.year + 1))

    def expire() -> None:
        def done() -> None:
            from portal import ledger

            ledger.lock(anna)
            rewards.expire(anna, after)

        transact(done)

    at_once(app, [expire, expire, lambda: take(anna, ref="new", at=after), expire])
    assert buckets(anna) == (1900, 0, 0)
    assert after > make.NOW
    sound()
