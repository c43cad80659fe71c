"""Activities as the member and the ledger notice them: once for each id, within caps, counted, taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal import earning, giving, granting, ledger, programme
from portal.db import read, transact
from portal.errors import Refused
from tests import make
from tests.ledger import shop
from tests.ledger.shop import at_once, buckets, lots, refused, sound

pytestmark = pytest.mark.both_engines


def activity(key: str, **fields: str) -> str:
    """Part of a programme: one activity, its fields as they stand in the file."""
    told = "".join(f"{name} = {value}\n" for name, value in fields.items())
    return f'\n[[activities]]\nkey = "{key}"\nlabel = "{key.title()}"\n{told}'


REVIEW = activity("review", points="25", caps='[{ per = "month", points = 75 }]')
MILES = activity("miles", points="50", quantity="true", per="1000", counter='"miles"')
COFFEE = activity("coffee", points="100", distinct='"country"', counter='"countries"')
SAVING = activity("saving", points="10", amount='"amount"', per_amount='"10.00"', counter='"saved"')
MEETING = activity("meeting", counter='"trees"')
TREES = (
    '\n[[charities]]\nkey = "trees"\nlabel = "Trees"\n'
    '\n[[funding]]\nkey = "tree"\nlabel = "A tree"\non = "activity"\nactivity = "meeting"\ncharity = "trees"\n'
    'amount = "0.50"\n'
)
PRESCRIPTION = """
key = "cvs"
name = "Care"
timezone = "America/New_York"
currency = "USD"
[unit]
kind = "money"
[contact]
email = "hello@shop.example"
[[activities]]
key = "prescription"
label = "Prescriptions filled"
points = "2.00"
quantity = true
per = 10
caps = [{ per = "year", points = "50.00" }]
[[tiers]]
key = "member"
label = "Member"
"""


def do(member: str, key: str, id: str = "a-1", at: datetime = make.NOW, **more: Any) -> earning.Done:
    """Somebody's activity, told at once by the shop."""
    return transact(
        lambda: earning.record_activity(member, key, record_id=id, at=at, actor="shop:main", **more)
    )


def on(day: str, hour: int = 12) -> datetime:
    year, month, dom = map(int, day.split("-"))
    return datetime(year, month, dom, hour, tzinfo=UTC)


def counter(member: str, key: str) -> int:
    """How much a counter of the programme says of her, for life."""
    measure = granting.Measure.__table__.c
    where = (measure.member_id == member, measure.key == f"counter:{key}", measure.period == "")
    return int(read(granting.Measure.__table__.select().where(*where)).one().amount)


def earned(member: str) -> int:
    return int(shop.wallet(member).earned)


@pytest.fixture
def reviews(anna: str) -> str:
    shop.publish(REVIEW)
    return anna


def test_an_activity_gives_its_points_and_says_why(reviews):
    done = do(reviews, "review")
    assert (done.points, done.capped, done.repeated) == (25, False, False)
    assert buckets(reviews) == (25, 0, 0)
    (entry,) = ledger.newest_entries(reviews)
    assert (entry.source, entry.source_ref, entry.kind) == ("activity", "a-1", "earned")
    assert entry.trace == done.trace
    assert (done.trace["activity"]["key"], done.trace["counted"], done.trace["each"]) == ("review", 1, 25)
    sound()


def test_the_same_id_again_is_nothing_whatever_its_instant(reviews):
    first = do(reviews, "review", attributes={"stars": 5})
    again = do(reviews, "review", attributes={"stars": 5}, at=make.NOW + timedelta(days=40))
    assert (again.points, again.trace, again.repeated) == (first.points, first.trace, True)
    assert buckets(reviews) == (25, 0, 0)


@pytest.mark.parametrize(
    "other", [{"key": "follow"}, {"quantity": 2}, {"quantity": -1}, {"attributes": {"stars": 4}}]
)
def test_an_id_that_stands_for_something_else_is_refused(anna, other):
    shop.publish(REVIEW, activity("follow", points="10"))
    do(anna, "review", attributes={"stars": 5})
    asked: dict[str, Any] = {"key": "review", "attributes": {"stars": 5}} | other
    assert refused(do, anna, **asked).code == "conflict"
    assert buckets(anna) == (25, 0, 0)


def test_an_id_is_one_members_in_the_whole_programme(reviews):
    bea = shop.join("c-2")
    do(reviews, "review")
    assert refused(do, bea, "review").code == "conflict"
    assert buckets(bea) == (0, 0, 0)


def test_one_that_arrives_many_times_at_once_is_one(app, reviews):
    bea = shop.join("c-2")
    answers = at_once(app, [lambda who=who: do(who, "review") for who in [reviews] * 6 + [bea] * 6])
    done = [one for one in answers if isinstance(one, earning.Done)]
    assert len(done) == 6
    assert sum(not one.repeated for one in done) == 1
    assert {one.code for one in answers if isinstance(one, Refused)} == {"conflict"}
    assert earned(reviews) + earned(bea) == 25
    sound()


def test_different_ones_at_once_stay_within_the_cap(app, reviews):
    at_once(app, [lambda n=n: do(reviews, "review", f"a-{n}") for n in range(12)])
    assert buckets(reviews) == (75, 0, 0)
    sound()


@pytest.mark.parametrize(
    ("key", "code"), [("account", "not_allowed"), ("birthday", "not_allowed"), ("x", "unknown_key")]
)
def test_what_happens_by_itself_and_what_nobody_knows_is_refused(anna, key, code):
    shop.publish(activity("account", points="100"))
    assert refused(do, anna, key).code == code


def test_an_instant_more_than_a_day_ahead_is_refused_and_one_of_long_ago_is_taken(reviews):
    now = make.NOW
    late = refused(do, reviews, "review", at=now + timedelta(days=1, seconds=1), now=now)
    assert (late.code, late.pointer) == ("in_the_future", "/at")
    assert do(reviews, "review", at=now + timedelta(days=1), now=now).points == 25
    assert do(reviews, "review", "a-2", at=now - timedelta(days=400), now=now).points == 25


def test_whose_word_is_enough_is_said_by_the_file(anna):
    shop.publish(
        activity("review", points="25", proof='"staff"'), activity("follow", points="10", proof='"none"')
    )
    assert refused(do, anna, "review").code == "not_allowed"
    assert do(anna, "review", word="staff").points == 25
    assert do(anna, "follow", "a-2").points == 10


def test_points_of_an_activity_may_wait_and_count_for_tiers_at_once(anna):
    ladder = '\n[[tiers]]\nkey = "gold"\nlabel = "Gold"\nentry = [{ metric = "earned", count = 25 }]\n'
    shop.publish(activity("review", points="25", pending_days="14"), ladder)
    assert do(anna, "review").trace["matures_on"] == "2026-06-24"
    assert buckets(anna) == (0, 25, 0)
    granted = read(text("SELECT tier FROM tier_grant WHERE member_id = :id"), {"id": anna}).scalars().all()
    assert granted == ["gold"]
    do(anna, "review", "a-2", quantity=-1)
    assert buckets(anna) == (0, 0, 0)
    sound()


def test_points_that_end_go_into_the_lot_of_the_day_it_was_done(anna):
    shop.publish(
        activity("review", points="25"), '\n[expiry]\nkind = "month-end"\nmonths = 6\nnotices = []\n'
    )
    do(anna, "review", at=on("2026-05-31"), now=make.NOW)
    assert lots(anna) == {"2026-11-30": 25}
    do(anna, "review", "a-2")
    do(anna, "review", "a-3", at=on("2026-05-30"), now=make.NOW)
    assert lots(anna) == {"2026-11-30": 50, "2026-12-31": 25}


def test_an_activity_is_a_sign_of_life_where_points_end_without_one(anna):
    shop.publish(activity("meeting"), '\n[expiry]\nkind = "inactivity"\ndays = 365\nnotices = []\n')
    do(anna, "meeting")
    assert str(shop.wallet(anna).active_on) == "2026-06-10"


# --- caps


def test_a_cap_gives_the_part_that_is_left_and_says_so(anna):
    shop.publish(activity("review", points="30", caps='[{ per = "month", points = 75 }]'))
    done = [do(anna, "review", f"a-{n}") for n in range(4)]
    assert [(one.points, one.capped) for one in done] == [(30, False), (30, False), (15, True), (0, True)]
    assert done[2].trace["capped"] == {"per": "month", "points": 75, "asked": 30}
    assert ledger.newest_entries(anna)[0].trace["capped"]["asked"] == 30
    assert (do(anna, "review", "a-3").capped, shop.rows("entry")) == (True, 3), "asked again, the same"
    assert earned(anna) == 75
    sound()


@pytest.mark.parametrize(
    ("per", "zone", "midnight"),
    [
        ("day", "Pacific/Kiritimati", datetime(2026, 6, 10, 10, tzinfo=UTC)),
        ("day", "Pacific/Niue", datetime(2026, 6, 10, 11, tzinfo=UTC)),
        ("day", "Europe/London", datetime(2026, 10, 26, tzinfo=UTC)),  # after a day of 25 hours
        ("month", "Europe/London", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("year", "America/New_York", datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_a_cap_begins_anew_at_midnight_of_the_programmes_zone(anna, per, zone, midnight):
    shop.publish(
        activity("goal", points="3", caps=f'[{{ per = "{per}", points = 3 }}]'), timezone=f'"{zone}"'
    )
    assert do(anna, "goal", "a-1", at=midnight - timedelta(hours=10)).points == 3
    assert do(anna, "goal", "a-2", at=midnight - timedelta(seconds=1)).points == 0
    assert do(anna, "goal", "a-3", at=midnight).points == 3


@pytest.mark.parametrize(
    ("per", "days"),
    [
        ("month", ("2026-05-01", "2026-05-16", "2026-05-31")),
        ("year", ("2026-01-02", "2026-03-31", "2026-06-09")),
        ("lifetime", ("2024-06-01", "2025-01-01", "2026-06-09")),
    ],
)
def test_a_cap_is_filled_by_all_days_of_its_period_in_whatever_order_they_are_told(anna, per, days):
    shop.publish(activity("goal", points="3", caps=f'[{{ per = "{per}", points = 7 }}]'))
    for told in (days, days[::-1]):
        done = [do(anna, "goal", f"{told[0]}-{n}", at=on(day), now=make.NOW) for n, day in enumerate(told)]
        assert [one.points for one in done] == ([3, 3, 1] if told is days else [0, 0, 0])
    sound()


def test_the_tightest_of_several_caps_counts(anna):
    caps = '[{ per = "day", points = 50 }, { per = "lifetime", points = 60 }]'
    shop.publish(activity("share", points="40", caps=caps))
    given = [do(anna, "share", f"a-{n}", at=on(f"2026-06-{n:02}")) for n in (1, 2, 3)]
    assert [one.points for one in given] == [40, 20, 0]
    assert given[1].trace["capped"] == {"per": "lifetime", "points": 60, "asked": 40}


def test_what_is_taken_back_makes_room_in_the_month_it_was_given_in(reviews):
    for n in range(3):
        do(reviews, "review", f"a-{n}", at=on("2026-05-20"))
    do(reviews, "review", "back", at=on("2026-06-02"), quantity=-1)
    for n in range(4):
        do(reviews, "review", f"b-{n}", at=on("2026-06-03"))
    assert earned(reviews) == 50 + 75, "June has its own 75 and no more"
    assert do(reviews, "review", "late", at=on("2026-05-21"), now=on("2026-06-04")).points == 25
    sound()


# --- quantities, and steps of them


@pytest.fixture
def pharmacy(anna: str) -> str:
    transact(lambda: programme.publish(PRESCRIPTION, make.NOW))
    return anna


def test_260_prescriptions_in_one_year_are_fifty_dollars_capped(pharmacy):
    done = do(pharmacy, "prescription", quantity=260)
    assert (done.points, done.capped) == (5000, True)
    assert done.trace["capped"] == {"per": "year", "points": 5000, "asked": 5200}
    (entry,) = ledger.newest_entries(pharmacy)
    assert entry.trace["capped"]["asked"] == 5200
    assert buckets(pharmacy) == (5000, 0, 0)


@pytest.mark.parametrize(
    ("parts", "points"), [((9,), 0), ((10,), 200), ((9, 1), 200), ((11, 8), 200), ((11, 9), 400)]
)
def test_two_dollars_for_each_full_ten(pharmacy, parts, points):
    for n, quantity in enumerate(parts):
        do(pharmacy, "prescription", f"p-{n}", quantity=quantity)
    assert buckets(pharmacy) == (points, 0, 0)


def test_the_rest_of_a_step_is_carried_over_the_years_end_and_what_a_cap_cut_is_not_paid_later(pharmacy):
    do(pharmacy, "prescription", "p-1", quantity=268, at=on("2026-12-31"))
    assert earned(pharmacy) == 5000
    assert do(pharmacy, "prescription", "p-2", quantity=1, at=on("2027-01-02")).points == 0
    assert do(pharmacy, "prescription", "p-3", quantity=1, at=on("2027-01-02")).points == 200
    assert earned(pharmacy) == 5200


def test_what_a_cap_had_cut_off_is_taken_back_first(pharmacy):
    do(pharmacy, "prescription", "p-1", quantity=260)
    assert do(pharmacy, "prescription", "r-1", quantity=-10).points == 0
    assert do(pharmacy, "prescription", "r-2", quantity=-1).points == -200
    assert do(pharmacy, "prescription", "r-3", quantity=-9).points == 0
    assert earned(pharmacy) == 4800
    assert do(pharmacy, "prescription", "p-2", quantity=9).points == 0
    assert do(pharmacy, "prescription", "p-3", quantity=1).points == 200
    sound()


def test_miles_are_counted_one_by_one_and_paid_by_the_thousand(anna):
    shop.publish(MILES)
    for n, miles in enumerate((999, 1, 2500)):
        do(anna, "miles", f"m-{n}", quantity=miles)
    assert (earned(anna), counter(anna, "miles")) == (150, 3500)
    do(anna, "miles", "back", quantity=-501)
    assert (earned(anna), counter(anna, "miles")) == (100, 2999)
    sound()


def test_without_steps_a_quantity_is_so_many_of_them(anna):
    shop.publish(activity("meeting", points="5", counter='"trees"'))
    assert do(anna, "meeting", quantity=3).points == 15
    assert counter(anna, "trees") == 3


def test_nothing_is_no_quantity_and_more_than_a_ledger_holds_is_refused(anna):
    shop.publish(activity("meeting", points="100000000"))
    assert refused(do, anna, "meeting", quantity=0).code == "bad_value"
    assert refused(do, anna, "meeting", quantity=10**9).pointer == "/quantity"


# --- amounts and values


def test_money_saved_is_counted_in_minor_units_and_paid_for_each_full_ten(anna):
    shop.publish(SAVING)
    points = [
        do(anna, "saving", f"s-{n}", attributes={"amount": amount}).points
        for n, amount in enumerate(("9.99", "0.01", "25.00"))
    ]
    assert points == [0, 10, 20]
    assert counter(anna, "saved") == 3500
    assert do(anna, "saving", "back", quantity=-1, attributes={"amount": "25.00"}).points == -20
    assert (earned(anna), counter(anna, "saved")) == (10, 1000)
    sound()


def test_each_new_value_counts_once_however_it_is_written(anna):
    shop.publish(COFFEE)
    points = [
        do(anna, "coffee", f"c-{n}", attributes={"country": country}).points
        for n, country in enumerate(("KE", "BR", "ke", " KE "))
    ]
    assert points == [100, 100, 0, 0]
    assert (earned(anna), counter(anna, "countries")) == (200, 2)
    bea = shop.join("c-2")
    assert do(bea, "coffee", "bea-1", attributes={"country": "KE"}).points == 100


def test_a_value_is_counted_no_more_when_it_was_taken_back_as_often_as_it_was_told(anna):
    shop.publish(COFFEE)
    for n, country in enumerate(("KE", "BR", "KE")):
        do(anna, "coffee", f"c-{n}", attributes={"country": country})
    back = {"quantity": -1, "attributes": {"country": "KE"}}
    assert [do(anna, "coffee", f"r-{n}", **back).points for n in range(3)] == [0, -100, 0]
    assert (earned(anna), counter(anna, "countries")) == (100, 1)
    assert do(anna, "coffee", "again", attributes={"country": "KE"}).points == 100
    assert counter(anna, "countries") == 2
    sound()


# --- taking back


def test_taking_back_never_goes_below_nothing_and_is_once(reviews):
    do(reviews, "review", "a-1")
    first = do(reviews, "review", "r-1", quantity=-2)
    assert (first.points, first.trace["counted"]) == (-25, -1)
    again = do(reviews, "review", "r-1", quantity=-2)
    assert (again.points, again.repeated) == (-25, True)
    assert do(reviews, "review", "r-2", quantity=-1).points == 0
    assert buckets(reviews) == (0, 0, 0)
    sound()


def test_points_that_were_spent_are_owed_when_they_are_taken_back(reviews):
    do(reviews, "review")
    shop.spend(reviews, 20)
    do(reviews, "review", "r-1", quantity=-1)
    assert buckets(reviews) == (0, 0, 20)
    entry = ledger.newest_entries(reviews)[0]
    assert (entry.kind, entry.source_ref, entry.trace["reversed"], entry.trace["points"]) == (
        "refunded", "a-1", True, -25,
    )  # fmt: skip
    sound()


def test_taking_back_reaches_over_several_the_newest_first(anna):
    shop.publish(activity("visit", points="10", quantity="true", counter='"visits"'))
    do(anna, "visit", "v-1", quantity=2)
    do(anna, "visit", "v-2", quantity=1)
    assert do(anna, "visit", "r-1", quantity=-2).points == -20
    rows = read(
        text("SELECT id, quantity, points FROM activity WHERE member_id = :id ORDER BY id"), {"id": anna}
    )
    assert [tuple(row) for row in rows] == [("r-1", 0, 0), ("v-1", 1, 10), ("v-2", 0, 0)]
    assert (earned(anna), counter(anna, "visits")) == (10, 1)
    sound()


def test_the_rate_that_gave_the_points_takes_them_back(anna):
    shop.publish(activity("visit", points="20"))
    do(anna, "visit", "v-1", quantity=2)
    shop.publish(activity("visit", points="5"))
    assert do(anna, "visit", "r-1", quantity=-1).points == -20
    assert earned(anna) == 20
    sound()


# --- counted without points, and paid for by the programme


def test_a_meeting_plants_one_tree_and_a_repeated_id_none(anna):
    shop.publish(MEETING, TREES)
    for id in ("m-1", "m-1", "m-2"):
        assert do(anna, "meeting", id).points == 0
    assert (counter(anna, "trees"), giving.funded_totals()) == (2, {"trees": 100})
    assert shop.rows("entry") == 0
    assert giving.faults() == []


def test_what_is_taken_back_takes_its_tree_along(anna):
    shop.publish(MEETING, TREES)
    do(anna, "meeting", "m-1", quantity=5)
    do(anna, "meeting", "r-1", quantity=-2)
    assert (counter(anna, "trees"), giving.funded_totals()) == (3, {"trees": 150})
    do(anna, "meeting", "r-2", quantity=-9)
    assert (counter(anna, "trees"), giving.funded_totals()) == (0, {})
    assert giving.faults() == []


# --- what happens by itself


def give(member: str, key: str) -> int:
    return transact(lambda: earning.give_activity(member, key, at=make.NOW, actor="test"))


def test_the_newsletter_is_given_once_in_a_lifetime_however_it_comes(anna):
    shop.publish(activity("newsletter", points="50"))
    assert [give(anna, "newsletter"), give(anna, "newsletter")] == [50, 0]
    sent = do(anna, "newsletter", "n-1")
    assert (sent.points, sent.capped) == (0, False)
    bea = shop.join("c-2")
    assert [do(bea, "newsletter", "n-2", quantity=3).points, do(bea, "newsletter", "n-3").points] == [50, 0]
    assert give(bea, "newsletter") == 0
    do(bea, "newsletter", "back", quantity=-1)
    assert (give(bea, "newsletter"), earned(bea)) == (0, 0)
    sound()


def test_an_id_like_the_activitys_own_name_is_no_trouble(anna):
    shop.publish(activity("newsletter", points="50"))
    give(anna, "newsletter")
    assert do(anna, "newsletter", "newsletter").repeated
    assert earned(anna) == 50
