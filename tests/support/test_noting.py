"""What counts on the word of a colleague: asked for as the activity says, once for each receipt, in the audit."""

import pytest

from portal import clock as portal_clock
from portal import earning, granting, ledger, support
from portal import programme as programmes
from portal.db import transact
from portal.errors import Refused
from portal.support import audit
from tests.home.doors import enter, everything, join
from tests.ledger.shop import at_once
from tests.programme.texts import small
from tests.support.acts import colleague, hire

JARS = (
    '\n[[activities]]\nkey = "jars"\nlabel = "Jars brought back"\npoints = 10\nquantity = true\n'
    'proof = "staff"\ncounter = "jars"\ncaps = [{ per = "year", points = 100 }]\n'
)
EVENING = (
    '\n[[activities]]\nkey = "evening"\nlabel = "An evening in the workshop"\npoints = 50\nproof = "staff"\n'
)
REPAIR = (
    '\n[[activities]]\nkey = "repair"\nlabel = "A repair"\npoints = 1\namount = "cost"\nper_amount = "10.00"\n'
    'proof = "staff"\n'
)
COURSE = '\n[[activities]]\nkey = "course"\nlabel = "A course"\npoints = 5\ndistinct = "course_name"\nproof = "staff"\n'
SHOPS = '\n[[activities]]\nkey = "survey"\nlabel = "A survey"\npoints = 5\n'
ALL = (JARS, EVENING, REPAIR, COURSE, SHOPS)


@pytest.fixture
def anna(app, publish, clock) -> str:
    """A member where colleagues vouch for four things; her id."""
    publish(small("\n[support]\ndaily_points = 130\n", *ALL))
    return join()


def note(staff, member_id, activity="evening", receipt="R-1", **changes) -> earning.Done:
    return transact(
        lambda: support.note_activity(
            staff, member_id, activity, receipt=receipt, now=portal_clock.now(), **changes
        )
    )


def points(member_id: str) -> int:
    return ledger.wallet(member_id).available


def open_form(desk, label: str):
    desk.open("/staff/members/c-1")
    desk.follow("Note something")
    return desk.follow(label)


def test_the_desk_asks_for_what_the_activity_asks_for_and_she_reads_it_on_her_line(app, anna):
    desk = hire(app)
    page = open_form(desk, "Jars brought back")
    assert [field["name"] for field in page.all("input") if field.attributes.get("type") != "hidden"][
        -2:
    ] == [
        "quantity",
        "receipt",
    ]
    page = desk.submit("Note it", quantity="3", receipt="R-17")
    assert "Noted: 30 points." in page.text
    assert "receipt R-17" in page.text
    assert points(anna) == 30
    assert "Jars brought back" in enter(app).open("/activity").text
    row = audit.rows_of(anna)[0]
    assert (row.what, row.facts["receipt"], row.facts["quantity"], row.facts["points"]) == (
        "noted",
        "R-17",
        3,
        30,
    )
    assert granting.state(
        anna, programmes.active()[1], programmes.active()[1].day(portal_clock.now())
    ).counters == {"jars": 3}
    for label, more in (
        ("A repair", {"value": "29.99"}),
        ("A course", {"value": "Willow"}),
        ("An evening in the workshop", {}),
    ):
        open_form(desk, label)
        desk.submit("Note it", receipt=label, **more)
    assert points(anna) == 30 + 2 + 5 + 50
    assert ledger.faults() == earning.faults() == support.faults() == []


@pytest.mark.both_engines
def test_one_receipt_counts_once_whoever_notes_it(app, anna):
    first = note(colleague(), anna)
    again = note(colleague(email="kim@example.com"), anna, receipt="  R-1 ")
    assert (first.repeated, again.repeated, points(anna)) == (False, True, 50)
    assert [row.what for row in audit.rows_of(anna)] == ["noted"]
    bea = join("c-2", "bea@example.com", "Bea")
    note(colleague(), anna, "jars", quantity=1)
    for member_id, activity, more in ((bea, "evening", {}), (anna, "jars", {"quantity": 2})):
        with pytest.raises(Refused) as refused:
            note(colleague(), member_id, activity, **more)
        assert refused.value.code == "conflict"
    assert (points(anna), points(bea)) == (60, 0)
    assert ledger.faults() == earning.faults() == support.faults() == []


@pytest.mark.both_engines
def test_a_receipt_is_the_same_one_however_it_is_typed_and_is_no_shops_id(app, anna):
    sam = colleague()
    with_dash = "R\u201317", "R\u221217", "R-\u200b17", "\uff32-17", "r - 17", "R-17\u2800"
    assert [note(sam, anna, receipt=one).repeated for one in ("R-17", "r-17", " R-17 ", *with_dash)] == [
        False,
        *[True] * 8,
    ]
    assert not note(sam, anna, receipt="R-18").repeated
    assert points(anna) == 100
    now = portal_clock.now()
    for receipt in ("R-17", "r-17"):  # a shop's own ids are its own
        told = transact(
            lambda receipt=receipt: earning.record_activity(
                anna, "survey", record_id=receipt, at=now, actor="shop:main"
            )
        )
        assert not told.repeated
    for none in ("\u200b", "\u3164\u2800", "ﷺ" * 20):
        with pytest.raises(Refused) as refused:
            note(sam, anna, receipt=none)
        assert refused.value.code == "bad_value"
    assert points(anna) == 110


@pytest.mark.both_engines
def test_who_may_not_and_what_is_not_theirs_is_refused_and_nothing_is_written(app, anna):
    sam, own = colleague(), join("c-2", "kim@example.com", "Kim")
    for staff, member_id, activity, changes, code, why in (
        (colleague("auditor", "ari@shop.example"), anna, "evening", {}, "not_allowed", "role"),
        (colleague("owner", "kim@example.com"), own, "evening", {}, "not_allowed", "own"),
        (sam, anna, "survey", {}, "not_allowed", "shop"),
        (sam, anna, "nothing", {}, "unknown_key", None),
        (sam, anna, "evening", {"receipt": " "}, "bad_value", None),
        (sam, anna, "evening", {"receipt": "R" * 51}, "bad_value", None),
        (sam, anna, "repair", {"value": "two"}, "bad_value", None),
        (sam, anna, "repair", {"value": "2.505"}, "too_precise", None),
        (sam, "0" * 26, "evening", {}, "unknown_member", None),
    ):
        with pytest.raises(Refused) as refused:
            note(staff, member_id, activity, **changes)
        assert (refused.value.code, refused.value.facts.get("why")) == (code, why), (activity, changes)
    assert (points(anna), points(own), audit.rows_of(anna)) == (0, 0, [])


@pytest.mark.both_engines
def test_what_is_noted_goes_into_the_colleagues_limit_of_the_day(app, anna):
    sam = colleague()
    note(sam, anna, receipt="R-1")
    note(sam, anna, receipt="R-2")
    with pytest.raises(Refused) as refused:
        note(sam, anna, receipt="R-3")
    assert (refused.value.code, refused.value.facts["left"]) == ("limit_reached", 30)
    assert points(anna) == 100
    note(sam, anna, "jars", receipt="R-4", quantity=3)  # to the very limit
    with pytest.raises(Refused):
        transact(
            lambda: support.adjust(
                sam,
                anna,
                1,
                reason="A reason of ten",
                words="W",
                ticket="T",
                key="K" * 26,
                now=portal_clock.now(),
            )
        )
    note(colleague(email="kim@example.com"), anna, receipt="R-3")
    assert points(anna) == 180
    assert ledger.faults() == earning.faults() == support.faults() == []


GOAL = (
    '\n[[goals]]\nkey = "ten"\nlabel = "Ten jars"\nmetric = "counter"\ncounter = "jars"\ncount = 10\n'
    "gives = { points = 60 }\n"
)


@pytest.mark.both_engines
def test_what_a_goal_gives_for_what_is_noted_goes_into_the_limit_too(app, anna, publish):
    publish(small("\n[support]\ndaily_points = 159\n", *ALL, GOAL))
    sam, before = colleague(), everything()
    with pytest.raises(Refused) as refused:
        note(sam, anna, "jars", receipt="R-1", quantity=10)  # 100 points, and 60 of the goal
    assert (refused.value.code, refused.value.facts["left"]) == ("limit_reached", 159)
    assert everything() == before
    publish(small("\n[support]\ndaily_points = 160\n", *ALL, GOAL))
    note(sam, anna, "jars", receipt="R-1", quantity=10)
    day = programmes.active()[1].day(portal_clock.now())
    assert (points(anna), support.adjusted_on(sam.id, day)) == (160, 160)
    assert audit.rows_of(anna)[0].facts["points"] == 160
    with pytest.raises(Refused):
        note(sam, anna, "course", receipt="R-2", value="Willow")
    assert ledger.faults() == earning.faults() == support.faults() == []


@pytest.mark.both_engines
def test_points_of_a_goal_alone_go_into_the_limit(app, anna, publish):
    free = JARS.replace("points = 10\n", "points = 0\n")
    publish(small("\n[support]\ndaily_points = 60\n", free, GOAL))
    sam = colleague()
    note(sam, anna, "jars", receipt="R-1", quantity=10)
    day = programmes.active()[1].day(portal_clock.now())
    assert (points(anna), support.adjusted_on(sam.id, day)) == (60, 60)


def test_a_cap_of_the_programme_is_said(app, anna):
    desk = hire(app)
    open_form(desk, "Jars brought back")
    page = desk.submit("Note it", quantity="12", receipt="R-17")
    assert "The limit of the programme is reached: it gave 100 points." in page.text


def test_what_is_typed_wrong_is_told_beside_the_field(app, anna):
    desk = hire(app)
    for quantity in ("", "0", "-1", "1.5", "two", "9" * 30):
        open_form(desk, "Jars brought back")
        page = desk.submit("Note it", 422, quantity=quantity, receipt="R-17")
        assert "Type a whole number, 1 or more." in page.text, quantity
    open_form(desk, "A repair")
    assert "That does not count." in desk.submit("Note it", 422, value="fifty", receipt="R-17").text
    assert "Give the number of the receipt" in desk.submit("Note it", 422, value="5.00", receipt="").text
    desk.submit("Note it", value="5.00", receipt="R-17")
    open_form(desk, "A repair")
    page = desk.submit("Note it", 409, value="6.00", receipt="R-17")
    assert "This receipt was noted before for something else" in page.text
    assert [row.facts.get("act") for row in audit.rows_of(anna) if row.what == "refused"] == ["activity"] * 2


def test_where_colleagues_vouch_for_nothing_the_desk_has_no_such_page(app, anna, publish):
    publish(small(SHOPS))
    desk = hire(app)
    assert "Note something" not in desk.open("/staff/members/c-1").text
    desk.open("/staff/activities/new?member=c-1", 404)


def test_of_one_there_is_nothing_to_choose(app, anna, publish):
    publish(small(EVENING, SHOPS))
    desk = hire(app)
    desk.open("/staff/members/c-1")
    page = desk.follow("Note something")
    assert "An evening in the workshop" in page.text
    assert "Noted: 50 points." in desk.submit("Note it", receipt="R-1").text
    desk.open("/staff/activities/new?member=c-1&activity=survey", 404)


def test_a_visit_writes_nothing_down(app, anna):
    desk = hire(app)
    desk.open("/staff/members/c-1")
    desk.follow("Look at her pages")
    desk.submit("Begin the visit", ticket="T-1", reason="She rang about her jars")
    desk.open("/staff/activities/new?member=c-1", 403)
    assert points(anna) == 0


@pytest.mark.both_engines
def test_two_colleagues_who_note_one_receipt_at_once_note_it_once(app, engine, anna):
    staff = [colleague(), colleague(email="kim@example.com")]
    outcomes = at_once(app, [lambda one=one: note(one, anna).repeated for one in staff])
    assert sorted(outcomes) == [False, True]
    assert points(anna) == 50
    assert ledger.faults() == earning.faults() == support.faults() == []
