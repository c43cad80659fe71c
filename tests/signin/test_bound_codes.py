"""A mailed code works only in the browser that asked for it, also where another knows what it belongs to."""

import pytest

from portal import clock, signin
from portal.db import transact
from tests.home.doors import ANNA
from tests.page import Visit
from tests.signin.browsing import ask, is_in, token_of

pytestmark = pytest.mark.usefixtures("programme")
THERE = signin.Visitor(browser="t" * 43, agent="Firefox", ip="198.51.100.7")


def challenge_of(visit: Visit) -> str:
    """What this browser's cookie says it asked for."""
    with visit.client.session_transaction() as cookie:
        return str(cookie["challenge"])


def test_a_code_works_only_in_the_browser_that_asked(app, visit, mailbox, anna):
    ask(visit)
    challenge, code = challenge_of(visit), mailbox.code(ANNA)
    tried = transact(lambda: signin.enter_by_code(challenge, code, visitor=THERE, now=clock.now()))
    assert (tried.outcome, tried.token) == ("expired", None)
    visit.submit("Continue", code=code)
    assert is_in(visit), "the try from elsewhere has used nothing up"


def test_a_code_opens_nothing_in_a_browser_that_names_anothers_challenge(app, visit, mailbox, anna):
    other = Visit(app.test_client())
    ask(visit)
    ask(other, "berta@example.com")
    with other.client.session_transaction() as cookie:
        cookie["challenge"] = challenge_of(visit)
    sent = {"csrf_token": token_of(other), "code": mailbox.code(ANNA)}
    other.client.post("/sign-in/code", data=sent)
    assert not is_in(other)
