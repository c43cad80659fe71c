"""What an activity counts, also where it gives no points: quantities by the step, amounts, new values, trees."""

import pytest

from portal import giving, ledger, programme
from portal.db import transact
from tests import make
from tests.earning.activities import activity, counter, do, earned, on
from tests.ledger import shop
from tests.ledger.shop import buckets, refused, sound

pytestmark = pytest.mark.both_engines

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
