"""What counts as a reason at the desk: letters that somebody can read."""

import pytest

from portal import clock as portal_clock
from portal import people
from portal.db import transact
from portal.errors import Refused
from portal.support import rules
from tests.signin.hands import row_of
from tests.support.acts import hire

pytestmark = pytest.mark.usefixtures("programme")

TEN = "ten letter"
UNSEEN = {
    "no width": "\u200b" * 20,
    "joiners": "\u200c\u200d" * 20,
    "marks that turn": "\u202e\u2066" * 20,
    "fillers": "\u3164" * 20,
    "Braille without a dot": "\u2800" * 20,
    "soft hyphens": "\xad" * 20,
    "of nobody's alphabet": "\ue000" * 20,
    "nine, and no width": "ten lette" + "\u200b" * 20,
    "a payment card": "4242 4242 4242 4242",
}


@pytest.mark.parametrize("typed", list(UNSEEN.values()), ids=list(UNSEEN))
def test_what_cannot_be_read_is_no_reason(typed):
    with pytest.raises(Refused, match="bad_value"):
        rules.one_line(typed, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON)


@pytest.mark.parametrize(
    "typed", [TEN, f"{TEN}\u200b", "열 글자가 됩니다 예", "می\u200cخواهم بپرسم", "👩\u200d👧 came to us"]
)
def test_ten_letters_of_any_alphabet_are_one_as_they_were_typed(typed):
    assert rules.one_line(typed, "reason", least=rules.LEAST_REASON, most=rules.MOST_REASON) == typed


def test_spaces_between_words_count_once_and_those_around_never():
    assert [rules.letters(typed) for typed in ("  a \t b  ", "a\u200bb", "a \u2800 b", "")] == [3, 2, 3, 0]


FORMS = {
    "/staff/stops/new?member=c-1": "Stop her card",
    "/staff/stops/lift?member=c-1": "Lift the stop",
    "/staff/visits/new?member=c-1": "Begin the visit",
    "/staff/adjustments/new?member=c-1": "Look at it first",
}


@pytest.mark.parametrize("path", FORMS)
def test_every_form_of_the_desk_asks_for_words_that_can_be_read(app, anna, path):
    if "lift" in path:
        transact(lambda: people.freeze(anna, portal_clock.now()))
    desk = hire(app)
    desk.open(path)
    names = {one["name"] for one in desk.page.all("input")}
    blank = {name: "\u200b" * 12 for name in ("reason", "ticket", "words") if name in names}
    before = row_of(anna)
    button = desk.page.all("button")[-1].text
    desk.submit(button, 422, **blank)
    assert "Say it in ten letters or more." in desk.page.text
    if "ticket" in names:
        assert "Give the number of the ticket." in desk.page.text
    if "words" in names:
        assert "Write a sentence for the member." in desk.page.text
    assert row_of(anna) == before
