"""Who is signed in is read with her session; no page that needs no more of her asks for her row again."""

import re

import pytest

from portal import clock as portal_clock
from portal import people
from portal.db import transact
from tests.home.doors import enter, make_fresh

pytestmark = pytest.mark.usefixtures("programme")

READS_HER = re.compile(r"\b(?:FROM|JOIN) member\b")


@pytest.mark.parametrize("page", ["/passkeys/new", "/your-day", "/safety", "/safety/stop"])
def test_a_page_reads_the_members_row_with_her_session_alone(app, anna, statements, page):
    if page == "/safety/stop":
        transact(lambda: people.freeze(anna, portal_clock.now()))
    hers = make_fresh(enter(app))
    hers.open(page)
    statements.clear()
    hers.open(page)
    assert hers.path == page
    assert [words for words in statements if READS_HER.search(words)] == statements[:1]
