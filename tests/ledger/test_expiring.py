"""Points end on their day, and what was not announced is held once (Readings 3 and 18)."""

import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal import giving, ledger, rewards
from portal import programme as programmes
from portal.db import read, transact
from tests import make
from tests.ledger import shop
from tests.ledger.ends import (
    ENDS,
    GONE,
    anna,
    before,
    bounces,
    ending,
    history,
    mail,
    pass_to,
    shown,
    touch,
)
from tests.ledger.shop import TODAY, buckets, expire, give, lots, refused, sound, spend, take_back, wallet
from tests.ledger.test_corrections import undo

__all__ = ["anna", "history", "mail"]
pytestmark = pytest.mark.both_engines


# ---- the least that tests must show ----


@pytest.mark.usefixtures("history")
def test_least_07_of_two_lots_the_one_that_ends_today_lapses_with_what_is_left_of_it(anna):
    give(anna, 100, "first", expires_on=ENDS)
    give(anna, 100, "second", expires_on=ENDS + timedelta(days=365))
    spend(anna, 80)
    assert pass_to(anna, ENDS) == []
    assert buckets(anna) == (120, 0, 0)
    (posted,) = pass_to(anna, GONE)
    assert (posted.available, wallet(anna).expired) == (100, 20)
    entry = ledger.entry(anna, posted.seq)
    assert (entry.kind, entry.contra, entry.source, entry.d_available) == (
        "expired",
        "expired",
        "expiry",
        -20,
    )
    assert entry.trace["lot"] == {"expires_on": str(ENDS), "points": 20}
    assert [notice["outcome"] for notice in entry.trace["notices"]] == ["delivered"] * 3
    sound()


def test_least_08_a_lot_whose_notice_bounced_is_held_thirty_days_and_she_is_shown_until_when(anna, mail):
    give(anna, 100, expires_on=ENDS)
    assert shown(anna) == [(ENDS, 100, False)]
    bounces(anna, True, before(10))
    assert pass_to(anna, GONE) == []
    held = ENDS + timedelta(days=30)
    assert (buckets(anna), shown(anna)) == ((100, 0, 0), [(held, 100, True)])
    assert pass_to(anna, held) == []
    spend(anna, 40)
    (posted,) = pass_to(anna, held + timedelta(days=1))
    assert (posted.available, wallet(anna).expired) == (0, 60)
    trace = ledger.entry(anna, posted.seq).trace
    assert trace["held_until"] == str(held)
    assert trace["notices"][-1] == {"days": 7, "sent_on": str(before(7)), "outcome": "failed"}
    assert shown(anna) == []
    sound()


@pytest.mark.parametrize(
    ("zone", "server"),
    [
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),  # fourteen hours ahead, eleven behind
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
        ("America/New_York", "UTC"),
    ],
)
@pytest.mark.usefixtures("history")
def test_least_20_valid_through_28_september_is_until_midnight_of_the_programme_wherever_the_server_is(
    anna, zone, server, monkeypatch
):
    monkeypatch.setenv("TZ", server)
    time.tzset()
    shop.publish(ending(), timezone=f'"{zone}"')
    give(anna, 100, expires_on=date(2026, 9, 28))
    midnight = programmes.active()[1].midnight(date(2026, 9, 29))
    expire(anna, midnight - timedelta(minutes=1))
    spend(anna, 30, "a minute before midnight")
    expire(anna, midnight - timedelta(seconds=1))
    spend(anna, 30, "a second before midnight")
    assert expire(anna, midnight)[0].available == 0
    assert refused(spend, anna, 1, "at midnight").code == "not_enough_points"
    assert wallet(anna).expired == 40
    monkeypatch.undo()
    time.tzset()
    sound()


TEN = '[[rewards]]\nkey = "ten"\nlabel = "Ten"\nprice = 10\nkind = "thing"\n'
CAUSE = '[[charities]]\nkey = "birds"\nlabel = "Birds"\n'


@pytest.mark.usefixtures("history")
def test_what_has_ended_can_be_neither_spent_nor_given_before_the_nightly_work_has_run(anna):
    shop.publish(ending(), TEN, CAUSE)
    give(anna, 100, expires_on=ENDS)
    midnight = programmes.active()[1].midnight(GONE)

    def take(at: datetime, ref: str) -> object:
        return transact(lambda: rewards.redeem(anna, "ten", ref=ref, at=at, actor="member"))

    def donate(at: datetime, ref: str) -> object:
        return transact(lambda: giving.donate(anna, "birds", 10, ref=ref, at=at, actor="member"))

    for verb in (take, donate):
        verb(midnight - timedelta(seconds=1), f"{verb.__name__} before")
        assert refused(verb, midnight, f"{verb.__name__} after").code == "not_enough_points"
    assert buckets(anna) == (80, 0, 0), "a refused verb leaves nothing behind"
    expire(anna, midnight)
    assert wallet(anna).expired == 80
    sound()


# ---- held, lapsed, waiting ----


@pytest.fixture
def held(anna: str) -> str:
    """She has 100 points that are held and 100 of a later date; 60 of the first were spent before."""
    give(anna, 160, "first", expires_on=ENDS)
    spend(anna, 60)
    give(anna, 100, "second", expires_on=ENDS + timedelta(days=200))
    bounces(anna, True, before(7))
    pass_to(anna, GONE)
    assert len(shown(anna)) == 2
    return anna


LATER = str(ENDS + timedelta(days=200))


def test_what_is_undone_goes_back_into_a_held_lot_to_its_last_minute(held):
    undo(held, day=ENDS + timedelta(days=30))
    assert lots(held) == {str(ENDS): 160, LATER: 100}
    sound()


def test_what_is_undone_after_the_hold_is_valid_for_thirty_days(held):
    after = ENDS + timedelta(days=31)
    expire(held, after)
    undo(held, day=after)
    assert lots(held) == {str(after + timedelta(days=30)): 60, LATER: 100}
    sound()


def test_what_is_spent_comes_from_a_held_lot_first(held):
    spend(held, 110, "both")
    assert lots(held) == {LATER: 90}
    sound()


def test_a_refund_takes_from_the_held_lot_it_gave(held):
    take_back(held, 30, lot=ENDS)
    assert lots(held) == {str(ENDS): 70, LATER: 100}
    sound()


@pytest.mark.usefixtures("history")
def test_points_that_wait_never_lapse_and_keep_their_date_when_they_come(anna):
    give(anna, 100, ref="waits", expires_on=ENDS, matures_on=GONE + timedelta(days=1))
    assert expire(anna, GONE) == []
    assert buckets(anna) == (0, 100, 0)
    shop.mature(anna, GONE + timedelta(days=1))
    assert buckets(anna) == (100, 0, 0)
    assert len(expire(anna, GONE + timedelta(days=1))) == 1
    assert buckets(anna) == (0, 0, 0)
    sound()


@pytest.mark.usefixtures("history")
def test_what_is_told_of_a_lapsed_lot_lapses_again(anna):
    for number in range(3):
        give(anna, 10, f"late {number}", expires_on=ENDS, day=GONE)
        assert [one.available for one in expire(anna, GONE)] == [0]
    assert wallet(anna).expired == 30
    sound()


@pytest.mark.usefixtures("history")
def test_a_debt_is_paid_before_anything_can_lapse(anna):
    take_back(anna, 70)
    give(anna, 100, expires_on=ENDS)
    (posted,) = pass_to(anna, GONE)
    assert (posted.available, wallet(anna).expired, wallet(anna).earned) == (0, 30, 30)
    sound()


def test_a_day_run_twice_is_run_once(anna, mail):
    give(anna, 100, expires_on=ENDS)
    for days in (60, 30, 7):
        expire(anna, before(days))
        expire(anna, before(days))
        mail.arrive(before(days))
    assert len(mail) == 3
    assert (len(expire(anna, GONE)), expire(anna, GONE)) == (1, [])
    assert wallet(anna).expired == 100
    sound()


@pytest.mark.usefixtures("history")
def test_ten_look_at_once_and_it_lapses_once(anna, app):
    give(anna, 100, expires_on=ENDS)
    pass_to(anna, before(7))
    done = shop.at_once(app, [lambda: expire(anna, GONE)] * 10)
    assert sum(len(one) for one in done) == 1
    assert wallet(anna).expired == 100
    sound()


# ---- what is due, and what it costs ----


def test_where_points_never_end_nothing_is_ever_due(app, statements):
    shop.publish()
    bea = shop.join()
    give(bea, 100)
    touch(bea, TODAY)
    assert wallet(bea).active_on is None
    assert (ledger.next_due(), ledger.next_due_of(bea)) == (None, None)
    assert ledger.due_members(date(9999, 12, 31), "", 10) == []
    statements.clear()
    assert expire(bea, TODAY + timedelta(days=4000)) == []
    assert len([one for one in statements if one.startswith(("SELECT", "UPDATE", "INSERT"))]) == 2


def test_members_are_due_when_points_mature_end_or_have_their_end_announced(anna):
    bea, cleo = shop.join("c-2"), shop.join("c-3")
    give(anna, 10, expires_on=ENDS)
    give(bea, 10, expires_on=ENDS + timedelta(days=1))
    give(cleo, 10, matures_on=before(60))
    give(cleo, 10, "too", expires_on=ENDS)
    ordered = sorted((anna, cleo))
    assert (ledger.next_due(), ledger.next_due_of(bea)) == (before(60), before(59))
    assert ledger.due_members(before(61), "", 10) == []
    assert ledger.due_members(before(60), "", 10) == ordered
    assert ledger.due_members(before(60), "", 1) == ordered[:1]
    assert ledger.due_members(before(60), ordered[0], 10) == ordered[1:]
    assert ledger.due_members(before(59), "", 10) == sorted((anna, bea, cleo))
    spend(anna, 10)
    assert ledger.next_due_of(anna) is None


def test_the_next_day_is_found_by_its_index(anna, engine):
    if engine == "postgresql":
        pytest.skip("an empty table is read whole there")
    lots_due = "SELECT min(next_on) FROM lot WHERE remaining > 0 AND next_on IS NOT NULL"
    plan = " ".join(row.detail for row in read(text(f"EXPLAIN QUERY PLAN {lots_due}")))
    assert "lot_due" in plan


def test_credits_in_one_go_make_the_lots_that_one_after_the_other_would(anna):
    bea = shop.join("c-2")

    def together() -> None:
        rows = read(text("SELECT * FROM wallet WHERE member_id = :id"), {"id": bea}).all()
        credits = ledger.Credits(rows)
        for number, points in enumerate((10, 20)):
            credits.credit(
                bea, points, key=f"k{number}", fingerprint="a", because=shop.because(), expires_on=ENDS, at=make.NOW,
                day=TODAY + timedelta(days=number),
            )  # fmt: skip
        credits.write()

    give(anna, 10, "k0", expires_on=ENDS)
    give(anna, 20, "k1", expires_on=ENDS, day=TODAY + timedelta(days=1))
    transact(together)
    facts = (
        "SELECT expires_on, granted, remaining, made_on, held_until, next_on FROM lot WHERE member_id = :id"
    )
    made: list[Any] = [read(text(facts), {"id": one}).all() for one in (anna, bea)]
    assert made[0] == made[1]
    assert (made[0][0].remaining, str(made[0][0].made_on)) == (30, str(TODAY))
    sound()
