"""Gifts of each month: given by themselves on the first, on both engines, and set and stopped on the page."""

from datetime import UTC, date, datetime

import pytest

from portal import clock as portal_clock
from portal import earning, giving, joining, ledger, nightly, notices, people
from portal import programme as programmes
from portal.db import read, transact
from portal.errors import Refused
from tests import make
from tests.giving.hands import DAY, earn, give
from tests.home.doors import everything, join, step_in

pytestmark = [pytest.mark.usefixtures("programme", "the_books_agree")]
both_engines = pytest.mark.both_engines
JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)


def each_month(member_id: str, points: int = 200, charity: str = "wildlife") -> date:
    now = portal_clock.now()
    return transact(lambda: giving.set_standing(member_id, charity, points, at=now, proof=now))


def stop(member_id: str) -> None:
    transact(lambda: giving.end_standing(member_id))


def next_on(member_id: str) -> date | None:
    row = giving.standing(member_id)
    return None if row is None else row.next_on


def night(day: date) -> None:
    nightly.run(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))


def days(member_id: str) -> list[date]:
    """The days of her gifts, in order."""
    return [row.on_day for row in reversed(giving.newest(member_id, limit=99))]


def publish_with(old: str, new: str) -> None:
    """Another version of the demo programme."""
    source = programmes.load("demo").source
    assert old in source
    transact(lambda: programmes.publish(source.replace(old, new), portal_clock.now()))


@both_engines
def test_it_is_given_on_the_first_and_once(anna):
    earn(anna, 1000)
    assert each_month(anna) == JULY
    assert giving.next_due() == JULY
    assert days(anna) == [], "nothing at once"
    nightly.run(datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))
    assert days(anna) == [], "not a second before the first in the shop's zone"
    for _ in "12":
        nightly.run(datetime(2026, 6, 30, 23, tzinfo=UTC))
    assert days(anna) == [JULY]
    assert giving.of(anna) == {"wildlife": giving.Gifts(200, 200, 1)}
    assert ledger.wallet(anna).donated == 200
    assert (next_on(anna), giving.next_due()) == (AUGUST, AUGUST)
    assert giving.due_members(JULY, "", 10) == []
    night(AUGUST)
    assert days(anna) == [JULY, AUGUST]


@both_engines
def test_after_a_standstill_each_first_has_its_gift_on_its_day(anna):
    earn(anna, 1000)
    each_month(anna)
    night(date(2026, 9, 15))
    assert days(anna) == [JULY, AUGUST, SEPTEMBER]


@both_engines
def test_the_last_of_a_month_is_followed_by_the_next_day(clock, anna):
    for on, first in (
        ((2027, 1, 31), (2027, 2, 1)),
        ((2027, 12, 31), (2028, 1, 1)),
        ((2027, 2, 1), (2027, 3, 1)),
    ):
        clock.move_to(datetime(*on, 12, tzinfo=UTC))
        stop(anna)
        assert each_month(anna) == date(*first)


@both_engines
def test_where_there_are_too_few_nothing_is_given_and_the_next_month_it_is(anna):
    each_month(anna, points=5000)
    night(JULY)
    assert (days(anna), next_on(anna)) == ([], AUGUST)
    assert ledger.wallet(anna).donated == 0, "not a part of it either"
    earn(anna, 5000)
    night(date(2026, 7, 2))
    assert days(anna) == [], "what comes a day later is hers for the month"
    night(AUGUST)
    assert days(anna) == [AUGUST]


@both_engines
def test_points_that_mature_on_the_first_are_given_on_it(anna):
    each_month(anna, points=1000)
    earn(anna, 1000, matures_on=JULY)
    night(JULY)
    assert days(anna) == [JULY]


@both_engines
def test_nothing_is_given_while_points_are_owed_or_frozen(anna):
    give(anna, ref="first")
    body = make.order("40.00", version=1, placed_at="2026-05-20T09:00:00Z")

    def tell(**changes: object) -> None:
        order = earning.OrderBody.model_validate(body | changes)
        transact(lambda: earning.record_order(order, shop="main", number="1", at=make.NOW, actor="shop:main"))

    tell()
    give(anna, points=200, ref="second")
    tell(version=2, status="cancelled")
    each_month(anna)
    night(JULY)
    assert (giving.of(anna)["wildlife"].gifts, next_on(anna)) == (2, AUGUST)
    earn(anna, 1000)
    transact(lambda: ledger.freeze(anna))
    night(AUGUST)
    assert (giving.of(anna)["wildlife"].gifts, next_on(anna)) == (2, SEPTEMBER)


@both_engines
@pytest.mark.parametrize(
    ("old", "new"),
    [('key = "wildlife"', 'key = "meadows"'), ("minimum = 100\nstep = 50", "minimum = 300\nstep = 50")],
)
def test_a_cause_or_a_step_that_is_gone_is_given_nothing_until_it_is_back(anna, old, new):
    earn(anna, 1000)
    each_month(anna)
    publish_with(old, new)
    night(JULY)
    assert (days(anna), next_on(anna)) == ([], AUGUST)
    transact(lambda: programmes.publish(programmes.load("demo").source, portal_clock.now()))
    night(AUGUST)
    assert days(anna) == [AUGUST]


@both_engines
def test_what_was_stopped_is_given_no_more(anna):
    earn(anna, 1000)
    each_month(anna)
    night(JULY)
    stop(anna), stop(anna)
    night(SEPTEMBER)
    assert (days(anna), giving.standing(anna), giving.next_due()) == ([JULY], None, None)
    assert each_month(anna) == JULY, "and may begin again"


@both_engines
def test_something_else_takes_its_place_and_keeps_its_day(clock, anna):
    earn(anna, 1000)
    each_month(anna)
    clock.move_to(datetime(2026, 7, 1, 9, tzinfo=UTC))  # the nightly work has not run yet
    assert each_month(anna, 300, "forests") == JULY
    night(JULY)
    assert giving.of(anna) == {"forests": giving.Gifts(300, 300, 1)}
    assert giving.choice(anna) == "forests"


@both_engines
def test_a_cause_that_she_picks_meanwhile_stays_hers(anna):
    earn(anna, 1000)
    each_month(anna)
    transact(lambda: giving.choose(anna, "schools", portal_clock.now()))
    night(JULY)
    assert (giving.choice(anna), list(giving.of(anna))) == ("schools", ["wildlife"])


@both_engines
def test_who_has_left_gives_nothing(anna):
    earn(anna, 1000)
    each_month(anna)
    row = read(people.Member.__table__.select().where(people.Member.__table__.c.id == anna)).one()
    transact(lambda: joining.leave(row, actor="member", now=portal_clock.now(), proof=portal_clock.now()))
    night(JULY)
    assert (days(anna), giving.standing(anna), giving.next_due()) == ([], None, None)


@both_engines
def test_an_order_on_the_first_finds_the_gift_given(clock, anna):
    earn(anna, 100)
    each_month(anna)
    clock.move_to(datetime(2026, 7, 1, 9, tzinfo=UTC))
    body = earning.OrderBody.model_validate(make.order("40.00", placed_at="2026-07-01T08:00:00Z"))
    transact(
        lambda: earning.record_order(body, shop="main", number="1", at=portal_clock.now(), actor="shop:main")
    )
    assert days(anna) == [JULY]


@both_engines
def test_points_that_nobody_was_told_of_do_not_end_for_a_gift_of_a_day_gone_by(anna):
    """Reading 3: after a standstill the end of points waits for today, the gift is of its own day."""
    why = ledger.Because("test", "soon", "test", 1, {})
    transact(
        lambda: ledger.credit(
            anna,
            900,
            key="soon",
            fingerprint="",
            because=why,
            expires_on=date(2026, 6, 30),
            at=make.NOW,
            day=DAY,
        )
    )
    each_month(anna)
    assert not notices.delivery_is_assumed()
    night(date(2026, 8, 20))
    wallet = ledger.wallet(anna)
    assert (days(anna), wallet.available, wallet.donated) == ([JULY, AUGUST], 600, 400)


@both_engines
def test_a_programme_that_gives_it_up_ends_it(anna):
    earn(anna, 1000)
    each_month(anna)
    publish_with("standing = true", "standing = false")
    night(JULY)
    assert (days(anna), giving.standing(anna)) == ([], None)


@both_engines
@pytest.mark.parametrize(
    ("charity", "points", "code"),
    [("donkeys", 200, "unknown_key"), ("wildlife", 120, "bad_value"), ("wildlife", 50, "bad_value")],
)
def test_what_could_never_be_given_is_refused(anna, charity, points, code):
    before = everything()
    with pytest.raises(Refused) as caught:
        each_month(anna, points, charity)
    assert caught.value.code == code
    assert everything() == before


def test_a_programme_without_it_refuses_it_and_shows_nothing(app, anna):
    publish_with("standing = true", "standing = false")
    with pytest.raises(Refused) as caught:
        each_month(anna)
    assert caught.value.code == "not_allowed"
    visit = step_in(app)
    assert "Each month" not in visit.open("/give").text
    visit.open("/you")
    assert post(visit, "/give/standing", charity="wildlife", points="200") == 404
    assert giving.standing(anna) is None


def post(visit, path: str, **values: str) -> int:
    """Sent by hand, with the page's own proof; the answer's status."""
    token = visit.page.all("input", name="csrf_token")[0]["value"]
    data = {f"standing-{name}": value for name, value in values.items()} | {"csrf_token": token}
    return visit.client.post(path, data=data).status_code


def test_a_member_sets_it_sees_it_and_stops_it(app, anna):
    visit = step_in(app)
    visit.open("/give")
    page = visit.submit("Give it each month", **{"standing-charity": "forests", "standing-points": "500"})
    assert "Each month you give 500 points to New Forests Fund." in page.text
    page = visit.open("/give")
    assert "500 points to New Forests Fund, next on 1 July 2026." in page.text
    assert not page.all("input", name="standing-points")
    assert "Nothing is given each month any more." in visit.submit("Stop").text
    assert visit.open("/give").all("input", name="standing-points")
    assert giving.standing(anna) is None


def test_a_second_tap_changes_nothing(app, anna):
    visit = step_in(app)
    visit.open("/give")
    assert [post(visit, "/give/standing", charity="wildlife", points="200") for _ in "12"] == [303, 303]
    assert next_on(anna) == JULY
    assert [post(visit, "/give/standing/end") for _ in "12"] == [303, 303]
    assert giving.standing(anna) is None


def test_what_is_typed_wrong_is_said_and_nothing_is_written(app, anna):
    visit = step_in(app)
    visit.open("/give")
    before = everything()
    for points, words in (
        ("120", "in steps of 50 points"),
        ("50", "Give 100 points or more"),
        ("9" * 40, "Give 100"),
    ):
        page = visit.submit("Give it each month", 422, **{"standing-points": points})
        assert words in page.text
    assert post(visit, "/give/standing", charity="donkeys", points="200") == 422
    after = everything()
    before.pop("session"), after.pop("session")
    assert after == before
    assert visit.client.post("/give/standing", data={"standing-charity": "wildlife"}).status_code == 403
    assert visit.client.post("/give/standing/end").status_code == 403, "not without the page's own proof"


def test_another_member_is_not_concerned(app, anna):
    each_month(anna)
    ben = join("c-2", "ben@example.com", "Ben")
    visit = step_in(app, "ben@example.com")
    assert "next on" not in visit.open("/give").text
    post(visit, "/give/standing/end")
    assert (giving.standing(ben), next_on(anna)) == (None, JULY)
