"""Who is no friend, how many count, and that nights give once; on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from portal import clock as portal_clock
from portal import joining, ledger, people, referrals
from portal.db import transact
from tests.home.doors import join
from tests.referrals.friends import BEN, bring, buy, code_of, id_of, later, rewards_of, standing, why

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme", "the_books_agree")]


@pytest.mark.parametrize(
    "email", ["Anna@Example.com", "anna+me@example.com", "a.n.n.a@example.com", "ANNA+2@EXAMPLE.COM"]
)
@pytest.mark.both_engines(every_case=True)
def test_nobody_brings_herself_however_she_writes_her_address(anna, email):
    if people.normal_address(email) == "anna@example.com":
        assert why(bring(code_of(), "c-1", email)) == ("not_allowed", "known"), "she is a member"
    else:
        assert why(bring(code_of(), "c-2", email)) == ("not_allowed", "own")
        assert rewards_of("c-2") == []
        assert ledger.wallet(id_of("c-2")).available == 100, "she joined all the same"
    assert standing() == (0, 0, 0)


def test_one_person_is_a_friend_once(anna):
    join("c-9", "zoe@example.com", "Zoe")
    assert bring(code_of()) is None
    for number, (email, ref) in enumerate([("ben+1@example.com", "c-1"), ("b.en@example.com", "c-9")]):
        assert why(bring(code_of(ref), f"c-{number + 3}", email)) == ("not_allowed", "known")
    assert standing() == (1, 1, 0)


def test_a_member_is_not_brought_later_and_the_same_word_again_is_no_fault(anna):
    join("c-2", BEN, "Ben")
    assert why(bring(code_of())) == ("not_allowed", "known")
    assert bring(code_of(), "c-3", "cleo@example.com") is None
    assert bring(code_of(), "c-3", "cleo@example.com") is None, "the shop repeats itself"
    assert why(bring(code_of("c-2"), "c-3", "cleo@example.com")) == ("not_allowed", "known")
    assert standing() == (1, 1, 0)


@pytest.mark.parametrize("code", ["anna-zzz", "nobody", "'; DROP TABLE member; --", "x" * 200])
def test_an_unknown_code_lets_her_join_with_a_warning(anna, code):
    assert why(bring(code)) == ("unknown_key", "unknown")
    assert people.by_ref("c-2").status == "active"


def test_a_friend_without_an_address_counts_by_the_shops_word(anna):
    assert bring(code_of(), email=None) is None
    assert standing() == (1, 1, 0)


def test_no_more_friends_count_than_the_limit_says_and_a_new_month_brings_room(
    points_for_friends, anna, clock
):
    for number in range(2):
        assert bring(code_of(), f"f-{number}", f"f{number}@example.com") is None
    assert why(bring(code_of(), "f-2", "f2@example.com")) == ("limit_reached", "limit")
    assert ledger.wallet(id_of("f-2")).available == 100, "she has the welcome and no more"
    clock.shift(timedelta(days=21))
    assert bring(code_of(), "f-3", "f3@example.com") is None
    assert standing() == (3, 3, 0)


def test_the_demonstration_counts_five_friends_a_month_to_its_last_second(programme, anna, clock):
    clock.move_to(datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))  # the last of June in London
    for number in range(5):
        assert bring(code_of(), f"f-{number}", f"f{number}@example.com") is None
    assert why(bring(code_of(), "f-5", "f5@example.com")) == ("limit_reached", "limit")
    clock.shift(timedelta(seconds=1))
    assert bring(code_of(), "f-6", "f6@example.com") is None
    assert standing() == (6, 6, 0)


def test_a_hundred_friends_at_once_keep_the_limit(points_for_friends, app, anna):
    code = code_of()

    def one(number: int) -> bool:
        with app.app_context():
            return bring(code, f"f-{number}", f"f{number}@example.com") is None

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(one, range(100)))
    assert sum(counted) == 2
    assert standing() == (2, 2, 0)


def test_nights_that_run_at_once_give_once(app, anna, clock):
    bring(code_of())
    buy()
    clock.shift(timedelta(days=30))

    def one(_: int) -> None:
        with app.app_context():
            referrals.settle_due(portal_clock.now())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert rewards_of("c-1") == ["friend-five"]


def test_a_night_that_was_cut_off_between_the_two_writes_is_finished_by_the_next(anna, clock, monkeypatch):
    bring(code_of())
    buy()
    clock.shift(timedelta(days=30))

    def cut(*_args) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("portal.referrals.settling._close", cut)
        with pytest.raises(OSError, match="power"):
            referrals.settle_due(portal_clock.now())
    assert rewards_of("c-1") == ["friend-five"]
    assert referrals.settle_due(portal_clock.now()) == 1
    assert rewards_of("c-1") == ["friend-five"]
    assert referrals.next_due() is None


def leave(ref: str) -> None:
    member = people.by_ref(ref)
    transact(lambda: joining.leave(member, actor="member", now=portal_clock.now(), proof=portal_clock.now()))


def test_whoever_left_and_comes_back_is_no_new_friend(anna, clock):
    code = code_of()
    join("c-9", "zoe@example.com", "Zoe")
    assert bring(code) is None
    leave("c-2")
    assert why(bring(code_of("c-9"), "c-3", BEN)) == ("not_allowed", "known")
    leave("c-1")
    assert why(bring(code, "c-4", "cleo@example.com")) == ("unknown_key", "unknown"), "her link ends with her"
    assert why(bring(code_of("c-9"), "c-5", "anna@example.com")) == ("not_allowed", "known")


def test_an_inviter_who_left_is_given_nothing_and_the_night_goes_on(anna, clock):
    bring(code_of())
    buy()
    leave("c-1")
    later(clock, 30)
    assert referrals.next_due() is None
    assert ledger.wallet(anna).available == 0
