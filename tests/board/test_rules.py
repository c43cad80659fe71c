"""Tables of cases: texts and their links, places in a list, minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.board import rules
from portal.errors import Refused

AT = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  one\r\ntwo \n\n\n\n three  ", "one\ntwo\n\n three"),
        ("a\x00b\x07c\tde", "abc de"),
        ("ab\u202ecd\u2066ef\u200b", "abcdef"),
        ("\ud800ok", "ok"),
        ("👩\u200d👧 ok", "👩\u200d👧 ok"),
        ("a\u061cb\u00adc\U000e0041d", "abcd"),
        ("a\u3164b\u2800c", "a b c"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("می\u200c\u200cخواهم \u200d", "می\u200cخواهم"),
    ],
)
def test_a_text_keeps_its_lines_and_loses_what_cannot_be_seen(typed, kept):
    assert rules.lines(typed, "text", least=2, most=100) == kept


INVISIBLE = (
    "\u200b\x00\u3164\u115f\u1160\uffa0\u2800\u200d\u200c\u00ad\u061c\ufe0f\u0301\U000e0041\u202e\U0001d159"
)


@pytest.mark.parametrize("typed", ["", " \n ", "a", *(letter * 5 for letter in INVISIBLE), INVISIBLE])
def test_a_text_or_title_of_nothing_is_none(typed):
    for tidy, field in ((rules.lines, "text"), (rules.one_line, "title")):
        with pytest.raises(Refused) as refused:
            tidy(typed, field, least=2, most=100)
        assert (refused.value.code, refused.value.pointer) == ("bad_value", f"/{field}")


def test_the_longest_text_is_good_and_one_letter_more_is_not():
    assert len(rules.lines("é" * 4000, "text", least=rules.LEAST_TEXT, most=rules.MOST_TEXT)) == 4000
    with pytest.raises(Refused):
        rules.lines("é" * 4001, "text", least=rules.LEAST_TEXT, most=rules.MOST_TEXT)


LINK = "https://example.com/a?b=1&c=2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\n\ntwo\nthree", [[[("one", None)]], [[("two", None)], [("three", None)]]]),
        (f"See {LINK}.", [[[("See ", None), (LINK, LINK), (".", None)]]]),
        (f"({LINK})", [[[("(", None), (LINK, LINK), (")", None)]]]),
        ("http://example.com", [[[("http://example.com", None)]]]),
        ("javascript:alert(1)", [[[("javascript:alert(1)", None)]]]),
        ("https://", [[[("https://", None)]]]),
        (
            'https://example.com/"onclick=x',
            [[[("https://example.com/", "https://example.com/"), ('"onclick=x', None)]]],
        ),
        ("", []),
    ],
)
def test_addresses_of_the_web_become_links_and_nothing_else_does(text, shown):
    assert rules.paragraphs(text) == shown


ID = "01JD" + "K" * 22


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (ID, rules.Place(ID)),
        (f"12.{ID}", rules.Place(ID, 12)),
        (f"-1.{ID}", None),
        (f"{'9' * 13}.{ID}", None),
        (ID.lower(), None),
        (ID + "\n", None),
        ("2", None),
        ("' OR 1=1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_place_is_read_as_it_was_written_and_anything_else_is_none(typed, found):
    assert rules.place(typed) == found
    assert found is None or str(found) == typed


def test_what_was_written_can_be_changed_to_the_last_second_of_its_minutes():
    end = AT + timedelta(minutes=30)
    assert rules.may_change(AT, end - timedelta(seconds=1), 30)
    assert not rules.may_change(AT, end, 30)
    assert not rules.may_change(AT, AT, 0)
