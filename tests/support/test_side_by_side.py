"""Two requests for one card, a thief's and hers: the desk tells them apart."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import signin
from portal.db import transact
from portal.support import recovering
from tests.home.doors import ANNA, join
from tests.signin.hands import row_of
from tests.support.acts import REASON, colleague, hire
from tests.support.recovering import asked, note

__all__ = ["asked"]

pytestmark = pytest.mark.usefixtures("programme")

HERS, THIEFS = "anna.bell@example.org", "thief@example.net"


def others(request_id: str) -> list[str]:
    """The other open requests for the same card."""
    return [row.id for row in recovering.look(request_id).others()]


def test_the_list_shows_the_new_address_of_each_masked(app, anna, mailbox, asked, clock):
    for email in (HERS, THIEFS):
        clock.shift(timedelta(minutes=1))
        asked(email=email)
    page = hire(app).open("/staff/recoveries")
    assert "New address a•••@example.org" in page.text
    assert "New address t•••@example.net" in page.text
    assert HERS not in page.text
    assert THIEFS not in page.text


@pytest.mark.both_engines
def test_a_request_leads_to_the_other_one_for_the_same_card(app, anna, mailbox, asked, clock):
    desk, ids = hire(app), []
    for told, email in ((ANNA, HERS), (row_of(anna).number, THIEFS)):
        clock.shift(timedelta(minutes=1))
        ids.append(asked(told, email))
    for here, there in (ids, ids[::-1]):
        desk.open(f"/staff/recoveries/{here}")
        assert "Another request for this card is open, too. Look at both before you decide." in desk.page.text
        links = [one["href"] for one in desk.page.all("a") if "/staff/recoveries/" in one["href"]]
        assert links == [f"/staff/recoveries/{there}"]


def test_one_that_is_begun_counts_by_whom_it_was_noted_for(anna, mailbox, asked, clock):
    begun = asked("I forgot", HERS)
    note(colleague(), begun, anna)
    clock.shift(timedelta(minutes=1))
    second = asked(ANNA.upper(), THIEFS)
    assert others(second) == [begun]
    assert signin.find_recovery(second).state == "asked"


def test_what_is_over_and_what_is_anothers_is_no_other_request(app, anna, mailbox, asked, clock):
    join("c-2", "ben@example.com", "Ben")
    sam, first = colleague(), asked(ANNA, HERS)
    clock.shift(timedelta(minutes=1))
    bens = asked("ben@example.com", "ben@example.org")
    clock.shift(timedelta(minutes=1))
    third = asked(ANNA, THIEFS)
    assert (others(first), others(bens)) == ([third], [])
    transact(lambda: recovering.refuse(sam, third, reason=REASON, now=portal_clock.now()))
    assert others(first) == []
    assert "Another request" not in hire(app).open(f"/staff/recoveries/{first}").text


def test_words_that_name_nobody_are_compared_as_they_are(anna, mailbox, asked, clock):
    first = asked("Card 4127 0000", HERS)
    clock.shift(timedelta(minutes=1))
    assert others(asked("card41270000", THIEFS)) == [first]
