"""Giving as the ledger and the charities see it, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal import earning, giving, ledger
from portal.db import read, run, transact
from portal.errors import Refused
from tests import make
from tests.giving.hands import DAY, earn, give
from tests.home.doors import join

pytestmark = [pytest.mark.both_engines, pytest.mark.usefixtures("programme", "the_books_agree")]


def refused(*args, **fields) -> Refused:
    with pytest.raises(Refused) as caught:
        give(*args, **fields)
    return caught.value


def gifts() -> int:
    return read(select(func.count()).select_from(giving.Donation)).scalar_one()


def test_a_gift_takes_points_and_becomes_money_for_the_charity(anna):
    earn(anna, 1000)
    given = give(anna, points=500)
    assert (given.points, given.value_minor, given.currency, given.on_day) == (500, 500, "GBP", DAY)
    wallet = ledger.wallet(anna)
    assert (wallet.available, wallet.donated, wallet.spent) == (600, 500, 0)
    assert giving.totals() == {"wildlife": giving.Gifts(500, 500, 1)} == giving.of(anna)
    entry = ledger.entry(anna, given.seq)
    assert (entry.kind, entry.contra, entry.trace["charity"]["key"]) == ("donated", "donated", "wildlife")


def test_the_same_gift_twice_is_one_gift(anna):
    earn(anna, 1000)
    first, second = give(anna, points=200), give(anna, points=200)
    assert (first.seq, first.repeated, second.seq, second.repeated) == (second.seq, False, first.seq, True)
    assert ledger.wallet(anna).available == 900
    assert gifts() == 1


def test_all_that_there_is_twice_is_one_gift_too(anna):
    earn(anna, 30)
    assert [give(anna).points, give(anna).points] == [100, 100]
    assert ledger.wallet(anna).available == 30, "rounded down to the step of 50"


def test_another_gift_under_the_same_key_is_refused(anna):
    earn(anna, 1000)
    give(anna, points=200)
    for other in ({"points": 250}, {"points": None}, {"charity": "schools", "points": 200}):
        assert refused(anna, **other).code == "conflict"
    assert ledger.wallet(anna).available == 900


def test_eight_taps_at_once_give_once(app, anna):
    earn(anna, 1000)

    def tap(_: int) -> giving.Given:
        with app.app_context():
            return give(anna, points=200)

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(tap, range(8)))
    assert len({given.seq for given in done}) == 1
    assert sum(not given.repeated for given in done) == 1
    assert giving.totals()["wildlife"] == giving.Gifts(200, 200, 1)


def test_eight_gifts_at_once_never_give_more_than_there_is(app, anna):
    earn(anna, 200)

    def tap(number: int) -> str:
        with app.app_context():
            try:
                return give(anna, points=100, ref=f"g-{number}").ref
            except Refused as refusal:
                return refusal.code

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(tap, range(8)))
    assert done.count("not_enough_points") == 5
    assert ledger.wallet(anna).available == 0


def test_off_the_step_or_below_the_minimum_is_refused_and_nothing_is_rounded(anna):
    earn(anna, 1000)
    for points in (50, 99, 120, 0, -100):
        refusal = refused(anna, points=points)
        assert (refusal.code, refusal.pointer) == ("bad_value", "/points")
    assert gifts() == 0


def test_a_charity_that_the_programme_does_not_name_is_refused(anna):
    assert refused(anna, "donkeys", 100).code == "unknown_key"


def test_less_than_the_minimum_cannot_be_given_even_as_everything(anna):
    give(anna, ref="first")
    earn(anna, 60, "more")
    refusal = refused(anna)
    assert (refusal.code, refusal.facts["have"]) == ("not_enough_points", 60)


def test_nothing_is_given_while_points_are_owed(anna):
    give(anna, ref="first")
    body = make.order("40.00", version=1, placed_at="2026-05-20T09:00:00Z")

    def tell(**changes) -> None:
        order = earning.OrderBody.model_validate(body | changes)
        transact(lambda: earning.record_order(order, shop="main", number="1", at=make.NOW, actor="shop:main"))

    tell()
    give(anna, points=200, ref="second")
    tell(version=2, status="cancelled")
    assert ledger.wallet(anna).owed == 200
    assert refused(anna, points=100, ref="third").code == "owes_points"
    assert refused(anna, ref="third").code == "owes_points"


def test_points_whose_day_has_come_can_be_given_before_anything_ran_at_night(anna, clock):
    earn(anna, 300, matures_on=DAY + timedelta(days=2))
    assert giving.available(anna, DAY) == 100
    clock.shift(timedelta(days=2))
    assert giving.available(anna, DAY + timedelta(days=2)) == 400
    assert give(anna).points == 400


def test_the_charity_given_to_last_is_remembered_and_another_can_be_chosen(anna):
    assert giving.choice(anna) is None
    give(anna, "forests")
    assert giving.choice(anna) == "forests"
    transact(lambda: giving.choose(anna, "schools", make.NOW))
    assert giving.choice(anna) == "schools"
    with pytest.raises(Refused):
        transact(lambda: giving.choose(anna, "donkeys", make.NOW))


def test_totals_of_many_members_are_kept_in_parts_and_add_up(programme):
    members = [join(f"m-{number}", f"m{number}@example.com") for number in range(12)]
    for member in members:
        give(member, "wildlife")
    assert giving.totals() == {"wildlife": giving.Gifts(1200, 1200, 12)}
    parts = read(select(func.count()).select_from(giving.CharityTotal)).scalar_one()
    assert parts > 1, "not all of them wait for one row"


@pytest.mark.usefixtures("anna")
def test_the_check_finds_a_total_that_was_tampered_with(app, request):
    anna = request.getfixturevalue("anna")
    give(anna)
    tampered = update(giving.CharityTotal)
    transact(lambda: run(tampered.values(value_minor=giving.CharityTotal.value_minor + 1)))
    assert [fault for fault in giving.faults() if "what a charity was given" in fault]
    transact(lambda: run(tampered.values(value_minor=giving.CharityTotal.value_minor - 1)))
