"""The verbs of the ledger: what moves where, in which order, and once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from portal import ledger
from portal.db import transact
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, give, lots, mature, refused, sound, spend, take_back, wallet

pytestmark = pytest.mark.both_engines
SOON, LATER = date(2026, 12, 31), date(2027, 12, 31)
TOMORROW = TODAY + timedelta(days=1)


VERBS: dict[str, Callable[..., ledger.Posted]] = {
    "credit": give,
    "credit that waits": lambda member, points, key, **more: give(
        member, points, key, matures_on=TOMORROW, **more
    ),
    "redeem": spend,
    "donate": lambda member, points, key, **more: spend(member, points, key, kind="donated", **more),
    "claw back": take_back,
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_twice_is_once_and_answers_the_same(anna, verb):
    give(anna, 100, "start")
    first = verb(anna, 30, "once")
    before = wallet(anna)
    again = verb(anna, 30, "once")
    assert again.repeated
    assert not first.repeated
    assert (again.seq, again.available, again.pending, again.owed) == (
        first.seq, first.available, first.pending, first.owed,
    )  # fmt: skip
    assert wallet(anna) == before
    assert shop.rows("entry") == 2
    sound()


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_the_same_key_for_something_else_is_a_conflict_and_writes_nothing(anna, verb):
    give(anna, 100, "start")
    verb(anna, 30, "once")
    before = wallet(anna)
    assert refused(verb, anna, 30, "once", fingerprint="b").code == "conflict"
    assert wallet(anna) == before
    sound()


def test_a_repeated_key_answers_what_stood_then_and_not_what_stands_now(anna):
    give(anna, 100, "start")
    first = spend(anna, 30, "once")
    spend(anna, 50, "another")
    assert spend(anna, 30, "once").available == first.available == 70


def test_one_key_of_two_members_is_two_operations(anna):
    bea = shop.join("c-2")
    give(anna, 100, "same")
    give(bea, 50, "same")
    assert buckets(anna) == (100, 0, 0)
    assert buckets(bea) == (50, 0, 0)


@pytest.mark.parametrize("points", [0, -1])
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_nothing_and_less_than_nothing_cannot_be_moved(anna, verb, points):
    with pytest.raises(ValueError, match="at least one point"):
        verb(anna, points, "once")
    assert shop.rows("operation") == 0


@pytest.mark.parametrize(
    ("earned", "left"), [(30, (0, 0, 20)), (50, (0, 0, 0)), (51, (1, 0, 0)), (80, (30, 0, 0))]
)
def test_what_is_owed_is_paid_first_by_what_is_earned(anna, earned, left):
    take_back(anna, 50)
    assert buckets(anna) == (0, 0, 50)
    give(anna, earned)
    assert buckets(anna) == left
    assert sum(lots(anna).values()) == left[0]
    sound()


@pytest.mark.parametrize(
    ("waiting", "left"), [(30, (0, 0, 20)), (50, (0, 0, 0)), (51, (1, 0, 0)), (80, (30, 0, 0))]
)
def test_points_that_wait_pay_what_is_owed_when_they_mature_and_not_before(anna, waiting, left):
    give(anna, waiting, matures_on=TOMORROW, source="other")
    take_back(anna, 50)
    assert buckets(anna) == (0, waiting, 50)
    assert mature(anna, TODAY) == []
    (posted,) = mature(anna, TOMORROW)
    assert (posted.available, posted.pending, posted.owed) == left
    assert buckets(anna) == left
    assert mature(anna, TOMORROW) == []
    sound()


def test_points_mature_oldest_first_into_the_lot_they_were_meant_for(anna):
    give(anna, 10, "1", ref="1", matures_on=TODAY + timedelta(days=2), expires_on=LATER)
    give(anna, 20, "2", ref="2", matures_on=TOMORROW, expires_on=SOON)
    give(anna, 40, "3", ref="3", matures_on=TODAY + timedelta(days=3), expires_on=SOON)
    posted = mature(anna, TODAY + timedelta(days=2))
    assert [one.available for one in posted] == [20, 30]
    assert lots(anna) == {str(SOON): 20, str(LATER): 10}
    assert buckets(anna) == (30, 40, 0)
    sound()


def test_what_matures_today_is_available_at_once(anna):
    give(anna, 10, matures_on=TODAY)
    assert buckets(anna) == (10, 0, 0)


def test_what_waits_can_neither_be_spent_nor_given(anna):
    give(anna, 100, matures_on=TOMORROW)
    for kind in ("redeemed", "donated"):
        refusal = refused(spend, anna, 1, kind=kind)
        assert (refusal.code, refusal.facts) == ("not_enough_points", {"need": 1, "have": 0})


def test_spending_draws_the_lots_that_expire_soonest(anna):
    give(anna, 100, "never")
    give(anna, 100, "later", expires_on=LATER)
    give(anna, 100, "soon", expires_on=SOON)
    posted = spend(anna, 150)
    assert lots(anna) == {str(LATER): 50, str(ledger.NEVER): 100}
    assert [(use.expires_on, use.points) for use in ledger.lot_uses(anna, posted.seq)] == [
        (SOON, -100),
        (LATER, -50),
    ]
    sound()


def test_spending_all_leaves_nothing_and_one_more_is_refused(anna):
    give(anna, 100)
    spend(anna, 100)
    assert buckets(anna) == (0, 0, 0)
    assert refused(spend, anna, 1, "again").code == "not_enough_points"
    sound()


def test_a_refused_spending_leaves_its_key_free(anna):
    assert refused(spend, anna, 10, "same").code == "not_enough_points"
    give(anna, 10)
    assert not spend(anna, 10, "same").repeated


def test_who_owes_can_neither_spend_nor_give(anna):
    take_back(anna, 5)
    for kind in ("redeemed", "donated"):
        refusal = refused(spend, anna, 1, kind=kind)
        assert (refusal.code, refusal.facts) == ("owes_points", {"owed": 5})


def test_nobody_spends_for_a_member_that_does_not_exist_or_has_left(anna):
    give(anna, 10)
    from sqlalchemy import text

    from portal.db import run

    transact(lambda: run(text("UPDATE wallet SET status = 'closed'")))
    assert refused(spend, anna, 1).code == "unknown_member"


def test_a_refund_takes_what_waits_then_its_own_lot_then_the_soonest_then_it_is_owed(anna):
    give(anna, 10, "waiting", source="parcel", ref="1", matures_on=TOMORROW)
    give(anna, 20, "own", source="parcel", ref="1", expires_on=LATER)
    give(anna, 40, "soon", expires_on=SOON)
    give(anna, 80, "never")
    give(anna, 160, "others", source="parcel", ref="2", matures_on=TOMORROW)
    steps = [
        (7, {str(SOON): 40, str(LATER): 20, str(ledger.NEVER): 80}, (140, 163, 0)),
        (5, {str(SOON): 40, str(LATER): 18, str(ledger.NEVER): 80}, (138, 160, 0)),
        (20, {str(SOON): 38, str(ledger.NEVER): 80}, (118, 160, 0)),
        (48, {str(ledger.NEVER): 70}, (70, 160, 0)),
        (100, {}, (0, 160, 30)),  # what of other orders waits is left alone
    ]
    for number, (points, left, after) in enumerate(steps):
        take_back(anna, points, f"r{number}", source="parcel", ref="1", lot=LATER)
        assert (lots(anna), buckets(anna)) == (left, after)
    sound()


def test_of_what_waits_of_one_source_the_last_to_mature_goes_first(anna):
    give(anna, 10, "1", matures_on=TOMORROW)
    give(anna, 10, "2", matures_on=TODAY + timedelta(days=5))
    take_back(anna, 13)
    (posted,) = mature(anna, TOMORROW)
    assert (posted.available, posted.pending) == (7, 0)
    sound()


def test_what_matured_cannot_mature_again_though_its_source_gives_more_for_the_same_day(anna):
    give(anna, 10, "1", matures_on=TOMORROW)
    mature(anna, TOMORROW)
    give(anna, 5, "2", matures_on=TOMORROW)  # a server whose midnight comes a moment later
    mature(anna, TOMORROW)
    mature(anna, TOMORROW)
    assert buckets(anna) == (15, 0, 0)
    sound()


def test_the_totals_explain_the_buckets(anna):
    give(anna, 100)
    give(anna, 50, "waiting", matures_on=TOMORROW)
    spend(anna, 30)
    spend(anna, 20, "gift", kind="donated")
    take_back(anna, 60, ref="other")
    row = wallet(anna)
    assert (row.available, row.pending, row.owed) == (0, 50, 10)
    assert (row.earned, row.spent, row.donated, row.expired) == (90, 30, 20, 0)
    assert row.available + row.pending - row.owed == row.earned - row.spent - row.donated - row.expired
    sound()


def test_an_operation_that_fails_after_its_entry_leaves_no_trace(anna):
    def broken() -> None:
        ledger.credit(
            anna, 10, key="k", fingerprint="a", because=shop.because(), expires_on=ledger.NEVER, at=shop.morning(TODAY),
            day=TODAY,
        )  # fmt: skip
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        transact(broken)
    assert [shop.rows(table) for table in ("operation", "entry", "lot", "lot_use")] == [0, 0, 0, 0]
    assert buckets(anna) == (0, 0, 0)
    assert not give(anna, 10, "k").repeated


def test_members_whose_points_are_due_are_found_in_chunks(anna):
    others = sorted([anna, *(shop.join(f"c-{number}") for number in range(2, 6))])
    for number, member in enumerate(others):
        give(member, 1, "1", ref="1", matures_on=TOMORROW)
        give(member, 1, "2", ref="2", matures_on=TOMORROW + timedelta(days=number))
    assert ledger.due_members(TODAY, "", 10) == []
    assert ledger.due_members(TOMORROW, "", 3) == others[:3]
    assert ledger.due_members(TOMORROW, others[2], 3) == others[3:]


def test_entries_are_read_newest_first_and_only_by_whom_they_belong_to(anna):
    bea = shop.join("c-2")
    for number in range(5):
        give(anna, number + 1, f"k{number}")
    assert [row.seq for row in ledger.newest_entries(anna, limit=2)] == [5, 4]
    assert [row.seq for row in ledger.newest_entries(anna, before=4, limit=2)] == [3, 2]
    assert ledger.entry(bea, 1) is None
    assert ledger.newest_entries(bea) == []


@pytest.mark.parametrize("matures_on", [None, TOMORROW])
def test_nothing_arrives_in_a_closed_wallet(anna, matures_on):
    give(anna, 100, "before")
    transact(lambda: ledger.close(anna, because=shop.because(), at=shop.morning(TODAY), day=TODAY))
    assert refused(give, anna, 10, "after", matures_on=matures_on).code == "unknown_member"
    assert buckets(anna) == (0, 0, 0)
    sound()
