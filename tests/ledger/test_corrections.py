"""What was spent is undone to the lots it came from; staff add and take points."""

from datetime import date, timedelta

import pytest

from portal import ledger
from portal.db import transact
from tests import make
from tests.ledger import shop
from tests.ledger.shop import TODAY, buckets, give, lots, refused, sound, spend, take_back, wallet

pytestmark = pytest.mark.both_engines
SOON, LATER = date(2026, 12, 31), date(2027, 12, 31)


def undo(
    member_id: str, of_key: str = "spend", key: str = "undo", day: date = TODAY, **more: str
) -> ledger.Posted:
    """Undo a spending in a write of its own."""
    return transact(
        lambda: ledger.undo(
            member_id,
            of_key,
            key=key,
            fingerprint=more.get("fingerprint", "a"),
            because=shop.because("reward"),
            at=make.NOW,
            day=day,
        )
    )


def adjust(member_id: str, points: int, key: str = "desk", **more: str) -> ledger.Posted:
    """Add or take points in a write of its own."""
    return transact(
        lambda: ledger.adjust(
            member_id,
            points,
            key=key,
            fingerprint=more.get("fingerprint", "a"),
            because=shop.because("support"),
            at=make.NOW,
            day=TODAY,
        )
    )


def test_what_is_undone_goes_back_to_the_lots_it_came_from_with_their_old_dates(anna):
    give(anna, 100, "never")
    give(anna, 100, "later", expires_on=LATER)
    give(anna, 100, "soon", expires_on=SOON)
    before = wallet(anna)
    spent = spend(anna, 250)
    back = undo(anna)
    assert lots(anna) == {str(SOON): 100, str(LATER): 100, str(ledger.NEVER): 100}
    assert (wallet(anna).available, wallet(anna).spent) == (before.available, before.spent) == (300, 0)
    entry = ledger.entry(anna, back.seq)
    assert (entry.kind, entry.contra, entry.reverses) == ("undone", "redeemed", spent.seq)
    sound()


def test_a_lot_that_lapsed_meanwhile_comes_back_valid_for_thirty_days(anna):
    give(anna, 40, "soon", expires_on=SOON)
    give(anna, 100, "later", expires_on=LATER)
    spend(anna, 60)
    undo(anna, day=SOON)
    assert lots(anna) == {str(SOON): 40, str(LATER): 100}, "the last day is a day on which it can be used"
    spend(anna, 60, "again")
    late = SOON + timedelta(days=1)
    undo(anna, "again", "undo again", day=late)
    assert lots(anna) == {str(late + timedelta(days=30)): 40, str(LATER): 100}
    sound()


def test_a_lapsed_lot_and_one_of_the_very_day_it_is_given_are_one_lot(anna):
    late = SOON + timedelta(days=1)
    give(anna, 10, "soon", expires_on=SOON)
    give(anna, 10, "in thirty days", expires_on=late + timedelta(days=30))
    spend(anna, 20)
    undo(anna, day=late)
    assert lots(anna) == {str(late + timedelta(days=30)): 20}
    sound()


@pytest.mark.parametrize(
    ("owed", "left", "in_lots"),
    [(30, (70, 0, 0), {str(SOON): 10, str(LATER): 60}), (100, (0, 0, 0), {}), (130, (0, 0, 30), {})],
)
def test_what_is_owed_is_paid_first_by_what_comes_back_soonest_to_expire(anna, owed, left, in_lots):
    give(anna, 40, "soon", expires_on=SOON)
    give(anna, 60, "later", expires_on=LATER)
    spend(anna, 100)
    take_back(anna, owed)
    undo(anna)
    assert (buckets(anna), lots(anna)) == (left, in_lots)
    sound()


def test_undone_twice_is_undone_once_whatever_the_key(anna):
    give(anna, 100)
    spend(anna, 60)
    first = undo(anna)
    spend(anna, 10, "between")
    for key in ("undo", "another key"):
        again = undo(anna, key=key)
        assert again.repeated
        assert (again.seq, again.available) == (first.seq, first.available) == (first.seq, 100)
    assert buckets(anna) == (90, 0, 0)
    assert shop.rows("entry") == 4
    sound()


def test_many_undo_the_same_at_once_and_it_comes_back_once(anna, app):
    give(anna, 100)
    spend(anna, 60)
    answers = shop.at_once(app, [lambda at=at: undo(anna, key=f"undo {at}") for at in range(8)])
    assert sorted(answer.repeated for answer in answers) == [False, *[True] * 7]
    assert buckets(anna) == (100, 0, 0)
    sound()


def test_only_what_was_spent_by_this_member_can_be_undone(anna):
    bea = shop.join("c-2")
    give(anna, 100)
    spend(anna, 10)
    spend(anna, 10, "gift", kind="donated")
    for member, of_key in ((bea, "spend"), (anna, "nothing"), (anna, "give"), (anna, "gift")):
        assert refused(undo, member, of_key).code == "unknown_key"
    undo(anna)
    assert refused(undo, anna, "undo").code == "unknown_key"
    assert refused(undo, anna, "undo", "undo the undoing").code == "unknown_key"
    sound()


def test_a_key_that_stands_for_something_else_undoes_nothing(anna):
    give(anna, 100)
    spend(anna, 10)
    assert refused(undo, anna, key="give").code == "conflict"
    assert buckets(anna) == (90, 0, 0)
    sound()


def test_staff_add_points_and_take_points_and_the_earned_total_follows(anna):
    give(anna, 100, expires_on=LATER)
    adjust(anna, 25)
    assert (buckets(anna), wallet(anna).earned) == ((125, 0, 0), 125)
    posted = adjust(anna, -110, "take")
    assert (buckets(anna), wallet(anna).earned) == ((15, 0, 0), 15)
    assert lots(anna) == {str(ledger.NEVER): 15}, "the soonest to expire went first"
    entry = ledger.entry(anna, posted.seq)
    assert (entry.kind, entry.contra, entry.source) == ("adjusted", "adjusted", "support")
    sound()


def test_points_that_staff_add_pay_what_is_owed_first(anna):
    take_back(anna, 30)
    adjust(anna, 20)
    assert buckets(anna) == (0, 0, 10)
    adjust(anna, 20, "more")
    assert (buckets(anna), lots(anna)) == ((10, 0, 0), {str(ledger.NEVER): 10})
    sound()


def test_staff_cannot_take_more_than_is_available(anna):
    give(anna, 30)
    give(anna, 50, "waiting", matures_on=TODAY + timedelta(days=1))
    refusal = refused(adjust, anna, -31)
    assert (refusal.code, refusal.facts) == ("not_enough_points", {"need": 31, "have": 30})
    assert not adjust(anna, -30).repeated
    take_back(anna, 5, ref="other")
    assert refused(adjust, anna, -1, "owing").code == "not_enough_points"
    sound()


@pytest.mark.parametrize("points", [20, -20])
@pytest.mark.both_engines(every_case=True)
def test_an_adjustment_twice_is_once_and_another_under_its_key_is_a_conflict(anna, points):
    give(anna, 100)
    first = adjust(anna, points)
    assert adjust(anna, points).repeated
    assert refused(adjust, anna, points, fingerprint="b").code == "conflict"
    assert buckets(anna) == (first.available, 0, 0) == (100 + points, 0, 0)
    sound()


def test_an_adjustment_of_nothing_cannot_be(anna):
    with pytest.raises(ValueError, match="at least one point"):
        adjust(anna, 0)


def test_nobody_adjusts_a_member_that_has_left(anna):
    from sqlalchemy import text

    from portal.db import run

    give(anna, 10)
    transact(lambda: run(text("UPDATE wallet SET status = 'closed'")))
    assert refused(adjust, anna, -1).code == "unknown_member"
