"""What holds back who is in a member's card and is not her: the stop, the wait, and the day's limit without a proof."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal import people
from portal import programme as programmes
from portal.db import read, transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop

both_engines = pytest.mark.both_engines
NOW = make.NOW
SECOND = timedelta(seconds=1)
LIMIT = '\n[safety]\nbasic_daily = "25.00"\n'
# The small programme's day is London's: in June it begins at 23:00 UTC.
MIDNIGHT = datetime(2026, 6, 10, 23, 0, tzinfo=UTC)


@pytest.fixture
def anna(app) -> str:
    """A member of a programme that lets her move 25.00 a day without a proof; her id."""
    shop.publish(LIMIT)
    return shop.join()


def move(member_id: str, worth: int, **more: Any) -> None:
    facts: dict[str, Any] = {"like_money": False, "actor": "member", "proof": None, "at": NOW} | more
    active = programmes.active()[1]
    transact(lambda: people.move_value(member_id, worth, programme=active, **facts))


def refused(verb) -> Refused:
    with pytest.raises(Refused) as caught:
        verb()
    return caught.value


def moved(member_id: str) -> tuple[Any, int]:
    found = read(people.Member.__table__.select().where(people.Member.__table__.c.id == member_id)).one()
    return found.moved_on, found.moved_minor


@pytest.mark.parametrize(
    ("ago", "is_recent"),
    [
        (timedelta(), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5) + SECOND, False),
        (-SECOND, False),
    ],
)
def test_a_proof_lasts_five_minutes_and_none_is_from_tomorrow(ago, is_recent):
    assert people.is_recent(NOW - ago, NOW) is is_recent
    assert not people.is_recent(None, NOW)


@both_engines
def test_up_to_the_limit_of_a_day_no_proof_is_asked_for_and_one_cent_above_it_is(anna):
    move(anna, 1500)
    move(anna, 1000)
    assert moved(anna) == (NOW.date(), 2500)
    caught = refused(lambda: move(anna, 1))
    assert (caught.code, caught.status, caught.facts["most_minor"]) == ("proof_needed", 403, 2500)
    assert moved(anna) == (NOW.date(), 2500), "what is refused is not counted"
    assert refused(lambda: move(shop.join("c-2"), 2501)).code == "proof_needed", "also in one step"


@both_engines
def test_the_limit_begins_anew_at_midnight_of_the_programmes_day(anna):
    move(anna, 2500, at=MIDNIGHT - SECOND)
    assert refused(lambda: move(anna, 1, at=MIDNIGHT - SECOND)).code == "proof_needed"
    move(anna, 2500, at=MIDNIGHT)
    assert refused(lambda: move(anna, 1, at=MIDNIGHT)).code == "proof_needed"


@both_engines
def test_a_recent_proof_lifts_the_limit_and_what_moves_by_it_counts(anna):
    move(anna, 9000, proof=NOW - timedelta(minutes=5))
    assert moved(anna) == (NOW.date(), 9000)
    late = NOW - timedelta(minutes=5) - SECOND
    assert refused(lambda: move(anna, 1, proof=late)).code == "proof_needed"


def test_a_shop_and_the_nightly_work_are_not_asked_for_a_proof(anna):
    for actor in ("shop:main", "nightly", "staff:1"):
        move(anna, 9000, actor=actor)
    assert moved(anna) == (NOW.date(), 27000), "and all of it counts for what she does herself"


def test_with_a_limit_of_nothing_everything_asks_for_a_proof(app):
    shop.publish('\n[safety]\nbasic_daily = "0"\n')
    anna = shop.join()
    for worth in (0, 1):
        assert refused(lambda worth=worth: move(anna, worth)).code == "proof_needed"
    move(anna, 1, proof=NOW)


@both_engines
def test_what_came_back_on_the_same_day_makes_room_again_and_of_another_day_none(anna):
    move(anna, 2500)
    transact(lambda: people.move_back(anna, 1000, NOW.date()))
    move(anna, 1000)
    tomorrow = NOW + timedelta(days=1)
    move(anna, 2500, at=tomorrow)
    transact(lambda: people.move_back(anna, 2500, NOW.date()))
    assert moved(anna) == (tomorrow.date(), 2500)


@both_engines
def test_while_it_is_stopped_nothing_moves_whoever_asks_and_whatever_the_proof(anna):
    assert transact(lambda: people.freeze(anna, NOW))
    assert not transact(lambda: people.freeze(anna, NOW + SECOND)), "twice is once"
    assert people.is_frozen(anna)
    for actor in ("member", "shop:main"):
        assert refused(lambda actor=actor: move(anna, 1, actor=actor, proof=NOW)).code == "stopped"
    assert refused(lambda: people.refuse_while_stopped(anna)).code == "stopped"
    assert transact(lambda: people.lift_freeze(anna))
    assert not transact(lambda: people.lift_freeze(anna)), "twice is once"
    move(anna, 1)
    people.refuse_while_stopped(anna)


@both_engines
def test_what_is_as_good_as_money_waits_for_72_hours_to_the_second_and_nothing_else_does(anna):
    until = transact(lambda: people.begin_wait(anna, NOW))
    assert until == NOW + timedelta(hours=72)
    caught = refused(lambda: move(anna, 1, like_money=True, proof=NOW))
    assert (caught.code, caught.facts["until"]) == ("must_wait", until)
    last = until - SECOND
    assert refused(lambda: move(anna, 1, like_money=True, at=last, actor="shop:main")).code == "must_wait"
    move(anna, 1)
    move(anna, 1, like_money=True, at=until)


def test_a_second_change_begins_the_wait_anew(anna):
    transact(lambda: people.begin_wait(anna, NOW))
    assert transact(lambda: people.begin_wait(anna, NOW + SECOND)) == NOW + SECOND + people.WAIT


def test_another_member_is_not_touched(anna):
    berta = shop.join("c-2")
    transact(lambda: people.freeze(anna, NOW))
    transact(lambda: people.begin_wait(anna, NOW))
    move(berta, 2500, like_money=True)
    assert not people.is_frozen(berta)
