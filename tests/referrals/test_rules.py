"""Codes, persons and periods, as tables."""

from datetime import date

import pytest

from portal.programme import Limit
from portal.referrals.rules import code_in, first_name, is_code, is_same_person, name_part, period_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Bell", "anna"), ("  ANNA", "anna"), ("Zoë", "friend"), ("지은", "friend"), ("", "friend"),
        (None, "friend"), ("Anna-Maria", "friend"), ("anna@example.com", "friend"),
        ("Bartholomewingtonsmythe", "bartholomewi"),
    ],
)  # fmt: skip
def test_a_code_begins_with_a_first_name_of_plain_letters(name, expected):
    assert name_part(name) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "anna-7k2", " Anna-7K2 ", "https://p.example/r/anna-7k2", "p.example/r/ANNA-7k2?utm=x", "/r/anna-7k2#top",

        "/r/anna-7k2/",        "ａｎｎａ-7k2",
    ],
)  # fmt: skip
def test_a_code_is_found_in_whatever_was_pasted(typed):
    assert code_in(typed) == "anna-7k2"
    assert is_code(code_in(typed))


@pytest.mark.parametrize(
    "typed", ["", "anna", "anna-", "-7k2", "anna-7k", "x" * 200, "anna-7k2'--", "anna-7k2\x00", "a b-7k2"]
)
def test_what_is_no_code_is_not_looked_up(typed):
    assert not is_code(code_in(typed))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("anna@example.com", "Anna@Example.com", True),
        ("anna@example.com", "anna+friend@example.com", True),
        ("anna.bell@example.com", "annabell@example.com", True),
        ("a.n.n.a+1@gmail.com", "anna@googlemail.com", True),
        ("ａnna@example.com", "anna@example.com", True),
        ("anna@example.com", "anna@example.org", False),
        ("anna@example.com", "hanna@example.com", False),
        (None, "anna@example.com", False),
        (None, None, False),
    ],
)
def test_one_mailbox_is_one_person_however_it_is_written(one, other, same):
    assert is_same_person(one, other) is same


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        ("day", date(2026, 6, 10)),
        ("month", date(2026, 6, 1)),
        ("year", date(2026, 1, 1)),
        ("lifetime", date.min),
    ],
)
def test_a_limit_counts_from_the_beginning_of_its_period(per, expected):
    assert period_of(Limit(per=per, count=5), date(2026, 6, 10)) == expected


def test_of_a_name_others_see_the_first_word():
    assert [first_name(name) for name in ("Anna Bell", " Anna ", "", None)] == ["Anna", "Anna", "", ""]
