"""Codes and the orders they pay for: used when paid, in parts where they are money, undone with the order."""

from datetime import timedelta
from typing import Any

import pytest

from portal import earning, nightly, rewards
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import buckets, refused
from tests.rewards.conftest import give, sound, state, take, use

pytestmark = pytest.mark.both_engines


def tell(*amounts: str, found: Any = (), **changes: Any) -> earning.Answer:
    """An order that came with these codes."""
    return shop.tell(*amounts, codes=[rewards.grouped(one.code) for one in found], **changes)


def test_least_4_paid_with_points_and_cancelled_the_balance_is_what_it_was(anna):
    shop.spend(anna, 1950, kind="donated")
    found = take(anna, "slider", points=50)
    answer = tell("21.50", found=[found], paid_by_rewards="0.50", number="1182")
    assert (buckets(anna), answer.kept) == ((21, 0, 0), 21)
    assert state(found).state == "used"
    tell("21.50", found=[found], paid_by_rewards="0.50", number="1182", version=2, status="cancelled")
    assert buckets(anna) == (50, 0, 0)
    assert state(found).state == "undone"
    sound()


def test_a_code_waits_until_the_order_is_paid(anna):
    found = take(anna)
    assert tell(found=[found], status="pending").codes == ()
    assert state(found).state == "available"
    answer = tell(found=[found], version=2)
    assert state(found).state == "used"
    assert [one["used"] for one in answer.codes] == [True]
    assert found.code[:12] not in str(answer)


def test_the_same_order_again_answers_the_same_and_uses_once(anna):
    found = take(anna, "ten-off")
    first = tell("50.00", found=[found], paid_by_rewards="4.00")
    again = tell("50.00", found=[found], paid_by_rewards="4.00")
    assert again.repeated
    assert again.codes == first.codes
    assert (first.codes[0]["amount_minor"], first.codes[0]["left_minor"]) == (400, 600)
    newer = tell("50.00", found=[found], paid_by_rewards="4.00", version=2, status="fulfilled")
    assert (newer.codes[0]["used"], state(found).left_minor) == (True, 600)
    sound()


def test_a_code_that_is_none_or_used_up_does_not_stop_the_order_and_the_answer_says_so(anna):
    spent, late = take(anna, ref="1"), take(anna, "ten-off", "2")
    use(spent, "other")
    answer = shop.tell("20.00", codes=[spent.code, "SUMMER10", "ZZZZ-ZZZZ-ZZZZ-ZZZZ", late.code, late.code])
    assert answer.kept == 20
    assert [(one["used"], one.get("problem")) for one in answer.codes] == [
        (False, "already_used"), (False, "unknown_code"), (False, "unknown_code"), (True, None),
    ]  # fmt: skip
    assert answer.codes[1]["code"] == "SUMMER10", "a word that cannot be a code of ours hides nothing"
    sound()


def test_money_codes_give_what_the_order_says_in_their_order_and_the_rest_stays(anna):
    first, second, third = (take(anna, "slider", ref, points=300) for ref in "123")
    answer = tell("50.00", found=[first, second, third], paid_by_rewards="4.50")
    assert [state(one).left_minor for one in (first, second, third)] == [0, 150, 300]
    assert [(one["used"], one.get("problem")) for one in answer.codes] == [
        (True, None), (True, None), (False, "not_needed"),
    ]  # fmt: skip
    assert [state(one).state for one in (first, second, third)] == ["used", "available", "available"]
    use(second, "another")
    assert state(second).state == "used"
    sound()


def test_a_code_of_an_order_that_does_not_say_how_much_gives_all_it_has(anna):
    found = take(anna, "ten-off")
    tell("50.00", found=[found], discount="10.00")
    assert (state(found).state, state(found).left_minor) == ("used", 0)


def test_an_order_refunded_whole_undoes_its_codes_and_one_refunded_in_part_does_not(anna):
    found = take(anna, "ten-off")
    tell("30.00", "20.00", found=[found], discount="10.00")
    parts = [make.refund("24.00", "r1", line="1")]
    tell("30.00", "20.00", found=[found], discount="10.00", version=2, refunds=parts)
    assert state(found).state == "used"
    parts = [*parts, make.refund("16.00", "r2", line="2")]
    tell("30.00", "20.00", found=[found], discount="10.00", version=3, refunds=parts)
    assert state(found).state == "undone", "what the lines cost after the discount was given back"
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_a_refund_of_what_rewards_paid_is_no_refund_of_the_whole(anna):
    found = take(anna, "ten-off")
    tell("10.00", found=[found], paid_by_rewards="10.00")
    tell("10.00", found=[found], paid_by_rewards="10.00", version=2, refunds=[make.refund("5.00")])
    assert state(found).state == "used"


def test_a_reward_that_cost_nothing_is_there_again_with_its_old_date_or_thirty_days(anna):
    found = give(anna)
    tell(found=[found])
    assert state(found).state == "used"
    tell(found=[found], version=2, status="cancelled")
    again = state(found)
    assert (again.state, again.left_minor, again.expires_on) == ("available", 500, found.expires_on)
    tell(found=[found], version=3)
    assert state(found).state == "used"
    late = shop.morning(found.expires_on + timedelta(days=5))
    tell(found=[found], version=4, status="cancelled", at=late)
    assert state(found, late).expires_on == late.date() + timedelta(days=30)
    nightly.run(late)
    assert state(found, late).state == "available"
    sound()


def test_paid_cancelled_paid_the_points_are_back_and_the_code_is_gone(anna):
    found = take(anna, "ten-off")
    for version, status in ((1, "paid"), (2, "cancelled"), (3, "paid"), (4, "cancelled")):
        answer = tell("50.00", found=[found], version=version, status=status)
        if version == 3:
            assert answer.codes[0]["problem"] == "undone"
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_a_code_that_other_orders_used_too_only_gets_back_what_this_one_took(anna):
    found = take(anna, "ten-off")
    tell("50.00", found=[found], paid_by_rewards="4.00", number="1")
    tell("50.00", found=[found], paid_by_rewards="6.00", number="2")
    assert state(found).state == "used"
    tell("50.00", found=[found], paid_by_rewards="4.00", number="1", version=2, status="cancelled")
    assert (state(found).state, state(found).left_minor) == ("available", 400)
    tell("50.00", found=[found], paid_by_rewards="6.00", number="2", version=2, status="cancelled")
    assert state(found).state == "undone"
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_a_code_works_for_whoever_brings_it_and_comes_home_to_her_who_took_it(anna):
    shop.join("c-2")
    found = take(anna)
    tell(found=[found], member="c-2")
    assert state(found).state == "used"
    tell(found=[found], member="c-2", version=2, status="cancelled")
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_a_guest_uses_a_code_and_claiming_the_order_does_not_use_it_again(anna):
    found = take(anna, "ten-off")
    guest: dict[str, Any] = {"member": None, "guest": True, "email": "zoe@example.com"}
    answer = tell("50.00", found=[found], paid_by_rewards="4.00", **guest)
    assert answer.codes[0]["used"]
    assert tell("50.00", found=[found], paid_by_rewards="4.00", **guest).repeated
    assert state(found).left_minor == 600
    shop.join("c-2", "zoe@example.com", proved=True)
    claim = transact(lambda: earning.claim_purse("c-2", "zoe@example.com", at=make.NOW, actor="test"))
    assert [one.kept for one in claim] == [46]
    assert state(found).left_minor == 600
    tell("50.00", found=[found], paid_by_rewards="4.00", version=2, status="cancelled", **guest)
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_a_use_that_the_shop_told_by_itself_is_undone_with_its_order(anna):
    found = take(anna)
    use(found, "1182")
    shop.tell(number="1182", status="cancelled")
    assert state(found).state == "undone"
    assert buckets(anna) == (2000, 0, 0)
    sound()


def test_orders_told_together_use_their_codes_too(anna):
    found = take(anna)
    body = earning.OrderBody.model_validate(make.order("20.00", codes=[found.code]))
    telling = earning.Telling(body, "main", "1", make.NOW, "shop:main")
    assert transact(lambda: earning.record_fresh([telling])) == [None], "it is told by itself"


def test_a_use_twice_is_once_and_another_amount_is_a_conflict(anna):
    found = take(anna, "ten-off")
    assert not use(found, "1", 400).repeated
    assert use(found, "1", 400).repeated
    assert use(found, "1").repeated
    assert refused(use, found, "1", 500).code == "conflict"
    assert refused(use, found, "2", 601).facts["left"] == 600
    assert refused(use, found, "2", 0).code == "bad_value"
    assert use(found, "2", 600).left_minor == 0
    assert refused(use, found, "3").code == "already_used"
    assert use(found, "2").repeated
    sound()


def test_a_thing_is_used_once(anna):
    found = take(anna)
    use(found, "1")
    assert use(found, "1").repeated
    assert refused(use, found, "2").code == "already_used"


def test_a_reward_is_used_by_its_ref_too(anna):
    found = give(anna)
    done = transact(lambda: rewards.use(ref="thanks:c-1:1", shop="main", order="9", at=make.NOW))
    assert (done.amount_minor, state(found).state) == (500, "used")
