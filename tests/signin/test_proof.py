"""The fresh proof: somebody who is signed in shows by a mailed code that it is still them."""

from datetime import timedelta

import pytest

from portal import clock as portal_clock
from portal import jobs, signin
from portal.db import transact
from tests.home.doors import ANNA, SAM, employ, enter, join

pytestmark = pytest.mark.usefixtures("programme")


def proved_at(visit):
    with visit.client.session_transaction() as cookie:
        return signin.load_session(cookie["_user_id"], portal_clock.now()).proved_at


@pytest.mark.both_engines
def test_a_proof_leads_back_and_puts_a_new_session_in_the_place_of_the_old(app, mailbox, clock):
    desk = employ(app)
    old = desk.client.get_cookie("portal").value
    clock.shift(timedelta(hours=1))
    desk.open("/proof?next=/staff/?q=x")
    desk.client.get("/proof?next=/staff/")
    desk.submit("Send the code")
    assert desk.path == "/proof/code"
    desk.submit("Continue", code=mailbox.code(SAM))
    assert proved_at(desk) == portal_clock.now()
    before = app.test_client()
    before.set_cookie("portal", old)
    assert before.get("/staff/").status_code == 303


def test_looking_at_the_page_proves_nothing_and_sends_nothing(app, mailbox, clock):
    desk = employ(app)
    since = proved_at(desk)
    sent = len(mailbox)
    clock.shift(timedelta(hours=1))
    for path in ("/proof", "/proof?next=/staff/", "/proof/code"):
        desk.client.get(path)
        desk.client.head(path)
    assert proved_at(desk) == since
    assert len(mailbox) == sent


def test_a_wrong_code_proves_nothing_and_five_use_it_up(app, mailbox, clock):
    desk = employ(app)
    since = proved_at(desk)
    clock.shift(timedelta(hours=1))
    desk.open("/proof")
    desk.submit("Send the code")
    right = mailbox.code(SAM)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        desk.submit("Continue", 422, code=wrong)
    desk.submit("Continue", 422, code=right)
    assert proved_at(desk) == since


def test_a_challenge_of_somebody_else_proves_nothing(app, mailbox):
    join()
    hers = enter(app)
    desk = employ(app)
    with desk.client.session_transaction() as cookie:
        browser, token = cookie["browser"], cookie["_user_id"]
    person = signin.load_session(token, portal_clock.now())
    visitor = signin.Visitor(browser, "Firefox", "127.0.0.1")
    asked = transact(
        lambda: signin.ask(
            ANNA, purpose="member", visitor=visitor, next_path=None, locale="en", now=portal_clock.now()
        )
    )
    jobs.wake()
    entered = transact(
        lambda: signin.prove_again(
            person, asked.challenge_id, mailbox.code(ANNA), visitor=visitor, now=portal_clock.now()
        )
    )
    assert entered.outcome == "expired"
    assert hers.client.get("/home").status_code == 200


def test_nobody_proves_anything_before_signing_in(client):
    for path in ("/proof", "/proof/code"):
        answer = client.get(path, follow_redirects=True)
        assert answer.request.path == "/sign-in"


def test_a_member_proves_herself_the_same_way_and_is_sent_nowhere_else(app, mailbox):
    join()
    hers = enter(app)
    hers.open("/proof?next=https://evil.example/")
    hers.submit("Send the code")
    hers.submit("Continue", code=mailbox.code(ANNA))
    assert hers.path == "/home"
