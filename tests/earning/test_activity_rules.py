"""What an activity comes to, as tables: what it says, full steps, caps, and what stays when some is taken back."""

import pytest

from portal.earning.activity_rules import MOST_POINTS, Said, kept, read, steps, within_caps
from portal.errors import Refused
from portal.programme import Activity, Cap

PLAIN = Activity(key="review", label="A review", points=25)
MILES = Activity(key="miles", label="Miles", points=50, quantity=True, per=1000)
SAVING = Activity.model_validate(
    {"key": "saving", "label": "Saved", "points": 10, "amount": "amount", "per_amount": "10.00"},
    context={"currency": "USD"},
)
COFFEE = Activity(key="coffee", label="Coffee", points=100, distinct="country")


@pytest.mark.parametrize(
    ("rule", "quantity", "attributes", "said"),
    [
        (PLAIN, 1, {}, Said(1)),
        (PLAIN, -1, {"anything": 1}, Said(-1)),
        (MILES, 2600, {}, Said(2600)),
        (SAVING, 1, {"amount": "7.50"}, Said(750, "7.50")),
        (SAVING, -1, {"amount": "7.5"}, Said(-750, "7.5")),
        (COFFEE, 1, {"country": " KE "}, Said(1, "KE", "ke")),
        (COFFEE, -1, {"country": "Ke"}, Said(-1, "Ke", "ke")),
    ],
)
def test_what_is_said_is_read_by_the_rule(rule, quantity, attributes, said):
    assert read(rule, quantity, attributes, "USD") == said


@pytest.mark.parametrize(
    ("rule", "quantity", "attributes", "code", "pointer"),
    [
        (PLAIN, 0, {}, "bad_value", "/quantity"),
        (SAVING, 2, {"amount": "7.50"}, "bad_value", "/quantity"),
        (COFFEE, -2, {"country": "KE"}, "bad_value", "/quantity"),
        (SAVING, 1, {}, "missing_field", "/attributes/amount"),
        (COFFEE, 1, {"Country": "KE"}, "missing_field", "/attributes/country"),
        (SAVING, 1, {"amount": 7.5}, "bad_value", "/attributes/amount"),
        (SAVING, 1, {"amount": "7.505"}, "too_precise", "/attributes/amount"),
        (SAVING, 1, {"amount": "-7.50"}, "bad_value", "/attributes/amount"),
        (SAVING, 1, {"amount": "0.00"}, "bad_value", "/attributes/amount"),
        (COFFEE, 1, {"country": "  "}, "bad_value", "/attributes/country"),
        (COFFEE, 1, {"country": True}, "bad_value", "/attributes/country"),
        (COFFEE, 1, {"country": "x" * 101}, "bad_value", "/attributes/country"),
        (COFFEE, 1, {"country": "ß" * 51}, "bad_value", "/attributes/country"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(rule, quantity, attributes, code, pointer):
    with pytest.raises(Refused) as caught:
        read(rule, quantity, attributes, "USD")
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("count", "before", "of", "full"),
    [
        (1, 0, 1, 1),
        (3, 7, 1, 3),
        (9, 0, 10, 0),
        (10, 0, 10, 1),
        (1, 9, 10, 1),
        (260, 0, 10, 26),
        (11, 9, 10, 2),
    ],
)
def test_full_steps_count_on_top_of_what_was_there(count, before, of, full):
    assert steps(count, before, of) == full


MONTH, YEAR = Cap(per="month", points=75), Cap(per="year", points=100)


@pytest.mark.parametrize(
    ("asked", "given", "answer"),
    [
        (25, (0, 0), (25, None)),
        (25, (50, 50), (25, None)),
        (25, (51, 51), (24, MONTH)),
        (25, (75, 75), (0, MONTH)),
        (25, (0, 90), (10, YEAR)),
        (25, (90, 0), (0, MONTH)),
        (0, (75, 100), (0, None)),
        (MOST_POINTS, (0, 0), (75, MONTH)),
    ],
)
def test_the_tightest_cap_leaves_what_is_left_of_it(asked, given, answer):
    assert within_caps(asked, list(zip((MONTH, YEAR), given, strict=True))) == answer


@pytest.mark.parametrize(
    ("count", "before", "of", "each", "given", "stays"),
    [
        (0, 0, 1, 25, 25, 0),
        (2, 0, 1, 25, 75, 50),
        (2, 0, 1, 25, 30, 30),  # a cap had cut 45 off: that goes first
        (250, 0, 10, 200, 5000, 5000),
        (249, 0, 10, 200, 5000, 4800),
        (4, 5, 10, 200, 200, 0),  # the step is not full any more
        (5, 5, 10, 200, 200, 200),
    ],
)
def test_what_stays_is_what_is_asked_for_the_rest_and_never_more_than_was_given(
    count, before, of, each, given, stays
):
    assert kept(count, before, of, each, given) == stays
